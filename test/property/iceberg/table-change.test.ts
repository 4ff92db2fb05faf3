// The difference of two states, applied by the rules of the REST specification to the first, gives the second; whatever another
// writer changed meanwhile that the commit does not speak of stays; whatever it relies on and another changed stops it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { APPLIED_TAG } from '../../../src/contract/names.ts';
import { InvariantError } from '../../../src/errors.ts';
import { newTableMetadata } from '../../../src/iceberg/new-table.ts';
import { changeBetween } from '../../../src/iceberg/table-change.ts';
import type { TableMetadata } from '../../../src/iceberg/types.ts';
import { applyUpdates, checkRequirements, Rejected } from '../../support/rest/apply-change.ts';

const NOW_MS = 5_000;

function emptyTable(formatVersion: 2 | 3): TableMetadata {
  return newTableMetadata({
    uuid: '00000000-0000-4000-a000-000000000001',
    location: 's3://b/t',
    struct: { type: 'struct', fields: [{ id: 1, name: 'id', required: false, type: 'long' }] },
    partition: [{ column: 'id', transform: 'bucket[4]', name: 'id_bucket' }],
    sort: [],
    formatVersion,
    properties: { a: '1', b: '2' },
    nowMs: 1_000,
  }).metadata;
}

type Step = (metadata: TableMetadata) => TableMetadata;
const idBelow = (n: number) => fc.nat({ max: n - 1 });

/** Snapshot ids beyond 2^53 are the usual ones. */
const snapshotId = fc.bigInt({ min: 2n ** 60n, max: 2n ** 63n - 1n });

const addSnapshot = fc.record({ id: snapshotId, rows: idBelow(9), branch: fc.constantFrom('main', 'main', 'other') }).map(
  ({ id: wanted, rows, branch }): Step =>
    (metadata) => {
      const known = new Set(metadata.snapshots.map((snapshot) => snapshot['snapshot-id']));
      let id = wanted;
      while (known.has(id)) id -= 1n;
      const sequenceNumber = metadata['last-sequence-number'] + 1;
      const parent = metadata.refs?.[branch]?.['snapshot-id'];
      const rowIds = metadata['format-version'] === 3 ? { 'first-row-id': metadata['next-row-id'] as number, 'added-rows': rows } : {};
      const snapshot = {
        'snapshot-id': id,
        ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
        'sequence-number': sequenceNumber,
        'timestamp-ms': 2_000,
        'manifest-list': `s3://b/t/${id}.avro`,
        summary: { operation: 'append' },
        'schema-id': metadata['current-schema-id'],
        ...rowIds,
      };
      return {
        ...metadata,
        'last-sequence-number': sequenceNumber,
        snapshots: [...metadata.snapshots, snapshot],
        refs: { ...metadata.refs, [branch]: { 'snapshot-id': id, type: 'branch' } },
        ...(branch === 'main' ? { 'current-snapshot-id': id } : {}),
        ...('added-rows' in rowIds ? { 'next-row-id': (metadata['next-row-id'] as number) + rows } : {}),
      };
    },
);

const setTag = fc.record({ name: fc.constantFrom(APPLIED_TAG, 'kept', '__proto__'), pick: fc.nat() }).map(
  ({ name, pick }): Step =>
    (metadata) => {
      const snapshot = metadata.snapshots[pick % Math.max(1, metadata.snapshots.length)];
      if (!snapshot) return metadata;
      const entries = Object.entries(metadata.refs ?? {}).filter(([key]) => key !== name);
      const ref = { 'snapshot-id': snapshot['snapshot-id'], type: 'tag', 'max-ref-age-ms': pick } as const;
      return { ...metadata, refs: Object.fromEntries([...entries, [name, ref]]) };
    },
);

const dropRef = fc.constantFrom('kept', 'other', '__proto__').map(
  (name): Step =>
    (metadata) => ({ ...metadata, refs: Object.fromEntries(Object.entries(metadata.refs ?? {}).filter(([key]) => key !== name)) }),
);

/** Snapshots that no ref names go, as an expiry takes them, and their statistics with them. */
const expire: Step = (metadata) => {
  const kept = new Set(Object.values(metadata.refs ?? {}).map((ref) => ref['snapshot-id']));
  const snapshots = metadata.snapshots.filter((snapshot) => kept.has(snapshot['snapshot-id']));
  const statistics = ((metadata['statistics'] ?? []) as { 'snapshot-id': bigint }[]).filter((file) => kept.has(file['snapshot-id']));
  return { ...metadata, snapshots, ...(metadata['statistics'] === undefined ? {} : { statistics }) };
};

