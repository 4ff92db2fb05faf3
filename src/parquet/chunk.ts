// One column chunk as bytes, page by page: dictionary page and data pages, each with header, CRC and compression; with what footer and
// page index say of it. Offsets count from the start of the chunk; the file adds where the chunk lies. Memory: the column's values and
// one page; the bytes go to the sink as they are made, those of a single page after it is known whether compressing paid.
// Source: parquet.thrift, PageHeader (the CRC covers the page as stored, without its header); Compression.md.
import { assertInvariant } from '../errors.ts';
import { bloomOf } from './bloom.ts';
import { CODEC, compressPage, isTooSmall } from './codecs.ts';
import { buildDictionary, type Dictionary, NO_DICTIONARY } from './dictionary.ts';
import { chooseEncoding, ENCODING, type Encoding } from './encodings.ts';
import { type Extremes, mergeExtremes } from './extremes.ts';
import { COPIED_BYTES_MAX } from './file-parts.ts';
import type { KernelPlace } from './kernels.ts';
import type { ParquetOptions } from './options.ts';
import { dictionaryHeader, pageHeader } from './page-header.ts';
import { encodePage, type PageBody, type PageContext, splitPages } from './pages.ts';
import { plainBytes, writePlain } from './plain.ts';
import type { LeafPlan } from './schema-plan.ts';
import type { ShreddedLeaf } from './shred.ts';
import { gatherValues, type Values } from './values.ts';

export interface EncodedPage extends PageBody {
  /** From the start of the chunk. */
  readonly offset: number;
  /** Header included. */
  readonly storedBytes: number;
}

export interface EncodedChunk {
  readonly leaf: LeafPlan;
  readonly shredded: ShreddedLeaf;
  readonly values: Values;
  /** Number of `CompressionCodec`. */
  readonly codec: number;
  readonly encoding: Encoding;
  readonly pageVersion: 1 | 2;
  readonly storedBytes: number;
  /** Headers included. */
  readonly rawBytes: number;
  readonly dictionaryBytes: number;
  readonly pages: readonly EncodedPage[];
  readonly entries: number;
  readonly nulls: number;
  readonly extremes: Extremes;
  /** Distinct values, if somebody counted them to the end. */
  readonly distinct: number | undefined;
  readonly bloom: Buffer | undefined;
}

/** What chunks of one row group share. */
export interface ChunkContext extends KernelPlace {
  readonly options: ParquetOptions;
}

/** Encodes one column of one row group; `sink` gets its bytes in order. What it takes of the room is the caller's to give back. */
export function encodeChunk(
  context: ChunkContext,
  column: { readonly leaf: LeafPlan; readonly shredded: ShreddedLeaf },
  sink: (part: Buffer) => void,
): EncodedChunk {
  const { leaf, shredded } = column;
  const { options, kernels, room } = context;
  const values = gatherValues(leaf, shredded, context);
  const { dictionary, distinct } = options.dictionaryOff.has(leaf.name)
    ? NO_DICTIONARY
    : buildDictionary(values, { kernels, room, bytesMax: options.dictionaryBytes, numbered: shredded.numbered });
  const encoding = chooseEncoding(values, { dictionary, pageVersion: options.pageVersion });
  const dictionaryRaw = dictionary && encodeDictionary(dictionary, context);
  const writer = { values, dictionary, dictionaryExtremes: dictionaryRaw?.extremes, encoding, kernels };
  const spans = splitPages(leaf, shredded, {
    values,
    idWidth: dictionary?.width,
    pageRows: options.pageRows,
    pageBytes: options.pageBytes,
  });
  const pageContext: PageContext = { leaf, shredded, writer, pageVersion: options.pageVersion, room };
  const written =
    spans.length === 1
      ? writeOnlyPage(pageContext, { options, dictionaryRaw, span: spans[0]! }, sink)
      : writePages(pageContext, { options, dictionaryRaw, spans }, sink);
  const entries = written.pages.reduce((sum, page) => sum + page.span.entries.to - page.span.entries.from, 0);
  assertInvariant(entries === shredded.entries, 'the pages of a chunk hold all its entries');
  return {
    leaf,
    shredded,
    values,
    encoding,
    pageVersion: options.pageVersion,
    ...written,
    entries,
    nulls: entries - values.count,
    extremes: mergeExtremes(
      values,
      written.pages.map((page) => page.extremes),
      leaf.physical.order,
    ),
    distinct,
    bloom: bloomOf(leaf, options, { values, dictionary }),
  };
}

interface DictionaryPage {
  readonly raw: Buffer;
  readonly count: number;
  /** Of strings and binaries by unsigned order, as positions into the column's values. */
  readonly extremes: Extremes | undefined;
}

/** The dictionary page: distinct values, PLAIN. */
function encodeDictionary({ entries, first }: Dictionary, { kernels, room }: ChunkContext): DictionaryPage {
  const all = { from: 0, to: entries.count };
  const size = plainBytes(entries, all);
  const out = room.bytes(size);
  const raw = out.subarray(0, size);
  const { count } = entries;
  if (entries.kind !== 'bytes') {
    assertInvariant(writePlain(entries, all, { out, at: 0 }) === size, 'a dictionary page has its computed size');
    return { raw, count, extremes: undefined };
  }
  const found = { min: -1, max: -1 };
  const end = kernels.copyStrings(entries, { ...all, prefixed: entries.fixed === undefined }, { out, at: 0 }, found);
  assertInvariant(end === size, 'a dictionary page has its computed size');
  return { raw, count, extremes: { min: first[found.min]!, max: first[found.max]!, nanCount: 0 } };
}

