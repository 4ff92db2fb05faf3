import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { InputRefusedError, InvariantError, TransientIoError } from '../../../src/errors.ts';
import { prepareAppend, prepareProperties } from '../../../src/iceberg/append.ts';
import { ancestry, isAncestor, snapshotOfRef } from '../../../src/iceberg/find-snapshot.ts';
import { readManifestList, writeManifestList } from '../../../src/iceberg/manifest-list.ts';
import { readManifest } from '../../../src/iceberg/manifest-read.ts';
import { parseMetadata } from '../../../src/iceberg/metadata-json.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { partitionKey } from '../../../src/iceberg/snapshot-summary.ts';
import type { ManifestEntry, ManifestFile, Snapshot } from '../../../src/iceberg/types.ts';
import { append, createTable, dataFile, faultyCreates, type TestTable } from '../../support/iceberg/tables.ts';

function manifestsOf(table: TestTable, snapshot: Snapshot): ManifestFile[] {
  return readManifestList(table.files.objects.get(snapshot['manifest-list'])!);
}

function entriesOf(table: TestTable, manifest: ManifestFile): ManifestEntry[] {
  return readManifest(table.files.objects.get(manifest.path)!, manifest);
}

/** The current snapshot's live entries and its summary counted from nothing but the files. */
function recount(table: TestTable) {
  const snapshot = snapshotOfRef(table.metadata, 'main')!;
  const manifests = manifestsOf(table, snapshot);
  const entries = manifests.flatMap((manifest) => entriesOf(table, manifest));
  const live = entries.filter((entry) => entry.status !== 2);
  const added = entries.filter((entry) => entry.status === 1 && entry.snapshotId === snapshot['snapshot-id']);
  const sum = (list: ManifestEntry[], of: (entry: ManifestEntry) => number) => String(list.reduce((total, entry) => total + of(entry), 0));
  const summary = {
    operation: 'append',
    ...(added.length > 0
      ? {
          'added-data-files': String(added.length),
          'added-records': sum(added, (e) => e.file.recordCount),
          'added-files-size': sum(added, (e) => e.file.fileSizeBytes),
        }
      : {}),
    'changed-partition-count': String(new Set(added.map((entry) => partitionKey(entry.file))).size),
    'total-records': sum(live, (e) => e.file.recordCount),
    'total-data-files': String(live.length),
    'total-delete-files': '0',
    'total-files-size': sum(live, (e) => e.file.fileSizeBytes),
    'total-position-deletes': '0',
    'total-equality-deletes': '0',
  };
  return { snapshot, manifests, live, summary };
}

