// A value was stored: its cell becomes present and its constraints are applied, over the column memory just written. One that does not
// hold leaves the record to the plain path, which names it.
import {
  CELL_BIT,
  CELL_COLUMN,
  CELL_CONSTRAINT_COUNT,
  CELL_CONSTRAINTS,
  CELL_OP,
  CELL_POINTS_MAX,
  CELL_POINTS_MIN,
  CELL_SET,
  CELL_TIME,
  CELL_WORD,
  CHECK_ARGUMENT,
  CHECK_BYTES,
  CHECK_DOUBLE_ABOVE,
  CHECK_DOUBLE_BELOW,
  CHECK_DOUBLE_MAX,
  CHECK_DOUBLE_MIN,
  CHECK_HOST,
  CHECK_ID,
  CHECK_INT_ABOVE,
  CHECK_INT_BELOW,
  CHECK_INT_MAX,
  CHECK_INT_MIN,
  CHECK_KIND,
  CHECK_MAX_LENGTH,
  CHECK_MIN_LENGTH,
  CHECK_MULTIPLE,
  CHECK_TABLE,
  CHECK_TEXTS,
  COL_LENGTHS,
  COL_VALUES,
  OP_BOOLEAN,
  OP_INT,
  OP_TIME,
  SET_ROW,
  TEXTS_MASK,
  TEXTS_SLOT_BYTES,
  TEXTS_SLOTS,
  TIME_DATE,
  WORD_ADDRESS,
} from '../layout.ts';
import { holds } from './host.ts';
import { hashBytes, isSameText } from './scan.ts';
import { textIsAscii } from './text.ts';

/** @inline */
export function rowOf(cell: usize): u32 {
  return load<u32>(load<u32>(cell, CELL_SET), SET_ROW);
}

/** Address of the cell's entry in a column memory of entries of 2^shift bytes. */
export function slotOf(cell: usize, shift: usize): usize {
  return load<u32>(load<u32>(cell, CELL_COLUMN), COL_VALUES) + ((<usize>rowOf(cell)) << shift);
}

export function storeView(cell: usize, start: usize, length: u32): void {
  const column: usize = load<u32>(cell, CELL_COLUMN);
  const at = (<usize>rowOf(cell)) << 2;
  store<u32>(load<u32>(column, COL_VALUES) + at, <u32>start);
  store<u32>(load<u32>(column, COL_LENGTHS) + at, length);
}

/** Marks the cell present, unless it is already; false when a constraint does not hold. */
export function acceptCell(cell: usize): bool {
  markPresent(cell);
  const count = load<u32>(cell, CELL_CONSTRAINT_COUNT);
  let check: usize = load<u32>(cell, CELL_CONSTRAINTS);
  for (let i: u32 = 0; i < count; i++, check += CHECK_BYTES) if (!holdsFor(check, cell)) return false;
  return true;
}

/** Stores the text read last as the cell's value; false when it has too few or too many code points. Other constraints are the caller's. */
export function acceptText(cell: usize, start: usize, length: u32): bool {
  storeView(cell, start, length);
  markPresent(cell);
  const least = load<u32>(cell, CELL_POINTS_MIN);
  const most = load<u32>(cell, CELL_POINTS_MAX);
  if (textIsAscii) return length >= least && length <= most;
  if (length < least) return false;
  // Between one and four bytes a code point.
  if (length >> 2 >= least && length <= most) return true;
  const points = countPoints(start, length);
  return points >= least && points <= most;
}

export function isPresent(cell: usize): bool {
  return (load<u32>(presenceOf(cell)) & load<u32>(cell, CELL_BIT)) !== 0;
}

/** @inline */
export function markPresent(cell: usize): void {
  const word = presenceOf(cell);
  store<u32>(word, load<u32>(word) | load<u32>(cell, CELL_BIT));
}

