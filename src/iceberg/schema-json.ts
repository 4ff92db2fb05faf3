// Schemas in the specification's JSON form (Appendix C): checked when read, canonical when written. Unknown members of a field
// are kept, so a table of another writer keeps what we do not know.

import { LIMITS } from '../contract/limits.ts';
import { decimalOf, fixedLengthOf, type IcebergType, type NestedField, type PrimitiveType, type StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { jsonShapes } from './json-shapes.ts';
import { fromJsonValue } from './single-value-json.ts';
import type { TableSchema } from './types.ts';

const NAMES = new Set<string>([
  ...['boolean', 'int', 'long', 'float', 'double', 'date', 'time', 'timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns'],
  ...['string', 'uuid', 'binary', 'unknown'],
]);
const DEPTH_MAX = 64;
const { objectOf, listOf, textOf, integerOf } = jsonShapes(refused);

/** A schema read from JSON, with every type checked and normalised. Throws InputRefusedError. */
export function parseSchema(json: unknown): TableSchema {
  const struct = parseType(json, 0) as StructType & Partial<TableSchema>;
  if (typeof struct !== 'object' || struct.type !== 'struct') throw refused('a schema', 'a struct');
  return { ...struct, 'schema-id': struct['schema-id'] ?? 0 };
}

/** The spelling every writer can read: no spaces in decimals, as the specification's table has them with one. */
export function normalType<T extends IcebergType>(type: T): T {
  if (typeof type !== 'string') return type;
  const decimal = decimalOf(type);
  if (decimal) return `decimal(${decimal.precision},${decimal.scale})` as T;
  const length = fixedLengthOf(type);
  return (length === undefined ? type : `fixed[${length}]`) as T;
}

/** A type as the reference implementation prints it: `decimal(9, 2)`, `fixed[16]`. */
export function wireType(type: PrimitiveType): string {
  const decimal = decimalOf(type);
  return decimal ? `decimal(${decimal.precision}, ${decimal.scale})` : normalType(type);
}

/** JSON of a type, in the member order and spelling of the reference implementation. */
export function typeToJson(type: IcebergType): unknown {
  if (typeof type === 'string') return wireType(type);
  switch (type.type) {
    case 'struct':
      return { ...type, type: 'struct', fields: type.fields.map(fieldToJson) };
    case 'list':
      return { ...type, element: typeToJson(type.element) };
    case 'map':
      return { ...type, key: typeToJson(type.key), value: typeToJson(type.value) };
  }
}

/** JSON of a whole schema. */
export function schemaToJson(schema: TableSchema): unknown {
  const { fields, ...rest } = schema;
  return { ...rest, fields: fields.map(fieldToJson) };
}

function fieldToJson(field: NestedField): unknown {
  return { ...field, type: typeToJson(field.type) };
}

function parseType(json: unknown, depth: number): IcebergType {
  if (depth > DEPTH_MAX) throw refused('nesting', `at most ${DEPTH_MAX} levels`);
  if (typeof json === 'string') return parsePrimitive(json);
  const type = objectOf(json, 'a type');
  switch (type['type']) {
    case 'struct': {
      const fields = listOf(type['fields'], 'struct fields');
      if (fields.length > LIMITS.columnsMax) throw refused('struct fields', `at most ${LIMITS.columnsMax}`);
      return { ...type, type: 'struct', fields: fields.map((field) => parseField(field, depth + 1)) } as StructType;
    }
    case 'list':
      return {
        ...type,
        type: 'list',
        'element-id': idOf(type['element-id']),
        'element-required': type['element-required'] === true,
        element: parseType(type['element'], depth + 1),
      };
    case 'map':
      return {
        ...type,
        type: 'map',
        'key-id': idOf(type['key-id']),
        key: parseType(type['key'], depth + 1),
        'value-id': idOf(type['value-id']),
        'value-required': type['value-required'] === true,
        value: parseType(type['value'], depth + 1),
      };
    default:
      throw refused('a type', 'struct, list, map or a primitive');
  }
}

function parsePrimitive(text: string): PrimitiveType {
  const decimal = decimalOf(text as PrimitiveType);
  const isKnown =
    NAMES.has(text) || (decimal ? decimal.precision >= 1 && decimal.precision <= 38 : fixedLengthOf(text as PrimitiveType) !== undefined);
  const later = /^(variant|geometry|geography)(\(|$)/.exec(text)?.[1];
  if (later) throw unsupported(later);
  if (!isKnown) throw refused('a primitive type', 'a type of the specification');
  return normalType(text as PrimitiveType);
}

function parseField(json: unknown, depth: number): NestedField {
  const field = objectOf(json, 'a field');
  const name = textOf(field['name'], 'a field name');
  const id = idOf(field['id']);
  const type = parseType(field['type'], depth);
  for (const kind of ['initial-default', 'write-default']) checkDefault(type, field[kind], `${kind} of field ${id}`);
  return { ...field, id, name, required: field['required'] === true, type };
}

/** A default that is none of its type would be read as another value in every row. */
function checkDefault(type: IcebergType, value: unknown, what: string): void {
  try {
    fromJsonValue(type, value);
  } catch (cause) {
    if (!(cause instanceof InputRefusedError)) throw cause;
    throw refused(what, typeof type === 'string' ? `a ${type}` : `a ${type.type}`);
  }
}

function idOf(json: unknown): number {
  return integerOf(json, 'a field id');
}

/** Types of version 3 that no reader or writer here knows. */
function unsupported(type: string): InputRefusedError {
  return new InputRefusedError(`table has a column of type ${type}, which is not supported here; use an engine that reads it`, {
    code: 'type-unsupported',
    details: { got: type },
  });
}

function refused(what: string, expected: string): InputRefusedError {
  return new InputRefusedError(`table schema cannot be read: expected ${what} to be ${expected}`, {
    code: 'schema-json',
    details: { expected },
  });
}
