import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { CellValue, IcebergType } from '../../../src/contract/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { ALL_TYPES, ALL_TYPES_ROWS, field, structOf } from './all-types.ts';
import { type Duck, openDuck } from './duckdb.ts';

let duck: Duck;
beforeAll(async () => {
  duck = await openDuck();
});
afterAll(() => duck.close());

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A primitive cell as DuckDB casts it to text, by the expressions of `COLUMN`. */
function textOf(type: IcebergType, cell: CellValue): string | null {
  if (cell === null) return null;
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex').toUpperCase();
  if (typeof cell === 'bigint' && typeof type === 'string' && type.startsWith('decimal')) {
    return decimalText(cell, Number(/,(\d+)/.exec(type)![1]));
  }
  return type === 'timestamptz_ns' ? String((cell as bigint) / 1000n) : String(cell);
}

/** How each type is made comparable text in DuckDB. */
function columnSql(type: IcebergType, name: string): string {
  switch (type) {
    case 'date':
      return `(${name} - DATE '1970-01-01')::BIGINT::VARCHAR`;
    case 'time':
      return `((extract(hour FROM ${name}) * 3600 + extract(minute FROM ${name}) * 60) * 1000000 + extract(microseconds FROM ${name}))::BIGINT::VARCHAR`;
    case 'timestamp':
    case 'timestamptz':
      return `epoch_us(${name})::VARCHAR`;
    case 'timestamp_ns':
      return `epoch_ns(${name})::VARCHAR`;
    case 'timestamptz_ns':
      // DuckDB has no zoned nanoseconds: it keeps the microseconds.
      return `epoch_us(${name})::VARCHAR`;
    case 'uuid':
      return `upper(replace(${name}::VARCHAR, '-', ''))`;
    case 'binary':
    case 'fixed[5]':
      return `hex(${name})`;
    case 'double':
    case 'float':
      return `${name}::DOUBLE`;
    default:
      return `${name}::VARCHAR`;
  }
}

