// Which records of a new generation landed under the older one, by timestamp and order.
import { describe, expect, it } from 'vitest';
import { type InexactRun, type LandedPartition, matchPartition, RECORD } from '../../../src/ledger/match-generations.ts';
import type { Ranges } from '../../../src/ledger/ranges.ts';
import { ALL_TIMES } from '../../../src/ledger/remember.ts';

/** Rows at places 0, 1, 2 … with these timestamps; null: a place without a known one. */
function landed(
  times: readonly (number | null)[],
  rest: { readonly inexact?: readonly InexactRun[]; readonly gaps?: Ranges } = {},
): LandedPartition {
  const places = times.flatMap((ms, place) => (ms === null ? [] : [place]));
  return {
    places: Float64Array.from(places),
    timestampsMs: Float64Array.from(times.filter((ms) => ms !== null)),
    inexact: rest.inexact ?? [],
    gaps: rest.gaps ?? [],
  };
}
const LETTER = { [RECORD.fresh]: 'n', [RECORD.landed]: 'l', [RECORD.ambiguous]: '?' } as const;
const match = (known: LandedPartition, times: readonly number[]): string =>
  [...matchPartition(known, Float64Array.from(times)).verdicts].map((verdict) => LETTER[verdict as 0 | 1 | 2]).join('');
const run = (start: number, end: number, minMs: number, maxMs: number, isKnown = true): InexactRun => ({
  start,
  end,
  minMs,
  maxMs,
  isKnown,
});

