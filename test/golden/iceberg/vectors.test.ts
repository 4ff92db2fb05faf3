// Every answer the reference implementation gave, section by section.
import { describe, expect, test } from 'vitest';
import { SECTIONS } from '../../../scripts/vectors/all-sections.ts';
import { runVectors } from '../../../scripts/vectors/sections.ts';
import { loadVectors, testVectors } from '../../support/iceberg/vectors.ts';

describe('the Iceberg core answers like the reference implementation', () => {
  testVectors(loadVectors('iceberg-vectors.json'));

  test('a wrong answer is reported with what was expected and what was got', async () => {
    const wrong = { type: 'int', value: '1', hash: 5 };
    const outcome = await runVectors({ vectors: { hash32: [wrong], nonsense: [{}] } }, SECTIONS);
    expect(outcome.passed).toBe(0);
    expect(outcome.failures.map((failure) => failure.reason)).toEqual(['hash: expected 5, got 1392991556', 'no check for this section']);
  });
});
