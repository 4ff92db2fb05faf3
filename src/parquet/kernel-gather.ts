// The row order and the presence bits of a batch applied to a column, and the extremes of integers. Strings and binaries stay views.
import type { MinMax, Span, Words } from './kernels.ts';

export interface Views {
  readonly start: Uint32Array;
  readonly length: Uint32Array;
}

/** Kernel: one or two words of every row. */
export function gatherWords(source: Words, rows: Uint32Array, into: Int32Array): void {
  const { words } = source;
  if (source.perValue === 1) {
    for (let i = 0; i < rows.length; i++) into[i] = words[rows[i]!]!;
    return;
  }
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i]! * 2;
    into[2 * i] = words[at]!;
    into[2 * i + 1] = words[at + 1]!;
  }
}

/** Kernel: the views of every row; the largest end of one and the sum of lengths. */
export function gatherViews(source: Views, rows: Uint32Array, into: Views): { readonly end: number; readonly bytes: number } {
  const { start, length } = source;
  let end = 0;
  let bytes = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const from = start[row]!;
    const size = length[row]!;
    into.start[i] = from;
    into.length[i] = size;
    if (from + size > end) end = from + size;
    bytes += size;
  }
  return { end, bytes };
}

/** Kernel: a presence bit of every row as its level; the rows that have it, in order. Gives their number. */
export function levels(
  presence: { readonly words: Uint32Array; readonly bit: number },
  rows: Uint32Array,
  into: { readonly definition: Uint8Array; readonly there: Uint32Array },
): number {
  const { words, bit } = presence;
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const here = (words[row]! >>> bit) & 1;
    into.definition[i] = here;
    into.there[count] = row;
    count += here;
  }
  return count;
}

/** Of a walk through nested rows (shred.ts): row in the current row space, or ENDED, and the level reached. */
export interface Entries {
  readonly row: Uint32Array;
  readonly definition: Uint8Array;
}

/** An entry that has no row any more. */
export const ENDED = 0xffff_ffff;

/** Kernel: one optional step of entries. */
export function step(presence: { readonly words: Uint32Array; readonly bit: number }, entries: Entries, into: Entries): void {
  const { words, bit } = presence;
  const { row, definition } = entries;
  for (let i = 0; i < row.length; i++) {
    const at = row[i]!;
    const here = at === ENDED ? 0 : (words[at]! >>> bit) & 1;
    into.row[i] = here === 1 ? at : ENDED;
    into.definition[i] = definition[i]! + here;
  }
}

/** Kernel: entries that a list or map step makes of these, one of each that ends included. */
export function elements(rows: Uint32Array, length: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i]!;
    total += at === ENDED ? 1 : Math.max(1, length[at]!);
  }
  return total;
}

/** Kernel: one list or map step. */
export function repeat(
  { row, definition, repetition }: Entries & { readonly repetition: Uint8Array | undefined },
  lists: Views & { readonly depth: number },
  into: Entries & { readonly repetition: Uint8Array },
): void {
  let out = 0;
  for (let i = 0; i < row.length; i++) {
    const at = row[i]!;
    const length = at === ENDED ? 0 : lists.length[at]!;
    into.repetition[out] = repetition ? repetition[i]! : 0;
    if (length === 0) {
      into.row[out] = ENDED;
      into.definition[out++] = definition[i]!;
      continue;
    }
    const start = lists.start[at]!;
    for (let j = 0; j < length; j++) {
      if (j > 0) into.repetition[out] = lists.depth;
      into.row[out] = start + j;
      into.definition[out++] = definition[i]! + 1;
    }
  }
}

/** Kernel: rows of the entries that have one, in order. Gives their number. */
export function there(rows: Uint32Array, into: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const at = rows[i]!;
    if (at !== ENDED) into[count++] = at;
  }
  return count;
}

/** Kernel: the largest length of the first rows that have the presence bit. */
export function maxLength(length: Uint32Array, presence: { readonly words: Uint32Array; readonly bit: number }, count: number): number {
  const { words, bit } = presence;
  let most = 0;
  for (let row = 0; row < count; row++) if ((words[row]! >>> bit) & 1 && length[row]! > most) most = length[row]!;
  return most;
}

/** Kernel: the sum of lengths of the rows that have the presence bit. */
export function sumLengths(
  length: Uint32Array,
  presence: { readonly words: Uint32Array; readonly bit: number },
  rows: Uint32Array,
): number {
  const { words, bit } = presence;
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if ((words[row]! >>> bit) & 1) sum += length[row]!;
  }
  return sum;
}

/** Kernel: do the rows follow each other without gaps, and which is the largest? 0 of none. */
export function spanOfRows(rows: Uint32Array): { readonly isRange: boolean; readonly last: number } {
  let isRange = true;
  let last = 0;
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] !== rows[0]! + i) isRange = false;
    if (rows[i]! > last) last = rows[i]!;
  }
  return { isRange, last };
}

/** Kernel: bits set in the words of all rows. */
export function bitsOfAll(words: Uint32Array, rows: Uint32Array): number {
  let bits = -1;
  for (let i = 0; i < rows.length; i++) bits &= words[rows[i]!]!;
  return bits;
}

/** Kernel: positions of the first smallest and the first largest integer of a span that is not empty. */
export function integerExtremes(values: Words, span: Span, into: MinMax): void {
  if (values.perValue === 1) ofInts(values.words, span, into);
  else ofLongs(values.words, span, into);
}

function ofInts(words: Int32Array, span: Span, into: MinMax): void {
  let min = span.from;
  let max = span.from;
  let least = words[min]!;
  let most = least;
  for (let i = span.from + 1; i < span.to; i++) {
    const value = words[i]!;
    if (value < least) {
      least = value;
      min = i;
    } else if (value > most) {
      most = value;
      max = i;
    }
  }
  into.min = min;
  into.max = max;
}

/** The high halves decide almost always. */
function ofLongs(lohi: Int32Array, span: Span, into: MinMax): void {
  let min = span.from;
  let max = span.from;
  let least = lohi[2 * min + 1]!;
  let most = least;
  for (let i = span.from + 1; i < span.to; i++) {
    const high = lohi[2 * i + 1]!;
    if (high <= least && compareLongs(lohi, i, min) < 0) {
      least = high;
      min = i;
    } else if (high >= most && compareLongs(lohi, i, max) > 0) {
      most = high;
      max = i;
    }
  }
  into.min = min;
  into.max = max;
}

/** Sign of value a − value b. */
export function compareLongs(lohi: Int32Array, a: number, b: number): number {
  const high = lohi[2 * a + 1]! - lohi[2 * b + 1]!;
  return high !== 0 ? high : (lohi[2 * a]! >>> 0) - (lohi[2 * b]! >>> 0);
}
