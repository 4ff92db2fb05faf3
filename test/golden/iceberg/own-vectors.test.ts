// What the reference implementation and the specification say of whole objects: metadata, schemas with defaults, nested values, deletion
// vectors, Puffin files (data/firn-vectors.json, made by test/interop/vectors.ts).
import { describe, expect, test } from 'vitest';
import { SECTIONS } from '../../../scripts/vectors/all-sections.ts';
import { runVectors } from '../../../scripts/vectors/sections.ts';
import { loadVectors, testVectors } from '../../support/iceberg/vectors.ts';

const file = loadVectors('firn-vectors.json');

describe('objects of the Iceberg core are what the reference implementation makes of them', () => {
  testVectors(file);

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
