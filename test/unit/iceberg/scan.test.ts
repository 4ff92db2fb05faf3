// Which deletes apply to which files, and tables written by others: version 1 manifests, missing statistics and counts.
import { describe, expect, test } from 'vitest';
import type { PrimitiveType, StructType } from '../../../src/contract/types.ts';
import { InputRefusedError, TransientIoError } from '../../../src/errors.ts';
import { writeAvro } from '../../../src/iceberg/avro-file.ts';
import { type AvroSchema, avroOfStruct } from '../../../src/iceberg/avro-schema.ts';
import { currentSnapshot } from '../../../src/iceberg/find-snapshot.ts';
import { readManifestList, writeManifestList } from '../../../src/iceberg/manifest-list.ts';
import { partitionReader } from '../../../src/iceberg/manifest-partition.ts';
import { readManifest } from '../../../src/iceberg/manifest-read.ts';
import { manifestEntryStruct, manifestListStruct, partitionStruct } from '../../../src/iceberg/manifest-schema.ts';
import { type EntryToWrite, schemasNewestFirst, writeManifest } from '../../../src/iceberg/manifest-write.ts';
import { hasLiveFileOf, planScan } from '../../../src/iceberg/scan.ts';
import type { DataFile, ManifestFile, PartitionSpec } from '../../../src/iceberg/types.ts';
import { append, createTable, dataFile, LOCATION, type TestTable } from '../../support/iceberg/tables.ts';

/** Puts a delete file into the current snapshot, as another engine's commit would, with the given sequence number. */
async function addDeletes(table: TestTable, file: DataFile, sequenceNumber: number): Promise<void> {
  const snapshot = currentSnapshot(table.metadata)!;
  const entry: EntryToWrite = { status: 0, snapshotId: snapshot['snapshot-id'], sequenceNumber, fileSequenceNumber: sequenceNumber, file };
  const written = writeManifest({
    metadata: table.metadata,
    specId: file.specId,
    content: 1,
    entries: [entry],
    snapshotId: snapshot['snapshot-id'],
    sequenceNumber: snapshot['sequence-number'],
  });
  const path = `${LOCATION}/metadata/${table.ids.uuid()}-m0.avro`;
  table.files.objects.set(path, written.bytes);
  const list = readManifestList(table.files.objects.get(snapshot['manifest-list'])!);
  replaceList(table, [...list, { path, ...written.line }]);
}

function replaceList(table: TestTable, manifests: readonly ManifestFile[]): void {
  const snapshot = currentSnapshot(table.metadata)!;
  const { bytes } = writeManifestList({
    formatVersion: table.metadata['format-version'],
    manifests,
    snapshotId: snapshot['snapshot-id'],
    sequenceNumber: snapshot['sequence-number'],
    ...(table.metadata['format-version'] === 3 ? { nextRowId: 0 } : {}),
  });
  table.files.objects.set(snapshot['manifest-list'], bytes);
}

const deletes = (overrides: Partial<DataFile>) =>
  dataFile({ content: 1, filePath: `${LOCATION}/data/deletes.parquet`, recordCount: 1, ...overrides });

/** Three files: sequence 1 in two partitions, sequence 2 in the first. */
async function threeFiles(formatVersion: 2 | 3 = 2) {
  const table = await createTable({ formatVersion });
  const old = dataFile({ partition: [1] });
  const other = dataFile({ partition: [2] });
  const young = dataFile({ partition: [1] });
  await append(table, [old, other]);
  await append(table, [young]);
  const deleted = async () => {
    const tasks = await planScan(table);
    const hit = tasks.filter((task) => task.deletes.length > 0).map((task) => task.file.filePath);
    return { old: hit.includes(old.filePath), other: hit.includes(other.filePath), young: hit.includes(young.filePath) };
  };
  return { table, old, other, young, deleted };
}

