// The difference between two states of a table's metadata as the REST catalog specification's requirements and updates, for
// catalogs that write the metadata file themselves. The requirements pin all a commit was prepared on: the table's identity, the
// current schema, spec and order, `main`, the tag of applied entries and every ref that changes. Properties are sent as a
// difference, so that two writers of different properties lose nothing to each other. What the catalog derives (counters, logs) is
// not sent; a difference that no update can say is a bug of the caller, never dropped in silence. Pure.
// Source: REST catalog specification, "TableUpdate", "TableRequirement".
import { APPLIED_TAG } from '../contract/names.ts';
import { assertInvariant } from '../errors.ts';
import type { TableChange, TableRequirement, TableUpdate } from '../ports.ts';
import { stringifyExact } from './json-exact.ts';
import { schemaToJson } from './schema-json.ts';
import type { SnapshotRef, TableMetadata } from './types.ts';

/** What turns `base` into `next`. Throws InvariantError for a difference that no update of the specification says. */
export function changeBetween(base: TableMetadata, next: TableMetadata): TableChange {
  assertExpressible(base, next);
  const updates = [
    ...formatUpdates(base, next),
    ...schemaUpdates(base, next),
    ...layoutUpdates(base, next),
    ...propertyUpdates(base, next),
    ...keyUpdates(base, next),
    ...snapshotUpdates(base, next),
    ...statisticsUpdates(base, next),
    ...removedLayouts(base, next),
  ];
  return { requirements: requirementsOf(base, updates), updates };
}

/** What must still hold of the table for the updates to take effect. */
function requirementsOf(base: TableMetadata, updates: readonly TableUpdate[]): TableRequirement[] {
  const actions = new Set(updates.map(({ action }) => action));
  const forgets = ['remove-snapshots', 'remove-partition-specs', 'remove-schemas'].some((action) => actions.has(action));
  const changed = updates.flatMap(({ 'ref-name': name }) => (typeof name === 'string' ? [name] : []));
  // A ref may lead to whatever is removed, so then none may have moved.
  const refs = new Set(['main', APPLIED_TAG, ...changed, ...(forgets ? Object.keys(base.refs ?? {}) : [])]);
  return [
    { type: 'assert-table-uuid', uuid: base['table-uuid'] },
    ...Array.from(refs, (ref) => ({ type: 'assert-ref-snapshot-id', ref, 'snapshot-id': refOf(base, ref)?.['snapshot-id'] ?? null })),
    { type: 'assert-current-schema-id', 'current-schema-id': base['current-schema-id'] },
    { type: 'assert-default-spec-id', 'default-spec-id': base['default-spec-id'] },
    { type: 'assert-default-sort-order-id', 'default-sort-order-id': base['default-sort-order-id'] },
    ...(actions.has('add-schema') ? [{ type: 'assert-last-assigned-field-id', 'last-assigned-field-id': base['last-column-id'] }] : []),
    ...(actions.has('add-spec')
      ? [{ type: 'assert-last-assigned-partition-id', 'last-assigned-partition-id': base['last-partition-id'] }]
      : []),
  ];
}

function formatUpdates(base: TableMetadata, next: TableMetadata): TableUpdate[] {
  const version = next['format-version'];
  return [
    ...(version === base['format-version'] ? [] : [{ action: 'upgrade-format-version', 'format-version': version }]),
    ...(next.location === base.location ? [] : [{ action: 'set-location', location: next.location }]),
  ];
}

function schemaUpdates(base: TableMetadata, next: TableMetadata): TableUpdate[] {
  const currentId = next['current-schema-id'];
  const added = inOrder(addedBy(base.schemas, next.schemas, 'schema-id'), 'schema-id');
  return [
    ...added.map((schema) => ({ action: 'add-schema', schema: schemaToJson(schema), 'last-column-id': next['last-column-id'] })),
    ...(currentId === base['current-schema-id']
      ? []
      : [{ action: 'set-current-schema', 'schema-id': idOrLast(added.at(-1)?.['schema-id'], currentId) }]),
  ];
}

