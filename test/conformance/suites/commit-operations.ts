// Every commit operation through the commit loop on a real catalog, whoever writes its metadata: after each step the table, loaded
// again, has exactly the rows and references it must have. Run against memory, SQLite and REST.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareAppend } from '../../../src/iceberg/append.ts';
import { prepareCherryPick } from '../../../src/iceberg/cherry-pick.ts';
import { type CommitLoopRequest, type Committed, runCommit } from '../../../src/iceberg/commit-loop.ts';
import { prepareDeleteRows } from '../../../src/iceberg/delete-rows.ts';
import { planExpiry } from '../../../src/iceberg/expire.ts';
import { prepareDeleteFiles, prepareOverwrite, prepareReplace } from '../../../src/iceberg/file-operations.ts';
import { fastForward, putRef, removeRef, renameBranch, rollBack, setRetention } from '../../../src/iceberg/refs.ts';
import { prepareRewriteManifests } from '../../../src/iceberg/rewrite-manifests.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import { changeProperties, prepareUpdate, setStatistics, statisticsOf, upgradeFormat } from '../../../src/iceberg/table-updates.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import type { Ports } from '../../../src/ports.ts';
import { deletedIn, liveRows } from '../../support/iceberg/live-rows.ts';
import { type CatalogPorts, look, tryCreate } from '../support/tables.ts';

export type OperationPorts = CatalogPorts & Pick<Ports, 'telemetry'>;

/** Registers the suite; `make` is called once, before its tests. */
export function describeCommitOperations(
  name: string,
  make: () => Promise<{ readonly ports: OperationPorts; readonly dispose?: () => Promise<void> }>,
): void {
  describe(`commit operations: ${name}`, () => {
    let subject: Awaited<ReturnType<typeof make>>;
    beforeAll(async () => {
      subject = await make();
      await subject.ports.catalog.ensureNamespace('operations');
    });
    afterAll(async () => subject?.dispose?.());
    const open = async (table: string) => {
      const identifier = { namespace: 'operations', name: table };
      await tryCreate(subject.ports, identifier);
      return workbench(subject.ports, identifier);
    };
    it('files are added, exchanged, compacted and removed, and rows deleted', async () => filesAndRows(await open('files')));
    it('after an upgrade, deletes are vectors and rows have ids', async () => afterUpgrade(await open('upgraded')));
    it('branches and tags move by descent, and a staged snapshot is published', async () => references(await open('refs')));
    it('snapshots expire with their references and statistics, and properties change', async () => housekeeping(await open('house')));
  });
}

interface Workbench {
  readonly location: string;
  commit(prepare: CommitLoopRequest['prepare']): Promise<Committed>;
  update(change: (metadata: TableMetadata, nowMs: number) => TableMetadata): Promise<TableMetadata>;
  metadata(): Promise<TableMetadata>;
  head(): Promise<bigint | null>;
  /** Numbers of live rows by the serial number of the file. */
  counts(snapshotId?: bigint): Promise<Readonly<Record<string, number>>>;
  deleteRows(files: readonly DataFile[], positions: readonly number[]): Promise<Committed>;
  file(serial: number, rows?: number): DataFile;
}

function workbench(ports: OperationPorts, identifier: { readonly namespace: string; readonly name: string }): Workbench {
  const location = `${ports.root}/operations/${identifier.name}`;
  const metadata = async () => (await look(ports, identifier)).metadata;
  const head = async () => (await metadata())['current-snapshot-id'] ?? null;
  const commit = (prepare: CommitLoopRequest['prepare']) =>
    runCommit({ ports, identifier, what: 'operation', prepare, pause: (ms) => ports.clock.sleep?.(ms) ?? Promise.resolve() });
  return {
    location,
    metadata,
    head,
    commit,
    update: async (change) => {
      await commit((base) => prepareUpdate(base, change));
      return metadata();
    },
    counts: async (snapshotId) => {
      const now = await metadata();
      const rows = await liveRows(ports.files, now, snapshotId ?? now['current-snapshot-id']!);
      return Object.fromEntries([...rows].map(([path, positions]) => [/(\d+)\.parquet$/.exec(path)![1]!, positions.length]));
    },
    deleteRows: async (files, positions) => {
      const since = await head();
      return commit((base) =>
        prepareDeleteRows({
          ...base,
          since,
          isolation: 'serializable',
          deletes: files.map((file) => ({ file, positions: positionSetOf(positions) })),
          encode: encodeParquet,
          readPositions: (file, path) => deletedIn(ports.files, file, path),
        }),
      );
    },
    file: (serial, rows = 10) => ({
      content: 0,
      filePath: `${location}/data/${serial}.parquet`,
      fileFormat: 'PARQUET',
      specId: 0,
      partition: [20_000 + (serial % 2)],
      recordCount: rows,
      fileSizeBytes: 1000,
    }),
  };
}

