// JDK DateTimeFormatter patterns (ODCS `logicalTypeOptions.format`) as data, so that a bad pattern is found when the contract is
// read and evaluation needs no pattern text. Upholds promise 9: what a pattern does not say is a violation, never a guess.
//
// How elements are evaluated (java.time.format.DateTimeFormatterBuilder, "Adjacent value parsing"; locale en-US):
// - All elements must match in order and the whole text must be used. Matching is case-sensitive.
// - `number`: n = ASCII digits at the position, at most maxWidth + reserve of them; take max(minWidth, n − reserve), capped at
//   maxWidth; fewer than minWidth is no match. No signs: years are 0000 to 9999.
// - `optional`: if its elements do not all match, the position and the fields go back to where the section began.
// - Values must be in the range written on `TimeField`; the date must exist (2026-02-30 and 24:00 are no match, unlike the JDK's
//   "smart" resolver). Two elements for one field must agree. A day of week must agree with the date.
// - An hour is needed for a time; minute, second and fraction are 0 where absent. Without an offset or zone a timestamptz is UTC.

/** What a number or a text stands for, with the range of its values. */
export type TimeField =
  /** 0–9999; `y` and `u` are the same here: there are no years before 1 in `y`. */
  | 'year'
  /** 1–12. */
  | 'month'
  /** 1–31, and within the month. */
  | 'dayOfMonth'
  /** 1–366, and within the year. */
  | 'dayOfYear'
  /** `H`, 0–23. */
  | 'hour'
  /** `k`, 1–24, where 24 is hour 0. */
  | 'clockHour'
  /** `h`, 1–12, where 12 is hour 0 of the half day; with `ampm`. */
  | 'clockHourOfAmPm'
  /** `K`, 0–11; with `ampm`. */
  | 'hourOfAmPm'
  /** 0–59. */
  | 'minute'
  /** 0–59. */
  | 'second'
  /** `n`, 0–999999999. */
  | 'nanoOfSecond'
  /** Index into `values`: 0 AM, 1 PM. */
  | 'ampm'
  /** Index into `values`: 0 Monday … 6 Sunday. Only checked against the date. */
  | 'dayOfWeek';

export type TimeElement =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'number';
      readonly field: TimeField;
      readonly minWidth: number;
      readonly maxWidth: number;
      /** Digits that belong to the fixed-width numbers directly behind this one: `yyyyMMdd` reserves 4 for the year. */
      readonly reserve: number;
    }
  /** `yy`, `uu`: exactly two digits, 2000–2099. */
  | { readonly kind: 'reducedYear'; readonly base: 2000 }
  /** `S…`: exactly `width` digits after the decimal point of a second; width 1–9. */
  | { readonly kind: 'fraction'; readonly width: number }
  /** One of `values`, the longest that matches. Month: value index + 1. */
  | { readonly kind: 'text'; readonly field: 'month' | 'dayOfWeek' | 'ampm'; readonly values: readonly string[] }
  /**
   * Offset from UTC: sign, two-digit hour, then by `minutes` and `seconds` `:`-separated or not. Within ±18:00.
   * `zero`: a text that also means offset 0 (`Z`, for X and ZZZZZ).
   */
  | {
      readonly kind: 'offset';
      readonly minutes: 'optional' | 'required';
      readonly seconds: 'never' | 'optional';
      readonly separator: '' | ':';
      readonly zero: 'Z' | undefined;
    }
  /** `z`, `VV`: one of `values`, all of which mean UTC. */
  | { readonly kind: 'zone'; readonly values: readonly string[] }
  | { readonly kind: 'optional'; readonly elements: readonly TimeElement[] };

export type TimePatternResult =
  | { readonly ok: true; readonly elements: readonly TimeElement[] }
  | { readonly ok: false; readonly message: string };

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
const PATTERN_CHARS_MAX = 128;
const OPTIONAL_DEPTH_MAX = 8;
/** Widest number the JDK takes for a one-letter field. */
const NUMBER_WIDTH_MAX = 19;

