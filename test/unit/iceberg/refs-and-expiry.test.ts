// References, expiry, properties and statistics as pure changes of metadata: the rules of the specification case by case.
import { describe, expect, test } from 'vitest';
import { APPLIED_TAG } from '../../../src/contract/names.ts';
import { CommitRefusedError, InvariantError } from '../../../src/errors.ts';
import { type ExpiryRequest, isGcEnabled, planExpiry } from '../../../src/iceberg/expire.ts';
import { parseMetadata, serializeMetadata } from '../../../src/iceberg/metadata-json.ts';
import { newTableMetadata } from '../../../src/iceberg/new-table.ts';
import {
  fastForward,
  putRef,
  removeRef,
  renameBranch,
  rollBack,
  rollBackToTime,
  setCurrent,
  setRetention,
} from '../../../src/iceberg/refs.ts';
import type { RefusalCode } from '../../../src/iceberg/refusals.ts';
import {
  changeProperties,
  moveLocation,
  removeStatistics,
  setStatistics,
  statisticsOf,
  upgradeFormat,
} from '../../../src/iceberg/table-updates.ts';
import type { Snapshot, SnapshotRef, TableMetadata } from '../../../src/iceberg/types.ts';
import { EVENTS } from '../../support/iceberg/tables.ts';

/**
 * Snapshots 1 ← 2 ← 3 ← 4 (main), 3 ← 5 (dev), 6 of nothing; snapshot n was committed at n × 1000 ms.
 *
 *     1 ── 2 ── 3 ── 4 main      6 staged on 4
 *               └─── 5 dev
 */
function tableOf(refs: Readonly<Record<string, SnapshotRef>> = {}, properties: Readonly<Record<string, string>> = {}): TableMetadata {
  const { metadata } = newTableMetadata({
    uuid: '00000000-0000-4000-a000-000000000000',
    location: 's3://bucket/db/table',
    struct: EVENTS,
    partition: [],
    sort: [],
    formatVersion: 2,
    properties,
    nowMs: 0,
  });
  const parents = [undefined, 1n, 2n, 3n, 3n, 4n];
  const snapshots = parents.map(
    (parent, i): Snapshot => ({
      'snapshot-id': BigInt(i + 1),
      ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
      'sequence-number': i + 1,
      'timestamp-ms': 1000 * (i + 1),
      'manifest-list': `list-${i + 1}`,
      summary: { operation: 'append' },
    }),
  );
  return {
    ...metadata,
    snapshots,
    'last-sequence-number': 6,
    'current-snapshot-id': 4n,
    refs: { main: branch(4n), dev: branch(5n), ...refs },
    'snapshot-log': [1, 2, 3, 4].map((n) => ({ 'snapshot-id': BigInt(n), 'timestamp-ms': 1000 * n })),
  };
}

const branch = (id: bigint, fields = {}): SnapshotRef => ({ ...fields, 'snapshot-id': id, type: 'branch' });
const tag = (id: bigint, fields = {}): SnapshotRef => ({ ...fields, 'snapshot-id': id, type: 'tag' });

function refused(code: RefusalCode, act: () => unknown): void {
  expect(act).toThrow(CommitRefusedError);
  try {
    act();
  } catch (error) {
    expect((error as CommitRefusedError).code).toBe(code);
  }
}

