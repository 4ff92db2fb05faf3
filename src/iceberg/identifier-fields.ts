// The columns that identify a row: required primitives, not floating-point, reached through required structs only. Source: Iceberg
// specification, "Identifier Field IDs".
import { evolutionRefusal } from './evolution-refusals.ts';
import { fieldsById } from './schema-fields.ts';
import type { TableSchema } from './types.ts';

/** Throws CommitRefusedError naming the first column that cannot be an identifier. */
export function checkIdentifiers(schema: TableSchema): void {
  const byId = fieldsById(schema);
  for (const id of schema['identifier-field-ids'] ?? []) {
    const entry = byId.get(id);
    if (!entry) throw evolutionRefusal('column-unknown', `identifier ${id}`);
    const { field, ancestors, isRepeated } = entry;
    const isPlain = typeof field.type === 'string' && field.type !== 'float' && field.type !== 'double' && field.type !== 'unknown';
    const isAlwaysThere = [field, ...ancestors.map((one) => byId.get(one)!.field)].every(({ required }) => required);
    if (!isPlain || isRepeated || !isAlwaysThere) throw evolutionRefusal('identifier-column', entry.name);
  }
}
