// The simulation itself is tested: every rule of the protocol, removed from the real code, must be caught. After how
// many schedules from the first seed on: `npm run -s simulate -- --planted`.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runPool } from './engine/pool.ts';
import { runSchedule } from './engine/schedule.ts';
import { PLANTED_BUGS } from './planted/bugs.ts';
import { applyEdit } from './planted/hook.ts';
import { huntBug } from './planted/hunt.ts';
import { playScenario } from './planted/play.ts';
import { SCENARIOS } from './planted/scenarios.ts';

/** A rule that schedules reach is reached by one of the first few; others have a scenario. */
const SCHEDULES_MAX = 30;
const REPOSITORY = new URL('../../', import.meta.url);

describe('planted bugs', () => {
  it.each(PLANTED_BUGS)('the place of the rule "$rule" is known in the code', ({ edits }) => {
    const texts = new Map<string, string>();
    for (const edit of edits) {
      const text = texts.get(edit.file) ?? readFileSync(new URL(edit.file, REPOSITORY), 'utf8');
      texts.set(edit.file, applyEdit(text, edit));
      expect(texts.get(edit.file)).not.toBe(text);
    }
  });

  it('every scenario is that of a rule', () => {
    const rules = PLANTED_BUGS.filter(({ isScenario }) => isScenario).map(({ rule }) => rule);
    expect(rules.sort()).toEqual(Object.keys(SCENARIOS).sort());
  });

  it.each(Object.keys(SCENARIOS))('the scenario of the rule "%s" holds with the rule', async (rule) => {
    expect((await playScenario(rule)).violation).toBeUndefined();
  });

  it.each(PLANTED_BUGS)('code without the rule "$rule" is caught', async (bug) => {
    expect(await huntBug(bug, { from: 1, countMax: SCHEDULES_MAX, workers: 1 })).toMatchObject({ violation: expect.any(String) });
  });
});

describe('shortcuts of the simulation', () => {
  it('a schedule with them is the schedule without them, step by step', async () => {
    const [from, count] = [21, 3];
    const plain = createHash('sha256');
    for (let seed = from; seed < from + count; seed++) plain.update(JSON.stringify(await runSchedule(seed)));
    const parts = [{ from, count }];
    const hashes: string[] = [];
    await runPool({ workers: 1, next: () => parts.pop(), report: ({ sha256 }) => void hashes.push(sha256) });
    expect(hashes).toEqual([plain.digest('hex')]);
  });
});