describe('an append', () => {
  test.each([2, 3] as const)('keeps counts, totals and sequence numbers right over many commits, version %s', async (formatVersion) => {
    const table = await createTable({ formatVersion, properties: { 'commit.manifest.min-count-to-merge': '4' } });
    const added = new Map<string, { sequenceNumber: number; snapshotId: bigint }>();
    for (let commit = 1; commit <= 23; commit += 1) {
      const add = Array.from({ length: commit % 4 }, (_, i) =>
        dataFile({ partition: [commit % 3 === 0 ? null : i], recordCount: commit + i }),
      );
      const parent = snapshotOfRef(table.metadata, 'main');
      const { snapshotId } = await append(table, add);
      for (const file of add) added.set(file.filePath, { sequenceNumber: commit, snapshotId });
      const { snapshot, manifests, live, summary } = recount(table);
      expect(snapshot.summary).toEqual(summary);
      expect(snapshot['sequence-number']).toBe(commit);
      expect(snapshot['parent-snapshot-id']).toBe(parent?.['snapshot-id']);
      expect(table.metadata['last-sequence-number']).toBe(commit);
      expect(live.map((e) => [e.file.filePath, e.sequenceNumber, e.fileSequenceNumber, e.snapshotId]).sort()).toEqual(
        Array.from(added, ([path, at]) => [path, at.sequenceNumber, at.sequenceNumber, at.snapshotId]).sort(),
      );
      for (const manifest of manifests) {
        const entries = entriesOf(table, manifest);
        expect(manifest.lengthBytes).toBe(table.files.objects.get(manifest.path)!.length);
        expect(manifest.minSequenceNumber).toBe(Math.min(...entries.map((entry) => entry.sequenceNumber)));
        expect([manifest.addedFiles, manifest.existingFiles]).toEqual(
          [1, 0].map((status) => entries.filter((e) => e.status === status).length),
        );
      }
    }
  });

  test('never lets the number of manifests grow beyond the bound, and reads and writes no more per commit as the table grows', async () => {
    const table = await createTable({ properties: { 'commit.manifest.min-count-to-merge': '10' } });
    let reads = 0;
    const counting = {
      ...table.files,
      read: (uri: string) => {
        reads += 1;
        return table.files.read(uri);
      },
    };
    for (let commit = 1; commit <= 120; commit += 1) {
      reads = 0;
      await append(table, [dataFile()], { files: counting });
      expect(manifestsOf(table, snapshotOfRef(table.metadata, 'main')!).length).toBeLessThanOrEqual(10);
      expect(reads).toBeLessThanOrEqual(1 + 10);
    }
    expect((await planScan(table)).length).toBe(120);
  });

  test('merges manifests of each partition spec apart', async () => {
    const table = await createTable({ properties: { 'commit.manifest.min-count-to-merge': '2' } });
    const spec = table.metadata['partition-specs'][0]!;
    table.metadata = { ...table.metadata, 'partition-specs': [spec, { 'spec-id': 1, fields: [] }] };
    for (let i = 0; i < 5; i += 1) await append(table, [dataFile(), dataFile({ specId: 1, partition: [] })]);
    const { manifests, live, summary, snapshot } = recount(table);
    expect(manifests.map((manifest) => manifest.specId).sort()).toEqual([0, 1]);
    expect(live).toHaveLength(10);
    expect(snapshot.summary).toEqual(summary);
  });

  test.each(['identity', 'truncate[10]', 'of-the-future[3]'])(
    'leaves manifests alone whose %s partition values have no type any more, because others dropped the column or know more',
    async (transform) => {
      const table = await createTable({
        partition: [{ column: 'level', transform: 'identity', name: 'p' }],
        properties: { 'commit.manifest.min-count-to-merge': '2', 'commit.manifest-merge.enabled': 'false' },
      });
      for (const level of [1, 2]) await append(table, [dataFile({ partition: [level] })]);
      const before = manifestsOf(table, snapshotOfRef(table.metadata, 'main')!).map((manifest) => manifest.path);
      const { 'partition-specs': specs, schemas, properties } = table.metadata;
      const fields = specs[0]!.fields.map((field) => ({ ...field, transform }));
      table.metadata = {
        ...table.metadata,
        schemas: schemas.map((schema) => ({ ...schema, fields: schema.fields.filter((field) => field.name !== 'level') })),
        'partition-specs': [
          { 'spec-id': 0, fields },
          { 'spec-id': 1, fields: [] },
        ],
        'default-spec-id': 1,
        properties: { ...properties, 'commit.manifest-merge.enabled': 'true' },
      };
      await append(table, [dataFile({ partition: [], specId: 1 })]);
      await append(table, [dataFile({ partition: [], specId: 1 })]);
      const { manifests, live } = recount(table);
      expect(manifests.map((manifest) => manifest.path)).toEqual(expect.arrayContaining(before));
      expect(manifests).toHaveLength(before.length + 1);
      expect(live.map((entry) => entry.file.partition).filter((tuple) => tuple.length > 0)).toEqual([[2], [1]]);
    },
  );

  test('without files makes an empty snapshot that carries everything over', async () => {
    const table = await createTable();
    await append(table, [dataFile()]);
    const before = recount(table);
    await append(table, []);
    const after = recount(table);
    expect(after.live.map((entry) => entry.file.filePath)).toEqual(before.live.map((entry) => entry.file.filePath));
    expect(after.snapshot.summary).toEqual(after.summary);
    expect(after.snapshot['snapshot-id']).not.toBe(before.snapshot['snapshot-id']);
  });

  test('on an empty table without files gives a readable snapshot of nothing', async () => {
    const table = await createTable();
    await append(table, []);
    expect(await planScan(table)).toEqual([]);
    expect(recount(table).snapshot.summary).toEqual(recount(table).summary);
  });

  test('moves main and the tag, keeps their retention, and logs snapshot and metadata', async () => {
    const table = await createTable();
    await append(table, [dataFile()], { tag: { name: 'ours' } });
    const main = { ...table.metadata.refs!['main']!, 'min-snapshots-to-keep': 3 };
    const tag = { ...table.metadata.refs!['ours']!, 'max-ref-age-ms': 77 };
    table.metadata = { ...table.metadata, refs: { main, ours: tag } };
    const base = table.metadataLocation;
    const { snapshotId } = await append(table, [dataFile()], {
      tag: { name: 'ours' },
      setProperties: { 'firn.applied': '7' },
      summary: { 'firn.job': 'x' },
    });
    expect(table.metadata.refs).toEqual({ main: { ...main, 'snapshot-id': snapshotId }, ours: { ...tag, 'snapshot-id': snapshotId } });
    expect(table.metadata['snapshot-log'].at(-1)!['snapshot-id']).toBe(snapshotId);
    expect(table.metadata['metadata-log'].at(-1)!['metadata-file']).toBe(base);
    expect(table.metadata.properties['firn.applied']).toBe('7');
    expect(snapshotOfRef(table.metadata, 'ours')!.summary['firn.job']).toBe('x');
  });

  test('never lets its own summary keys overrule the counts', async () => {
    const table = await createTable();
    await append(table, [dataFile()], { summary: { operation: 'delete', 'total-records': '99' } });
    expect(recount(table).snapshot.summary).toEqual(recount(table).summary);
  });

  test('is never older than its parent, whatever the clock says', async () => {
    const table = await createTable();
    await append(table, [dataFile()]);
    const before = table.metadata['last-updated-ms'];
    await append(table, [dataFile()], { nowMs: before - 500_000 });
    expect(snapshotOfRef(table.metadata, 'main')!['timestamp-ms']).toBe(before);
    expect(table.metadata['last-updated-ms']).toBe(before);
  });

  test('trims the metadata log and names the files to delete only where the table asks for it', async () => {
    for (const isEnabled of ['true', 'false']) {
      const properties = { 'write.metadata.previous-versions-max': '3', 'write.metadata.delete-after-commit.enabled': isEnabled };
      const table = await createTable({ properties });
      const locations = [table.metadataLocation];
      for (let i = 0; i < 6; i += 1) {
        const { expiredMetadata } = await append(table, []);
        const gone = i >= 3 ? [locations[i - 3]] : [];
        expect(expiredMetadata).toEqual(isEnabled === 'true' ? gone : []);
        expect(table.metadata['metadata-log'].map((entry) => entry['metadata-file'])).toEqual(locations.slice(-3));
        locations.push(table.metadataLocation);
      }
    }
  });

  test('counts totals itself where the parent, written by another engine, does not state them', async () => {
    const table = await createTable();
    await append(table, [dataFile(), dataFile()]);
    const snapshots = table.metadata.snapshots.map((snapshot) => ({
      ...snapshot,
      summary: { operation: 'append', 'total-records': 'wrong' },
    }));
    table.metadata = { ...table.metadata, snapshots };
    await append(table, [dataFile()]);
    expect(recount(table).snapshot.summary).toEqual(recount(table).summary);
  });

  test('leaves totals out that the parent does not state, where counting them would mean reading more than a commit may', async () => {
    const table = await createTable();
    await append(table, [dataFile()]);
    const [snapshot] = table.metadata.snapshots as [Snapshot];
    const [line] = manifestsOf(table, snapshot) as [ManifestFile];
    const list = snapshot['manifest-list'];
    const { bytes } = writeManifestList({
      formatVersion: 2,
      manifests: [{ ...line, lengthBytes: LIMITS.manifestMergeBytesMax + 1 }],
      snapshotId: snapshot['snapshot-id'],
      sequenceNumber: 1,
    });
    table.files.objects.set(list, bytes);
    table.metadata = { ...table.metadata, snapshots: [{ ...snapshot, summary: { operation: 'append' } }] };
    const read: string[] = [];
    const record = (uri: string) => {
      read.push(uri);
      return table.files.read(uri);
    };
    const files = { ...table.files, read: record };
    await append(table, [dataFile()], { files });
    expect(read).toEqual([list]);
    const { summary } = snapshotOfRef(table.metadata, 'main')!;
    expect(summary).toMatchObject({ 'total-data-files': '2', 'total-records': '20' });
    expect(summary).not.toHaveProperty('total-files-size');
  });

  test('assigns row ids without gap or overlap in version 3', async () => {
    const table = await createTable({ formatVersion: 3, properties: { 'commit.manifest.min-count-to-merge': '3' } });
    const firstIds = new Map<string, number>();
    for (let i = 0; i < 9; i += 1) {
      await append(table, [dataFile({ recordCount: 5 + i }), dataFile({ recordCount: 1 })]);
      const ranges = recount(table).live.map(({ file }) => [file.firstRowId!, file.firstRowId! + file.recordCount] as const);
      ranges.sort((a, b) => a[0] - b[0]);
      for (let r = 1; r < ranges.length; r += 1) expect(ranges[r]![0]).toBeGreaterThanOrEqual(ranges[r - 1]![1]);
      expect(ranges.at(-1)![1]).toBeLessThanOrEqual(table.metadata['next-row-id'] as number);
      for (const { file } of recount(table).live) {
        expect(firstIds.get(file.filePath) ?? file.firstRowId).toBe(file.firstRowId);
        firstIds.set(file.filePath, file.firstRowId!);
      }
    }
  });

  test('refuses to add a file twice, a file without rows, a delete file, or to an encrypted table', async () => {
    const table = await createTable();
    const file = dataFile();
    await expect(append(table, [file, file])).rejects.toThrow(InvariantError);
    await expect(append(table, [dataFile({ recordCount: 0 })])).rejects.toThrow(/data files with rows/);
    await expect(append(table, [dataFile({ content: 1 })])).rejects.toThrow(InvariantError);
    await expect(append(table, [dataFile({ partition: [] })])).rejects.toThrow(/one value per partition field/);
    table.metadata = { ...table.metadata, 'encryption-keys': [] };
    await expect(append(table, [file])).rejects.toThrow(InputRefusedError);
  });

  test('refuses a tag whose name is a branch', async () => {
    const table = await createTable();
    await expect(append(table, [], { tag: { name: 'main' } })).rejects.toThrow(/ref main is a branch/);
  });

  test('on a table whose manifest list is gone throws a retryable error and writes nothing', async () => {
    const table = await createTable();
    await append(table, [dataFile()]);
    table.files.objects.delete(snapshotOfRef(table.metadata, 'main')!['manifest-list']);
    const before = Array.from(table.files.objects.keys());
    await expect(append(table, [dataFile()])).rejects.toThrow(TransientIoError);
    expect(Array.from(table.files.objects.keys())).toEqual(before);
  });
});

