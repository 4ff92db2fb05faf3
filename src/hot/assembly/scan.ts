// The JSON grammar (RFC 8259) over bytes, 16 at a time. Positions in, positions out; 0 says that the kernel does not settle the record
// (a fault of the grammar, half a surrogate pair …) and the plain path judges it. Every value is followed by a 0 byte, which no token
// accepts, and memory goes on for 64 bytes behind it. UTF-8 was checked before.

/** Of the string read last. */
export let hasEscape: bool = false;
export let isAscii: bool = true;

/** Value of a hexadecimal digit by byte, 255 for none. */
export const HEX: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  255, 255, 255, 255, 255, 255, 255, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  255, 255, 255, 255, 255,
]);

export function skipSpace(p: usize): usize {
  while (true) {
    const c: u32 = load<u8>(p);
    if (c > 0x20 || (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09)) return p;
    p++;
  }
}

/** The same where there is rarely any. @inline */
export function pastSpace(p: usize): usize {
  return load<u8>(p) > 0x20 ? p : skipSpace(p);
}

/** Sixteen quotes, backslashes, last control characters: a load is cheaper than making a constant. */
// biome-ignore format: sixteen bytes a line
const SPECIALS: usize = memory.data<u32>([
  0x22222222, 0x22222222, 0x22222222, 0x22222222,
  0x5c5c5c5c, 0x5c5c5c5c, 0x5c5c5c5c, 0x5c5c5c5c,
  0x1f1f1f1f, 0x1f1f1f1f, 0x1f1f1f1f, 0x1f1f1f1f,
], 16);

/** Quotes, backslashes and control characters among 16 bytes, as bits. @inline */
export function specials(v: v128): u32 {
  const quotes = v128.or(i8x16.eq(v, v128.load(SPECIALS)), i8x16.eq(v, v128.load(SPECIALS, 16)));
  return i8x16.bitmask(v128.or(quotes, i8x16.le_u(v, v128.load(SPECIALS, 32))));
}

/** `p` is behind the opening quote; returns the position behind the closing one. */
export function scanString(p: usize): usize {
  let high: u32 = 0;
  let escaped = false;
  for (;;) {
    const v = v128.load(p);
    const special = specials(v);
    const highs: u32 = i8x16.bitmask(v);
    if (special === 0) {
      high |= highs;
      p += 16;
      continue;
    }
    const at = ctz(special);
    high |= highs & ((1 << at) - 1);
    p += at;
    const c: u32 = load<u8>(p);
    if (c === 0x22) break;
    if (c !== 0x5c) return 0;
    escaped = true;
    const code = readEscape(p);
    if (code < 0) return 0;
    high |= u32(code > 0x7f);
    p += load<u8>(p + 1) !== 0x75 ? 2 : code > 0xffff ? 12 : 6;
  }
  hasEscape = escaped;
  isAscii = high === 0;
  return p + 1;
}

/** The code point of the escape at `p` (a backslash); −1 for none and for half a surrogate pair. */
export function readEscape(p: usize): i32 {
  const c: u32 = load<u8>(p + 1);
  if (c !== 0x75) return shortEscape(c);
  const unit = hex4(p + 2);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  if (unit > 0xdbff || load<u16>(p + 6) !== 0x755c) return -1;
  const low = hex4(p + 8);
  if (low < 0xdc00 || low > 0xdfff) return -1;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

function shortEscape(c: u32): i32 {
  if (c === 0x22 || c === 0x5c || c === 0x2f) return c;
  if (c === 0x6e) return 10;
  if (c === 0x74) return 9;
  if (c === 0x72) return 13;
  if (c === 0x62) return 8;
  return c === 0x66 ? 12 : -1;
}

/** Four hexadecimal digits, or −1. */
function hex4(p: usize): i32 {
  const a: u32 = load<u8>(HEX + load<u8>(p));
  const b: u32 = load<u8>(HEX + load<u8>(p + 1));
  const c: u32 = load<u8>(HEX + load<u8>(p + 2));
  const d: u32 = load<u8>(HEX + load<u8>(p + 3));
  return (a | b | c | d) > 15 ? -1 : (a << 12) | (b << 8) | (c << 4) | d;
}

/** From behind a key to the first byte of its value. */
export function expectColon(p: usize): usize {
  if (load<u8>(p) !== 0x3a) p = skipSpace(p);
  if (load<u8>(p) !== 0x3a) return 0;
  return load<u8>(p + 1) > 0x20 ? p + 1 : skipSpace(p + 1);
}

const TRUE: u32 = 0x65757274;
const ALSE: u32 = 0x65736c61;
const NULL: u32 = 0x6c6c756e;

/** `true`, `false` or `null` at `p`. */
export function skipWord(p: usize): usize {
  const word = load<u32>(p);
  if (word === TRUE || word === NULL) return p + 4;
  return load<u8>(p) === 0x66 && load<u32>(p + 1) === ALSE ? p + 5 : 0;
}

export function isNull(p: usize): bool {
  return load<u32>(p) === NULL;
}

/** Bytes of a text in words of 8, mixed. The same in pipeline/hot-image.ts. */
export function hashBytes(p: usize, length: u32): u32 {
  let hash: u64 = length;
  while (length > 8) {
    hash = mix(hash ^ load<u64>(p));
    p += 8;
    length -= 8;
  }
  // The last 1 to 8 bytes; a text of none has none.
  const rest = length === 0 ? 0 : load<u64>(p) & (u64.MAX_VALUE >> ((8 - length) << 3));
  return <u32>mix(hash ^ rest);
}

function mix(hash: u64): u64 {
  const mixed = hash * 0x1e3779b97f4a7d;
  return mixed ^ (mixed >> 32);
}

/** Are two texts of one length the same bytes? */
export function isSameText(a: usize, b: usize, length: u32): bool {
  while (length >= 16) {
    if (i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b))) !== 0xffff) return false;
    a += 16;
    b += 16;
    length -= 16;
  }
  return ((<u32>i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b))) ^ 0xffff) & ((1 << length) - 1)) === 0;
}
