// The kernel that decodes base64 in place, beside the engine's decoder.
import { expect, it } from 'vitest';
import { base64Difference } from '../../support/hot/base64-differ.ts';

const SEEDS = 2_000;

it('a text is decoded by the kernel as by the engine, or left to it: any bytes, any fault', () => {
  for (let seed = 1; seed <= SEEDS; seed++) expect(base64Difference(seed)).toBeUndefined();
});
