// Numbers the distinct values of a column: what src/parquet/kernel-dictionary.ts does, with the same hashes, tables and bounds, so that
// both give up on the same columns. Work area: hashes by id (4 bytes a value), keys by id (16, of strings alone), then the table (4 bytes
// a slot, id + 1, 0 = free).
//
//   work ── hashes[count] ── keys[count] ── slots[1024 · 4^k], at most 8 a value: grows with the distinct values, so that few stay in the cache
//
// Strings are looked up by keys (encode-keys.ts) in encode-numbering.ts.

import {
  DICT_BYTES,
  DICT_DISTINCT,
  DICT_FIRST,
  DICT_HASHES,
  DICT_IDS,
  DICT_KEYS,
  DICT_PREFIX,
  DICT_ROOM,
  DICT_SLOTS,
} from '../layout-dictionary.ts';
import { BLOCK_KEYS, makeBlock, mix } from './encode-keys.ts';
import { grow, numberKeys, openNumbering, PROBES_PER_VALUE, SLOTS_MIN } from './encode-numbering.ts';

/** The one column at hand, as ../layout-dictionary.ts has it. */
const COLUMN = memory.data(112, 16);

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
  // Keys are loaded as 128 bits: aligned, whatever the count.
  const keys = work + ((((<usize>count) << 2) + 15) & ~15);
  memory.fill(COLUMN, 0, DICT_BYTES);
  store<u32>(COLUMN, <u32>ids, DICT_IDS);
  store<u32>(COLUMN, <u32>first, DICT_FIRST);
  store<u32>(COLUMN, <u32>work, DICT_HASHES);
  store<u32>(COLUMN, <u32>keys, DICT_KEYS);
  store<u32>(COLUMN, <u32>(keys + ((<usize>count) << 4)), DICT_SLOTS);
  store<u32>(COLUMN, count, DICT_ROOM);
  store<u32>(COLUMN, prefix, DICT_PREFIX);
  openNumbering(COLUMN);
  const probesMax = count * PROBES_PER_VALUE;
  for (let i: u32 = 0; i < count; i += BLOCK_KEYS) {
    const at = (<usize>i) << 2;
    const size = min<u32>(BLOCK_KEYS, count - i);
    const block = makeBlock(bytes, start + at, length + at, size);
    if (!numberKeys(COLUMN, block, size, bytesMax, probeValues, probeDistinctMax, probesMax)) return -1;
  }
  return load<i32>(COLUMN, DICT_DISTINCT);
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
