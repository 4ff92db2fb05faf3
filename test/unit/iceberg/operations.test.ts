// Commit operations on files: what each refuses and by which code, what it leaves alone, and what it costs.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { InvariantError } from '../../../src/errors.ts';
import { prepareAppend } from '../../../src/iceberg/append.ts';
import type { ConflictScope } from '../../../src/iceberg/check-conflicts.ts';
import { prepareCherryPick } from '../../../src/iceberg/cherry-pick.ts';
import { prepareDeleteRows } from '../../../src/iceberg/delete-rows.ts';
import { prepareDeleteFiles, prepareOverwrite, prepareReplace, prepareRowDelta } from '../../../src/iceberg/file-operations.ts';
import { currentSnapshot } from '../../../src/iceberg/find-snapshot.ts';
import { readManifestList } from '../../../src/iceberg/manifest-list.ts';
import { putRef, rollBack } from '../../../src/iceberg/refs.ts';
import { REFUSALS } from '../../../src/iceberg/refusals.ts';
import { prepareRewriteManifests } from '../../../src/iceberg/rewrite-manifests.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import { liveEntries } from '../../../src/iceberg/scan.ts';
import { prepareUpdate, upgradeFormat } from '../../../src/iceberg/table-updates.ts';
import type { DataFile } from '../../../src/iceberg/types.ts';
import { writeDeletionVectors, writePositionDeletes } from '../../../src/iceberg/write-delete-files.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { head, refusedWith } from '../../support/iceberg/assertions.ts';
import { faultsOf } from '../../support/iceberg/check-table.ts';
import { deletedIn, liveRows } from '../../support/iceberg/live-rows.ts';
import { apply, base } from '../../support/iceberg/operations.ts';
import { append, createTable, dataFile, type TestTable } from '../../support/iceberg/tables.ts';

const live = async (table: TestTable) => (await liveEntries(table)).data.map((entry) => entry.file.filePath).sort();

async function deleteRows(table: TestTable, files: readonly DataFile[], positions: readonly number[]) {
  const prepared = await prepareDeleteRows({
    ...base(table),
    since: head(table),
    isolation: 'snapshot',
    deletes: files.map((file) => ({ file, positions: positionSetOf(positions) })),
    encode: encodeParquet,
    readPositions: (file, path) => deletedIn(table.files, file, path),
  });
  if (prepared) apply(table, prepared);
  return prepared;
}

/** An equality delete file of a partition. */
const equalityDelete = (partition: number) => dataFile({ content: 2, equalityIds: [3], partition: [partition], recordCount: 1 });

async function addDeletes(table: TestTable, add: readonly DataFile[]) {
  apply(table, await prepareRowDelta({ ...base(table), since: head(table), isolation: 'snapshot', add, remove: [] }));
}

describe('an overwrite', () => {
  const overwrite = (
    table: TestTable,
    given: { since: bigint | null; remove: readonly DataFile[]; isolation?: 'serializable' | 'snapshot'; scope?: ConflictScope },
  ) => prepareOverwrite({ ...base(table), isolation: 'serializable', add: [dataFile()], ...given });

  test('refuses where data files were added since it was planned, within its scope and isolation', async () => {
    const table = await createTable();
    const old = dataFile();
    await append(table, [old]);
    const since = head(table);
    await append(table, [dataFile({ partition: [20_001] })]);
    await refusedWith('conflict-added-data', overwrite(table, { since, remove: [old] }));
    const elsewhere: ConflictScope = { kind: 'partitions', partitions: [old] };
    await overwrite(table, { since, remove: [old], scope: elsewhere });
    await overwrite(table, { since, remove: [old], scope: { kind: 'filter', mayMatch: () => false } });
    await overwrite(table, { since, remove: [old], isolation: 'snapshot' });
    await refusedWith('conflict-added-data', overwrite(table, { since, remove: [old], scope: { kind: 'filter', mayMatch: () => true } }));
  });

  test('refuses where a file it removes is gone, or rows of it were deleted meanwhile', async () => {
    const table = await createTable();
    const [one, two] = [dataFile(), dataFile({ partition: [20_001] })];
    await append(table, [one, two]);
    const since = head(table);
    await deleteRows(table, [one], [1]);
    await refusedWith('conflict-replaced-deletes', overwrite(table, { since, remove: [one], isolation: 'snapshot' }));
    await overwrite(table, { since, remove: [two], isolation: 'snapshot' });
    apply(table, await prepareDeleteFiles({ ...base(table), remove: [two] }));
    await refusedWith('missing-files', overwrite(table, { since, remove: [two], isolation: 'snapshot' }));
  });

  test('without new files is a delete, and with them an overwrite', async () => {
    const table = await createTable();
    const old = dataFile();
    await append(table, [old]);
    const planned = { since: head(table), isolation: 'serializable' } as const;
    const without = await prepareOverwrite({ ...base(table), ...planned, add: [], remove: [old] });
    expect(currentSnapshot(without.metadata)!.summary['operation']).toBe('delete');
    const withNew = await prepareOverwrite({ ...base(table), ...planned, add: [dataFile()], remove: [old] });
    expect(currentSnapshot(withNew.metadata)!.summary['operation']).toBe('overwrite');
  });
});

