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
