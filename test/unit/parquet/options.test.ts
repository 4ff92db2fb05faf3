import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { PARQUET_DEFAULTS, parquetOptions } from '../../../src/parquet/options.ts';

describe('writer options from table properties', () => {
  it('are the defaults for a table that says nothing', () => {
    expect(parquetOptions({ 'write.format.default': 'parquet' })).toEqual(PARQUET_DEFAULTS);
  });

  it('take codec, level and sizes as the table says them', () => {
    const options = parquetOptions({
      'write.parquet.compression-codec': 'GZIP',
      'write.parquet.compression-level': '9',
      'write.parquet.page-version': 'v2',
      'write.parquet.row-group-size-bytes': '1000000',
      'write.parquet.page-size-bytes': '65536',
      'write.parquet.page-row-limit': '500',
      'write.parquet.dict-size-bytes': '4096',
      'write.parquet.bloom-filter-max-bytes': '2048',
      'write.parquet.dict-encoding-enabled.column.a.b': 'false',
    });
    expect(options).toMatchObject({ codec: 'gzip', level: 9, pageVersion: 2, rowGroupBytes: 1_000_000, pageBytes: 65_536 });
    expect(options).toMatchObject({ pageRows: 500, dictionaryBytes: 4096, bloomBytesMax: 2048 });
    expect([...options.dictionaryOff]).toEqual(['a.b']);
  });

  it('keep the default where a value is none of its property', () => {
    const options = parquetOptions({
      'write.parquet.compression-codec': 'lzo',
      'write.parquet.compression-level': '23',
      'write.parquet.page-version': '3',
      'write.parquet.page-size-bytes': '-1',
      'write.parquet.page-row-limit': '1e3',
      'write.parquet.row-group-size-bytes': String(LIMITS.parquetRowGroupBytesMax + 1),
    });
    expect(options).toEqual(PARQUET_DEFAULTS);
  });

  it('give each column its own Bloom filter setting', () => {
    const { bloomColumns } = parquetOptions({
      'write.parquet.bloom-filter-enabled.column.a': 'true',
      'write.parquet.bloom-filter-enabled.column.b': 'TRUE',
      'write.parquet.bloom-filter-fpp.column.b': '0.001',
      'write.parquet.bloom-filter-ndv.column.b': '77',
      'write.parquet.bloom-filter-enabled.column.c': 'false',
      'write.parquet.bloom-filter-enabled.column.d': 'true',
      'write.parquet.bloom-filter-fpp.column.d': '2',
    });
    expect([...bloomColumns]).toEqual([
      ['a', { fpp: 0.01, distinct: undefined }],
      ['b', { fpp: 0.001, distinct: 77 }],
      ['d', { fpp: 0.01, distinct: undefined }],
    ]);
  });
});
