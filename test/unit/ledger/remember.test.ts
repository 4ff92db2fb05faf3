// What is remembered of timestamps: in order of offset, within a bound, the newest in full; a run is only ever widened.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rememberRuns, rememberTimestamps, spanRuns } from '../../../src/ledger/remember.ts';

const at = (...offsets: number[]) => offsets.map((offset) => [offset, offset * 10] as const);
const run = (start: number, end: number) => [start, end, start * 10, end * 10] as const;

describe('remembered timestamps', () => {
  it('nothing new leaves what was known, as it was', () => {
    const known = at(1, 2);
    expect(rememberTimestamps(known, [], 4)).toBe(known);
  });

  it('are in order of offset, whatever the order they came in', () => {
    expect(rememberTimestamps(at(7, 9), at(8, 1), 8)).toEqual(at(1, 7, 8, 9));
  });

  it('of one offset the newest is known', () => {
    expect(rememberTimestamps(at(1, 2), [[2, 99]], 8)).toEqual([
      [1, 10],
      [2, 99],
    ]);
  });

  it('at the bound nothing is forgotten', () => {
    expect(rememberTimestamps(at(1, 2, 3), at(4), 4)).toEqual(at(1, 2, 3, 4));
  });

  it('above the bound every second one of the older half is forgotten, the newer half stays', () => {
    expect(rememberTimestamps(at(0, 1, 2, 3, 4, 5, 6), at(7), 6)).toEqual(at(0, 2, 4, 5, 6, 7));
    expect(rememberTimestamps(at(0, 1, 2, 3, 4, 5), at(6), 6)).toEqual(at(0, 2, 3, 4, 5, 6));
  });

  it('are thinned again and again until they fit', () => {
    expect(rememberTimestamps(at(0, 1, 2, 3, 4, 5, 6, 7), at(8), 5)).toEqual(at(0, 5, 6, 7, 8));
  });

  it.each([
    [2, at(0, 2)],
    [1, at(2)],
    [0, at(2)],
    [-1, at(2)],
  ])('a bound of %i ends, and leaves the newest', (countMax, kept) => {
    expect(rememberTimestamps(at(0, 1), at(2), countMax)).toEqual(kept);
  });

  it('whatever comes, the bound holds, nothing is invented, and the newest offset is known', () => {
    const offsets = fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(offsets, offsets, fc.integer({ min: 1, max: 20 }), (known, fresh, countMax) => {
        const kept = rememberTimestamps(at(...known.sort((a, b) => a - b)), at(...fresh), countMax);
        const all = new Set([...known, ...fresh]);
        expect(kept.length).toBeLessThanOrEqual(countMax);
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(countMax, all.size) / 2);
        expect(kept.every(([offset, timestampMs]) => all.has(offset) && timestampMs === offset * 10)).toBe(true);
        expect(kept.at(-1)![0]).toBe(Math.max(...all));
      }),
      { numRuns: 60 },
    );
  });
});

describe('remembered runs of filtered offsets', () => {
  it('nothing new leaves what was known, as it was', () => {
    const known = [run(0, 2)];
    expect(rememberRuns(known, [], 4)).toBe(known);
  });

  it('are in order, and at the bound none is merged', () => {
    expect(rememberRuns([run(4, 6), run(8, 9)], [run(0, 2), run(6, 7)], 4)).toEqual([run(0, 2), run(4, 6), run(6, 7), run(8, 9)]);
  });

  it('that touch are in order, too', () => {
    expect(rememberRuns([run(6, 8)], [run(4, 6)], 4)).toEqual([run(4, 6), run(6, 8)]);
  });

  it('above the bound neighbours of the older half become one that spans both', () => {
    const six = [run(0, 1), run(2, 3), run(4, 5), run(6, 7), run(8, 9), run(10, 11)];
    expect(rememberRuns(six, [run(12, 13)], 6)).toEqual([run(0, 3), run(4, 5), run(6, 7), run(8, 9), run(10, 11), run(12, 13)]);
    expect(rememberRuns([...six, run(12, 13)], [run(14, 15)], 6)).toEqual([
      run(0, 3),
      run(4, 7),
      run(8, 9),
      run(10, 11),
      run(12, 13),
      run(14, 15),
    ]);
  });

  it('are merged again and again until they fit', () => {
    const eight = Array.from({ length: 8 }, (_, i) => run(2 * i, 2 * i + 1));
    expect(rememberRuns(eight, [run(16, 17)], 5)).toEqual([run(0, 9), run(10, 11), run(12, 13), run(14, 15), run(16, 17)]);
  });

  it.each([
    [2, [run(0, 3), run(4, 5)]],
    [1, [run(0, 5)]],
    [0, [run(0, 5)]],
    [-1, [run(0, 5)]],
  ])('a bound of %i ends, and none is forgotten', (countMax, kept) => {
    expect(rememberRuns([run(0, 1), run(2, 3)], [run(4, 5)], countMax)).toEqual(kept);
  });

  it('a run that spans two says the least and the most of both', () => {
    expect(spanRuns([5, 9, 50, 60], [2, 7, 10, 90])).toEqual([2, 9, 10, 90]);
    expect(spanRuns([2, 7, 10, 90], [5, 9, 50, 60])).toEqual([2, 9, 10, 90]);
  });

  it('keeps runs in the order of their beginnings, also when a widened one spans another', () => {
    const wide = [0, 10, 1, 1] as const;
    const inner = [5, 6, 2, 2] as const;
    expect(rememberRuns([inner], [wide], 9)).toEqual([wide, inner]);
    expect(rememberRuns([wide], [inner], 9)).toEqual([wide, inner]);
  });
});
