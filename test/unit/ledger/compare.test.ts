// Duplicate or recreated topic: what is compared with what, up to the very edges of offsets, runs and timestamps.
import { describe, expect, it } from 'vitest';
import { compareTimestamps, type TimestampEvidence } from '../../../src/ledger/compare.ts';
import { normalizeRanges, type Ranges } from '../../../src/ledger/ranges.ts';
import { emptyState, type PartitionState, partitionOf, sourceOf } from '../../../src/ledger/state.ts';
import type { DescriptorPartition } from '../../../src/ledger/types.ts';

type Run = readonly [start: number, end: number, minMs: number, maxMs: number];
type Timestamps = readonly (readonly [offset: number, timestampMs: number])[];

function known(given: Partial<Pick<PartitionState, 'filtered' | 'remembered' | 'filteredRuns'>>): PartitionState {
  const partition = partitionOf(sourceOf(emptyState('game.events'), 'main/events/1', 'events'), { partition: 0 });
  return Object.assign(partition, { covered: [[0, 100]], ...given });
}
function delivery(given: { edges?: Timestamps; filtered?: Ranges; runs?: readonly Run[] }): DescriptorPartition {
  const { edges = [], filtered = [], runs = [] } = given;
  return { partition: 0, accepted: {}, quarantined: [], filtered, absent: [], edges, filteredTimestamps: runs };
}
/** All offsets that either side names, unless others are given. */
function compare(
  before: Parameters<typeof known>[0],
  now: Parameters<typeof delivery>[0],
  { offsets = namedBy(before, now), evidence = {} as TimestampEvidence }: { offsets?: Ranges; evidence?: TimestampEvidence } = {},
) {
  return compareTimestamps(known(before), delivery(now), { offsets, evidence }).agreement;
}
function namedBy(before: Parameters<typeof known>[0], now: Parameters<typeof delivery>[0]): Ranges {
  const exact = [...(before.remembered ?? []), ...(now.edges ?? [])].map(([offset]) => [offset, offset + 1] as const);
  const runs = [...(before.filteredRuns ?? []), ...(now.runs ?? [])].map(([start, end]) => [start, end] as const);
  return normalizeRanges([...exact, ...runs, ...(before.filtered ?? []), ...(now.filtered ?? [])]);
}

describe('exact timestamps', () => {
  it('one that both know agrees or disagrees', () => {
    expect(compare({ remembered: [[3, 30]] }, { edges: [[3, 30]] })).toBe('agree');
    expect(compare({ remembered: [[3, 30]] }, { edges: [[3, 31]] })).toBe('disagree');
  });

  it('outside the overlap none is compared', () => {
    const offsets: Ranges = [[4, 9]];
    expect(compare({ remembered: [[3, 30]] }, { edges: [[3, 31]] }, { offsets })).toBe('nothing-compared');
    expect(
      compare(
        {
          remembered: [
            [3, 30],
            [4, 40],
          ],
        },
        {
          edges: [
            [3, 31],
            [4, 40],
          ],
        },
        { offsets: [[4, 5]] },
      ),
    ).toBe('agree');
    expect(
      compare(
        {
          remembered: [
            [9, 90],
            [8, 80],
          ],
        },
        {
          edges: [
            [9, 91],
            [8, 80],
          ],
        },
        { offsets: [[8, 9]] },
      ),
    ).toBe('agree');
  });

  it('at different offsets nothing is compared', () => {
    expect(compare({ remembered: [[3, 30]] }, { edges: [[4, 40]] })).toBe('nothing-compared');
  });

  it('one disagreement outweighs any agreement, in any order', () => {
    expect(
      compare(
        {
          remembered: [
            [3, 30],
            [5, 50],
          ],
        },
        {
          edges: [
            [3, 30],
            [5, 51],
          ],
        },
      ),
    ).toBe('disagree');
    expect(
      compare(
        {
          remembered: [
            [3, 30],
            [5, 50],
          ],
        },
        {
          edges: [
            [3, 31],
            [5, 50],
          ],
        },
      ),
    ).toBe('disagree');
  });

  it('rows that were read count as what is remembered, and what is remembered counts first', () => {
    const offsets: Ranges = [[7, 8]];
    const evidence = { delivered: new Map([[7, 70]]), stored: new Map([[7, 70]]) };
    const differing = { ...evidence, stored: new Map([[7, 71]]) };
    expect(compare({}, {}, { offsets, evidence })).toBe('agree');
    expect(compare({}, {}, { offsets, evidence: differing })).toBe('disagree');
    expect(compare({ remembered: [[7, 70]] }, {}, { offsets, evidence: differing })).toBe('agree');
    expect(compare({}, { edges: [[7, 72]] }, { offsets, evidence })).toBe('disagree');
  });
});

