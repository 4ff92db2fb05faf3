// The list of equivalent mutants does not rot: each entry speaks of a mutant that there is, and says why no test can kill it.
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { EQUIVALENT, unusedEquivalents } from '../support/mutation/equivalent.ts';
import { findMutants } from '../support/mutation/mutants.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');

test('every mutant listed as equivalent is one, and has its reason', () => {
  const files = [...new Set(EQUIVALENT.map(({ file }) => file))];
  expect(unusedEquivalents(findMutants(REPOSITORY, files), files)).toEqual([]);
  for (const { reason } of EQUIVALENT) expect(reason.length).toBeGreaterThan(20);
});
