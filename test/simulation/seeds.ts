// Seeds of the simulation, in parts that run at once. A failing seed prints itself and its last steps; `npm run -s simulate --
// --trace SEED` shows all of them, and runs any number of others. They run in a thread with the shortcuts, whose runs are those
// without them (planted.test.ts).
import { beforeAll, describe, expect, it } from 'vitest';
import { runPool } from './engine/pool.ts';
import type { PartReport } from './engine/worker.ts';

const SEEDS = 1000;
const CHUNK = 25;
/** Bounds a part, which takes two seconds where nothing else runs. */
const CHUNK_MS = 180_000;
const TWICE = { from: 17, count: 1 };

/** Declares the tests of one half of the seeds. */
export function describeSeeds(half: 0 | 1): void {
  const firsts = Array.from({ length: SEEDS / CHUNK / 2 }, (_, i) => half * (SEEDS / 2) + i * CHUNK + 1);
  describe('simulation of all that can happen to a contract', () => {
    const reports = new Map(firsts.map((first) => [first, Promise.withResolvers<PartReport>()]));
    const twice: string[] = [];

    beforeAll(async () => {
      const parts = [TWICE, TWICE, ...firsts.map((from) => ({ from, count: CHUNK }))];
      const report = (one: PartReport): void => {
        if (one.run === TWICE.count) twice.push(one.sha256);
        else reports.get(one.from)!.resolve(one);
      };
      const all = runPool({ workers: 1, next: () => parts.shift(), report });
      void all.catch((error: unknown) => {
        for (const { reject } of reports.values()) reject(error);
      });
    });

    const name = 'no promise is broken after any step, and the world becomes quiet (25 seeds from %i)';
    it.each(firsts)(name, { timeout: CHUNK_MS }, async (first) => {
      const { run, failed, tally } = await reports.get(first)!.promise;
      const [bad] = failed;
      expect(bad?.violation, `seed ${bad?.seed}\n${bad?.trace.slice(-20).join('\n')}`).toBeUndefined();
      expect(run).toBe(CHUNK);
      expect(tally['commit']).toBeGreaterThan(CHUNK);
      for (const kind of ['glue', 'sql', 'rest']) expect(tally[`${kind} catalog`]).toBeGreaterThan(0);
    });

    it('a seed gives the same run twice', () => {
      expect(twice).toEqual([expect.any(String), twice[0]]);
    });
  });
}
