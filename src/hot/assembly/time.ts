// Dates, times and timestamps: RFC 3339 texts and epoch numbers → days, microseconds or nanoseconds, in 64-bit integers throughout, so
// that no year loses its last digits. Strict as pipeline/instant.ts and store-time.ts; what is refused here is judged there again.
import {
  CELL_COLUMN,
  CELL_FORMAT_COUNT,
  CELL_FORMATS,
  CELL_TIME,
  COL_VALUES,
  FORMAT_BYTES,
  FORMAT_EPOCH,
  FORMAT_ISO,
  FORMAT_KIND,
  FORMAT_PATTERN,
  FORMAT_UNITS,
  TIME_DATE,
  TIME_TIME,
  TIME_TIMESTAMP_NS,
  TIME_TIMESTAMPTZ,
  TIME_TIMESTAMPTZ_NS,
} from '../layout.ts';
import { auxTop } from './aux.ts';
import { integer, scaleInteger } from './number.ts';

let seconds: i64 = 0;
let nanos: u32 = 0;
let hasOffset: bool = false;

const DAY_SECONDS: i64 = 86_400;
/** 0001-01-01T00:00:00Z and 10000-01-01T00:00:00Z. */
const SECONDS_MIN: i64 = -62_135_596_800;
export const SECONDS_END: i64 = 253_402_300_800;
/** Whole seconds whose nanoseconds surely fit 64 bits. */
const NANO_SECONDS_MAX: i64 = 9_223_372_035;

/** Stores a text as the cell's time; false when none of its formats is one of the kernel's and reads it. */
export function storeTimeText(cell: usize, row: u32, start: usize, length: u32): bool {
  // Text in place ends in its quote; text in aux is given an end too, so that no digit of an earlier text is read.
  if (start + length >= auxTop) store<u8>(start + length, 0);
  const count = load<u32>(cell, CELL_FORMAT_COUNT);
  let format: usize = load<u32>(cell, CELL_FORMATS);
  for (let i: u32 = 0; i < count; i++, format += FORMAT_BYTES) {
    const kind = load<u32>(format, FORMAT_KIND);
    if (kind === FORMAT_PATTERN) return false;
    if (kind === FORMAT_ISO && readIso(cell, start, start + length)) return storeInstant(cell, row);
  }
  return false;
}

/** Stores the number scanned last as an epoch time. */
export function storeEpoch(cell: usize, row: u32): bool {
  if (!scaleInteger(0)) return false;
  const value = integer;
  const count = load<u32>(cell, CELL_FORMAT_COUNT);
  let format: usize = load<u32>(cell, CELL_FORMATS);
  for (let i: u32 = 0; i < count; i++, format += FORMAT_BYTES) {
    if (load<u32>(format, FORMAT_KIND) !== FORMAT_EPOCH) continue;
    const units: i64 = load<u32>(format, FORMAT_UNITS);
    let rest = value % units;
    if (rest < 0) rest += units;
    seconds = (value - rest) / units;
    nanos = <u32>(rest * (1_000_000_000 / units));
    if (storeInstant(cell, row)) return true;
  }
  return false;
}

function readIso(cell: usize, p: usize, end: usize): bool {
  const type: i32 = load<u32>(cell, CELL_TIME);
  hasOffset = false;
  nanos = 0;
  if (type === TIME_DATE) {
    if (end - p !== 10) return false;
    const days = readDate(p);
    seconds = days * DAY_SECONDS;
    return days !== NO_DATE;
  }
  if (type === TIME_TIME) return readTime(p, end, false) === end;
  const days = daysAt(p);
  if (days === NO_DATE || (<u32>load<u8>(p + 10) | 0x20) !== 0x74) return false;
  const behind = readTime(p + 11, end, true);
  if (behind === 0) return false;
  seconds += days * DAY_SECONDS;
  if (behind !== end && !readOffset(behind, end)) return false;
  return hasOffset === (type === TIME_TIMESTAMPTZ || type === TIME_TIMESTAMPTZ_NS);
}

/** Two digits, or a number above 99. */
function two(p: usize): u32 {
  const tens = <u32>load<u8>(p) - 0x30;
  const ones = <u32>load<u8>(p + 1) - 0x30;
  return tens < 10 && ones < 10 ? tens * 10 + ones : 1000;
}

export const NO_DATE: i64 = i64.MIN_VALUE;