describe('a record where the ledger filtered one', () => {
  const filtered: Ranges = [[10, 14]];

  it('agrees within the run that names its offset, the ends of the run included', () => {
    for (const ms of [100, 120, 140])
      expect(compare({ filtered, filteredRuns: [[10, 14, 100, 140]] }, { edges: [[12, ms]] })).toBe('partly-compared');
    for (const ms of [99, 141]) expect(compare({ filtered, filteredRuns: [[10, 14, 100, 140]] }, { edges: [[12, ms]] })).toBe('disagree');
  });

  it('is named by a run from its first offset to the one before its end', () => {
    const run: readonly Run[] = [[11, 13, 100, 140]];
    expect(compare({ filtered, filteredRuns: run }, { edges: [[11, 99]] })).toBe('disagree');
    expect(compare({ filtered, filteredRuns: run }, { edges: [[12, 99]] })).toBe('disagree');
    expect(compare({ filtered, filteredRuns: run }, { edges: [[10, 99]] })).toBe('nothing-compared');
    expect(compare({ filtered, filteredRuns: run }, { edges: [[13, 99]] })).toBe('nothing-compared');
  });

  it('agrees when one of several runs of its offset holds it', () => {
    const runs: readonly Run[] = [
      [10, 11, 1, 2],
      [10, 14, 100, 140],
      [10, 14, 300, 400],
    ];
    expect(compare({ filtered, filteredRuns: runs }, { edges: [[10, 350]] })).toBe('partly-compared');
    expect(compare({ filtered, filteredRuns: runs }, { edges: [[10, 200]] })).toBe('disagree');
  });

  it('is not judged by a run that only spans it', () => {
    expect(
      compare(
        {
          filtered: [
            [10, 11],
            [13, 14],
          ],
          filteredRuns: [[10, 14, 100, 140]],
        },
        { edges: [[12, 999]] },
      ),
    ).toBe('nothing-compared');
  });

  it('disagrees by its exact timestamp though the run would hold it', () => {
    const before = { filtered, filteredRuns: [[10, 14, 100, 140]] as readonly Run[], remembered: [[12, 130]] as Timestamps };
    expect(compare(before, { edges: [[12, 120]] })).toBe('disagree');
  });
});

describe('a record that the delivery filters and the ledger has', () => {
  const now = { filtered: [[10, 14]] as Ranges, runs: [[10, 14, 100, 140]] as readonly Run[] };

  it('agrees within the run, the ends included, and disagrees outside', () => {
    for (const ms of [100, 140]) expect(compare({ remembered: [[12, ms]] }, now, { offsets: [[12, 13]] })).toBe('agree');
    for (const ms of [99, 141]) expect(compare({ remembered: [[12, ms]] }, now)).toBe('disagree');
  });

  it('is compared only in the overlap and only where the delivery filters', () => {
    expect(compare({ remembered: [[12, 999]] }, now, { offsets: [[13, 20]] })).toBe('nothing-compared');
    const spanned = {
      filtered: [
        [10, 11],
        [13, 14],
      ] as Ranges,
      runs: now.runs,
    };
    expect(compare({ remembered: [[12, 999]] }, spanned)).toBe('nothing-compared');
  });

  it('without a run that names it nothing is compared', () => {
    expect(compare({ remembered: [[12, 120]] }, { ...now, runs: [[13, 14, 1, 2]] })).toBe('nothing-compared');
  });
});

describe('records that both filter', () => {
  const filtered: Ranges = [[10, 14]];
  const both = (mine: readonly Run[], theirs: readonly Run[], offsets: Ranges = filtered) =>
    compare({ filtered, filteredRuns: mine }, { filtered, runs: theirs }, { offsets });

  it('agree where the runs can hold the same timestamps, a common end is enough', () => {
    expect(both([[10, 14, 100, 140]], [[10, 14, 140, 150]])).toBe('agree');
    expect(both([[10, 14, 100, 140]], [[10, 14, 90, 100]])).toBe('agree');
    expect(both([[10, 14, 100, 140]], [[10, 14, 110, 120]])).toBe('agree');
  });

  it('disagree where they cannot', () => {
    expect(both([[10, 14, 100, 140]], [[10, 14, 141, 150]])).toBe('disagree');
    expect(both([[10, 14, 100, 140]], [[10, 14, 90, 99]])).toBe('disagree');
  });

  it('one run of several that can is enough, one that cannot anywhere else is too much', () => {
    expect(
      both(
        [
          [10, 12, 1, 2],
          [10, 14, 100, 140],
        ],
        [[10, 14, 110, 120]],
      ),
    ).toBe('agree');
    expect(
      both(
        [
          [10, 12, 100, 110],
          [12, 14, 120, 140],
        ],
        [
          [10, 12, 100, 110],
          [12, 14, 500, 600],
        ],
      ),
    ).toBe('disagree');
  });

  it('runs are compared only where they share offsets of the overlap', () => {
    expect(both([[10, 12, 1, 2]], [[12, 14, 500, 600]])).toBe('nothing-compared');
    expect(both([[12, 14, 500, 600]], [[10, 12, 1, 2]])).toBe('nothing-compared');
    expect(both([[10, 14, 1, 2]], [[10, 14, 500, 600]], [[20, 30]])).toBe('nothing-compared');
    expect(both([[11, 12, 1, 2]], [[10, 14, 500, 600]], [[12, 14]])).toBe('nothing-compared');
    expect(both([[13, 14, 1, 2]], [[10, 14, 500, 600]], [[10, 13]])).toBe('nothing-compared');
  });

  it('a disagreement of runs outweighs timestamps that agree', () => {
    const before = { filtered, filteredRuns: [[10, 14, 100, 140]] as readonly Run[], remembered: [[3, 30]] as Timestamps };
    expect(compare(before, { edges: [[3, 30]], filtered, runs: [[10, 14, 500, 600]] })).toBe('disagree');
  });
});

