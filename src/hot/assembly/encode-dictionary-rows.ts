// Numbers the distinct strings of several columns in one pass over the rows. A batch's values lie in its messages: read column by column,
// every message is fetched once for each. Here the keys of a block of rows are made row by row, while a message is at hand; then they are
// looked up column by column, while a column's table is. Per column the ids, the order of appearance and the rules to give up are those of
// encode-dictionary.ts; a column of more distinct values than it has room for is left to that.
// What it keeps of a column is drawn in ../layout-dictionary.ts.

import {
  DICT_BIT,
  DICT_BLOCK,
  DICT_BLOCK_END,
  DICT_BLOCK_ROWS,
  DICT_BYTES,
  DICT_COUNT,
  DICT_DISTINCT,
  DICT_GIVEN_UP,
  DICT_LENGTH,
  DICT_MADE_KEY,
  DICT_PRESENT,
  DICT_PROBES,
  DICT_START,
} from '../layout-dictionary.ts';
import { KEY_BYTES, longKey, shortKey } from './encode-keys.ts';
import { numberKeys, openNumbering, PROBES_PER_VALUE } from './encode-numbering.ts';

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
  for (let column = table; column < end; column += DICT_BYTES) openNumbering(column);
  const probesMax = count * PROBES_PER_VALUE;
  for (let i: u32 = 0; i < count; i += DICT_BLOCK_ROWS) {
    const from = rows + ((<usize>i) << 2);
    makeKeys(table, end, bytes, from, from + ((<usize>min<u32>(DICT_BLOCK_ROWS, count - i)) << 2));
    for (let column = table; column < end; column += DICT_BYTES) {
      if (load<i32>(column, DICT_DISTINCT) < 0) continue;
      const block = <usize>load<u32>(column, DICT_BLOCK);
      const values = (load<u32>(column, DICT_BLOCK_END) - <u32>block) / <u32>KEY_BYTES;
      numberKeys(column, block, values, bytesMax, probeValues, probeDistinctMax, probesMax);
    }
  }
  // Until a column's values are counted, its bound on probes is that of all rows.
  for (let column = table; column < end; column += DICT_BYTES) {
    if (load<i32>(column, DICT_DISTINCT) < 0) continue;
    if (load<u32>(column, DICT_PROBES) > load<u32>(column, DICT_COUNT) * PROBES_PER_VALUE) store<i32>(column, DICT_GIVEN_UP, DICT_DISTINCT);
  }
}

/** Keys of all columns in some rows; absent values have none. */
function makeKeys(table: usize, end: usize, bytes: usize, rows: usize, rowsEnd: usize): void {
  for (let column = table; column < end; column += DICT_BYTES) store<u32>(column, load<u32>(column, DICT_BLOCK), DICT_BLOCK_END);
  for (; rows < rowsEnd; rows += 4) {
    const row = (<usize>load<u32>(rows)) << 2;
    for (let column = table; column < end; column += DICT_BYTES) {
      if (((load<u32>(<usize>load<u32>(column, DICT_PRESENT) + row) >> load<u32>(column, DICT_BIT)) & 1) === 0) continue;
      const at = bytes + load<u32>(<usize>load<u32>(column, DICT_START) + row);
      const size = load<u32>(<usize>load<u32>(column, DICT_LENGTH) + row);
      const key = <usize>load<u32>(column, DICT_BLOCK_END);
      store<u32>(column, <u32>(key + KEY_BYTES), DICT_BLOCK_END);
      if (size < 16) v128.store(key, shortKey(at, size));
      else makeLong(column, at, size, key);
    }
  }
}

/** Technical columns point at one text for all rows of a source: it is hashed once. */
function makeLong(column: usize, at: usize, size: u32, into: usize): void {
  if (<u32>at !== load<u32>(column, DICT_MADE_KEY) || size !== load<u32>(column, DICT_MADE_KEY + 8)) {
    v128.store(column, longKey(at, size), DICT_MADE_KEY);
  }
  v128.store(into, v128.load(column, DICT_MADE_KEY));
}