/** The date read last, `yyyy-MM-` and `dd`: most records of a batch are of one day. Before the first one ten NULs, which are no date. */
let lastMonth: u64 = 0;
let lastDay: u32 = 0;
let lastDays: i64 = NO_DATE;

/** Days since 1970-01-01 of the ten characters at `p`. */
export function daysAt(p: usize): i64 {
  const month = load<u64>(p);
  const day: u32 = load<u16>(p + 8);
  if (month === lastMonth && day === lastDay) return lastDays;
  const days = readDate(p);
  if (days === NO_DATE) return NO_DATE;
  lastMonth = month;
  lastDay = day;
  lastDays = days;
  return days;
}

/** Days since 1970-01-01. */
function readDate(p: usize): i64 {
  const century = two(p);
  const rest = two(p + 2);
  const month = two(p + 5);
  const day = two(p + 8);
  if (century > 99 || rest > 99 || load<u8>(p + 4) !== 0x2d || load<u8>(p + 7) !== 0x2d) return NO_DATE;
  const year = century * 100 + rest;
  if (year === 0 || month - 1 > 11 || day - 1 >= daysOfMonth(year, month)) return NO_DATE;
  return daysFromCivil(year, month, day);
}

function daysOfMonth(year: u32, month: u32): u32 {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  // April, June, September, November.
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Years count from March, so that the leap day is the last of its year. */
function daysFromCivil(year: u32, month: u32, day: u32): i64 {
  const y = month <= 2 ? year - 1 : year;
  const era = y / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return <i64>era * 146_097 + dayOfEra - 719_468;
}

/** HH:mm[:ss[.f]] → seconds of the day; the position behind, 0 for anything else. */
function readTime(p: usize, end: usize, needsSeconds: bool): usize {
  const hour = two(p);
  const minute = two(p + 3);
  if (hour > 23 || minute > 59 || load<u8>(p + 2) !== 0x3a) return 0;
  seconds = hour * 3600 + minute * 60;
  if (p + 5 === end && !needsSeconds) return end;
  const second = two(p + 6);
  if (load<u8>(p + 5) !== 0x3a || second > 59) return 0;
  seconds += second;
  return load<u8>(p + 8) === 0x2e ? readFraction(p + 9) : p + 8;
}

/** One to nine digits. */
function readFraction(p: usize): usize {
  let value: u32 = 0;
  let count: u32 = 0;
  for (;;) {
    const digit = <u32>load<u8>(p + count) - 0x30;
    if (digit > 9) break;
    if (count === 9) return 0;
    value = value * 10 + digit;
    count++;
  }
  if (count === 0) return 0;
  for (let i = count; i < 9; i++) value *= 10;
  nanos = value;
  return p + count;
}

/** `Z` or ±hh:mm to the end; moves the seconds to UTC. */
function readOffset(p: usize, end: usize): bool {
  hasOffset = true;
  const c: u32 = load<u8>(p);
  if ((c | 0x20) === 0x7a) return p + 1 === end;
  const hour = two(p + 1);
  const minute = two(p + 4);
  if ((c !== 0x2b && c !== 0x2d) || p + 6 !== end || hour > 23 || minute > 59 || load<u8>(p + 3) !== 0x3a) return false;
  const offset: i64 = hour * 3600 + minute * 60;
  seconds -= c === 0x2b ? offset : -offset;
  return true;
}

function storeInstant(cell: usize, row: u32): bool {
  const type: i32 = load<u32>(cell, CELL_TIME);
  const values: usize = load<u32>(load<u32>(cell, CELL_COLUMN), COL_VALUES);
  const at = values + ((<usize>row) << 3);
  if (type === TIME_DATE) {
    if (seconds < SECONDS_MIN || seconds >= SECONDS_END || nanos !== 0 || seconds % DAY_SECONDS !== 0) return false;
    store<i32>(values + ((<usize>row) << 2), <i32>(seconds / DAY_SECONDS));
    return true;
  }
  if (type >= TIME_TIMESTAMP_NS) {
    if (seconds > NANO_SECONDS_MAX || seconds < -NANO_SECONDS_MAX) return false;
    store<i64>(at, seconds * 1_000_000_000 + nanos);
    return true;
  }
  const isWithin = type === TIME_TIME ? seconds >= 0 && seconds < DAY_SECONDS : seconds >= SECONDS_MIN && seconds < SECONDS_END;
  if (!isWithin || nanos % 1000 !== 0) return false;
  store<i64>(at, seconds * 1_000_000 + nanos / 1000);
  return true;
}