describe('a replace', () => {
  const compact = (table: TestTable, since: bigint | null, remove: readonly DataFile[], dataSequenceNumber?: number) =>
    prepareReplace({
      ...base(table),
      since,
      add: [dataFile({ recordCount: 9 })],
      remove,
      ...(dataSequenceNumber === undefined ? {} : { dataSequenceNumber }),
    });

  test('lives with equality deletes committed meanwhile only where its files keep the old sequence number, and then they still apply', async () => {
    const table = await createTable();
    const old = dataFile();
    await append(table, [old]);
    const [since, number] = [head(table), table.metadata['last-sequence-number']];
    await addDeletes(table, [equalityDelete(20_000)]);
    await refusedWith('conflict-replaced-deletes', compact(table, since, [old]));
    // A number of after the deletes would leave them behind, and their rows would come back.
    await expect(compact(table, since, [old], number + 1)).rejects.toThrow(InvariantError);
    apply(table, await compact(table, since, [old], number));
    const { data, deletes } = await liveEntries(table);
    expect(data.map((entry) => entry.sequenceNumber)).toEqual([number]);
    expect(deletes[0]!.sequenceNumber).toBeGreaterThan(number);
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
  });

  test('never lives with position deletes or vectors of a file it replaces', async () => {
    for (const formatVersion of [2, 3] as const) {
      const table = await createTable({ formatVersion });
      const [old, other] = [dataFile(), dataFile()];
      await append(table, [old, other]);
      const [since, number] = [head(table), table.metadata['last-sequence-number']];
      await deleteRows(table, [old], [3]);
      await refusedWith('conflict-replaced-deletes', compact(table, since, [old], number));
      await compact(table, since, [other], number);
    }
  });

  test('refuses where a source was compacted by somebody else', async () => {
    const table = await createTable();
    const old = dataFile();
    await append(table, [old]);
    const since = head(table);
    apply(table, await compact(table, since, [old]));
    await refusedWith('missing-files', compact(table, since, [old]));
  });

  test('gives its files no smaller number than their sources have: deletes of before them would reach rows written after', async () => {
    const table = await createTable();
    const [older, newer] = [dataFile(), dataFile()];
    await append(table, [older]);
    const number = table.metadata['last-sequence-number'];
    await addDeletes(table, [equalityDelete(20_000)]);
    await append(table, [newer]);
    const since = head(table);
    for (const remove of [[newer], [older, newer]]) {
      await expect(compact(table, since, remove, number)).rejects.toThrow(InvariantError);
      await expect(compact(table, since, remove, number + 1)).rejects.toThrow(InvariantError);
      await compact(table, since, remove, number + 2);
    }
    await compact(table, since, [older], number);
  });

  test('may not make rows, take nothing away, or be newer than the table', async () => {
    const table = await createTable();
    const old = dataFile({ recordCount: 5 });
    await append(table, [old]);
    await expect(compact(table, head(table), [old])).rejects.toThrow(InvariantError);
    await expect(compact(table, head(table), [])).rejects.toThrow(InvariantError);
    const add = [dataFile({ recordCount: 5 })];
    await expect(prepareReplace({ ...base(table), since: head(table), add, remove: [old], dataSequenceNumber: 2 })).rejects.toThrow(
      InvariantError,
    );
  });
});

test('a replace adds no equality delete: with a newer number it would delete rows written after the one it replaces', async () => {
  const table = await createTable();
  await append(table, [dataFile()]);
  const old = equalityDelete(20_000);
  // An upsert: the delete, and the new row beside it, which the delete does not reach.
  await addDeletes(table, [old, dataFile()]);
  const add = [equalityDelete(20_000)];
  await expect(prepareReplace({ ...base(table), since: head(table), add, remove: [old] })).rejects.toThrow(InvariantError);
});

