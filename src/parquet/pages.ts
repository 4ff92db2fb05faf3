// Splits a column chunk into pages and encodes their bodies: repetition levels, definition levels, then values or dictionary ids.
// Pages begin at row boundaries, as the offset index demands. V1 pages have each kind of levels after its length, inside compression;
// V2 pages have them bare, before it. Source: parquet-format, README "Data Pages"; parquet.thrift, DataPageHeaderV2.
import { assertInvariant } from '../errors.ts';
import { pageExtremes, type ValueWriter, valueBytesMax, writeValues } from './encodings.ts';
import type { Extremes } from './extremes.ts';
import { hybridBytesMax, widthOf, writeRun } from './hybrid.ts';
import type { Span, Target } from './kernels.ts';
import { plainBytes } from './plain.ts';
import { type Room, SPARE_BYTES } from './room.ts';
import type { LeafPlan } from './schema-plan.ts';
import type { ShreddedLeaf } from './shred.ts';
import { type SizeStatistics, sizeStatistics } from './size-statistics.ts';
import type { Values } from './values.ts';

export interface PageSpan {
  readonly entries: Span;
  readonly values: Span;
  readonly firstRow: number;
  readonly rows: number;
}

export interface PageBody {
  readonly span: PageSpan;
  readonly nulls: number;
  /** Positions into the column's values. */
  readonly extremes: Extremes;
  readonly sizes: SizeStatistics;
  /** Bytes of levels at the beginning (V2 keeps them out of compression). */
  readonly repetitionBytes: number;
  readonly definitionBytes: number;
}

export interface PageContext {
  readonly leaf: LeafPlan;
  readonly shredded: ShreddedLeaf;
  readonly writer: ValueWriter;
  readonly pageVersion: 1 | 2;
  readonly room: Room;
}

/** Encodes one page; its bytes lie in the room until it is given back. */
export function encodePage(
  context: PageContext,
  page: { readonly span: PageSpan; readonly isOnlyPage: boolean },
): PageBody & { readonly raw: Buffer } {
  const { leaf, shredded, writer } = context;
  const { span } = page;
  const entries = span.entries.to - span.entries.from;
  const out = context.room.bytes(2 * (4 + hybridBytesMax(entries, 8)) + valueBytesMax(writer, span.values));
  const repetitionBytes =
    leaf.maxRepetition > 0 ? writeLevels(context, { levels: shredded.repetition, max: leaf.maxRepetition, span }, { out, at: 0 }) : 0;
  const definitionBytes =
    leaf.maxDefinition > 0
      ? writeLevels(context, { levels: shredded.definition, max: leaf.maxDefinition, span }, { out, at: repetitionBytes }) - repetitionBytes
      : 0;
  const { end, extremes: written } = writeValues(writer, span.values, { out, at: repetitionBytes + definitionBytes });
  assertInvariant(end <= out.length - SPARE_BYTES, 'an encoded page fits its computed size');
  return {
    span,
    nulls: entries - (span.values.to - span.values.from),
    extremes: pageExtremes(writer, span.values, { written, order: leaf.physical.order, isOnlyPage: page.isOnlyPage }),
    sizes: sizeStatistics({ leaf, shredded, values: writer.values }, span),
    repetitionBytes,
    definitionBytes,
    raw: out.subarray(0, end),
  };
}

/** Levels of a page; undefined ones are all at the maximum. */
function writeLevels(
  context: PageContext,
  part: { readonly levels: Uint8Array | undefined; readonly max: number; readonly span: PageSpan },
  target: Target,
): number {
  const { entries } = part.span;
  const width = widthOf(part.max);
  const { out } = target;
  const at = context.pageVersion === 1 ? target.at + 4 : target.at;
  const end = part.levels
    ? context.writer.kernels.hybrid(part.levels, { ...entries, width }, { out, at })
    : writeRun({ value: part.max, count: entries.to - entries.from, width }, { out, at });
  if (context.pageVersion === 1) out.writeUInt32LE(end - at, target.at);
  return end;
}

/** Cuts at row boundaries so that pages stay within the limits of rows and bytes; one row may exceed them alone. */
export function splitPages(
  leaf: LeafPlan,
  shredded: ShreddedLeaf,
  how: { readonly values: Values; readonly idWidth: number | undefined; readonly pageRows: number; readonly pageBytes: number },
): PageSpan[] {
  const { definition, repetition, entries } = shredded;
  const { values, idWidth } = how;
  const lengths = values.kind === 'bytes' && values.fixed === undefined && idWidth === undefined ? values.length : undefined;
  const perValue = idWidth === undefined ? fixedWidth(values) : idWidth / 8;
  const bytes = lengths ? plainBytes(values, { from: 0, to: values.count }) : values.count * perValue;
  if (entries <= how.pageRows && bytes <= how.pageBytes) {
    return [
      { entries: { from: 0, to: entries }, values: { from: 0, to: values.count }, firstRow: 0, rows: countRows(repetition, entries) },
    ];
  }
  const spans: PageSpan[] = [];
  let from = { entry: 0, value: 0, row: 0 };
  let rows = 0;
  let value = 0;
  let size = 0;
  const cut = (entry: number) => {
    spans.push({
      entries: { from: from.entry, to: entry },
      values: { from: from.value, to: value },
      firstRow: from.row,
      rows: rows - from.row,
    });
    from = { entry, value, row: rows };
    size = 0;
  };
  for (let i = 0; i < entries; i++) {
    if (!repetition || repetition[i] === 0) {
      if (rows - from.row >= how.pageRows || (size >= how.pageBytes && rows > from.row)) cut(i);
      rows++;
    }
    if (!definition || definition[i] === leaf.maxDefinition) {
      size += lengths ? 4 + lengths[value]! : perValue;
      value++;
    }
  }
  cut(entries);
  return spans;
}

function countRows(repetition: Uint8Array | undefined, entries: number): number {
  if (!repetition) return entries;
  let rows = 0;
  for (let i = 0; i < entries; i++) if (repetition[i] === 0) rows++;
  return rows;
}

/** Bytes of a PLAIN value; booleans take a bit. */
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