describe('what is left to compare', () => {
  it('a timestamp that the ledger knows and the delivery has not told asks for its rows', () => {
    expect(
      compare(
        {
          remembered: [
            [3, 30],
            [5, 50],
          ],
        },
        { edges: [[3, 30]] },
      ),
    ).toBe('partly-compared');
    expect(
      compare(
        {
          remembered: [
            [3, 30],
            [5, 50],
          ],
        },
        { edges: [[3, 30]] },
        { offsets: [[3, 4]] },
      ),
    ).toBe('agree');
  });

  describe('offsets without a known timestamp', () => {
    const before = { remembered: [0, 4, 8, 12].map((offset) => [offset, offset * 10] as const) };
    const now = (...told: number[]) => ({ edges: told.map((offset) => [offset, offset * 10] as const) });
    const openOf = (told: number[], offsets: Ranges, filtered: Ranges = []) =>
      compareTimestamps(known({ ...before, filtered }), delivery(now(...told)), { offsets, evidence: {} });

    it('are compared between two known ones that agree, and nowhere else', () => {
      expect(openOf([0, 4], [[0, 5]])).toEqual({ agreement: 'agree', open: [] });
      expect(openOf([0, 4, 8, 12], [[0, 13]])).toEqual({ agreement: 'agree', open: [] });
      // What lies beyond the last that agrees may be of another landing, and so of another topic.
      expect(openOf([4], [[4, 6]])).toEqual({ agreement: 'partly-compared', open: [[5, 6]] });
      expect(openOf([4], [[3, 5]])).toEqual({ agreement: 'partly-compared', open: [[3, 4]] });
      expect(openOf([1, 4], [[1, 5]])).toEqual({ agreement: 'partly-compared', open: [[1, 4]] });
      expect(openOf([12], [[12, 20]])).toEqual({ agreement: 'partly-compared', open: [[13, 20]] });
      // One between them does not agree because it was not told.
      expect(openOf([0, 8], [[0, 9]])).toEqual({ agreement: 'partly-compared', open: [[1, 8]] });
      expect(openOf([0, 4, 12], [[0, 13]])).toEqual({ agreement: 'partly-compared', open: [[5, 12]] });
    });

    it('are not asked for where the ledger has no row, unless it knows a timestamp there', () => {
      expect(openOf([4], [[4, 8]], [[5, 8]])).toEqual({ agreement: 'agree', open: [] });
      expect(openOf([4], [[4, 9]], [[5, 9]])).toEqual({ agreement: 'partly-compared', open: [[8, 9]] });
    });
  });

  it('a run of filtered offsets asks for them unless the delivery told or filtered them all', () => {
    const before = {
      remembered: [[3, 30]] as Timestamps,
      filtered: [[10, 11]] as Ranges,
      filteredRuns: [[10, 11, 100, 100]] as readonly Run[],
    };
    expect(compare(before, { edges: [[3, 30]] })).toBe('partly-compared');
    expect(
      compare(before, {
        edges: [
          [3, 30],
          [10, 100],
        ],
      }),
    ).toBe('agree');
    expect(
      compare(before, {
        edges: [
          [10, 100],
          [3, 30],
        ],
      }),
    ).toBe('agree');
    expect(compare(before, { edges: [[3, 30]] }, { offsets: [[3, 4]] })).toBe('agree');
    expect(compare(before, { edges: [[3, 30]], filtered: [[10, 11]], runs: [[10, 11, 100, 100]] })).toBe('agree');
  });

  it('what was told counts whatever its number of digits', () => {
    const all = [9, 10, 11, 100, 101].map((offset) => [offset, offset] as const);
    expect(compare({ remembered: all }, { edges: all }, { offsets: [[9, 102]] })).toBe('agree');
  });
});

describe('filtered on both sides', () => {
  it('runs of other offsets say nothing, however well their timestamps fit', () => {
    const filtered: Ranges = [
      [0, 2],
      [10, 12],
      [20, 22],
    ];
    const filteredRuns = [
      [0, 2, 5000, 6000],
      [10, 12, 100, 120],
      [20, 22, 5000, 6000],
    ] as const;
    const now = (minMs: number, maxMs: number) => ({ filtered: [[10, 12]] as Ranges, runs: [[10, 12, minMs, maxMs]] as const });
    expect(compare({ filtered, filteredRuns }, now(5000, 5500), { offsets: [[10, 12]] })).toBe('disagree');
    expect(compare({ filtered, filteredRuns }, now(90, 100), { offsets: [[10, 12]] })).toBe('agree');
  });
});
