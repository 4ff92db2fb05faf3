// The readers of the commonest values, each for one shape of text as most producers send it: a string without escapes or one that is clean
// already, an integer of up to 15 digits, a fraction of up to 14, an RFC 3339 instant in UTC, a number of seconds, milliseconds or microseconds,
// a UUID. Another shape of the same type goes to the general reader (value.ts), so these only ever say less, never something else.
import {
  CELL_COLUMN,
  CELL_EPOCH_MICROS,
  CELL_INTEGER_MAX,
  CELL_INTEGER_MIN,
  CELL_OP,
  CELL_POINTS_MAX,
  CELL_POINTS_MIN,
  COL_LENGTHS,
  COL_VALUES,
  KIND_CAPTURED,
  KIND_CHOICE,
  KIND_EPOCH,
  KIND_EXACT,
  KIND_FRACTION,
  KIND_INSTANT,
  KIND_TEXT,
  KIND_TIDY,
  KIND_UUID,
  OP_INT,
} from '../layout.ts';
import { acceptText, markPresent, rowOf, storeView } from './accept.ts';
import { auxTop, hasRoom, setAuxTop } from './aux.ts';
import { readCaptured } from './captured.ts';
import { noteValue } from './notes.ts';
import { countDigits, HIGH_NIBBLES, numberOf, ONES, POWERS, ZEROS } from './number.ts';
import { readChoice, readTidyText } from './quick-text.ts';
import { DOUBLE_POWERS, readEscapedText, readText } from './scalar.ts';
import { specials } from './scan.ts';
import { putUuidAt, setText } from './text.ts';
import { daysAt, NO_DATE, SECONDS_END } from './time.ts';
import { readScalar } from './value.ts';

/** The value at `p` of a cell of the kind, or of a capture. */
export function readKind(kind: u32, cell: usize, p: usize): usize {
  switch (kind) {
    case KIND_TEXT:
      return load<u8>(p) === 0x22 ? readPlainText(cell, p) : readScalar(cell, p);
    case KIND_EXACT:
      return readExact(cell, p);
    case KIND_INSTANT:
      return readInstant(cell, p);
    case KIND_UUID:
      return readUuid(cell, p);
    case KIND_TIDY:
      return readTidyText(cell, p);
    case KIND_FRACTION:
      return readFraction(cell, p);
    case KIND_EPOCH:
      return readEpoch(cell, p);
    case KIND_CHOICE:
      return readChoice(cell, p);
    case KIND_CAPTURED:
      return readCaptured(cell, p);
    default:
      return readScalar(cell, p);
  }
}

/** Text that is stored as it is read; `p` is at the quote. @inline */
export function readPlainText(cell: usize, p: usize): usize {
  const start = p + 1;
  let end = start;
  let v = v128.load(end);
  let special = specials(v);
  let high: u32 = i8x16.bitmask(v);
  if (special === 0) {
    let last: u32 = 0;
    do {
      high |= last;
      end += 16;
      v = v128.load(end);
      special = specials(v);
      last = i8x16.bitmask(v);
    } while (special === 0);
    high |= last & (special ^ (special - 1));
  } else high &= special ^ (special - 1);
  end += ctz(special);
  if (load<u8>(end) !== 0x22) return readEscapedText(cell, p);
  const length = <u32>(end - start);
  if (high !== 0) {
    setText(start, length, false);
    return acceptText(cell, start, length) || noteValue(cell, p, end + 1) ? end + 1 : 0;
  }
  const isWithin = length >= load<u32>(cell, CELL_POINTS_MIN) && length <= load<u32>(cell, CELL_POINTS_MAX);
  if (!isWithin) return readText(cell, p);
  const column: usize = load<u32>(cell, CELL_COLUMN);
  const at = (<usize>rowOf(cell)) << 2;
  store<u32>(load<u32>(column, COL_VALUES) + at, <u32>start);
  store<u32>(load<u32>(column, COL_LENGTHS) + at, length);
  markPresent(cell);
  return end + 1;
}

/** A number of one to seven digits and, behind a point, one to seven more into a cell of doubles: a quotient of doubles, rounded once. */
function readFraction(cell: usize, p: usize): usize {
  const word = load<u64>(p);
  const whole = countDigits(word);
  if (whole - 1 > 6 || (whole > 1 && load<u8>(p) === 0x30)) return readScalar(cell, p);
  let value = numberOf(word, whole);
  let end = p + whole;
  let places: u32 = 0;
  if (load<u8>(end) === 0x2e) {
    const fraction = load<u64>(end + 1);
    places = countDigits(fraction);
    if (places - 1 > 6) return readScalar(cell, p);
    value = value * load<u64>(POWERS + ((<usize>places) << 3)) + numberOf(fraction, places);
    end += places + 1;
  }
  if ((load<u8>(end) | 0x20) === 0x65) return readScalar(cell, p);
  const at = <usize>load<u32>(load<u32>(cell, CELL_COLUMN), COL_VALUES) + ((<usize>rowOf(cell)) << 3);
  store<f64>(at, <f64>value / load<f64>(DOUBLE_POWERS + ((<usize>places) << 3)));
  markPresent(cell);
  return end;
}

