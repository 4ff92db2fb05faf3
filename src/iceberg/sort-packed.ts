// The common sort in one native call: a single integer column (dates, ints, times) whose spread of values times the number of rows fits
// 2^53. Value and position are packed into one double each, so that equal values keep their order and no comparison is a call.
import type { Column, ColumnSet } from '../columns.ts';
import { halvesOf } from './transform-column.ts';
import type { SortField } from './types.ts';

/** The rows in the order of the field, stable; undefined where the values do not pack. Gives `rows` itself if they are in order. */
export function sortPacked(
  source: { readonly set: ColumnSet; readonly slot: number },
  field: Pick<SortField, 'direction' | 'null-order'>,
  rows: Uint32Array,
): Uint32Array | undefined {
  const values = valuesOf(source.set.columns[source.slot]!, rows);
  if (!values) return undefined;
  const { least, most } = markNulls(source, rows, values);
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

/** The column's values of the rows as exact doubles. */
function valuesOf(column: Column, rows: Uint32Array): Float64Array | undefined {
  if (column.kind !== 'i32' && column.kind !== 'i64' && column.kind !== 'bool') return undefined;
  const values = new Float64Array(rows.length);
  if (column.kind !== 'i64') {
    for (let i = 0; i < rows.length; i++) values[i] = column.v[rows[i]!]!;
    return values;
  }
  const halves = halvesOf(column.v);
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i]! * 2;
    values[i] = halves[at + 1]! * 4_294_967_296 + (halves[at]! >>> 0);
  }
  return values;
}

/** Absent values become NaN; smallest and largest of the others, infinite when one of them is not exact as a double. */
function markNulls(
  source: { readonly set: ColumnSet; readonly slot: number },
  rows: Uint32Array,
  values: Float64Array,
): { readonly least: number; readonly most: number } {
  const words = source.set.present[source.slot >> 5]!;
  const bit = source.slot & 31;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    if (((words[rows[i]!]! >>> bit) & 1) === 0) {
      values[i] = Number.NaN;
      continue;
    }
    const value = values[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const isExact = least >= Number.MIN_SAFE_INTEGER && most <= Number.MAX_SAFE_INTEGER;
  return isExact || least > most ? { least, most } : { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };
}