describe('a scan', () => {
  test('applies position deletes to files of the same partition that are not younger', async () => {
    const { table, deleted } = await threeFiles();
    await addDeletes(table, deletes({ partition: [1] }), 1);
    expect(await deleted()).toEqual({ old: true, other: false, young: false });
  });

  test('applies position deletes to files of the same commit', async () => {
    const { table, deleted } = await threeFiles();
    await addDeletes(table, deletes({ partition: [1] }), 2);
    expect(await deleted()).toEqual({ old: true, other: false, young: true });
  });

  test('applies position deletes that name a file only to that file, named or shown by equal path bounds', async () => {
    for (const how of ['named', 'bounds']) {
      const { table, young, deleted } = await threeFiles();
      const bound = new Map([[2_147_483_546, new Uint8Array(Buffer.from(young.filePath))]]);
      await addDeletes(
        table,
        deletes({
          partition: [1],
          ...(how === 'named' ? { referencedDataFile: young.filePath } : { lowerBounds: bound, upperBounds: bound }),
        }),
        2,
      );
      expect(await deleted(), how).toEqual({ old: false, other: false, young: true });
    }
  });

  test('applies equality deletes only to older files, and those of an unpartitioned spec to every partition', async () => {
    const local = await threeFiles();
    await addDeletes(local.table, deletes({ content: 2, partition: [1], equalityIds: [1] }), 2);
    expect(await local.deleted()).toEqual({ old: true, other: false, young: false });
    const global = await threeFiles();
    const specs = [...global.table.metadata['partition-specs'], { 'spec-id': 9, fields: [] }];
    global.table.metadata = { ...global.table.metadata, 'partition-specs': specs };
    await addDeletes(global.table, deletes({ content: 2, specId: 9, partition: [], equalityIds: [1] }), 2);
    expect(await global.deleted()).toEqual({ old: true, other: true, young: false });
  });

  test('lets a deletion vector replace the position deletes before it', async () => {
    const { table, old } = await threeFiles(3);
    await addDeletes(table, deletes({ partition: [1] }), 1);
    const vector = deletes({
      partition: [1],
      fileFormat: 'PUFFIN',
      filePath: `${LOCATION}/data/v.puffin`,
      referencedDataFile: old.filePath,
      contentOffset: 4,
      contentSizeBytes: 40,
    });
    await addDeletes(table, vector, 2);
    const task = (await planScan(table)).find((one) => one.file.filePath === old.filePath)!;
    expect(task.deletes.map((file) => [file.filePath, file.contentOffset, file.contentSizeBytes])).toEqual([[vector.filePath, 4, 40]]);
  });

  test('treats NaN and null partitions as partitions like others', async () => {
    const table = await createTable({
      partition: [],
      struct: { type: 'struct', fields: [{ id: 1, name: 'd', required: false, type: 'double' }] },
    });
    const fields = [{ 'source-id': 1, 'field-id': 1000, name: 'd', transform: 'identity' }];
    table.metadata = { ...table.metadata, 'last-partition-id': 1000, 'partition-specs': [{ 'spec-id': 0, fields }] };
    const files = [NaN, null, 0, -0].map((cell) => dataFile({ partition: [cell] }));
    await append(table, files);
    await addDeletes(table, deletes({ partition: [NaN] }), 1);
    await addDeletes(table, deletes({ partition: [-0], filePath: 's3://bucket/db/table/data/zero-deletes.parquet' }), 1);
    expect((await planScan(table)).map((task) => task.deletes.length)).toEqual([1, 0, 0, 1]);
    const summary = readManifestList(table.files.objects.get(currentSnapshot(table.metadata)!['manifest-list'])!)[0]!.partitions![0]!;
    expect([summary.containsNull, summary.containsNan]).toEqual([true, true]);
    expect(Object.is(Buffer.from(summary.lowerBound!).readDoubleLE(), -0)).toBe(true);
  });

  test('reads an earlier snapshot, and refuses one that is not there', async () => {
    const { table } = await threeFiles();
    const first = table.metadata.snapshots[0]!['snapshot-id'];
    expect((await planScan({ ...table, snapshotId: first })).length).toBe(2);
    await expect(planScan({ ...table, snapshotId: 12n })).rejects.toThrow(InputRefusedError);
  });

  test('of a table whose manifest is gone says which, and may be retried', async () => {
    const { table } = await threeFiles();
    const gone = readManifestList(table.files.objects.get(currentSnapshot(table.metadata)!['manifest-list'])!)[0]!.path;
    table.files.objects.delete(gone);
    const error: unknown = await planScan(table).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransientIoError);
    expect((error as TransientIoError).details.uri).toBe(gone);
  });
});

