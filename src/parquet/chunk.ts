// One column chunk as bytes: dictionary page and data pages, each with header, CRC and zstd; with what footer and page index say of
// it. Offsets count from the start of the chunk; the file adds where the chunk lies.
// Source: parquet.thrift, PageHeader (the CRC covers the page as stored, without its header); Compression.md (zstd).
import { constants, crc32, zstdCompressSync } from 'node:zlib';
import { assertInvariant } from '../errors.ts';
import { type Extremes, mergeExtremes } from './extremes.ts';
import { encodePages, type PageBody } from './pages.ts';
import type { LeafPlan } from './schema-plan.ts';
import type { ShreddedLeaf } from './shred.ts';
import { ThriftWriter } from './thrift.ts';
import { gatherValues, type Values } from './values.ts';

/** Numbers of parquet.thrift. */
export const ENCODING = { plain: 0, rle: 3, rleDictionary: 8 } as const;
export const CODEC = { uncompressed: 0, zstd: 6 } as const;
export const PAGE_TYPE = { data: 0, dictionary: 2 } as const;

/** Chunks below this are stored as they are: compressing costs more than it could save. */
const COMPRESS_BYTES_MIN = 64;

export interface EncodedPage {
  readonly body: PageBody;
  /** From the start of the chunk. */
  readonly offset: number;
  /** Header included. */
  readonly storedBytes: number;
}

export interface EncodedChunk {
  readonly leaf: LeafPlan;
  readonly values: Values;
  readonly parts: readonly Buffer[];
  readonly codec: number;
  readonly storedBytes: number;
  /** Headers included. */
  readonly rawBytes: number;
  readonly dictionaryBytes: number;
  readonly isDictionary: boolean;
  readonly pages: readonly EncodedPage[];
  readonly entries: number;
  readonly nulls: number;
  readonly extremes: Extremes;
}

/** Encodes one column of one row group. */
export function encodeChunk(leaf: LeafPlan, shredded: ShreddedLeaf): EncodedChunk {
  const values = gatherValues(leaf, shredded);
  const body = encodePages(leaf, shredded, values);
  const { dictionary } = body;
  const raw = [...(dictionary ? [dictionary.raw] : []), ...body.pages.map((page) => page.raw)];
  const stored = compressAll(raw);
  const encoding = dictionary ? ENCODING.rleDictionary : ENCODING.plain;
  const headers = raw.map((bytes, i) => {
    const sizes = { raw: bytes, stored: stored.pages[i]! };
    if (dictionary && i === 0) return pageHeader(sizes, { type: PAGE_TYPE.dictionary, values: dictionary.count, encoding: ENCODING.plain });
    return pageHeader(sizes, { type: PAGE_TYPE.data, values: body.pages[dictionary ? i - 1 : i]!.entries, encoding });
  });
  const sizes = headers.map((header, i) => header.length + stored.pages[i]!.length);
  const dictionaryBytes = dictionary ? sizes[0]! : 0;
  let offset = dictionaryBytes;
  const pages = body.pages.map((page, i) => {
    const storedBytes = sizes[dictionary ? i + 1 : i]!;
    offset += storedBytes;
    return { body: page, offset: offset - storedBytes, storedBytes };
  });
  return {
    leaf,
    values,
    parts: headers.flatMap((header, i) => [header, stored.pages[i]!]),
    codec: stored.codec,
    storedBytes: offset,
    rawBytes: headers.reduce((sum, header, i) => sum + header.length + raw[i]!.length, 0),
    dictionaryBytes,
    isDictionary: dictionary !== undefined,
    pages,
    entries: shredded.entries,
    nulls: shredded.entries - values.count,
    extremes: mergeExtremes(
      values,
      body.pages.map((page) => page.extremes),
      leaf.physical.order,
    ),
  };
}

/** A chunk has one codec: zstd for all pages, or none if that would not make it smaller. */
function compressAll(raw: readonly Buffer[]): { readonly codec: number; readonly pages: readonly Buffer[] } {
  const size = raw.reduce((sum, page) => sum + page.length, 0);
  if (size < COMPRESS_BYTES_MIN) return { codec: CODEC.uncompressed, pages: raw };
  // Level 1 is set explicitly: an unset level is 3.
  const pages = raw.map((page) => zstdCompressSync(page, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }));
  const compressed = pages.reduce((sum, page) => sum + page.length, 0);
  return compressed < size ? { codec: CODEC.zstd, pages } : { codec: CODEC.uncompressed, pages: raw };
}

/** PageHeader with its DataPageHeader (field 5) or DictionaryPageHeader (field 7). */
function pageHeader(
  bytes: { readonly raw: Buffer; readonly stored: Buffer },
  page: { readonly type: number; readonly values: number; readonly encoding: number },
): Buffer {
  assertInvariant(bytes.raw.length < 2 ** 31, 'a page is smaller than 2 GiB');
  const thrift = new ThriftWriter();
  thrift.i32(1, page.type);
  thrift.i32(2, bytes.raw.length);
  thrift.i32(3, bytes.stored.length);
  thrift.i32(4, crc32(bytes.stored) | 0);
  thrift.struct(page.type === PAGE_TYPE.data ? 5 : 7, () => {
    thrift.i32(1, page.values);
    thrift.i32(2, page.encoding);
    if (page.type !== PAGE_TYPE.data) return;
    thrift.i32(3, ENCODING.rle);
    thrift.i32(4, ENCODING.rle);
  });
  return thrift.finish();
}
