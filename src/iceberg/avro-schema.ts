// Avro schemas of Iceberg structs, both ways: written with field ids, maps of int keys as arrays of key-value records; read back
// to the Iceberg type a manifest's own schema states, so partition tuples need no table schema. Source: Iceberg specification,
// Appendix A, "Avro".
import { decimalOf, fixedLengthOf, type IcebergType, type NestedField, type PrimitiveType, type StructType } from '../contract/types.ts';
import { bytesOfPrecision } from './decimal-bytes.ts';

/** An Avro schema as parsed JSON: a name, a union, or an object with `type`. */
export type AvroSchema = string | readonly AvroSchema[] | AvroObject;
export interface AvroObject {
  readonly type: AvroSchema;
  readonly name?: string;
  readonly fields?: readonly AvroField[];
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly size?: number;
  readonly logicalType?: string;
  readonly [key: string]: unknown;
}
export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly doc?: string;
  readonly default?: unknown;
  readonly 'field-id'?: number;
  readonly [key: string]: unknown;
}

/** The Avro record of a struct. `name` is the record's; nested records are `r<field id>`. A named type used again is referred to. */
export function avroOfStruct(struct: StructType, name: string): AvroObject {
  return recordOf(struct, name, new Set());
}

/** Types defined anywhere in a schema, by name: a second use of one is its name alone. */
export function namedTypes(schema: AvroSchema, into: Map<string, AvroObject> = new Map()): ReadonlyMap<string, AvroObject> {
  if (typeof schema === 'string') return into;
  if (Array.isArray(schema)) {
    for (const branch of schema as readonly AvroSchema[]) namedTypes(branch, into);
    return into;
  }
  const object = schema as AvroObject;
  if (object.name !== undefined && !into.has(object.name)) into.set(object.name, object);
  for (const field of object.fields ?? []) namedTypes(field.type, into);
  for (const inner of [object.items, object.values, typeof object.type === 'string' ? undefined : object.type]) {
    if (inner !== undefined) namedTypes(inner, into);
  }
  return into;
}

/**
 * The Iceberg type of an Avro schema without its null branch; undefined where there is none (a bare null, an enum). `named` has the
 * types the document defines.
 */
export function icebergOfAvro(schema: AvroSchema, named: ReadonlyMap<string, AvroObject> = new Map()): IcebergType | undefined {
  const branch = withoutNull(schema);
  const plain = typeof branch === 'string' ? (named.get(branch) ?? branch) : branch;
  if (typeof plain === 'string') return PLAIN[plain];
  if (Array.isArray(plain)) return undefined;
  const object = plain as AvroObject;
  switch (object.logicalType) {
    case 'date':
      return 'date';
    case 'time-micros':
      return 'time';
    case 'timestamp-micros':
    case 'timestamp-nanos': {
      const suffix = object.logicalType === 'timestamp-nanos' ? '_ns' : '';
      return object['adjust-to-utc'] === false ? `timestamp${suffix}` : `timestamptz${suffix}`;
    }
    case 'decimal':
      return `decimal(${Number(object['precision'])},${Number(object['scale'] ?? 0)})`;
    case 'uuid':
      return object.type === 'fixed' ? 'uuid' : 'string';
  }
  if (object.type === 'fixed') return `fixed[${object.size ?? 0}]`;
  return typeof object.type === 'string' ? PLAIN[object.type] : undefined;
}

/** The branch of a nullable union that is not null; the schema itself where it is no union. */
export function withoutNull(schema: AvroSchema): AvroSchema {
  if (!Array.isArray(schema)) return schema;
  const branches = (schema as readonly AvroSchema[]).filter((branch) => branch !== 'null');
  return branches.length === 1 ? branches[0]! : schema;
}

const PLAIN: Readonly<Record<string, PrimitiveType>> = {
  boolean: 'boolean',
  int: 'int',
  long: 'long',
  float: 'float',
  double: 'double',
  string: 'string',
  bytes: 'binary',
};

function recordOf(struct: StructType, name: string, named: Set<string>): AvroObject {
  return { type: 'record', name, fields: struct.fields.map((field) => fieldOf(field, named)) };
}

function fieldOf(field: NestedField, named: Set<string>): AvroField {
  const name = avroName(field.name);
  const type = typeOf(field, named);
  return {
    name,
    type: field.required ? type : ['null', type],
    ...(field.doc === undefined ? {} : { doc: field.doc }),
    ...(field.required ? {} : { default: null }),
    ...(name === field.name ? {} : { 'iceberg-field-name': field.name }),
    'field-id': field.id,
  };
}

function typeOf(field: Pick<NestedField, 'id' | 'type'>, named: Set<string>): AvroSchema {
  const { type } = field;
  if (typeof type === 'string') return primitiveOf(type, named);
  switch (type.type) {
    case 'struct':
      return recordOf(type, `r${field.id}`, named);
    case 'list': {
      const items = typeOf({ id: type['element-id'], type: type.element }, named);
      return { type: 'array', items: type['element-required'] ? items : ['null', items], 'element-id': type['element-id'] };
    }
    case 'map': {
      const pair: StructType = {
        type: 'struct',
        fields: [
          { id: type['key-id'], name: 'key', required: true, type: type.key },
          { id: type['value-id'], name: 'value', required: type['value-required'], type: type.value },
        ],
      };
      return { type: 'array', items: recordOf(pair, `k${type['key-id']}_v${type['value-id']}`, named), logicalType: 'map' };
    }
  }
}

function primitiveOf(type: PrimitiveType, named: Set<string>): AvroSchema {
  switch (type) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
      return type;
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'time':
      return { type: 'long', logicalType: 'time-micros' };
    case 'timestamp':
    case 'timestamptz':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': type === 'timestamptz' };
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return { type: 'long', logicalType: 'timestamp-nanos', 'adjust-to-utc': type === 'timestamptz_ns' };
    case 'binary':
      return 'bytes';
    case 'unknown':
      return 'null';
    case 'uuid':
      return fixedOf({ type: 'fixed', name: 'uuid_fixed', size: 16, logicalType: 'uuid' }, named);
    default: {
      const decimal = decimalOf(type);
      if (!decimal) return fixedOf({ type: 'fixed', name: `fixed_${fixedLengthOf(type)}`, size: fixedLengthOf(type)! }, named);
      const { precision, scale } = decimal;
      const size = bytesOfPrecision(precision);
      return fixedOf({ type: 'fixed', name: `decimal_${precision}_${scale}`, size, logicalType: 'decimal', precision, scale }, named);
    }
  }
}

/** Avro names a type once; later uses refer to it. */
function fixedOf(schema: AvroObject & { readonly name: string }, named: Set<string>): AvroSchema {
  if (named.has(schema.name)) return schema.name;
  named.add(schema.name);
  return schema;
}

/** Avro names are ASCII letters, digits and `_`; others are spelled `_x<HEX>`, a leading digit gets a `_` before it. */
function avroName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  const spelled = Array.from(name, (c) => (/[A-Za-z0-9_]/.test(c) ? c : `_x${c.codePointAt(0)!.toString(16).toUpperCase()}`)).join('');
  return /^[A-Za-z_]/.test(spelled) ? spelled : `_${spelled}`;
}