test('a row delta refuses position deletes of several data files where one of them was compacted meanwhile: its rows would come back', async () => {
  const table = await createTable();
  const [one, two] = [dataFile(), dataFile()];
  await append(table, [one, two]);
  const since = head(table);
  const deletes = [one, two].map((file) => ({ file, positions: positionSetOf([3]) }));
  const { files: add } = await writePositionDeletes(base(table), { deletes, encode: encodeParquet });
  apply(table, await prepareReplace({ ...base(table), since, add: [dataFile()], remove: [one] }));
  await refusedWith('conflict-missing-data', prepareRowDelta({ ...base(table), since, isolation: 'snapshot', add, remove: [] }));
});

describe('a row delta', () => {
  test('refuses deletes of a data file that is gone; where a delete took it and nothing is updated, it need not', async () => {
    const table = await createTable();
    const old = dataFile();
    await append(table, [old]);
    const since = head(table);
    const deletes = dataFile({ content: 1, referencedDataFile: old.filePath, recordCount: 1 });
    apply(table, await prepareDeleteFiles({ ...base(table), remove: [old] }));
    const delta = (add: readonly DataFile[]) => prepareRowDelta({ ...base(table), since, isolation: 'snapshot', add, remove: [] });
    await delta([deletes]);
    await refusedWith('conflict-missing-data', delta([deletes, dataFile()]));
    await refusedWith('conflict-missing-data', deleteRows(table, [old], [0]));
  });

  test('that updates refuses delete files added meanwhile; a serializable one also data', async () => {
    const table = await createTable();
    await append(table, [dataFile()]);
    const since = head(table);
    await addDeletes(table, [equalityDelete(20_000)]);
    const delta = (isolation: 'serializable' | 'snapshot', add: readonly DataFile[]) =>
      prepareRowDelta({ ...base(table), since, isolation, add, remove: [] });
    await refusedWith('conflict-added-deletes', delta('snapshot', [dataFile()]));
    await delta('snapshot', [equalityDelete(20_000)]);
    await append(table, [dataFile()]);
    await refusedWith('conflict-added-data', delta('serializable', [equalityDelete(20_000)]));
  });

  test('never gives a data file two vectors: neither one added meanwhile nor one that is not removed', async () => {
    const table = await createTable({ formatVersion: 3 });
    const old = dataFile();
    await append(table, [old]);
    const since = head(table);
    const vector = (await writeDeletionVectors(table, [{ file: old, positions: positionSetOf([1]) }])).files;
    await deleteRows(table, [old], [2]);
    const delta = (from: bigint | null) => prepareRowDelta({ ...base(table), since: from, isolation: 'snapshot', add: vector, remove: [] });
    await refusedWith('conflict-vector', delta(since));
    await refusedWith('conflict-vector', delta(head(table)));
  });

  test('has the delete form of the format version', async () => {
    const [two, three] = [await createTable(), await createTable({ formatVersion: 3 })];
    const old = dataFile();
    for (const table of [two, three]) await append(table, [old]);
    const positions = dataFile({ content: 1, referencedDataFile: old.filePath, recordCount: 1 });
    const vector = (await writeDeletionVectors(two, [{ file: old, positions: positionSetOf([1]) }])).files;
    const delta = (table: TestTable, add: readonly DataFile[]) =>
      prepareRowDelta({ ...base(table), since: head(table), isolation: 'snapshot', add, remove: [] });
    await refusedWith('delete-form', delta(two, vector));
    await refusedWith('delete-form', delta(three, [positions]));
  });
});

