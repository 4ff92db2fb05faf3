// Compression of pages: what is written (the table's codec) and what is read (every codec of other writers but LZO).
// Source: parquet-format, Compression.md.
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { lz4Decompress, lz4HadoopDecompress } from './lz4.ts';
import type { Codec } from './options.ts';
import { refuse } from './refuse.ts';
import { snappyCompress, snappyDecompress } from './snappy.ts';

/** Numbers of `CompressionCodec` in parquet.thrift. */
export const CODEC = { uncompressed: 0, snappy: 1, gzip: 2, brotli: 4, zstd: 6 } as const;

/** Names by number, as parquet.thrift has them. */
export const CODEC_NAMES: Readonly<Record<number, string>> = {
  0: 'UNCOMPRESSED',
  1: 'SNAPPY',
  2: 'GZIP',
  3: 'LZO',
  4: 'BROTLI',
  5: 'LZ4',
  6: 'ZSTD',
  7: 'LZ4_RAW',
};

/** zstd 1: levels below give larger files for little time, level 3 takes several times as long for the same size. */
const LEVEL_DEFAULT = { zstd: 1, gzip: 6, brotli: 4 } as const;

/** Node's smallest size of a piece of output. */
const ZSTD_CHUNK_MIN = 64;
/** Larger output comes in pieces, so that what a page compresses to does not keep the room it might have needed. */
const ZSTD_CHUNK_MAX = 65_536;
/** What zstd adds to what it cannot compress: a header and three bytes per 128 KiB. Source: zstd.h, ZSTD_COMPRESSBOUND. */
const ZSTD_GROWTH = 1024;

/** Compresses a page. The result shares no memory with the input. */
export function compressPage(raw: Buffer, how: { readonly codec: Codec; readonly level: number | undefined }): Buffer {
  const { codec, level } = how;
  switch (codec) {
    case 'zstd':
      // The level is set explicitly: an unset level is 3.
      return zstdCompressSync(raw, {
        params: { [constants.ZSTD_c_compressionLevel]: level ?? LEVEL_DEFAULT.zstd },
        // Output in one piece where it is small, and tables no larger than the page needs: half the cost of a small page.
        chunkSize: Math.min(ZSTD_CHUNK_MAX, Math.max(ZSTD_CHUNK_MIN, raw.length + ZSTD_GROWTH)),
        pledgedSrcSize: raw.length,
      });
    case 'gzip':
      return gzipSync(raw, { level: level ?? LEVEL_DEFAULT.gzip });
    case 'brotli':
      return brotliCompressSync(raw, {
        params: { [constants.BROTLI_PARAM_QUALITY]: level ?? LEVEL_DEFAULT.brotli, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length },
      });
    case 'snappy':
      return snappyCompress(raw);
    case 'uncompressed':
      return Buffer.from(raw);
  }
}

/** Decompresses a page of at most `size` bytes; what broken input throws is the caller's to name. */
export function decompressPage(stored: Buffer, size: number, codec: string): Buffer {
  // zlib takes no limit of 0.
  const limit = { maxOutputLength: Math.max(1, size) };
  switch (codec) {
    case 'ZSTD':
      return zstdDecompressSync(stored, limit);
    case 'GZIP':
      return gunzipSync(stored, limit);
    case 'BROTLI':
      return brotliDecompressSync(stored, limit);
    case 'SNAPPY':
      return snappyDecompress(stored, size);
    case 'LZ4':
      return lz4HadoopDecompress(stored, size);
    case 'LZ4_RAW':
      return lz4Decompress(stored, size);
    default:
      refuse(`the codec ${codec.slice(0, 20)} is not read, expected zstd, snappy, gzip, brotli, LZ4 or none`);
  }
}
