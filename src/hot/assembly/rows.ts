// Rows that are complete: technical columns and event times, a column at a time over the rows of a call, and the batch's sums. Presence of
// technical values is in the word a row begins with.
import { COL_LENGTHS, COL_VALUES } from '../layout.ts';
import {
  H_COL_INGESTED,
  H_COL_OFFSET,
  H_COL_PARTITION,
  H_COL_SOURCE_ID,
  H_COL_TIMESTAMP,
  H_COL_TOPIC,
  H_INGESTED_US,
  H_MISSING_SUM,
  H_NULLS_SUM,
  H_OFFSET,
  H_PARTITION,
  H_ROW_RECORD,
  H_SOURCE,
  H_SOURCE_TEXTS,
  H_TIMESTAMP,
  H_UNREAD_SUM,
} from '../layout-header.ts';
import { storeEventTime } from './event-time.ts';

let missingSum: u64 = 0;
let nullsSum: u64 = 0;
let unreadSum: u64 = 0;

/** Once a call: what a call that the host ended had counted is of a batch that was judged another way. */
export function openRows(): void {
  missingSum = nullsSum = unreadSum = 0;
}

/** Counts of a record that became a row. @inline */
export function countRow(missing: u32, nulls: u32, unread: u32): void {
  missingSum += missing;
  nullsSum += nulls;
  unreadSum += unread;
}

/** Completes the rows [from, to) and adds what was counted to the batch's sums. */
export function finishRows(header: usize, from: u32, to: u32): void {
  writePositions(header, from, to);
  writeSources(header, from, to);
  for (let row = from; row < to; row++) storeEventTime(header, row);
  add(header + H_MISSING_SUM, missingSum);
  add(header + H_NULLS_SUM, nullsSum);
  add(header + H_UNREAD_SUM, unreadSum);
  missingSum = nullsSum = unreadSum = 0;
}

function add(sum: usize, count: u64): void {
  store<f64>(sum, load<f64>(sum) + <f64>count);
}

function writePositions(header: usize, from: u32, to: u32): void {
  const records: usize = load<u32>(header, H_ROW_RECORD);
  const partitions: usize = load<u32>(header, H_PARTITION);
  const offsets: usize = load<u32>(header, H_OFFSET);
  const timestamps: usize = load<u32>(header, H_TIMESTAMP);
  const toPartitions = valuesOf(header, H_COL_PARTITION);
  const toOffsets = valuesOf(header, H_COL_OFFSET);
  const toTimestamps = valuesOf(header, H_COL_TIMESTAMP);
  for (let row = <usize>from; row < <usize>to; row++) {
    const record = <usize>load<u32>(records + (row << 2));
    store<u32>(toPartitions + (row << 2), load<u32>(partitions + (record << 2)));
    store<i64>(toOffsets + (row << 3), <i64>load<f64>(offsets + (record << 3)));
    store<i64>(toTimestamps + (row << 3), <i64>load<f64>(timestamps + (record << 3)) * 1000);
  }
}

function writeSources(header: usize, from: u32, to: u32): void {
  const records: usize = load<u32>(header, H_ROW_RECORD);
  const sources: usize = load<u32>(header, H_SOURCE);
  const texts: usize = load<u32>(header, H_SOURCE_TEXTS);
  const topic: usize = load<u32>(header, H_COL_TOPIC);
  const ingested: usize = load<u32>(header, H_COL_INGESTED);
  const ingestedUs = <i64>load<f64>(header, H_INGESTED_US);
  for (let row = <usize>from; row < <usize>to; row++) {
    const record = <usize>load<u32>(records + (row << 2));
    const text = texts + ((<usize>load<u16>(sources + (record << 1))) << 4);
    storeText(load<u32>(header, H_COL_SOURCE_ID), row << 2, load<u32>(text), load<u32>(text, 4));
    if (topic !== 0) storeText(topic, row << 2, load<u32>(text, 8), load<u32>(text, 12));
    if (ingested !== 0) store<i64>(load<u32>(ingested, COL_VALUES) + (row << 3), ingestedUs);
  }
}

function valuesOf(header: usize, column: usize): usize {
  return load<u32>(load<u32>(header + column), COL_VALUES);
}

/** A text of the row whose entries are `at` bytes into its columns. */
export function storeText(column: usize, at: usize, start: u32, length: u32): void {
  store<u32>(load<u32>(column, COL_VALUES) + at, start);
  store<u32>(load<u32>(column, COL_LENGTHS) + at, length);
}
