// Metadata of a table that does not exist yet: fresh field ids, spec 0 with partition field ids from 1000, the sort order with
// id 1. The mapping of contract ids to table ids comes back with it, to be kept in the table property of field ids. Source:
// Iceberg specification, "Table Metadata Fields", "Partition Specs", "Sorting".
import type { PartitionFieldPlan, SortFieldPlan } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { PROPERTY } from '../contract/names.ts';
import type { StructType } from '../contract/types.ts';
import { ContractError } from '../errors.ts';
import { formatFieldIds } from './field-ids.ts';
import { assignFreshIds } from './fresh-ids.ts';
import { fieldsByName } from './schema-fields.ts';
import { canTransform, parseTransform } from './transforms.ts';
import type { PartitionField, SortField, TableMetadata } from './types.ts';

export const FIRST_PARTITION_FIELD_ID = 1000;

export interface NewTableRequest {
  readonly uuid: string;
  readonly location: string;
  /** The contract's struct, with contract ids. */
  readonly struct: StructType;
  readonly partition: readonly PartitionFieldPlan[];
  readonly sort: readonly SortFieldPlan[];
  readonly formatVersion: 2 | 3;
  readonly properties: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

/**
 * Metadata without snapshots, and contract id → table id (also in the property `firn.field-ids`). Old metadata files are bounded
 * from the first commit on.
 */
export function newTableMetadata(request: NewTableRequest): {
  readonly metadata: TableMetadata;
  readonly fieldIds: ReadonlyMap<number, number>;
} {
  const fresh = assignFreshIds(request.struct);
  const spec = partitionFieldsOf(fresh.struct, request.partition).map((field, i) => ({
    ...field,
    'field-id': FIRST_PARTITION_FIELD_ID + i,
  }));
  const sort = sortFieldsOf(fresh.struct, request.sort);
  const orderId = sort.length === 0 ? 0 : 1;
  const metadata: TableMetadata = {
    'format-version': request.formatVersion,
    'table-uuid': request.uuid,
    location: request.location.replace(/\/+$/, ''),
    'last-sequence-number': 0,
    'last-updated-ms': request.nowMs,
    'last-column-id': fresh.lastId,
    'current-schema-id': 0,
    schemas: [{ ...fresh.struct, 'schema-id': 0 }],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: spec }],
    'last-partition-id': FIRST_PARTITION_FIELD_ID - 1 + spec.length,
    'default-sort-order-id': orderId,
    'sort-orders': [{ 'order-id': orderId, fields: sort }],
    properties: {
      'write.metadata.delete-after-commit.enabled': 'true',
      'write.metadata.previous-versions-max': String(LIMITS.metadataPreviousVersionsMax),
      ...request.properties,
      [PROPERTY.fieldIds]: formatFieldIds(fresh.map),
    },
    'current-snapshot-id': null,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
    ...(request.formatVersion >= 3 ? { 'next-row-id': 0 } : {}),
  };
  return { metadata, fieldIds: fresh.map };
}

/** Partition fields of a struct by dotted names, without ids. Throws ContractError where one cannot be. */
export function partitionFieldsOf(struct: StructType, plans: readonly PartitionFieldPlan[]): Omit<PartitionField, 'field-id'>[] {
  const names = new Set<string>();
  return plans.map((plan) => {
    const sourceId = sourceOf(struct, plan, 'partition');
    if (names.has(plan.name)) throw wrong(`partition field ${plan.name} is named twice`, 'give each its own name');
    names.add(plan.name);
    const column = fieldsByName(struct).get(plan.name);
    if (column && !(plan.transform === 'identity' && column.field.id === sourceId)) {
      throw wrong(`partition field ${plan.name} has the name of a column`, 'only an identity field may share its own column’s name');
    }
    return { 'source-id': sourceId, name: plan.name, transform: plan.transform };
  });
}

/** Sort fields of a struct by dotted names. Throws ContractError where one cannot be. */
export function sortFieldsOf(struct: StructType, plans: readonly SortFieldPlan[]): SortField[] {
  return plans.map((plan) => ({
    'source-id': sourceOf(struct, plan, 'sort'),
    transform: plan.transform,
    direction: plan.direction,
    'null-order': plan.nullOrder,
  }));
}

function sourceOf(struct: StructType, plan: { readonly column: string; readonly transform: string }, kind: string): number {
  const entry = fieldsByName(struct).get(plan.column);
  if (!entry) throw wrong(`${kind} column ${plan.column} does not exist`, 'name a column of the contract');
  if (entry.isRepeated) throw wrong(`${kind} column ${plan.column} is inside a list or map`, 'name a column with one value per row');
  if (!canTransform(parseTransform(plan.transform), entry.field.type)) {
    const type = typeof entry.field.type === 'string' ? entry.field.type : entry.field.type.type;
    throw wrong(
      `${kind} transform ${plan.transform} cannot be applied to ${plan.column}, a ${type}`,
      'choose a transform of the specification for this type',
    );
  }
  return entry.field.id;
}

function wrong(problem: string, remedy: string): ContractError {
  return new ContractError(`${problem}; ${remedy}`, { code: 'table-layout' });
}
