// Walks the pages of a column chunk: header, CRC, decompression. What it hands on has the sizes its headers promise.
// zstd, gzip and brotli are Node's; snappy is hyparquet's. Source: parquet.thrift, PageHeader; Compression.md.
import { brotliDecompressSync, crc32, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { snappyUncompress } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { LIMITS } from '../contract/limits.ts';
import type { FileChunk } from './read-footer.ts';
import { expectFile, parseForeign, refuse } from './refuse.ts';
import { endOfThrift } from './thrift-guard.ts';

export interface DictionaryPage {
  readonly kind: 'dictionary';
  readonly body: Buffer;
  readonly values: number;
  readonly encoding: string;
}

export interface DataPage {
  readonly kind: 'data';
  /** Values including nulls. */
  readonly entries: number;
  readonly encoding: string;
  /** RLE bytes without their length; undefined where the page (V1) has them in `body`, each after its length. */
  readonly levels: { readonly repetition: Buffer; readonly definition: Buffer } | undefined;
  /** Encodings of levels, where the page has any. */
  readonly levelEncodings: readonly [repetition: string, definition: string];
  readonly body: Buffer;
}

type Header = ReturnType<typeof parquetHeader>;

/** Bytes that may still be decompressed for one read: small pages may claim to be large, again and again. */
export interface Budget {
  leftBytes: number;
}

/** Calls `visit` for each dictionary and data page until the chunk's entries are complete. */
export function readPages(
  source: { readonly file: Buffer; readonly budget: Budget },
  chunk: FileChunk,
  visit: (page: DictionaryPage | DataPage) => void,
): void {
  const { file, budget } = source;
  const end = chunk.offset + chunk.sizeBytes;
  let at = chunk.offset;
  let entries = 0;
  while (entries < chunk.entries) {
    expectFile(at < end, `a column chunk ends after ${entries} of ${chunk.entries} entries`);
    const bodyAt = endOfThrift(file, { from: at, to: end });
    const header = readHeader(file, at);
    const stored = file.subarray(bodyAt, bodyAt + sizeOf(header.compressed_page_size));
    at = bodyAt + stored.length;
    expectFile(stored.length === header.compressed_page_size && at <= end, 'a page reaches beyond its column chunk');
    expectFile(header.crc === undefined || (header.crc | 0) === (crc32(stored) | 0), 'a page does not match its CRC');
    budget.leftBytes -= sizeOf(header.uncompressed_page_size);
    expectFile(budget.leftBytes >= 0, `its pages decompress to more than ${LIMITS.parquetDecodedBytesMax} bytes`);
    const page = readPage(header, stored, chunk.codec);
    if (!page) continue;
    if (page.kind === 'data') entries += page.entries;
    expectFile(entries <= chunk.entries, 'the pages of a column chunk have more entries than the chunk');
    visit(page);
  }
}

function readHeader(file: Buffer, at: number): Header {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  return parseForeign('a page header is broken', () => parquetHeader({ view, offset: at }));
}

/** Undefined for an index page, which no reader needs. */
function readPage(header: Header, stored: Buffer, codec: string): DictionaryPage | DataPage | undefined {
  const rawSize = sizeOf(header.uncompressed_page_size);
  if (header.type === 'DICTIONARY_PAGE') {
    const part = header.dictionary_page_header;
    expectFile(part, 'a dictionary page has no header of its kind');
    const body = decompress(stored, rawSize, codec);
    return { kind: 'dictionary', body, values: sizeOf(part.num_values), encoding: String(part.encoding) };
  }
  if (header.type === 'DATA_PAGE') {
    const part = header.data_page_header;
    expectFile(part, 'a data page has no header of its kind');
    return {
      kind: 'data',
      entries: sizeOf(part.num_values),
      encoding: String(part.encoding),
      levels: undefined,
      levelEncodings: [String(part.repetition_level_encoding), String(part.definition_level_encoding)],
      body: decompress(stored, rawSize, codec),
    };
  }
  if (header.type === 'DATA_PAGE_V2') return readPageV2(header, stored, { codec, rawSize });
  expectFile(header.type === 'INDEX_PAGE', 'a page is of no known type');
  return undefined;
}

/** V2 keeps the levels outside compression. */
function readPageV2(header: Header, stored: Buffer, options: { readonly codec: string; readonly rawSize: number }): DataPage {
  const part = header.data_page_header_v2;
  expectFile(part, 'a data page has no header of its kind');
  const repetition = sizeOf(part.repetition_levels_byte_length);
  const levels = repetition + sizeOf(part.definition_levels_byte_length);
  expectFile(levels <= stored.length && levels <= options.rawSize, 'the levels of a page are longer than the page');
  const rest = stored.subarray(levels);
  const rawSize = options.rawSize - levels;
  return {
    kind: 'data',
    entries: sizeOf(part.num_values),
    encoding: String(part.encoding),
    levels: { repetition: stored.subarray(0, repetition), definition: stored.subarray(repetition, levels) },
    levelEncodings: ['RLE', 'RLE'],
    body: part.is_compressed === false || rest.length === 0 ? uncompressed(rest, rawSize) : decompress(rest, rawSize, options.codec),
  };
}

function decompress(stored: Buffer, rawSize: number, codec: string): Buffer {
  expectFile(rawSize <= LIMITS.parquetPageReadBytesMax, `a page of ${rawSize} bytes, at most ${LIMITS.parquetPageReadBytesMax} are read`);
  if (codec === 'UNCOMPRESSED') return uncompressed(stored, rawSize);
  const raw = parseForeign(`a ${codec} page does not decompress to its ${rawSize} bytes`, () => inflate(stored, rawSize, codec));
  expectFile(raw.length === rawSize, `a ${codec} page does not decompress to its ${rawSize} bytes`);
  return raw;
}

function inflate(stored: Buffer, rawSize: number, codec: string): Buffer {
  // zlib takes no limit of 0.
  const limit = { maxOutputLength: Math.max(1, rawSize) };
  switch (codec) {
    case 'ZSTD':
      return zstdDecompressSync(stored, limit);
    case 'GZIP':
      return gunzipSync(stored, limit);
    case 'BROTLI':
      return brotliDecompressSync(stored, limit);
    case 'SNAPPY': {
      const raw = Buffer.alloc(rawSize);
      snappyUncompress(stored, raw);
      return raw;
    }
    default:
      refuse(`the codec ${codec.slice(0, 20)} is not read, expected zstd, snappy, gzip, brotli or none`);
  }
}

function uncompressed(stored: Buffer, rawSize: number): Buffer {
  expectFile(stored.length === rawSize, 'an uncompressed page has not the size it names');
  return stored;
}

function sizeOf(value: number | undefined): number {
  expectFile(value !== undefined && Number.isSafeInteger(value) && value >= 0, 'a page header holds a size that is none');
  return value;
}
