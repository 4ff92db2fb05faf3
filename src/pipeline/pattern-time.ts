// Texts in JDK DateTimeFormatter patterns → times. Evaluates the elements of contract/time-pattern.ts exactly as that file says;
// patterns were parsed when the contract was read, so nothing here depends on pattern text.
import type { TimeElement, TimeField } from '../contract/time-pattern.ts';
import { DAY_SECONDS, daysFromCivil, type Instant, isCalendarDay, isLeapYear } from './instant.ts';

type Fields = Partial<Record<TimeField | 'fraction' | 'offset', number>>;

interface Reading {
  readonly text: string;
  at: number;
  fields: Fields;
}

/** Reads the whole text; false when it is not of the pattern or names no real date and time. */
export function readPattern(text: string, elements: readonly TimeElement[], out: Instant): boolean {
  const reading: Reading = { text, at: 0, fields: {} };
  return readElements(reading, elements) && reading.at === text.length && resolve(reading.fields, out);
}

function readElements(reading: Reading, elements: readonly TimeElement[]): boolean {
  return elements.every((element) => readElement(reading, element));
}

function readElement(reading: Reading, element: TimeElement): boolean {
  switch (element.kind) {
    case 'literal':
      return readOneOf(reading, [element.text]) === 0;
    case 'number':
      return readNumber(reading, element);
    case 'reducedYear':
      return readDigits(reading, { field: 'year', width: 2, map: (value) => element.base + value });
    case 'fraction':
      return readDigits(reading, { field: 'fraction', width: element.width, map: (value) => value * 10 ** (9 - element.width) });
    case 'text': {
      const index = readOneOf(reading, element.values);
      return index >= 0 && setField(reading, element.field, element.field === 'month' ? index + 1 : index);
    }
    case 'zone':
      return readOneOf(reading, element.values) >= 0 && setField(reading, 'offset', 0);
    case 'offset':
      return readOffset(reading, element);
    case 'optional': {
      const { at, fields } = reading;
      reading.fields = { ...fields };
      if (!readElements(reading, element.elements)) {
        reading.at = at;
        reading.fields = fields;
      }
      return true;
    }
  }
}

/** Index of the longest text found at the position, −1 for none. */
function readOneOf(reading: Reading, texts: readonly string[]): number {
  let best = -1;
  texts.forEach((text, i) => {
    if (reading.text.startsWith(text, reading.at) && (best < 0 || text.length > texts[best]!.length)) best = i;
  });
  if (best >= 0) reading.at += texts[best]!.length;
  return best;
}

function digitRun(reading: Reading, max: number): number {
  let n = 0;
  while (n < max) {
    const c = reading.text.charCodeAt(reading.at + n);
    if (!(c >= 0x30 && c <= 0x39)) break;
    n++;
  }
  return n;
}

function readNumber(reading: Reading, element: Extract<TimeElement, { kind: 'number' }>): boolean {
  const n = digitRun(reading, element.maxWidth + element.reserve);
  const width = Math.min(element.maxWidth, Math.max(element.minWidth, n - element.reserve));
  if (n < width) return false;
  const value = Number(reading.text.slice(reading.at, reading.at + width));
  reading.at += width;
  return inRange(element.field, value) && setField(reading, element.field, value);
}

function readDigits(
  reading: Reading,
  plan: { readonly field: 'year' | 'fraction'; readonly width: number; readonly map: (value: number) => number },
): boolean {
  if (digitRun(reading, plan.width) < plan.width) return false;
  const value = plan.map(Number(reading.text.slice(reading.at, reading.at + plan.width)));
  reading.at += plan.width;
  return setField(reading, plan.field, value);
}

const RANGES: Readonly<Record<TimeField, readonly [number, number]>> = {
  year: [0, 9999],
  month: [1, 12],
  dayOfMonth: [1, 31],
  dayOfYear: [1, 366],
  hour: [0, 23],
  clockHour: [1, 24],
  clockHourOfAmPm: [1, 12],
  hourOfAmPm: [0, 11],
  minute: [0, 59],
  second: [0, 59],
  nanoOfSecond: [0, 999_999_999],
  ampm: [0, 1],
  dayOfWeek: [0, 6],
};

function inRange(field: TimeField, value: number): boolean {
  const [min, max] = RANGES[field];
  return value >= min && value <= max;
}