async function filesAndRows(table: Workbench): Promise<void> {
  const [one, two, three, four] = [1, 2, 3, 4].map((serial) => table.file(serial)) as [DataFile, DataFile, DataFile, DataFile];
  await table.commit((base) => prepareAppend({ ...base, add: [one, two], summary: {} }));
  await table.commit((base) => prepareAppend({ ...base, add: [three], summary: {}, isFast: true }));
  await table.deleteRows([one, two], [0, 5]);
  expect(await table.counts()).toEqual({ 1: 8, 2: 8, 3: 10 });
  let since = await table.head();
  await table.commit((base) => prepareOverwrite({ ...base, since, isolation: 'serializable', add: [four], remove: [two] }));
  expect(await table.counts()).toEqual({ 1: 8, 3: 10, 4: 10 });
  since = await table.head();
  const number = (await table.metadata())['last-sequence-number'];
  const merged = table.file(5, 18);
  await table.commit((base) => prepareReplace({ ...base, since, add: [merged], remove: [one, three], dataSequenceNumber: number }));
  expect(await table.counts()).toEqual({ 4: 10, 5: 18 });
  await table.commit((base) => prepareRewriteManifests(base));
  await table.commit((base) => prepareDeleteFiles({ ...base, remove: [four] }));
  expect(await table.counts()).toEqual({ 5: 18 });
}

async function afterUpgrade(table: Workbench): Promise<void> {
  const [one, two] = [table.file(1), table.file(3)];
  await table.commit((base) => prepareAppend({ ...base, add: [one, two], summary: {} }));
  await table.deleteRows([one, two], [1]);
  expect((await table.update((metadata) => upgradeFormat(metadata, 3)))['format-version']).toBe(3);
  await table.deleteRows([one], [2]);
  await table.deleteRows([one], [3]);
  expect(await table.counts()).toEqual({ 1: 7, 3: 9 });
  const metadata = await table.metadata();
  expect(metadata['next-row-id']).toBeGreaterThanOrEqual(20);
  expect(metadata.snapshots.at(-1)!.summary).toMatchObject({ 'added-dvs': '1', 'removed-dvs': '1' });
}

async function references(table: Workbench): Promise<void> {
  const append = (serial: number, more: Partial<Parameters<typeof prepareAppend>[0]> = {}) =>
    table.commit((base) => prepareAppend({ ...base, add: [table.file(serial)], summary: {}, ...more }));
  await append(1);
  const first = (await table.head())!;
  await table.update((metadata) => putRef(metadata, { name: 'dev', type: 'branch', snapshotId: first }));
  await table.update((metadata) => putRef(metadata, { name: 'mark', type: 'tag', snapshotId: first, retention: { maxRefAgeMs: 1e9 } }));
  await append(2, { targetRef: 'dev' });
  expect(await table.counts()).toEqual({ 1: 10 });
  const audited = (await table.metadata()).refs!['dev']!['snapshot-id'];
  await append(3, { targetRef: 'dev' });
  await table.update((metadata, nowMs) => fastForward(metadata, { snapshotId: audited, nowMs }));
  expect(await table.counts()).toEqual({ 1: 10, 2: 10 });
  const { metadata } = await append(4, { isStaged: true, summary: { 'wap.id': 'w' } });
  const pick = metadata.snapshots.at(-1)!['snapshot-id'];
  await append(5);
  await table.commit((base) => prepareCherryPick({ ...base, pick }));
  expect(await table.counts()).toEqual({ 1: 10, 2: 10, 4: 10, 5: 10 });
  await table.update((before, nowMs) => rollBack(before, { snapshotId: first, nowMs }));
  expect(await table.counts()).toEqual({ 1: 10 });
  await table.update((before) => setRetention(renameBranch(before, { from: 'dev', to: 'next' }), 'next', { minSnapshotsToKeep: 2 }));
  const { refs } = await table.update((before) => removeRef(before, 'mark'));
  expect(Object.keys(refs!).sort()).toEqual(['main', 'next']);
  expect(refs!['next']).toMatchObject({ 'min-snapshots-to-keep': 2, type: 'branch' });
}

async function housekeeping(table: Workbench): Promise<void> {
  for (const serial of [1, 2, 3, 4]) await table.commit((base) => prepareAppend({ ...base, add: [table.file(serial)], summary: {} }));
  const [oldest, , , newest] = (await table.metadata()).snapshots;
  await table.update((metadata) => putRef(metadata, { name: 'kept', type: 'tag', snapshotId: oldest!['snapshot-id'] }));
  for (const snapshot of [oldest!, newest!]) {
    const line = {
      'snapshot-id': snapshot['snapshot-id'],
      'statistics-path': `${table.location}/metadata/${snapshot['snapshot-id']}.stats`,
    };
    await table.update((metadata) =>
      setStatistics(metadata, 'statistics', { ...line, 'file-size-in-bytes': 100, 'file-footer-size-in-bytes': 50, 'blob-metadata': [] }),
    );
  }
  const expire = () =>
    table.update((before, nowMs) => planExpiry(before, { nowMs, olderThanMs: nowMs + 1, minSnapshotsToKeep: 1 }).metadata);
  const kept = await expire();
  expect(kept.snapshots.map((snapshot) => snapshot['snapshot-id'])).toEqual([oldest!['snapshot-id'], newest!['snapshot-id']]);
  expect(statisticsOf(kept, 'statistics')).toHaveLength(2);
  await table.update((metadata) => removeRef(metadata, 'kept'));
  const last = await expire();
  expect(last.snapshots).toHaveLength(1);
  expect(statisticsOf(last, 'statistics').map((line) => line['snapshot-id'])).toEqual([newest!['snapshot-id']]);
  expect(await table.counts()).toEqual({ 1: 10, 2: 10, 3: 10, 4: 10 });
  const changed = await table.update((metadata) => changeProperties(metadata, { set: { a: '1' }, remove: ['asker'] }));
  expect(changed.properties).toMatchObject({ a: '1' });
  expect(changed.properties).not.toHaveProperty('asker');
}
