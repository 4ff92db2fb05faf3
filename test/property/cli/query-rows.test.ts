// `firn query` against the reader of scan tasks: the same rows from files of every age (widened, renamed, moved, dropped and added
// columns at every depth, partition values, no field ids, names DuckDB keeps for itself) under every mixture of deletes; and a filter
// of DuckDB's, however it is pushed down, finds in the view what it finds in a table of the view's rows.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withTables } from '../../../src/cli/query-session.ts';
import { buildColumns, readRow } from '../../../src/column-cells.ts';
import type { CellValue, IcebergType, NestedField, StructType } from '../../../src/contract/types.ts';
import { decimalOf } from '../../../src/contract/types.ts';
import { encodeDeletionVector } from '../../../src/iceberg/deletion-vector.ts';
import { formatNameMapping, NAME_MAPPING_PROPERTY, nameMappingOf } from '../../../src/iceberg/name-mapping.ts';
import { newTableMetadata } from '../../../src/iceberg/new-table.ts';
import { RESERVED_FIELDS } from '../../../src/iceberg/reserved-fields.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import type { ScanTask } from '../../../src/iceberg/scan.ts';
import { decimalText } from '../../../src/iceberg/single-value-json.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { newDeletesReader } from '../../../src/jobs/read-deletes.ts';
import { readTask } from '../../../src/jobs/read-task.ts';
import { pathOfUri } from '../../../src/local/file-uri.ts';
import { makeLocalPorts } from '../../../src/local/system.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import type { Ports } from '../../../src/ports.ts';

const field = (id: number, name: string, type: IcebergType, more: Partial<NestedField> = {}): NestedField => ({
  id,
  name,
  required: false,
  type,
  ...more,
});
const struct = (...fields: NestedField[]): StructType => ({ type: 'struct', fields });
const listOf = (id: number, element: IcebergType): IcebergType => ({ type: 'list', 'element-id': id, 'element-required': false, element });
const mapOf = (id: number, value: IcebergType): IcebergType => ({
  type: 'map',
  'key-id': id,
  key: 'string',
  'value-id': id + 1,
  'value-required': false,
  value,
});

/** `last` is dropped since; in odd files it has a name that DuckDB keeps for a column of its own. */
const oldSchema = (last: string): StructType =>
  struct(
    field(1, 'id', 'int'),
    field(2, 'f', 'float'),
    field(3, 'dec', 'decimal(9,2)'),
    field(4, 'day', 'date'),
    field(5, 's', struct(field(6, 'a', 'int'), field(7, 'b', 'float'))),
    field(8, 'l', listOf(9, struct(field(10, 'x', 'int')))),
    field(11, 'm', mapOf(12, 'int')),
    field(14, last, 'string'),
  );
const NOW: StructType = struct(
  field(5, 's', struct(field(7, 'b', 'double'), field(20, 'z', 'string', { 'initial-default': 'zz' }), field(6, 'c d', 'long'))),
  field(1, 'id', 'long'),
  field(2, 'f', 'double'),
  field(3, 'dec', 'decimal(20,2)'),
  field(4, 'at', 'timestamp'),
  field(8, 'l', listOf(9, struct(field(21, 'w', 'string'), field(10, 'y', 'long')))),
  field(11, 'm', mapOf(12, 'long')),
  field(22, 'again', 'double'),
  field(23, 'added', 'string', { 'initial-default': "o'ld" }),
  field(24, 'part', 'string'),
);
const made = newTableMetadata({
  uuid: 'u',
  location: 's3://b/t',
  struct: NOW,
  partition: [{ column: 'part', transform: 'identity', name: 'part' }],
  sort: [],
  formatVersion: 3,
  properties: {},
  nowMs: 0,
}).metadata;
const METADATA: TableMetadata = {
  ...made,
  schemas: [{ ...NOW, 'schema-id': 0 }],
  'partition-specs': [{ 'spec-id': 0, fields: [{ ...made['partition-specs'][0]!.fields[0]!, 'source-id': 24 }] }],
  properties: { [NAME_MAPPING_PROPERTY]: formatNameMapping(nameMappingOf(oldSchema('again'))) },
};

