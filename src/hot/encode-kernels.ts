// What the module exports for the Parquet encoder. Every number is an address of the arena, a count or a size; src/parquet/hot-kernels.ts
// is the one caller, and hands in the addresses of typed arrays over the arena's memory alone.

export interface EncodeExports {
  encodeDictRows(
    table: number,
    columns: number,
    bytes: number,
    rows: number,
    count: number,
    bytesMax: number,
    probeValues: number,
    probeDistinctMax: number,
  ): void;
  encodeDictStrings(
    bytes: number,
    start: number,
    length: number,
    count: number,
    ids: number,
    first: number,
    work: number,
    prefix: number,
    bytesMax: number,
    probeValues: number,
    probeDistinctMax: number,
  ): number;
  encodeDictWords(
    words: number,
    perValue: 1 | 2,
    count: number,
    ids: number,
    first: number,
    work: number,
    distinctMax: number,
    probeValues: number,
    probeDistinctMax: number,
  ): number;
  encodeHybridBytes(values: number, from: number, to: number, width: number, out: number): number;
  encodeHybridWords(values: number, from: number, to: number, width: number, out: number): number;
  encodeDelta(words: number, perValue: 1 | 2, from: number, to: number, out: number): number;
  encodeCopyStrings(
    bytes: number,
    start: number,
    length: number,
    from: number,
    to: number,
    prefixed: 0 | 1,
    out: number,
    extremes: number,
  ): number;
  encodeGather32(source: number, rows: number, count: number, into: number): void;
  encodeGather64(source: number, rows: number, count: number, into: number): void;
  encodeGatherViews(
    start: number,
    length: number,
    rows: number,
    count: number,
    intoStart: number,
    intoLength: number,
    report: number,
  ): void;
  encodeLevels(words: number, bit: number, rows: number, count: number, definition: number, there: number): number;
  encodeStep(words: number, bit: number, rows: number, definition: number, count: number, intoRows: number, intoDefinition: number): void;
  encodeElements(rows: number, count: number, length: number): number;
  encodeRepeat(
    rows: number,
    definition: number,
    repetition: number,
    count: number,
    start: number,
    length: number,
    depth: number,
    intoRows: number,
    intoDefinition: number,
    intoRepetition: number,
  ): void;
  encodeThere(rows: number, count: number, there: number): number;
  encodeBitsOfAll(words: number, rows: number, count: number): number;
  encodeMaxLength(length: number, words: number, bit: number, count: number): number;
  encodeSumLengths(length: number, words: number, bit: number, rows: number, count: number): number;
  encodeIsRange(rows: number, count: number): number;
  encodeLastRow(rows: number, count: number): number;
  encodeExtremes(words: number, perValue: 1 | 2, from: number, to: number, report: number): void;
}

/** Bytes of an arena that the encoder of `rows` rows works in: order, levels, gathered values, ids, tables, one page and one dictionary. */
export function encodeRoomBytes(rows: number): number {
  return PAGES_BYTES + BYTES_PER_ROW * rows;
}

/** A page (1 MiB) and a dictionary (2 MiB) of the default sizes, and what rounding up takes. */
const PAGES_BYTES = 4 * 1024 * 1024;
/** Order 4, levels and rows there 5, gathered values 8, ids 4, first appearances 4, hashes 4, keys 16, table 32, dictionary entries 8; a page's levels 2. */
const BYTES_PER_ROW = 96;

/** Slots of the largest table for so many distinct values: it grows fourfold while more than half full. */
export function dictionarySlots(distinct: number): number {
  let slots = 1024;
  while (distinct * 2 > slots - 1) slots *= 4;
  return slots;
}

/** Bytes that `encodeDict…` works in for `count` values: hashes, keys, and the largest table. */
export function dictionaryWorkBytes(count: number): number {
  return 4 * (count + dictionarySlots(count)) + 16 * (count + 1);
}
