// The times of what landed, beyond those that are remembered one by one: a generation whose oldest or youngest record is long forgotten is still
// told from a topic that was made again.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { checkGenerations } from '../../../src/jobs/check-generation.ts';
import { encodeCheckpoint, parseCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { compressJson, decompressJson } from '../../../src/ledger/entry-codec.ts';
import { ALL_TIMES } from '../../../src/ledger/remember.ts';
import type { LedgerState } from '../../../src/ledger/state.ts';
import { landedState } from '../../support/memory/folded.ts';
import { makeDescriptor, type SampleDelivery, SOURCE } from '../../support/memory/samples.ts';

const SECOND = 'main/events/2';
/** The oldest and the youngest record of a source are its second and third; then come many in between. */
const OLDEST_MS = 1_000;
const YOUNGEST_MS = 9_000_000;
const times = (sourceId: string): SampleDelivery[] =>
  Array.from({ length: LIMITS.rememberedTimestampsMax * 1.5 }, (_, i) => ({
    sourceId,
    start: i * 2,
    classes: 'a',
    timestampMs: (offset: number) => ({ 2: OLDEST_MS, 4: YOUNGEST_MS })[offset] ?? 1_000_000 + offset,
  }));
const delivery = (sourceId: string, ms: number) =>
  makeDescriptor('late', [{ sourceId, start: 50_001, classes: 'a', timestampMs: () => ms }]);
const partitionOf = (state: LedgerState, sourceId: string) => state.sources.get(sourceId)!.partitions.get(0)!;

/** As a version wrote it that knew nothing but remembered timestamps. */
function olderVersion(state: LedgerState): LedgerState {
  const json = decompressJson(encodeCheckpoint(state), 'checkpoint') as { sources: { partitions: Record<string, unknown>[] }[] };
  for (const partition of json.sources.flatMap(({ partitions }) => partitions)) delete partition['spanMs'];
  return parseCheckpoint(compressJson(json), state.n);
}

describe('promise 2, once: generations whose oldest and youngest records are forgotten one by one', () => {
  it('the span of what landed stays in the state and in its checkpoint', () => {
    const state = landedState(...times(SECOND));
    const { remembered, spanMs } = partitionOf(state, SECOND);
    expect(remembered.map(([offset]) => offset)).not.toContain(2);
    expect(remembered.map(([offset]) => offset)).not.toContain(4);
    expect(spanMs).toEqual([OLDEST_MS, YOUNGEST_MS]);
    expect(parseCheckpoint(encodeCheckpoint(state), state.n)).toEqual(state);
  });

  it('an older generation that delivers a record of that time is parked, and one older than all lands', () => {
    const state = landedState({ start: 0, classes: 'a', timestampMs: () => 500 }, ...times(SECOND));
    expect(checkGenerations(state, delivery(SOURCE, OLDEST_MS))).toMatchObject({ sourceId: SOURCE, reason: 'generation-unmapped' });
    expect(checkGenerations(state, delivery(SOURCE, OLDEST_MS - 1))).toBeUndefined();
  });

  it('a newer generation that delivers a record of that time is parked, and one younger than all lands', () => {
    const state = landedState(...times(SOURCE));
    expect(checkGenerations(state, delivery(SECOND, YOUNGEST_MS))).toMatchObject({ sourceId: SECOND, reason: 'generation-unmapped' });
    expect(checkGenerations(state, delivery(SECOND, YOUNGEST_MS + 1))).toBeUndefined();
  });

  it('filtered records count, whose runs were joined', () => {
    const state = landedState({ start: 0, classes: 'afa', sourceId: SECOND, timestampMs: (offset) => [5_000, 2_000, 7_000][offset]! });
    expect(partitionOf(state, SECOND).spanMs).toEqual([2_000, 7_000]);
  });

  it('a partition without a record has no span', () => {
    const state = landedState({ start: 0, classes: '..', sourceId: SECOND });
    expect(partitionOf(state, SECOND).spanMs).toBeUndefined();
    expect(parseCheckpoint(encodeCheckpoint(state), state.n)).toEqual(state);
    expect(partitionOf(olderVersion(state), SECOND).spanMs).toBeUndefined();
  });

  it('a checkpoint of a version that kept no span gives one where nothing can have been forgotten; else any time may have landed', () => {
    const few = landedState(...times(SECOND).slice(0, LIMITS.rememberedMin / 2 - 2), {
      sourceId: SECOND,
      start: 40_000,
      classes: 'f',
      timestampMs: () => YOUNGEST_MS + 5,
    });
    expect(partitionOf(olderVersion(few), SECOND).spanMs).toEqual([OLDEST_MS, YOUNGEST_MS + 5]);
    for (const count of [LIMITS.rememberedMin / 2, LIMITS.rememberedTimestampsMax * 1.5]) {
      const many = olderVersion(landedState({ start: 0, classes: 'a', timestampMs: () => 500 }, ...times(SECOND).slice(0, count)));
      expect(partitionOf(many, SECOND).spanMs).toEqual(ALL_TIMES);
      expect(checkGenerations(many, delivery(SOURCE, 0))).toMatchObject({ reason: 'generation-unmapped' });
    }
    const old = olderVersion(landedState(...times(SOURCE)));
    expect(checkGenerations(old, delivery(SECOND, 2 ** 45))).toMatchObject({ sourceId: SECOND, reason: 'generation-unmapped' });
  });
});
