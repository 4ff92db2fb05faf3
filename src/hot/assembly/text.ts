// JSON strings → text: in place where the message holds it as it is, else unescaped into the aux area; cleaned; UUIDs and base64.
import { CELL_STEP_COUNT, CELL_STEPS, STEP_EMPTY_TO_NULL, STEP_LOWER, STEP_TRIM, STEP_UPPER } from '../layout.ts';
import { auxTop, hasRoom, setAuxTop } from './aux.ts';
import { readEscape, specials } from './scan.ts';

/** The text read last. */
export let textStart: usize = 0;
export let textLength: u32 = 0;
export let textIsAscii: bool = true;

export function setText(start: usize, length: u32, ascii: bool): void {
  textStart = start;
  textLength = length;
  textIsAscii = ascii;
}

/** `p` is at the opening quote; leaves the text, returns the position behind the closing quote. */
export function readString(p: usize): usize {
  const start = p + 1;
  const end = findEnd(start);
  if (load<u8>(end) === 0x22) {
    textStart = start;
    textLength = <u32>(end - start);
    return end + 1;
  }
  return load<u8>(end) === 0x5c ? unescapeString(start, end) : 0;
}

/** The first quote, backslash or control character; leaves `textIsAscii` for what is before it. */
function findEnd(p: usize): usize {
  let high: u32 = 0;
  while (true) {
    const v = v128.load(p);
    const special = specials(v);
    const highs: u32 = i8x16.bitmask(v);
    if (special !== 0) {
      const at = ctz(special);
      textIsAscii = (high | (highs & ((1 << at) - 1))) === 0;
      return p + at;
    }
    high |= highs;
    p += 16;
  }
}

/** The string from `start` on, whose first escape is at `p`, into the aux area: runs of escapes, and runs of plain text 16 bytes at a time. */
function unescapeString(start: usize, p: usize): usize {
  const before = <u32>(p - start);
  if (!hasRoom(before)) return 0;
  copyText(auxTop, start, before);
  let to = auxTop + before;
  let high: u32 = u32(!textIsAscii);
  for (;;) {
    while (load<u8>(p) === 0x5c) {
      const code = readEscape(p);
      if (code < 0 || !hasRoom(<u32>(to - auxTop))) return 0;
      p += load<u8>(p + 1) !== 0x75 ? 2 : code > 0xffff ? 12 : 6;
      high |= u32(code > 0x7f);
      to = putCodePoint(to, code);
    }
    if (!hasRoom(<u32>(to - auxTop))) return 0;
    const v = v128.load(p);
    v128.store(to, v);
    const special = specials(v);
    const highs: u32 = i8x16.bitmask(v);
    const plain: usize = special === 0 ? 16 : ctz(special);
    high |= special === 0 ? highs : highs & (special ^ (special - 1));
    p += plain;
    to += plain;
    if (special === 0) continue;
    const c: u32 = load<u8>(p);
    if (c === 0x22) break;
    if (c !== 0x5c) return 0;
  }
  textStart = auxTop;
  textLength = <u32>(to - auxTop);
  textIsAscii = high === 0;
  setAuxTop(to);
  return p + 1;
}

/** Copies in steps of 16 bytes: up to 15 bytes behind the copy are written too, so there has to be room for them. */
export function copyText(to: usize, from: usize, size: u32): void {
  const end = to + size;
  while (to < end) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
}

/** UTF-8 (RFC 3629 §3). */
function putCodePoint(to: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(to, <u8>code);
    return to + 1;
  }
  if (code < 0x800) {
    store<u8>(to, <u8>(0xc0 | (code >> 6)));
    store<u8>(to, <u8>(0x80 | (code & 0x3f)), 1);
    return to + 2;
  }
  if (code < 0x10000) {
    store<u8>(to, <u8>(0xe0 | (code >> 12)));
    store<u8>(to, <u8>(0x80 | ((code >> 6) & 0x3f)), 1);
    store<u8>(to, <u8>(0x80 | (code & 0x3f)), 2);
    return to + 3;
  }
  store<u8>(to, <u8>(0xf0 | (code >> 18)));
  store<u8>(to, <u8>(0x80 | ((code >> 12) & 0x3f)), 1);
  store<u8>(to, <u8>(0x80 | ((code >> 6) & 0x3f)), 2);
  store<u8>(to, <u8>(0x80 | (code & 0x3f)), 3);
  return to + 4;
}

export const CLEANED: u32 = 1;
export const CLEANED_TO_NULL: u32 = 2;

/** Cleans the text read last; 0 when that takes Unicode's tables, which the host has. Only ASCII is cleaned here. */
export function cleanText(cell: usize): u32 {
  const count = load<u32>(cell, CELL_STEP_COUNT);
  const steps: usize = load<u32>(cell, CELL_STEPS);
  for (let i: u32 = 0; i < count; i++) {
    const step: u32 = load<u8>(steps + i);
    if (step === STEP_EMPTY_TO_NULL) {
      if (textLength === 0) return CLEANED_TO_NULL;
      continue;
    }
    if (!textIsAscii) return 0;
    if (step === STEP_TRIM) trim();
    else if (step === STEP_LOWER) {
      if (!mapCase(0x41)) return 0;
    } else if (step === STEP_UPPER) {
      if (!mapCase(0x61)) return 0;
    }
  }
  return CLEANED;
}

