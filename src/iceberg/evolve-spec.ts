// Partition specs and sort orders brought to what a contract asks for: an equal one of the table's history is used again, else a
// new one is added; a partition field keeps its id as long as source and transform are the same. Source: Iceberg specification,
// "Partition Evolution", "Sorting".
import type { PartitionFieldPlan, SortFieldPlan } from '../contract/compiled.ts';
import type { StructType } from '../contract/types.ts';
import { partitionFieldsOf, sortFieldsOf } from './new-table.ts';
import type { PartitionField, TableMetadata } from './types.ts';

/** `schema` is the evolved schema whose dotted names the plans use. The same object where nothing changes. */
export function withPartition(metadata: TableMetadata, schema: StructType, plans: readonly PartitionFieldPlan[]): TableMetadata {
  const wanted = partitionFieldsOf(schema, plans);
  const shape = (fields: readonly Omit<PartitionField, 'field-id'>[]) =>
    JSON.stringify(fields.map((f) => [f['source-id'], f.transform, f.name]));
  const live = (fields: readonly PartitionField[]) => fields.filter((field) => field.transform !== 'void');
  const existing = metadata['partition-specs'].filter((spec) => shape(live(spec.fields)) === shape(wanted));
  const chosen = existing.find((spec) => spec['spec-id'] === metadata['default-spec-id']) ?? existing[0];
  if (chosen) return chosen['spec-id'] === metadata['default-spec-id'] ? metadata : { ...metadata, 'default-spec-id': chosen['spec-id'] };
  const known = metadata['partition-specs'].flatMap((spec) => spec.fields);
  let lastId = metadata['last-partition-id'];
  const fields = wanted.map((field) => {
    const same = known.find(
      (one) => one['source-id'] === field['source-id'] && one.transform === field.transform && one.name === field.name,
    );
    if (same === undefined) lastId += 1;
    return { ...field, 'field-id': same?.['field-id'] ?? lastId };
  });
  const specId = Math.max(-1, ...metadata['partition-specs'].map((spec) => spec['spec-id'])) + 1;
  return {
    ...metadata,
    'partition-specs': [...metadata['partition-specs'], { 'spec-id': specId, fields }],
    'default-spec-id': specId,
    'last-partition-id': lastId,
  };
}

/** The same for the sort order; order 0 is the unsorted one. */
export function withSort(metadata: TableMetadata, schema: StructType, plans: readonly SortFieldPlan[]): TableMetadata {
  const wanted = sortFieldsOf(schema, plans);
  const shape = (fields: readonly unknown[]) => JSON.stringify(fields);
  const plain = metadata['sort-orders'].map((order) => ({
    id: order['order-id'],
    shape: shape(
      order.fields.map((f) => ({
        'source-id': f['source-id'],
        transform: f.transform,
        direction: f.direction,
        'null-order': f['null-order'],
      })),
    ),
  }));
  const existing = plain.filter((order) => order.shape === shape(wanted));
  const chosen = existing.find((order) => order.id === metadata['default-sort-order-id']) ?? existing[0];
  if (chosen) return chosen.id === metadata['default-sort-order-id'] ? metadata : { ...metadata, 'default-sort-order-id': chosen.id };
  const orderId = wanted.length === 0 ? 0 : Math.max(0, ...plain.map((order) => order.id)) + 1;
  return {
    ...metadata,
    'sort-orders': [...metadata['sort-orders'], { 'order-id': orderId, fields: wanted }],
    'default-sort-order-id': orderId,
  };
}
