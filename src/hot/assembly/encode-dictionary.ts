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
  let lastHash: u32 = 0;
  let lastId: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (i === probeValues && distinct > probeDistinctMax) return -1;
    if (i % HASHED_AHEAD === 0) hashAhead(bytes, start, length, i, min<u32>(i + HASHED_AHEAD, count));
    const at = bytes + load<u32>(start + ((<usize>i) << 2));
    const size = load<u32>(length + ((<usize>i) << 2));
    const hash = load<u32>(AHEAD + ((<usize>(i % HASHED_AHEAD)) << 2));
    // Neighbours are often equal: events of one session follow each other.
    if (hash === lastHash && size === lastSize && (at === lastAt || isSame(lastAt, at, size))) {
      store<u32>(ids + ((<usize>i) << 2), lastId);
      continue;
    }
    lastAt = at;
    lastSize = size;
    lastHash = hash;
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

/** Values lie far apart in a batch: hashing some ahead waits for many of them at once, and they are near when they are compared. */
const HASHED_AHEAD: u32 = 128;
const AHEAD = memory.data(512, 16);

function hashAhead(bytes: usize, start: usize, length: usize, from: u32, to: u32): void {
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

/** Two lanes of words, the last word overlapping the one before. */
function hashBytes(from: usize, size: u32): u32 {
  if (size < 4) {
    let short = size;
    for (let i: u32 = 0; i < size; i++) short = (short << 8) | load<u8>(from + i);
    return mix(short * 0x9e3779b1);
  }
  let a = size;
  let b = load<u32>(from + size - 4);
  if (size <= HASHED_BYTES_MAX) {
    let i: u32 = 0;
    for (; i + 8 <= size; i += 8) {
      a = (a ^ load<u32>(from + i)) * 0x9e3779b1;
      b = (b ^ load<u32>(from + i, 4)) * 0x85ebca6b;
      a ^= a >> 15;
      b ^= b >> 13;
    }
    if (i + 4 <= size) a = (a ^ load<u32>(from + i)) * 0x9e3779b1;
  } else {
    const tail = from + size - HASHED_END_BYTES;
    for (let i: u32 = 0; i < HASHED_END_BYTES; i += 4) {
      a = (a ^ load<u32>(from + i)) * 0x9e3779b1;
      b = (b ^ load<u32>(tail + i)) * 0x85ebca6b;
      a ^= a >> 15;
      b ^= b >> 13;
    }
  }
  return mix(a ^ (b * 0xc2b2ae35));
}

/** Reads nothing behind either value. */
function isSame(a: usize, b: usize, size: u32): bool {
  if (size >= 8) {
    const last = size - 8;
    for (let i: u32 = 0; i < last; i += 8) if (load<u64>(a + i) !== load<u64>(b + i)) return false;
    return load<u64>(a + last) === load<u64>(b + last);
  }
  for (let i: u32 = 0; i < size; i++) if (load<u8>(a + i) !== load<u8>(b + i)) return false;
  return true;
}

function mix(hash: u32): u32 {
  hash ^= hash >> 15;
  hash *= 0x2c1b3c6d;
  return hash ^ (hash >> 13);
}