function layoutUpdates(base: TableMetadata, next: TableMetadata): TableUpdate[] {
  const specId = next['default-spec-id'];
  const specs = inOrder(addedBy(base['partition-specs'], next['partition-specs'], 'spec-id'), 'spec-id');
  const orderId = next['default-sort-order-id'];
  const orders = inOrder(addedBy(base['sort-orders'], next['sort-orders'], 'order-id'), 'order-id');
  return [
    ...specs.map((spec) => ({ action: 'add-spec', spec })),
    ...(specId === base['default-spec-id'] ? [] : [{ action: 'set-default-spec', 'spec-id': idOrLast(specs.at(-1)?.['spec-id'], specId) }]),
    ...orders.map((order) => ({ action: 'add-sort-order', 'sort-order': order })),
    ...(orderId === base['default-sort-order-id']
      ? []
      : [{ action: 'set-default-sort-order', 'sort-order-id': idOrLast(orders.at(-1)?.['order-id'], orderId) }]),
  ];
}

/** The catalog gives an added schema, spec or order its id: -1 names the last one added. */
function idOrLast(lastAdded: number | undefined, id: number): number {
  return lastAdded === id ? -1 : id;
}

/** The catalog numbers what is added in the order it comes. */
function inOrder<K extends string, T extends { readonly [key in K]: number }>(items: readonly T[], id: K): T[] {
  return [...items].sort((a, b) => a[id] - b[id]);
}

function propertyUpdates(base: TableMetadata, next: TableMetadata): TableUpdate[] {
  const set = Object.entries(next.properties).filter(([key, value]) => own(base.properties, key) !== value);
  const removals = Object.keys(base.properties).filter((key) => own(next.properties, key) === undefined);
  return [
    ...(set.length === 0 ? [] : [{ action: 'set-properties', updates: Object.fromEntries(set) }]),
    ...(removals.length === 0 ? [] : [{ action: 'remove-properties', removals }]),
  ];
}

function keyUpdates(base: TableMetadata, next: TableMetadata): TableUpdate[] {
  const [before, after] = [listOf(base, 'encryption-keys'), listOf(next, 'encryption-keys')];
  const added = after.filter((key) => !before.some((one) => one['key-id'] === key['key-id']));
  const removed = before.filter((key) => !after.some((one) => one['key-id'] === key['key-id']));
  return [
    ...added.map((key) => ({ action: 'add-encryption-key', 'encryption-key': key })),
    ...removed.map((key) => ({ action: 'remove-encryption-key', 'key-id': key['key-id'] })),
  ];
}

/** Snapshots first, then refs, then what nothing leads to any more. */
function snapshotUpdates(base: TableMetadata, next: TableMetadata): TableUpdate[] {
  const added = [...addedBy(base.snapshots, next.snapshots, 'snapshot-id')].sort((a, b) => a['sequence-number'] - b['sequence-number']);
  const removed = addedBy(next.snapshots, base.snapshots, 'snapshot-id').map((snapshot) => snapshot['snapshot-id']);
  const refs = Object.entries(next.refs ?? {}).filter(([name, ref]) => !isSame(refOf(base, name), ref));
  const goneRefs = Object.keys(base.refs ?? {}).filter((name) => refOf(next, name) === undefined);
  return [
    ...added.map((snapshot) => ({ action: 'add-snapshot', snapshot })),
    ...refs.map(([name, ref]) => ({ ...ref, action: 'set-snapshot-ref', 'ref-name': name })),
    ...goneRefs.map((name) => ({ action: 'remove-snapshot-ref', 'ref-name': name })),
    ...(removed.length === 0 ? [] : [{ action: 'remove-snapshots', 'snapshot-ids': removed }]),
  ];
}

const STATISTICS = [
  { list: 'statistics', set: 'set-statistics', field: 'statistics', remove: 'remove-statistics' },
  { list: 'partition-statistics', set: 'set-partition-statistics', field: 'partition-statistics', remove: 'remove-partition-statistics' },
] as const;

