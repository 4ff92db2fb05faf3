import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { describe, expect, it } from 'vitest';
import { buildColumns, readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { CellValue, IcebergType, StructType } from '../../../src/contract/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { CREATED_BY } from '../../../src/parquet/footer.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import { readFooter } from '../../../src/parquet/read-footer.ts';
import type { EncodedFile } from '../../../src/parquet/types.ts';
import { ALL_TYPES, ALL_TYPES_ROWS, field, listOf, structOf } from './all-types.ts';

function encodeRows(schema: StructType, rows: readonly (readonly CellValue[])[], rowGroupRowsMax?: number): EncodedFile {
  return encodeParquet({ schema, columns: buildColumns(schema, rows), ...(rowGroupRowsMax === undefined ? {} : { rowGroupRowsMax }) });
}

function encodingsOf(type: IcebergType, cells: readonly CellValue[]): string[] {
  const file = encodeRows(
    structOf(field(1, 'c', type)),
    cells.map((cell) => [cell]),
  );
  return parquetMetadata(file.bytes).row_groups[0]!.columns[0]!.meta_data!.encodings!;
}

async function readBack(bytes: Buffer, schema: StructType): Promise<CellValue[][]> {
  const set = await readColumns(bytes, schema);
  return Array.from({ length: set.rows }, (_, row) => readRow(set, layoutOf(schema), row));
}

const strip = (cells: unknown): unknown =>
  cells instanceof Uint8Array ? Buffer.from(cells).toString('hex') : Array.isArray(cells) ? cells.map(strip) : cells;

describe('a file', () => {
  it('of every type reads back cell by cell', async () => {
    const { bytes } = encodeRows(ALL_TYPES, ALL_TYPES_ROWS);
    expect(strip(await readBack(bytes, ALL_TYPES))).toEqual(strip(ALL_TYPES_ROWS));
  });

  it('without rows has a schema, no row group and zero counts', async () => {
    const file = encodeRows(ALL_TYPES, []);
    expect(file).toMatchObject({ recordCount: 0, splitOffsets: [] });
    for (const stats of file.stats) expect(stats).toMatchObject({ valueCount: 0, nullCount: 0, columnSizeBytes: 0 });
    expect(readFooter(file.bytes).rowGroups).toEqual([]);
    expect((await readColumns(file.bytes, ALL_TYPES)).rows).toBe(0);
  });

  it('names its writer with the version of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(CREATED_BY).toMatch(new RegExp(`^firn version ${version.replaceAll('.', '\\.')} \\(build \\w+\\)$`));
    expect(readFooter(encodeRows(ALL_TYPES, []).bytes).createdBy).toBe(CREATED_BY);
  });

  it('carries key-value metadata', () => {
    const columns = buildColumns(ALL_TYPES, []);
    const { bytes } = encodeParquet({ schema: ALL_TYPES, columns, metadata: { 'iceberg.schema': '{"ü":1}', empty: '' } });
    expect([...readFooter(bytes).metadata]).toEqual([
      ['iceberg.schema', '{"ü":1}'],
      ['empty', ''],
    ]);
  });

  it('carries the key-value metadata of the request at hand, also of an object that changed since the file before', () => {
    const columns = buildColumns(ALL_TYPES, []);
    const metadata: Record<string, string> = { a: '1', b: '2' };
    const carried = () => Object.fromEntries(readFooter(encodeParquet({ schema: ALL_TYPES, columns, metadata }).bytes).metadata);
    expect(carried()).toEqual(metadata);
    metadata.a = '3';
    expect(carried()).toEqual(metadata);
    delete metadata.b;
    expect(carried()).toEqual(metadata);
    metadata.c = '3';
    expect(carried()).toEqual(metadata);
  });

  it('is the same bytes for the same request', () => {
    expect(encodeRows(ALL_TYPES, ALL_TYPES_ROWS).bytes.equals(encodeRows(ALL_TYPES, ALL_TYPES_ROWS).bytes)).toBe(true);
  });

  it('takes only the rows asked for, in their order, also twice', async () => {
    const schema = structOf(field(1, 'n', 'int'), field(2, 'l', listOf(3, 'string')));
    const rows: CellValue[][] = [
      [1, ['a']],
      [2, null],
      [3, ['b', 'c']],
    ];
    const { bytes } = encodeParquet({ schema, columns: buildColumns(schema, rows), order: Uint32Array.of(2, 0, 2) });
    expect(await readBack(bytes, schema)).toEqual([rows[2], rows[0], rows[2]]);
    const outside = () => encodeParquet({ schema, columns: buildColumns(schema, rows), order: Uint32Array.of(3) });
    expect(outside).toThrow('a row to encode is a row of the batch');
  });

  it('can be read one row group at a time', async () => {
    const schema = structOf(field(1, 'n', 'int'), field(2, 'l', listOf(3, 'string')));
    const rows = Array.from({ length: 25 }, (_, i): CellValue[] => [i, i % 2 === 0 ? null : [`${i}`, null]]);
    const { bytes } = encodeRows(schema, rows, 10);
    const parts: CellValue[][] = [];
    for (const [group] of readFooter(bytes).rowGroups.entries()) {
      const set = await readColumns(bytes, schema, { rowGroups: [group] });
      for (let row = 0; row < set.rows; row++) parts.push(readRow(set, layoutOf(schema), row));
    }
    expect(parts).toEqual(rows);
    await expect(readColumns(bytes, schema, { rowGroups: [3] })).rejects.toThrow('a row group to read is one of the file');
  });

  it('leaves out columns of type unknown and groups of nothing else', async () => {
    const schema = structOf(field(1, 'n', 'int'), field(2, 'u', 'unknown'), field(3, 's', structOf(field(4, 'u', 'unknown'))));
    const { bytes, stats } = encodeRows(schema, [[1, null, null]]);
    expect(stats.map((each) => each.fieldId)).toEqual([1]);
    expect(readFooter(bytes).root.children.map((node) => node.element.name)).toEqual(['n']);
    expect(await readBack(bytes, schema)).toEqual([[1, null, null]]);
  });

  it('adds up: pages, chunks, row groups, CRC of every page', () => {
    const rows = Array.from({ length: 5000 }, (_, i): CellValue[] => ALL_TYPES_ROWS[i % 4]!.map((cell, c) => (c === 0 ? BigInt(i) : cell)));
    const file = encodeRows(ALL_TYPES, rows, 2000);
    const view = new DataView(file.bytes.buffer, file.bytes.byteOffset, file.bytes.length);
    let at = 4;
    let pages = 0;
    for (const group of parquetMetadata(file.bytes).row_groups) {
      expect(Number(group.file_offset)).toBe(at);
      const groupStart = at;
      let rawTotal = 0;
      for (const { meta_data: meta } of group.columns) {
        const reader = { view, offset: at };
        const end = at + Number(meta!.total_compressed_size);
        expect(Number(meta!.dictionary_page_offset ?? meta!.data_page_offset)).toBe(at);
        let raw = 0;
        let firstData: number | undefined;
        while (reader.offset < end) {
          const start = reader.offset;
          const header = parquetHeader(reader);
          expect(header.type === 'DICTIONARY_PAGE' || header.type === 'DATA_PAGE').toBe(true);
          const body = file.bytes.subarray(reader.offset, reader.offset + header.compressed_page_size);
          expect(header.crc).toBe(crc32(body) | 0);
          if (header.type === 'DATA_PAGE') firstData ??= start;
          raw += reader.offset - start + header.uncompressed_page_size;
          reader.offset += header.compressed_page_size;
          pages++;
        }
        expect(reader.offset).toBe(end);
        expect(firstData).toBe(Number(meta!.data_page_offset));
        expect(raw).toBe(Number(meta!.total_uncompressed_size));
        rawTotal += raw;
        at = end;
      }
      expect(Number(group.total_compressed_size)).toBe(at - groupStart);
      expect(Number(group.total_byte_size)).toBe(rawTotal);
    }
    expect(pages).toBeGreaterThan(3 * file.stats.length);
  });

  it('reads in hyparquet by itself', async () => {
    const schema = structOf(field(1, 'n', 'long', true), field(2, 's', 'string'), field(3, 'l', listOf(4, 'int')));
    const rows = Array.from({ length: 100 }, (_, i): CellValue[] => [
      BigInt(i),
      i % 3 === 0 ? null : `v${i % 5}`,
      i % 4 === 0 ? [] : [i, null],
    ]);
    const { bytes } = encodeRows(schema, rows);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const { zstdDecompressSync } = await import('node:zlib');
    const objects = await parquetReadObjects({ file, compressors: { ZSTD: (page) => zstdDecompressSync(page) } });
    expect(objects).toEqual(rows.map(([n, s, l]) => ({ n, s: s ?? null, l })));
  });
});

