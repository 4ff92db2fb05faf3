// Content hashes of a table schema and a partition spec: staged files name the ones they were written under, and are rewritten if
// the table's differ when they are committed. Ids, names, types and nullability count; docs, member order and schema ids do not.
import { createHash } from 'node:crypto';
import type { IcebergType, NestedField, StructType } from '../contract/types.ts';
import { stringifyExact } from './json-exact.ts';
import { childFields } from './schema-fields.ts';
import { normalType } from './schema-json.ts';
import type { PartitionSpec } from './types.ts';

/** SHA-256, hex, of a schema's fields in order. */
export function schemaHash(schema: StructType): string {
  return sha256(schema.fields.map(fieldShape));
}

/** SHA-256, hex, of a spec's fields in order. */
export function specHash(spec: PartitionSpec): string {
  return sha256(spec.fields.map((field) => [field['source-id'], field['field-id'], field.name, field.transform]));
}

function fieldShape(field: NestedField): unknown {
  return [field.id, field.name, field.required, typeShape(field.type)];
}

function typeShape(type: IcebergType): unknown {
  if (typeof type === 'string') return normalType(type);
  return [type.type, childFields(type).map(fieldShape)];
}

function sha256(shape: unknown): string {
  return createHash('sha256').update(stringifyExact(shape)).digest('hex');
}
