// Numbers the distinct values of a column: what src/parquet/kernel-dictionary.ts does, with the same hashes, tables and bounds, so that
// both give up on the same columns. Work area: hashes by id (4 bytes a value), then the table (4 bytes a slot, id + 1, 0 = free).
//
//   work ── hashes[count] ── slots[1024 · 4^k], at most 8 a value: grows with the distinct values, so that few values stay in the cache

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
  const slots = work + ((<usize>count) << 2);
  let mask = SLOTS_MIN - 1;
  memory.fill(slots, 0, (<usize>SLOTS_MIN) << 2);
  let distinct: u32 = 0;
  let distinctBytes: u64 = 0;
  let probes: u32 = 0;
  let lastAt: usize = 0;
  let lastSize: u32 = 0xffff_ffff;
  let lastId: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (i === probeValues && distinct > probeDistinctMax) return -1;
    if (i % HASHED_AHEAD === 0) hashAhead(bytes, start, length, i, min<u32>(i + HASHED_AHEAD, count));
    const at = bytes + load<u32>(start + ((<usize>i) << 2));
    const size = load<u32>(length + ((<usize>i) << 2));
    const hash = load<u32>(AHEAD + ((<usize>(i % HASHED_AHEAD)) << 2));
    // Technical columns point at one text for all rows of a source.
    if (at === lastAt && size === lastSize) {
      store<u32>(ids + ((<usize>i) << 2), lastId);
      continue;
    }
    lastAt = at;
    lastSize = size;
    let slot = hash & mask;
    let id = load<u32>(slots + ((<usize>slot) << 2));
    while (id !== 0) {
      if (load<u32>(work + ((<usize>(id - 1)) << 2)) === hash) {
        const other = (<usize>load<u32>(first + ((<usize>(id - 1)) << 2))) << 2;
        if (load<u32>(length + other) === size && isSame(bytes + load<u32>(start + other), at, size)) break;
      }
      slot = (slot + 1) & mask;
      id = load<u32>(slots + ((<usize>slot) << 2));
      probes++;
    }
    if (id === 0) {
      store<u32>(work + ((<usize>distinct) << 2), hash);
      store<u32>(first + ((<usize>distinct) << 2), i);
      id = ++distinct;
      distinctBytes += size + prefix;
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

/** Values lie far apart in a batch: touching some ahead waits for all of them at once, and they are near when they are hashed and compared. */
const HASHED_AHEAD: u32 = 128;
const AHEAD = memory.data(512, 16);

function hashAhead(bytes: usize, start: usize, length: usize, from: u32, to: u32): void {
  let touched: u32 = 0;
  for (let i = from; i < to; i++) touched += load<u8>(bytes + load<u32>(start + ((<usize>i) << 2)));
  store<u32>(AHEAD, touched);
  for (let i = from; i < to; i++) {
    const at = (<usize>i) << 2;
    store<u32>(AHEAD + ((<usize>(i - from)) << 2), hashBytes(bytes + load<u32>(start + at), load<u32>(length + at)));
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

/** Two lanes of words. Up to 16 bytes there is no branch on the size, which differs from value to value: words are cut by masks. */
function hashBytes(from: usize, size: u32): u32 {
  if (size > 16) return hashLong(from, size);
  const low = load<u64>(from) & lowMask(size);
  const high = load<u64>(from, 8) & highMask(size);
  let a = (size ^ <u32>low) * 0x9e3779b1;
  let b = <u32>(low >> 32) * 0x85ebca6b;
  a = (a ^ (a >> 15) ^ <u32>high) * 0x9e3779b1;
  b = (b ^ (b >> 13) ^ <u32>(high >> 32)) * 0x85ebca6b;
  return mix(a ^ (b * 0xc2b2ae35));
}

/** The bytes of the first eight that a value of up to 16 has, and of the second eight. */
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

/** Of up to 16 bytes without a branch; loads reach up to 15 bytes behind a value. */
function isSame(a: usize, b: usize, size: u32): bool {
  if (size <= 16) {
    const low = (load<u64>(a) ^ load<u64>(b)) & lowMask(size);
    const high = (load<u64>(a, 8) ^ load<u64>(b, 8)) & highMask(size);
    return (low | high) === 0;
  }
  const last = size - 8;
  for (let i: u32 = 0; i < last; i += 8) if (load<u64>(a + i) !== load<u64>(b + i)) return false;
  return load<u64>(a + last) === load<u64>(b + last);
}

function mix(hash: u32): u32 {
  hash ^= hash >> 15;
  hash *= 0x2c1b3c6d;
  return hash ^ (hash >> 13);
}
