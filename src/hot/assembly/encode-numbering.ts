// Looks up the keys of strings (encode-keys.ts) in the table of their column and gives each its id: the inner loop of both kernels that
// number strings. What it keeps of a column between blocks is drawn in ../layout-dictionary.ts. Rules and bounds are those of
// src/parquet/kernel-dictionary.ts, so that both give up on the same columns.

import {
  DICT_COUNT,
  DICT_DISTINCT,
  DICT_DISTINCT_BYTES,
  DICT_FIRST,
  DICT_GIVEN_UP,
  DICT_HASHES,
  DICT_IDS,
  DICT_KEYS,
  DICT_LAST_ID,
  DICT_LAST_KEY,
  DICT_MADE_KEY,
  DICT_MASK,
  DICT_NO_ROOM,
  DICT_PREFIX,
  DICT_PROBES,
  DICT_ROOM,
  DICT_SLOTS,
} from '../layout-dictionary.ts';
import { hashKey, isSameLong, KEY_BYTES, LONG } from './encode-keys.ts';

export const SLOTS_MIN: u32 = 1024;
export const PROBES_PER_VALUE: u32 = 8;

/** Begins with the table of a column whose entry is filled. */
export function openNumbering(column: usize): void {
  memory.fill(load<u32>(column, DICT_SLOTS), 0, (<usize>SLOTS_MIN) << 2);
  store<u32>(column, SLOTS_MIN - 1, DICT_MASK);
  v128.store(column, i64x2.splat(-1), DICT_LAST_KEY);
  v128.store(column, i64x2.splat(-1), DICT_MADE_KEY);
}

/** Ids of the next values of a column, by their keys. False when it is given up: DICT_DISTINCT says why. */
export function numberKeys(
  column: usize,
  block: usize,
  count: u32,
  bytesMax: f64,
  probeValues: u32,
  probeDistinctMax: u32,
  probesMax: u32,
): bool {
  const slots = <usize>load<u32>(column, DICT_SLOTS);
  const keys = <usize>load<u32>(column, DICT_KEYS);
  let mask = load<u32>(column, DICT_MASK);
  let distinct = load<u32>(column, DICT_DISTINCT);
  let probes = load<u32>(column, DICT_PROBES);
  let last = v128.load(column, DICT_LAST_KEY);
  let lastId = load<u32>(column, DICT_LAST_ID);
  let value = load<u32>(column, DICT_COUNT);
  let ids = <usize>load<u32>(column, DICT_IDS) + ((<usize>value) << 2);
  for (const end = block + <usize>count * KEY_BYTES; block < end; block += KEY_BYTES, ids += 4, value++) {
    if (value === probeValues && distinct > probeDistinctMax) return giveUp(column, DICT_GIVEN_UP);
    const key = v128.load(block);
    const isLong = load<u8>(block, 15) === LONG;
    // Technical columns, which point at one text for all rows of a source.
    if (isLong && !v128.any_true(v128.xor(key, last))) {
      store<u32>(ids, lastId);
      continue;
    }
    const hash = isLong ? load<u32>(block, 4) : hashKey(key);
    let slot = hash & mask;
    let id = load<u32>(slots + ((<usize>slot) << 2));
    while (id !== 0) {
      const other = keys + ((<usize>(id - 1)) << 4);
      if (!v128.any_true(v128.xor(v128.load(other), key)) || (isLong && isSameLong(other, block))) break;
      slot = (slot + 1) & mask;
      id = load<u32>(slots + ((<usize>slot) << 2));
      if (++probes > probesMax) return giveUp(column, DICT_GIVEN_UP);
    }
    if (id === 0) {
      if (!add(column, block, value, hash, bytesMax)) return false;
      id = ++distinct;
      store<u32>(slots + ((<usize>slot) << 2), id);
      if (distinct * 2 > mask) mask = grow(<usize>load<u32>(column, DICT_HASHES), slots, mask, distinct);
    }
    store<u32>(ids, id - 1);
    if (isLong) {
      last = key;
      lastId = id - 1;
    }
  }
  store<u32>(column, mask, DICT_MASK);
  store<u32>(column, probes, DICT_PROBES);
  v128.store(column, last, DICT_LAST_KEY);
  store<u32>(column, lastId, DICT_LAST_ID);
  store<u32>(column, value, DICT_COUNT);
  return true;
}

/** Keeps a new value; false when the column ends here. */
function add(column: usize, key: usize, value: u32, hash: u32, bytesMax: f64): bool {
  const distinct = load<u32>(column, DICT_DISTINCT);
  const size = load<u8>(key, 15) === LONG ? load<u32>(key, 8) : <u32>load<u8>(key, 15);
  const distinctBytes = load<u64>(column, DICT_DISTINCT_BYTES) + size + load<u32>(column, DICT_PREFIX);
  store<u64>(column, distinctBytes, DICT_DISTINCT_BYTES);
  if (<f64>distinctBytes > bytesMax) return giveUp(column, DICT_GIVEN_UP);
  if (distinct === load<u32>(column, DICT_ROOM)) return giveUp(column, DICT_NO_ROOM);
  store<u32>(<usize>load<u32>(column, DICT_HASHES) + ((<usize>distinct) << 2), hash);
  v128.store(<usize>load<u32>(column, DICT_KEYS) + ((<usize>distinct) << 4), v128.load(key));
  store<u32>(<usize>load<u32>(column, DICT_FIRST) + ((<usize>distinct) << 2), value);
  store<u32>(column, distinct + 1, DICT_DISTINCT);
  return true;
}

function giveUp(column: usize, why: i32): bool {
  store<i32>(column, why, DICT_DISTINCT);
  return false;
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