const FLOATS = [0, -0, Number.NaN, Math.fround(0.1), 1.5, -1e30].map(Math.fround);
const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const row = fc.record({
  id: nullable(fc.integer({ min: -2, max: 5 })),
  f: nullable(fc.constantFrom(...FLOATS)),
  dec: nullable(fc.constantFrom(0n, -125n, 99_999_999n)),
  day: nullable(fc.constantFrom(-1, 0, 20_454)),
  s: nullable(fc.tuple(nullable(fc.integer({ min: 0, max: 2 })), nullable(fc.constantFrom(...FLOATS)))),
  l: nullable(fc.array(nullable(nullable(fc.integer({ min: 0, max: 2 })).map((x) => [x])), { maxLength: 3 })),
  m: nullable(
    fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b'), nullable(fc.integer({ max: 9 }))), { maxLength: 2, selector: ([key]) => key }),
  ),
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;
const fileCase = fc.record({
  kind: fc.constantFrom('old', 'now', 'odd', 'no-ids'),
  part: fc.constantFrom(null, 'p', "it's"),
  rows: fc.array(row, { maxLength: 8 }),
  byPosition: fc.array(fc.nat({ max: 8 }), { maxLength: 3 }),
  byVector: fc.array(fc.nat({ max: 8 }), { maxLength: 3 }),
  byKey: fc.array(fc.tuple(nullable(fc.integer({ min: -2, max: 5 })), nullable(fc.constantFrom(...FLOATS))), { maxLength: 2 }),
});
type FileCase = typeof fileCase extends fc.Arbitrary<infer T> ? T : never;

const FILTERS = [
  'f > 0.1',
  'f = 0.1',
  `f in (0.1, ${Math.fround(0.1)})`,
  'f <= 0.1',
  `f = 'nan'::double`,
  'f = -0.0',
  'id = 3000000004',
  'id < 3000000004 and id >= 1',
  `"at" < timestamp '2026-01-01 00:00:01'`,
  `"at" = timestamp '2026-01-01 00:00:01'`,
  'dec < 99999999999999.25',
  's.b > 0.1',
  's."c d" < 3000000001',
  `s.z = 'zz'`,
  `added = 'o''ld' and part = 'it''s'`,
  'part is null and again is null',
];

let directory: string;
let ports: Ports;
let duckdb: Awaited<ReturnType<DuckDBInstance['connect']>>;
beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/firn-query-rows-`);
  ports = makeLocalPorts({ warehouse: directory });
  duckdb = await (await DuckDBInstance.create(':memory:')).connect();
});
afterAll(async () => {
  duckdb.closeSync();
  await rm(directory, { recursive: true });
});

function cellsOf(kind: FileCase['kind'], part: string | null, { id, f, dec, day, s, l, m }: Row): readonly CellValue[] {
  if (kind !== 'now') return [id, f, dec, day, s, l, m, 'gone'];
  const long = (value: number | null) => (value === null ? null : BigInt(value) + 3_000_000_000n);
  const items = l?.map((one) => one && ['w', long(one[0]!)]) ?? null;
  const at = day === null ? null : BigInt(day) * 86_400_000_000n + 1_000_000n;
  return [
    s && [s[1], null, long(s[0])],
    long(id),
    f,
    dec && dec * 1000n,
    at,
    items,
    m?.map(([key, v]) => [key, long(v)] as const) ?? null,
    0.1,
    'new',
    part,
  ];
}

async function put(bytes: Buffer, file: Partial<DataFile>): Promise<DataFile> {
  const filePath = `${ports.root}/lab/t/data/${ports.ids.uuid()}.parquet`;
  await ports.files.create(filePath, bytes);
  return {
    content: 0,
    filePath,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [null],
    recordCount: 0,
    fileSizeBytes: bytes.length,
    ...file,
  };
}

async function putRows(schema: StructType, rows: readonly (readonly CellValue[])[], file: Partial<DataFile>): Promise<DataFile> {
  return put(encodeParquet({ schema, columns: buildColumns(schema, rows) }).bytes, { recordCount: rows.length, ...file });
}

async function taskOf(one: FileCase): Promise<ScanTask> {
  const { kind, part } = one;
  const cells = one.rows.map((values) => cellsOf(kind, part, values));
  const schema = kind === 'now' ? NOW : oldSchema(kind === 'odd' ? 'File_Row_Number' : 'again');
  let file = await putRows(schema, cells, { partition: [part] });
  if (kind === 'no-ids') {
    const copy = `${file.filePath}.copy`;
    await duckdb.run(`COPY (FROM read_parquet('${pathOfUri(file.filePath)}')) TO '${pathOfUri(copy)}' (FORMAT parquet)`);
    file = { ...file, filePath: copy, fileSizeBytes: (await ports.files.stat(copy))!.sizeBytes };
  }
  const deletes: DataFile[] = [];
  if (one.byPosition.length > 0) {
    const positions = struct(...RESERVED_FIELDS.filter(({ name }) => name === 'file_path' || name === 'pos'));
    deletes.push(
      await putRows(
        positions,
        one.byPosition.map((at) => [file.filePath, BigInt(at)] as const),
        { content: 1 },
      ),
    );
  }
  if (one.byVector.length > 0) {
    const set = positionSetOf(one.byVector);
    const { bytes } = encodeDeletionVector(set, file.filePath);
    const place = { contentOffset: 0, contentSizeBytes: bytes.length, referencedDataFile: file.filePath };
    deletes.push(await put(bytes, { content: 1, fileFormat: 'PUFFIN', recordCount: set.cardinality, ...place }));
  }
  if (one.byKey.length > 0) {
    const keys = struct(NOW.fields[1]!, NOW.fields[2]!);
    const cell = (id: number | null) => (id === null ? null : BigInt(id) + (kind === 'now' ? 3_000_000_000n : 0n));
    deletes.push(
      await putRows(
        keys,
        one.byKey.map(([id, f]) => [cell(id), f]),
        { content: 2, equalityIds: [1, 2] },
      ),
    );
  }
  return { file, deletes, sequenceNumber: 1, snapshotId: 1n, residual: { type: 'true' } };
}

/** As DuckDB's client says it in JSON. */
function jsonOf(type: IcebergType, cell: CellValue): unknown {
  if (cell === null) return null;
  if (typeof type !== 'string') {
    if (type.type === 'struct')
      return Object.fromEntries(type.fields.map((one, i) => [one.name, jsonOf(one.type, (cell as readonly CellValue[])[i]!)]));
    if (type.type === 'list') return (cell as readonly CellValue[]).map((one) => jsonOf(type.element, one));
    return (cell as readonly (readonly [CellValue, CellValue])[]).map(([key, value]) => ({ key, value: jsonOf(type.value, value) }));
  }
  const decimal = decimalOf(type);
  if (decimal) return decimalText(cell as bigint, decimal.scale);
  if (type === 'timestamp') return new Date(Number((cell as bigint) / 1000n)).toISOString().replace('T', ' ').slice(0, 19);
  if (type === 'long') return String(cell);
  return typeof cell === 'number' && !Number.isFinite(cell) ? 'NaN' : cell;
}

async function rowsOfTask(task: ScanTask): Promise<unknown[]> {
  const deletes = newDeletesReader(ports.files, METADATA);
  const read = await readTask({ files: ports.files, metadata: METADATA, task, struct: NOW, schema: NOW, deletes });
  return [...read.rows].map((at) => readRow(read.columns, read.layout, at).map((cell, i) => jsonOf(NOW.fields[i]!.type, cell)));
}

const textOf = (value: unknown): string => JSON.stringify(value, (_key, inner) => (Object.is(inner, -0) ? '-0' : inner));

describe('the rows of firn query', () => {
  test('are those of the tasks of the scan, and a filter pushed into the files finds what it finds outside', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fileCase, { minLength: 1, maxLength: 5 }), async (files) => {
        const tasks: ScanTask[] = [];
        for (const file of files) tasks.push(await taskOf(file));
        const expected = (await Promise.all(tasks.map(rowsOfTask))).flat().map(textOf).sort();
        const table = { identifier: { namespace: 'lab', name: 't' }, metadata: METADATA, tasks, isNameUnique: true };
        await withTables(ports, [table], async (run) => {
          const rows = await (await run('create temp table kept as from lab.t; from lab.t')).getRowsJson();
          expect(rows.map(textOf).sort()).toEqual(expected);
          for (const where of FILTERS) {
            const of = async (from: string) =>
              textOf(await (await run(`from ${from} where ${where}`)).getRowsJson().then((found) => found.map(textOf).sort()));
            expect(await of('lab.t'), where).toBe(await of('kept'));
          }
        });
      }),
      { numRuns: 8 },
    );
  }, 180_000);
});