/** A struct without some of its fields: what older versions and other writers leave out. */
function without(struct: StructType, ids: readonly number[]): StructType {
  const fields = struct.fields.filter((field) => !ids.includes(field.id));
  return {
    ...struct,
    fields: fields.map((f) => (typeof f.type !== 'string' && f.type.type === 'struct' ? { ...f, type: without(f.type, ids) } : f)),
  };
}

describe('a table upgraded from version 1', () => {
  /** Rewrites manifest and list of the current snapshot as version 1 had them: no sequence numbers, no content, no counts. */
  async function upgraded() {
    const table = await createTable();
    const files = [dataFile(), dataFile()];
    await append(table, files);
    const snapshot = currentSnapshot(table.metadata)!;
    const manifest = readManifestList(table.files.objects.get(snapshot['manifest-list'])!)[0]!;
    const partition = partitionStruct(table.metadata['partition-specs'][0]!, schemasNewestFirst(table.metadata));
    const entry = without(manifestEntryStruct(2, partition), [3, 4, 134, 135, 143]);
    const record = (file: DataFile) => ({
      status: 1,
      snapshot_id: snapshot['snapshot-id'],
      data_file: {
        file_path: file.filePath,
        file_format: 'parquet',
        partition: { event_time_day: file.partition[0] },
        record_count: file.recordCount,
        file_size_in_bytes: file.fileSizeBytes,
      },
    });
    const bytes = writeAvro({ schema: avroOfStruct(entry, 'manifest_entry'), metadata: {}, records: files.map(record), codec: 'null' });
    table.files.objects.set(manifest.path, bytes);
    const line = {
      manifest_path: manifest.path,
      manifest_length: bytes.length,
      partition_spec_id: 0,
      added_snapshot_id: snapshot['snapshot-id'],
    };
    const list = avroOfStruct(without(manifestListStruct(2), [517, 515, 516, 504, 505, 506, 512, 513, 514]), 'manifest_file');
    table.files.objects.set(snapshot['manifest-list'], writeAvro({ schema: list, metadata: {}, records: [line], codec: 'null' }));
    return { table, files };
  }

  test('reads with sequence number 0 and content data', async () => {
    const { table, files } = await upgraded();
    const tasks = await planScan(table);
    expect(tasks.map((task) => [task.file.filePath, task.file.content, task.sequenceNumber])).toEqual(
      files.map((file) => [file.filePath, 0, 0]),
    );
    expect(tasks[0]!.file.lowerBounds).toBeUndefined();
  });

  test.each(['100', '2'])('takes an append that counts what the old list did not, merging from %s manifests', async (minCount) => {
    const { table, files } = await upgraded();
    table.metadata = { ...table.metadata, properties: { 'commit.manifest.min-count-to-merge': minCount } };
    await append(table, [dataFile()]);
    const list = readManifestList(table.files.objects.get(currentSnapshot(table.metadata)!['manifest-list'])!);
    const entries = list.flatMap((manifest) => readManifest(table.files.objects.get(manifest.path)!, manifest));
    expect(entries.filter((entry) => entry.sequenceNumber === 0).map((entry) => entry.file.filePath)).toEqual(
      files.map((file) => file.filePath),
    );
    expect(list.reduce((sum, manifest) => sum + manifest.addedRows! + manifest.existingRows!, 0)).toBe(30);
    expect(currentSnapshot(table.metadata)!.summary['total-data-files']).toBe('3');
  });
});

