// One JSON string, number or boolean → one cell. Nothing is rounded or cut: a value that does not fit its type exactly fails the
// column's `type` rule with what was expected and what kind came, never the value itself.
import { LIMITS } from '../contract/limits.ts';
import { type ColumnBuilder, storeSafe, storeView } from './builders.ts';
import { type Cell, OP, STATE } from './cells.ts';
import { fail } from './checks.ts';
import { cleanText } from './clean.ts';
import { addFailure, type Decoder, reserve } from './decoder.ts';
import { type Integer, nearestDouble, nearestSingle, scaledInteger } from './exact-number.ts';
import { FALSE, FAULT, scanString, TRUE } from './scan.ts';
import { scanNumber } from './scan-number.ts';
import { storeEpoch, storeTimeText } from './store-time.ts';
import { readBase64, readUuid } from './text-binary.ts';
import { isAt } from './text-set.ts';
import { unescapeBytes } from './unescape.ts';

const integer: Integer = { small: 0, big: 0n };

/** A value that is not of the cell's type: its policy decides between rejection and null. */
export function failType(d: Decoder, cell: Cell, got: string): void {
  addFailure(d, cell.typeCheck, `expected ${cell.expected}, got ${got}`);
  cell.state = cell.typeCheck.rejects ? STATE.failed : STATE.nulled;
}

/** The record fails as `lone-surrogate`; a text that is none is not judged further. */
export function failSurrogate(d: Decoder, cell: Cell): void {
  cell.state = STATE.failed;
  d.failures.unreadable.add(cell.typeCheck.root);
}

/** Marks the cell present and applies its constraints. Call with the value stored. */
export function acceptCell(d: Decoder, cell: Cell): void {
  const { set } = cell;
  const words = set.present[cell.word]!;
  words[set.row] = words[set.row]! | cell.bit;
  cell.state = STATE.present;
  if (cell.constraints.length > 0) applyConstraints(d, cell);
}

function applyConstraints(d: Decoder, cell: Cell): void {
  const { set } = cell;
  const { constraints } = cell;
  for (let i = 0; i < constraints.length; i++) {
    const { check, holds, message } = constraints[i]!;
    if (holds(d.scan.bytes, set.row)) continue;
    fail(d.failures, check, message);
    if (check.action === 'null-field') cell.state = STATE.nulled;
  }
  if (cell.state === STATE.nulled) set.present[cell.word]![set.row]! &= ~cell.bit;
}

/** `p` is at a quote. Returns the position behind the string, or FAULT. */
export function readText(d: Decoder, cell: Cell, p: number): number {
  const s = d.scan;
  const end = scanString(s, p + 1);
  if (end < 0) return FAULT;
  d.textStart = p + 1;
  d.textLength = end - p - 2;
  d.textIsAscii = s.isAscii;
  if (s.hasEscape) {
    if (s.hasLoneSurrogate) {
      failSurrogate(d, cell);
      return end;
    }
    unescapeText(d);
  }
  storeText(d, cell, 'string');
  return end;
}

function unescapeText(d: Decoder): void {
  const start = d.textStart;
  reserve(d, d.textLength);
  const end = unescapeBytes(d.scan.bytes, start, start + d.textLength, d.auxTop);
  d.textStart = d.auxTop;
  d.textLength = end - d.auxTop;
  d.auxTop = end;
}

/** Cleans the text read last and stores it as the cell's value; `got` is its kind for messages. */
export function storeText(d: Decoder, cell: Cell, got: string): void {
  if (cell.clean.steps.length > 0 && !cleanText(d, cell.clean)) {
    cell.state = STATE.null;
    return;
  }
  if (cell.op === OP.string) {
    storeView(cell.column, cell.set.row, d.textStart, d.textLength);
    acceptCell(d, cell);
    return;
  }
  const isStored = storeParsed(d, cell);
  if (isStored === true) acceptCell(d, cell);
  else failType(d, cell, isStored === false ? got : isStored);
}

/** True: stored; false: not of the type; a text: what was wrong with it. */
export type Stored = boolean | string;

function storeParsed(d: Decoder, cell: Cell): Stored {
  switch (cell.op) {
    case OP.time: {
      const stored = storeTimeText(d, cell);
      return stored === true || !cell.clean.coerces ? stored : coerceNumber(d, cell) === true || stored;
    }
    case OP.uuid:
      return readUuid(d, cell.column, cell.set.row);
    case OP.fixed:
    case OP.binary:
      return storeBase64(d, cell);
    case OP.boolean:
      return cell.clean.coerces && storeBooleanText(d, cell.column, cell.set.row);
    default:
      return cell.clean.coerces && coerceNumber(d, cell);
  }
}

function storeBase64(d: Decoder, cell: Cell): Stored {
  const length = readBase64(d);
  if (length < 0) return 'a string that is no base64';
  if (cell.op === OP.fixed && length !== cell.byteLength) return 'another number of bytes';
  storeView(cell.column, cell.set.row, d.auxTop, length);
  d.auxTop += length;
  return true;
}