describe('DuckDB reads our files', () => {
  const primitives = ALL_TYPES.fields.flatMap((each, i) => (typeof each.type === 'string' ? [{ field: each, i }] : []));

  it('every primitive type has the values written', async () => {
    const bytes = encodeParquet({ schema: ALL_TYPES, columns: buildColumns(ALL_TYPES, ALL_TYPES_ROWS) }).bytes;
    const path = duck.file('all.parquet', bytes);
    for (const { field: column, i } of primitives) {
      const rows = await duck.rows(`SELECT ${columnSql(column.type, column.name)} FROM read_parquet('${path}')`);
      const wanted = ALL_TYPES_ROWS.map((row) => textOf(column.type, row[i]!));
      expect(
        rows.map(([text]) => text),
        column.name,
      ).toEqual(wanted);
    }
  });

  it('negative zero keeps its sign', async () => {
    const schema = structOf(field(1, 'd', 'double'), field(2, 'f', 'float'));
    const path = duck.file('zero.parquet', encodeParquet({ schema, columns: buildColumns(schema, [[-0, -0]]) }).bytes);
    expect(await duck.rows(`SELECT 1 / d, 1 / f FROM read_parquet('${path}')`)).toEqual([['-Infinity', '-Infinity']]);
  });

  it('structs, lists and maps keep null, empty and null inside apart', async () => {
    const bytes = encodeParquet({ schema: ALL_TYPES, columns: buildColumns(ALL_TYPES, ALL_TYPES_ROWS) }).bytes;
    const path = duck.file('nested.parquet', bytes);
    const rows = await duck.rows(
      `SELECT to_json(st), to_json(li), to_json(map_entries(mp)), to_json(ls), to_json(ll) FROM read_parquet('${path}')`,
    );
    expect(
      rows.map((row) => row.map((text) => (text === null ? null : JSON.parse(text.replace('9007199254740993', '"9007199254740993"'))))),
    ).toEqual([
      [
        { x: 5, y: { z: 'zz' } },
        ['a', null, '', 'b'],
        [
          { key: 'k', value: '9007199254740993' },
          { key: 'l', value: null },
        ],
        [{ k: 'k', v: 1 }, null, { k: null, v: 2 }],
        [[1, null], null, [], [2]],
      ],
      [null, null, null, null, null],
      [{ x: null, y: null }, [], [], [], []],
      [{ x: null, y: { z: null } }, [null], [{ key: '', value: null }], [null], [null]],
    ]);
  });

  it('every schema element has the field id of the Iceberg schema', async () => {
    const path = duck.file('ids.parquet', encodeParquet({ schema: ALL_TYPES, columns: buildColumns(ALL_TYPES, []) }).bytes);
    const rows = await duck.rows(`SELECT name, field_id FROM parquet_schema('${path}') ORDER BY field_id, name`);
    const ids = rows.filter(([, id]) => id !== null).map(([, id]) => Number(id));
    expect(ids).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
    expect(rows.filter(([, id]) => id === null).map(([name]) => name)).toEqual(['key_value', 'list', 'list', 'list', 'list', 'table']);
  });

  it('a filter that skips row groups and pages by our bounds finds exactly the right rows', async () => {
    const schema = structOf(
      field(1, 'n', 'long', true),
      field(2, 's', 'string'),
      field(3, 'd', 'double'),
      field(4, 'dec', 'decimal(30,2)'),
    );
    type Row = [bigint, string | null, number, bigint];
    const rows = Array.from(
      { length: 50_000 },
      (_, i): Row => [
        BigInt(i),
        i % 10 === 0 ? null : `${'p'.repeat(70)}${String(i).padStart(6, '0')}`,
        i % 7 === 0 ? Number.NaN : i / 2 - 5000,
        BigInt(i - 25_000) * 10n ** 20n,
      ],
    );
    const path = duck.file('filter.parquet', encodeParquet({ schema, columns: buildColumns(schema, rows), rowGroupRowsMax: 12_000 }).bytes);
    const count = async (where: string) => Number((await duck.rows(`SELECT count(*) FROM read_parquet('${path}') WHERE ${where}`))[0]![0]);
    const keep = (test: (row: Row) => boolean) => rows.filter(test).length;
    expect(await count('n BETWEEN 11990 AND 12010')).toBe(keep((row) => row[0] >= 11990n && row[0] <= 12010n));
    expect(await count('n = 49999')).toBe(1);
    expect(await count('n > 49999')).toBe(0);
    expect(await count(`s = '${'p'.repeat(70)}024001'`)).toBe(1);
    expect(await count(`s >= '${'p'.repeat(70)}049990'`)).toBe(keep((row) => row[1] !== null && row[1] >= `${'p'.repeat(70)}049990`));
    expect(await count('s IS NULL')).toBe(5000);
    expect(await count('d < -4990')).toBe(keep((row) => row[2] < -4990));
    expect(await count('isnan(d)')).toBe(keep((row) => Number.isNaN(row[2])));
    expect(await count('d > 1e300')).toBe(keep((row) => Number.isNaN(row[2])));
    expect(await count('dec < -2000000000000000000000.00')).toBe(keep((row) => row[3] < -2n * 10n ** 23n));
    expect(await count('dec >= 0')).toBe(25_000);
  });

  it('the row groups it sees are ours: places, sizes, codec, counts', async () => {
    const schema = structOf(field(1, 'n', 'long', true), field(2, 's', 'string'));
    const rows = Array.from({ length: 2500 }, (_, i): CellValue[] => [BigInt(i * i), i % 3 === 0 ? null : `value ${i}`]);
    const file = encodeParquet({ schema, columns: buildColumns(schema, rows), rowGroupRowsMax: 1000 });
    const path = duck.file('groups.parquet', file.bytes);
    const seen = await duck.rows(
      `SELECT row_group_id, row_group_num_rows, path_in_schema, num_values, stats_null_count, compression,
              coalesce(dictionary_page_offset, data_page_offset), total_compressed_size
       FROM parquet_metadata('${path}') ORDER BY row_group_id, column_id`,
    );
    expect(seen.map((row) => row.slice(0, 6))).toEqual(
      [1000, 1000, 500].flatMap((count, group) => [
        [String(group), String(count), 'n', String(count), '0', 'ZSTD'],
        [
          String(group),
          String(count),
          's',
          String(count),
          String(rows.slice(group * 1000, group * 1000 + count).filter((row) => row[1] === null).length),
          'ZSTD',
        ],
      ]),
    );
    expect(seen.filter((_, i) => i % 2 === 0).map((row) => Number(row[6]))).toEqual(file.splitOffsets);
    for (const column of [0, 1]) {
      const sizes = seen.filter((_, i) => i % 2 === column).map((row) => Number(row[7]));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(file.stats[column]!.columnSizeBytes);
    }
  });
});