describe('unclear outcomes of writes', () => {
  const cases = [
    { name: 'a lost reply is settled by reading back', faults: [{ says: 'unknown', applies: true }], extra: 0 },
    { name: 'a write that never arrived goes under another name', faults: [{ says: 'unknown', applies: false }], extra: 1 },
    { name: 'a retry that meets its own object takes it', faults: [{ says: 'exists', applies: true }], extra: 0 },
  ] as const;
  test.each(cases)('$name', async ({ faults, extra }) => {
    const table = await createTable();
    const prepared = await append(table, [dataFile()], { files: faultyCreates(table.files, faults) });
    expect((await planScan(table)).length).toBe(1);
    expect(prepared.created).toHaveLength(3 + extra);
    expect(prepared.created).toContain(prepared.metadataLocation);
  });

  test('are given up after a bounded number of names, and nothing is deleted', async () => {
    const table = await createTable();
    const faults = Array.from({ length: 50 }, () => ({ says: 'unknown', applies: false }) as const);
    const before = table.files.objects.size;
    await expect(prepareAppend({ ...table, add: [dataFile()], summary: {}, files: faultyCreates(table.files, faults) })).rejects.toThrow(
      TransientIoError,
    );
    expect(table.files.objects.size).toBe(before);
  });

  test('an object of somebody else under the name is never taken for ours', async () => {
    const table = await createTable();
    const files = {
      ...table.files,
      create: async (uri: string, bytes: Uint8Array) => {
        if (!uri.includes('000000000004')) return table.files.create(uri, bytes);
        await table.files.create(uri, Buffer.from('other'));
        return 'exists' as const;
      },
    };
    await append(table, [dataFile()], { files });
    expect((await planScan(table)).length).toBe(1);
  });
});

