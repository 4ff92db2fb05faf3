// Numbers the distinct values of a column: what src/parquet/kernel-dictionary.ts does, with the same hashes, tables and bounds, so that
// both give up on the same columns. Work area: hashes by id (4 bytes a value), keys by id (16, of strings alone), then the table (4 bytes
// a slot, id + 1, 0 = free).
//
//   work ── hashes[count] ── keys[count] ── slots[1024 · 4^k], at most 8 a value: grows with the distinct values, so that few stay in the cache
//
// A key is all that a lookup compares: strings of up to 15 bytes are in it, their size in its last byte; longer ones have their address
// and size there, and bytes are compared on equal hashes alone.

const SLOTS_MIN: u32 = 1024;
const PROBES_PER_VALUE: u32 = 8;
/** Strings above this are hashed by their two ends and their length. */
const HASHED_BYTES_MAX: u32 = 64;
const HASHED_END_BYTES: u32 = 32;

/** Distinct byte strings; -1 when given up. */
export function encodeDictStrings(
  bytes: usize,
  start: usize,
  length: usize,
  count: u32,
  ids: usize,
  first: usize,
  work: usize,
  prefix: u32,
  bytesMax: f64,
  probeValues: u32,
  probeDistinctMax: u32,
): i32 {
  const probesMax = count * PROBES_PER_VALUE;
  // Keys are loaded as 64 bits: aligned, whatever the count.
  const keys = work + ((((<usize>count) << 2) + 15) & ~15);
  const slots = keys + ((<usize>count) << 4);
  let mask = SLOTS_MIN - 1;
  memory.fill(slots, 0, (<usize>SLOTS_MIN) << 2);
  let distinct: u32 = 0;
  let distinctBytes: u64 = 0;
  let probes: u32 = 0;
  let lastLow: u64 = 0;
  let lastHigh: u64 = 0;
  let lastId: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (i === probeValues && distinct > probeDistinctMax) return -1;
    if (i % HASHED_AHEAD === 0) hashAhead(bytes, start, length, i, min<u32>(i + HASHED_AHEAD, count));
    const ahead = AHEAD + <usize>(i % HASHED_AHEAD) * AHEAD_BYTES;
    const low = load<u64>(ahead);
    const high = load<u64>(ahead, 8);
    // Runs of one short text, and technical columns, which point at one text for all rows of a source.
    if (i > 0 && low === lastLow && high === lastHigh) {
      store<u32>(ids + ((<usize>i) << 2), lastId);
      continue;
    }
    lastLow = low;
    lastHigh = high;
    const hash = load<u32>(ahead, 16);
    let slot = hash & mask;
    let id = load<u32>(slots + ((<usize>slot) << 2));
    while (id !== 0) {
      const key = keys + ((<usize>(id - 1)) << 4);
      if (load<u64>(key, 8) === high) {
        if (load<u64>(key) === low) break;
        if (high >= LONG_TAG && load<u32>(work + ((<usize>(id - 1)) << 2)) === hash && isSame(<usize>load<u64>(key), <usize>low, <u32>high))
          break;
      }
      slot = (slot + 1) & mask;
      id = load<u32>(slots + ((<usize>slot) << 2));
      probes++;
    }
    if (id === 0) {
      store<u32>(work + ((<usize>distinct) << 2), hash);
      const key = keys + ((<usize>distinct) << 4);
      store<u64>(key, low);
      store<u64>(key, high, 8);
      store<u32>(first + ((<usize>distinct) << 2), i);
      id = ++distinct;
      distinctBytes += (high >= LONG_TAG ? <u32>high : <u32>(high >> 56)) + prefix;
      if (<f64>distinctBytes > bytesMax) return -1;
      store<u32>(slots + ((<usize>slot) << 2), id);
      if (distinct * 2 > mask) mask = grow(work, slots, mask, distinct);
    }
    lastId = id - 1;
    store<u32>(ids + ((<usize>i) << 2), lastId);
    if (probes > probesMax) return -1;
  }
  return distinct;
}

/** Values lie far apart in a batch: touching some ahead waits for all of them at once, and they are near when their keys are made. */
const HASHED_AHEAD: u32 = 128;
/** Key (16) and hash (4) of each. */
const AHEAD_BYTES: usize = 24;
const AHEAD = memory.data(3072, 16);

/** In the last byte of a key whose string is not in it; no size of one that is. */
const LONG_TAG: u64 = 0xff << 56;

function hashAhead(bytes: usize, start: usize, length: usize, from: u32, to: u32): void {
  let touched: u32 = 0;
  for (let i = from; i < to; i++) touched += load<u8>(bytes + load<u32>(start + ((<usize>i) << 2)));
  // Stored, so that the loads are not left out.
  store<u32>(AHEAD, touched);
  let ahead = AHEAD;
  for (let i = from; i < to; i++) {
    const at = bytes + load<u32>(start + ((<usize>i) << 2));
    const size = load<u32>(length + ((<usize>i) << 2));
    if (size < 16) {
      const low = load<u64>(at) & lowMask(size);
      const high = load<u64>(at, 8) & highMask(size);
      store<u64>(ahead, low);
      store<u64>(ahead, high | ((<u64>size) << 56), 8);
      store<u32>(ahead, hashShort(low, high, size), 16);
    } else {
      store<u64>(ahead, <u64>at);
      store<u64>(ahead, LONG_TAG | size, 8);
      store<u32>(ahead, size > 16 ? hashLong(at, size) : hashShort(load<u64>(at), load<u64>(at, 8), size), 16);
    }
    ahead += AHEAD_BYTES;
  }
}

