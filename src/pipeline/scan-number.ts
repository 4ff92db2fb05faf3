// JSON numbers (RFC 8259 §6): the grammar, and mantissa and exponent on the way. What they mean is exact-number.ts.
import { fault, type Scan } from './scan.ts';

/** `p` is at `-` or a digit. Leaves mantissa and exponent in `s.number`. */
export function scanNumber(s: Scan, p: number): number {
  const b = s.bytes;
  const n = s.number;
  n.isNegative = b[p] === 0x2d;
  if (n.isNegative) p++;
  const start = p;
  let mantissa = 0;
  let c = b[p]!;
  if (c === 0x30) c = b[++p]!;
  else if (c >= 0x31 && c <= 0x39) {
    do {
      mantissa = mantissa * 10 + (c - 0x30);
      c = b[++p]!;
    } while (c >= 0x30 && c <= 0x39);
  } else return fault(s, p);
  let digits = p - start;
  let exponent = 0;
  if (c === 0x2e) {
    const fraction = ++p;
    c = b[p]!;
    while (c >= 0x30 && c <= 0x39) {
      mantissa = mantissa * 10 + (c - 0x30);
      c = b[++p]!;
    }
    if (p === fraction) return fault(s, p);
    exponent = fraction - p;
    digits += p - fraction;
  }
  n.written = digits;
  n.mantissa = mantissa;
  n.digits = digits;
  n.exponent = exponent;
  return c === 0x65 || c === 0x45 ? scanExponent(s, p + 1) : p;
}

/** Exponents beyond this are all the same: no column holds such a number, and zero stays zero. */
const EXPONENT_MAX = 1_000_000;

function scanExponent(s: Scan, p: number): number {
  const b = s.bytes;
  const isNegative = b[p] === 0x2d;
  if (isNegative || b[p] === 0x2b) p++;
  const start = p;
  let exponent = 0;
  let c = b[p]!;
  while (c >= 0x30 && c <= 0x39) {
    if (exponent < EXPONENT_MAX) exponent = exponent * 10 + (c - 0x30);
    c = b[++p]!;
  }
  if (p === start) return fault(s, p);
  s.number.exponent += isNegative ? -exponent : exponent;
  s.number.written += p - start;
  return p;
}
