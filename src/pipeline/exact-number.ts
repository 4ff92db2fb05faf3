// JSON numbers as exact values: no double stands between the text and an integer or decimal column (CONTRACT.md: `3.7` is no
// integer, `9007199254740993` keeps its last digit). Up to 15 digits the scan's mantissa is exact and everything stays in doubles;
// beyond, the digits go through BigInt.
import { LIMITS } from '../contract/limits.ts';
import type { NumberScan, Scan } from './scan.ts';

export type Scaled = 'small' | 'big' | 'inexact' | 'too-large' | 'too-long';

/** The result of `scaledInteger`. */
export interface Integer {
  /** With 'small': |value| < 10^15. */
  small: number;
  /** With 'big'. */
  big: bigint;
}

/** Digits an integer may have here: decimal(38) is the largest. */
const DIGITS_MAX = 38;

interface Scaling {
  readonly scale: number;
  readonly out: Integer;
}

/** What a number was read from; its source text is needed on the slow paths only. */
type NumberSource = Pick<Scan, 'bytes' | 'number'>;

/**
 * The number just scanned at bytes[start, end), times 10^scale, as an integer.
 * 'inexact': it has a fraction; 'too-large': more than 38 digits; 'too-long': more digits written than LIMITS.jsonNumberDigitsMax.
 */
export function scaledInteger({ number, bytes }: NumberSource, start: number, end: number, { scale, out }: Scaling): Scaled {
  if (number.digits > 15)
    return number.written > LIMITS.jsonNumberDigitsMax ? 'too-long' : scaledBig(number, scale, textAt(bytes, start, end), out);
  if (number.written > LIMITS.jsonNumberDigitsMax) return 'too-long';
  const { mantissa } = number;
  const shift = number.exponent + scale;
  if (mantissa === 0) return small(out, 0);
  if (shift < 0) {
    if (shift < -15) return 'inexact';
    const power = POWERS[-shift]!;
    if (mantissa % power !== 0) return 'inexact';
    return small(out, number.isNegative ? -(mantissa / power) : mantissa / power);
  }
  if (number.digits + shift > 15) return scaledBig(number, scale, textAt(bytes, start, end), out);
  const value = mantissa * POWERS[shift]!;
  return small(out, number.isNegative ? -value : value);
}

const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

function textAt(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end);
}

function small(out: Integer, value: number): Scaled {
  out.small = value;
  return 'small';
}

function scaledBig(number: NumberScan, scale: number, text: string, out: Integer): Scaled {
  const written = /^-?(\d+)(?:\.(\d+))?/.exec(text)!;
  const all = (written[1]! + (written[2] ?? '')).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return small(out, 0);
  const shift = number.exponent + scale + (all.length - digits.length);
  if (shift < 0) return 'inexact';
  if (digits.length + shift > DIGITS_MAX) return 'too-large';
  if (digits.length + shift <= 15) return small(out, Number(`${number.isNegative ? '-' : ''}${digits}e${shift}`));
  const value = BigInt(digits + '0'.repeat(shift));
  out.big = number.isNegative ? -value : value;
  return 'big';
}

/** The nearest double (ties to even); ±Infinity when there is none. Short numbers by one exact operation, others by the engine. */
export function nearestDouble({ number, bytes }: NumberSource, start: number, end: number): number {
  const { mantissa, exponent } = number;
  if (number.digits > 15 || exponent > 22 || exponent < -22) return Number(textAt(bytes, start, end));
  // Both operands are exact doubles, so the one rounding is the right one (Clinger 1990, "How to read floating point numbers").
  const value = exponent < 0 ? mantissa / POWERS[-exponent]! : mantissa * POWERS[exponent]!;
  return number.isNegative ? -value : value;
}

/**
 * The nearest single (ties to even), not the single nearest to the nearest double: rounding twice is wrong exactly when the
 * double lies midway between two singles and the text does not.
 */
export function nearestSingle(double: number, { bytes }: NumberSource, start: number, end: number): number {
  const rounded = Math.fround(double);
  if (rounded === double || !Number.isFinite(double)) return rounded;
  const other = neighbour(rounded, double);
  if (!Number.isFinite(rounded) || !Number.isFinite(other)) return overflowEdge(double, rounded, textAt(bytes, start, end));
  if ((rounded + other) / 2 !== double) return rounded;
  const side = compareExactly(textAt(bytes, start, end), double);
  if (side === 0) return rounded;
  return side > 0 ? Math.max(rounded, other) : Math.min(rounded, other);
}

const SINGLE_MAX = 3.4028234663852886e38;
/** Midway between the largest single and 2^128: from here on a number rounds to infinity. */
const SINGLE_OVERFLOW = 3.4028235677973366e38;

function overflowEdge(double: number, rounded: number, text: string): number {
  if (Math.abs(double) !== SINGLE_OVERFLOW) return rounded;
  const side = compareExactly(text, double) * Math.sign(double);
  return side < 0 ? Math.sign(double) * SINGLE_MAX : rounded;
}

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

/** The single next to `from` on the side of `towards`. */
function neighbour(from: number, towards: number): number {
  single[0] = from;
  if (from === 0) {
    singleBits[0] = towards > 0 ? 1 : -0x7fffffff;
    return single[0]!;
  }
  const isAway = Math.abs(towards) > Math.abs(from);
  singleBits[0] = singleBits[0]! + (isAway ? 1 : -1);
  return single[0]!;
}

/** Sign of (decimal text − double), exactly. */
function compareExactly(text: string, double: number): number {
  const decimal = fractionOfText(text);
  const binary = fractionOfDouble(double);
  const difference = decimal.numerator * binary.denominator - binary.numerator * decimal.denominator;
  return difference === 0n ? 0 : difference > 0n ? 1 : -1;
}

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Exact value of a finite decimal text whose exponent is that of a double. */
export function fractionOfText(text: string): Fraction {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const fraction = match[3] ?? '';
  const digits = BigInt(match[2]! + fraction);
  const exponent = Number(match[4] ?? 0) - fraction.length;
  const numerator = match[1] === '-' ? -digits : digits;
  return exponent >= 0
    ? { numerator: numerator * 10n ** BigInt(exponent), denominator: 1n }
    : { numerator, denominator: 10n ** BigInt(-exponent) };
}

/** Exact value of a finite double. */
export function fractionOfDouble(value: number): Fraction {
  let denominator = 1n;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    denominator *= 2n;
  }
  return { numerator: BigInt(scaled), denominator };
}
