// The order of cells in filters: the specification's, but -0.0 equals 0.0 (types.ts). Strings may be text or UTF-8 bytes.
import type { IcebergType } from '../../contract/types.ts';
import { orderOf } from '../cell-order.ts';
import type { Cell } from './types.ts';

/** Comparison of two cells of a type; negative, zero or positive. */
export function comparerOf(type: IcebergType): (left: Cell, right: Cell) => number {
  const order = orderOf(type);
  if (type !== 'float' && type !== 'double') return order;
  return (left, right) => (left === right ? 0 : order(left, right));
}

/** Does a string or its UTF-8 bytes begin with another? */
export function startsWith(value: Cell, prefix: Cell): boolean {
  const [bytes, start] = [bytesOf(value), bytesOf(prefix)];
  return bytes.length >= start.length && Buffer.compare(bytes.subarray(0, start.length), start) === 0;
}

/** UTF-8 of a text; bytes as they are. */
export function bytesOf(value: Cell): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(String(value), 'utf8');
}