const setStatistics = fc.record({ pick: fc.nat(), size: idBelow(99) }).map(
  ({ pick, size }): Step =>
    (metadata) => {
      const id = metadata.snapshots[pick % Math.max(1, metadata.snapshots.length)]?.['snapshot-id'];
      if (id === undefined) return metadata;
      const others = ((metadata['statistics'] ?? []) as { 'snapshot-id': bigint }[]).filter((file) => file['snapshot-id'] !== id);
      return {
        ...metadata,
        statistics: [...others, { 'snapshot-id': id, 'statistics-path': 's3://b/t/s.puffin', 'file-size-in-bytes': size }],
      };
    },
);

const setProperty = fc.record({ key: fc.constantFrom('a', 'b', 'c', '__proto__'), value: fc.option(fc.string({ maxLength: 3 })) }).map(
  ({ key, value }): Step =>
    (metadata) => {
      const entries = Object.entries(metadata.properties).filter(([name]) => name !== key);
      return { ...metadata, properties: Object.fromEntries(value === null ? entries : [...entries, [key, value]]) };
    },
);

const addColumn = fc.constant<Step>((metadata) => {
  const id = metadata['last-column-id'] + 1;
  const schemaId = Math.max(...metadata.schemas.map((schema) => schema['schema-id'])) + 1;
  const current = metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id'])!;
  const fields = [...current.fields, { id, name: `c${id}`, required: false, type: 'decimal(9,2)' as const }];
  return {
    ...metadata,
    schemas: [...metadata.schemas, { ...current, 'schema-id': schemaId, fields }],
    'current-schema-id': schemaId,
    'last-column-id': id,
  };
});

const addSpec = fc.constant<Step>((metadata) => {
  const specId = Math.max(...metadata['partition-specs'].map((spec) => spec['spec-id'])) + 1;
  const fieldId = metadata['last-partition-id'] + 1;
  const spec = { 'spec-id': specId, fields: [{ 'source-id': 1, 'field-id': fieldId, name: `p${fieldId}`, transform: 'identity' }] };
  return {
    ...metadata,
    'partition-specs': [...metadata['partition-specs'], spec],
    'default-spec-id': specId,
    'last-partition-id': fieldId,
  };
});

const addOrder = fc.constant<Step>((metadata) => {
  const orderId = Math.max(0, ...metadata['sort-orders'].map((order) => order['order-id'])) + 1;
  const transform = `bucket[${orderId}]`;
  const order = { 'order-id': orderId, fields: [{ 'source-id': 1, transform, direction: 'asc', 'null-order': 'nulls-first' } as const] };
  return { ...metadata, 'sort-orders': [...metadata['sort-orders'], order], 'default-sort-order-id': orderId };
});

const useEarlier = fc.nat().map(
  (pick): Step =>
    (metadata) => ({
      ...metadata,
      'current-schema-id': metadata.schemas[pick % metadata.schemas.length]!['schema-id'],
      'default-spec-id': metadata['partition-specs'][pick % metadata['partition-specs'].length]!['spec-id'],
    }),
);

const dropUnused = fc.constant<Step>((metadata) => ({
  ...metadata,
  schemas: metadata.schemas.filter((schema) => schema['schema-id'] === metadata['current-schema-id']),
  'partition-specs': metadata['partition-specs'].filter((spec) => spec['spec-id'] === metadata['default-spec-id']),
}));

const move = fc.constantFrom('s3://b/t', 's3://b/elsewhere').map(
  (location): Step =>
    (metadata) => ({ ...metadata, location }),
);

const step = fc.oneof(
  { arbitrary: addSnapshot, weight: 4 },
  ...[setTag, dropRef, setStatistics, setProperty, addColumn, addSpec, addOrder, useEarlier, move].map((arbitrary) => ({
    arbitrary,
    weight: 2,
  })),
);
const history = fc.array(step, { maxLength: 8 });
const formatVersion = fc.constantFrom(2 as const, 3 as const);
const run = (table: TableMetadata, steps: readonly Step[]) => steps.reduce((metadata, one) => one(metadata), table);

