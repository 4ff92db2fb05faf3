// Seeds of the simulation, in parts that run at once. A failing seed prints itself and its last steps; `npm run -s simulate --
// --trace SEED` shows all of them, and runs any number of others.
import { describe, expect, it } from 'vitest';
import { runSchedule } from './engine/schedule.ts';

const SEEDS = 1000;
const CHUNK = 25;

/** Declares the tests of one half of the seeds. */
export function describeSeeds(half: 0 | 1): void {
  const firsts = Array.from({ length: SEEDS / CHUNK / 2 }, (_, i) => half * (SEEDS / 2) + i * CHUNK + 1);
  describe('simulation of all that can happen to a contract', () => {
    it.each(firsts)('no promise is broken after any step, and the world becomes quiet (25 seeds from %i)', async (first) => {
      let commits = 0;
      for (let seed = first; seed < first + CHUNK; seed++) {
        const { violation, trace, tally } = await runSchedule(seed);
        expect(violation, `seed ${seed}\n${trace.slice(-20).join('\n')}`).toBeUndefined();
        commits += tally['commit'] ?? 0;
      }
      expect(commits).toBeGreaterThan(CHUNK);
    });

    it('a seed gives the same run twice', async () => {
      const first = await runSchedule(half + 17);
      expect(first.trace.length).toBeGreaterThan(10);
      expect(await runSchedule(half + 17)).toEqual(first);
    });
  });
}