/** One file per snapshot and kind: a later one takes the place of the earlier. */
function statisticsUpdates(base: TableMetadata, next: TableMetadata): TableUpdate[] {
  return STATISTICS.flatMap(({ list, set, field, remove }) => {
    const [before, after] = [listOf(base, list), listOf(next, list)];
    const fresh = after.filter((file) => !before.some((one) => isSame(one, file)));
    const gone = before.filter(
      (file) => !after.some((one) => BigInt(one['snapshot-id'] as number) === BigInt(file['snapshot-id'] as number)),
    );
    return [
      ...fresh.map((file) => ({ action: set, 'snapshot-id': file['snapshot-id'], [field]: file })),
      ...gone.map((file) => ({ action: remove, 'snapshot-id': file['snapshot-id'] })),
    ];
  });
}

function removedLayouts(base: TableMetadata, next: TableMetadata): TableUpdate[] {
  const specs = addedBy(next['partition-specs'], base['partition-specs'], 'spec-id').map((spec) => spec['spec-id']);
  const schemas = addedBy(next.schemas, base.schemas, 'schema-id').map((schema) => schema['schema-id']);
  return [
    ...(specs.length === 0 ? [] : [{ action: 'remove-partition-specs', 'spec-ids': specs }]),
    ...(schemas.length === 0 ? [] : [{ action: 'remove-schemas', 'schema-ids': schemas }]),
  ];
}

/** Derived by the catalog, or said by updates of their own. Any other field must be the same on both sides. */
const SAID_OR_DERIVED = new Set([
  ...['format-version', 'location', 'schemas', 'current-schema-id', 'last-column-id', 'partition-specs', 'default-spec-id'],
  ...['last-partition-id', 'sort-orders', 'default-sort-order-id', 'properties', 'encryption-keys', 'snapshots', 'refs'],
  ...['current-snapshot-id', 'statistics', 'partition-statistics', 'last-sequence-number', 'last-updated-ms', 'next-row-id'],
  ...['snapshot-log', 'metadata-log'],
]);

function assertExpressible(base: TableMetadata, next: TableMetadata): void {
  for (const name of new Set([...Object.keys(base), ...Object.keys(next)])) {
    assertInvariant(
      SAID_OR_DERIVED.has(name) || isSame(base[name], next[name]),
      `an update of the specification says the change of ${name}`,
    );
  }
  assertKept(base.schemas, next.schemas, 'schema-id');
  assertKept(base['partition-specs'], next['partition-specs'], 'spec-id');
  assertKept(base['sort-orders'], next['sort-orders'], 'order-id');
  assertKept(base.snapshots, next.snapshots, 'snapshot-id');
  const orders = addedBy(next['sort-orders'], base['sort-orders'], 'order-id');
  assertInvariant(orders.length === 0, 'sort orders are never removed: no update says it');
}

/** Schemas, specs, orders and snapshots never change under their id. */
function assertKept<K extends string, T extends { readonly [key in K]: unknown }>(before: readonly T[], after: readonly T[], id: K): void {
  const byId = new Map(before.map((item) => [item[id], item]));
  for (const item of after) {
    const was = byId.get(item[id]);
    assertInvariant(was === undefined || was === item || isSame(was, item), `what has the ${id} of before is what it was before`);
  }
}

/** Those of `after` whose id is not in `before`. */
function addedBy<K extends string, T extends { readonly [key in K]: unknown }>(
  before: readonly T[],
  after: readonly T[],
  id: K,
): readonly T[] {
  const known = new Set(before.map((item) => item[id]));
  return after.filter((item) => !known.has(item[id]));
}

function refOf(metadata: TableMetadata, name: string): SnapshotRef | undefined {
  return metadata.refs !== undefined && Object.hasOwn(metadata.refs, name) ? metadata.refs[name] : undefined;
}

function own(properties: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

function listOf(metadata: TableMetadata, name: string): readonly Readonly<Record<string, unknown>>[] {
  const value = metadata[name];
  return Array.isArray(value) ? value : [];
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || stringifyExact(a) === stringifyExact(b);
}
