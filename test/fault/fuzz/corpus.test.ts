// The kept inputs of the fuzzer, and a short run of every target: each input reads or is refused by an error of ours, in bounded time.
// How a corpus is made and a target is added: docs/hostile-input.md.
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { corpusPath, loadCorpus } from '../../support/fuzz/corpus.ts';
import { judgeInput } from '../../support/fuzz/judge.ts';
import { mutateInput } from '../../support/fuzz/mutate.ts';
import { seededRandom } from '../../support/fuzz/random.ts';
import { FUZZ_TARGETS } from '../../support/fuzz/targets.ts';

/** Mutations per target beside the kept inputs; a long run is a command of its own. */
const MUTATIONS = 60;

describe('hostile input is read or refused, never anything else', () => {
  for (const target of FUZZ_TARGETS) {
    it(`${target.name}: every kept input, and inputs near the seeds`, async () => {
      const kept = loadCorpus(target.name);
      const seeds = (await target.seeds()).filter((seed) => seed.length < 100_000);
      const findings: string[] = [];
      const outcomes = { read: 0, refused: 0, finding: 0 };
      const judge = async (input: Uint8Array): Promise<void> => {
        const verdict = await judgeInput(target, input);
        outcomes[verdict.outcome]++;
        if (verdict.outcome === 'finding') findings.push(`${Buffer.from(input).toString('base64').slice(0, 400)}: ${verdict.what}`);
      };
      for (const input of [...seeds, ...kept]) await judge(input);
      const random = seededRandom(5);
      for (let i = 0; i < MUTATIONS; i++) await judge(mutateInput(target, random.pick(seeds), random.pick(seeds), random));
      expect(findings).toEqual([]);
      // A target whose harness is broken reads nothing or refuses nothing.
      expect(outcomes.read).toBeGreaterThan(0);
      expect(outcomes.read + outcomes.refused).toBe(seeds.length + kept.length + MUTATIONS);
    });
  }

  it('every target has its kept corpus, and every corpus its target', () => {
    const names = FUZZ_TARGETS.map(({ name }) => name);
    expect(names.filter((name) => !existsSync(corpusPath(name)))).toEqual([]);
    const files = readdirSync(dirname(corpusPath('x'))).map((file) => file.replace('.ndjson', ''));
    expect(files.filter((file) => !names.includes(file))).toEqual([]);
  });
});
