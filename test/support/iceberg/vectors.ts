// A vectors file as tests: every section of it passes, and none of its vectors is left out.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SECTIONS } from '../../../scripts/vectors/all-sections.ts';
import { runVectors, type VectorsFile } from '../../../scripts/vectors/sections.ts';

export type CountedVectors = VectorsFile & { readonly count: number };

/** Vectors of test/golden/data. */
export function loadVectors(name: string): CountedVectors {
  return JSON.parse(readFileSync(new URL(`../../golden/data/${name}`, import.meta.url), 'utf8')) as CountedVectors;
}

/** To be called within a `describe`. */
export function testVectors(file: CountedVectors): void {
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
}
