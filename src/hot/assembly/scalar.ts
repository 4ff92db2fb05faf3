// One JSON string, number or boolean → one cell. What does not fit its type exactly is left to the plain path.
import {
  CELL_BYTE_LENGTH,
  CELL_COERCES,
  CELL_CONSTRAINT_COUNT,
  CELL_ID,
  CELL_INTEGER_MAX,
  CELL_INTEGER_MIN,
  CELL_LIMIT,
  CELL_OP,
  CELL_PRECISION,
  CELL_SCALE,
  CELL_STEP_COUNT,
  OP_BINARY,
  OP_DECIMAL,
  OP_DOUBLE,
  OP_FIXED,
  OP_FLOAT,
  OP_INT,
  OP_LONG,
  OP_STRING,
  OP_TIME,
  OP_UUID,
} from '../layout.ts';
import { acceptCell, acceptText, rowOf, slotOf, storeView } from './accept.ts';
import { auxTop, closeAux, hasRoom, reopenAux, setAuxTop } from './aux.ts';
import { double, text } from './host.ts';
import { noteNull, noteValue } from './notes.ts';
import { exponent, integer, isNegative, isShort, isWithinDigits, mantissa, scaleInteger, scanNumber } from './number.ts';
import { CLEANED_TO_NULL, cleanText, putBase64, putUuid, readString, setText, textIsAscii, textLength, textStart } from './text.ts';
import { storeEpoch, storeTimeText } from './time.ts';

/** Nulls read as values of cells, in this record. */
export let nulls: u32 = 0;

export function startNulls(): void {
  nulls = 0;
}

/** The cell's value was null. */
export function countNull(cell: usize): void {
  nulls++;
  noteNull(cell);
}

/** `p` is at a quote. Returns the position behind the string. */
export function readText(cell: usize, p: usize): usize {
  const end = readString(p);
  return end !== 0 && (storeText(cell) || noteValue(cell, p, end)) ? end : 0;
}

/** Text that is stored as it is read, whatever its escapes. */
export function readEscapedText(cell: usize, p: usize): usize {
  const end = readString(p);
  return end !== 0 && (acceptText(cell, textStart, textLength) || noteValue(cell, p, end)) ? end : 0;
}

/** Cleans the text read last and stores it as the cell's value, or counts it as null. */
export function storeText(cell: usize): bool {
  const start = textStart;
  const length = textLength;
  const ascii = textIsAscii;
  if (load<u32>(cell, CELL_STEP_COUNT) > 0) {
    const cleaned = cleanText(cell);
    if (cleaned === CLEANED_TO_NULL) {
      countNull(cell);
      return true;
    }
    if (cleaned === 0) return askHost(cell, start, length, ascii);
  }
  if (load<u32>(cell, CELL_OP) === OP_STRING) {
    return acceptText(cell, textStart, textLength) && (load<u32>(cell, CELL_CONSTRAINT_COUNT) === 0 || acceptCell(cell));
  }
  if (storeParsed(cell)) return acceptCell(cell);
  return askHost(cell, start, length, ascii);
}

function storeParsed(cell: usize): bool {
  const op = load<u32>(cell, CELL_OP);
  if (op === OP_TIME) return storeTimeText(cell, rowOf(cell), textStart, textLength);
  if (<i32>op >= OP_INT && <i32>op <= OP_DECIMAL) return load<u32>(cell, CELL_COERCES) !== 0 && coerceNumber(cell);
  let length: i32 = 16;
  if (op === OP_UUID) {
    if (!putUuid()) return false;
  } else if (op === OP_FIXED || op === OP_BINARY) {
    length = putBase64();
    if (length < 0 || (op === OP_FIXED && <u32>length !== load<u32>(cell, CELL_BYTE_LENGTH))) return false;
  } else return false;
  storeView(cell, auxTop, length);
  setAuxTop(auxTop + length);
  // Constraints on bytes count bytes.
  setText(textStart, textLength, true);
  return true;
}

