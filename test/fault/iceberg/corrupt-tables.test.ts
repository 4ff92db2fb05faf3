// Tables whose parts contradict each other, each named by its defect: never read with rows missing or doubled, but refused by name.
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { prepareDeleteRows } from '../../../src/iceberg/delete-rows.ts';
import { prepareRowDelta } from '../../../src/iceberg/file-operations.ts';
import { readManifestList } from '../../../src/iceberg/manifest-list.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import { liveEntries } from '../../../src/iceberg/scan.ts';
import type { ManifestEntry } from '../../../src/iceberg/types.ts';
import { POSITION_DELETE_STRUCT } from '../../../src/iceberg/write-delete-files.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { head } from '../../support/iceberg/assertions.ts';
import { countRows, editList, editManifest, editSummary, livePaths, ROWS, soundTable, swapFile } from '../../support/iceberg/corrupter.ts';
import { apply, base } from '../../support/iceberg/operations.ts';
import { append, dataFile, type TestTable } from '../../support/iceberg/tables.ts';

interface Defect {
  readonly name: string;
  readonly code: string;
  readonly corrupt: (table: TestTable) => void | Promise<void>;
}

const doubled = (entries: readonly ManifestEntry[]) => [...entries, entries[0]!];
const firstChanged = (change: Partial<ManifestEntry>) => (entries: readonly ManifestEntry[]) =>
  entries.map((entry, i) => (i === 0 ? { ...entry, ...change } : entry));

const IN_MANIFESTS: readonly Defect[] = [
  {
    name: 'a file listed twice in one manifest, with counts and totals to match',
    code: 'file-live-twice',
    corrupt: (table) => {
      editManifest(table, doubled);
      editSummary(table, { 'total-data-files': 1, 'added-data-files': 1, 'total-records': 3, 'added-records': 3 });
    },
  },
  {
    name: 'a file listed in two manifests, once under another spelling of its place',
    code: 'file-live-twice',
    corrupt: async (table) => {
      const path = (await livePaths(table)).at(-1)!;
      editManifest(table, (entries) =>
        entries.map((entry, i) => (i === 0 ? { ...entry, file: { ...entry.file, filePath: path.replace('s3:', 's3a:') } } : entry)),
      );
    },
  },
  {
    name: 'a manifest that vanished from the list, with totals to match',
    code: 'snapshot-totals',
    corrupt: (table) => {
      editList(table, (lines) => lines.slice(0, 1));
      editSummary(table, { 'total-data-files': -2, 'total-records': -6 });
    },
  },
  {
    name: 'a manifest that vanished from the list',
    code: 'snapshot-totals',
    corrupt: (table) => editList(table, (lines) => lines.slice(0, 1)),
  },
  { name: 'a total of records that is wrong', code: 'snapshot-totals', corrupt: (table) => editSummary(table, { 'total-records': 5 }) },
  {
    name: 'a manifest length that is wrong',
    code: 'manifest-length',
    corrupt: (table) => editList(table, (lines) => lines.map((line) => ({ ...line, lengthBytes: line.lengthBytes + 1 }))),
  },
  {
    name: 'a list line that counts a file less than its manifest has, with totals to match',
    code: 'manifest-counts',
    corrupt: (table) => {
      editList(table, ([line, ...others]) => [{ ...line!, addedFiles: line!.addedFiles! - 1 }, ...others]);
      editSummary(table, { 'total-data-files': -1, 'added-data-files': -1 });
    },
  },
  {
    name: 'a list line that counts other rows than its manifest, with totals to match',
    code: 'manifest-counts',
    corrupt: (table) => {
      editList(table, ([line, ...others]) => [{ ...line!, addedRows: line!.addedRows! + 1 }, ...others]);
      editSummary(table, { 'total-records': 1, 'added-records': 1 });
    },
  },
  {
    name: 'an entry of a sequence number that the manifest does not have yet',
    code: 'manifest-sequence-number',
    corrupt: (table) => editManifest(table, firstChanged({ sequenceNumber: 99, fileSequenceNumber: 99 })),
  },
  {
    name: 'a smallest sequence number above that of an entry',
    code: 'manifest-sequence-number',
    corrupt: (table) => editManifest(table, firstChanged({}), (line) => ({ ...line, minSequenceNumber: 50 })),
  },
  {
    name: 'an added file of another snapshot than its manifest',
    code: 'manifest-snapshot-id',
    corrupt: (table) => editManifest(table, firstChanged({ snapshotId: 1n })),
  },
];

const PLACED_WRONG: readonly Defect[] = [
  {
    name: 'data files in a manifest that is listed as one of deletes, with totals to match',
    code: 'manifest-content',
    corrupt: (table) => {
      editList(table, ([line, ...others]) => [{ ...line!, content: 1 }, ...others]);
      editSummary(table, { 'total-data-files': -2, 'added-data-files': -2, 'total-records': -6, 'added-records': -6 });
    },
  },
  {
    name: 'a delete file in a manifest of data',
    code: 'manifest-content',
    corrupt: (table) => {
      editList(table, ([line, ...others]) => [{ ...line!, content: 1 }, ...others]);
      const asDeletes = (entries: readonly ManifestEntry[]) =>
        entries.map((entry) => ({ ...entry, file: { ...entry.file, content: 1 } as const }));
      editManifest(table, asDeletes, (written) => ({ ...written, content: 0 }));
    },
  },
  {
    name: 'a manifest of a partition spec that the table does not have',
    code: 'manifest-spec',
    corrupt: (table) => editList(table, ([line, ...others]) => [{ ...line!, specId: 7 }, ...others]),
  },
  {
    name: 'a manifest without one of the partition fields of its spec',
    code: 'manifest-partition',
    corrupt: (table) => {
      const [spec] = table.metadata['partition-specs'];
      const fields = [...spec!.fields, { 'source-id': 3, 'field-id': 1001, name: 'level', transform: 'identity' }];
      table.metadata = { ...table.metadata, 'partition-specs': [{ ...spec!, fields }] };
    },
  },
];

