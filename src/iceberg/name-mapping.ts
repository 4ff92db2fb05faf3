// Name mappings: let readers find columns of files written without field ids. The default mapping of a schema, the table property read,
// and the property kept up to date when columns are added or renamed (a dropped column keeps its names: its files still have them).
// Source: Iceberg specification, "Column Projection" and Appendix C, "Name Mapping Serialization".
import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import type { MappedField } from '../parquet/types.ts';
import { childFields } from './schema-fields.ts';
import type { TableMetadata } from './types.ts';

export type { MappedField };

export const NAME_MAPPING_PROPERTY = 'schema.name-mapping.default';

/** One mapped field per field, nested ones inside. */
export function nameMappingOf(struct: StructType): MappedField[] {
  return mapFields(struct.fields);
}

/** The mapping of a table's property; undefined where it has none. Throws InputRefusedError for a malformed one. */
export function tableNameMapping(metadata: Pick<TableMetadata, 'properties'>): readonly MappedField[] | undefined {
  const text = metadata.properties[NAME_MAPPING_PROPERTY];
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw malformed('JSON', cause);
  }
  return parseFields(json, 0);
}

/** JSON text of a mapping. */
export function formatNameMapping(mapping: readonly MappedField[]): string {
  return JSON.stringify(mapping);
}

/**
 * The mapping with the names of the schema's columns added: new fields get theirs, renamed ones the new name beside the old. A name
 * belongs to one field of a struct: one that a dropped column had goes over to the column that has it now.
 */
export function updateNameMapping(mapping: readonly MappedField[], struct: StructType): MappedField[] {
  return mergeFields(mapping, struct.fields);
}

function mergeFields(mapped: readonly MappedField[], fields: StructType['fields']): MappedField[] {
  const owners = new Map(fields.map((field) => [field.name, field.id]));
  const known = new Set(mapped.map((one) => one['field-id']));
  const kept = mapped.map((one) => {
    const field = fields.find(({ id }) => id === one['field-id']);
    const names = one.names.filter((name) => (owners.get(name) ?? one['field-id']) === one['field-id']);
    const nested = field ? mergeFields(one.fields ?? [], childFields(field.type)) : (one.fields ?? []);
    return {
      ...one,
      names: field && !names.includes(field.name) ? [...names, field.name] : names,
      ...(nested.length > 0 ? { fields: nested } : {}),
    };
  });
  return [...kept, ...mapFields(fields.filter(({ id }) => !known.has(id)))];
}

function mapFields(fields: StructType['fields']): MappedField[] {
  return fields.map((field) => {
    const nested = mapFields(childFields(field.type));
    return { 'field-id': field.id, names: [field.name], ...(nested.length > 0 ? { fields: nested } : {}) };
  });
}

function parseFields(json: unknown, depth: number): MappedField[] {
  if (!Array.isArray(json) || depth > LIMITS.columnDepthMax) throw malformed('an array of mapped fields');
  const owners = new Map<string, unknown>();
  return json.map((one: unknown) => {
    const field = (typeof one === 'object' && one !== null ? one : {}) as { readonly [key: string]: unknown };
    const { 'field-id': id, names, fields } = field;
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) throw malformed('names to be texts');
    if (id !== undefined && !Number.isSafeInteger(id)) throw malformed('field-id to be an integer');
    for (const name of names) {
      if (owners.has(name)) throw malformed('a name to be given once in a struct');
      owners.set(name, id);
    }
    return {
      ...field,
      // A mapped field without id is ignored by readers: its column is not the table's.
      'field-id': (id as number | undefined) ?? -1,
      names,
      ...(fields === undefined ? {} : { fields: parseFields(fields, depth + 1) }),
    };
  });
}

function malformed(expected: string, cause?: unknown): InputRefusedError {
  return new InputRefusedError(`table property ${NAME_MAPPING_PROPERTY} cannot be read: expected ${expected}; correct or remove it`, {
    code: 'name-mapping',
    ...(cause === undefined ? {} : { cause }),
  });
}