interface WrittenPages {
  readonly codec: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly dictionaryBytes: number;
  readonly pages: readonly EncodedPage[];
}

/** Of a chunk of one page the codec is decided by what it saves, the dictionary page included. */
function writeOnlyPage(
  context: PageContext,
  chunk: { readonly options: ParquetOptions; readonly dictionaryRaw: DictionaryPage | undefined; readonly span: PageBody['span'] },
  sink: (part: Buffer) => void,
): WrittenPages {
  const { options, dictionaryRaw } = chunk;
  const page = encodePage(context, { span: chunk.span, isOnlyPage: true });
  const rawSize = page.raw.length + (dictionaryRaw?.raw.length ?? 0);
  const plain = { ...options, codec: 'uncompressed' } as const;
  const isSmall = isTooSmall(page.raw, options.codec) && isTooSmall(dictionaryRaw?.raw, options.codec);
  if (options.codec !== 'uncompressed' && !isSmall) {
    const dictionary = dictionaryRaw && compressPage(dictionaryRaw.raw, options);
    const stored = storePage(page, context, options);
    if (stored.length + (dictionary?.length ?? 0) < rawSize) {
      return emit(context, { codec: CODEC[options.codec], dictionaryRaw, dictionary, pages: [{ page, stored }] }, sink);
    }
  }
  return emit(
    context,
    {
      codec: CODEC.uncompressed,
      dictionaryRaw,
      dictionary: dictionaryRaw && ownBytes(dictionaryRaw.raw),
      pages: [{ page, stored: storePage(page, context, plain) }],
    },
    sink,
  );
}

/** Chunks of several pages are always compressed, a page at a time. */
function writePages(
  context: PageContext,
  chunk: {
    readonly options: ParquetOptions;
    readonly dictionaryRaw: DictionaryPage | undefined;
    readonly spans: readonly PageBody['span'][];
  },
  sink: (part: Buffer) => void,
): WrittenPages {
  const { options, dictionaryRaw } = chunk;
  const dictionary = dictionaryRaw && compressPage(dictionaryRaw.raw, options);
  const { room } = context;
  function* pages() {
    for (const span of chunk.spans) {
      const to = room.mark();
      const page = encodePage(context, { span, isOnlyPage: false });
      yield { page, stored: storePage(page, context, options) };
      room.reset(to);
    }
  }
  return emit(context, { codec: CODEC[options.codec], dictionaryRaw, dictionary, pages: pages() }, sink);
}

/** The room's memory is used again for the next chunk; small parts are copied as they go. */
function ownBytes(raw: Buffer): Buffer {
  return raw.length <= COPIED_BYTES_MAX ? raw : Buffer.from(raw);
}

type RawPage = ReturnType<typeof encodePage>;

/** The page as stored; levels of V2 pages stay uncompressed in front. */
function storePage(page: RawPage, context: PageContext, how: Pick<ParquetOptions, 'codec' | 'level'>): Buffer {
  const levels = context.pageVersion === 1 ? 0 : page.repetitionBytes + page.definitionBytes;
  const { values, encoding } = context.writer;
  const isDense = encoding === ENCODING.rleDictionary || (values.kind === 'bytes' && values.fixed !== undefined);
  if (how.codec === 'uncompressed') return ownBytes(page.raw);
  if (levels === 0) return compressPage(page.raw, { ...how, isDense });
  return Buffer.concat([page.raw.subarray(0, levels), compressPage(page.raw.subarray(levels), { ...how, isDense })]);
}

function emit(
  context: PageContext,
  chunk: {
    readonly codec: number;
    readonly dictionaryRaw: DictionaryPage | undefined;
    readonly dictionary: Buffer | undefined;
    readonly pages: Iterable<{ readonly page: RawPage; readonly stored: Buffer }>;
  },
  sink: (part: Buffer) => void,
): WrittenPages {
  const { encoding } = context.writer;
  let storedBytes = 0;
  let rawBytes = 0;
  const put = (header: Buffer, stored: Buffer, rawSize: number): number => {
    sink(header);
    sink(stored);
    storedBytes += header.length + stored.length;
    rawBytes += header.length + rawSize;
    return header.length + stored.length;
  };
  const { dictionaryRaw, dictionary } = chunk;
  let dictionaryBytes = 0;
  if (dictionaryRaw && dictionary) {
    dictionaryBytes = put(
      dictionaryHeader({ raw: dictionaryRaw.raw, stored: dictionary }, dictionaryRaw.count),
      dictionary,
      dictionaryRaw.raw.length,
    );
  }
  const pages: EncodedPage[] = [];
  for (const { page, stored } of chunk.pages) {
    const { raw, ...body } = page;
    const offset = storedBytes;
    const header = pageHeader({ raw, stored }, body, {
      encoding,
      version: context.pageVersion,
      isCompressed: chunk.codec !== CODEC.uncompressed,
    });
    pages.push({ ...body, offset, storedBytes: put(header, stored, raw.length) });
  }
  assertInvariant(encoding === ENCODING.rleDictionary || dictionaryBytes === 0, 'only a dictionary encoded chunk has a dictionary page');
  return { codec: chunk.codec, storedBytes, rawBytes, dictionaryBytes, pages };
}
