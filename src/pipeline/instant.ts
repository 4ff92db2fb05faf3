// Calendar arithmetic of the proleptic Gregorian calendar (Iceberg specification, "Primitive Types"), and ISO texts (RFC 3339)
// straight from bytes. Strict: real calendar days of the years 0001–9999, no 24:00, no leap second.

/** A time read from text or a number; seconds since 1970-01-01T00:00:00 (of the day, for times) and nanoseconds. */
export interface Instant {
  seconds: number;
  nanos: number;
  hasDate: boolean;
  hasTime: boolean;
  /** An offset or zone was given; `seconds` is then UTC. */
  hasOffset: boolean;
}

export function makeInstant(): Instant {
  return { seconds: 0, nanos: 0, hasDate: false, hasTime: false, hasOffset: false };
}

export const DAY_SECONDS = 86_400;
/** 0001-01-01T00:00:00Z and 10000-01-01T00:00:00Z. */
export const SECONDS_MIN = daysFromCivil(1, 1, 1) * DAY_SECONDS;
export const SECONDS_END = daysFromCivil(10_000, 1, 1) * DAY_SECONDS;

/** Days since 1970-01-01 of a calendar day; years count from March, so that the leap day is the last of its year. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
  return day <= (month === 2 && isLeapYear(year) ? 29 : MONTH_DAYS[month - 1]!);
}

/** Which parts an ISO text has. */
export type IsoShape = 'date' | 'time' | 'date-time';

/** Reads bytes[start, end) as RFC 3339 `full-date`, `partial-time` (seconds optional) or date and time with or without offset. */
export function readIso(b: Uint8Array, start: number, end: number, shape: IsoShape, out: Instant): boolean {
  out.hasDate = shape !== 'time';
  out.hasTime = shape !== 'date';
  out.hasOffset = false;
  out.nanos = 0;
  if (shape === 'date') {
    if (end - start !== 10 || !readDate(b, start, out)) return false;
    out.seconds *= DAY_SECONDS;
    return true;
  }
  if (shape === 'time') return readTime(b, start, end, false, out) === end;
  if (!readDate(b, start, out) || (b[start + 10]! | 0x20) !== 0x74) return false;
  const days = out.seconds;
  const p = readTime(b, start + 11, end, true, out);
  if (p < 0) return false;
  out.seconds += days * DAY_SECONDS;
  return p === end || readOffset(b, p, end, out);
}

function two(b: Uint8Array, p: number): number {
  const tens = b[p]! - 0x30;
  const ones = b[p + 1]! - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** Leaves days in out.seconds. */
function readDate(b: Uint8Array, p: number, out: Instant): boolean {
  const century = two(b, p);
  const rest = two(b, p + 2);
  const month = two(b, p + 5);
  const day = two(b, p + 8);
  if (century < 0 || rest < 0 || b[p + 4] !== 0x2d || b[p + 7] !== 0x2d) return false;
  const year = century * 100 + rest;
  if (!isCalendarDay(year, month, day)) return false;
  out.seconds = daysFromCivil(year, month, day);
  return true;
}

/** Reads HH:mm[:ss[.f]]; leaves the second of the day. Returns the position behind, −1 for anything else. */
function readTime(b: Uint8Array, p: number, end: number, needsSeconds: boolean, out: Instant): number {
  const hour = two(b, p);
  const minute = two(b, p + 3);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || b[p + 2] !== 0x3a) return -1;
  out.seconds = hour * 3600 + minute * 60;
  out.nanos = 0;
  if (p + 5 === end && !needsSeconds) return end;
  const second = two(b, p + 6);
  if (b[p + 5] !== 0x3a || second < 0 || second > 59) return -1;
  out.seconds += second;
  return b[p + 8] === 0x2e ? readFraction(b, p + 9, out) : p + 8;
}

/** One to nine digits. */
function readFraction(b: Uint8Array, p: number, out: Instant): number {
  let nanos = 0;
  let digits = 0;
  for (let c = b[p]!; c >= 0x30 && c <= 0x39; c = b[p + ++digits]!) {
    if (digits === 9) return -1;
    nanos = nanos * 10 + (c - 0x30);
  }
  if (digits === 0) return -1;
  for (let i = digits; i < 9; i++) nanos *= 10;
  out.nanos = nanos;
  return p + digits;
}

/** `Z` or ±hh:mm to the end; moves out.seconds to UTC. */
function readOffset(b: Uint8Array, p: number, end: number, out: Instant): boolean {
  out.hasOffset = true;
  if ((b[p]! | 0x20) === 0x7a) return p + 1 === end;
  const sign = b[p] === 0x2b ? 1 : b[p] === 0x2d ? -1 : 0;
  const hour = two(b, p + 1);
  const minute = two(b, p + 4);
  if (sign === 0 || p + 6 !== end || hour < 0 || hour > 23 || minute < 0 || minute > 59 || b[p + 3] !== 0x3a) return false;
  out.seconds -= sign * (hour * 3600 + minute * 60);
  return true;
}
