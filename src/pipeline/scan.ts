// The JSON grammar (RFC 8259) over bytes: positions in, positions out, no values made. What every reader of a message shares:
// strings, numbers, skipping a whole value, and finding what the contract calls a violation anywhere in a message, named keys or
// not: a repeated key, a lone surrogate, too much nesting. UTF-8 is checked before, natively, for the whole batch.
//
// Functions return the position behind what they read, or FAULT after noting rule and place in the scan. Every value is followed
// by a 0 byte (decode/records.ts), which no token accepts, so nothing here needs a bounds check.
import { LIMITS } from '../contract/limits.ts';
import { addKey, type KeySets, makeKeySets } from './repeated-keys.ts';

export const FAULT = -1;

export interface Scan {
  bytes: Buffer;
  /** End of the value being read; only for messages. */
  end: number;
  /** Set with FAULT. */
  faultRule: 'not-json' | 'too-deep';
  faultAt: number;
  depth: number;
  /** Of the string read last. */
  hasEscape: boolean;
  isAscii: boolean;
  /** Did the string read last hold half a surrogate pair? */
  hasLoneSurrogate: boolean;
  /** Of the key read last, over its raw bytes. */
  keyHash: number;
  /** First place of each in this record, −1 if there is none. */
  repeatedKeyAt: number;
  loneSurrogateAt: number;
  /** Lone surrogates noted so far. */
  loneSurrogates: number;
  readonly keys: KeySets;
  readonly number: NumberScan;
}

/** Of the number read last: (−1)^isNegative × mantissa × 10^exponent. `mantissa` is exact up to 15 digits. */
export interface NumberScan {
  isNegative: boolean;
  mantissa: number;
  /** Digits of integer part and fraction. */
  digits: number;
  exponent: number;
  /** Digits written altogether, exponent included. */
  written: number;
}

export function makeScan(): Scan {
  return {
    bytes: Buffer.alloc(0),
    end: 0,
    faultRule: 'not-json',
    faultAt: 0,
    depth: 0,
    hasEscape: false,
    isAscii: true,
    hasLoneSurrogate: false,
    keyHash: 0,
    repeatedKeyAt: -1,
    loneSurrogateAt: -1,
    loneSurrogates: 0,
    keys: makeKeySets(),
    number: { isNegative: false, mantissa: 0, digits: 0, exponent: 0, written: 0 },
  };
}

/** Makes the scan ready for the value that ends at `end`. */
export function startRecord(s: Scan, end: number): void {
  s.end = end;
  s.faultRule = 'not-json';
  s.depth = 0;
  s.repeatedKeyAt = -1;
  s.loneSurrogateAt = -1;
  s.keys.top = 0;
}

export function fault(s: Scan, at: number): number {
  s.faultRule = 'not-json';
  s.faultAt = at;
  return FAULT;
}

export function skipSpace(b: Uint8Array, p: number): number {
  for (;;) {
    const c = b[p]!;
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return p;
    p++;
  }
}

/** `p` is behind the opening quote; returns the position behind the closing one. */
export function scanString(s: Scan, p: number): number {
  const b = s.bytes;
  s.hasEscape = false;
  s.isAscii = true;
  s.hasLoneSurrogate = false;
  for (;;) {
    let c = b[p]!;
    while (c !== 0x22 && c !== 0x5c && c > 0x1f && c < 0x80) c = b[++p]!;
    if (c === 0x22) return p + 1;
    if (c > 0x7f) {
      s.isAscii = false;
      p++;
    } else if (c === 0x5c) {
      s.hasEscape = true;
      p = scanEscape(s, p);
      if (p < 0) return FAULT;
    } else return fault(s, p);
  }
}

/** `p` is behind the opening quote of a key; also leaves the hash of its raw bytes. */
export function scanKey(s: Scan, p: number): number {
  const b = s.bytes;
  const start = p;
  let hash = 0;
  let c = b[p]!;
  while (c !== 0x22 && c !== 0x5c && c > 0x1f && c < 0x80) {
    hash = (Math.imul(hash, 31) + c) | 0;
    c = b[++p]!;
  }
  s.keyHash = hash;
  if (c === 0x22) {
    s.hasEscape = false;
    s.isAscii = true;
    return p + 1;
  }
  const end = scanString(s, start);
  if (end < 0) return FAULT;
  s.keyHash = hashOf(b, start, end - 1);
  return end;
}

export function hashOf(b: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let p = start; p < end; p++) hash = (Math.imul(hash, 31) + b[p]!) | 0;
  return hash;
}

/** `p` is at the backslash. A surrogate escape without its other half is noted, not a fault: the grammar allows it. */
function scanEscape(s: Scan, p: number): number {
  const b = s.bytes;
  const c = b[p + 1]!;
  if (c !== 0x75)
    return c === 0x22 || c === 0x5c || c === 0x2f || c === 0x62 || c === 0x66 || c === 0x6e || c === 0x72 || c === 0x74
      ? p + 2
      : fault(s, p + 1);
  const unit = hex4(b, p + 2);
  if (unit < 0) return fault(s, p + 2);
  if (unit < 0xd800 || unit > 0xdfff) {
    if (unit > 0x7f) s.isAscii = false;
    return p + 6;
  }
  s.isAscii = false;
  if (unit < 0xdc00 && b[p + 6] === 0x5c && b[p + 7] === 0x75) {
    const low = hex4(b, p + 8);
    if (low >= 0xdc00 && low <= 0xdfff) return p + 12;
  }
  s.hasLoneSurrogate = true;
  s.loneSurrogates++;
  if (s.loneSurrogateAt < 0) s.loneSurrogateAt = p;
  return p + 6;
}

/** Four hexadecimal digits, or −1. */
export function hex4(b: Uint8Array, p: number): number {
  let unit = 0;
  for (let i = 0; i < 4; i++) {
    const digit = hexDigit(b[p + i]!);
    if (digit < 0) return -1;
    unit = (unit << 4) | digit;
  }
  return unit;
}

export function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

export const TRUE = Buffer.from('true');
export const FALSE = Buffer.from('false');
export const NULL = Buffer.from('null');

export function skipWord(s: Scan, p: number, word: Uint8Array): number {
  for (let i = 1; i < word.length; i++) if (s.bytes[p + i] !== word[i]) return fault(s, p + i);
  return p + word.length;
}

/** Enters an object or array; FAULT when it is nested too deep. Pair with `leave`. */
export function enter(s: Scan, p: number): number {
  if (++s.depth <= LIMITS.jsonDepthMax) return p + 1;
  s.faultRule = 'too-deep';
  s.faultAt = p;
  return FAULT;
}

/** From behind a key to the first byte of its value. */
export function expectColon(s: Scan, p: number): number {
  const b = s.bytes;
  if (b[p] !== 0x3a) p = skipSpace(b, p);
  if (b[p] !== 0x3a) return fault(s, p);
  return b[p + 1]! > 0x20 ? p + 1 : skipSpace(b, p + 1);
}

/** Remembers a key of the object whose keys begin at `base`; notes the first repeated one of the record. */
export function noteKey(s: Scan, start: number, end: number, base: number): void {
  const isNew = addKey(s.keys, s, start, end, base);
  if (!isNew && s.repeatedKeyAt < 0) s.repeatedKeyAt = start - 1;
}
