// Smallest and largest value of a page, chunk or file, kept as positions into the column's values so that nothing is copied.
// Order by type: numbers by value with −0.0 below 0.0, NaN never a bound; bytes unsigned; decimals in bytes by their sign first.
// Source: parquet.thrift, ColumnOrder; Iceberg specification, "Scan Planning" (bounds never hold NaN).
import { compareLongs } from './kernel-gather.ts';
import type { Kernels } from './kernels.ts';
import type { PhysicalType } from './physical.ts';
import type { Range } from './plain.ts';
import type { ByteValues, Values } from './values.ts';

export interface Extremes {
  /** Positions; -1 when there is no value that can be a bound. */
  readonly min: number;
  readonly max: number;
  readonly nanCount: number;
}

export const NO_EXTREMES: Extremes = { min: -1, max: -1, nanCount: 0 };

type Order = PhysicalType['order'];

/** Extremes of values[from..to). */
export function findExtremes(values: Values, range: Range, how: { readonly order: Order; readonly kernels: Kernels }): Extremes {
  const { order, kernels } = how;
  if (range.from === range.to) return NO_EXTREMES;
  switch (values.kind) {
    case 'bool':
      return { ...ofBits(values.v, range), nanCount: 0 };
    case 'i32':
    case 'i64': {
      const extremes = { min: -1, max: -1, nanCount: 0 };
      const words = values.kind === 'i32' ? values.v : values.lohi;
      kernels.integerExtremes({ words, perValue: values.kind === 'i32' ? 1 : 2 }, range, extremes);
      return extremes;
    }
    case 'f32':
    case 'f64':
      return ofFloats(values.v, range);
    case 'bytes':
      return { ...ofBytes(values, range, order), nanCount: 0 };
  }
}

/** Extremes of the values at some positions; not for floats, whose NaN count. */
export function extremesAt(values: Values, positions: Uint32Array, order: Order): Extremes {
  let min = -1;
  let max = -1;
  for (const position of positions) {
    if (min < 0) min = max = position;
    else if (compareAt(values, { a: position, b: min }, order) < 0) min = position;
    else if (compareAt(values, { a: position, b: max }, order) > 0) max = position;
  }
  return { min, max, nanCount: 0 };
}

/** Extremes of all parts of one column. */
export function mergeExtremes(values: Values, parts: readonly Extremes[], order: Order): Extremes {
  let min = -1;
  let max = -1;
  let nanCount = 0;
  for (const part of parts) {
    nanCount += part.nanCount;
    if (part.min < 0) continue;
    if (min < 0 || compareAt(values, { a: part.min, b: min }, order) < 0) min = part.min;
    if (max < 0 || compareAt(values, { a: part.max, b: max }, order) > 0) max = part.max;
  }
  return { min, max, nanCount };
}

/** Sign of value a − value b, by position. */
export function compareAt(values: Values, pair: { readonly a: number; readonly b: number }, order: Order): number {
  const { a, b } = pair;
  switch (values.kind) {
    case 'bool':
    case 'i32':
      return values.v[a]! - values.v[b]!;
    case 'i64':
      return compareLongs(values.lohi, a, b);
    case 'f32':
    case 'f64':
      return compareFloats(values.v[a]!, values.v[b]!);
    case 'bytes':
      return compareBytes(values, pair, order);
  }
}

/** −0.0 sorts below 0.0; not for NaN. */
export function compareFloats(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a !== 0 || Object.is(a, b)) return 0;
  return Object.is(a, -0) ? -1 : 1;
}

function ofBits(v: Uint8Array, range: Range): { readonly min: number; readonly max: number } {
  let min = range.from;
  let max = range.from;
  for (let i = range.from + 1; i < range.to; i++) {
    if (v[i]! < v[min]!) min = i;
    else if (v[i]! > v[max]!) max = i;
  }
  return { min, max };
}

function ofFloats(v: Float32Array | Float64Array, range: Range): Extremes {
  let min = -1;
  let max = -1;
  let nanCount = 0;
  for (let i = range.from; i < range.to; i++) {
    const value = v[i]!;
    if (Number.isNaN(value)) {
      nanCount++;
      continue;
    }
    if (min < 0) {
      min = i;
      max = i;
    } else if (compareFloats(value, v[min]!) < 0) min = i;
    else if (compareFloats(value, v[max]!) > 0) max = i;
  }
  return { min, max, nanCount };
}

function ofBytes(values: ByteValues, range: Range, order: Order): { readonly min: number; readonly max: number } {
  let min = range.from;
  let max = range.from;
  for (let i = range.from + 1; i < range.to; i++) {
    if (compareBytes(values, { a: i, b: min }, order) < 0) min = i;
    else if (compareBytes(values, { a: i, b: max }, order) > 0) max = i;
  }
  return { min, max };
}

function compareBytes(values: ByteValues, pair: { readonly a: number; readonly b: number }, order: Order): number {
  const { bytes, start, length } = values;
  const atA = start[pair.a]!;
  const atB = start[pair.b]!;
  const sizeA = length[pair.a]!;
  const sizeB = length[pair.b]!;
  // Two's complement of one width: flipping the sign bit makes signed order unsigned order.
  const flip = order === 'signed-bytes' ? 0x80 : 0;
  const size = Math.min(sizeA, sizeB);
  for (let i = 0; i < size; i++) {
    const difference = (bytes[atA + i]! ^ (i === 0 ? flip : 0)) - (bytes[atB + i]! ^ (i === 0 ? flip : 0));
    if (difference !== 0) return difference;
  }
  return sizeA - sizeB;
}
