// Changes of a table's default sort order: an equal order of its history is taken again, else a new one is added; files keep the order
// they were written in. Pure. Source: Iceberg specification, "Sorting"; SortOrder of iceberg-java for what can be sorted by.
import type { SortFieldPlan } from '../contract/compiled.ts';
import { evolutionRefusal } from './evolution-refusals.ts';
import { currentSchema } from './evolve.ts';
import { withSort } from './evolve-spec.ts';
import { fieldsByName } from './schema-fields.ts';
import { canTransform, parseTransform } from './transforms.ts';
import type { TableMetadata } from './types.ts';

/**
 * The metadata with this order as the default, none for no fields; the same object where it is so already. Columns are dotted names of the
 * current schema. Throws CommitRefusedError `column-unknown`, `transform-type` (inside a list or map, too).
 */
export function updateSortOrder(metadata: TableMetadata, fields: readonly SortFieldPlan[]): TableMetadata {
  const schema = currentSchema(metadata);
  const columns = fieldsByName(schema);
  for (const { column, transform } of fields) {
    const source = columns.get(column);
    if (!source) throw evolutionRefusal('column-unknown', column);
    if (source.isRepeated || !canTransform(parseTransform(transform), source.field.type))
      throw evolutionRefusal('transform-type', `${transform} of ${column}`);
  }
  return withSort(metadata, schema, fields);
}
