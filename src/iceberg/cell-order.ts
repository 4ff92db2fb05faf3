// The order of values: bounds, sort orders, partition summaries. Strings compare by code point (their UTF-8 bytes), binaries,
// fixed and UUIDs as unsigned bytes, floats with -0.0 below 0.0 and NaN above everything. Source: Iceberg specification,
// "Sorting" and the notes on lower and upper bounds under "Data File Fields".
import type { CellValue, IcebergType } from '../contract/types.ts';

export type CellOrder = (left: Exclude<CellValue, null>, right: Exclude<CellValue, null>) => number;

/** The comparison of non-null values of a primitive type; negative, zero or positive. */
export function orderOf(type: IcebergType): CellOrder {
  switch (type) {
    case 'float':
    case 'double':
      return (left, right) => compareFloats(left as number, right as number);
    case 'string':
      return (left, right) => compareTexts(left as string | Uint8Array, right as string | Uint8Array);
    default:
      return compareCells;
  }
}

/** IEEE total order as far as Iceberg distinguishes: -0.0 < 0.0, NaN last and equal to itself. */
export function compareFloats(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  if (left === right) return left !== 0 ? 0 : compareZeros(left, right);
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}

/** Lexicographic comparison of unsigned bytes. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right);
}

function compareZeros(left: number, right: number): number {
  return Number(Object.is(right, -0)) - Number(Object.is(left, -0));
}

function compareCells(left: Exclude<CellValue, null>, right: Exclude<CellValue, null>): number {
  if (left instanceof Uint8Array) return compareBytes(left, right as Uint8Array);
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareTexts(left: string | Uint8Array, right: string | Uint8Array): number {
  return compareBytes(asBytes(left), asBytes(right));
}

function asBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
}