describe('references', () => {
  const table = tableOf({ mark: tag(2n, { 'max-ref-age-ms': 7 }) });

  test('are made at a snapshot of the table, and replaced only on purpose and by their own kind', () => {
    expect(
      putRef(table, {
        name: 'a',
        type: 'branch',
        snapshotId: 2n,
        retention: { minSnapshotsToKeep: 2, maxSnapshotAgeMs: 3, maxRefAgeMs: 4 },
      }).refs!['a'],
    ).toEqual(branch(2n, { 'min-snapshots-to-keep': 2, 'max-snapshot-age-ms': 3, 'max-ref-age-ms': 4 }));
    refused('snapshot-unknown', () => putRef(table, { name: 'a', type: 'tag', snapshotId: 99n }));
    refused('ref-exists', () => putRef(table, { name: 'mark', type: 'tag', snapshotId: 3n }));
    expect(putRef(table, { name: 'mark', type: 'tag', snapshotId: 3n, isReplacing: true }).refs!['mark']).toEqual(
      tag(3n, { 'max-ref-age-ms': 7 }),
    );
    refused('ref-kind', () => putRef(table, { name: 'mark', type: 'branch', snapshotId: 3n, isReplacing: true }));
    refused('ref-main', () => putRef(table, { name: 'main', type: 'branch', snapshotId: 3n, isReplacing: true }));
    refused('ref-unknown', () => putRef(table, { name: '', type: 'tag', snapshotId: 3n }));
  });

  test('are removed and renamed; main never, a tag never renamed', () => {
    expect(Object.keys(removeRef(table, 'mark').refs!)).toEqual(['main', 'dev']);
    refused('ref-unknown', () => removeRef(table, 'none'));
    refused('ref-main', () => removeRef(table, 'main'));
    refused('ref-moved', () => removeRef(table, 'mark', 3n));
    expect(renameBranch(table, { from: 'dev', to: 'new' }).refs).toMatchObject({ new: branch(5n) });
    refused('ref-kind', () => renameBranch(table, { from: 'mark', to: 'new' }));
    refused('ref-exists', () => renameBranch(table, { from: 'dev', to: 'mark' }));
    refused('ref-main', () => renameBranch(table, { from: 'main', to: 'new' }));
  });

  test('keep what they are told, and a tag only itself', () => {
    expect(setRetention(table, 'mark', {}).refs!['mark']).toEqual(tag(2n));
    expect(setRetention(table, 'main', { minSnapshotsToKeep: 3 }).refs!['main']).toEqual(branch(4n, { 'min-snapshots-to-keep': 3 }));
    refused('ref-kind', () => setRetention(table, 'mark', { minSnapshotsToKeep: 3 }));
    expect(() => setRetention(table, 'main', { minSnapshotsToKeep: 0 })).toThrow(InvariantError);
  });
});

describe('moving a branch', () => {
  const table = tableOf({ mark: tag(2n) });
  const nowMs = 9000;

  test('forward goes to exactly the snapshot named, and only where it descends from the head', () => {
    const moved = fastForward(table, { snapshotId: 6n, nowMs });
    expect(moved['current-snapshot-id']).toBe(6n);
    expect(moved['snapshot-log'].at(-1)).toEqual({ 'snapshot-id': 6n, 'timestamp-ms': nowMs });
    refused('not-descendant', () => fastForward(table, { snapshotId: 5n, nowMs }));
    refused('not-descendant', () => fastForward(table, { snapshotId: 2n, nowMs }));
    refused('snapshot-unknown', () => fastForward(table, { snapshotId: 77n, nowMs }));
    refused('ref-kind', () => fastForward(table, { branch: 'mark', snapshotId: 4n, nowMs }));
    expect(fastForward(table, { snapshotId: 4n, nowMs })).toBe(table);
    expect(fastForward(table, { branch: 'fresh', snapshotId: 2n, nowMs }).refs!['fresh']).toEqual(branch(2n));
  });

  test('back goes to an ancestor only; to any snapshot only by setting it', () => {
    expect(rollBack(table, { snapshotId: 2n, nowMs }).refs!['main']).toEqual(branch(2n));
    expect(rollBack(table, { branch: 'dev', snapshotId: 3n, nowMs })['current-snapshot-id']).toBe(4n);
    refused('not-descendant', () => rollBack(table, { snapshotId: 5n, nowMs }));
    expect(setCurrent(table, { snapshotId: 5n, nowMs })['current-snapshot-id']).toBe(5n);
    refused('snapshot-unknown', () => setCurrent(table, { snapshotId: 77n, nowMs }));
    expect(rollBackToTime(table, { beforeMs: 3000, nowMs })['current-snapshot-id']).toBe(2n);
    refused('snapshot-unknown', () => rollBackToTime(table, { beforeMs: 1000, nowMs }));
  });
});

