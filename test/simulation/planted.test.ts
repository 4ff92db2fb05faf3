// The simulation itself is tested: a rule removed from the real code must be caught. All of them: `npm run -s simulate -- --planted`.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
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
