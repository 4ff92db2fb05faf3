// Partition transforms over a whole column of a batch: every row gets a small code, equal codes mean equal transformed values. No
// object per row; values are made once per distinct code. Agrees with transforms.ts value for value (a property test).

import { readCell } from '../column-cells.ts';
import { type Column, type ColumnSet, isPresent, type Layout, type Slot } from '../columns.ts';
import type { CellValue, IcebergType } from '../contract/types.ts';
import { assertInvariant } from '../errors.ts';
import { dayOfTimestamp, hourOfTimestamp, monthOfDay, yearOfDay } from './calendar.ts';
import { murmur3, murmur3Long } from './murmur3.ts';
import { bindTransform, bucketOf, type Transform } from './transforms.ts';

export interface CodedColumn {
  /** Code of every row asked for, by position in `rows`. */
  readonly codes: Uint32Array;
  /** Transformed value by code. */
  readonly values: readonly CellValue[];
}

export interface ColumnRef {
  readonly set: ColumnSet;
  readonly layout: Layout;
  readonly slot: number;
}

/** Codes and values of one transformed column for the given rows. */
export function transformColumn(column: ColumnRef, transform: Transform, rows: Uint32Array): CodedColumn {
  const plan = column.layout.slots[column.slot]!;
  const key = integerKey(column.set.columns[column.slot]!, plan.field.type, { transform, bytes: column.set.bytes });
  if (key) return codeTimes(column, rows, { key, transform }) ?? codeIntegers(column, rows, key);
  return codeValues(column, rows, { transform, plan });
}

/** The top-level or struct-member slot of a field id. */
export function slotOfField(layout: Layout, fieldId: number): number {
  const plan = layout.slots.find((slot) => slot.field.id === fieldId);
  assertInvariant(plan, `field ${fieldId} is a column of the batch`);
  return plan.slot;
}

type IntegerKey = (row: number) => number;

/** For transforms whose result is an int: the function of a present row. */
function integerKey(
  column: Column,
  type: IcebergType,
  how: { readonly transform: Transform; readonly bytes: Buffer },
): IntegerKey | undefined {
  const { transform } = how;
  switch (transform.kind) {
    case 'bucket': {
      const hash = rowHash(column, type, how.bytes);
      return hash && ((row) => bucketOf(hash(row), transform.width));
    }
    case 'year':
    case 'month':
    case 'day': {
      const day = rowDay(column, type);
      if (transform.kind === 'day') return day;
      const of = cached(transform.kind === 'year' ? yearOfDay : monthOfDay);
      return (row) => of(day(row));
    }
    case 'hour':
      return rowUnit(column, type, { microsPerUnit: 3_600_000_000, exact: hourOfTimestamp });
    case 'identity':
      return column.kind === 'i32' ? (row) => column.v[row]! : undefined;
    default:
      return undefined;
  }
}

function rowDay(column: Column, type: IcebergType): IntegerKey {
  if (column.kind === 'i32') return (row) => column.v[row]!;
  return rowUnit(column, type, { microsPerUnit: 86_400_000_000, exact: dayOfTimestamp });
}

const EXACT_HIGH = 2 ** 21;

/**
 * Whole units since the epoch of a timestamp column. Microseconds below 2^53 (until the year 2255) are exact in a double, and so
 * is the floored quotient: one microsecond less than k units is more than half an ulp below k for every such k.
 */
function rowUnit(
  column: Column,
  type: IcebergType,
  unit: { readonly microsPerUnit: number; readonly exact: (value: bigint, type: string) => number },
): IntegerKey {
  assertInvariant(column.kind === 'i64' && typeof type === 'string', 'time transforms read timestamps');
  const exact: IntegerKey = (row) => unit.exact(column.v[row]!, type);
  if (type.endsWith('_ns')) return exact;
  const halves = halvesOf(column.v);
  return (row) => {
    const high = halves[row * 2 + 1]!;
    if (high < -EXACT_HIGH || high >= EXACT_HIGH) return exact(row);
    return Math.floor((high * 4_294_967_296 + (halves[row * 2]! >>> 0)) / unit.microsPerUnit);
  };
}

function rowHash(column: Column, type: IcebergType, bytes: Buffer): IntegerKey | undefined {
  if (column.kind === 'i32') return (row) => murmur3Long(column.v[row]!, column.v[row]! >> 31);
  const isPlain = type === 'string' || type === 'binary' || type === 'uuid' || (typeof type === 'string' && type.startsWith('fixed'));
  if (column.kind === 'view' && isPlain) return (row) => murmur3(bytes, column.start[row]!, column.start[row]! + column.length[row]!);
  if (column.kind !== 'i64' || (type !== 'long' && type !== 'time' && type !== 'timestamp' && type !== 'timestamptz')) return undefined;
  const halves = halvesOf(column.v);
  return (row) => murmur3Long(halves[row * 2]!, halves[row * 2 + 1]!);
}

/** The same memory as 32-bit halves, the low one first (every platform Node runs on is little-endian). */
export function halvesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