/** The text read last as a JSON number. */
function coerceNumber(cell: usize): bool {
  const first: u32 = load<u8>(textStart);
  const end = textStart + textLength;
  if (textLength === 0 || (first !== 0x2d && first - 0x30 > 9)) return false;
  // Text in place ends in its quote; text in aux is given an end too, so that no digit of an earlier text is read.
  if (end >= auxTop) store<u8>(end, 0);
  return scanNumber(textStart) === end && storeNumber(cell, textStart, end);
}

/** The plain path's functions on the text as it was read: Unicode's tables, patterns of times, numbers in strings. */
function askHost(cell: usize, start: usize, length: u32, ascii: bool): bool {
  closeAux();
  const settled = text(load<u32>(cell, CELL_ID), rowOf(cell), start, length, u32(ascii));
  reopenAux();
  if (settled === 2) countNull(cell);
  return settled !== 0;
}

/** `p` is at `-` or a digit. */
export function readNumber(cell: usize, p: usize): usize {
  const end = scanNumber(p);
  if (end === 0) return 0;
  return (storeNumber(cell, p, end) && acceptCell(cell)) || noteValue(cell, p, end) ? end : 0;
}

function storeNumber(cell: usize, start: usize, end: usize): bool {
  const op = load<u32>(cell, CELL_OP);
  if (op === OP_DOUBLE || op === OP_FLOAT) return isWithinDigits() && storeDouble(cell, op, start, end);
  if (op === OP_TIME) return storeEpoch(cell, rowOf(cell));
  if (op !== OP_INT && op !== OP_LONG && op !== OP_DECIMAL) return false;
  if (!scaleInteger(load<u32>(cell, CELL_SCALE))) return false;
  if (integer < load<i64>(cell, CELL_INTEGER_MIN) || integer > load<i64>(cell, CELL_INTEGER_MAX)) return false;
  if (op === OP_INT) {
    store<i32>(slotOf(cell, 2), <i32>integer);
    return <i64>(<i32>integer) === integer;
  }
  if (op === OP_LONG || load<u32>(cell, CELL_PRECISION) <= 18) {
    store<i64>(slotOf(cell, 3), integer);
    return op === OP_LONG || abs<i64>(integer) < load<i64>(cell, CELL_LIMIT);
  }
  return storeWideDecimal(cell);
}

/** 16 bytes, big-endian two's complement. */
function storeWideDecimal(cell: usize): bool {
  if (!hasRoom(16)) return false;
  store<u64>(auxTop, integer < 0 ? u64.MAX_VALUE : 0);
  store<u64>(auxTop, bswap<u64>(<u64>integer), 8);
  storeView(cell, auxTop, 16);
  setAuxTop(auxTop + 16);
  return true;
}

/** 10^0 … 10^22: the powers of ten that are doubles. */
export const DOUBLE_POWERS: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]);

/**
 * The nearest double. With a mantissa below 2^53 and a power of ten that is a double, one operation rounds once, so it is right
 * (Clinger 1990, "How to read floating point numbers accurately"); the engine reads all others.
 */
function storeDouble(cell: usize, op: u32, start: usize, end: usize): bool {
  let value: f64;
  if (isShort() && mantissa < 1 << 53 && exponent >= -22 && exponent <= 22) {
    value = <f64>mantissa;
    if (exponent < 0) value /= load<f64>(DOUBLE_POWERS + ((<usize>-exponent) << 3));
    else value *= load<f64>(DOUBLE_POWERS + ((<usize>exponent) << 3));
    if (isNegative) value = -value;
  } else value = double(start, end);
  if (op === OP_FLOAT) {
    if (!isSingleOnce(value)) return false;
    value = <f64>(<f32>value);
  }
  store<f64>(slotOf(cell, 3), value);
  return abs<f64>(value) <= f64.MAX_VALUE;
}

/** Is the single nearest to the double surely the one nearest to the text? Not midway between two, nor where singles thin out. */
function isSingleOnce(value: f64): bool {
  if (<f64>(<f32>value) === value) return true;
  const size = abs<f64>(value);
  return size > 1.2e-38 && size < 3.4e38 && (reinterpret<u64>(value) & 0x1fffffff) !== 0x10000000;
}
