// Bounds as they are written: in Parquet statistics (PLAIN bytes without a length; strings and binaries cut to a prefix that still
// is a valid bound, and said to be inexact), and as exact cells for the Iceberg manifest. Zero floats are widened to −0.0 below and
// +0.0 above, as parquet.thrift asks under ColumnOrder.
import { LIMITS } from '../contract/limits.ts';
import { raiseBytes, raiseText } from '../contract/raise-prefix.ts';
import { type CellValue, decimalOf } from '../contract/types.ts';
import type { LeafPlan } from './schema-plan.ts';
import type { Values } from './values.ts';

/** The bytes may be a view of the column's memory. */
export interface Bound {
  readonly bytes: Uint8Array;
  readonly isExact: boolean;
}

/** The value at a position as a bound of Parquet statistics. */
export function boundAt(leaf: LeafPlan, values: Values, at: { readonly position: number; readonly side: 'min' | 'max' }): Bound {
  const { position, side } = at;
  switch (values.kind) {
    case 'bool':
      return { bytes: Uint8Array.of(values.v[position]!), isExact: true };
    case 'i32':
      return { bytes: slice(values.v, position * 4, 4), isExact: true };
    case 'i64':
      return { bytes: slice(values.lohi, position * 8, 8), isExact: true };
    case 'f32':
    case 'f64':
      return floatBound(values, at);
    case 'bytes': {
      const whole = values.bytes.subarray(values.start[position]!, values.start[position]! + values.length[position]!);
      if (values.fixed !== undefined) return { bytes: whole, isExact: true };
      return side === 'min' ? lowerPrefix(whole, leaf.type === 'string') : upperPrefix(whole, leaf.type === 'string');
    }
  }
}

/** The value at a position as an exact cell; strings as their bytes. */
export function cellAt(leaf: LeafPlan, values: Values, position: number): CellValue {
  switch (values.kind) {
    case 'bool':
      return values.v[position] === 1;
    case 'i32':
      return decimalOf(leaf.type) ? BigInt(values.v[position]!) : values.v[position]!;
    case 'i64':
      return (BigInt(values.lohi[2 * position + 1]!) << 32n) | BigInt(values.lohi[2 * position]! >>> 0);
    case 'f32':
    case 'f64':
      return values.v[position]!;
    case 'bytes': {
      const whole = values.bytes.subarray(values.start[position]!, values.start[position]! + values.length[position]!);
      if (leaf.physical.order !== 'signed-bytes') return new Uint8Array(whole);
      return BigInt.asIntN(whole.length * 8, BigInt(`0x${whole.toString('hex')}`));
    }
  }
}

/** A view. */
function slice(words: Int32Array, from: number, count: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset + from, count);
}

function floatBound(
  values: Extract<Values, { kind: 'f32' | 'f64' }>,
  at: { readonly position: number; readonly side: 'min' | 'max' },
): Bound {
  const value = values.v[at.position]!;
  const bound = value === 0 ? (at.side === 'min' ? -0 : 0) : value;
  const bytes = Buffer.alloc(values.kind === 'f32' ? 4 : 8);
  if (values.kind === 'f32') bytes.writeFloatLE(bound);
  else bytes.writeDoubleLE(bound);
  return { bytes, isExact: Object.is(bound, value) };
}

function lowerPrefix(whole: Buffer, isText: boolean): Bound {
  if (whole.length <= LIMITS.parquetBoundBytesMax) return { bytes: whole, isExact: true };
  return { bytes: whole.subarray(0, isText ? textCut(whole) : LIMITS.parquetBoundBytesMax), isExact: false };
}

/** A prefix with its last unit incremented; the whole value when no unit can be. */
function upperPrefix(whole: Buffer, isText: boolean): Bound {
  if (whole.length <= LIMITS.parquetBoundBytesMax) return { bytes: whole, isExact: true };
  const bytes = isText ? raiseText(whole.subarray(0, textCut(whole))) : raiseBytes(whole.subarray(0, LIMITS.parquetBoundBytesMax));
  return bytes ? { bytes, isExact: false } : { bytes: whole, isExact: true };
}

/** Longest prefix within the limit that does not split a code point. */
function textCut(whole: Buffer): number {
  let cut: number = LIMITS.parquetBoundBytesMax;
  while (cut > 0 && (whole[cut]! & 0xc0) === 0x80) cut--;
  return cut;
}