describe('manifests of other writers', () => {
  const line: ManifestFile = {
    path: 'm',
    lengthBytes: 1,
    specId: 0,
    content: 0,
    sequenceNumber: 7,
    minSequenceNumber: 7,
    addedSnapshotId: 5n,
  };
  const entryOf = (status: number) => ({
    status,
    data_file: { content: 0, file_path: 'f', file_format: 'PARQUET', partition: {}, record_count: 1, file_size_in_bytes: 1 },
  });
  const schema = avroOfStruct(manifestEntryStruct(2, { type: 'struct', fields: [] }), 'manifest_entry');
  const read = (records: unknown[]) => readManifest(writeAvro({ schema, metadata: {}, records, codec: 'deflate' }), line);

  test('an existing entry without a sequence number is refused, an added one inherits number and snapshot', () => {
    expect(() => read([entryOf(0)])).toThrow(InputRefusedError);
    expect(read([entryOf(1)])[0]).toMatchObject({ sequenceNumber: 7, fileSequenceNumber: 7, snapshotId: 5n });
  });

  describe('partition values', () => {
    const field = (id: number | undefined, name: string) => ({ ...(id ? { 'field-id': id } : {}), name, type: ['null', 'int'] });
    const values = { a: 1, b: 2 };
    const column = (id: number, type: PrimitiveType) => ({ id, name: `c${id}`, required: false, type });
    const COLUMNS: StructType = {
      type: 'struct',
      fields: [column(1, 'long'), column(2, 'date'), column(3, 'string'), column(4, 'decimal(9,2)')],
    };
    const spec = (...fields: readonly (readonly [id: number, name: string, transform?: string])[]): PartitionSpec => ({
      'spec-id': 0,
      fields: fields.map(([id, name, transform = 'identity'], i) => ({ 'source-id': i + 1, 'field-id': id, name, transform })),
    });
    const tuple = (stated: readonly object[], of: PartitionSpec | undefined) => {
      const partition = { type: 'record', name: 'r102', fields: stated };
      const file = { type: 'record', name: 'r2', fields: [{ name: 'partition', 'field-id': 102, type: partition }] };
      const entry = { type: 'record', name: 'e', fields: [{ name: 'data_file', 'field-id': 2, type: file }] };
      const keyed = Object.fromEntries(
        (stated as { 'field-id'?: number; name: 'a' | 'b' }[]).map((one) => [
          one['field-id'] ? `#${one['field-id']}` : one.name,
          values[one.name],
        ]),
      );
      return partitionReader(entry as AvroSchema, of && { spec: of, schema: COLUMNS })(keyed);
    };

    test('are in the order of the table’s spec, by field id, by name where there is none, else by place', () => {
      const swapped = spec([1001, 'b'], [1000, 'a']);
      expect(tuple([field(1000, 'a'), field(1001, 'b')], swapped)).toEqual([2, 1]);
      expect(tuple([field(undefined, 'a'), field(undefined, 'b')], swapped)).toEqual([2, 1]);
      expect(tuple([field(1000, 'a'), field(1001, 'b')], spec([1007, 'x'], [1008, 'y']))).toEqual([1, 2]);
      expect(tuple([field(1000, 'a'), field(1001, 'b')], undefined)).toEqual([1, 2]);
    });

    test('of another kind than the column’s are refused; of one it was widened from they are read', () => {
      const of = (source: number, transform: string): PartitionSpec => ({
        'spec-id': 0,
        fields: [{ 'source-id': source, 'field-id': 1000, name: 'a', transform }],
      });
      const ints = [field(1000, 'a')];
      for (const [source, transform] of [
        [1, 'identity'],
        [2, 'month'],
        [3, 'bucket[4]'],
        [3, 'a later one'],
        [9, 'identity'],
      ] as const)
        expect(tuple(ints, of(source, transform))).toEqual([1]);
      expect(() => tuple(ints, of(3, 'truncate[2]'))).toThrow(/expected a to be string, got integer/);
      expect(() => tuple(ints, of(4, 'identity'))).toThrow(/expected a to be decimal, got integer/);
    });

    test('of a void field that its writer left out are null; another field must be there', () => {
      expect(tuple([field(1001, 'b')], spec([1000, 'gone', 'void'], [1001, 'b']))).toEqual([null, 2]);
      expect(() => tuple([field(1001, 'b')], spec([1000, 'a'], [1001, 'b']))).toThrow(/expected 2 fields, got 1/);
    });
  });

  test('an unknown status, content or format is refused', () => {
    expect(() => read([entryOf(3)])).toThrow(/status 3/);
    expect(() => read([{ ...entryOf(1), data_file: { ...entryOf(1).data_file, content: 9 } }])).toThrow(/content 9/);
    expect(() => read([{ ...entryOf(1), data_file: { ...entryOf(1).data_file, file_format: 'csv' } }])).toThrow(/Parquet/);
  });

  test('partition values written before a promotion take the column’s present type when they are written again', async () => {
    const struct: StructType = { type: 'struct', fields: [{ id: 1, name: 'n', required: false, type: 'int' }] };
    const properties = { 'commit.manifest.min-count-to-merge': '2' };
    const table = await createTable({ struct, partition: [{ column: 'n', transform: 'identity', name: 'n' }], properties });
    await append(table, [dataFile({ partition: [5] })]);
    const wide = {
      ...table.metadata.schemas[0]!,
      'schema-id': 1,
      fields: [{ ...table.metadata.schemas[0]!.fields[0]!, type: 'long' as const }],
    };
    table.metadata = { ...table.metadata, schemas: [...table.metadata.schemas, wide], 'current-schema-id': 1 };
    await append(table, [dataFile({ partition: [7n] })]);
    expect((await planScan(table)).map((task) => task.file.partition[0])).toEqual([7n, 5n]);
  });
});

