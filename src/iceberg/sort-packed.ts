// The common sort in one native call: a single integer column (dates, ints, times) whose spread of values times the number of rows fits
// 2^53. Value and position are packed into one double each, so that equal values keep their order and no comparison is a call.
import type { ColumnSet } from '../columns.ts';
import { halvesOf } from './transform-column.ts';
import type { SortField } from './types.ts';

/** The rows in the order of the field, stable; undefined where the values do not pack. Gives `rows` itself if they are in order. */
export function sortPacked(
  source: { readonly set: ColumnSet; readonly slot: number },
  field: Pick<SortField, 'direction' | 'null-order'>,
  rows: Uint32Array,
): Uint32Array | undefined {
  const read = readValues(source, rows);
  if (!read) return undefined;
  const { values, least, most } = read;
  if (least > most) return rows;
  const spread = most - least + 2;
  // The largest is a last null's at the last position: spread × rows + rows − 1.
  if (!((spread + 1) * rows.length <= Number.MAX_SAFE_INTEGER)) return undefined;
  const nullRank = field['null-order'] === 'nulls-first' ? 0 : spread;
  const isAscending = field.direction === 'asc';
  const count = rows.length;
  let isSorted = true;
  let last = -1;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    const rank = Number.isNaN(value) ? nullRank : isAscending ? value - least + 1 : most - value + 1;
    if (rank < last) isSorted = false;
    last = rank;
    values[i] = rank * count + i;
  }
  if (isSorted) return rows;
  values.sort();
  const sorted = new Uint32Array(count);
  for (let i = 0; i < count; i++) sorted[i] = rows[values[i]! % count]!;
  return sorted;
}

interface PackedValues {
  /** NaN where there is none. */
  readonly values: Float64Array;
  /** Infinite when a value is not exact as a double. */
  readonly least: number;
  readonly most: number;
}

/** The column's values of the rows, in one pass; undefined for a column that does not pack. */
function readValues({ set, slot }: { readonly set: ColumnSet; readonly slot: number }, rows: Uint32Array): PackedValues | undefined {
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
