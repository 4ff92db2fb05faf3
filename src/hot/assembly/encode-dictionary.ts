// Numbers the distinct values of a column: what src/parquet/kernel-dictionary.ts does, with the same hashes, tables and bounds, so that
// both give up on the same columns. Work area: hashes by id (4 bytes a value), keys by id (16 of strings, 8 of words), then the table (4 bytes
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
  return perValue === 2
    ? numberWords<u64>(words, count, ids, first, work, distinctMax, probeValues, probeDistinctMax)
    : numberWords<u32>(words, count, ids, first, work, distinctMax, probeValues, probeDistinctMax);
}

/** Distinct words are kept by id beside their hashes: a lookup does not go to where a value first was. */
function numberWords<T extends number>(
  words: usize,
  count: u32,
  ids: usize,
  first: usize,
  work: usize,
  distinctMax: f64,
  probeValues: u32,
  probeDistinctMax: u32,
): i32 {
  const probesMax = count * PROBES_PER_VALUE;
  const known = work + ((((<usize>count) << 2) + 7) & ~7);
  const slots = known + ((<usize>count) << 3);
  let mask = SLOTS_MIN - 1;
  memory.fill(slots, 0, (<usize>SLOTS_MIN) << 2);
  let distinct: u32 = 0;
  let probes: u32 = 0;
  let last: u64 = 0;
  let lastId: u32 = 0;
  for (let i: u32 = 0; i < count; i++, words += sizeof<T>()) {
    if (i === probeValues && distinct > probeDistinctMax) return -1;
    const value = <u64>load<T>(words);
    if (value !== last || i === 0) {
      last = value;
      const hash = hashWords(sizeof<T>() === 8 ? value : (value << 32) | value);
      let slot = hash & mask;
      let id = load<u32>(slots + ((<usize>slot) << 2));
      while (id !== 0 && load<u64>(known + ((<usize>(id - 1)) << 3)) !== value) {
        slot = (slot + 1) & mask;
        id = load<u32>(slots + ((<usize>slot) << 2));
        probes++;
      }
      if (id === 0) {
        store<u32>(work + ((<usize>distinct) << 2), hash);
        store<u64>(known + ((<usize>distinct) << 3), value);
        store<u32>(first + ((<usize>distinct) << 2), i);
        id = ++distinct;
        if (<f64>distinct > distinctMax) return -1;
        store<u32>(slots + ((<usize>slot) << 2), id);
        if (distinct * 2 > mask) mask = grow(work, slots, mask, distinct);
      }
      if (probes > probesMax) return -1;
      lastId = id - 1;
    }
    store<u32>(ids + ((<usize>i) << 2), lastId);
  }
  return distinct;
}

/** A single word counts as both halves. */
function hashWords(value: u64): u32 {
  return mix((<u32>value * 0x9e3779b1) ^ (<u32>(value >> 32) * 0x85ebca6b));
}
