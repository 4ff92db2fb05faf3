// Records → rows, until the first that the kernel does not settle as plainly accepted. That one is rolled back (rows, aux) and judged
// by the plain path on the same builders at the same row, so verdicts, reasons and the order of rows are the plain path's.
import { COL_LENGTHS, COL_VALUES, PLAN_BYTES, PLAN_ROOT, PLAN_SCOPE, SET_MARK, SET_ROW, WORD_ADDRESS } from '../layout.ts';
import {
  H_BIT_UNDECLARED,
  H_COL_INGESTED,
  H_COL_OFFSET,
  H_COL_PARTITION,
  H_COL_SOURCE_ID,
  H_COL_TIMESTAMP,
  H_COL_TOPIC,
  H_COL_UNDECLARED,
  H_INGESTED_US,
  H_MISSING,
  H_MISSING_SUM,
  H_NULLS,
  H_NULLS_SUM,
  H_OFFSET,
  H_PARTITION,
  H_PLAN,
  H_PLANS,
  H_ROW_RECORD,
  H_SET_COUNT,
  H_SETS,
  H_SOURCE,
  H_SOURCE_TEXTS,
  H_TIMESTAMP,
  H_UNDECLARED,
  H_UNREAD,
  H_UNREAD_SUM,
  H_VALUE_END,
  H_VALUE_MAX,
  H_VALUE_START,
  H_VARIANT_COUNT,
  H_WORD_UNDECLARED,
  UNDECLARED_CAPTURE,
  UNDECLARED_QUARANTINE,
} from '../layout-header.ts';
import { auxTop, closeAux, hasRoom, openAux, setAuxTop } from './aux.ts';
import { isWithinBounds, storeEventTime } from './event-time.ts';
import { startKeys } from './keys.ts';
import { readObject } from './object.ts';
import { nulls, startNulls } from './scalar.ts';
import { skipSpace } from './scan.ts';
import { absent, beginRow, closeScope, openScope, startAbsent } from './scope.ts';
import { setDepth } from './skip.ts';
import { finishUnread, startUnread, unreadCount, unreadText, unreadTop } from './unread.ts';
import { current, setCurrent, settled, settleVariant, startVariant, UNSETTLED } from './variant.ts';

const NO_VALUE: u32 = 0xffff_ffff;

/** Decodes records [from, to) into rows; returns the first that is not settled, or `to`. */
export function decodeRecords(header: usize, from: u32, to: u32): u32 {
  openAux(header);
  let record = from;
  while (record < to && readRecord(header, record)) {
    advance(header, record);
    record++;
  }
  closeAux();
  return record;
}

/** Decodes one record into the row being written, for rules to judge; 0 when it is not settled. `acceptRecord` or `rejectRecord` follows. */
export function decodeRecord(header: usize, record: u32): u32 {
  openAux(header);
  const isSettled = readRecord(header, record);
  closeAux();
  return u32(isSettled);
}

export function acceptRecord(header: usize, record: u32): void {
  advance(header, record);
}

export function rejectRecord(header: usize, aux: usize): void {
  rollBack(header, aux);
  closeAux();
}

function readRecord(header: usize, record: u32): bool {
  const at = (<usize>record) << 2;
  const start = load<u32>(load<u32>(header, H_VALUE_START) + at);
  const end: usize = load<u32>(load<u32>(header, H_VALUE_END) + at);
  if (start === NO_VALUE || end - start > load<u32>(header, H_VALUE_MAX)) return false;
  const aux = auxTop;
  const sets = load<u32>(header, H_SET_COUNT);
  const table: usize = load<u32>(header, H_SETS);
  for (let i: u32 = 0; i < sets; i++) {
    const set: usize = load<u32>(table + ((<usize>i) << 2));
    store<u32>(set, load<u32>(set, SET_ROW), SET_MARK);
  }
  if (readMessage(header, start, end, aux) && finishMessage(header, record)) return true;
  rollBack(header, aux);
  return false;
}

function rollBack(header: usize, aux: usize): void {
  const sets = load<u32>(header, H_SET_COUNT);
  const table: usize = load<u32>(header, H_SETS);
  for (let i: u32 = 0; i < sets; i++) {
    const set: usize = load<u32>(table + ((<usize>i) << 2));
    store<u32>(set, load<u32>(set, SET_MARK), SET_ROW);
  }
  setAuxTop(aux);
}

/** Reads the message as its variant. */
function readMessage(header: usize, start: usize, end: usize, aux: usize): bool {
  const variants = load<u32>(header, H_VARIANT_COUNT);
  for (let tries: u32 = 0; tries <= 2; tries++) {
    const isRead = readAs(header, start, end);
    if (variants === 0) return isRead;
    if (settled === UNSETTLED) {
      if (!isRead) return false;
      settleVariant();
    }
    if (settled === <i32>current) return isRead;
    if (settled < 0) return false;
    setCurrent(settled);
    store<u32>(header, current, H_PLAN);
    rollBack(header, aux);
  }
  return false;
}