describe('deleting rows', () => {
  test('merges the vectors of others and makes none where all rows are deleted already', async () => {
    const table = await createTable({ formatVersion: 3 });
    const old = dataFile();
    await append(table, [old]);
    for (const positions of [[1], [1, 4], [9]]) await deleteRows(table, [old], positions);
    expect(await deleteRows(table, [old], [4, 9])).toBeUndefined();
    expect((await liveRows(table.files, table.metadata, head(table)!)).get(old.filePath)).toEqual([0, 2, 3, 5, 6, 7, 8]);
    expect((await liveEntries(table)).deletes).toHaveLength(1);
    expect(currentSnapshot(table.metadata)!.summary).toMatchObject({ 'added-dvs': '1', 'removed-dvs': '1', 'total-position-deletes': '3' });
  });

  test('after an upgrade takes position delete files into the vector and removes those that name the file alone', async () => {
    const table = await createTable();
    const [one, two] = [dataFile(), dataFile()];
    await append(table, [one, two]);
    await deleteRows(table, [one], [1]);
    await deleteRows(table, [one, two], [2]);
    apply(table, (await prepareUpdate(base(table), (metadata) => upgradeFormat(metadata, 3)))!);
    await deleteRows(table, [one], [3]);
    const rows = await liveRows(table.files, table.metadata, head(table)!);
    expect(rows.get(one.filePath)).toEqual([0, 4, 5, 6, 7, 8, 9]);
    expect(rows.get(two.filePath)).toEqual([0, 1, 3, 4, 5, 6, 7, 8, 9]);
    expect((await liveEntries(table)).deletes.map((entry) => entry.file.fileFormat).sort()).toEqual(['PARQUET', 'PUFFIN']);
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
  });

  test('in version 2 writes files sorted by path and position, whose bounds are whole paths', async () => {
    const table = await createTable();
    const files = [dataFile({ filePath: 's3://b/z.parquet' }), dataFile({ filePath: `s3://b/${'long/'.repeat(9)}a.parquet` })];
    await append(table, files);
    await deleteRows(table, files, [7, 2]);
    const [entry] = (await liveEntries(table)).deletes;
    const bound = (side: 'lowerBounds' | 'upperBounds') => Buffer.from(entry!.file[side]!.get(2_147_483_546)!).toString();
    expect([bound('lowerBounds'), bound('upperBounds')]).toEqual(files.map((file) => file.filePath).sort());
    expect(entry!.file.referencedDataFile).toBeUndefined();
    for (const file of files) expect([...(await liveRows(table.files, table.metadata, head(table)!)).get(file.filePath)!]).not.toContain(2);
  });

  test('named twice for one data file is not given two vectors', async () => {
    const table = await createTable({ formatVersion: 3 });
    const old = dataFile();
    await append(table, [old]);
    await expect(deleteRows(table, [old, old], [3])).rejects.toThrow(InvariantError);
  });

  test('never of a row that its file does not have', async () => {
    const table = await createTable();
    const old = dataFile({ recordCount: 3 });
    await append(table, [old]);
    await expect(deleteRows(table, [old], [70_000])).rejects.toThrow(InvariantError);
  });
});

describe('removing files', () => {
  test('writes only manifests again that hold one of them, and reads only those whose partitions may', async () => {
    const table = await createTable({ properties: { 'commit.manifest-merge.enabled': 'false' } });
    const files = Array.from({ length: 30 }, (_, i) => dataFile({ partition: [20_000 + i] }));
    for (const file of files) await append(table, [file]);
    const paths = (metadata: TestTable['metadata']) =>
      readManifestList(table.files.objects.get(currentSnapshot(metadata)!['manifest-list'])!).map((line) => line.path);
    const before = new Set(paths(table.metadata));
    const read: string[] = [];
    const counting = {
      ...table.files,
      read: (uri: string) => {
        read.push(uri);
        return table.files.read(uri);
      },
    };
    const prepared = await prepareDeleteFiles({ ...base(table), files: counting, remove: [files[7]!] });
    expect(read).toHaveLength(2);
    expect(paths(prepared.metadata).filter((path) => !before.has(path))).toHaveLength(1);
    apply(table, prepared);
    expect(await live(table)).toEqual(
      files
        .filter((_, i) => i !== 7)
        .map((file) => file.filePath)
        .sort(),
    );
  });

  test('takes the vectors of a removed data file along, and leaves those of others', async () => {
    const table = await createTable({ formatVersion: 3 });
    const [one, two] = [dataFile(), dataFile()];
    await append(table, [one, two]);
    await deleteRows(table, [one, two], [0]);
    apply(table, await prepareDeleteFiles({ ...base(table), remove: [one] }));
    expect((await liveEntries(table)).deletes.map((entry) => entry.file.referencedDataFile)).toEqual([two.filePath]);
    expect(currentSnapshot(table.metadata)!.summary).toMatchObject({ 'removed-dvs': '1', 'deleted-data-files': '1' });
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
  });
});