function trim(): void {
  let start = textStart;
  let end = textStart + textLength;
  while (start < end && isSpace(load<u8>(start))) start++;
  while (end > start && isSpace(load<u8>(end - 1))) end--;
  textStart = start;
  textLength = <u32>(end - start);
}

/** Unicode White_Space among ASCII. */
function isSpace(c: u32): bool {
  return c === 0x20 || c - 9 < 5;
}

/** Flips the case of the 26 letters from `first` on; the text moves to aux only if it has one. False without room. */
function mapCase(first: u32): bool {
  if (!hasLetter(first)) return true;
  if (!hasRoom(textLength)) return false;
  const to = auxTop;
  for (let i: u32 = 0; i < textLength; i += 16) {
    const v = v128.load(textStart + i);
    v128.store(to + i, v128.xor(v, v128.and(lettersOf(v, first), i8x16.splat(0x20))));
  }
  textStart = to;
  setAuxTop(to + textLength);
  return true;
}

/** Is one of the 26 letters from `first` on in the text? */
function hasLetter(first: u32): bool {
  for (let i: u32 = 0; i < textLength; i += 16) {
    const letters: u32 = i8x16.bitmask(lettersOf(v128.load(textStart + i), first));
    const rest = textLength - i;
    if ((rest < 16 ? letters & ((1 << rest) - 1) : letters) !== 0) return true;
  }
  return false;
}

/** All ones where a byte is one of the 26 letters. @inline */
export function lettersOf(v: v128, first: u32): v128 {
  return i8x16.lt_u(i8x16.sub(v, i8x16.splat(<i8>first)), i8x16.splat(26));
}

/**
 * The text read last as the 16 bytes of a UUID (RFC 9562 §4), in aux; false when it is none. Digits stand at 0–7, 9–12, 14–17, 19–22 and
 * 24–35: two vectors of 16 without the hyphens.
 */
export function putUuid(): bool {
  return textLength === 36 && hasRoom(16) && putUuidAt(textStart);
}

/** The 36 characters at `p`. */
export function putUuidAt(p: usize): bool {
  if (load<u8>(p, 8) !== 0x2d || load<u8>(p, 13) !== 0x2d || load<u8>(p, 18) !== 0x2d || load<u8>(p, 23) !== 0x2d) return false;
  const first = i8x16.shuffle(v128.load(p), v128.load(p, 16), 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17);
  const second = i8x16.shuffle(v128.load(p, 19), v128.load(p, 20), 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 31);
  if (!areDigits(first) || !areDigits(second)) return false;
  v128.store(auxTop, i8x16.narrow_i16x8_u(pairs(first), pairs(second)));
  return true;
}

function areDigits(v: v128): bool {
  const isDecimal = i8x16.lt_u(i8x16.sub(v, i8x16.splat(0x30)), i8x16.splat(10));
  const isLetter = i8x16.lt_u(i8x16.sub(v128.or(v, i8x16.splat(0x20)), i8x16.splat(0x61)), i8x16.splat(6));
  return i8x16.all_true(v128.or(isDecimal, isLetter));
}

/** Sixteen hexadecimal digits → eight bytes, in 16-bit lanes. A letter's value is its low four bits and nine. */
function pairs(v: v128): v128 {
  const isLetter = i8x16.gt_u(v, i8x16.splat(0x39));
  const values = i8x16.add(v128.and(v, i8x16.splat(0x0f)), v128.and(isLetter, i8x16.splat(9)));
  return v128.and(v128.or(i16x8.shl(values, 4), i16x8.shr_u(values, 8)), i16x8.splat(0xff));
}

/** Value of a base64 digit (RFC 4648 §4), 255 for none. */
function sextet(c: u32): u32 {
  if (c - 0x41 < 26) return c - 0x41;
  if (c - 0x61 < 26) return c - 0x47;
  if (c - 0x30 < 10) return c + 4;
  return c === 0x2b ? 62 : c === 0x2f ? 63 : 255;
}

/** Writes the bytes of the base64 text read last behind aux; how many, −1 when it is none (padded, no bits left over). */
export function putBase64(): i32 {
  if ((textLength & 3) !== 0 || !hasRoom(textLength)) return -1;
  let padding: u32 = 0;
  while (padding < 2 && padding < textLength && load<u8>(textStart + textLength - 1 - padding) === 0x3d) padding++;
  const end = textStart + textLength - padding;
  let to = auxTop;
  let bits: u32 = 0;
  let held: u32 = 0;
  for (let p = textStart; p < end; p++) {
    const digit = sextet(load<u8>(p));
    if (digit > 63) return -1;
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      store<u8>(to++, <u8>(held >> bits));
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? <i32>(to - auxTop) : -1;
}
