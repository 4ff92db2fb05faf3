// What a reader saw → percentiles: records count by their own time of production, whatever snapshot brought them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshnessOf, longestGap, type Seen } from '../../interop/freshness/reading.ts';

describe('freshness', () => {
  it('counts the records of a span, and no others of the snapshots that brought them', () => {
    const seen: Seen[] = [
      { visibleMs: 1_500, committedMs: 1_400, stamps: { 900: 5, 1000: 2 } },
      { visibleMs: 3_000, committedMs: 2_900, stamps: { 1400: 3, 2000: 7 } },
      { visibleMs: 4_000, committedMs: 3_900, stamps: { 2100: 1 } },
    ];
    const { records, snapshots, at } = freshnessOf(seen, { fromMs: 1_000, untilMs: 2_000 });
    expect([records, snapshots]).toEqual([5, 2]);
    expect([at(0.4), at(0.41), at(1)]).toEqual([500, 1_600, 1_600]);
  });

  it('of nothing has no percentile', () => {
    expect(freshnessOf([], { fromMs: 0, untilMs: 1 }).at(0.5)).toBeNaN();
  });

  it('knows the longest time between two commits of a span, in whatever order they were seen', () => {
    const seen = [500, 1_900, 1_000, 2_700, 9_000].map((committedMs): Seen => ({ visibleMs: 9_000, committedMs, stamps: {} }));
    expect(longestGap(seen, { fromMs: 1_000, untilMs: 3_000 })).toBe(900);
    expect(longestGap(seen, { fromMs: 0, untilMs: 10_000 })).toBe(6_300);
    expect(longestGap(seen, { fromMs: 0, untilMs: 600 })).toBeNaN();
  });

  it('gives the percentiles of the single records', () => {
    const snapshot = fc.record({
      visibleMs: fc.integer({ min: 1_000, max: 9_000 }),
      committedMs: fc.constant(1_000),
      stamps: fc.dictionary(fc.integer({ min: 0, max: 999 }).map(String), fc.integer({ min: 1, max: 5 })),
    });
    fc.assert(
      fc.property(fc.array(snapshot, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 100 }), (seen, percent) => {
        const single = seen.flatMap(({ visibleMs, stamps }) =>
          Object.entries(stamps).flatMap(([stamp, count]) => Array.from({ length: count }, () => visibleMs - Number(stamp))),
        );
        const sorted = single.sort((a, b) => a - b);
        const expected = sorted.length === 0 ? Number.NaN : sorted[Math.ceil(sorted.length * (percent / 100)) - 1];
        expect(freshnessOf(seen, { fromMs: 0, untilMs: 1_000 }).at(percent / 100)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});
