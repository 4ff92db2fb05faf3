// DuckDB reads our Bloom filters with an implementation of its own: it probes them by value.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { CellValue, IcebergType } from '../../../src/contract/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { parquetOptions } from '../../../src/parquet/options.ts';
import { xxHash64 } from '../../../src/parquet/xxhash64.ts';
import { field, structOf } from './all-types.ts';
import { type Duck, openDuck } from './duckdb.ts';

let duck: Duck;
beforeAll(async () => {
  duck = await openDuck();
});
afterAll(() => duck.close());

const ROWS = 2000;
const ABSENT = 100;

/** How many of some values DuckDB's probe excludes. */
async function excluded(type: IcebergType, cell: (i: number) => CellValue, literals: readonly string[]): Promise<number> {
  const schema = structOf(field(1, 'c', type));
  const columns = buildColumns(
    schema,
    Array.from({ length: ROWS }, (_, i) => [cell(i)]),
  );
  const options = parquetOptions({ 'write.parquet.bloom-filter-enabled.column.c': 'true' });
  const file = duck.file(`bloom-${type}.parquet`, encodeParquet({ schema, columns, options }).bytes);
  let count = 0;
  for (const literal of literals) {
    const rows = await duck.rows(`SELECT bloom_filter_excludes FROM parquet_bloom_probe('${file}', 'c', ${literal})`);
    expect(rows).toHaveLength(1);
    if (rows[0]![0] === 'true') count++;
  }
  return count;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('Bloom filters, probed by DuckDB', () => {
  const types: readonly [IcebergType, (i: number) => CellValue, (i: number) => string][] = [
    ['int', (i) => i * 3, (i) => `${i * 3}::INTEGER`],
    ['long', (i) => BigInt(i) * 10n ** 12n, (i) => `${BigInt(i) * 10n ** 12n}::BIGINT`],
    ['double', (i) => i / 4, (i) => `${i / 4}::DOUBLE`],
    ['float', (i) => i / 4, (i) => `${i / 4}::FLOAT`],
    ['string', (i) => `player-${i}-é`, (i) => `'player-${i}-é'`],
  ];
  for (const [type, cell, literal] of types) {
    it(`never exclude a value that is there and nearly always one that is not: ${type}`, async () => {
      const present = range(0, ROWS).filter((i) => i % 50 === 0);
      expect(await excluded(type, cell, present.map(literal))).toBe(0);
      const absent = await excluded(type, cell, range(ROWS, ROWS + ABSENT).map(literal));
      expect(absent).toBeGreaterThan(ABSENT * 0.95);
    });
  }

  it('stay within their limit of bytes, and a column without the setting has none', async () => {
    const schema = structOf(field(1, 'a', 'string'), field(2, 'b', 'string'));
    const rows = range(0, ROWS).map((i) => [`a${i}`, `b${i}`]);
    const options = parquetOptions({
      'write.parquet.bloom-filter-enabled.column.a': 'true',
      'write.parquet.bloom-filter-max-bytes': '100',
    });
    const file = duck.file('bloom-small.parquet', encodeParquet({ schema, columns: buildColumns(schema, rows), options }).bytes);
    const found = await duck.rows(`SELECT bloom_filter_length FROM parquet_metadata('${file}') ORDER BY column_id`);
    const [first, second] = found.map(([length]) => length);
    // 64 bytes of bits: the largest power of two within the limit; and a header.
    expect(Number(first)).toBeGreaterThan(64);
    expect(Number(first)).toBeLessThan(64 + 32);
    expect(second).toBeNull();
  });
});

describe('XXH64', () => {
  it('gives the values of its specification', () => {
    const hash = (text: string) => {
      const bytes = Buffer.from(text, 'latin1');
      const out = new Uint32Array(2);
      xxHash64(bytes, { from: 0, size: bytes.length }, out);
      return ((BigInt(out[1]!) << 32n) | BigInt(out[0]!)).toString(16);
    };
    expect(hash('')).toBe('ef46db3751d8e999');
    expect(hash('a')).toBe('d24ec4f1a98c6e5b');
    expect(hash('abc')).toBe('44bc2cf5ad770999');
    expect(hash('Nobody inspects the spammish repetition')).toBe('fbcea83c8a378bf1');
  });
});
