// Seeds of the simulation. A failing seed prints itself and its step; `FAILED` keeps seeds that once found something.
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const SEEDS = 200;
const CHUNK = 25;
/** Seeds that once failed, each with what it found. */
const FAILED: readonly number[] = [];

describe('simulation of landers and committers', () => {
  it.each(Array.from({ length: SEEDS / CHUNK }, (_, i) => i * CHUNK + 1))(
    'every record is in exactly one place, whatever the schedule (seeds from %i)',
    async (first) => {
      let committed = 0;
      for (let seed = first; seed < first + CHUNK; seed++) committed += (await simulate(seed)).committed;
      expect(committed).toBeGreaterThan(0);
    },
  );

  it.each(FAILED)('seed %i does not fail again', async (seed) => {
    expect((await simulate(seed)).rows.length).toBeGreaterThan(0);
  });

  it('a seed gives the same run twice', async () => {
    expect(await simulate(17)).toEqual(await simulate(17));
  });
});
