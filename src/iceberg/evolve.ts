// Plans what a table's metadata must become for a contract's struct, layout and properties. A plan is data: the caller commits the
// metadata by itself or together with an append. Upholds promise 9 (nothing of anybody's is dropped) and the id rules of the
// specification ("Schema Evolution"): schema ids grow, old schemas stay, field ids are never used twice.
import type { PartitionFieldPlan, SortFieldPlan } from '../contract/compiled.ts';
import { PROPERTY } from '../contract/names.ts';
import type { StructType } from '../contract/types.ts';
import { assertInvariant } from '../errors.ts';
import { withPartition, withSort } from './evolve-spec.ts';
import { evolveStruct, type Refusal, type StructEvolution } from './evolve-struct.ts';
import { type FieldIds, formatFieldIds, remapStruct } from './field-ids.ts';
import { schemaHash } from './schema-hash.ts';
import type { TableMetadata, TableSchema } from './types.ts';

export interface EvolutionRequest {
  /** The contract's struct, with contract ids. */
  readonly struct: StructType;
  /** Contract id → table id, as the table's property holds it. */
  readonly fieldIds: FieldIds;
  /** Partitioning and sort order the table is brought to; left as they are when left out. */
  readonly partition?: readonly PartitionFieldPlan[];
  readonly sort?: readonly SortFieldPlan[];
  /** Properties to add where the table has none of that name; set ones are the table's. */
  readonly properties?: Readonly<Record<string, string>>;
}

export type Evolution =
  | { readonly kind: 'none'; readonly fieldIds: FieldIds }
  /** `metadata` is the base of the next commit; its `firn.field-ids` is set. */
  | { readonly kind: 'evolve'; readonly metadata: TableMetadata; readonly fieldIds: FieldIds }
  | ({ readonly kind: 'refused' } & Refusal);

/** Cost: none but time; throws ContractError where partition or sort names a column that cannot be used so. */
export function planEvolution(metadata: TableMetadata, request: EvolutionRequest): Evolution {
  const current = currentSchema(metadata);
  const evolved = evolveStruct({
    table: current,
    contract: request.struct,
    fieldIds: request.fieldIds,
    lastColumnId: metadata['last-column-id'],
    isEmpty: metadata.snapshots.length === 0,
    identifierIds: current['identifier-field-ids'] ?? [],
  });
  if ('rule' in evolved) return { kind: 'refused', ...evolved };
  const withFields = withSchema(metadata, evolved);
  // Partition and sort plans speak of the contract's names, which another writer may have changed in the table.
  const columns = remapStruct(request.struct, evolved.fieldIds);
  const partitioned = request.partition ? withPartition(withFields, columns, request.partition) : withFields;
  const sorted = request.sort ? withSort(partitioned, columns, request.sort) : partitioned;
  const next = withProperties(sorted, {
    ...request.properties,
    ...sorted.properties,
    [PROPERTY.fieldIds]: formatFieldIds(evolved.fieldIds),
  });
  return next === metadata ? { kind: 'none', fieldIds: evolved.fieldIds } : { kind: 'evolve', metadata: next, fieldIds: evolved.fieldIds };
}

/** The current schema of a table. */
export function currentSchema(metadata: TableMetadata): TableSchema {
  const schema = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
  assertInvariant(schema, 'the current schema is one of the table’s');
  return schema;
}

function withSchema(metadata: TableMetadata, evolved: StructEvolution): TableMetadata {
  const wanted = schemaHash(evolved.struct);
  if (schemaHash(currentSchema(metadata)) === wanted) return metadata;
  const identifiers = currentSchema(metadata)['identifier-field-ids'];
  const known = metadata.schemas.find(
    (schema) => schemaHash(schema) === wanted && JSON.stringify(schema['identifier-field-ids']) === JSON.stringify(identifiers),
  );
  const schemaId = known?.['schema-id'] ?? Math.max(...metadata.schemas.map((schema) => schema['schema-id'])) + 1;
  const schema = { ...evolved.struct, 'schema-id': schemaId, ...(identifiers ? { 'identifier-field-ids': identifiers } : {}) };
  return {
    ...metadata,
    schemas: known ? metadata.schemas : [...metadata.schemas, schema],
    'current-schema-id': schemaId,
    'last-column-id': evolved.lastColumnId,
  };
}

function withProperties(metadata: TableMetadata, wanted: Readonly<Record<string, string>>): TableMetadata {
  const isSame = Object.entries(wanted).every(([key, value]) => metadata.properties[key] === value);
  return isSame ? metadata : { ...metadata, properties: wanted };
}