function cached(of: (day: number) => number): (day: number) => number {
  const known = new Map<number, number>();
  return (day) => {
    let value = known.get(day);
    if (value === undefined) known.set(day, (value = of(day)));
    return value;
  };
}

function codeIntegers(column: ColumnRef, rows: Uint32Array, key: IntegerKey): CodedColumn {
  return code(
    rows,
    (row) => (isPresent(column.set, column.slot, row) ? key(row) : null),
    (value) => value,
  );
}

/**
 * Units of times. The usual batch lies within one day: units rise with the value, so where the smallest and the largest are of one unit, all
 * are. Else a unit is looked up where a row's day (or hour) is another than the one before. Undefined where a row has no value, or where
 * a double would not be exact.
 */
function codeTimes(
  { set, layout, slot }: ColumnRef,
  rows: Uint32Array,
  how: { readonly key: IntegerKey; readonly transform: Transform },
): CodedColumn | undefined {
  const column = set.columns[slot]!;
  const micros = MICROS[how.transform.kind];
  if (column.kind !== 'i64' || micros === undefined || rows.length === 0) return undefined;
  const halves = halvesOf(column.v);
  const words = set.present[slot >> 5]!;
  const bit = slot & 31;
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [leastRow, mostRow] = [0, 0];
  let everywhere = 1;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    everywhere &= words[row]! >>> bit;
    const value = halves[row * 2 + 1]! * 4_294_967_296 + (halves[row * 2]! >>> 0);
    if (value < least) {
      least = value;
      leastRow = row;
    }
    if (value > most) {
      most = value;
      mostRow = row;
    }
  }
  if (everywhere !== 1 || least < Number.MIN_SAFE_INTEGER || most > Number.MAX_SAFE_INTEGER) return undefined;
  const unit = how.key(leastRow);
  if (unit === how.key(mostRow)) return { codes: new Uint32Array(rows.length), values: [unit] };
  return layout.slots[slot]!.field.type === 'timestamp' || layout.slots[slot]!.field.type === 'timestamptz'
    ? codeUnits(halves, rows, { key: how.key, micros })
    : undefined;
}

/** What decides about the unit: a day about its month and year. */
const MICROS: Readonly<Partial<Record<Transform['kind'], number>>> = {
  year: 86_400_000_000,
  month: 86_400_000_000,
  day: 86_400_000_000,
  hour: 3_600_000_000,
};

/** Values are exact as doubles, and so is the floored quotient (see `rowUnit`). */
function codeUnits(halves: Int32Array, rows: Uint32Array, how: { readonly key: IntegerKey; readonly micros: number }): CodedColumn {
  const codes = new Uint32Array(rows.length);
  const known = new Map<number, number>();
  let lastQuotient = Number.NaN;
  let lastCode = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const quotient = Math.floor((halves[row * 2 + 1]! * 4_294_967_296 + (halves[row * 2]! >>> 0)) / how.micros);
    if (quotient !== lastQuotient) {
      lastQuotient = quotient;
      const unit = how.key(row);
      let code = known.get(unit);
      if (code === undefined) known.set(unit, (code = known.size));
      lastCode = code;
    }
    codes[i] = lastCode;
  }
  return { codes, values: [...known.keys()] };
}

/** Any other pair: cells compared by a text or number that tells them apart. */
function codeValues(column: ColumnRef, rows: Uint32Array, how: { readonly transform: Transform; readonly plan: Slot }): CodedColumn {
  const { set, layout, slot } = column;
  const apply = bindTransform(how.transform, how.plan.field.type);
  const cells = new Map<string | number | bigint, CellValue>();
  const keyed = (row: number) => {
    const cell = apply(readCell(set, layout, { slot, row }));
    if (cell === null) return null;
    const key = keyOf(cell);
    if (!cells.has(key)) cells.set(key, cell);
    return key;
  };
  return code(rows, keyed, (key) => cells.get(key)!);
}

function keyOf(cell: Exclude<CellValue, null>): string | number | bigint {
  if (cell instanceof Uint8Array) return Buffer.from(cell.buffer, cell.byteOffset, cell.length).toString('latin1');
  if (typeof cell === 'number') return Object.is(cell, -0) ? '-0' : cell;
  return typeof cell === 'boolean' ? String(cell) : (cell as string | bigint);
}

function code<K extends string | number | bigint>(
  rows: Uint32Array,
  keyed: (row: number) => K | null,
  value: (key: K) => CellValue,
): CodedColumn {
  const codes = new Uint32Array(rows.length);
  const known = new Map<K | null, number>();
  const values: CellValue[] = [];
  let lastKey: K | null | undefined;
  let lastCode = 0;
  for (let i = 0; i < rows.length; i += 1) {
    const key = keyed(rows[i]!);
    if (key !== lastKey) {
      let next = known.get(key);
      if (next === undefined) {
        next = values.length;
        known.set(key, next);
        values.push(key === null ? null : value(key));
      }
      lastKey = key;
      lastCode = next;
    }
    codes[i] = lastCode;
  }
  return { codes, values };
}