/** Distinct values of one or two 32-bit words, by their bits; -1 when given up. */
export function encodeDictWords(
  words: usize,
  perValue: u32,
  count: u32,
  ids: usize,
  first: usize,
  work: usize,
  distinctMax: f64,
  probeValues: u32,
  probeDistinctMax: u32,
): i32 {
  const probesMax = count * PROBES_PER_VALUE;
  const shift: usize = perValue === 2 ? 3 : 2;
  const slots = work + ((<usize>count) << 2);
  let mask = SLOTS_MIN - 1;
  memory.fill(slots, 0, (<usize>SLOTS_MIN) << 2);
  let distinct: u32 = 0;
  let probes: u32 = 0;
  let last: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (i === probeValues && distinct > probeDistinctMax) return -1;
    const value = wordsAt(words + ((<usize>i) << shift), perValue);
    if (i > 0 && value === last) {
      store<u32>(ids + ((<usize>i) << 2), load<u32>(ids + ((<usize>(i - 1)) << 2)));
      continue;
    }
    last = value;
    const hash = hashWords(value);
    let slot = hash & mask;
    let id = load<u32>(slots + ((<usize>slot) << 2));
    while (id !== 0) {
      const other = <usize>load<u32>(first + ((<usize>(id - 1)) << 2));
      if (wordsAt(words + (other << shift), perValue) === value) break;
      slot = (slot + 1) & mask;
      id = load<u32>(slots + ((<usize>slot) << 2));
      probes++;
    }
    if (id === 0) {
      store<u32>(work + ((<usize>distinct) << 2), hash);
      store<u32>(first + ((<usize>distinct) << 2), i);
      id = ++distinct;
      if (<f64>distinct > distinctMax) return -1;
      store<u32>(slots + ((<usize>slot) << 2), id);
      if (distinct * 2 > mask) mask = grow(work, slots, mask, distinct);
    }
    store<u32>(ids + ((<usize>i) << 2), id - 1);
    if (probes > probesMax) return -1;
  }
  return distinct;
}

/** A single word counts as both halves. */
function wordsAt(at: usize, perValue: u32): u64 {
  if (perValue === 2) return load<u64>(at);
  const word = <u64>load<u32>(at);
  return (word << 32) | word;
}

function hashWords(value: u64): u32 {
  return mix((<u32>value * 0x9e3779b1) ^ (<u32>(value >> 32) * 0x85ebca6b));
}

/** A table four times as large in the place of the old one, filled again in the order of ids; gives its mask. */
function grow(hashes: usize, slots: usize, old: u32, distinct: u32): u32 {
  const size = (old + 1) * 4;
  const mask = size - 1;
  memory.fill(slots, 0, (<usize>size) << 2);
  for (let id: u32 = 0; id < distinct; id++) {
    let slot = load<u32>(hashes + ((<usize>id) << 2)) & mask;
    while (load<u32>(slots + ((<usize>slot) << 2)) !== 0) slot = (slot + 1) & mask;
    store<u32>(slots + ((<usize>slot) << 2), id + 1);
  }
  return mask;
}

/** Two lanes of words, of the sixteen bytes of a value; those it does not have are 0. */
function hashShort(low: u64, high: u64, size: u32): u32 {
  let a = (size ^ <u32>low) * 0x9e3779b1;
  let b = <u32>(low >> 32) * 0x85ebca6b;
  a = (a ^ (a >> 15) ^ <u32>high) * 0x9e3779b1;
  b = (b ^ (b >> 13) ^ <u32>(high >> 32)) * 0x85ebca6b;
  return mix(a ^ (b * 0xc2b2ae35));
}

/** The bytes of the first eight that a value of up to 15 has, and of the second eight. */
function lowMask(size: u32): u64 {
  return select<u64>(~(<u64>0), ((<u64>1) << (size << 3)) - 1, size > 7);
}

function highMask(size: u32): u64 {
  return select<u64>(0, select<u64>(~(<u64>0), ((<u64>1) << ((size - 8) << 3)) - 1, size > 15), size < 9);
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

/** Of 16 bytes and more; the last eight overlap those before. */
function isSame(a: usize, b: usize, size: u32): bool {
  const last = size - 8;
  for (let i: u32 = 0; i < last; i += 8) if (load<u64>(a + i) !== load<u64>(b + i)) return false;
  return load<u64>(a + last) === load<u64>(b + last);
}

function mix(hash: u32): u32 {
  hash ^= hash >> 15;
  hash *= 0x2c1b3c6d;
  return hash ^ (hash >> 13);
}
