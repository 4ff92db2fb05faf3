// Seeds of the simulation, in parts that run at once. A failing seed prints itself and its step; `FAILED` keeps seeds that once
// found something.
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const SEEDS = 200;
const CHUNK = 10;
/** Seeds that once failed. */
const FAILED: readonly number[] = [];

/** Declares the tests of one half of the seeds. */
export function describeSeeds(half: 0 | 1): void {
  const firsts = Array.from({ length: SEEDS / CHUNK / 2 }, (_, i) => half * (SEEDS / 2) + i * CHUNK + 1);
  describe('simulation of landers and committers', () => {
    it.each(firsts)('every record is in exactly one place, whatever the schedule (seeds from %i)', async (first) => {
      let committed = 0;
      for (let seed = first; seed < first + CHUNK; seed++) committed += (await simulate(seed)).committed;
      expect(committed).toBeGreaterThan(CHUNK);
    });

    it.each(FAILED.filter((seed) => seed % 2 === half))('seed %i does not fail again', async (seed) => {
      expect((await simulate(seed)).rows.length).toBeGreaterThan(0);
    });

    it('a seed gives the same run twice', async () => {
      expect(await simulate(half + 17)).toEqual(await simulate(half + 17));
    });
  });
}
