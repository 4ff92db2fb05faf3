// CEL values while a rule is evaluated, and what all of them share: equality and order. Numbers of all kinds compare by their
// mathematical value, without rounding (CONTRACT.md: "integers and doubles compare by value"). An error is a value, so that && and
// || can absorb it as the CEL specification has it ("Logical Operators").
import { fractionOfDouble } from '../exact-number.ts';

export class CelError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** unscaled × 10^−scale. */
export class CelDecimal {
  readonly unscaled: bigint;
  readonly scale: number;
  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled;
    this.scale = scale;
  }
}

/** Nanoseconds since 1970-01-01T00:00:00Z. */
export class CelTimestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class CelDuration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export type CelValue = null | boolean | bigint | number | string | Uint8Array | CelDecimal | CelTimestamp | CelDuration | CelList | CelMap;
export type CelList = readonly CelValue[];
/** Keys are strings, ints (bigint) and bools. */
export type CelMap = ReadonlyMap<CelValue, CelValue>;

/** The kind of a value in words. */
export function kindOf(value: CelValue): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    default:
      return kindOfObject(value);
  }
}

function kindOfObject(value: Uint8Array | CelDecimal | CelTimestamp | CelDuration | CelList | CelMap): string {
  if (value instanceof CelDecimal) return 'decimal';
  if (value instanceof CelTimestamp) return 'timestamp';
  if (value instanceof CelDuration) return 'duration';
  if (value instanceof Uint8Array) return 'bytes';
  return Array.isArray(value) ? 'list' : 'map';
}

export type CelNumber = bigint | number | CelDecimal;

export function isNumber(value: CelValue): value is CelNumber {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof CelDecimal;
}

/** Values of different kinds are not equal, except numbers of equal value. */
export function isEqual(a: CelValue, b: CelValue): boolean {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (a instanceof CelTimestamp || a instanceof CelDuration) return a.constructor === b.constructor && a.nanos === (b as CelDuration).nanos;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i] as CelValue));
  return a instanceof Map && b instanceof Map && isEqualMap(a, b);
}

function isEqualMap(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !isEqual(value, other)) return false;
  }
  return true;
}

/** −1, 0, 1; NaN when there is no order between them (a NaN); undefined when their kinds have none. */
export function compare(a: CelValue, b: CelValue): number | undefined {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if ((a instanceof CelTimestamp && b instanceof CelTimestamp) || (a instanceof CelDuration && b instanceof CelDuration)) {
    return order(a.nanos, b.nanos);
  }
  return undefined;
}

function order(a: bigint | number, b: bigint | number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  // Not `===`: a bigint and a number of one value are equal here; a NaN is equal to nothing.
  return a <= b ? 0 : Number.NaN;
}

/** JavaScript orders bigint and number by value, exactly; decimals are scaled to a common unit. */
export function compareNumbers(a: CelNumber, b: CelNumber): number {
  if (!(a instanceof CelDecimal) && !(b instanceof CelDecimal)) return order(a, b);
  const infinite = [a, b].find((value) => typeof value === 'number' && !Number.isFinite(value));
  if (infinite !== undefined) return order(a === infinite ? (a as number) : 0, b === infinite ? (b as number) : 0);
  const left = fractionOf(a);
  const right = fractionOf(b);
  return order(left.numerator * right.denominator, right.numerator * left.denominator);
}

function fractionOf(value: CelNumber): { readonly numerator: bigint; readonly denominator: bigint } {
  if (typeof value === 'bigint') return { numerator: value, denominator: 1n };
  if (typeof value === 'number') return fractionOfDouble(value);
  return { numerator: value.unscaled, denominator: 10n ** BigInt(value.scale) };
}

/** CEL orders strings by code points; UTF-16 units order supplementary characters before U+E000. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) === b.charCodeAt(i)) continue;
    return isLow(a, i) && isLow(b, i) ? order(a.charCodeAt(i), b.charCodeAt(i)) : order(a.codePointAt(i)!, b.codePointAt(i)!);
  }
  return order(a.length, b.length);
}

function isLow(text: string, i: number): boolean {
  const unit = text.charCodeAt(i);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