describe('paths of one file in the spellings of several writers', () => {
  test('are one path: a vector goes with its data file, conflicts are seen, and there is never a second vector', async () => {
    const table = await createTable({ formatVersion: 3 });
    const [plain, spelled] = ['/tables/a.parquet', 'file:///tables/a.parquet'];
    const old = dataFile({ filePath: plain });
    await append(table, [old]);
    const since = head(table);
    const vectorOf = async (path: string) =>
      (await writeDeletionVectors(table, [{ file: { ...old, filePath: path }, positions: positionSetOf([1]) }])).files;
    await addDeletes(table, await vectorOf(spelled));
    const delta = async (from: bigint | null) =>
      prepareRowDelta({ ...base(table), since: from, isolation: 'snapshot', add: await vectorOf(plain), remove: [] });
    await refusedWith('conflict-vector', delta(since));
    await refusedWith('conflict-vector', delta(head(table)));
    const replacing = prepareReplace({ ...base(table), since, add: [dataFile()], remove: [old] });
    await refusedWith('conflict-replaced-deletes', replacing);
    await deleteRows(table, [old], [2]);
    expect((await liveEntries(table)).deletes.map((entry) => entry.file.recordCount)).toEqual([2]);
    apply(table, await prepareDeleteFiles({ ...base(table), remove: [old] }));
    expect((await liveEntries(table)).deletes).toEqual([]);
  });
});

