// How each Iceberg primitive is stored in Parquet: physical type, logical type, and the older converted type that readers without
// logical types need. Source: Iceberg specification, appendix A "Parquet"; parquet-format, LogicalTypes.md.
import { decimalOf, fixedLengthOf, type PrimitiveType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';

/** Numbers of `Type` in parquet.thrift. */
export const PHYSICAL = { boolean: 0, int32: 1, int64: 2, float: 4, double: 5, byteArray: 6, fixed: 7 } as const;
export type Physical = (typeof PHYSICAL)[keyof typeof PHYSICAL];

/** Numbers of `ConvertedType` in parquet.thrift. */
export const CONVERTED = { utf8: 0, map: 1, list: 3, decimal: 5, date: 6, timeMicros: 8, timestampMicros: 10 } as const;

export type Logical =
  | { readonly kind: 'string' | 'date' | 'uuid' | 'list' | 'map' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'time' | 'timestamp'; readonly isAdjustedToUtc: boolean; readonly unit: 'micros' | 'nanos' };

export interface PhysicalType {
  readonly physical: Physical;
  /** Only for fixed. */
  readonly length?: number;
  readonly logical?: Logical;
  readonly converted?: number;
  /** How values compare: numbers by value, bytes unsigned, big-endian two's complement signed. */
  readonly order: 'number' | 'unsigned' | 'signed-bytes';
}

/** The Parquet type of a primitive; `unknown` has none and is not written. */
export function physicalOf(type: PrimitiveType): PhysicalType {
  switch (type) {
    case 'boolean':
      return { physical: PHYSICAL.boolean, order: 'number' };
    case 'int':
      return { physical: PHYSICAL.int32, order: 'number' };
    case 'date':
      return { physical: PHYSICAL.int32, logical: { kind: 'date' }, converted: CONVERTED.date, order: 'number' };
    case 'long':
      return { physical: PHYSICAL.int64, order: 'number' };
    case 'float':
      return { physical: PHYSICAL.float, order: 'number' };
    case 'double':
      return { physical: PHYSICAL.double, order: 'number' };
    case 'string':
      return { physical: PHYSICAL.byteArray, logical: { kind: 'string' }, converted: CONVERTED.utf8, order: 'unsigned' };
    case 'binary':
      return { physical: PHYSICAL.byteArray, order: 'unsigned' };
    case 'uuid':
      return { physical: PHYSICAL.fixed, length: 16, logical: { kind: 'uuid' }, order: 'unsigned' };
    default:
      return timeType(type) ?? decimalType(type) ?? fixedType(type) ?? refuseType(type);
  }
}

/** Fewest bytes of two's complement that hold every decimal of the precision. */
export function decimalBytes(precision: number): number {
  let bytes = 1;
  while (2n ** BigInt(8 * bytes - 1) < 10n ** BigInt(precision)) bytes++;
  return bytes;
}

function timeType(type: PrimitiveType): PhysicalType | undefined {
  const base = { physical: PHYSICAL.int64, order: 'number' } as const;
  switch (type) {
    case 'time':
      return { ...base, logical: { kind: 'time', isAdjustedToUtc: false, unit: 'micros' }, converted: CONVERTED.timeMicros };
    case 'timestamp':
      return { ...base, logical: { kind: 'timestamp', isAdjustedToUtc: false, unit: 'micros' }, converted: CONVERTED.timestampMicros };
    case 'timestamptz':
      return { ...base, logical: { kind: 'timestamp', isAdjustedToUtc: true, unit: 'micros' }, converted: CONVERTED.timestampMicros };
    case 'timestamp_ns':
      return { ...base, logical: { kind: 'timestamp', isAdjustedToUtc: false, unit: 'nanos' } };
    case 'timestamptz_ns':
      return { ...base, logical: { kind: 'timestamp', isAdjustedToUtc: true, unit: 'nanos' } };
    default:
      return undefined;
  }
}

function decimalType(type: PrimitiveType): PhysicalType | undefined {
  const decimal = decimalOf(type);
  if (!decimal) return undefined;
  const base = { logical: { kind: 'decimal', ...decimal }, converted: CONVERTED.decimal } as const;
  if (decimal.precision <= 9) return { ...base, physical: PHYSICAL.int32, order: 'number' };
  if (decimal.precision <= 18) return { ...base, physical: PHYSICAL.int64, order: 'number' };
  return { ...base, physical: PHYSICAL.fixed, length: decimalBytes(decimal.precision), order: 'signed-bytes' };
}

function fixedType(type: PrimitiveType): PhysicalType | undefined {
  const length = fixedLengthOf(type);
  return length === undefined ? undefined : { physical: PHYSICAL.fixed, length, order: 'unsigned' };
}

function refuseType(type: PrimitiveType): never {
  throw new InputRefusedError(`a column of type ${type.slice(0, 40)} has no Parquet form, expected a type of the Iceberg specification`, {
    code: 'parquet-type',
  });
}
