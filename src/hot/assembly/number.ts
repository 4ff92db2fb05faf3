// JSON numbers (RFC 8259 §6): the grammar, and the exact value while its digits fit 64 bits. What is longer is the plain path's.
import { NUMBER_DIGITS_MAX } from '../layout.ts';

/** Of the number scanned last: (−1)^isNegative × mantissa × 10^exponent; the mantissa is exact up to 19 digits. */
export let isNegative: bool = false;
export let mantissa: u64 = 0;
export let digits: u32 = 0;
export let exponent: i32 = 0;
/** Digits written altogether, the exponent's included. */
let written: u32 = 0;
/** Result of `scaleInteger`. */
export let integer: i64 = 0;

const MANTISSA_DIGITS: u32 = 19;
const EXPONENT_MAX: i32 = 1_000_000;

/** 10^0 … 10^18. */
export const POWERS: usize = memory.data<u64>([
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000, 1_000_000_000_000,
  10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000,
  1_000_000_000_000_000_000,
]);

/** One in each byte; `0` in each; the upper half of each. */
export const ONES: u64 = u64.MAX_VALUE / 255;
export const ZEROS: u64 = ONES * 0x30;
export const HIGH_NIBBLES: u64 = ONES * 0xf0;

/** Digits at the beginning of eight bytes. A digit is 0x30 to 0x39; a carry of the sum reaches later bytes alone. @inline */
export function countDigits(word: u64): u32 {
  const values = word ^ ZEROS;
  const others = ((values + ONES * 6) | values) & HIGH_NIBBLES;
  return <u32>(ctz(others) >> 3);
}

/** The number that the first `count` digits make, at most 8: pairs, fours and eights of digits are added up at once. @inline */
export function numberOf(word: u64, count: u32): u64 {
  if (count === 0) return 0;
  let values = (word ^ ZEROS) << ((8 - count) << 3);
  values = ((values * 2561) >> 8) & (u64.MAX_VALUE / 257);
  values = ((values * 6553601) >> 16) & (u64.MAX_VALUE / 65_537);
  return (values * 42949672960001) >> 32;
}

/** Past the digits at `p`, which are put behind those of the mantissa. @inline */
function scanDigits(p: usize): usize {
  let m = mantissa;
  let count: u32;
  do {
    const word = load<u64>(p);
    count = countDigits(word);
    m = m * load<u64>(POWERS + ((<usize>count) << 3)) + numberOf(word, count);
    p += count;
  } while (count === 8);
  mantissa = m;
  return p;
}

/** `p` is at `-` or a digit; 0 for what is no number. */
export function scanNumber(p: usize): usize {
  let c: u32 = load<u8>(p);
  isNegative = c === 0x2d;
  if (isNegative) c = load<u8>(++p);
  const start = p;
  mantissa = 0;
  if (c === 0x30) p++;
  else if (c - 0x31 < 9) p = scanDigits(p);
  else return 0;
  c = load<u8>(p);
  digits = <u32>(p - start);
  exponent = 0;
  if (c === 0x2e) {
    const fraction = ++p;
    p = scanDigits(p);
    if (p === fraction) return 0;
    c = load<u8>(p);
    exponent = <i32>(fraction - p);
    digits += <u32>(p - fraction);
  }
  written = digits;
  return (c | 0x20) === 0x65 ? scanExponent(p + 1) : p;
}

function scanExponent(p: usize): usize {
  let c: u32 = load<u8>(p);
  const isBelow = c === 0x2d;
  if (isBelow || c === 0x2b) c = load<u8>(++p);
  const start = p;
  let e: i32 = 0;
  while (c - 0x30 < 10) {
    if (e < EXPONENT_MAX) e = e * 10 + (c - 0x30);
    c = load<u8>(++p);
  }
  if (p === start) return 0;
  exponent += isBelow ? -e : e;
  written += <u32>(p - start);
  return p;
}

/** May the number's value be taken from the mantissa? */
export function isShort(): bool {
  return digits <= MANTISSA_DIGITS && <i32>written <= NUMBER_DIGITS_MAX;
}

/** Is the text no longer than any number may be? */
export function isWithinDigits(): bool {
  return <i32>written <= NUMBER_DIGITS_MAX;
}

/** The number scanned last times 10^scale, exactly, into `integer`; false when it has a fraction or more than 63 bits. */
export function scaleInteger(scale: i32): bool {
  if (!isShort()) return false;
  let value = mantissa;
  const shift = exponent + scale;
  if (value === 0) {
    integer = 0;
    return true;
  }
  if (shift < 0) {
    if (shift < -18) return false;
    const power = load<u64>(POWERS + ((<usize>-shift) << 3));
    if (value % power !== 0) return false;
    value /= power;
  } else if (shift > 0) {
    if (shift > 18) return false;
    const power = load<u64>(POWERS + ((<usize>shift) << 3));
    // A product of b-bit and c-bit numbers has at most b + c bits; one that could have 64 is divided to be sure.
    if (clz<u64>(value) + clz<u64>(power) < 65 && value > <u64>i64.MAX_VALUE / power) return false;
    value *= power;
  }
  if (value > <u64>i64.MAX_VALUE) return false;
  integer = isNegative ? -(<i64>value) : <i64>value;
  return true;
}
