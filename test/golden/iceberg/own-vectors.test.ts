// What the reference implementation and the specification say of whole objects: metadata, schemas with defaults, nested values, deletion
// vectors, Puffin files (data/firn-vectors.json, made by test/interop/vectors.ts).
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SECTIONS } from '../../../scripts/vectors/all-sections.ts';
import { runVectors, type VectorsFile } from '../../../scripts/vectors/sections.ts';

const file = JSON.parse(readFileSync(new URL('../data/firn-vectors.json', import.meta.url), 'utf8')) as VectorsFile & { count: number };

describe('objects of the Iceberg core are what the reference implementation makes of them', () => {
  test.each(Object.keys(file.vectors))('every vector of section %s passes', async (name) => {
    const vectors = file.vectors[name]!;
    const outcome = await runVectors({ vectors: { [name]: vectors } }, SECTIONS);
    expect(outcome.failures).toEqual([]);
    expect(outcome.passed).toBe(vectors.length);
  });

  test('no vector of the file is left out', () => {
    expect(Object.values(file.vectors).reduce((sum, vectors) => sum + vectors.length, 0)).toBe(file.count);
  });

  test.each([
    ['deletion-vector', 'ranges', [[0, 2, 1]], 'positions'],
    [
      'metadata-json',
      'json',
      (file.vectors['metadata-json']![0]!['json'] as string).replace('"nulls-last"', '"nulls-first"'),
      'nulls-last',
    ],
    ['puffin', 'blobs', [], 'blobs'],
    ['schema-defaults', 'json', (file.vectors['schema-defaults']![0]!['json'] as string).replaceAll('true', 'false'), 'schema of given'],
    ['nested-value-json', 'json', '{"2":null,"3":"1.00"}', 'value of given'],
  ])('a wrong vector of section %s is found', async (section, member, value, reason) => {
    const wrong = { ...file.vectors[section]![section === 'puffin' ? 1 : 0]!, [member]: value };
    const outcome = await runVectors({ vectors: { [section]: [wrong] } }, SECTIONS);
    expect(outcome.passed).toBe(0);
    expect(outcome.failures[0]!.reason).toContain(reason);
  });
});