const IN_DATA: readonly Defect[] = [
  { name: 'a data file with other rows than its entry says', code: 'data-file-rows', corrupt: swapFile },
  {
    name: 'a data file of another size than its entry says',
    code: 'data-file-size',
    corrupt: async (table) => {
      const [path] = await livePaths(table);
      table.files.objects.set(path!, Buffer.concat([table.files.objects.get(path!)!, Buffer.alloc(1)]));
    },
  },
  {
    name: 'a data file that is gone',
    code: 'live-file-missing',
    corrupt: async (table) => void table.files.objects.delete((await livePaths(table))[0]!),
  },
];

async function refusalOf(read: () => Promise<unknown>): Promise<string> {
  try {
    await read();
  } catch (error) {
    expect(error).toBeInstanceOf(InputRefusedError);
    return (error as InputRefusedError).code;
  }
  return 'none';
}

describe('a table that contradicts itself is refused', () => {
  it('and the same table without a defect is read whole', async () => {
    expect(await countRows(await soundTable())).toBe(ROWS);
  });

  it.each([...IN_MANIFESTS, ...PLACED_WRONG])('when its rows are planned, for $name', async ({ code, corrupt }) => {
    const table = await soundTable();
    await corrupt(table);
    expect(await refusalOf(() => countRows(table))).toBe(code);
    expect(await refusalOf(() => liveEntries({ ...table, hasTrueTotals: true }))).toBe(code);
  });

  it('but totals that another writer let drift are not held against it by a scan', async () => {
    const table = await soundTable();
    editSummary(table, { 'total-records': 5 });
    expect((await liveEntries(table)).data.length).toBeGreaterThan(0);
  });

  it.each(IN_DATA)('when its rows are read, for $name', async ({ code, corrupt }) => {
    const table = await soundTable();
    await corrupt(table);
    expect(await refusalOf(() => countRows(table))).toBe(code);
  });

  it('by a commit that would merge a manifest of a spec that the table does not have', async () => {
    const table = await soundTable();
    editList(table, ([line, ...others]) => [{ ...line!, specId: 7 }, ...others]);
    expect(await refusalOf(() => append(table, [dataFile()]))).toBe('manifest-spec');
  });

  it('when two deletion vectors of a data file are live, by a scan and by the next delete', async () => {
    const table = await soundTable(3);
    const [{ file }] = (await liveEntries(table)).data as [ManifestEntry];
    const deleteRow = async (position: number) => {
      const deletes = [{ file, positions: positionSetOf([position]) }];
      const readPositions = () => Promise.reject(new Error('the table has no position delete files'));
      const planned = { since: head(table), isolation: 'serializable', add: [], encode: encodeParquet, readPositions } as const;
      apply(table, (await prepareDeleteRows({ ...base(table), ...planned, deletes }))!);
    };
    await deleteRow(0);
    expect(await countRows(table)).toBe(ROWS - 1);
    editManifest(table, ([vector, ...others]) => [
      vector!,
      { ...vector!, file: { ...vector!.file, filePath: `${vector!.file.filePath}-2` } },
      ...others,
    ]);
    expect(await refusalOf(() => countRows(table))).toBe('vector-twice');
    expect(await refusalOf(() => deleteRow(1))).toBe('vector-twice');
  });

  it.each([-1n, 2n ** 62n])('when a position delete file names the row %s', async (position) => {
    const table = await soundTable();
    const [{ file }] = (await liveEntries(table)).data as [ManifestEntry];
    const columns = buildColumns(POSITION_DELETE_STRUCT, [[file.filePath, position]]);
    const { bytes } = encodeParquet({ schema: POSITION_DELETE_STRUCT, columns });
    const deletes = dataFile({ content: 1, partition: file.partition, recordCount: 1, fileSizeBytes: bytes.length });
    table.files.objects.set(deletes.filePath, bytes);
    const planned = { since: head(table), isolation: 'snapshot' } as const;
    apply(table, await prepareRowDelta({ ...base(table), ...planned, add: [deletes], remove: [] }));
    expect(await refusalOf(() => countRows(table))).toBe('delete-position');
  });

  it('by a commit that would merge a manifest of other counts, so that the damage is not made to look sound', async () => {
    const table = await soundTable();
    table.metadata = { ...table.metadata, properties: { 'commit.manifest.min-count-to-merge': '2' } };
    editList(table, ([line, ...others]) => [{ ...line!, addedRows: line!.addedRows! + 1 }, ...others]);
    const before = new Set(table.files.objects.keys());
    expect(await refusalOf(() => append(table, [dataFile()]))).toBe('manifest-counts');
    expect(new Set(table.files.objects.keys())).toEqual(before);
    expect(readManifestList(table.files.objects.get(table.metadata.snapshots.at(-1)!['manifest-list'])!)).toHaveLength(2);
  });
});
