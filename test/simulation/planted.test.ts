// The simulation itself is tested: a rule removed from the real code must be caught. All of them: `npm run -s simulate -- --planted`.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runPool } from './engine/pool.ts';
import { runSchedule } from './engine/schedule.ts';
import { PLANTED_BUGS } from './planted/bugs.ts';
import { applyEdit } from './planted/hook.ts';
import { huntBug } from './planted/hunt.ts';

const REPOSITORY = new URL('../../', import.meta.url);

describe('planted bugs', () => {
  it.each(PLANTED_BUGS.filter(({ edits }) => edits))('the place of the rule "$rule" is known in the code', ({ edits = [] }) => {
    const texts = new Map<string, string>();
    for (const edit of edits) {
      const text = texts.get(edit.file) ?? readFileSync(new URL(edit.file, REPOSITORY), 'utf8');
      texts.set(edit.file, applyEdit(text, edit));
      expect(texts.get(edit.file)).not.toBe(text);
    }
  });

  it.each(PLANTED_BUGS.filter(({ seed }) => seed !== undefined))('code without the rule "$rule" is caught', async (bug) => {
    expect(await huntBug(bug, { from: bug.seed!, countMax: 3, workers: 1 })).toMatchObject({ violation: expect.any(String) });
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
