// Compression of pages: what is written (the table's codec) and what is read (every codec of other writers but LZO).
// Source: parquet-format, Compression.md.
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { isNotWorthIt } from './looks-random.ts';
import { lz4Decompress, lz4HadoopDecompress } from './lz4.ts';
import type { Codec } from './options.ts';
import { refuse } from './refuse.ts';
import { snappyCompress, snappyDecompress } from './snappy.ts';
import { compressAlone, type ZstdParams, zstdContext } from './zstd-context.ts';
import { rawFrame } from './zstd-frame.ts';

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

/**
 * Window of the default level: 128 KiB. A larger one finds little more with that level's small table, and its buffers, fresh memory for
 * every page, cost more than the matches save: a page of 1 MiB of JSON texts is a fifth faster and no larger.
 */
const ZSTD_WINDOW_LOG = 17;
/** Its table: 4,096 places, which a core's first cache holds. What repeats in a column does so nearby: files are no larger, most are smaller. */
const ZSTD_HASH_LOG = 12;
const ZSTD_DEFAULT: ZstdParams = {
  [constants.ZSTD_c_compressionLevel]: LEVEL_DEFAULT.zstd,
  [constants.ZSTD_c_windowLog]: ZSTD_WINDOW_LOG,
  [constants.ZSTD_c_hashLog]: ZSTD_HASH_LOG,
};
const compressDefault = zstdContext(ZSTD_DEFAULT);
/** Pages below this are stored as they are: compressing costs more than it could save. */
const COMPRESS_BYTES_MIN = 64;
/** Smaller pages go into a frame as they are: a call of the compressor takes ten microseconds, whatever the size. */
const ZSTD_BYTES_MIN = 512;

export interface PageCompression {
  readonly codec: Codec;
  readonly level: number | undefined;
  /** Values that do not repeat in longer pieces: what there is to find shows in single bytes. */
  readonly isDense?: boolean;
}

/** Is nothing to be gained from compressing these bytes alone, whatever they are? */
export function isTooSmall(raw: Buffer | undefined, codec: Codec): boolean {
  return raw === undefined || raw.length < (codec === 'zstd' ? ZSTD_BYTES_MIN : COMPRESS_BYTES_MIN);
}

/** Compresses a page. The result shares no memory with the input. */
export function compressPage(raw: Buffer, how: PageCompression): Buffer {
  const { codec, level, isDense } = how;
  switch (codec) {
    case 'zstd':
      return raw.length < ZSTD_BYTES_MIN || (isDense && isNotWorthIt(raw)) ? rawFrame(raw) : zstdFrame(raw, level);
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

/** A table that asks for a level gets that level's own parameters. It is set explicitly: an unset level is 3. */
function zstdFrame(raw: Buffer, level: number | undefined): Buffer {
  return level === undefined ? compressDefault(raw) : compressAlone(raw, { [constants.ZSTD_c_compressionLevel]: level });
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