/** An epoch time of up to 13 digits into a cell of microseconds. */
function readEpoch(cell: usize, p: usize): usize {
  const word = load<u64>(p);
  let count = countDigits(word);
  let value = numberOf(word, count);
  if (count === 8) {
    const next = load<u64>(p + 8);
    const more = countDigits(next);
    value = value * load<u64>(POWERS + ((<usize>more) << 3)) + numberOf(next, more);
    count += more;
  }
  const behind: u32 = load<u8>(p + count);
  const isWhole = count - 1 < 13 && behind !== 0x2e && (behind | 0x20) !== 0x65 && (count === 1 || load<u8>(p) !== 0x30);
  if (!isWhole) return readScalar(cell, p);
  const micros = value * load<u32>(cell, CELL_EPOCH_MICROS);
  if (micros >= <u64>(SECONDS_END * 1_000_000)) return readScalar(cell, p);
  store<u64>(<usize>load<u32>(load<u32>(cell, CELL_COLUMN), COL_VALUES) + ((<usize>rowOf(cell)) << 3), micros);
  markPresent(cell);
  return p + count;
}

/** An integer into a cell of integers. */
export function readExact(cell: usize, p: usize): usize {
  const isNegative = load<u8>(p) === 0x2d;
  const start = p + usize(isNegative);
  const word = load<u64>(start);
  let count = countDigits(word);
  let value = numberOf(word, count);
  if (count === 8) {
    const next = load<u64>(start + 8);
    const more = countDigits(next);
    value = value * load<u64>(POWERS + ((<usize>more) << 3)) + numberOf(next, more);
    count += more;
  }
  const behind: u32 = load<u8>(start + count);
  const isWhole = count - 1 < 15 && behind !== 0x2e && (behind | 0x20) !== 0x65 && (count === 1 || load<u8>(start) !== 0x30);
  if (!isWhole) return readScalar(cell, p);
  const integer = isNegative ? -(<i64>value) : <i64>value;
  const values: usize = load<u32>(load<u32>(cell, CELL_COLUMN), COL_VALUES);
  const row = <usize>rowOf(cell);
  if (load<u32>(cell, CELL_OP) === OP_INT) {
    store<i32>(values + (row << 2), <i32>integer);
    if (<i64>(<i32>integer) !== integer) return noteValue(cell, p, start + count) ? start + count : 0;
  } else store<i64>(values + (row << 3), integer);
  markPresent(cell);
  const isWithin = integer >= load<i64>(cell, CELL_INTEGER_MIN) && integer <= load<i64>(cell, CELL_INTEGER_MAX);
  return isWithin || noteValue(cell, p, start + count) ? start + count : 0;
}

const MINUTE_MICROS: i64 = 60_000_000;
/** `00:00:00` as a word, and what makes every other byte than a digit or its colon reach a high bit. */
const COLONS: u64 = ((<u64>1) << 16) | ((<u64>1) << 40);
const CLOCK: u64 = ZEROS + COLONS * 0x0a;
const CLOCK_CARRY: u64 = ONES * 6 + COLONS * 9;

/** `"yyyy-MM-ddTHH:mm:ss[.f]Z"`, up to six digits of f, into a cell of microseconds. */
export function readInstant(cell: usize, p: usize): usize {
  const clock = load<u64>(p + 12) ^ CLOCK;
  const isClock = (((clock + CLOCK_CARRY) | clock) & HIGH_NIBBLES) === 0;
  const hour = <u32>(clock & 0xff) * 10 + <u32>((clock >> 8) & 0xff);
  const minute = <u32>((clock >> 24) & 0xff) * 10 + <u32>((clock >> 32) & 0xff);
  const second = <u32>((clock >> 48) & 0xff) * 10 + <u32>(clock >> 56);
  if (!isClock || hour > 23 || minute > 59 || second > 59 || load<u8>(p) !== 0x22 || load<u8>(p + 11) !== 0x54) return readScalar(cell, p);
  const days = daysAt(p + 1);
  let micros: u64 = 0;
  let end = p + 20;
  if (load<u8>(end) === 0x2e) {
    const word = load<u64>(end + 1);
    const count = countDigits(word);
    if (count - 1 > 5) return readScalar(cell, p);
    micros = numberOf(word, count) * load<u64>(POWERS + ((<usize>(6 - count)) << 3));
    end += count + 1;
  }
  if (days === NO_DATE || load<u16>(end) !== 0x225a) return readScalar(cell, p);
  const at = <usize>load<u32>(load<u32>(cell, CELL_COLUMN), COL_VALUES) + ((<usize>rowOf(cell)) << 3);
  store<i64>(at, (days * 1440 + hour * 60 + minute) * MINUTE_MICROS + second * 1_000_000 + micros);
  markPresent(cell);
  return end + 2;
}

/** `"` and 36 characters of a UUID. */
export function readUuid(cell: usize, p: usize): usize {
  if (load<u8>(p) !== 0x22 || load<u8>(p + 37) !== 0x22 || !hasRoom(16) || !putUuidAt(p + 1)) return readScalar(cell, p);
  storeView(cell, auxTop, 16);
  setAuxTop(auxTop + 16);
  markPresent(cell);
  return p + 38;
}
