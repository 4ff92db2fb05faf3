// The common sort without a comparison: a single integer column (dates, ints, times), sorted by its digits from the lowest to the highest
// ("least significant digit first"), each pass stable, so that equal values keep their order. Cost: passes over the rows, as many as the
// spread of the values has digits; positions move, values stay.
import type { ColumnSet } from '../columns.ts';
import { halvesOf } from './transform-column.ts';
import type { SortField } from './types.ts';

/** The rows in the order of the field, stable; undefined where the values are no integers of a double. Gives `rows` itself if they are in order. */
export function sortIntegers(
  source: { readonly set: ColumnSet; readonly slot: number },
  field: Pick<SortField, 'direction' | 'null-order'>,
  rows: Uint32Array,
): Uint32Array | undefined {
  const read = readValues(source, rows);
  if (!read) return undefined;
  const { values, least, most } = read;
  if (least > most) return rows;
  // 0 and the last rank are for nulls.
  const spread = most - least + 2;
  if (!(spread <= Number.MAX_SAFE_INTEGER)) return undefined;
  if (rankValues(read, field, spread)) return rows;
  const isPacked = rowsByDigits < COMPILED_ROWS && (spread + 1) * rows.length <= Number.MAX_SAFE_INTEGER;
  rowsByDigits += rows.length;
  return pick(rows, isPacked ? sortPacked(values) : sortByDigits(values, spread));
}

/** Loops over digits are slow until the engine has compiled them, which takes about so many rows; until then its own sort is quicker. */
const COMPILED_ROWS = 40_000;
let rowsByDigits = 0;

interface IntegerValues {
  /** NaN where there is none. */
  readonly values: Float64Array;
  /** Infinite when a value is not exact as a double. */
  readonly least: number;
  readonly most: number;
}

/** The column's values of the rows, in one pass; undefined for a column that is none of integers. */
function readValues({ set, slot }: { readonly set: ColumnSet; readonly slot: number }, rows: Uint32Array): IntegerValues | undefined {
  const column = set.columns[slot]!;
  if (column.kind !== 'i32' && column.kind !== 'i64' && column.kind !== 'bool') return undefined;
  const words = set.present[slot >> 5]!;
  const bit = slot & 31;
  const values = new Float64Array(rows.length);
  const [narrow, halves] = column.kind === 'i64' ? [undefined, halvesOf(column.v)] : [column.v, undefined];
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (((words[row]! >>> bit) & 1) === 0) {
      values[i] = Number.NaN;
      continue;
    }
    const value = halves ? halves[row * 2 + 1]! * 4_294_967_296 + (halves[row * 2]! >>> 0) : narrow![row]!;
    values[i] = value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const isExact = least >= Number.MIN_SAFE_INTEGER && most <= Number.MAX_SAFE_INTEGER;
  return isExact || least > most ? { values, least, most } : { values, least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };
}

/** Ranks from 0 to the spread in the place of the values. Do they rise already? */
function rankValues(read: IntegerValues, field: Pick<SortField, 'direction' | 'null-order'>, spread: number): boolean {
  const { values, least, most } = read;
  const nullRank = field['null-order'] === 'nulls-first' ? 0 : spread;
  const isAscending = field.direction === 'asc';
  let isSorted = true;
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const rank = Number.isNaN(value) ? nullRank : isAscending ? value - least + 1 : most - value + 1;
    if (rank < last) isSorted = false;
    last = rank;
    values[i] = rank;
  }
  return isSorted;
}

/** Positions in the order of their ranks, by one native sort: rank and position share a double, so that equal ranks keep their order. */
function sortPacked(ranks: Float64Array): Uint32Array {
  const count = ranks.length;
  for (let i = 0; i < count; i++) ranks[i] = ranks[i]! * count + i;
  ranks.sort();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = ranks[i]! % count;
  return order;
}

const HALF = 2 ** 32;

/** Wider digits mean fewer passes and more to clear and sum up in each. */
const WIDE_DIGIT = { bits: 11, rowsMin: 1024 };
const NARROW_DIGIT_BITS = 8;

/** Positions in the order of their ranks. */
function sortByDigits(ranks: Float64Array, most: number): Uint32Array {
  const count = ranks.length;
  const low = new Uint32Array(count);
  const high = new Uint32Array(count);
  let order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    high[i] = ranks[i]! / HALF;
    low[i] = ranks[i]!;
    order[i] = i;
  }
  const bits = count < WIDE_DIGIT.rowsMin ? NARROW_DIGIT_BITS : WIDE_DIGIT.bits;
  const ends = new Uint32Array(2 ** bits);
  let other = new Uint32Array(count);
  for (const [half, top] of [[low, Math.min(most, HALF - 1)] as const, [high, Math.floor(most / HALF)] as const]) {
    for (let shift = 0; shift < 32 && top >= 2 ** shift; shift += bits) {
      sortByDigit({ half, shift, ends }, order, other);
      [order, other] = [other, order];
    }
  }
  return order;
}

/** One stable pass: `from` in the order of one digit. */
function sortByDigit(
  digit: { readonly half: Uint32Array; readonly shift: number; readonly ends: Uint32Array },
  from: Uint32Array,
  into: Uint32Array,
): void {
  const { half, shift, ends } = digit;
  const mask = ends.length - 1;
  ends.fill(0);
  for (let i = 0; i < half.length; i++) ends[(half[i]! >>> shift) & mask]!++;
  let before = 0;
  for (let d = 0; d < ends.length; d++) {
    const here = ends[d]!;
    ends[d] = before;
    before += here;
  }
  for (let i = 0; i < from.length; i++) {
    const position = from[i]!;
    into[ends[(half[position]! >>> shift) & mask]!++] = position;
  }
}

/** Rows by position, in the place of the positions. */
function pick(rows: Uint32Array, positions: Uint32Array): Uint32Array {
  for (let i = 0; i < positions.length; i++) positions[i] = rows[positions[i]!]!;
  return positions;
}
