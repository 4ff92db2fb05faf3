import { parquetMetadata, type RowGroup, readColumnIndex, readOffsetIndex, type SchemaElement } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { CellValue, IcebergType, PrimitiveType } from '../../../src/contract/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import type { EncodedFile } from '../../../src/parquet/types.ts';
import { field, listOf, structOf } from './all-types.ts';

/** A file of one optional column. */
function encodeColumn(type: IcebergType, cells: readonly CellValue[], rowGroupRowsMax?: number): EncodedFile {
  const schema = structOf(field(1, 'c', type));
  const columns = buildColumns(
    schema,
    cells.map((cell) => [cell]),
  );
  return encodeParquet({ schema, columns, ...(rowGroupRowsMax === undefined ? {} : { rowGroupRowsMax }) });
}

type Chunk = RowGroup['columns'][number];

/** Statistics as hyparquet reads them, bounds of byte arrays as bytes. */
function chunksOf(file: EncodedFile): Chunk[] {
  const parsers = {
    stringFromBytes: (bytes: Uint8Array) => Buffer.from(bytes).toString('hex'),
    uuidFromBytes: (bytes: Uint8Array) => bytes,
  };
  return parquetMetadata(file.bytes, { parsers }).row_groups.map((group) => group.columns[0]!);
}

function statsOf(file: EncodedFile) {
  return chunksOf(file)[0]!.meta_data!.statistics!;
}

function pageIndexOf(file: EncodedFile, chunk: Chunk, element: SchemaElement) {
  const view = new DataView(file.bytes.buffer, file.bytes.byteOffset, file.bytes.length);
  const at = (offset: bigint | undefined) => ({ view, offset: Number(offset) });
  return {
    column: chunk.column_index_offset === undefined ? undefined : readColumnIndex(at(chunk.column_index_offset), element),
    offset: readOffsetIndex(at(chunk.offset_index_offset)),
  };
}

