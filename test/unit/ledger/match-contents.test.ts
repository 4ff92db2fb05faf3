// Which records that an older generation delivers late landed under others, by timestamp and content.
import { describe, expect, it } from 'vitest';
import { type LandedContents, matchContents, ROW } from '../../../src/ledger/match-contents.ts';
import { type InexactRun, RECORD } from '../../../src/ledger/match-generations.ts';
import type { Ranges } from '../../../src/ledger/ranges.ts';

/** A row as `<time><letter>` (of the other case one that differs in its second number alone), a filtered record as `<time>-`, a row that nobody knows as `<time>?`; `.` a place without a known time. */
function parse(text: string): {
  readonly timestampsMs: number[];
  readonly contents: number[];
  readonly contents2: number[];
  readonly places: number[];
} {
  const slots = text.split(' ').filter((slot) => slot !== '');
  const known = slots.flatMap((slot, place) => (slot === '.' ? [] : [{ slot, place }]));
  return {
    places: known.map(({ place }) => place),
    timestampsMs: known.map(({ slot }) => Number.parseInt(slot, 10)),
    contents: known.map(
      ({ slot }) => ({ '-': ROW.none, '?': ROW.unknown })[slot.at(-1)!] ?? slot.toLowerCase().charCodeAt(slot.length - 1),
    ),
    contents2: known.map(({ slot }) => (/[A-Z]$/.test(slot) ? 1 : 0)),
  };
}

function match(
  landed: string,
  delivered: string,
  rest: { readonly inexact?: readonly InexactRun[]; readonly gaps?: Ranges; readonly before?: readonly InexactRun[] } = {},
): string {
  const { places, timestampsMs, contents, contents2 } = parse(landed);
  const known: LandedContents = {
    places: Float64Array.from(places),
    timestampsMs: Float64Array.from(timestampsMs),
    contents: Float64Array.from(contents),
    contents2: Float64Array.from(contents2),
    inexact: rest.inexact ?? [],
    gaps: rest.gaps ?? [],
  };
  const records = parse(delivered);
  const verdicts = matchContents(known, {
    timestampsMs: Float64Array.from(records.timestampsMs),
    contents: Float64Array.from(records.contents),
    contents2: Float64Array.from(records.contents2),
    before: rest.before ?? [],
  });
  return [...verdicts]
    .map((verdict) => ({ [RECORD.fresh]: 'n', [RECORD.landed]: 'l', [RECORD.ambiguous]: '?' })[verdict as 0 | 1 | 2])
    .join('');
}
const run = (start: number, end: number, minMs: number, maxMs: number, isKnown = true): InexactRun => ({
  start,
  end,
  minMs,
  maxMs,
  isKnown,
});

