import { readFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import type { CellValue, IcebergType, StructType } from '../../../src/contract/types.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import { readFooter } from '../../../src/parquet/read-footer.ts';
import { field, listOf, structOf } from './all-types.ts';
import { type Duck, openDuck } from './duckdb.ts';

let duck: Duck;
beforeAll(async () => {
  duck = await openDuck();
});
afterAll(() => duck.close());

async function readRows(bytes: Uint8Array, schema: StructType): Promise<CellValue[][]> {
  const set = await readColumns(bytes, schema);
  const layout = layoutOf(schema);
  return Array.from({ length: set.rows }, (_, row) => readRow(set, layout, row));
}

let files = 0;
async function writeWithDuck(select: string, options: string): Promise<Buffer> {
  const path = duck.file(`duck-${files++}.parquet`);
  await duck.run(`COPY (${select}) TO '${path}' (FORMAT parquet, ${options})`);
  return readFileSync(path);
}

const ROWS = 3000;
const SELECT = `SELECT i::BIGINT AS n, (i * 7919 % 100000)::INTEGER AS m, CASE WHEN i % 5 = 0 THEN NULL ELSE 'value ' || (i % 400) END AS s,
  'a long common prefix ' || lpad(i::VARCHAR, 8, '0') AS p, (i / 8)::DOUBLE AS d, i % 2 = 0 AS b,
  CASE WHEN i % 3 = 0 THEN NULL ELSE [i::INTEGER, NULL] END AS l, {'x': i::INTEGER, 'y': CASE WHEN i % 4 = 0 THEN NULL ELSE 'y' END} AS st
  FROM range(${ROWS}) t(i)`;
const IDS =
  'FIELD_IDS {n: 1, m: 2, s: 3, p: 4, d: 5, b: 6, l: {__duckdb_field_id: 7, element: 8}, st: {__duckdb_field_id: 9, x: 10, y: 11}}';
const SCHEMA = structOf(
  field(1, 'n', 'long'),
  field(2, 'm', 'long'),
  field(3, 's', 'string'),
  field(4, 'p', 'string'),
  field(5, 'd', 'double'),
  field(6, 'b', 'boolean'),
  field(7, 'l', listOf(8, 'int')),
  field(9, 'st', structOf(field(10, 'x', 'int'), field(11, 'y', 'string'))),
);
const WANTED = Array.from({ length: ROWS }, (_, i) => [
  BigInt(i),
  BigInt((i * 7919) % 100_000),
  i % 5 === 0 ? null : `value ${i % 400}`,
  `a long common prefix ${String(i).padStart(8, '0')}`,
  i / 8,
  i % 2 === 0,
  i % 3 === 0 ? null : [i, null],
  [i, i % 4 === 0 ? null : 'y'],
]);

describe('files of other writers', () => {
  for (const version of ['V1', 'V2']) {
    for (const codec of ['zstd', 'snappy', 'gzip', 'brotli', 'uncompressed']) {
      it(`DuckDB, ${version} with ${codec}: every value, integers widened`, async () => {
        const bytes = await writeWithDuck(SELECT, `COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048, ${IDS}`);
        expect(await readRows(bytes, SCHEMA)).toEqual(WANTED);
      });
    }
  }

  it('DuckDB V2 files come in delta encodings, so these are read', async () => {
    const path = duck.file('encodings.parquet');
    await duck.run(`COPY (${SELECT}) TO '${path}' (FORMAT parquet, PARQUET_VERSION V2, ${IDS})`);
    const encodings = (await duck.rows(`SELECT DISTINCT encodings FROM parquet_metadata('${path}')`)).map(([text]) => text!).join(' ');
    for (const encoding of ['DELTA_BINARY_PACKED', 'DELTA_LENGTH_BYTE_ARRAY', 'BYTE_STREAM_SPLIT']) expect(encodings).toContain(encoding);
    expect(await readRows(readFileSync(path), SCHEMA)).toEqual(WANTED);
  });

  it('hyparquet-writer, data pages V2 with snappy', async () => {
    const data = Array.from({ length: 500 }, (_, i) => (i % 7 === 0 ? null : `text ${i % 50}`));
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [{ name: 'c', data }],
        schema: [
          { name: 'root', num_children: 1 },
          { name: 'c', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL', field_id: 4 },
        ],
      }),
    );
    expect(await readRows(bytes, structOf(field(4, 'renamed', 'string')))).toEqual(data.map((text) => [text]));
  });

  it('decimals in any physical form become the wanted one, exactly', async () => {
    const values = ['0.00', '-0.01', '99999.99', '-99999.99'];
    const list = values.map((value) => `(${value})`).join(', ');
    const wanted = values.map((value) => [BigInt(value.replace('.', ''))]);
    for (const declared of [7, 15, 30]) {
      const bytes = await writeWithDuck(`SELECT c::DECIMAL(${declared},2) AS c FROM (VALUES ${list}) t(c)`, 'FIELD_IDS {c: 1}');
      for (const precision of [declared, 18, 19, 38].filter((each) => each >= declared)) {
        expect(
          await readRows(bytes, structOf(field(1, 'c', `decimal(${precision},2)` as IcebergType))),
          `${declared} as ${precision}`,
        ).toEqual(wanted);
      }
    }
  });

  it('timestamps keep every digit and never pass through a date', async () => {
    const bytes = await writeWithDuck(
      `SELECT make_timestamp(${2n ** 53n + 1n}) AS us, make_timestamp_ns(1700000000123456789) AS ns, TIMESTAMP_MS '2024-05-06 07:08:09.123' AS ms`,
      'FIELD_IDS {us: 1, ns: 2, ms: 3}',
    );
    const schema = structOf(field(1, 'us', 'timestamp'), field(2, 'ns', 'timestamp_ns'), field(3, 'ms', 'timestamp'));
    expect(await readRows(bytes, schema)).toEqual([
      [2n ** 53n + 1n, 1700000000123456789n, BigInt(Date.UTC(2024, 4, 6, 7, 8, 9, 123)) * 1000n],
    ]);
  });
});

