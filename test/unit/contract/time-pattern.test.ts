import { describe, expect, it } from 'vitest';
import { parseTimePattern, type TimeElement, timePatternFields } from '../../../src/contract/time-pattern.ts';

/** Elements in a short notation: `year4`, `month1-19`, `'/'`, `.3`, `[…]`. */
function short(elements: readonly TimeElement[]): string {
  return elements.map(one).join(' ');
}

function one(element: TimeElement): string {
  switch (element.kind) {
    case 'literal':
      return `'${element.text}'`;
    case 'number':
      return `${element.field}${element.minWidth === element.maxWidth ? element.minWidth : `${element.minWidth}-${element.maxWidth}`}${element.reserve > 0 ? `~${element.reserve}` : ''}`;
    case 'reducedYear':
      return 'year2';
    case 'fraction':
      return `.${element.width}`;
    case 'text':
      return `${element.field}:${element.values[0]}`;
    case 'offset':
      return `offset(${element.minutes},${element.seconds},${element.separator},${element.zero ?? ''})`;
    case 'zone':
      return `zone:${element.values[0]}`;
    case 'optional':
      return `[${short(element.elements)}]`;
  }
}

function elementsOf(pattern: string): string {
  const parsed = parseTimePattern(pattern);
  return parsed.ok ? short(parsed.elements) : `! ${parsed.message}`;
}

describe('a JDK pattern becomes elements', () => {
  it.each([
    ['yyyy/MM/dd HH:mm', "year4 '/' month2 '/' dayOfMonth2 ' ' hour2 ':' minute2"],
    ['MMM dd yyyy', "month:Jan ' ' dayOfMonth2 ' ' year4"],
    ['MMMM d, yyyy', "month:January ' ' dayOfMonth1-19 ', ' year4"],
    ['EEE, d MMM yy', "dayOfWeek:Mon ', ' dayOfMonth1-19 ' ' month:Jan ' ' year2"],
    ['EEEE', 'dayOfWeek:Monday'],
    [
      "yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX",
      "year4 '-' month2 '-' dayOfMonth2 'T' hour2 ':' minute2 ':' second2 ['.' .3] offset(required,never,:,Z)",
    ],
    ['yyyyMMddHHmmssSSS', 'year4~13 month2 dayOfMonth2 hour2 minute2 second2 .3'],
    ['yyyyDDD', 'year4~3 dayOfYear3'],
    ['HHmm', 'hour2 minute2'],
    ['Hmm', 'hour1-19~2 minute2'],
    ['h:mm a', "clockHourOfAmPm1-19 ':' minute2 ' ' ampm:AM"],
    ['K:mm a', "hourOfAmPm1-19 ':' minute2 ' ' ampm:AM"],
    ['kk', 'clockHour2'],
    ['n', 'nanoOfSecond1-19'],
    ["yyyy'year'''MM", "year4 'year'' month2"],
    ["''", "'''"],
    ['X', 'offset(optional,never,,Z)'],
    ['XX', 'offset(required,never,,Z)'],
    ['xxx', 'offset(required,never,:,)'],
    ['xxxx', 'offset(required,optional,,)'],
    ['Z', 'offset(required,never,,)'],
    ['ZZZZZ', 'offset(required,optional,:,Z)'],
    ['z', 'zone:UTC'],
    ['VV', 'zone:UTC'],
    ['[yyyy][MM[dd]]', '[year4] [month2 [dayOfMonth2]]'],
  ])('%s', (pattern, expected) => {
    expect(elementsOf(pattern)).toBe(expected);
  });
});

describe('a pattern that cannot be evaluated is refused with its reason', () => {
  it.each([
    ['', 'empty'],
    ['e', "the letter 'e' is not supported"],
    ['yyyyy', 'too many letters'],
    ['MMMMM', 'ambiguous'],
    ['HHH', 'too many letters'],
    ['SSSSSSSSSS', 'too many letters'],
    ['ZZZZ', 'not supported'],
    ['XXXXXX', 'too many letters'],
    ['V', "must be 'VV'"],
    ["yyyy'T", 'a quote is not closed'],
    ['[yyyy', "'[' is not closed"],
    ['yyyy]', "']' without '['"],
    ['{yyyy}', 'reserved'],
    ['y'.repeat(200), 'at most 128'],
    ['['.repeat(9) + ']'.repeat(9), 'nest deeper'],
  ])('%s', (pattern, reason) => {
    expect(elementsOf(pattern)).toMatch(/^! /);
    expect(elementsOf(pattern)).toContain(reason);
  });
});

describe('the fields of a pattern', () => {
  it('tell those in optional sections apart', () => {
    const parsed = parseTimePattern('yyyy-MM-dd[ HH:mm[XXX]]');
    expect(parsed.ok && [...timePatternFields(parsed.elements).always]).toEqual(['year', 'month', 'dayOfMonth']);
    expect(parsed.ok && [...timePatternFields(parsed.elements).ever]).toEqual(['year', 'month', 'dayOfMonth', 'hour', 'minute', 'offset']);
  });
});
