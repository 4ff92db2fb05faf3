// The message itself, or a struct: forgetting what was seen before its object is read; when it is complete, reading the cells that wait
// for it and counting, by presence words, what is not there. A required value that is absent is noted, or leaves the record to the plain path.
import {
  DEFERRED_COUNT,
  DEFERRED_NODE,
  DEFERRED_READ,
  DEFERRED_STARTS,
  NODE_CELL,
  SCOPE_DEFERRED,
  SCOPE_DEFERRED_COUNT,
  SCOPE_SET,
  SCOPE_WORD_BYTES,
  SCOPE_WORD_COUNT,
  SCOPE_WORD_ENTRY,
  SCOPE_WORD_OWN,
  SCOPE_WORD_REQUIRED,
  SCOPE_WORDS,
  SET_CAPACITY,
  SET_PRESENT,
  SET_ROW,
  SET_WORDS,
  WORD_ADDRESS,
  WORD_BYTES,
  WORD_INITIAL,
} from '../layout.ts';
import { markAbsent } from './accept.ts';
import { noteScope } from './notes.ts';
import { depth, setDepth } from './skip.ts';
import { switchUnread } from './unread.ts';
import { readNode } from './value.ts';

/** Cells without a value in this record, nulls among them. */
export let absent: u32 = 0;

export function startAbsent(): void {
  absent = 0;
}

export function countAbsent(): void {
  absent++;
}

/** Empties the presence of the row being written; false when there is no room for it. */
export function beginRow(set: usize): bool {
  const row = load<u32>(set, SET_ROW);
  if (row >= load<u32>(set, SET_CAPACITY)) return false;
  const words = load<u32>(set, SET_WORDS);
  let entry = set + SET_PRESENT;
  for (let i: u32 = 0; i < words; i++, entry += WORD_BYTES) {
    store<u32>(<usize>load<u32>(entry, WORD_ADDRESS) + ((<usize>row) << 2), load<u32>(entry, WORD_INITIAL));
  }
  return true;
}

export function openScope(scope: usize): void {
  const count = load<u32>(scope, SCOPE_DEFERRED_COUNT);
  let deferred: usize = load<u32>(scope, SCOPE_DEFERRED);
  for (let i: u32 = 0; i < count; i++) {
    const paths = load<u32>(deferred, DEFERRED_COUNT);
    store<u32>(deferred, 0, DEFERRED_READ);
    deferred += DEFERRED_STARTS;
    for (let path: u32 = 0; path < paths; path++, deferred += 4) store<u32>(deferred, 0);
  }
}

/** False when the record is not settled. */
export function closeScope(scope: usize): bool {
  const count = load<u32>(scope, SCOPE_DEFERRED_COUNT);
  if (count > 0 && !readDeferred(load<u32>(scope, SCOPE_DEFERRED), count)) return false;
  const row = (<usize>load<u32>(load<u32>(scope, SCOPE_SET), SET_ROW)) << 2;
  const words = load<u32>(scope, SCOPE_WORD_COUNT);
  let word: usize = load<u32>(scope, SCOPE_WORDS);
  let lacks = false;
  for (let i: u32 = 0; i < words; i++, word += SCOPE_WORD_BYTES) {
    const present = load<u32>(load<u32>(load<u32>(word, SCOPE_WORD_ENTRY), WORD_ADDRESS) + row);
    if ((load<u32>(word, SCOPE_WORD_REQUIRED) & ~present) !== 0 && !lacks) {
      if (!noteScope(scope)) return false;
      lacks = true;
    }
    absent += popcnt<u32>(load<u32>(word, SCOPE_WORD_OWN) & ~present);
  }
  return true;
}

/** The first path that was there wins. The second reading notes nothing as unread: the first one did. */
function readDeferred(deferred: usize, count: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    const paths = load<u32>(deferred, DEFERRED_COUNT);
    for (let path: u32 = 0; path < paths; path++) {
      const at: usize = load<u32>(deferred + ((<usize>path) << 2), DEFERRED_STARTS);
      if (at === 0) continue;
      const read: usize = load<u32>(deferred, DEFERRED_READ);
      if (read === at) break;
      if (read !== 0) markAbsent(load<u32>(load<u32>(deferred, DEFERRED_NODE), NODE_CELL));
      const before = switchUnread(false);
      const outside = depth;
      if (readNode(load<u32>(deferred, DEFERRED_NODE), at) === 0) return false;
      setDepth(outside);
      switchUnread(before);
      break;
    }
    deferred += DEFERRED_STARTS + ((<usize>paths) << 2);
  }
  return true;
}
