// Walks the pages of a column chunk: header, CRC, decompression. What it hands on has the sizes its headers promise.
// Source: parquet.thrift, PageHeader; Compression.md.
import { crc32 } from 'node:zlib';
import { LIMITS } from '../contract/limits.ts';
import { decompressPage } from './codecs.ts';
import { PAGE_TYPE } from './page-header.ts';
import type { FileChunk } from './read-footer.ts';
import { expectFile, parseForeign } from './refuse.ts';
import { readThrift, type ThriftStruct } from './thrift-read.ts';

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
    const { value: header, end: bodyAt } = readThrift(file, { from: at, to: end });
    const storedSize = sizeOf(header.number(3));
    const stored = file.subarray(bodyAt, bodyAt + storedSize);
    at = bodyAt + stored.length;
    expectFile(stored.length === storedSize && at <= end, 'a page reaches beyond its column chunk');
    const crc = header.number(4);
    expectFile(crc === undefined || (crc | 0) === (crc32(stored) | 0), 'a page does not match its CRC');
    budget.leftBytes -= sizeOf(header.number(2));
    expectFile(budget.leftBytes >= 0, `its pages decompress to more than ${LIMITS.parquetDecodedBytesMax} bytes`);
    const page = readPage(header, stored, chunk.codec);
    if (!page) continue;
    if (page.kind === 'data') entries += page.entries;
    expectFile(entries <= chunk.entries, 'the pages of a column chunk have more entries than the chunk');
    visit(page);
  }
}

/** Encodings by number, as parquet.thrift names them. */
const ENCODING_NAMES: Readonly<Record<number, string>> = {
  0: 'PLAIN',
  2: 'PLAIN_DICTIONARY',
  3: 'RLE',
  4: 'BIT_PACKED',
  5: 'DELTA_BINARY_PACKED',
  6: 'DELTA_LENGTH_BYTE_ARRAY',
  7: 'DELTA_BYTE_ARRAY',
  8: 'RLE_DICTIONARY',
  9: 'BYTE_STREAM_SPLIT',
};

function encodingOf(number: number | undefined): string {
  return ENCODING_NAMES[number ?? -1] ?? `numbered ${number}`;
}

/** Undefined for an index page, which no reader needs. Field numbers are those of PageHeader and its parts. */
function readPage(header: ThriftStruct, stored: Buffer, codec: string): DictionaryPage | DataPage | undefined {
  const rawSize = sizeOf(header.number(2));
  switch (header.number(1)) {
    case PAGE_TYPE.dictionary: {
      const part = header.struct(7);
      expectFile(part, 'a dictionary page has no header of its kind');
      const body = decompress(stored, rawSize, codec);
      return { kind: 'dictionary', body, values: sizeOf(part.number(1)), encoding: encodingOf(part.number(2)) };
    }
    case PAGE_TYPE.data: {
      const part = header.struct(5);
      expectFile(part, 'a data page has no header of its kind');
      return {
        kind: 'data',
        entries: sizeOf(part.number(1)),
        encoding: encodingOf(part.number(2)),
        levels: undefined,
        levelEncodings: [encodingOf(part.number(4)), encodingOf(part.number(3))],
        body: decompress(stored, rawSize, codec),
      };
    }
    case PAGE_TYPE.dataV2:
      return readPageV2(header, stored, { codec, rawSize });
    default:
      expectFile(header.number(1) === PAGE_TYPE.index, 'a page is of no known type');
      return undefined;
  }
}

/** V2 keeps the levels outside compression. */
function readPageV2(header: ThriftStruct, stored: Buffer, options: { readonly codec: string; readonly rawSize: number }): DataPage {
  const part = header.struct(8);
  expectFile(part, 'a data page has no header of its kind');
  const repetition = sizeOf(part.number(6));
  const levels = repetition + sizeOf(part.number(5));
  expectFile(levels <= stored.length && levels <= options.rawSize, 'the levels of a page are longer than the page');
  const rest = stored.subarray(levels);
  const rawSize = options.rawSize - levels;
  return {
    kind: 'data',
    entries: sizeOf(part.number(1)),
    encoding: encodingOf(part.number(4)),
    levels: { repetition: stored.subarray(0, repetition), definition: stored.subarray(repetition, levels) },
    levelEncodings: ['RLE', 'RLE'],
    body: part.boolean(7) === false || rest.length === 0 ? uncompressed(rest, rawSize) : decompress(rest, rawSize, options.codec),
  };
}

function decompress(stored: Buffer, rawSize: number, codec: string): Buffer {
  expectFile(rawSize <= LIMITS.parquetPageReadBytesMax, `a page of ${rawSize} bytes, at most ${LIMITS.parquetPageReadBytesMax} are read`);
  if (codec === 'UNCOMPRESSED') return uncompressed(stored, rawSize);
  const raw = parseForeign(`a ${codec} page does not decompress to its ${rawSize} bytes`, () => decompressPage(stored, rawSize, codec));
  expectFile(raw.length === rawSize, `a ${codec} page does not decompress to its ${rawSize} bytes`);
  return raw;
}

function uncompressed(stored: Buffer, rawSize: number): Buffer {
  expectFile(stored.length === rawSize, 'an uncompressed page has not the size it names');
  return stored;
}

function sizeOf(value: number | undefined): number {
  expectFile(value !== undefined && Number.isSafeInteger(value) && value >= 0, 'a page header holds a size that is none');
  return value;
}
