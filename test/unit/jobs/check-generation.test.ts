// Which delivery is parked until generations are compared: each of its sources and partitions counts.
import { describe, expect, it } from 'vitest';
import { checkGenerations } from '../../../src/jobs/check-generation.ts';
import { landedState } from '../../support/memory/folded.ts';
import { makeDescriptor, type SampleDelivery } from '../../support/memory/samples.ts';

const at = (sourceId: string, ms: number, place: { readonly partition?: number; readonly start?: number } = {}): SampleDelivery => ({
  sourceId,
  start: place.start ?? 0,
  partition: place.partition ?? 0,
  classes: 'a',
  timestampMs: () => ms,
});
const check = (landed: readonly SampleDelivery[], delivered: readonly SampleDelivery[]) =>
  checkGenerations(landedState(...landed), makeDescriptor('d', delivered))?.sourceId;

describe('promises 1 and 2: a delivery of several sources and partitions', () => {
  it('is parked for any of its sources, wherever in it the source is', () => {
    const landed = [at('s/t/1', 5_000)];
    expect(check(landed, [at('s/t/2', 9_000), at('r/t/1', 1)])).toBeUndefined();
    expect(check(landed, [at('r/t/1', 1), at('s/t/2', 4_000)])).toBe('s/t/2');
    expect(check(landed, [at('s/t/2', 4_000), at('r/t/1', 1)])).toBe('s/t/2');
  });

  it('is parked where a newer generation has begun some of its partitions and not all', () => {
    const landed = [at('s/t/1', 1_000), at('s/t/2', 9_000), at('s/t/3', 9_500), at('s/t/3', 9_600, { partition: 1 })];
    const late = (partition: number) => at('s/t/1', 2_000, { partition, start: 5 });
    expect(check(landed, [late(0)])).toBeUndefined();
    expect(check(landed, [late(1)])).toBe('s/t/1');
    expect(check(landed, [late(0), late(1)])).toBe('s/t/1');
    expect(check(landed, [late(1), late(0)])).toBe('s/t/1');
    expect(check([...landed, at('s/t/2', 9_700, { partition: 1 })], [late(0), late(1)])).toBeUndefined();
  });

  it('is not parked for a partition that it brings nothing new of', () => {
    const landed = [at('s/t/1', 1_000), at('s/t/1', 1_500, { partition: 1 }), at('s/t/2', 9_000)];
    expect(check(landed, [at('s/t/1', 2_000, { start: 5 }), at('s/t/1', 1_500, { partition: 1 })])).toBeUndefined();
  });
});

describe('promises 1 and 2: a new generation', () => {
  const landed = [at('s/t/1', 5_000)];

  it('is parked with what is as old as the youngest that landed before it, until it was compared', () => {
    expect(check(landed, [at('s/t/2', 5_000)])).toBe('s/t/2');
    expect(check(landed, [at('s/t/2', 5_001)])).toBeUndefined();
    const state = landedState(...landed, at('s/t/2', 6_000));
    state.sources.get('s/t/2')!.isMapped = true;
    expect(checkGenerations(state, makeDescriptor('d', [at('s/t/2', 1, { start: 5 })]))).toBeUndefined();
  });

  it('is told of by the generation before it, and an older one by the newest', () => {
    const message = (delivered: SampleDelivery) =>
      checkGenerations(landedState(at('s/t/1', 5_000), at('s/t/2', 6_000), at('s/t/3', 7_000)), makeDescriptor('d', [delivered]))?.message;
    expect(message(at('s/t/4', 1))).toContain('landed under s/t/3');
    expect(message(at('s/t/1', 6_500, { start: 5 }))).toContain('after s/t/3 has begun');
  });
});

describe('promises 1 and 2: an older generation', () => {
  const late = (ms: number) => makeDescriptor('d', [at('s/t/1', ms, { start: 5 })]);
  const landed = () => landedState(at('s/t/1', 1_000), at('s/t/2', 9_000), at('s/t/2', 9_500, { partition: 1 }));

  it('lands what is older than all that the newer one holds, and is parked with what is as old', () => {
    expect(checkGenerations(landed(), late(8_999))).toBeUndefined();
    expect(checkGenerations(landed(), late(9_000))).toMatchObject({ sourceId: 's/t/1', reason: 'generation-unmapped' });
  });

  it('is parked while offsets before the first that the newer one holds are open: a mirror keeps the order, and they may be its records', () => {
    for (const start of [1, 5]) {
      const begun = landedState(at('s/t/1', 1_000), at('s/t/2', 9_000, { start }));
      expect(checkGenerations(begun, late(2_000))).toMatchObject({ sourceId: 's/t/1', reason: 'generation-unmapped' });
      const whole = landedState(at('s/t/1', 1_000), at('s/t/2', 9_000, { start }), at('s/t/2', 8_000));
      expect(checkGenerations(whole, late(2_000))).toBeUndefined();
    }
  });

  it('lands beside the generation that a person has let it what was compared, or anything, and beside no other', () => {
    for (const [besides, isParked] of [
      [{ newest: 's/t/2' }, false],
      [{ newest: 's/t/1' }, true],
      [{ newest: 's/t/2', compared: [{ partition: 0, ranges: [[0, 6]] }] }, false],
      [{ newest: 's/t/2', compared: [{ partition: 0, ranges: [[0, 5]] }] }, true],
      [{ newest: 's/t/2', compared: [{ partition: 1, ranges: [[0, 6]] }] }, true],
      [{ newest: 's/t/1', compared: [{ partition: 0, ranges: [[0, 6]] }] }, true],
    ] as const) {
      const state = landed();
      state.sources.get('s/t/1')!.besides = besides;
      expect(checkGenerations(state, late(9_000)) !== undefined).toBe(isParked);
    }
  });

  it('is told nothing by age where the newer one inherits something, in the state or in a segment, of whatever partition', () => {
    for (const [partition, change] of [
      [0, { inherited: [[50, 51]] as const }],
      [1, { inherited: [[50, 51]] as const }],
      [1, { archived: { accepted: 0, quarantined: 0, filtered: 0, absent: 0, declared: 0, inherited: 1 } }],
    ] as const) {
      const state = landed();
      Object.assign(state.sources.get('s/t/2')!.partitions.get(partition)!, change);
      expect(checkGenerations(state, late(2_000))).toMatchObject({ sourceId: 's/t/1' });
    }
  });
});