/** What both sides must agree on: all but the logs and the time, which are the catalog's. Order of lists of refs and files is free. */
function compared(metadata: object) {
  const { 'snapshot-log': _log, 'metadata-log': _files, 'last-updated-ms': _time, ...rest } = metadata as TableMetadata;
  const byId = <T>(items: readonly T[] | undefined, id: keyof T) => [...(items ?? [])].sort((a, b) => (a[id] < b[id] ? -1 : 1));
  const statistics = rest['statistics'] as { 'snapshot-id': bigint }[] | undefined;
  return {
    ...rest,
    snapshots: byId(rest.snapshots, 'snapshot-id'),
    statistics: byId(statistics, 'snapshot-id'),
    schemas: wire(rest.schemas),
  };
}

/** `decimal(9, 2)` and `decimal(9,2)` are one type. */
function wire(schemas: unknown): unknown {
  return JSON.parse(JSON.stringify(schemas).replaceAll('decimal(9, 2)', 'decimal(9,2)'));
}

describe('a change as requirements and updates', () => {
  test('applied to the base gives the next state, whatever the steps between were', () => {
    fc.assert(
      fc.property(formatVersion, history, history, fc.boolean(), (version, before, after, expires) => {
        const base = run(emptyTable(version), before);
        const next = run(base, [...(expires ? [expire] : []), ...after]);
        const change = changeBetween(base, next);
        checkRequirements(base as Record<string, unknown>, change.requirements);
        expect(compared(applyUpdates(base as Record<string, unknown>, change.updates, NOW_MS))).toEqual(compared(next));
      }),
      { numRuns: 400 },
    );
  });

  test('unused schemas and specs go when they are left out', () => {
    fc.assert(
      fc.property(formatVersion, history, dropUnused, (version, before, drop) => {
        const base = run(emptyTable(version), before);
        const next = drop(base);
        const { updates } = changeBetween(base, next);
        expect(compared(applyUpdates(base as Record<string, unknown>, updates, NOW_MS))).toEqual(compared(next));
      }),
      { numRuns: 100 },
    );
  });

  test('no difference is no update', () => {
    fc.assert(
      fc.property(formatVersion, history, (version, before) => {
        const base = run(emptyTable(version), before);
        expect(changeBetween(base, { ...base, 'last-updated-ms': NOW_MS }).updates).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test('another writer’s properties and tags stay; its snapshots on main, schemas and specs stop the commit', () => {
    fc.assert(
      fc.property(formatVersion, history, addSnapshot, step, (version, before, ours, theirs) => {
        const base = run(emptyTable(version), before);
        const change = changeBetween(base, ours(base));
        const moved = theirs(base);
        const reliesOn = (metadata: TableMetadata) => [
          metadata.refs?.['main']?.['snapshot-id'],
          metadata.refs?.[APPLIED_TAG]?.['snapshot-id'],
          ...change.updates.map(({ 'ref-name': name }) => (typeof name === 'string' ? metadata.refs?.[name]?.['snapshot-id'] : undefined)),
          ...(['current-schema-id', 'default-spec-id', 'default-sort-order-id'] as const).map((field) => metadata[field]),
        ];
        const isStopped = String(reliesOn(base)) !== String(reliesOn(moved));
        const check = () => checkRequirements(moved as Record<string, unknown>, change.requirements);
        if (isStopped) {
          expect(check).toThrow(Rejected);
          return;
        }
        check();
        // A snapshot of theirs on another branch has taken the sequence number: the catalog refuses ours, which changes nothing.
        if (moved['last-sequence-number'] !== base['last-sequence-number']) return;
        const together = applyUpdates(moved as Record<string, unknown>, change.updates, NOW_MS) as unknown as TableMetadata;
        expect(together.properties).toEqual(moved.properties);
        expect(Object.keys(together.refs!)).toEqual(expect.arrayContaining(Object.keys(moved.refs ?? {})));
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['a changed schema under its id', (m: TableMetadata) => ({ ...m, schemas: [{ ...m.schemas[0]!, fields: [] }] })],
    ['a removed sort order', (m: TableMetadata) => ({ ...m, 'sort-orders': [] })],
    ['a field nobody knows', (m: TableMetadata) => ({ ...m, 'x-unknown': 1 })],
    ['another table', (m: TableMetadata) => ({ ...m, 'table-uuid': 'other' })],
  ])('%s is a bug of the caller, never left out in silence', (_name, change) => {
    const base = emptyTable(2);
    expect(() => changeBetween(base, change(base))).toThrow(InvariantError);
  });
});