function storeBooleanText(d: Decoder, column: ColumnBuilder, row: number): boolean {
  const end = d.textStart + d.textLength;
  const isTrue = isAt(d.scan.bytes, d.textStart, end, TRUE);
  if (!isTrue && !isAt(d.scan.bytes, d.textStart, end, FALSE)) return false;
  column.bool[row] = isTrue ? 1 : 0;
  return true;
}

/** The text read last as a JSON number. */
function coerceNumber(d: Decoder, cell: Cell): Stored {
  const { textStart, textLength } = d;
  const end = textStart + textLength;
  const first = d.scan.bytes[textStart]!;
  if (textLength === 0 || !(first === 0x2d || (first >= 0x30 && first <= 0x39))) return false;
  // A terminator: text in aux has none, and a number ends where no digit follows. Text in place ends in its quote.
  if (end >= d.auxTop) {
    reserve(d, 1);
    d.scan.bytes[end] = 0;
  }
  return scanNumber(d.scan, textStart) === end && storeNumber(d, cell, textStart, end);
}

/** `p` is at `-` or a digit. */
export function readNumber(d: Decoder, cell: Cell, p: number): number {
  const end = scanNumber(d.scan, p);
  if (end < 0) return FAULT;
  const isStored = storeNumber(d, cell, p, end);
  if (isStored === true) acceptCell(d, cell);
  else failType(d, cell, isStored === false ? 'number' : isStored);
  return end;
}

/** Stores the number just scanned. */
function storeNumber(d: Decoder, cell: Cell, start: number, end: number): Stored {
  const row = cell.set.row;
  const { column } = cell;
  switch (cell.op) {
    case OP.long:
    case OP.int:
    case OP.decimal:
      return storeInteger(d, cell, start, end);
    case OP.double:
    case OP.float: {
      if (d.scan.number.written > NUMBER_DIGITS_MAX) return TOO_LONG;
      const double = nearestDouble(d.scan, start, end);
      const value = cell.op === OP.float ? nearestSingle(double, d.scan, start, end) : double;
      column.f64[row] = value;
      return Number.isFinite(value) || 'a number out of range';
    }
    case OP.time:
      return storeEpoch(d, cell, start, end);
    default:
      return false;
  }
}

const NUMBER_DIGITS_MAX = LIMITS.jsonNumberDigitsMax;
const TOO_LONG = 'a number of too many digits';
const OUT_OF_RANGE = 'a number out of range';
const LONG_MAX = 2n ** 63n;

function storeInteger(d: Decoder, cell: Cell, start: number, end: number): Stored {
  const { column, op } = cell;
  const row = cell.set.row;
  const scaled = scaledInteger(d.scan, start, end, { scale: cell.scale, out: integer });
  switch (scaled) {
    case 'inexact':
      return op === OP.decimal ? 'a number of more decimals' : 'a number with a fraction';
    case 'too-large':
      return OUT_OF_RANGE;
    case 'too-long':
      return TOO_LONG;
    case 'small':
      if (op === OP.decimal) return storeDecimal(d, cell, integer.small);
      if (op === OP.int) {
        column.i32[row] = integer.small;
        return column.i32[row] === integer.small || OUT_OF_RANGE;
      }
      storeSafe(column, row, integer.small);
      return true;
    case 'big':
      if (op === OP.decimal) return storeDecimal(d, cell, integer.big);
      if (op === OP.int || integer.big >= LONG_MAX || integer.big < -LONG_MAX) return OUT_OF_RANGE;
      column.i64[row] = integer.big;
      return true;
  }
}

/** Unscaled value: 64 bits up to precision 18, 16 big-endian bytes above (columns.ts). */
function storeDecimal(d: Decoder, cell: Cell, unscaled: number | bigint): Stored {
  const { column, precision } = cell;
  const row = cell.set.row;
  if (typeof unscaled === 'number' && precision <= 18) {
    if (precision < 16 && Math.abs(unscaled) >= 10 ** precision) return OUT_OF_RANGE;
    storeSafe(column, row, unscaled);
    return true;
  }
  const big = BigInt(unscaled);
  const limit = 10n ** BigInt(precision);
  if (big >= limit || big <= -limit) return OUT_OF_RANGE;
  if (precision <= 18) {
    column.i64[row] = big;
    return true;
  }
  reserve(d, 16);
  const b = d.scan.bytes;
  b.writeBigUInt64BE(BigInt.asUintN(64, big >> 64n), d.auxTop);
  b.writeBigUInt64BE(BigInt.asUintN(64, big), d.auxTop + 8);
  storeView(column, row, d.auxTop, 16);
  d.auxTop += 16;
  return true;
}

/** A key of a map: text that is read as the key column's type, numbers and booleans included. */
export function readKeyText(
  d: Decoder,
  cell: Cell,
  key: { readonly start: number; readonly end: number; readonly hasEscape: boolean },
): void {
  d.textStart = key.start;
  d.textLength = key.end - key.start;
  d.textIsAscii = false;
  if (key.hasEscape) unescapeText(d);
  storeText(d, cell, 'another key');
}
