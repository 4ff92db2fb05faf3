// The limits of Parquet files, part of LIMITS (limits.ts). Upholds promise 10 (bounded). Imports nothing.

const MIB = 1024 * 1024;

export const PARQUET_LIMITS = {
  /** Parquet files written: rows and uncompressed bytes of a data page, bytes of a dictionary page, bytes of a bound in statistics. */
  parquetPageRowsMax: 20_000,
  parquetPageBytesTarget: 1 * MIB,
  parquetDictionaryBytesMax: 2 * MIB,
  /** Row groups: values before encoding, by default and at most, and rows. Pages and Bloom filters: the most a table property may ask for. */
  parquetRowGroupBytesTarget: 128 * MIB,
  parquetRowGroupBytesMax: 1024 * MIB,
  parquetRowGroupRowsMax: 1_048_576,
  parquetPageBytesMax: 64 * MIB,
  /** A Bloom filter by default, and at most. */
  parquetBloomBytesMax: 1 * MIB,
  parquetBloomFilterBytesMax: 128 * MIB,
  parquetBoundBytesMax: 64,
  /** Parquet files read: footer, one page after decompression, and all decoded columns with their pages. */
  parquetFooterBytesMax: 64 * MIB,
  parquetPageReadBytesMax: 256 * MIB,
  parquetDecodedBytesMax: 2048 * MIB,
  /** Nesting of a Parquet schema or Thrift structure. */
  parquetDepthMax: 64,
  parquetSchemaElementsMax: 100_000,
} as const;