function readAs(header: usize, start: usize, end: usize): bool {
  setDepth(0);
  startNulls();
  startAbsent();
  startKeys(header);
  startUnread(header);
  startVariant(header);
  setCurrent(load<u32>(header, H_PLAN));
  const first = skipSpace(start);
  if (load<u8>(first) !== 0x7b || !beginRow(load<u32>(load<u32>(header, H_SETS)))) return false;
  const plan = <usize>load<u32>(header, H_PLANS) + <usize>current * PLAN_BYTES;
  const scope: usize = load<u32>(plan, PLAN_SCOPE);
  openScope(scope);
  const p = readObject(load<u32>(plan, PLAN_ROOT), first);
  return p !== 0 && skipSpace(p) === end && closeScope(scope);
}

/** What is judged of the message as a whole; leaves the record's counts in the header. */
function finishMessage(header: usize, record: u32): bool {
  store<u32>(header, absent - nulls, H_MISSING);
  store<u32>(header, nulls, H_NULLS);
  store<u32>(header, unreadCount, H_UNREAD);
  if (unreadCount > 0) {
    const mode = load<u32>(header, H_UNDECLARED);
    if (mode === UNDECLARED_QUARANTINE || (mode === UNDECLARED_CAPTURE && !storeUnread(header))) return false;
  }
  return isWithinBounds(header, rowOfTop(header), load<f64>(load<u32>(header, H_TIMESTAMP) + ((<usize>record) << 3)));
}

function rowOfTop(header: usize): u32 {
  return load<u32>(load<u32>(load<u32>(header, H_SETS)), SET_ROW);
}

function storeUnread(header: usize): bool {
  if (!finishUnread()) return false;
  const size = <u32>(unreadTop - unreadText);
  if (!hasRoom(size)) return false;
  memory.copy(auxTop, unreadText, size);
  const row = (<usize>rowOfTop(header)) << 2;
  storeText(load<u32>(header, H_COL_UNDECLARED), row, <u32>auxTop, size);
  setAuxTop(auxTop + size);
  const word = <usize>load<u32>(load<u32>(header, H_WORD_UNDECLARED), WORD_ADDRESS) + row;
  store<u32>(word, load<u32>(word) | load<u32>(header, H_BIT_UNDECLARED));
  return true;
}

function storeText(column: usize, at: usize, start: u32, length: u32): void {
  store<u32>(load<u32>(column, COL_VALUES) + at, start);
  store<u32>(load<u32>(column, COL_LENGTHS) + at, length);
}

/** The row is complete: technical columns, counts, the next row. */
function advance(header: usize, record: u32): void {
  const set: usize = load<u32>(load<u32>(header, H_SETS));
  const row = load<u32>(set, SET_ROW);
  writeTechnical(header, record, row);
  storeEventTime(header, row);
  store<u32>(load<u32>(header, H_ROW_RECORD) + ((<usize>row) << 2), record);
  add(header + H_MISSING_SUM, load<u32>(header, H_MISSING));
  add(header + H_NULLS_SUM, load<u32>(header, H_NULLS));
  add(header + H_UNREAD_SUM, load<u32>(header, H_UNREAD));
  store<u32>(set, row + 1, SET_ROW);
}

function add(sum: usize, count: u32): void {
  store<f64>(sum, load<f64>(sum) + <f64>count);
}

/** Their presence is in the word a row begins with. */
function writeTechnical(header: usize, record: u32, row: u32): void {
  const source: usize = load<u16>(load<u32>(header, H_SOURCE) + ((<usize>record) << 1));
  const texts = <usize>load<u32>(header, H_SOURCE_TEXTS) + (source << 4);
  const at = (<usize>row) << 2;
  const wide = (<usize>row) << 3;
  storeText(load<u32>(header, H_COL_SOURCE_ID), at, load<u32>(texts), load<u32>(texts, 4));
  const topic: usize = load<u32>(header, H_COL_TOPIC);
  if (topic !== 0) storeText(topic, at, load<u32>(texts, 8), load<u32>(texts, 12));
  const partition = load<u32>(load<u32>(header, H_PARTITION) + ((<usize>record) << 2));
  store<u32>(load<u32>(load<u32>(header, H_COL_PARTITION), COL_VALUES) + at, partition);
  const offset = load<f64>(load<u32>(header, H_OFFSET) + ((<usize>record) << 3));
  store<i64>(load<u32>(load<u32>(header, H_COL_OFFSET), COL_VALUES) + wide, <i64>offset);
  const timestamp = load<f64>(load<u32>(header, H_TIMESTAMP) + ((<usize>record) << 3));
  store<i64>(load<u32>(load<u32>(header, H_COL_TIMESTAMP), COL_VALUES) + wide, <i64>timestamp * 1000);
  const ingested: usize = load<u32>(header, H_COL_INGESTED);
  if (ingested !== 0) store<i64>(load<u32>(ingested, COL_VALUES) + wide, <i64>load<f64>(header, H_INGESTED_US));
}
