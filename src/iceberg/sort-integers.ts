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
  const { least, most } = read;
  if (least > most) return rows;
  // 0 and the last rank are for nulls.
  const spread = most - least + 2;
  if (!(spread <= Number.MAX_SAFE_INTEGER)) return undefined;
  const ranks = rankValues(read, field, spread);
  return ranks ? pick(rows, sortByDigits(ranks, spread)) : rows;
}

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

/** Ranks from 0 to the spread, by position, as two halves. */
interface Ranks {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

const HALF = 2 ** 32;

/** Undefined where they rise already. */
function rankValues(read: IntegerValues, field: Pick<SortField, 'direction' | 'null-order'>, spread: number): Ranks | undefined {
  const { values, least, most } = read;
  const nullRank = field['null-order'] === 'nulls-first' ? 0 : spread;
  const isAscending = field.direction === 'asc';
  const low = new Uint32Array(values.length);
  const high = new Uint32Array(values.length);
  let isSorted = true;
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const rank = Number.isNaN(value) ? nullRank : isAscending ? value - least + 1 : most - value + 1;
    if (rank < last) isSorted = false;
    last = rank;
    high[i] = rank / HALF;
    low[i] = rank;
  }
  return isSorted ? undefined : { low, high };
}

/** Wider digits mean fewer passes and more to clear and sum up in each. */
const WIDE_DIGIT = { bits: 11, rowsMin: 1024 };
const NARROW_DIGIT_BITS = 8;

/** Positions in the order of their ranks. */
function sortByDigits({ low, high }: Ranks, most: number): Uint32Array {
  const count = low.length;
  const bits = count < WIDE_DIGIT.rowsMin ? NARROW_DIGIT_BITS : WIDE_DIGIT.bits;
  const ends = new Uint32Array(2 ** bits);
  let order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
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
