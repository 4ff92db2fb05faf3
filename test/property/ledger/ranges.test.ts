// The range algebra against sets of offsets: the oracle is too simple to be wrong.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  containsOffset,
  countOffsets,
  gapsOf,
  intersectRanges,
  isCanonical,
  normalizeRanges,
  type Ranges,
  rangesOfOffsets,
  subtractRanges,
  unionRanges,
} from '../../../src/ledger/ranges.ts';

const OFFSET_MAX = 60;
const anyRanges = fc.array(
  fc.tuple(fc.nat(OFFSET_MAX), fc.nat(12)).map(([start, length]) => [start, start + length] as const),
  { maxLength: 12 },
);
const canonical = anyRanges.map(normalizeRanges);

function setOf(ranges: Ranges): Set<number> {
  const offsets = new Set<number>();
  for (const [start, end] of ranges) for (let offset = start; offset < end; offset++) offsets.add(offset);
  return offsets;
}
function sorted(offsets: Iterable<number>): number[] {
  return [...offsets].sort((a, b) => a - b);
}

describe('ranges', () => {
  it('normalizing keeps exactly the offsets and gives the canonical form', () => {
    fc.assert(
      fc.property(anyRanges, (ranges) => {
        const normal = normalizeRanges(ranges);
        expect(isCanonical(normal)).toBe(true);
        expect(sorted(setOf(normal))).toEqual(sorted(setOf(ranges)));
      }),
    );
  });

  it('union, intersection and difference are those of the sets of offsets', () => {
    fc.assert(
      fc.property(canonical, canonical, (a, b) => {
        const [setA, setB] = [setOf(a), setOf(b)];
        for (const [made, expected] of [
          [unionRanges(a, b), new Set([...setA, ...setB])],
          [intersectRanges(a, b), new Set([...setA].filter((offset) => setB.has(offset)))],
          [subtractRanges(a, b), new Set([...setA].filter((offset) => !setB.has(offset)))],
        ] as const) {
          expect(isCanonical(made)).toBe(true);
          expect(sorted(setOf(made))).toEqual(sorted(expected));
          expect(countOffsets(made)).toBe(expected.size);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a later range is added at the end without changing what is before', () => {
    fc.assert(
      fc.property(canonical, fc.nat(12), fc.integer({ min: 1, max: 9 }), (a, gap, length) => {
        const end = a.at(-1)?.[1] ?? 0;
        const start = Math.max(0, end - 3) + gap;
        const added: Ranges = [[start, start + length]];
        expect(sorted(setOf(unionRanges(a, added)))).toEqual(sorted(new Set([...setOf(a), ...setOf(added)])));
        expect(isCanonical(unionRanges(a, added))).toBe(true);
      }),
    );
  });

  it('membership and ranges of offsets agree with the set', () => {
    fc.assert(
      fc.property(canonical, (ranges) => {
        const offsets = setOf(ranges);
        for (let offset = 0; offset <= OFFSET_MAX + 13; offset++) expect(containsOffset(ranges, offset)).toBe(offsets.has(offset));
        expect(rangesOfOffsets(sorted(offsets))).toEqual(ranges);
      }),
    );
  });

  it('gaps are what lies between the first and the last offset and in no range', () => {
    fc.assert(
      fc.property(canonical, (ranges) => {
        const offsets = setOf(ranges);
        const [first, last] = [ranges[0]?.[0] ?? 0, ranges.at(-1)?.[1] ?? 0];
        const expected = new Set<number>();
        for (let offset = first; offset < last; offset++) if (!offsets.has(offset)) expected.add(offset);
        expect(sorted(setOf(gapsOf(ranges)))).toEqual(sorted(expected));
      }),
    );
  });
});
