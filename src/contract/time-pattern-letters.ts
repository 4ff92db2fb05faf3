// One run of a pattern letter → its element, by the table of java.time.format.DateTimeFormatter ("Patterns for Formatting and
// Parsing"), names in English.
import type { TimeElement, TimeField } from './time-elements.ts';

export const MONTHS_FULL = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
export const DAYS_FULL = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const AM_PM = ['AM', 'PM'] as const;
const UTC_NAMES = ['UTC', 'GMT', 'Etc/UTC', 'Z'] as const;
/** Widest number the JDK takes for a one-letter field. */
const NUMBER_WIDTH_MAX = 19;

/** One run of a pattern letter; a string says why it is refused. */
export function letterElement(letter: string, count: number): TimeElement | string {
  const tooMany = `'${letter.repeat(count)}' has too many letters`;
  switch (letter) {
    case 'y':
    case 'u':
      if (count === 2) return { kind: 'reducedYear', base: 2000 };
      return count > 4 ? `${tooMany}: years have at most four digits` : numberElement('year', count, 4);
    case 'M':
    case 'L':
      if (count <= 2) return numberElement('month', count, count === 1 ? NUMBER_WIDTH_MAX : 2);
      if (count === 5) return `'${letter.repeat(5)}' (one-letter names) is ambiguous; use MMM or MMMM`;
      return count > 5 ? tooMany : { kind: 'text', field: 'month', values: names(MONTHS_FULL, count) };
    case 'E':
      if (count === 5) return "'EEEEE' (one-letter names) is ambiguous; use EEE or EEEE";
      return count > 5 ? tooMany : { kind: 'text', field: 'dayOfWeek', values: names(DAYS_FULL, count) };
    case 'a':
      return count > 1 ? tooMany : { kind: 'text', field: 'ampm', values: AM_PM };
    case 'D':
      return count > 3 ? tooMany : numberElement('dayOfYear', count, count === 1 ? NUMBER_WIDTH_MAX : 3);
    case 'S':
      return count > 9 ? tooMany : { kind: 'fraction', width: count };
    case 'n':
      return count > NUMBER_WIDTH_MAX ? tooMany : numberElement('nanoOfSecond', count, NUMBER_WIDTH_MAX);
    case 'X':
    case 'x':
    case 'Z':
      return offsetElement(letter, count) ?? tooMany;
    case 'z':
      return count > 4 ? tooMany : { kind: 'zone', values: UTC_NAMES };
    case 'V':
      return count === 2 ? { kind: 'zone', values: UTC_NAMES } : `'${letter.repeat(count)}' must be 'VV'`;
    default:
      return twoDigitElement(letter, count) ?? unknownLetter(letter);
  }
}

function unknownLetter(letter: string): string {
  return `the letter '${letter}' is not supported; expected y u M L d D E a H h k K m s S n X x Z z V, others within single quotes`;
}

const TWO_DIGIT_FIELDS: Readonly<Record<string, TimeField>> = {
  d: 'dayOfMonth',
  H: 'hour',
  k: 'clockHour',
  h: 'clockHourOfAmPm',
  K: 'hourOfAmPm',
  m: 'minute',
  s: 'second',
};

function twoDigitElement(letter: string, count: number): TimeElement | string | undefined {
  const field = Object.hasOwn(TWO_DIGIT_FIELDS, letter) ? TWO_DIGIT_FIELDS[letter] : undefined;
  if (!field) return undefined;
  if (count > 2) return `'${letter.repeat(count)}' has too many letters: at most two`;
  return numberElement(field, count, count === 1 ? NUMBER_WIDTH_MAX : 2);
}

function numberElement(field: TimeField, minWidth: number, maxWidth: number): TimeElement {
  return { kind: 'number', field, minWidth, maxWidth, reserve: 0 };
}

function names(full: readonly string[], count: number): readonly string[] {
  return count === 4 ? full : full.map((name) => name.slice(0, 3));
}

/** Table "Offset X / x / Z" of DateTimeFormatter: X +HHmm, XX +HHMM, XXX +HH:MM, XXXX +HHMMss, XXXXX +HH:MM:ss. */
function offsetElement(letter: string, count: number): TimeElement | string | undefined {
  if (letter === 'Z') {
    if (count <= 3) return { kind: 'offset', minutes: 'required', seconds: 'never', separator: '', zero: undefined };
    if (count === 4) return "'ZZZZ' (localised GMT+8) is not supported; use XXX";
    return count > 5 ? undefined : { kind: 'offset', minutes: 'required', seconds: 'optional', separator: ':', zero: 'Z' };
  }
  if (count > 5) return undefined;
  return {
    kind: 'offset',
    minutes: count === 1 ? 'optional' : 'required',
    seconds: count >= 4 ? 'optional' : 'never',
    separator: count === 3 || count === 5 ? ':' : '',
    zero: letter === 'X' ? 'Z' : undefined,
  };
}
