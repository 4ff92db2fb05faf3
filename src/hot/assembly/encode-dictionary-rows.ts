// Numbers the distinct strings of several columns in one pass over the rows. A batch's values lie in its messages: read column by column,
// every message is fetched once for each; here all of it is looked up while it is at hand. Per column the ids, the order of appearance and
// the rules to give up are those of encode-dictionary.ts; a column of more distinct values than it has room for is left to that.
// What it keeps of a column is drawn in ../layout-dictionary.ts.

import {
  DICT_BIT,
  DICT_BYTES,
  DICT_COUNT,
  DICT_DISTINCT,
  DICT_DISTINCT_BYTES,
  DICT_FIRST,
  DICT_GIVEN_UP,
  DICT_HASHES,
  DICT_IDS,
  DICT_KEYS,
  DICT_LAST_AT,
  DICT_LAST_ID,
  DICT_LAST_SIZE,
  DICT_LENGTH,
  DICT_MASK,
  DICT_NO_ROOM,
  DICT_PRESENT,
  DICT_PROBES,
  DICT_ROOM,
  DICT_SLOTS,
  DICT_START,
} from '../layout-dictionary.ts';
import { grow, PROBES_PER_VALUE, SLOTS_MIN } from './encode-dictionary.ts';
import { hashKey, isSameLong, longKey, shortKey } from './encode-keys.ts';

/** The key of the long string at hand. */
const KEY = memory.data(16, 16);

/** Fills ids and first appearances of every column; DICT_DISTINCT says how many, or that it was given up. */
export function encodeDictRows(
  table: usize,
  columns: u32,
  bytes: usize,
  rows: usize,
  count: u32,
  bytesMax: f64,
  probeValues: u32,
  probeDistinctMax: u32,
): void {
  const end = table + <usize>columns * DICT_BYTES;
  for (let column = table; column < end; column += DICT_BYTES) {
    memory.fill(load<u32>(column, DICT_SLOTS), 0, (<usize>SLOTS_MIN) << 2);
    store<u32>(column, SLOTS_MIN - 1, DICT_MASK);
  }
  const probesMax = count * PROBES_PER_VALUE;
  for (let i: u32 = 0; i < count; i++) {
    const row = (<usize>load<u32>(rows + ((<usize>i) << 2))) << 2;
    for (let column = table; column < end; column += DICT_BYTES) {
      const distinct = load<i32>(column, DICT_DISTINCT);
      if (distinct < 0 || ((load<u32>(<usize>load<u32>(column, DICT_PRESENT) + row) >> load<u32>(column, DICT_BIT)) & 1) === 0) continue;
      const value = load<u32>(column, DICT_COUNT);
      store<u32>(column, value + 1, DICT_COUNT);
      if (value === probeValues && <u32>distinct > probeDistinctMax) store<i32>(column, DICT_GIVEN_UP, DICT_DISTINCT);
      else
        number(
          column,
          value,
          bytes + load<u32>(<usize>load<u32>(column, DICT_START) + row),
          load<u32>(<usize>load<u32>(column, DICT_LENGTH) + row),
          bytesMax,
          probesMax,
        );
    }
  }
  // Until a column's values are counted, its bound on probes is that of all rows.
  for (let column = table; column < end; column += DICT_BYTES) {
    if (load<i32>(column, DICT_DISTINCT) < 0) continue;
    if (load<u32>(column, DICT_PROBES) > load<u32>(column, DICT_COUNT) * PROBES_PER_VALUE) store<i32>(column, DICT_GIVEN_UP, DICT_DISTINCT);
  }
}

/** The id of one value, a new one for a new value. @inline */
function number(column: usize, value: u32, at: usize, size: u32, bytesMax: f64, probesMax: u32): void {
  const ids = <usize>load<u32>(column, DICT_IDS) + ((<usize>value) << 2);
  // Technical columns, which point at one text for all rows of a source.
  if (size === load<u32>(column, DICT_LAST_SIZE) && at === <usize>load<u32>(column, DICT_LAST_AT)) {
    store<u32>(ids, load<u32>(column, DICT_LAST_ID));
    return;
  }
  const isLong = size >= 16;
  const key = isLong ? longKey(at, size) : shortKey(at, size);
  const hash = isLong ? <u32>i32x4.extract_lane(key, 1) : hashKey(key);
  if (isLong) v128.store(KEY, key);
  const slots = <usize>load<u32>(column, DICT_SLOTS);
  const keys = <usize>load<u32>(column, DICT_KEYS);
  const mask = load<u32>(column, DICT_MASK);
  let slot = hash & mask;
  let id = load<u32>(slots + ((<usize>slot) << 2));
  while (id !== 0) {
    const other = keys + ((<usize>(id - 1)) << 4);
    if (isLong ? isSameLong(other, KEY) : !v128.any_true(v128.xor(v128.load(other), key))) break;
    const probes = load<u32>(column, DICT_PROBES) + 1;
    store<u32>(column, probes, DICT_PROBES);
    if (probes > probesMax) {
      store<i32>(column, DICT_GIVEN_UP, DICT_DISTINCT);
      return;
    }
    slot = (slot + 1) & mask;
    id = load<u32>(slots + ((<usize>slot) << 2));
  }
  if (id === 0) {
    id = add(column, value, slot, hash, key, size, bytesMax);
    if (id === 0) return;
  }
  store<u32>(ids, id - 1);
  if (isLong) {
    store<u32>(column, <u32>at, DICT_LAST_AT);
    store<u32>(column, size, DICT_LAST_SIZE);
    store<u32>(column, id - 1, DICT_LAST_ID);
  }
}

/** A new value in a free slot; its id + 1, or 0 when the column ends here. */
function add(column: usize, value: u32, slot: u32, hash: u32, key: v128, size: u32, bytesMax: f64): u32 {
  const distinct = load<u32>(column, DICT_DISTINCT);
  const distinctBytes = load<u64>(column, DICT_DISTINCT_BYTES) + size + 4;
  store<u64>(column, distinctBytes, DICT_DISTINCT_BYTES);
  if (<f64>distinctBytes > bytesMax || distinct === load<u32>(column, DICT_ROOM)) {
    store<i32>(column, <f64>distinctBytes > bytesMax ? DICT_GIVEN_UP : DICT_NO_ROOM, DICT_DISTINCT);
    return 0;
  }
  const hashes = <usize>load<u32>(column, DICT_HASHES);
  const slots = <usize>load<u32>(column, DICT_SLOTS);
  const mask = load<u32>(column, DICT_MASK);
  store<u32>(hashes + ((<usize>distinct) << 2), hash);
  v128.store(<usize>load<u32>(column, DICT_KEYS) + ((<usize>distinct) << 4), key);
  store<u32>(<usize>load<u32>(column, DICT_FIRST) + ((<usize>distinct) << 2), value);
  const id = distinct + 1;
  store<u32>(slots + ((<usize>slot) << 2), id);
  store<u32>(column, id, DICT_DISTINCT);
  if (id * 2 > mask) store<u32>(column, grow(hashes, slots, mask, id), DICT_MASK);
  return id;
}