test('every code a change can be refused with is in the guide', () => {
  const guide = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const documented = [...guide.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map((row) => [row[1], row[2]]);
  expect(Object.fromEntries(documented)).toEqual(REFUSALS);
});

describe('the history a change is checked against', () => {
  test('is refused where the table was rolled back behind it, where it was expired, and where it is too long', async () => {
    const table = await createTable();
    await append(table, [dataFile()]);
    const first = head(table)!;
    await append(table, [dataFile()]);
    const second = head(table)!;
    const delta = (since: bigint | null) =>
      prepareRowDelta({ ...base(table), since, isolation: 'serializable', add: [equalityDelete(1)], remove: [] });
    apply(table, (await prepareUpdate(base(table), (metadata, nowMs) => rollBack(metadata, { snapshotId: first, nowMs })))!);
    await refusedWith('history-unknown', delta(second));
    await append(table, [dataFile()]);
    const snapshots = table.metadata.snapshots.filter((snapshot) => snapshot['snapshot-id'] !== first);
    table.metadata = { ...table.metadata, snapshots };
    await refusedWith('history-unknown', delta(999n));
    const current = currentSnapshot(table.metadata)!;
    const chain = Array.from({ length: LIMITS.conflictHistoryMax + 1 }, (_, i) => ({
      ...current,
      'snapshot-id': BigInt(i + 1),
      'parent-snapshot-id': BigInt(i),
    }));
    table.metadata = { ...table.metadata, snapshots: chain, 'current-snapshot-id': BigInt(chain.length), refs: {} };
    await refusedWith('history-long', delta(0n));
  });

  test('counts from the beginning where the branch had no snapshot', async () => {
    const table = await createTable();
    await append(table, [dataFile()]);
    const add = [equalityDelete(1)];
    await refusedWith('conflict-added-data', prepareRowDelta({ ...base(table), since: null, isolation: 'serializable', add, remove: [] }));
  });
});

describe('branches', () => {
  test('get their own snapshots; main stays', async () => {
    const table = await createTable();
    await append(table, [dataFile()]);
    const main = head(table)!;
    apply(table, (await prepareUpdate(base(table), (metadata) => putRef(metadata, { name: 'dev', type: 'branch', snapshotId: main })))!);
    const { snapshotId } = await append(table, [dataFile()], { targetRef: 'dev' });
    expect(head(table)).toBe(main);
    expect(table.metadata.refs!['dev']!['snapshot-id']).toBe(snapshotId);
    expect(table.metadata['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual([main]);
    await refusedWith('ref-unknown', prepareAppend({ ...base(table), add: [dataFile()], summary: {}, targetRef: 'none' }));
    table.metadata = putRef(table.metadata, { name: 'mark', type: 'tag', snapshotId: main });
    await refusedWith('ref-kind', prepareAppend({ ...base(table), add: [dataFile()], summary: {}, targetRef: 'mark' }));
  });

  test('publish a staged append once, on top of what was committed meanwhile, under its audit id', async () => {
    const table = await createTable({ formatVersion: 3 });
    await append(table, [dataFile()]);
    const staged = dataFile();
    const { snapshotId: pick } = await append(table, [staged], { isStaged: true, summary: { 'wap.id': 'w1' } });
    expect(await live(table)).not.toContain(staged.filePath);
    await append(table, [dataFile()]);
    apply(table, await prepareCherryPick({ ...base(table), pick }));
    expect(await live(table)).toContain(staged.filePath);
    expect(currentSnapshot(table.metadata)!.summary).toMatchObject({ 'source-snapshot-id': String(pick), 'published-wap-id': 'w1' });
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
    await refusedWith('pick-repeated', prepareCherryPick({ ...base(table), pick }));
    await refusedWith('snapshot-unknown', prepareCherryPick({ ...base(table), pick: 5n }));
  });

  test('move to a staged snapshot that is the next one, and refuse to pick what is no append', async () => {
    const table = await createTable();
    const old = dataFile();
    await append(table, [old]);
    const staged = await prepareDeleteFiles({ ...base(table), remove: [old], isStaged: true });
    apply(table, staged);
    const settings = { tag: { name: 'audited' }, setProperties: { audit: 'passed' } };
    const next = await prepareCherryPick({ ...base(table), ...settings, pick: staged.snapshotId });
    expect(next.metadata.refs?.['audited']).toEqual({ 'snapshot-id': staged.snapshotId, type: 'tag' });
    expect(next.metadata.properties['audit']).toBe('passed');
    expect(next.metadata['current-snapshot-id']).toBe(staged.snapshotId);
    expect(next.metadata.snapshots).toHaveLength(2);
    await append(table, [dataFile()]);
    await refusedWith('pick-impossible', prepareCherryPick({ ...base(table), pick: staged.snapshotId }));
  });
});

describe('rewriting manifests', () => {
  test('clusters entries by partition into manifests of the target size, and changes no file', async () => {
    const table = await createTable({
      formatVersion: 3,
      properties: { 'commit.manifest-merge.enabled': 'false', 'commit.manifest.target-size-bytes': '30000' },
    });
    for (let i = 0; i < 12; i += 1) await append(table, [dataFile({ partition: [20_000 + (i % 2)] }), dataFile({ partition: [null] })]);
    const before = await live(table);
    apply(table, await prepareRewriteManifests(base(table)));
    const lines = readManifestList(table.files.objects.get(currentSnapshot(table.metadata)!['manifest-list'])!);
    expect(lines.length).toBeLessThan(5);
    expect(await live(table)).toEqual(before);
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
    expect(currentSnapshot(table.metadata)!.summary).toMatchObject({
      operation: 'replace',
      'manifests-replaced': '12',
      'entries-processed': '24',
    });
  });

  test('leaves alone what the caller does not want', async () => {
    const table = await createTable({ properties: { 'commit.manifest-merge.enabled': 'false' } });
    for (let i = 0; i < 3; i += 1) await append(table, [dataFile()]);
    const listed = () =>
      readManifestList(table.files.objects.get(currentSnapshot(table.metadata)!['manifest-list'])!).map((line) => line.path);
    const before = listed();
    apply(table, await prepareRewriteManifests({ ...base(table), isWanted: (line) => line.path === before[0] }));
    expect(listed()).toEqual(expect.arrayContaining(before.slice(1)));
    expect(currentSnapshot(table.metadata)!.summary).toMatchObject({
      'manifests-kept': '2',
      'manifests-replaced': '1',
      'manifests-created': '1',
    });
  });
});

describe('settings of a table', () => {
  test('compress its metadata, which reads back, and count versions on', async () => {
    const table = await createTable({
      properties: { 'write.metadata.compression-codec': 'gzip', 'write.metadata.path': 's3://bucket/elsewhere' },
    });
    for (const version of ['00001', '00002']) {
      await append(table, [dataFile()]);
      expect(table.metadataLocation).toMatch(new RegExp(`^s3://bucket/elsewhere/${version}-[0-9a-f-]+\\.gz\\.metadata\\.json$`));
      expect(table.files.objects.get(table.metadataLocation)!.readUInt16BE(0)).toBe(0x1f8b);
    }
    expect(await live(table)).toHaveLength(2);
  });

  test('put delete files where data files go', async () => {
    const table = await createTable({ formatVersion: 3, properties: { 'write.data.path': 's3://bucket/rows' } });
    const old = dataFile();
    await append(table, [old]);
    await deleteRows(table, [old], [1]);
    expect((await liveEntries(table)).deletes[0]!.file.filePath).toMatch(/^s3:\/\/bucket\/rows\/[0-9a-f-]+-deletes\.puffin$/);
  });
});
