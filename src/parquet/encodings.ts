// Which encoding a column chunk has, and its values as bytes. V1 pages have PLAIN or RLE_DICTIONARY, what every engine in use reads by
// default: Iceberg's vectorised reader refused the delta encodings through 1.10 (docs/parquet.md has the evidence by engine). V2 pages,
// on a table's demand, have the delta encodings where there is no dictionary. Source: parquet-format, Encodings.md.
import type { Dictionary } from './dictionary.ts';
import { wordsOf } from './dictionary.ts';
import { type Extremes, extremesAt, findExtremes } from './extremes.ts';
import { hybridBytesMax } from './hybrid.ts';
import { deltaBytesMax } from './kernel-delta.ts';
import type { Kernels, Span, Target } from './kernels.ts';
import type { PhysicalType } from './physical.ts';
import { plainBytes, writePlain } from './plain.ts';
import type { ByteValues, Values } from './values.ts';

/** Numbers of `Encoding` in parquet.thrift. */
export const ENCODING = { plain: 0, rle: 3, deltaBinary: 5, deltaLength: 6, rleDictionary: 8 } as const;
/** Of values; levels are RLE. */
export type Encoding = Exclude<(typeof ENCODING)[keyof typeof ENCODING], typeof ENCODING.rle>;

/** The encoding of a chunk's data pages. */
export function chooseEncoding(
  values: Values,
  how: { readonly dictionary: Dictionary | undefined; readonly pageVersion: 1 | 2 },
): Encoding {
  if (how.dictionary) return ENCODING.rleDictionary;
  if (how.pageVersion === 1) return ENCODING.plain;
  switch (values.kind) {
    case 'i32':
    case 'i64':
      return ENCODING.deltaBinary;
    case 'bytes':
      return values.fixed === undefined ? ENCODING.deltaLength : ENCODING.plain;
    case 'bool':
    case 'f32':
    case 'f64':
      return ENCODING.plain;
  }
}

export interface ValueWriter {
  readonly values: Values;
  readonly dictionary: Dictionary | undefined;
  /** By unsigned order, of all values: found while the dictionary page of strings was written. */
  readonly dictionaryExtremes: Extremes | undefined;
  readonly encoding: Encoding;
  readonly kernels: Kernels;
}

/** Most bytes that `writeValues` needs. */
export function valueBytesMax(writer: ValueWriter, span: Span): number {
  const count = span.to - span.from;
  switch (writer.encoding) {
    case ENCODING.rleDictionary:
      return 1 + hybridBytesMax(count, writer.dictionary!.width);
    case ENCODING.deltaBinary:
      return deltaBytesMax(count, writer.values.kind === 'i64' ? 2 : 1);
    case ENCODING.deltaLength:
      return deltaBytesMax(count, 1) + plainBytes(writer.values, span);
    case ENCODING.plain:
      return plainBytes(writer.values, span);
  }
}

/** Writes the values of a page. Gives the end, and the extremes if they came with the writing. */
export function writeValues(
  writer: ValueWriter,
  span: Span,
  target: Target,
): { readonly end: number; readonly extremes: Extremes | undefined } {
  const { values, dictionary, kernels } = writer;
  const { out, at } = target;
  switch (writer.encoding) {
    case ENCODING.rleDictionary: {
      out[at] = dictionary!.width;
      const end = kernels.hybrid(dictionary!.ids, { ...span, width: dictionary!.width }, { out, at: at + 1 });
      return { end, extremes: undefined };
    }
    case ENCODING.deltaBinary:
      return { end: kernels.deltaBinary(wordsOf(values as Extract<Values, { kind: 'i32' | 'i64' }>), span, target), extremes: undefined };
    case ENCODING.deltaLength: {
      const strings = values as ByteValues;
      const words = new Int32Array(strings.length.buffer, strings.length.byteOffset, strings.length.length);
      const from = kernels.deltaBinary({ words, perValue: 1 }, span, target);
      return copyBytes(writer, { ...span, prefixed: false }, { out, at: from });
    }
    case ENCODING.plain:
      if (values.kind === 'bytes') return copyBytes(writer, { ...span, prefixed: values.fixed === undefined }, target);
      return { end: writePlain(values, span, target), extremes: undefined };
  }
}

function copyBytes(writer: ValueWriter, span: Span & { readonly prefixed: boolean }, target: Target) {
  const extremes = { min: -1, max: -1, nanCount: 0 };
  const end = writer.kernels.copyStrings(writer.values as ByteValues, span, target, extremes);
  return { end, extremes };
}

/** Extremes of a page: from the writing where it found them, over the distinct values of a dictionary, else over all values. */
export function pageExtremes(
  writer: ValueWriter,
  span: Span,
  known: { readonly written: Extremes | undefined; readonly order: PhysicalType['order']; readonly isOnlyPage: boolean },
): Extremes {
  const { values, dictionary, kernels } = writer;
  if (known.written && known.order === 'unsigned') return known.written;
  if (!dictionary || values.kind === 'f32' || values.kind === 'f64') return findExtremes(values, span, { order: known.order, kernels });
  if (known.isOnlyPage && writer.dictionaryExtremes && known.order === 'unsigned') return writer.dictionaryExtremes;
  return extremesAt(values, known.isOnlyPage ? dictionary.first : firstOnPage(dictionary, span), known.order);
}

/** Positions of the first appearances on a page. */
function firstOnPage(dictionary: Dictionary, span: Span): Uint32Array {
  const seen = new Uint8Array(dictionary.entries.count);
  const first = new Uint32Array(Math.min(seen.length, span.to - span.from));
  let count = 0;
  for (let i = span.from; i < span.to; i++) {
    const id = dictionary.ids[i]!;
    if (seen[id] === 1) continue;
    seen[id] = 1;
    first[count++] = i;
  }
  return first.subarray(0, count);
}
