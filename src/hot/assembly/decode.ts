// Records → rows, until the first that the kernel does not settle as plainly accepted. One that it could read to its end is left where it
// was written, with notes of what is wrong (notes.ts); any other is rolled back (rows, aux). Both are judged by the plain path's functions on
// the same builders at the same row, so verdicts, reasons and the order of rows are the plain path's.
import { PLAN_BYTES, PLAN_ROOT, PLAN_SCOPE, SET_MARK, SET_ROW, WORD_ADDRESS } from '../layout.ts';
import {
  H_BIT_UNDECLARED,
  H_COL_UNDECLARED,
  H_PLAN,
  H_PLANS,
  H_ROW_RECORD,
  H_SET_COUNT,
  H_SETS,
  H_TIMESTAMP,
  H_UNDECLARED,
  H_VALUE_END,
  H_VALUE_MAX,
  H_VALUE_START,
  H_VARIANT_COUNT,
  H_WORD_UNDECLARED,
  UNDECLARED_CAPTURE,
  UNDECLARED_QUARANTINE,
} from '../layout-header.ts';
import { auxTop, closeAux, hasRoom, openAux, setAuxTop } from './aux.ts';
import { isWithinBounds } from './event-time.ts';
import { openKeys, startKeys } from './keys.ts';
import { closeNotes, isNoted, noteTime, openNotes, startNotes } from './notes.ts';
import { readObject } from './object.ts';
import { countRow, finishRows, openRows, storeText } from './rows.ts';
import { nulls, startNulls } from './scalar.ts';
import { skipSpace } from './scan.ts';
import { absent, beginRow, closeScope, openScope, startAbsent } from './scope.ts';
import { setDepth } from './skip.ts';
import { copyText } from './text.ts';
import { finishUnread, openUnread, startUnread, unreadCount, unreadText, unreadTop } from './unread.ts';
import { current, openVariants, setCurrent, settled, settleVariant, startVariant, UNSETTLED } from './variant.ts';

const NO_VALUE: u32 = 0xffff_ffff;

/** Decodes records [from, to) into rows; returns the first that is not settled, or `to`. */
export function decodeRecords(header: usize, from: u32, to: u32): u32 {
  open(header);
  const set = topSet(header);
  const first = load<u32>(set, SET_ROW);
  let record = from;
  while (record < to && readRecord(header, record)) {
    advance(header, set, record);
    record++;
  }
  finishRows(header, first, load<u32>(set, SET_ROW));
  closeAux();
  return record;
}

function open(header: usize): void {
  openAux(header);
  openKeys(header);
  openUnread(header);
  openVariants(header);
  openNotes(header);
  openRows();
}

function topSet(header: usize): usize {
  return load<u32>(load<u32>(header, H_SETS));
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
  if (!readMessage(header, start, end, aux) || !finishMessage(header, record)) {
    rollBack(header, aux);
    return false;
  }
  if (!isNoted()) return true;
  closeNotes(aux, absent - nulls, nulls, unreadCount);
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
  if (variants === 0) return readAs(header, start, end);
  for (let tries: u32 = 0; tries <= 2; tries++) {
    const isRead = readAs(header, start, end);
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
  startKeys();
  startUnread();
  startVariant();
  startNotes();
  setCurrent(load<u32>(header, H_PLAN));
  const first = skipSpace(start);
  if (load<u8>(first) !== 0x7b || !beginRow(topSet(header))) return false;
  const plan = <usize>load<u32>(header, H_PLANS) + <usize>current * PLAN_BYTES;
  const scope: usize = load<u32>(plan, PLAN_SCOPE);
  openScope(scope);
  const p = readObject(load<u32>(plan, PLAN_ROOT), first);
  return p !== 0 && skipSpace(p) === end && closeScope(scope);
}

/** What is judged of the message as a whole. */
function finishMessage(header: usize, record: u32): bool {
  const row = load<u32>(topSet(header), SET_ROW);
  if (unreadCount > 0) {
    const mode = load<u32>(header, H_UNDECLARED);
    if (mode === UNDECLARED_QUARANTINE || (mode === UNDECLARED_CAPTURE && !storeUnread(header, row))) return false;
  }
  if (!isNoted() && !isWithinBounds(header, row, load<f64>(load<u32>(header, H_TIMESTAMP) + ((<usize>record) << 3)))) noteTime();
  return true;
}

function storeUnread(header: usize, row: u32): bool {
  if (!finishUnread()) return false;
  const size = <u32>(unreadTop - unreadText);
  if (!hasRoom(size)) return false;
  copyText(auxTop, unreadText, size);
  const at = (<usize>row) << 2;
  storeText(load<u32>(header, H_COL_UNDECLARED), at, <u32>auxTop, size);
  setAuxTop(auxTop + size);
  const word = <usize>load<u32>(load<u32>(header, H_WORD_UNDECLARED), WORD_ADDRESS) + at;
  store<u32>(word, load<u32>(word) | load<u32>(header, H_BIT_UNDECLARED));
  return true;
}

/** The record became a row: on to the next. `finishRows` follows. */
function advance(header: usize, set: usize, record: u32): void {
  const row = load<u32>(set, SET_ROW);
  store<u32>(load<u32>(header, H_ROW_RECORD) + ((<usize>row) << 2), record);
  countRow(absent - nulls, nulls, unreadCount);
  store<u32>(set, row + 1, SET_ROW);
}