describe('statistics of the footer', () => {
  it('zeros are widened: −0.0 below, +0.0 above, and said to be inexact', () => {
    for (const type of ['float', 'double'] as const) {
      const positive = statsOf(encodeColumn(type, [0, 0]));
      expect([positive.min_value, positive.max_value, positive.is_min_value_exact, positive.is_max_value_exact]).toEqual([
        -0,
        0,
        false,
        true,
      ]);
      const negative = statsOf(encodeColumn(type, [-0, null]));
      expect([negative.min_value, negative.max_value, negative.is_min_value_exact, negative.is_max_value_exact]).toEqual([
        -0,
        0,
        true,
        false,
      ]);
    }
  });

  it('beside NaN there are no bounds in the file, but exact ones for the manifest', () => {
    const file = encodeColumn('double', [1, Number.NaN, 3]);
    expect(statsOf(file)).toMatchObject({ min_value: undefined, max_value: undefined, null_count: 0n });
    expect(file.stats[0]).toMatchObject({ min: 1, max: 3, nanCount: 1 });
  });

  it('the manifest keeps the sign of zero', () => {
    expect(encodeColumn('double', [0, -0, 5]).stats[0]).toMatchObject({ min: -0, max: 5 });
    expect(encodeColumn('double', [-0]).stats[0]).toMatchObject({ min: -0, max: -0 });
    expect(encodeColumn('double', [0, -3]).stats[0]).toMatchObject({ min: -3, max: 0 });
  });

  it('columns without values have counts and no bounds', () => {
    const file = encodeColumn('string', [null, null]);
    expect(statsOf(file)).toMatchObject({ null_count: 2n, min_value: undefined, max_value: undefined });
    expect(file.stats[0]).toEqual({
      fieldId: 1,
      columnSizeBytes: file.stats[0]!.columnSizeBytes,
      valueCount: 2,
      nullCount: 2,
      isRepeated: false,
    });
  });

  it('short strings are exact bounds; long ones are cut at a code point and the upper one is incremented', () => {
    const short = statsOf(encodeColumn('string', ['b', 'a']));
    expect([short.min_value, short.max_value, short.is_min_value_exact, short.is_max_value_exact]).toEqual(['61', '62', true, true]);
    const max = LIMITS.parquetBoundBytesMax;
    const text = `${'a'.repeat(max - 2)}é${'z'.repeat(10)}`;
    const split = `${'a'.repeat(max - 1)}é${'z'.repeat(10)}`;
    const hex = (value: string) => Buffer.from(value).toString('hex');
    expect(statsOf(encodeColumn('string', [text]))).toMatchObject({
      min_value: hex(`${'a'.repeat(max - 2)}é`),
      max_value: hex(`${'a'.repeat(max - 2)}ê`),
      is_min_value_exact: false,
      is_max_value_exact: false,
    });
    expect(statsOf(encodeColumn('string', [split]))).toMatchObject({
      min_value: hex('a'.repeat(max - 1)),
      max_value: hex(`${'a'.repeat(max - 2)}b`),
    });
  });

  it('incrementing skips the surrogates and carries past the last code point', () => {
    const max = LIMITS.parquetBoundBytesMax;
    const hex = (value: string) => Buffer.from(value).toString('hex');
    const before = `${'a'.repeat(max - 3)}\ud7ff`;
    expect(statsOf(encodeColumn('string', [`${before}tail`]))).toMatchObject({ max_value: hex(`${'a'.repeat(max - 3)}\ue000`) });
    const last = `${'a'.repeat(max - 4)}\u{10ffff}`;
    expect(statsOf(encodeColumn('string', [`${last}tail`]))).toMatchObject({ max_value: hex(`${'a'.repeat(max - 5)}b`) });
    const whole = '\u{10ffff}'.repeat(20);
    expect(statsOf(encodeColumn('string', [whole]))).toMatchObject({ max_value: hex(whole), is_max_value_exact: true });
  });

  it('binaries carry past 0xff; bytes that are all 0xff are kept whole', () => {
    const bytes = (count: number, value: number) => Buffer.alloc(count, value);
    const max = LIMITS.parquetBoundBytesMax;
    const carried = statsOf(encodeColumn('binary', [Buffer.concat([bytes(1, 7), bytes(99, 0xff)])]));
    expect([carried.max_value, carried.is_max_value_exact]).toEqual(['08', false]);
    const full = statsOf(encodeColumn('binary', [bytes(max + 1, 0xff)]));
    expect([full.max_value, full.is_max_value_exact]).toEqual(['ff'.repeat(max + 1), true]);
  });

  it('making bounds leaves the values of the batch as they are', () => {
    const schema = structOf(field(1, 'c', 'binary'));
    const columns = buildColumns(schema, [[Buffer.alloc(100, 7)]]);
    const before = Buffer.from(columns.bytes);
    const first = encodeParquet({ schema, columns });
    expect(columns.bytes.equals(before)).toBe(true);
    expect(encodeParquet({ schema, columns }).bytes.equals(first.bytes)).toBe(true);
  });

  it('bytes order unsigned, decimals by value, in every width', () => {
    const uuids = [Buffer.alloc(16, 0x7f), Buffer.alloc(16, 0x80)];
    expect(encodeColumn('uuid', uuids).stats[0]).toMatchObject({ min: new Uint8Array(uuids[0]!), max: new Uint8Array(uuids[1]!) });
    for (const type of ['decimal(9,0)', 'decimal(18,0)', 'decimal(19,0)', 'decimal(38,0)'] as const) {
      const limit = 10n ** BigInt(/\d+/.exec(type)![0]) - 1n;
      expect(encodeColumn(type, [1n, -limit, limit, -1n]).stats[0]).toMatchObject({ min: -limit, max: limit });
    }
    expect(encodeColumn('string', ['\u{1f409}', '\uffff']).stats[0]).toMatchObject({ max: new Uint8Array(Buffer.from('\u{1f409}')) });
  });

  it('a decimal beyond its precision is a broken invariant', () => {
    expect(() => encodeColumn('decimal(4,2)', [10_000n])).toThrow('a decimal has no more digits than its precision');
    expect(() => encodeColumn('decimal(20,0)', [10n ** 20n])).toThrow('a decimal has no more digits than its precision');
  });

  it('64-bit bounds are exact beyond 2^53', () => {
    const cells = [2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n];
    const file = encodeColumn('long', cells);
    expect(statsOf(file)).toMatchObject({ min_value: -(2n ** 63n), max_value: 2n ** 63n - 1n });
    expect(file.stats[0]).toMatchObject({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  });

  it('leaves inside lists have counts but no bounds for the manifest', () => {
    const file = encodeColumn(listOf(2, 'int'), [[1, null], [], null]);
    expect(file.stats).toEqual([
      { fieldId: 2, columnSizeBytes: file.stats[0]!.columnSizeBytes, valueCount: 4, nullCount: 3, isRepeated: true },
    ]);
  });

  it('the signed-order fields that readers must not trust stay away', () => {
    expect(statsOf(encodeColumn('string', ['a']))).toMatchObject({ min: undefined, max: undefined });
  });

  it('bounds merge over row groups by the type’s own order', () => {
    const cases: [PrimitiveType, CellValue[], CellValue, CellValue][] = [
      ['int', [5, -1, 9], -1, 9],
      ['double', [0, -0, null], -0, 0],
      ['decimal(38,2)', [5n, -7n, 6n], -7n, 6n],
      ['boolean', [true, false, true], false, true],
    ];
    for (const [type, cells, min, max] of cases) expect(encodeColumn(type, cells, 1).stats[0], type).toMatchObject({ min, max });
  });
});

describe('the page index', () => {
  it('says of each page where it is, its first row, bounds and nulls', () => {
    const rows = LIMITS.parquetPageRowsMax * 2 + 5;
    const file = encodeColumn(
      'long',
      Array.from({ length: rows }, (_, i) => (i % 10 === 3 ? null : BigInt(i))),
    );
    const metadata = parquetMetadata(file.bytes);
    const [chunk] = chunksOf(file);
    const { column, offset } = pageIndexOf(file, chunk!, metadata.schema[1]!);
    expect(offset.page_locations.map((page) => Number(page.first_row_index))).toEqual([0, 20_000, 40_000]);
    expect(column).toMatchObject({
      null_pages: [false, false, false],
      boundary_order: 'ASCENDING',
      null_counts: [2000n, 2000n, 1n],
      min_values: [0n, 20_000n, 40_000n],
      max_values: [19_999n, 39_999n, 40_004n],
    });
    const first = offset.page_locations[0]!;
    expect(first.offset).toBe(chunk!.meta_data!.data_page_offset);
    offset.page_locations.slice(1).forEach((page, i) => {
      const before = offset.page_locations[i]!;
      expect(Number(page.offset)).toBe(Number(before.offset) + before.compressed_page_size);
    });
  });

  it('pages stay within a mebibyte and begin at rows', () => {
    const cells = Array.from({ length: 40 }, (_, i) => Array.from({ length: 5 }, (_, j) => `${i}-${j}`.padEnd(30_000, 'x')));
    const file = encodeColumn(listOf(2, 'string'), cells);
    const [chunk] = chunksOf(file);
    const { offset } = pageIndexOf(file, chunk!, parquetMetadata(file.bytes).schema[3]!);
    // A row is 150 kB: seven rows pass the mebibyte.
    expect(offset.page_locations.map((page) => Number(page.first_row_index))).toEqual([0, 7, 14, 21, 28, 35]);
  });

  it('a page of nulls is marked and has no bounds', () => {
    const max = LIMITS.parquetPageRowsMax;
    const file = encodeColumn('int', [...new Array<null>(max).fill(null), 5]);
    const { column } = pageIndexOf(file, chunksOf(file)[0]!, parquetMetadata(file.bytes).schema[1]!);
    expect(column).toMatchObject({ null_pages: [true, false], null_counts: [BigInt(max), 0n] });
    expect(column!.min_values[1]).toBe(5);
  });

  it('order is told: descending, unordered', () => {
    const max = LIMITS.parquetPageRowsMax;
    const orderOf = (values: number[]) => {
      const file = encodeColumn('int', values);
      return pageIndexOf(file, chunksOf(file)[0]!, parquetMetadata(file.bytes).schema[1]!).column!.boundary_order;
    };
    expect(orderOf(Array.from({ length: max * 3 }, (_, i) => -i))).toBe('DESCENDING');
    expect(orderOf(Array.from({ length: max * 3 }, (_, i) => (i < max ? 5 : i < 2 * max ? 9 : 1)))).toBe('UNORDERED');
  });

  it('there is none beside NaN, but pages can be found', () => {
    const file = encodeColumn('float', [1, Number.NaN]);
    const [chunk] = chunksOf(file);
    expect(chunk!.column_index_offset).toBeUndefined();
    expect(pageIndexOf(file, chunk!, parquetMetadata(file.bytes).schema[1]!).offset.page_locations).toHaveLength(1);
  });
});