/** Two elements for one field must agree. */
function setField(reading: Reading, field: keyof Fields, value: number): boolean {
  const before = reading.fields[field];
  reading.fields[field] = value;
  return before === undefined || before === value;
}

const OFFSET_MAX_SECONDS = 18 * 3600;

function readOffset(reading: Reading, element: Extract<TimeElement, { kind: 'offset' }>): boolean {
  const { text } = reading;
  if (element.zero !== undefined && text.startsWith(element.zero, reading.at)) {
    reading.at += element.zero.length;
    return setField(reading, 'offset', 0);
  }
  const sign = text[reading.at] === '+' ? 1 : text[reading.at] === '-' ? -1 : 0;
  if (sign === 0) return false;
  reading.at++;
  const hour = readTwo(reading, '', 18);
  if (hour === undefined) return false;
  const minute = readTwo(reading, element.separator, 59);
  if (minute === undefined && element.minutes === 'required') return false;
  const second = minute !== undefined && element.seconds === 'optional' ? readTwo(reading, element.separator, 59) : undefined;
  const total = hour * 3600 + (minute ?? 0) * 60 + (second ?? 0);
  return total <= OFFSET_MAX_SECONDS && setField(reading, 'offset', sign * total);
}

/** Separator and two digits; leaves the position alone when they are not there. */
function readTwo(reading: Reading, separator: string, max: number): number | undefined {
  if (!reading.text.startsWith(separator, reading.at)) return undefined;
  const digits = reading.text.slice(reading.at + separator.length, reading.at + separator.length + 2);
  if (!/^[0-9]{2}$/.test(digits) || Number(digits) > max) return undefined;
  reading.at += separator.length + 2;
  return Number(digits);
}

function resolve(fields: Fields, out: Instant): boolean {
  const days = resolveDate(fields);
  const hour = resolveHour(fields);
  if (days === 'impossible' || hour === 'impossible') return false;
  out.hasDate = days !== undefined;
  out.hasTime = hour !== undefined;
  out.hasOffset = fields.offset !== undefined;
  const { fraction, nanoOfSecond } = fields;
  if (fraction !== undefined && nanoOfSecond !== undefined && fraction !== nanoOfSecond) return false;
  out.nanos = fraction ?? nanoOfSecond ?? 0;
  const secondOfDay = (hour ?? 0) * 3600 + (fields.minute ?? 0) * 60 + (fields.second ?? 0);
  out.seconds = (days ?? 0) * DAY_SECONDS + secondOfDay - (fields.offset ?? 0);
  return true;
}

function resolveDate(fields: Fields): number | undefined | 'impossible' {
  const { year, month, dayOfMonth, dayOfYear, dayOfWeek } = fields;
  let days: number | undefined;
  if (year !== undefined && month !== undefined && dayOfMonth !== undefined) {
    if (!isCalendarDay(year, month, dayOfMonth)) return 'impossible';
    days = daysFromCivil(year, month, dayOfMonth);
  }
  if (year !== undefined && dayOfYear !== undefined) {
    if (year < 1 || dayOfYear > (isLeapYear(year) ? 366 : 365)) return 'impossible';
    const byYear = daysFromCivil(year, 1, 1) + dayOfYear - 1;
    if (days !== undefined && days !== byYear) return 'impossible';
    days = byYear;
  }
  // 1970-01-01 was a Thursday, index 3.
  if (days !== undefined && dayOfWeek !== undefined && (((days + 3) % 7) + 7) % 7 !== dayOfWeek) return 'impossible';
  return days;
}

function resolveHour(fields: Fields): number | undefined | 'impossible' {
  const { hour, clockHour, clockHourOfAmPm, hourOfAmPm, ampm } = fields;
  const half = hourOfAmPm ?? (clockHourOfAmPm === undefined ? undefined : clockHourOfAmPm % 12);
  if (hourOfAmPm !== undefined && clockHourOfAmPm !== undefined && clockHourOfAmPm % 12 !== hourOfAmPm) return 'impossible';
  if (half !== undefined && ampm === undefined) return 'impossible';
  const known = [hour, clockHour === undefined ? undefined : clockHour % 24, half === undefined ? undefined : half + 12 * ampm!];
  const given = known.filter((value) => value !== undefined);
  if (given.some((value) => value !== given[0])) return 'impossible';
  const value = given[0];
  if (value !== undefined && ampm !== undefined && (value >= 12 ? 1 : 0) !== ampm) return 'impossible';
  return value;
}