describe('a dictionary', () => {
  const many = (count: number, distinct: number) => Array.from({ length: count }, (_, i) => `value number ${(i * 7919) % distinct}`);

  it('is used where values repeat, of every kind', () => {
    const repeat = <T>(values: T[]) => Array.from({ length: 1000 }, (_, i) => values[i % values.length]!);
    const cases: [IcebergType, CellValue[]][] = [
      ['string', many(1000, 10)],
      ['int', repeat([1, 2])],
      ['long', repeat([1n, 2n ** 40n, null])],
      ['double', repeat([1.5, Number.NaN, -0, 0])],
      ['float', repeat([1.5, -0, 0])],
      ['uuid', repeat([Buffer.alloc(16, 1), Buffer.alloc(16, 2)])],
      ['decimal(38,0)', repeat([1n, -1n])],
    ];
    for (const [type, cells] of cases) expect(encodingsOf(type, cells), String(type)).toContain('RLE_DICTIONARY');
  });

  it('keeps both zeros and NaN apart', async () => {
    const schema = structOf(field(1, 'd', 'double'));
    const rows = Array.from({ length: 400 }, (_, i) => [[0, -0, Number.NaN, 1][i % 4]!]);
    expect(await readBack(encodeRows(schema, rows).bytes, schema)).toEqual(rows);
  });

  it('is given up where it saves less than a quarter, where all values differ, and for booleans', () => {
    expect(encodingsOf('string', many(3000, 2500))).not.toContain('RLE_DICTIONARY');
    expect(
      encodingsOf(
        'long',
        Array.from({ length: 3000 }, (_, i) => BigInt(i)),
      ),
    ).not.toContain('RLE_DICTIONARY');
    expect(
      encodingsOf(
        'boolean',
        Array.from({ length: 3000 }, (_, i) => i % 2 === 0),
      ),
    ).not.toContain('RLE_DICTIONARY');
  });

  it('counts its own page: four distinct values in five are not worth one', () => {
    const cells = Array.from({ length: 3000 }, (_, i) => `a value of some length, number ${i % 5 === 0 ? Math.max(0, i - 1) : i}`);
    expect(encodingsOf('string', cells)).not.toContain('RLE_DICTIONARY');
    const half = cells.map((_, i) => cells[i - (i % 2)]!);
    expect(encodingsOf('string', half)).toContain('RLE_DICTIONARY');
  });

  it('keeps 64-bit values apart that differ in one half only', async () => {
    const schema = structOf(field(1, 'n', 'long'));
    const rows = Array.from({ length: 2000 }, (_, i): CellValue[] => [i % 2 === 0 ? BigInt(i % 500) << 32n : BigInt(i % 500)]);
    const { bytes } = encodeRows(schema, rows);
    expect(parquetMetadata(bytes).row_groups[0]!.columns[0]!.meta_data!.encodings).toContain('RLE_DICTIONARY');
    expect(await readBack(bytes, schema)).toEqual(rows);
  });

  it('is given up when its page would pass the limit of bytes', () => {
    // Each distinct value four times in a row; with its length of 4 bytes one more than fits.
    const distinct = LIMITS.parquetDictionaryBytesMax / 1024 + 1;
    const cells = Array.from({ length: distinct * 4 }, (_, i) => `${Math.floor(i / 4)}`.padEnd(1020, 'x'));
    expect(encodingsOf('string', cells)).not.toContain('RLE_DICTIONARY');
    expect(
      encodingsOf(
        'string',
        cells.map((cell) => cell.slice(0, 1000)),
      ),
    ).toContain('RLE_DICTIONARY');
  });

  it('of one value, over pages of nulls, and over several pages reads back', async () => {
    const schema = structOf(field(1, 's', 'string'));
    const one = Array.from({ length: 50_000 }, (_, i) => [i > 25_000 && i < 48_000 ? null : 'same']);
    expect(await readBack(encodeRows(schema, one).bytes, schema)).toEqual(one);
    const several = Array.from({ length: 45_000 }, (_, i) => [`v${Math.floor(i / 100) % 300}`]);
    expect(await readBack(encodeRows(schema, several).bytes, schema)).toEqual(several);
  });
});
