// Rows of a scan task against a model of lists and sets: position deletes, deletion vectors, equality deletes and what is left of a
// filter, in every mixture, over files of today's schema and of an older one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryFiles } from '../../../scripts/vectors/memory-files.ts';
import { buildColumns, readRow } from '../../../src/column-cells.ts';
import type { CellValue, StructType } from '../../../src/contract/types.ts';
import { encodeDeletionVector } from '../../../src/iceberg/deletion-vector.ts';
import { bindExpression } from '../../../src/iceberg/expressions/bind.ts';
import type { Expression } from '../../../src/iceberg/expressions/types.ts';
import { newTableMetadata } from '../../../src/iceberg/new-table.ts';
import { RESERVED_FIELDS } from '../../../src/iceberg/reserved-fields.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { newDeletesReader } from '../../../src/jobs/read-deletes.ts';
import { readTask } from '../../../src/jobs/read-task.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { rowMatches } from '../../support/iceberg/filter-oracle.ts';
import { dataFile } from '../../support/iceberg/tables.ts';

const OLD: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'i', required: false, type: 'int' },
    { id: 2, name: 's', required: false, type: { type: 'struct', fields: [{ id: 3, name: 'f', required: false, type: 'float' }] } },
  ],
};
/** The int became a long, and a column with a default was added. */
const NOW: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'i', required: false, type: 'long' },
    OLD.fields[1]!,
    { id: 4, name: 'added', required: false, type: 'string', 'initial-default': 'old' },
  ],
};
const METADATA: TableMetadata = {
  ...newTableMetadata({
    uuid: 'u',
    location: 's3://b/t',
    struct: NOW,
    partition: [],
    sort: [],
    formatVersion: 3,
    properties: {},
    nowMs: 0,
  }).metadata,
  schemas: [{ ...NOW, 'schema-id': 0 }],
};
const POSITION_DELETE: StructType = {
  type: 'struct',
  fields: RESERVED_FIELDS.filter(({ name }) => name === 'file_path' || name === 'pos'),
};

const ints = fc.option(fc.integer({ min: -2, max: 3 }), { nil: null });
const floats = fc.option(fc.constantFrom(0, -0, Number.NaN, 1.5), { nil: null });
const texts = fc.constantFrom(null, 'old', 'new');
const positions = fc.array(fc.nat({ max: 14 }), { maxLength: 6 });