describe('expiry', () => {
  const nowMs = 10_000;
  const kept = (table: TableMetadata, request: Partial<ExpiryRequest>) =>
    planExpiry(table, { nowMs, ...request }).metadata.snapshots.map((snapshot) => Number(snapshot['snapshot-id']));

  test('keeps what references point at, the newest of each branch, and what is young enough', () => {
    expect(kept(tableOf(), { olderThanMs: 20_000 })).toEqual([4, 5]);
    expect(kept(tableOf(), { olderThanMs: 20_000, minSnapshotsToKeep: 2 })).toEqual([3, 4, 5]);
    expect(kept(tableOf(), { olderThanMs: 3000 })).toEqual([3, 4, 5, 6]);
    expect(kept(tableOf({ mark: tag(1n) }), { olderThanMs: 20_000 })).toEqual([1, 4, 5]);
    expect(kept(tableOf(), { olderThanMs: 6000 })).toEqual([4, 5, 6]);
  });

  test('follows the retention of each reference before the table’s', () => {
    expect(kept(tableOf({ main: branch(4n, { 'min-snapshots-to-keep': 4 }) }), { olderThanMs: 20_000 })).toEqual([1, 2, 3, 4, 5]);
    expect(kept(tableOf({ dev: branch(5n, { 'max-snapshot-age-ms': 7000 }) }), { olderThanMs: 20_000 })).toEqual([3, 4, 5]);
    const aged = planExpiry(tableOf({ dev: branch(5n, { 'max-ref-age-ms': 4999 }) }), { nowMs, olderThanMs: 20_000 });
    expect(aged.refs).toEqual(['dev']);
    expect(aged.metadata.refs).toEqual({ main: branch(4n) });
    expect(aged.snapshots.map((snapshot) => Number(snapshot['snapshot-id']))).toEqual([1, 2, 3, 5, 6]);
    expect(planExpiry(tableOf({ dev: branch(5n, { 'max-ref-age-ms': 5000 }) }), { nowMs, olderThanMs: 20_000 }).refs).toEqual([]);
    expect(planExpiry(tableOf({ main: branch(4n, { 'max-ref-age-ms': 1 }) }), { nowMs, olderThanMs: 20_000 }).refs).toEqual([]);
  });

  test('takes age and number from the table’s properties', () => {
    const properties = { 'history.expire.max-snapshot-age-ms': '7500', 'history.expire.min-snapshots-to-keep': '1' };
    expect(kept(tableOf({}, properties), {})).toEqual([3, 4, 5, 6]);
    expect(kept(tableOf({}, { ...properties, 'history.expire.min-snapshots-to-keep': '3' }), {})).toEqual([2, 3, 4, 5, 6]);
    const aged = tableOf({ mark: tag(1n) }, { ...properties, 'history.expire.max-ref-age-ms': '5000' });
    expect(planExpiry(aged, { nowMs }).refs).toEqual(['mark']);
  });

  test('keeps the path from the tag of the applied log to main', () => {
    expect(kept(tableOf({ 'firn-applied': tag(2n) }), { olderThanMs: 20_000 })).toEqual([2, 3, 4, 5]);
    expect(kept(tableOf({ 'firn-applied': tag(2n) }), { olderThanMs: 20_000, pathTags: [] })).toEqual([2, 4, 5]);
  });

  test('of named snapshots refuses those that a reference points at', () => {
    const table = tableOf({ mark: tag(2n), 'firn-applied': tag(3n) });
    expect(kept(table, { olderThanMs: 0, snapshotIds: [1n] })).toEqual([2, 3, 4, 5, 6]);
    for (const id of [2n, 3n, 4n, 5n]) refused('snapshot-in-use', () => planExpiry(table, { nowMs, snapshotIds: [id] }));
    refused('snapshot-unknown', () => planExpiry(table, { nowMs, snapshotIds: [99n] }));
  });

  test('drops the statistics of what went, and the snapshot log up to it', () => {
    const line = (id: bigint) => ({ 'snapshot-id': id, 'statistics-path': `stats-${id}`, 'file-size-in-bytes': 1 });
    const table = [1n, 4n].reduce(
      (metadata, id) => setStatistics(setStatistics(metadata, 'statistics', line(id)), 'partition-statistics', line(id)),
      tableOf(),
    );
    const { metadata, statisticsPaths } = planExpiry(table, { nowMs, olderThanMs: 3000 });
    expect(statisticsPaths).toEqual(['stats-1', 'stats-1']);
    expect(statisticsOf(metadata, 'statistics')).toEqual([line(4n)]);
    expect(metadata['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual([3n, 4n]);
  });

  test('is refused where the table says that its files are not to be collected, as the reference implementation refuses it', () => {
    for (const text of ['false', 'no', '']) {
      const shared = tableOf({}, { 'gc.enabled': text });
      refused('gc-disabled', () => planExpiry(shared, { nowMs }));
      refused('gc-disabled', () => planExpiry(shared, { nowMs, snapshotIds: [1n] }));
      expect(isGcEnabled(shared)).toBe(false);
    }
    expect(kept(tableOf({}, { 'gc.enabled': 'True' }), { olderThanMs: 20_000 })).toEqual([4, 5]);
    expect(isGcEnabled(tableOf())).toBe(true);
  });

  test('of a table that has nothing to expire gives the table back', () => {
    const table = tableOf();
    expect(planExpiry(table, { nowMs, olderThanMs: 0 }).metadata).toBe(table);
  });
});

describe('an age for ever', () => {
  const nowMs = 10_000;
  const forever = 2n ** 63n - 1n;

  test('as the largest long keeps what the shorter one of the table would expire', () => {
    const refs = {
      mark: tag(1n, { 'max-ref-age-ms': forever }),
      dev: branch(5n, { 'max-ref-age-ms': forever, 'max-snapshot-age-ms': forever }),
    };
    // As read from a file: integers beyond 2^53 are bigint there.
    const table = parseMetadata(serializeMetadata(tableOf(refs, { 'history.expire.max-ref-age-ms': '1' })));
    const expiry = planExpiry(table, { nowMs, olderThanMs: 20_000 });
    expect(expiry.refs).toEqual([]);
    expect(expiry.snapshots.map((snapshot) => snapshot['snapshot-id'])).toEqual([6n]);
  });

  test('of the table keeps every snapshot', () => {
    const table = tableOf({}, { 'history.expire.max-snapshot-age-ms': String(forever) });
    expect(planExpiry(table, { nowMs: 400 * 24 * 3_600_000 }).snapshots).toEqual([]);
  });

  test('is that of the tag of the applied log, unless the tag itself says another', () => {
    const properties = { 'history.expire.max-ref-age-ms': '1' };
    const tagged = tableOf({ [APPLIED_TAG]: tag(3n), mark: tag(3n) }, properties);
    expect(planExpiry(tagged, { nowMs, olderThanMs: 20_000 }).refs).toEqual(['dev', 'mark']);
    const own = tableOf({ [APPLIED_TAG]: tag(3n, { 'max-ref-age-ms': 5 }) }, properties);
    expect(planExpiry(own, { nowMs, olderThanMs: 20_000 }).refs).toEqual(['dev', APPLIED_TAG]);
  });
});

describe('properties, location, version and statistics', () => {
  const table = tableOf({}, { a: '1', b: '2' });

  test('are set and removed; reserved names and contradictions are refused', () => {
    expect(changeProperties(table, { set: { c: '3' }, remove: ['a'] }).properties).toMatchObject({ b: '2', c: '3' });
    expect(changeProperties(table, { remove: ['a'] }).properties).not.toHaveProperty('a');
    refused('property', () => changeProperties(table, { set: { 'format-version': '3' } }));
    refused('property', () => changeProperties(table, { set: { a: '3' }, remove: ['a'] }));
    refused('property', () => changeProperties(table, { set: { '': '3' } }));
  });

  test('move a location only by absolute URI of the same scheme, and leave files behind only on purpose', () => {
    const move = (location: string, leavesFiles = true) => moveLocation(table, { location, leavesFiles });
    expect(move('s3://other/db/table/').location).toBe('s3://other/db/table');
    for (const wrong of ['', 'relative/path', 'file:///x/y', 's3://bucket']) refused('location', () => move(wrong));
    refused('location', () => move('s3://other/db/table', false));
    expect(move(table.location, false)).toBe(table);
  });

  test('raise the version once, with row ids from the beginning', () => {
    const raised = upgradeFormat(table, 3);
    expect([raised['format-version'], raised['next-row-id']]).toEqual([3, 0]);
    expect(upgradeFormat(raised, 3)).toBe(raised);
  });

  test('hold one statistics file per snapshot of the table', () => {
    const line = (path: string) => ({ 'snapshot-id': 4n, 'statistics-path': path, 'file-size-in-bytes': 1 });
    const twice = setStatistics(setStatistics(table, 'statistics', line('a')), 'statistics', line('b'));
    expect(statisticsOf(twice, 'statistics')).toEqual([line('b')]);
    expect(statisticsOf(removeStatistics(twice, 'statistics', 4n), 'statistics')).toEqual([]);
    expect(removeStatistics(table, 'statistics', 4n)).toBe(table);
    refused('statistics', () => setStatistics(table, 'statistics', { ...line('a'), 'snapshot-id': 77n }));
  });
});
