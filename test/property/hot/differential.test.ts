// The kernels against the plain path over random contracts and messages; and what long runs of `npm run fuzz:hot` once found.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import { caseOf, compareBatch, edgeBatches, NOW, pipelinesOf, textOf } from '../../support/hot/differ.ts';
import { makeMessage, makeRandom } from '../../support/oracle/messages.ts';
import { FLAT, NESTED, VARIANTS } from '../../support/oracle/programs.ts';
import { recordsOf } from '../../support/oracle/records.ts';

const CORPUS = join(import.meta.dirname, '../../support/hot/corpus');

describe('the kernels and the plain path agree on verdicts, reasons, messages, counts, rows and every cell', () => {
  it('for random contracts and messages, most of which fit', () => {
    let settled = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { table, values } = caseOf(seed, 60);
        const { difference, kernelRecords } = compareBatch(table, pipelinesOf(table), values);
        expect({ seed, difference: textOf(difference) }).toEqual({ seed, difference: 'undefined' });
        settled += kernelRecords;
      }),
      { numRuns: 80, seed: 20_261_122 },
    );
    expect(settled).toBeGreaterThan(80 * 60 * 0.15);
  });

  it.each([
    ['every scalar type', FLAT],
    ['nested values', NESTED],
    ['variants', VARIANTS],
  ])('for the contract of %s, batch after batch over the same memory', (_, table) => {
    const pipelines = pipelinesOf(table);
    for (let seed = 1; seed <= 6; seed++) {
      const random = makeRandom(seed);
      const values = Array.from({ length: 80 }, () => makeMessage(random, table.program, 0.1));
      expect(compareBatch(table, pipelines, values).difference).toBeUndefined();
    }
  });

  it.each(edgeBatches())('for $name', ({ table, values }) => {
    expect(compareBatch(table, pipelinesOf(table), values).difference).toBeUndefined();
  });

  it.each(readdirSync(CORPUS))('for the case once found: %s', (file) => {
    const { seed } = JSON.parse(readFileSync(join(CORPUS, file), 'utf8')) as { readonly seed: number };
    const { table, values } = caseOf(seed);
    expect(compareBatch(table, pipelinesOf(table), values).difference).toBeUndefined();
  });
});

describe('the memory of the kernels', () => {
  const message = (n: number) => Buffer.from(`{"id":"k${n}","country":"KR","tags":["a${n}","b"],"scores":{"x":${n}}}`);

  it('is used again once a result is released, and results that are kept stay as they are', () => {
    const pipeline = createPipeline(NESTED);
    const kept = pipeline.process(recordsOf([message(1)]), { ingestedAtMs: NOW });
    const before = Buffer.from(kept.columns.bytes);
    for (let i = 0; i < 5; i++) pipeline.process(recordsOf([message(i)]), { ingestedAtMs: NOW }).release!();
    expect(before.equals(kept.columns.bytes)).toBe(true);
    const first = pipeline.process(recordsOf([message(1)]), { ingestedAtMs: NOW });
    const buffer = first.columns.bytes.buffer;
    first.release!();
    expect(pipeline.process(recordsOf([message(2)]), { ingestedAtMs: NOW }).columns.bytes.buffer).toBe(buffer);
  });

  it('grows for lists that outgrow the estimate, and a batch that still does not fit goes the plain way', () => {
    const many = Buffer.from(`{"id":"x","tags":[${Array.from({ length: 3000 }, (_, i) => `"${i}"`).join(',')}]}`);
    const pipelines = pipelinesOf(NESTED);
    expect(compareBatch(NESTED, pipelines, [many, message(1), many]).difference).toBeUndefined();
    const wide = Buffer.from(`{"items":[${Array.from({ length: 40_000 }, () => '{}').join(',')}]}`);
    expect(compareBatch(NESTED, pipelines, [wide, message(2)]).difference).toBeUndefined();
  });
});