/** Parses a JDK DateTimeFormatter pattern; never throws. Cost: one pass over at most 128 characters. */
export function parseTimePattern(pattern: string): TimePatternResult {
  if (pattern.length === 0) return refuse('the pattern is empty');
  if (pattern.length > PATTERN_CHARS_MAX)
    return refuse(`the pattern has ${pattern.length} characters, at most ${PATTERN_CHARS_MAX} are read`);
  const stack: TimeElement[][] = [[]];
  let at = 0;
  while (at < pattern.length) {
    const char = pattern[at]!;
    const top = stack[stack.length - 1]!;
    if (/[A-Za-z]/.test(char)) {
      const count = runLength(pattern, at);
      const element = letterElement(char, count);
      if (typeof element === 'string') return refuse(element);
      top.push(element);
      at += count;
    } else if (char === "'") {
      const quoted = readQuoted(pattern, at);
      if (!quoted) return refuse('a quote is not closed');
      pushLiteral(top, quoted.text);
      at = quoted.end;
    } else if (char === '[') {
      if (stack.length > OPTIONAL_DEPTH_MAX) return refuse(`optional sections nest deeper than ${OPTIONAL_DEPTH_MAX}`);
      stack.push([]);
      at++;
    } else if (char === ']') {
      if (stack.length === 1) return refuse("']' without '['");
      stack.pop();
      stack[stack.length - 1]!.push({ kind: 'optional', elements: withReserves(top) });
      at++;
    } else if (char === '{' || char === '}' || char === '#') {
      return refuse(`'${char}' is reserved; quote it: '${char}' within single quotes`);
    } else {
      pushLiteral(top, char);
      at++;
    }
  }
  if (stack.length > 1) return refuse("'[' is not closed");
  return { ok: true, elements: withReserves(stack[0]!) };
}

/** The fields a pattern can set, those in optional sections apart; for checks of a pattern against a column's type. */
export function timePatternFields(elements: readonly TimeElement[]): {
  readonly always: ReadonlySet<string>;
  readonly ever: ReadonlySet<string>;
} {
  const always = new Set<string>();
  const ever = new Set<string>();
  const visit = (list: readonly TimeElement[], isAlways: boolean): void => {
    for (const element of list) {
      if (element.kind === 'optional') {
        visit(element.elements, false);
        continue;
      }
      const name = elementField(element);
      if (name === undefined) continue;
      ever.add(name);
      if (isAlways) always.add(name);
    }
  };
  visit(elements, true);
  return { always, ever };
}

function elementField(element: Exclude<TimeElement, { kind: 'optional' }>): string | undefined {
  switch (element.kind) {
    case 'literal':
      return undefined;
    case 'number':
    case 'text':
      return element.field;
    case 'reducedYear':
      return 'year';
    case 'fraction':
      return 'fraction';
    case 'offset':
    case 'zone':
      return 'offset';
  }
}

function refuse(message: string): TimePatternResult {
  return { ok: false, message };
}

function runLength(pattern: string, at: number): number {
  let end = at;
  while (pattern[end] === pattern[at]) end++;
  return end - at;
}

function readQuoted(pattern: string, at: number): { readonly text: string; readonly end: number } | undefined {
  let text = '';
  for (let i = at + 1; i < pattern.length; i++) {
    if (pattern[i] !== "'") text += pattern[i];
    else if (pattern[i + 1] === "'") {
      text += "'";
      i++;
    } else return { text: text === '' ? "'" : text, end: i + 1 };
  }
  return undefined;
}

function pushLiteral(list: TimeElement[], text: string): void {
  const last = list[list.length - 1];
  if (last?.kind === 'literal') list[list.length - 1] = { kind: 'literal', text: last.text + text };
  else list.push({ kind: 'literal', text });
}

/** One run of a pattern letter; a string says why it is refused. */
function letterElement(letter: string, count: number): TimeElement | string {
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

/** Gives each number the digits of the fixed-width numbers and fractions that follow it without a break. */
function withReserves(elements: readonly TimeElement[]): readonly TimeElement[] {
  const out: TimeElement[] = new Array(elements.length);
  let reserve = 0;
  for (let i = elements.length - 1; i >= 0; i--) {
    const element = elements[i]!;
    const width = fixedWidth(element);
    out[i] = element.kind === 'number' && width === undefined ? { ...element, reserve } : element;
    reserve = width === undefined ? 0 : reserve + width;
  }
  return out;
}

function fixedWidth(element: TimeElement): number | undefined {
  if (element.kind === 'fraction') return element.width;
  if (element.kind === 'reducedYear') return 2;
  if (element.kind === 'number' && element.minWidth === element.maxWidth && element.field !== 'year') return element.maxWidth;
  return undefined;
}