describe('promise 2, once: a new generation against what landed', () => {
  it('a topic that was made again holds none of the old records', () => {
    expect(match(landed([10, 20, 30]), [40, 50])).toBe('nn');
  });

  it('a mirror holds the old records in their order, whatever their offsets, and new ones behind them', () => {
    expect(match(landed([10, 20, 20, 30]), [10, 20, 20, 30, 40])).toBe('lllln');
  });

  it('a mirror that lost its beginning or some of its middle still holds the others', () => {
    expect(match(landed([10, 20, 30, 40]), [20, 40, 50])).toBe('lln');
  });

  it('a mirror that was cut off before its end is followed by new records', () => {
    expect(match(landed([10, 20, 30]), [10, 20, 40])).toBe('lln');
  });

  it('more records than rows at the last timestamp follow the last row', () => {
    expect(match(landed([10, 20, 20]), [10, 20, 20, 20, 30])).toBe('lllnn');
  });

  it('more records than rows at a timestamp in the middle are ambiguous, all of them: any could be the new one', () => {
    expect(match(landed([10, 20, 30]), [10, 20, 20, 30])).toBe('l??l');
    expect(match(landed([10, null, 20], { gaps: [[1, 2]] }), [10, 20, 20])).toBe('l??');
  });

  it('records in another order than they landed in are ambiguous', () => {
    expect(match(landed([10, 20, 30]), [30, 10, 20])).toBe('l??');
  });

  it('a record where nothing had landed is new; where nothing was left to land it is ambiguous', () => {
    expect(match(landed([10, null, 30], { gaps: [[1, 2]] }), [10, 20, 30])).toBe('lnl');
    expect(match(landed([10, 30]), [10, 20, 30])).toBe('l?l');
  });

  it('filtered records are told by their place and the bounds kept for them', () => {
    const known = landed([10, null, null, 40], { inexact: [run(1, 3, 20, 30)] });
    expect(match(known, [10, 20, 30, 40, 50])).toBe('lllln');
    expect(match(known, [10, 30, 40, 50])).toBe('llln');
    expect(match(known, [10, 35, 40])).toBe('l?l');
  });

  it('with filtered records missing where others never landed nobody can tell', () => {
    const known = landed([10, null, null, 40], { inexact: [run(1, 2, 20, 30)], gaps: [[2, 3]] });
    expect(match(known, [10, 20, 40])).toBe('lll');
    expect(match(known, [10, 20, 25, 40])).toBe('l??l');
    expect(match(known, [10, 20, 35, 40])).toBe('llnl');
  });

  it('behind the last row, filtered records that fit are landed, and more of them than were filtered are ambiguous', () => {
    const known = landed([10, null, null], { inexact: [run(1, 3, 20, 30)] });
    expect(match(known, [10, 20, 30, 40])).toBe('llln');
    expect(match(known, [10, 20, 25, 30, 40])).toBe('l???n');
  });

  it('rows whose timestamps nobody knows any more settle nothing unless their number does', () => {
    const known = landed([10, null, null, 40], { inexact: [run(1, 3, 10, 40, false)] });
    expect(match(known, [10, 20, 30, 40, 50])).toBe('lllln');
    const tail = landed([10, null, null], { inexact: [run(1, 3, 10, 40, false)] });
    expect(match(tail, [10, 20])).toBe('l?');
    expect(match(tail, [10, 20, 50])).toBe('l?n');
  });

  it('rows that may be of any time settle nothing, whatever their number', () => {
    const [minMs, maxMs] = ALL_TIMES;
    expect(match(landed([10, null, 40], { inexact: [run(1, 2, minMs, maxMs, false)] }), [10, 20, 40, 50])).toBe('l?ln');
    expect(match(landed([10, null], { inexact: [run(1, 2, minMs, maxMs, false)] }), [10, 50, 60])).toBe('l??');
    const beside = [run(1, 2, 20, 30), run(2, 3, minMs, maxMs, false)];
    expect(match(landed([10, null, null, 40], { inexact: beside }), [10, 20, 25, 40])).toBe('l??l');
  });

  it('says which landed timestamps no record has', () => {
    expect([...matchPartition(landed([10, 20, 30]), Float64Array.from([20])).unmatchedMs]).toEqual([10, 30]);
  });

  it('rows that landed in another order of time than of place are told all the same', () => {
    expect(match(landed([30, 10, 20]), [30, 10, 20, 40])).toBe('llln');
    expect(match(landed([30, 10, 20]), [10, 20, 30])).toBe('ll?');
  });

  it('what is between two anchors is judged once, by what the ledger has there and nowhere else', () => {
    expect(match(landed([10, null, 30, 40], { gaps: [[1, 2]] }), [10, 20, 30, 40])).toBe('lnll');
    expect(match(landed([null, 10, 30], { gaps: [[0, 1]] }), [10, 20, 30])).toBe('l?l');
    expect(match(landed([null, 10], { gaps: [[0, 1]] }), [5, 10])).toBe('nl');
    const before = landed([null, 10, null, 30], { inexact: [run(0, 1, 20, 20), run(2, 3, 20, 20)] });
    expect(match(before, [10, 20, 30])).toBe('lll');
    const beside = landed([10, null, null, 40], { inexact: [run(2, 3, 20, 20)], gaps: [[1, 2]] });
    expect(match(beside, [10, 20, 40])).toBe('lll');
  });

  it('fewer filtered records than there were, where others never landed, settle nothing', () => {
    const known = landed([10, null, null, null, 50], { inexact: [run(1, 3, 20, 30)], gaps: [[3, 4]] });
    expect(match(known, [10, 25, 50])).toBe('l?l');
  });

  it('behind the last row one run without bounds leaves all that fit in doubt', () => {
    const known = landed([10, null, null, null], { inexact: [run(1, 2, 20, 30), run(2, 4, 10, 40, false)] });
    expect(match(known, [10, 25])).toBe('l?');
  });

  it('a mirror of a long partition is told record by record, wherever filtered ones are', () => {
    const times = Array.from({ length: 60 }, (_, i) => i * 10);
    const isFiltered = (i: number): boolean => i % 3 === 1;
    const known = landed(
      times.map((ms, i) => (isFiltered(i) ? null : ms)),
      { inexact: times.flatMap((ms, i) => (isFiltered(i) ? [run(i, i + 1, ms, ms)] : [])) },
    );
    expect(match(known, [...times, 600])).toBe(`${'l'.repeat(60)}n`);
    for (let missing = 1; missing < 60; missing += 7) {
      expect(match(known, [...times.filter((_, i) => i !== missing), 600])).toBe(`${'l'.repeat(59)}n`);
    }
  });
});

describe('promise 2, once: more records than rows at the last timestamp', () => {
  it('follow the last row when all before them landed without a gap, whatever is behind it', () => {
    expect(match(landed([20, 20]), [20, 20, 20])).toBe('lln');
    expect(match(landed([null, 10, 20], { gaps: [[0, 1]] }), [10, 20, 20])).toBe('lln');
    expect(match(landed([10, 20, 20], { gaps: [[3, 4]] }), [10, 20, 20, 20, 30])).toBe('lllnn');
  });

  it('are ambiguous with a gap anywhere among the rows of that timestamp, or right before them', () => {
    expect(match(landed([null, 20, 20], { gaps: [[0, 1]] }), [20, 20, 20])).toBe('???');
    expect(match(landed([10, null, 20, 20], { gaps: [[1, 2]] }), [10, 20, 20, 20])).toBe('l???');
    expect(match(landed([10, 20, null, 20], { gaps: [[2, 3]] }), [10, 20, 20, 20])).toBe('l???');
  });
});
