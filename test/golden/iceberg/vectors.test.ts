// Every answer the reference implementation gave, section by section.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SECTIONS } from '../../../scripts/vectors/all-sections.ts';
import { runVectors, type VectorsFile } from '../../../scripts/vectors/sections.ts';

const file = JSON.parse(readFileSync(new URL('../data/iceberg-vectors.json', import.meta.url), 'utf8')) as VectorsFile & { count: number };

describe('the Iceberg core answers like the reference implementation', () => {
  test.each(Object.keys(file.vectors))('every vector of section %s passes', async (name) => {
    const vectors = file.vectors[name]!;
    const outcome = await runVectors({ vectors: { [name]: vectors } }, SECTIONS);
    expect(outcome.failures).toEqual([]);
    expect(outcome.passed).toBe(vectors.length);
  });

  test('no vector of the file is left out', () => {
    const total = Object.values(file.vectors).reduce((sum, vectors) => sum + vectors.length, 0);
    expect(total).toBe(file.count);
    expect(Object.keys(file.vectors).filter((name) => !(name in SECTIONS))).toEqual([]);
  });

  test('a wrong answer is reported with what was expected and what was got', async () => {
    const wrong = { type: 'int', value: '1', hash: 5 };
    const outcome = await runVectors({ vectors: { hash32: [wrong], nonsense: [{}] } }, SECTIONS);
    expect(outcome.passed).toBe(0);
    expect(outcome.failures.map((failure) => failure.reason)).toEqual(['hash: expected 5, got 1392991556', 'no check for this section']);
  });
});