describe('promises 1 and 2: late records against what landed, by content', () => {
  it('a row is the landed one of its time and content, in whatever order', () => {
    expect(match('10a 20b 20c 30d', '20c 10a 30d 20b')).toBe('llll');
    expect(match('20b 10a', '10a 20b')).toBe('ll');
  });

  it('rows of which one number alone is the same are not equal', () => {
    expect(match('5a 5b', '5A 5b')).toBe('?l');
    expect(match('5A 5a 5B', '5b 5a 5a 5A')).toBe('?l?l');
  });

  it('equal rows are counted, and the first have the landed ones', () => {
    expect(match('10a 10a', '10a 10a 10a')).toBe('lln');
    expect(match('10a', '10b 10a 10a')).toBe('nln');
    expect(match('10a 20a', '10a 10a 20a 20a')).toBe('lnln');
  });

  it('rows that records of an earlier comparison may have are given to nobody again', () => {
    const before = [run(0, 2, 3, 5), run(2, 3, 5, 5), run(7, 8, 7, 9)];
    expect(match('2a 3a 3a 3a 6a', '2a 3a 3a 3a 6a', { before })).toBe('ll??l');
    expect(match('5a 5b 5b 5b 5b', '5a 5b 5b', { before })).toBe('?l?');
    expect(match('5a 5a 5a 5a 8a 9a 10a', '5a 8a 9a 10a', { before })).toBe('l??l');
    expect(match('5a 5a 5a', '5a', { before })).toBe('?');
    expect(match('5a', '5a 5a', { before: [run(0, 1, 4, 4), run(1, 2, 6, 6)] })).toBe('ln');
    for (const before of [
      [run(0, 1, 6, 6), run(1, 2, 4, 5), run(2, 3, 1, 9)],
      [run(0, 1, 1, 9), run(1, 2, 4, 5), run(2, 3, 6, 6)],
      [run(0, 1, 4, 5), run(1, 2, 1, 9), run(2, 3, 6, 6)],
    ]) {
      expect(match('5a 5a', '5a', { before })).toBe('?');
      expect(match('5a 5a 5a', '5a 5a', { before })).toBe('l?');
    }
  });

  it('a row of which nothing of its time is left without a partner is new; else nobody can tell', () => {
    expect(match('10a', '20b')).toBe('n');
    expect(match('10a', '10b')).toBe('?');
    expect(match('10a 10b', '10a 10c')).toBe('l?');
    expect(match('10a 11b', '10a 10b')).toBe('ln');
    expect(match('', '10a')).toBe('n');
  });

  it('a row that nobody knows is no other, on either side', () => {
    expect(match('10?', '10a')).toBe('?');
    expect(match('10a', '10?')).toBe('?');
    expect(match('10?', '10?')).toBe('?');
    expect(match('20?', '10?')).toBe('n');
    expect(match('10a', '10a 10?')).toBe('ln');
  });

  it('rows that are gone leave those that fit their bounds in doubt, at both ends of them', () => {
    const gone = { inexact: [run(0, 1, 10, 20, false), run(1, 2, 15, 18, false), run(2, 3, 30, 40)] };
    expect(match('. . .', '9a 10a 18a 19a 20a 21a 29a 30a 40a 41a', gone)).toBe('n????nn??n');
    expect(match('. . .', '25a', { inexact: [run(0, 1, 20, 30, false), run(1, 2, 10, 12, false)] })).toBe('?');
    expect(match('. . .', '21a', { inexact: [run(0, 1, 10, 20, false), run(1, 2, 20, 22, false)] })).toBe('?');
  });

  it('times of rows that are gone are told in whatever order they are known', () => {
    expect(match('. .', '11a 13a 25a 31a', { inexact: [run(0, 1, 20, 30, false), run(1, 2, 10, 12, false)] })).toBe('?n?n');
    expect(match('. .', '11a 13a 25a 31a', { inexact: [run(0, 1, 10, 12, false), run(1, 2, 20, 30, false)] })).toBe('?n?n');
  });

  it('filtered records are told by order, not counted: the first that can be it is', () => {
    expect(match('10- 5a 10-', '5a 10-')).toBe('ll');
    expect(match('. 10a', '10a 5-', { inexact: [run(0, 1, 5, 5)] })).toBe('ln');
  });

  it('a filtered record is no row, and a row no filtered record', () => {
    expect(match('10-', '10a')).toBe('?');
    expect(match('10a', '10-')).toBe('n');
    expect(match('10a 10-', '10- 10a')).toBe('ll');
    expect(match('10a 10-', '10a 10-')).toBe('ll');
  });

  it('filtered records are told by their place between rows, and by the bounds kept of them', () => {
    expect(match('10a . 30b', '10a 20- 30b', { inexact: [run(1, 2, 20, 20)] })).toBe('lll');
    expect(match('10a . 30b', '10a 30b 20-', { inexact: [run(1, 2, 20, 20)] })).toBe('lln');
    expect(match('10a . 30b', '10a 25- 30b', { inexact: [run(1, 2, 20, 20)] })).toBe('l?l');
    expect(match('10a . 30b', '10a 25- 30b', { inexact: [run(1, 2, 20, 20)], gaps: [[1, 2]] })).toBe('lnl');
    expect(match('10a 20-', '10a 20- 20-')).toBe('lln');
  });

  it('bounds of rows that are gone say nothing of filtered records', () => {
    expect(match('10a . 30b', '10a 20- 30b', { inexact: [run(1, 2, 20, 20, false)] })).toBe('l?l');
    expect(match('10a .', '10a 20-', { inexact: [run(1, 2, 20, 20, false)] })).toBe('ln');
  });

  it('a row without a partner between two others moves no filtered record out of its place', () => {
    expect(match('10a . 40b', '10a 20x 30- 40b', { inexact: [run(1, 2, 30, 30)] })).toBe('lnll');
    expect(match('10a 20y . 40b', '10a 30- 40b', { inexact: [run(2, 3, 30, 30)] })).toBe('lll');
  });
});