const cases = fc.record({
  isOld: fc.boolean(),
  rows: fc.array(fc.tuple(ints, fc.option(floats, { nil: undefined }), texts), { maxLength: 12 }),
  byPosition: fc.array(fc.record({ mine: positions, others: positions, spelling: fc.constantFrom('s3', 's3a') }), { maxLength: 2 }),
  vector: fc.option(positions, { nil: undefined }),
  byKey: fc.array(
    fc.record({ ids: fc.subarray([1, 3, 4], { minLength: 1 }), keys: fc.array(fc.tuple(ints, floats, texts), { maxLength: 3 }) }),
    {
      maxLength: 2,
    },
  ),
  filter: fc.constantFrom<Expression>(
    { type: 'true' },
    { type: 'gt', term: 'i', value: 0n },
    { type: 'eq', term: 'added', value: 'old' },
    { type: 'or', left: { type: 'is-nan', term: 's.f' }, right: { type: 'is-null', term: 'i' } },
  ),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const store = memoryFiles();
let serial = 0;

async function put(struct: StructType, rows: readonly (readonly CellValue[])[], file: Partial<DataFile>): Promise<DataFile> {
  const { bytes } = encodeParquet({ schema: struct, columns: buildColumns(struct, rows) });
  return putBytes(bytes, { recordCount: rows.length, ...file });
}

async function putBytes(bytes: Buffer, file: Partial<DataFile>): Promise<DataFile> {
  const filePath = `s3://b/t/data/${serial++}`;
  await store.create(filePath, bytes);
  return dataFile({ partition: [], filePath, fileSizeBytes: bytes.length, ...file });
}

/** Rows as the table of today has them: [i, f, added] with the struct of `f` there or not. */
function valuesOf({ isOld, rows }: Case) {
  return rows.map(([i, f, added]) => ({
    i: i === null ? null : BigInt(i),
    s: f === undefined ? null : [f],
    f: f ?? null,
    added: isOld ? 'old' : added,
  }));
}

async function deletesOf(one: Case, path: string): Promise<DataFile[]> {
  const files: DataFile[] = [];
  for (const { mine, others, spelling } of one.byPosition) {
    const named = path.replace('s3:', `${spelling}:`);
    const rows = [...mine.map((row) => [named, BigInt(row)] as const), ...others.map((row) => ['s3://b/t/data/x', BigInt(row)] as const)];
    files.push(await put(POSITION_DELETE, rows, { content: 1 }));
  }
  if (one.vector && one.vector.length > 0) {
    const set = positionSetOf(one.vector);
    const { bytes } = encodeDeletionVector(set, path);
    const place = { contentOffset: 3, contentSizeBytes: bytes.length, referencedDataFile: path };
    files.push(
      await putBytes(Buffer.concat([Buffer.alloc(3), bytes]), { content: 1, fileFormat: 'PUFFIN', recordCount: set.cardinality, ...place }),
    );
  }
  for (const { ids, keys } of one.byKey) {
    const all = { 1: NOW.fields[0]!, 3: NOW.fields[1]!, 4: NOW.fields[2]! };
    const struct: StructType = { type: 'struct', fields: ids.map((id) => all[id as 1 | 3 | 4]) };
    const cells = keys.map(([i, f, added]) => ids.map((id) => (id === 1 ? (i === null ? null : BigInt(i)) : id === 3 ? [f] : added)));
    files.push(await put(struct, cells, { content: 2, equalityIds: ids }));
  }
  return files;
}

function isLive(one: Case, row: ReturnType<typeof valuesOf>[number], at: number): boolean {
  const same = (left: unknown, right: unknown) => Object.is(left, right);
  const isDeleted =
    one.byPosition.some(({ mine }) => mine.includes(at)) ||
    one.vector?.includes(at) ||
    one.byKey.some(({ ids, keys }) =>
      keys.some(([i, f, added]) => {
        const key = { 1: i === null ? null : BigInt(i), 3: f, 4: added };
        const mine = { 1: row.i, 3: row.f, 4: row.added };
        return ids.every((id) => same(mine[id as 1 | 3 | 4], key[id as 1 | 3 | 4]));
      }),
    );
  return !isDeleted && rowMatches(one.filter, { i: row.i, 's.f': row.f, added: row.added });
}

describe('the rows of a scan task', () => {
  test('are those no delete names and the filter matches, whatever the mixture of deletes and the age of the file', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const values = valuesOf(one);
        const cells = values.map((row, at) => (one.isOld ? [one.rows[at]![0], row.s] : [row.i, row.s, row.added]));
        const file = await put(one.isOld ? OLD : NOW, cells, {});
        const task = {
          file,
          sequenceNumber: 1,
          snapshotId: 1n,
          deletes: await deletesOf(one, file.filePath),
          residual: bindExpression(one.filter, NOW),
        };
        const read = await readTask({
          files: store,
          metadata: METADATA,
          task,
          struct: NOW,
          schema: NOW,
          deletes: newDeletesReader(store, METADATA),
        });
        const expected = values.map((row, at) => ({ row, at })).filter(({ row, at }) => isLive(one, row, at));
        expect([...read.rows]).toEqual(expected.map(({ at }) => at));
        expect([...read.rows].map((row) => readRow(read.columns, read.layout, row))).toEqual(
          expected.map(({ row }) => [row.i, row.s, row.added]),
        );
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['a data file that is gone', { filePath: 's3://b/t/data/gone' }, [], 'live-file-missing'],
    ['a data file of another format', { fileFormat: 'ORC' }, [], 'data-file-format'],
    ['a delete file that is gone', {}, [{ content: 1, filePath: 's3://b/t/data/gone' }], 'delete-file-missing'],
    ['a vector whose file is gone', {}, [{ content: 1, fileFormat: 'PUFFIN', filePath: 's3://b/t/data/gone' }], 'delete-file-missing'],
    ['a delete file of another format', {}, [{ content: 1, fileFormat: 'AVRO' }], 'delete-file-format'],
    ['deletes by columns no schema has', {}, [{ content: 2, equalityIds: [99] }], 'equality-columns'],
    ['more deletes than are kept', {}, [{ content: 1, recordCount: 5_000_001 }], 'deletes-too-many'],
  ] as const)('with %s are refused by name', async (_what, data, deletes, code) => {
    const file = { ...(await put(NOW, [], {})), ...data } as DataFile;
    const task = {
      file,
      sequenceNumber: 1,
      snapshotId: 1n,
      deletes: deletes.map((one) => dataFile(one as unknown as Partial<DataFile>)),
      residual: { type: 'true' as const },
    };
    const read = readTask({ files: store, metadata: METADATA, task, struct: NOW, schema: NOW, deletes: newDeletesReader(store, METADATA) });
    await expect(read).rejects.toMatchObject({ name: 'InputRefusedError', code });
  });
});
