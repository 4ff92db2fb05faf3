// Numbers the distinct values of a column: what src/parquet/kernel-dictionary.ts does, with the same hashes, tables and bounds, so that
// both give up on the same columns. Work area: hashes by id (4 bytes a value), keys by id (16, of strings alone), then the table (4 bytes
// a slot, id + 1, 0 = free).
//
//   work ── hashes[count] ── keys[count] ── slots[1024 · 4^k], at most 8 a value: grows with the distinct values, so that few stay in the cache
//
// A key (encode-keys.ts) is all that a lookup compares; bytes are compared on equal hashes alone.

import { BLOCK_KEYS, hashKey, isSameLong, KEY_BYTES, LONG, makeBlock, mix } from './encode-keys.ts';

export const SLOTS_MIN: u32 = 1024;
export const PROBES_PER_VALUE: u32 = 8;

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
  // Keys are loaded as 128 bits: aligned, whatever the count.
  const keys = work + ((((<usize>count) << 2) + 15) & ~15);
  const slots = keys + ((<usize>count) << 4);
  let mask = SLOTS_MIN - 1;
  memory.fill(slots, 0, (<usize>SLOTS_MIN) << 2);
  let distinct: u32 = 0;
  let distinctBytes: u64 = 0;
  let probes: u32 = 0;
  let last = i64x2.splat(-1);
  let lastId: u32 = 0;
  let end: u32 = 0;
  let at: usize = 0;
  for (let i: u32 = 0; i < count; i++, at += KEY_BYTES) {
    if (i === end) {
      if (i === probeValues && distinct > probeDistinctMax) return -1;
      end = min<u32>(i + BLOCK_KEYS, i < probeValues ? min<u32>(probeValues, count) : count);
      at = makeBlock(bytes, start, length, i, end);
    }
    const key = v128.load(at);
    const isLong = load<u8>(at, 15) === LONG;
    // Technical columns, which point at one text for all rows of a source.
    if (isLong && !v128.any_true(v128.xor(key, last))) {
      store<u32>(ids + ((<usize>i) << 2), lastId);
      continue;
    }
    const hash = isLong ? load<u32>(at, 4) : hashKey(key);
    let slot = hash & mask;
    let id = load<u32>(slots + ((<usize>slot) << 2));
    while (id !== 0) {
      const other = keys + ((<usize>(id - 1)) << 4);
      if (!v128.any_true(v128.xor(v128.load(other), key)) || (isLong && isSameLong(other, at))) break;
      slot = (slot + 1) & mask;
      id = load<u32>(slots + ((<usize>slot) << 2));
      if (++probes > probesMax) return -1;
    }
    if (id === 0) {
      store<u32>(work + ((<usize>distinct) << 2), hash);
      v128.store(keys + ((<usize>distinct) << 4), key);
      store<u32>(first + ((<usize>distinct) << 2), i);
      id = ++distinct;
      distinctBytes += (isLong ? load<u32>(at, 8) : <u32>load<u8>(at, 15)) + prefix;
      if (<f64>distinctBytes > bytesMax) return -1;
      store<u32>(slots + ((<usize>slot) << 2), id);
      if (distinct * 2 > mask) mask = grow(work, slots, mask, distinct);
    }
    store<u32>(ids + ((<usize>i) << 2), id - 1);
    if (isLong) {
      last = key;
      lastId = id - 1;
    }
  }
  return distinct;
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
export function grow(hashes: usize, slots: usize, old: u32, distinct: u32): u32 {
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