describe('a live file of one snapshot', () => {
  test('is found manifest by manifest, reading no further than the first, and not where it was deleted or never was', async () => {
    const table = await createTable();
    const added: bigint[] = [];
    for (let i = 0; i < 4; i += 1) added.push((await append(table, [dataFile()])).snapshotId);
    let reads = 0;
    let atOnce = 0;
    const read = async (uri: string) => {
      reads += 1;
      atOnce += 1;
      expect(atOnce).toBe(1);
      await Promise.resolve();
      atOnce -= 1;
      return table.files.read(uri);
    };
    const files = { ...table.files, read };
    const cost = async (snapshotId: bigint) => {
      reads = 0;
      const isThere = await hasLiveFileOf({ metadata: table.metadata, files }, snapshotId);
      return { isThere, reads };
    };
    // The list, then manifests from the newest.
    expect(await cost(added[3]!)).toEqual({ isThere: true, reads: 2 });
    expect(await cost(added[0]!)).toEqual({ isThere: true, reads: 5 });
    expect(await cost(12_345n)).toEqual({ isThere: false, reads: 5 });
    const [newest, ...older] = readManifestList(table.files.objects.get(currentSnapshot(table.metadata)!['manifest-list'])!);
    const [entry] = readManifest(table.files.objects.get(newest!.path)!, newest!);
    const deleted = writeManifest({
      metadata: table.metadata,
      specId: 0,
      content: 0,
      entries: [
        { ...entry!, status: 2 },
        { ...entry!, status: 0, snapshotId: 77n, file: dataFile() },
      ],
      snapshotId: 77n,
      sequenceNumber: 5,
    });
    table.files.objects.set(newest!.path, deleted.bytes);
    replaceList(table, [{ path: newest!.path, ...deleted.line }, ...older]);
    expect((await cost(added[3]!)).isThere).toBe(false);
  });
});