describe('a schema that is not the file’s', () => {
  const write = () =>
    writeWithDuck("SELECT 5::INTEGER AS a, 'x' AS s, {'m': 1::INTEGER} AS st", 'FIELD_IDS {a: 1, s: 2, st: {__duckdb_field_id: 3, m: 4}}');

  it('finds columns by id, not by name or place, at every level', async () => {
    const schema = structOf(field(3, 'group', structOf(field(4, 'member', 'long'))), field(2, 'a', 'string'), field(1, 's', 'int'));
    expect(await readRows(await write(), schema)).toEqual([[[1n], 'x', 5]]);
  });

  it('an optional field that is missing is null, at every level', async () => {
    const schema = structOf(
      field(9, 'new', 'string'),
      field(3, 'st', structOf(field(10, 'new', 'double'))),
      field(11, 'gone', structOf(field(12, 'x', 'int', true))),
      field(13, 'list', listOf(14, 'int')),
    );
    expect(await readRows(await write(), schema)).toEqual([[null, [null], null, null]]);
  });

  it('a required field that is missing refuses the file', async () => {
    await expect(readColumns(await write(), structOf(field(9, 'new', 'string', true)))).rejects.toThrow('the required field 9 is missing');
    const nested = structOf(field(3, 'st', structOf(field(10, 'new', 'int', true))));
    await expect(readColumns(await write(), nested)).rejects.toThrow('the required field 10 is missing');
  });

  it('a field that was added later has its initial default', async () => {
    const cases: [IcebergType, unknown, CellValue][] = [
      ['boolean', true, true],
      ['int', -7, -7],
      ['long', 9007199254740993n, 9007199254740993n],
      ['float', 0.5, 0.5],
      ['double', 1e300, 1e300],
      ['string', 'abc', 'abc'],
      ['binary', '00ff', Uint8Array.of(0, 255)],
      ['fixed[2]', '0102', Uint8Array.of(1, 2)],
      ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', new Uint8Array(Buffer.from('f79c3e09677c4bbda4793f349cb785e7', 'hex'))],
      ['decimal(9,2)', '-14.20', -1420n],
      ['decimal(38,3)', '99999999999999999999.1', 99999999999999999999100n],
      ['date', '1969-12-30', -2],
      ['time', '22:31:08.123456', 81068123456n],
      ['timestamp', '1969-12-31T23:59:59.999999', -1n],
      ['timestamptz', '2017-11-16T22:31:08.000001+00:00', BigInt(Date.UTC(2017, 10, 16, 22, 31, 8)) * 1000n + 1n],
      ['timestamp_ns', '2017-11-16T22:31:08.000000001', BigInt(Date.UTC(2017, 10, 16, 22, 31, 8)) * 1_000_000n + 1n],
    ];
    for (const [type, json, cell] of cases) {
      const schema = structOf({ ...field(20, 'added', type, true), 'initial-default': json });
      expect(await readRows(await write(), schema), String(type)).toEqual([[cell]]);
    }
  });

  it('what would lose or reinterpret values is refused, naming field and types', async () => {
    const file = await write();
    const refused = (type: IcebergType, id = 1) =>
      expect(readColumns(file, structOf(field(id, 'c', type)))).rejects.toThrow(InputRefusedError);
    for (const type of ['string', 'float', 'boolean', 'date', 'timestamp', 'uuid', 'decimal(9,0)', 'fixed[4]'] as const)
      await refused(type);
    await refused('int', 2);
    await refused('int', 3);
    await refused(structOf(field(4, 'm', 'int')), 1);
    await refused(listOf(4, 'int'), 3);
    await expect(readColumns(file, structOf(field(1, 'c', 'string')))).rejects.toThrow('the field 1 is INT32 int, expected string');
    const decimals = await writeWithDuck('SELECT 1.25::DECIMAL(9,2) AS c', 'FIELD_IDS {c: 1}');
    await expect(readColumns(decimals, structOf(field(1, 'c', 'decimal(9,3)')))).rejects.toThrow(InputRefusedError);
    await expect(readColumns(decimals, structOf(field(1, 'c', 'decimal(8,2)')))).rejects.toThrow(InputRefusedError);
    const fine = await writeWithDuck('SELECT make_timestamp_ns(1) AS c', 'FIELD_IDS {c: 1}');
    await expect(readColumns(fine, structOf(field(1, 'c', 'timestamp')))).rejects.toThrow(InputRefusedError);
  });

  it('a null where the schema requires a value refuses the file', async () => {
    const file = await writeWithDuck('SELECT CASE WHEN i = 1 THEN NULL ELSE i END AS c FROM range(3) t(i)', 'FIELD_IDS {c: 1}');
    await expect(readColumns(file, structOf(field(1, 'c', 'long', true)))).rejects.toThrow('the required field 1 is null in row 1');
  });

  it('a file without field ids is refused instead of read as nulls', async () => {
    const file = await writeWithDuck('SELECT 1 AS c', 'COMPRESSION zstd');
    await expect(readColumns(file, structOf(field(1, 'c', 'int')))).rejects.toThrow('its columns have no field ids');
  });

  it('the footer of a tail tells the same as that of the whole file', async () => {
    const file = await write();
    const tail = file.subarray(file.length - 8 - file.readUInt32LE(file.length - 8));
    expect(readFooter(tail, { fileSizeBytes: file.length })).toEqual(readFooter(file));
    expect(() => readFooter(tail.subarray(1), { fileSizeBytes: file.length })).toThrow(InputRefusedError);
  });
});