describe('a commit of properties', () => {
  test('makes no snapshot and moves the tag to the current one', async () => {
    const table = await createTable();
    const { snapshotId } = await append(table, [dataFile()]);
    const prepared = await prepareProperties({ ...table, setProperties: { a: 'b' }, tag: { name: 'ours' } });
    const metadata = parseMetadata(table.files.objects.get(prepared.metadataLocation!)!);
    expect(metadata.snapshots).toEqual(table.metadata.snapshots);
    expect(metadata.properties['a']).toBe('b');
    expect(snapshotOfRef(metadata, 'ours')!['snapshot-id']).toBe(snapshotId);
    expect(prepared.created).toEqual([prepared.metadataLocation]);
  });

  test('on a table without snapshots leaves the tag alone', async () => {
    const table = await createTable();
    const prepared = await prepareProperties({ ...table, setProperties: {}, tag: { name: 'ours' } });
    expect(prepared.metadata.refs).toEqual({});
    expect(prepared.snapshotId).toBeUndefined();
  });
});

describe('descent of snapshots', () => {
  test('is proven along parents, denied after a rollback, and unknown where the chain was expired', async () => {
    const table = await createTable();
    const { snapshotId: first } = await append(table, [dataFile()]);
    const { snapshotId: second } = await append(table, [dataFile()]);
    const { snapshotId: third } = await append(table, [dataFile()]);
    expect(isAncestor(table.metadata, first, third)).toBe(true);
    expect(isAncestor(table.metadata, third, third)).toBe(true);
    expect(ancestry(table.metadata, { snapshotId: third, ofId: first })).toBe('not-ancestor');
    const expired = { ...table.metadata, snapshots: table.metadata.snapshots.filter((snapshot) => snapshot['snapshot-id'] !== second) };
    expect(ancestry(expired, { snapshotId: first, ofId: third })).toBe('unknown');
    const circle = { ...table.metadata, snapshots: table.metadata.snapshots.map((s) => ({ ...s, 'parent-snapshot-id': third })) };
    expect(ancestry(circle, { snapshotId: 5n, ofId: third })).toBe('not-ancestor');
  });
});
