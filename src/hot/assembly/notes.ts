// What is wrong with a record that is read to its end all the same: values that the kernel does not settle, nulls where a value is
// required, scopes that lack one. The row stays where it was written and pipeline/hot-notes.ts judges it there, value by value, with the
// plain path's functions: nobody reads the message a second time. Only for cells of the table's own rows: a failure in an entry of a list or map
// ends the reading.
import { CELL_ID, CELL_IS_REQUIRED, CELL_TAKES_NOTES, SCOPE_ID, SCOPE_TAKES_NOTES } from '../layout.ts';
import {
  H_NOTED_AUX,
  H_NOTED_MISSING,
  H_NOTED_NULLS,
  H_NOTED_UNREAD,
  H_NOTES,
  H_NOTES_ALL,
  H_NOTES_END,
  H_NOTES_TOP,
  NOTE_BYTES,
  NOTE_END,
  NOTE_ID,
  NOTE_KIND,
  NOTE_NULL,
  NOTE_SCOPE,
  NOTE_START,
  NOTE_VALUE,
} from '../layout-header.ts';
import { markPresent } from './accept.ts';

let header: usize = 0;
let base: usize = 0;
let end: usize = 0;
let top: usize = 0;
/** Is something wrong with the record that is no null of a cell? */
let hasFailed: bool = false;

/** Once a call, with the batch's memory. */
export function openNotes(from: usize): void {
  header = from;
  base = load<u32>(from, H_NOTES);
  end = load<u32>(from, H_NOTES_END);
  store<u32>(from, 0, H_NOTES_TOP);
}

/** Once a reading of a message. @inline */
export function startNotes(): void {
  top = base;
  hasFailed = load<u32>(header, H_NOTES_ALL) !== 0;
}

/** Is the record read to its end one to judge? @inline */
export function isNoted(): bool {
  return hasFailed;
}

/** The value at [start, valueEnd) goes into the cell later: it counts as present. False when the record cannot be noted. */
export function noteValue(cell: usize, start: usize, valueEnd: usize): bool {
  if (load<u32>(cell, CELL_TAKES_NOTES) === 0 || !put(NOTE_VALUE, load<u32>(cell, CELL_ID), start, valueEnd)) return false;
  markPresent(cell);
  hasFailed = true;
  return true;
}

/** The cell's value was null. Where there is no room for that, there is none for the scope that lacks it. */
export function noteNull(cell: usize): void {
  if (load<u32>(cell, CELL_IS_REQUIRED) !== 0) put(NOTE_NULL, load<u32>(cell, CELL_ID), 0, 0);
}

/** The scope lacks what is required. False when the record cannot be noted. */
export function noteScope(scope: usize): bool {
  if (load<u32>(scope, SCOPE_TAKES_NOTES) === 0 || !put(NOTE_SCOPE, load<u32>(scope, SCOPE_ID), 0, 0)) return false;
  hasFailed = true;
  return true;
}

/** The event time is out of its bounds, which is judged from the row. */
export function noteTime(): void {
  hasFailed = true;
}

function put(kind: u32, id: u32, start: usize, valueEnd: usize): bool {
  if (top === end) return false;
  store<u32>(top, kind, NOTE_KIND);
  store<u32>(top, id, NOTE_ID);
  store<u32>(top, <u32>start, NOTE_START);
  store<u32>(top, <u32>valueEnd, NOTE_END);
  top += NOTE_BYTES;
  return true;
}

/** Hands the record over, with its sums and where its texts begin. */
export function closeNotes(aux: usize, missing: u32, nulls: u32, unread: u32): void {
  store<u32>(header, <u32>top, H_NOTES_TOP);
  store<u32>(header, <u32>aux, H_NOTED_AUX);
  store<u32>(header, missing, H_NOTED_MISSING);
  store<u32>(header, nulls, H_NOTED_NULLS);
  store<u32>(header, unread, H_NOTED_UNREAD);
}
