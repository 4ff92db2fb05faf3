// Splits a column chunk into pages and encodes their bodies: repetition levels, definition levels, then values or dictionary ids
// (data page V1). Pages begin at row boundaries, as the offset index demands.
// V1 pages with PLAIN and RLE_DICTIONARY are what every engine reads by default: Iceberg's vectorised reader refused V2 pages'
// DELTA_* encodings through 1.10 (apache/iceberg issues 7162, 8430), Spark's own before 3.3.
// Source: parquet-format, README "Data Pages"; Encodings.md.
import { LIMITS } from '../contract/limits.ts';
import { assertInvariant } from '../errors.ts';
import { buildDictionary, type Dictionary } from './dictionary.ts';
import { type Extremes, findExtremes, mergeExtremes } from './extremes.ts';
import { hybridBytesMax, widthOf, writeHybrid } from './hybrid.ts';
import { plainBytes, type Range, writePlain } from './plain.ts';
import type { LeafPlan } from './schema-plan.ts';
import type { ShreddedLeaf } from './shred.ts';
import type { Values } from './values.ts';

export interface PageBody {
  readonly raw: Buffer;
  /** Values including nulls. */
  readonly entries: number;
  readonly nulls: number;
  readonly firstRow: number;
  /** Positions into the column's values. */
  readonly extremes: Extremes;
}

export interface ChunkBody {
  readonly dictionary: { readonly raw: Buffer; readonly count: number } | undefined;
  readonly pages: readonly PageBody[];
}

/** Encodes all pages of a column chunk, uncompressed. Memory: about the chunk's own bytes. */
export function encodePages(leaf: LeafPlan, shredded: ShreddedLeaf, values: Values): ChunkBody {
  const dictionary = buildDictionary(values);
  const spans = splitPages(leaf, shredded, { values, dictionary });
  const pages = spans.map((span) => encodePage(leaf, shredded, { values, dictionary, span }));
  const entries = pages.reduce((sum, page) => sum + page.entries, 0);
  assertInvariant(entries === shredded.entries, 'the pages of a chunk hold all its entries');
  return { dictionary: dictionary && dictionaryBody(dictionary), pages };
}

interface Encoding {
  readonly values: Values;
  readonly dictionary: Dictionary | undefined;
}

interface Span {
  readonly entries: Range;
  readonly values: Range;
  readonly firstRow: number;
}

function dictionaryBody(dictionary: Dictionary): { readonly raw: Buffer; readonly count: number } {
  const all = { from: 0, to: dictionary.entries.count };
  const raw = Buffer.allocUnsafe(plainBytes(dictionary.entries, all));
  assertInvariant(writePlain(dictionary.entries, all, { out: raw, at: 0 }) === raw.length, 'a dictionary page has its computed size');
  return { raw, count: all.to };
}

/** Cuts at row boundaries so that pages stay within the limits of rows and bytes; one row may exceed them alone. */
function splitPages(leaf: LeafPlan, shredded: ShreddedLeaf, encoding: Encoding): Span[] {
  const { definition, repetition, entries } = shredded;
  const { values } = encoding;
  const lengths = values.kind === 'bytes' && values.fixed === undefined && !encoding.dictionary ? values.length : undefined;
  const perValue = encoding.dictionary ? encoding.dictionary.width / 8 : fixedWidth(values);
  const bytes = lengths ? plainBytes(values, { from: 0, to: values.count }) : values.count * perValue;
  if (entries > 0 && entries <= LIMITS.parquetPageRowsMax && bytes <= LIMITS.parquetPageBytesTarget) {
    return [{ entries: { from: 0, to: entries }, values: { from: 0, to: values.count }, firstRow: 0 }];
  }
  const spans: Span[] = [];
  let from = { entry: 0, value: 0, row: 0 };
  let rows = 0;
  let value = 0;
  let size = 0;
  for (let i = 0; i < entries; i++) {
    if (!repetition || repetition[i] === 0) {
      if (rows - from.row >= LIMITS.parquetPageRowsMax || size >= LIMITS.parquetPageBytesTarget) {
        spans.push({ entries: { from: from.entry, to: i }, values: { from: from.value, to: value }, firstRow: from.row });
        from = { entry: i, value, row: rows };
        size = 0;
      }
      rows++;
    }
    if (!definition || definition[i] === leaf.maxDefinition) {
      size += lengths ? lengths[value]! + 4 : perValue;
      value++;
    }
  }
  assertInvariant(value === values.count, 'a chunk has as many values as entries at the highest definition level');
  if (from.entry < entries) {
    spans.push({ entries: { from: from.entry, to: entries }, values: { from: from.value, to: value }, firstRow: from.row });
  }
  return spans;
}

function fixedWidth(values: Values): number {
  switch (values.kind) {
    case 'bool':
      return 1 / 8;
    case 'i32':
    case 'f32':
      return 4;
    case 'i64':
    case 'f64':
      return 8;
    case 'bytes':
      return values.fixed ?? 0;
  }
}

function encodePage(leaf: LeafPlan, shredded: ShreddedLeaf, page: Encoding & { readonly span: Span }): PageBody {
  const { span, values, dictionary } = page;
  const entries = span.entries.to - span.entries.from;
  const valueCount = span.values.to - span.values.from;
  const valueBytes = dictionary ? 1 + hybridBytesMax(valueCount, dictionary.width) : plainBytes(values, span.values);
  const levelBytes = 2 * (4 + hybridBytesMax(entries, 8));
  const out = Buffer.allocUnsafe(levelBytes + valueBytes);
  let at = 0;
  if (shredded.repetition) at = writeLevels(shredded.repetition, { span, max: leaf.maxRepetition }, { out, at });
  if (shredded.definition) at = writeLevels(shredded.definition, { span, max: leaf.maxDefinition }, { out, at });
  if (dictionary) {
    out[at++] = dictionary.width;
    at = writeHybrid(dictionary.ids, { ...span.values, width: dictionary.width }, { out, at });
  } else {
    at = writePlain(values, span.values, { out, at });
  }
  assertInvariant(at <= out.length, 'an encoded page fits its computed size');
  const extremes = pageExtremes(leaf, page);
  return { raw: out.subarray(0, at), entries, nulls: entries - valueCount, firstRow: span.firstRow, extremes };
}

function writeLevels(
  levels: Uint8Array,
  part: { readonly span: Span; readonly max: number },
  target: { readonly out: Buffer; readonly at: number },
): number {
  const start = target.at + 4;
  const end = writeHybrid(levels, { ...part.span.entries, width: widthOf(part.max) }, { out: target.out, at: start });
  target.out.writeUInt32LE(end - start, target.at);
  return end;
}

/** Bytes compare slowly, so a dictionary column compares each distinct value of the page once. */
function pageExtremes(leaf: LeafPlan, page: Encoding & { readonly span: Span }): Extremes {
  const { values, dictionary, span } = page;
  const { order } = leaf.physical;
  if (!dictionary || values.kind !== 'bytes') return findExtremes(values, span.values, order);
  const firstSeen = new Int32Array(dictionary.entries.count).fill(-1);
  const parts: Extremes[] = [];
  for (let i = span.values.from; i < span.values.to; i++) {
    const id = dictionary.ids[i]!;
    if (firstSeen[id] !== -1) continue;
    firstSeen[id] = i;
    parts.push({ min: i, max: i, nanCount: 0 });
  }
  return mergeExtremes(values, parts, order);
}