/** What was stored in the cell is not its value. */
export function markAbsent(cell: usize): void {
  const word = presenceOf(cell);
  store<u32>(word, load<u32>(word) & ~load<u32>(cell, CELL_BIT));
}

/** Address of the presence word of the cell's row. @inline */
function presenceOf(cell: usize): usize {
  return <usize>load<u32>(load<u32>(cell, CELL_WORD), WORD_ADDRESS) + ((<usize>rowOf(cell)) << 2);
}

function holdsFor(check: usize, cell: usize): bool {
  const kind: i32 = load<u32>(check, CHECK_KIND);
  if (kind === CHECK_HOST) return holds(load<u32>(check, CHECK_ID), rowOf(cell)) !== 0;
  if (kind <= CHECK_MAX_LENGTH || kind >= CHECK_TEXTS) return holdsForText(check, kind, cell);
  if (kind >= CHECK_DOUBLE_MIN && kind <= CHECK_DOUBLE_BELOW) return holdsForDouble(check, kind, load<f64>(slotOf(cell, 3)));
  return holdsForInteger(check, kind, integerOf(cell));
}

function integerOf(cell: usize): i64 {
  const op = load<u32>(cell, CELL_OP);
  if (op === OP_BOOLEAN) return load<u8>(slotOf(cell, 0));
  if (op === OP_INT || (op === OP_TIME && load<u32>(cell, CELL_TIME) === TIME_DATE)) return load<i32>(slotOf(cell, 2));
  return load<i64>(slotOf(cell, 3));
}

function holdsForInteger(check: usize, kind: i32, value: i64): bool {
  const bound = load<i64>(check, CHECK_ARGUMENT);
  if (kind === CHECK_INT_MIN) return value >= bound;
  if (kind === CHECK_INT_MAX) return value <= bound;
  if (kind === CHECK_INT_ABOVE) return value > bound;
  if (kind === CHECK_INT_BELOW) return value < bound;
  return kind === CHECK_MULTIPLE && value % bound === 0;
}

function holdsForDouble(check: usize, kind: i32, value: f64): bool {
  const bound = load<f64>(check, CHECK_ARGUMENT);
  if (kind === CHECK_DOUBLE_MIN) return value >= bound;
  if (kind === CHECK_DOUBLE_MAX) return value <= bound;
  return kind === CHECK_DOUBLE_ABOVE ? value > bound : value < bound;
}

/** Lengths of text, bytes, lists and maps; membership in a set of texts. */
function holdsForText(check: usize, kind: i32, cell: usize): bool {
  const column: usize = load<u32>(cell, CELL_COLUMN);
  const at = (<usize>rowOf(cell)) << 2;
  const length = load<u32>(load<u32>(column, COL_LENGTHS) + at);
  const start: usize = load<u32>(load<u32>(column, COL_VALUES) + at);
  const bound = load<u32>(check, CHECK_ARGUMENT);
  if (kind === CHECK_MIN_LENGTH) return length >= bound;
  if (kind === CHECK_MAX_LENGTH) return length <= bound;
  return isOneOf(load<u32>(check, CHECK_TABLE), start, length);
}

/** Code points of UTF-8 text: bytes that do not continue a sequence. */
function countPoints(p: usize, length: u32): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < length; i++) count += u32((<u32>load<u8>(p + i) & 0xc0) !== 0x80);
  return count;
}

/** Is the text in the set of texts? */
export function isOneOf(table: usize, start: usize, length: u32): bool {
  const hash = hashBytes(start, length);
  const mask = load<u32>(table, TEXTS_MASK);
  let at = hash & mask;
  while (true) {
    const slot = table + TEXTS_SLOTS + <usize>at * TEXTS_SLOT_BYTES;
    const text: usize = load<u32>(slot, 4);
    if (text === 0) return false;
    if (load<u32>(slot) === hash && load<u32>(slot, 8) === length && isSameText(start, text, length)) return true;
    at = (at + 1) & mask;
  }
}
