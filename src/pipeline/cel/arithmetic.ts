// CEL arithmetic: ints are 64-bit and overflow is an error, decimals are exact, anything with a double is double, `/` of ints
// truncates and of anything else is double, `%` is of ints only (contract/cel/types.ts).
import { CelDecimal, CelDuration, CelError, type CelNumber, CelTimestamp, type CelValue, isNumber, kindOf } from './values.ts';

type Operator = '+' | '-' | '*' | '/' | '%';

export function arithmetic(op: Operator, a: CelValue, b: CelValue): CelValue | CelError {
  if (typeof a === 'bigint' && typeof b === 'bigint') return ofInts(op, a, b);
  if (isNumber(a) && isNumber(b)) return ofNumbers(op, a, b);
  if (op === '+') return plus(a, b) ?? noOverload(op, a, b);
  if (op === '-') return minus(a, b) ?? noOverload(op, a, b);
  return noOverload(op, a, b);
}

export function negate(value: CelValue): CelValue | CelError {
  if (typeof value === 'bigint') return int(-value);
  if (typeof value === 'number') return -value;
  if (value instanceof CelDecimal) return new CelDecimal(-value.unscaled, value.scale);
  return value instanceof CelDuration ? new CelDuration(-value.nanos) : new CelError(`no such overload: - of ${kindOf(value)}`);
}

function noOverload(op: string, a: CelValue, b: CelValue): CelError {
  return new CelError(`no such overload: ${op} of ${kindOf(a)} and ${kindOf(b)}`);
}

/** An int, or the overflow error. */
export function int(value: bigint): bigint | CelError {
  return BigInt.asIntN(64, value) === value ? value : new CelError('integer overflow');
}

function ofInts(op: Operator, a: bigint, b: bigint): CelValue | CelError {
  switch (op) {
    case '+':
      return int(a + b);
    case '-':
      return int(a - b);
    case '*':
      return int(a * b);
    case '/':
      return b === 0n ? new CelError('division by zero') : int(a / b);
    case '%':
      return b === 0n ? new CelError('modulus by zero') : a % b;
  }
}

function ofNumbers(op: Operator, a: CelNumber, b: CelNumber): CelValue | CelError {
  if (op === '%') return noOverload(op, a, b);
  if (op === '/' || typeof a === 'number' || typeof b === 'number') return ofDoubles(op, toDouble(a), toDouble(b));
  const left = toDecimal(a);
  const right = toDecimal(b);
  if (op === '*') return new CelDecimal(left.unscaled * right.unscaled, left.scale + right.scale);
  const scale = Math.max(left.scale, right.scale);
  const [x, y] = [left, right].map((value) => value.unscaled * 10n ** BigInt(scale - value.scale)) as [bigint, bigint];
  return new CelDecimal(op === '+' ? x + y : x - y, scale);
}

function ofDoubles(op: Exclude<Operator, '%'>, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
  }
}

export function toDouble(value: CelNumber): number {
  return value instanceof CelDecimal ? Number(decimalText(value)) : Number(value);
}

/** Plain decimal notation. */
export function decimalText({ unscaled, scale }: CelDecimal): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function toDecimal(value: bigint | CelDecimal): CelDecimal {
  return typeof value === 'bigint' ? new CelDecimal(value, 0) : value;
}

function plus(a: CelValue, b: CelValue): CelValue | CelError | undefined {
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.concat([a, b]);
  if (Array.isArray(a) && Array.isArray(b)) return [...(a as CelValue[]), ...(b as CelValue[])];
  if (a instanceof CelDuration && b instanceof CelDuration) return new CelDuration(a.nanos + b.nanos);
  if (a instanceof CelTimestamp && b instanceof CelDuration) return new CelTimestamp(a.nanos + b.nanos);
  return a instanceof CelDuration && b instanceof CelTimestamp ? new CelTimestamp(a.nanos + b.nanos) : undefined;
}

function minus(a: CelValue, b: CelValue): CelValue | CelError | undefined {
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return new CelDuration(a.nanos - b.nanos);
  if (a instanceof CelTimestamp && b instanceof CelDuration) return new CelTimestamp(a.nanos - b.nanos);
  return a instanceof CelDuration && b instanceof CelDuration ? new CelDuration(a.nanos - b.nanos) : undefined;
}
