// Keys of byte strings, 16 bytes each: what the dictionary (encode-dictionary.ts) compares instead of the strings.
//
//   size 0 .. 15    the bytes, zeros behind them, the size in the last byte
//   size 16 ..      address (4), hash (4), size (4), zeros, 0xff in the last byte

export const KEY_BYTES: usize = 16;
/** The last byte of a key whose string is not in it; no size of one that is. */
export const LONG: u8 = 0xff;
/** Strings above this are hashed by their two ends and their length. */
const HASHED_BYTES_MAX: u32 = 64;
const HASHED_END_BYTES: u32 = 32;

/** Keys made at once. */
export const BLOCK_KEYS: u32 = 128;
const BLOCK = memory.data(2048, 16);
const TOUCHED = memory.data(4, 4);

/** Keys of some views, at most BLOCK_KEYS; gives where they are. */
export function makeBlock(bytes: usize, start: usize, length: usize, count: u32): usize {
  const end = start + ((<usize>count) << 2);
  // Values lie far apart: touching them ahead waits for all of them at once. Stored, so that the loads are not left out.
  let touched: u32 = 0;
  for (let at = start; at < end; at += 4) touched += load<u8>(bytes + load<u32>(at));
  store<u32>(TOUCHED, touched);
  let key = BLOCK;
  let lastAt: u32 = 0;
  // No string is as long.
  let lastSize: u32 = 0xffff_ffff;
  for (; start < end; start += 4, length += 4, key += KEY_BYTES) {
    const at = load<u32>(start);
    const size = load<u32>(length);
    // One text for many rows is hashed once.
    if (at === lastAt && size === lastSize) v128.store(key, v128.load(key - KEY_BYTES));
    else makeKey(bytes + at, size, key);
    lastAt = at;
    lastSize = size;
  }
  return BLOCK;
}

/** Sixteen bytes that are kept and sixteen that are not: read backwards from the middle they are the mask of a size. */
const KEPT = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/** Reads up to 15 bytes past a short string: behind every batch's bytes there are spare ones. @inline */
function makeKey(at: usize, size: u32, into: usize): void {
  v128.store(into, size < 16 ? shortKey(at, size) : longKey(at, size));
}

/** The key of a string of less than 16 bytes. @inline */
export function shortKey(at: usize, size: u32): v128 {
  return i8x16.replace_lane(v128.and(v128.load(at), v128.load(KEPT + 16 - size)), 15, <i8>size);
}

/** The key of a longer one; its hash is the second word. @inline */
export function longKey(at: usize, size: u32): v128 {
  const hash = size > 16 ? hashLong(at, size) : hashKey(v128.load(at));
  return i64x2(<u64>(<u32>at) | ((<u64>hash) << 32), ((<u64>LONG) << 56) | size);
}

/** Of sixteen bytes: a sum of their words, each by a factor of its own. @inline */
export function hashKey(key: v128): u32 {
  const products = i32x4.mul(key, i32x4(0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f));
  const halves = i64x2.extract_lane(i32x4.add(products, v128.shuffle<i32>(products, products, 2, 3, 0, 1)), 0);
  return mix(<u32>halves + <u32>(halves >> 32));
}

/** In steps of eight bytes, of long values their two ends; the last eight overlap those before. */
function hashLong(from: usize, size: u32): u32 {
  const end = from + size;
  let a = size;
  let b: u32 = 0;
  const front = size > HASHED_BYTES_MAX ? HASHED_END_BYTES : size - 8;
  for (let at = from; at < from + front; at += 8) {
    a = (a ^ (a >> 15) ^ load<u32>(at)) * 0x9e3779b1;
    b = (b ^ (b >> 13) ^ load<u32>(at, 4)) * 0x85ebca6b;
  }
  for (let at = size > HASHED_BYTES_MAX ? end - HASHED_END_BYTES : end - 8; at < end; at += 8) {
    a = (a ^ (a >> 15) ^ load<u32>(at)) * 0x9e3779b1;
    b = (b ^ (b >> 13) ^ load<u32>(at, 4)) * 0x85ebca6b;
  }
  return mix(a ^ (b * 0xc2b2ae35));
}

/** Do two keys stand for equal strings of 16 bytes and more? The last eight bytes overlap those before. */
export function isSameLong(a: usize, b: usize): bool {
  if (load<u64>(a, 8) !== load<u64>(b, 8) || load<u32>(a, 4) !== load<u32>(b, 4)) return false;
  const last = load<u32>(a, 8) - 8;
  const textA = <usize>load<u32>(a);
  const textB = <usize>load<u32>(b);
  for (let i: u32 = 0; i < last; i += 8) if (load<u64>(textA + i) !== load<u64>(textB + i)) return false;
  return load<u64>(textA + last) === load<u64>(textB + last);
}

/** Spreads what differs over all bits. @inline */
export function mix(hash: u32): u32 {
  hash ^= hash >> 15;
  hash *= 0x2c1b3c6d;
  return hash ^ (hash >> 13);
}
