import { describe, expect, it } from 'vitest';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import { makeSelfcheck } from '../../../src/pipeline/selfcheck.ts';
import { tableOf } from '../../support/oracle/program.ts';
import { recordsOf } from '../../support/oracle/records.ts';

const TABLE = tableOf({
  columns: [
    { name: 'n', type: 'long', required: true },
    { name: 's', type: 'string' },
  ],
});
const NOW = { ingestedAtMs: 1 };
const batch = (count: number) => recordsOf(Array.from({ length: count }, (_, n) => (n % 5 === 4 ? '{}' : `{"n":${n},"s":"${n}"}`)));

describe('the share of records that is judged again without the kernels', () => {
  it('is one in so many, counted on over batches of any size', () => {
    const pipeline = createPipeline(TABLE, { selfcheck: 0.1 });
    const compared = [3, 4, 30, 1, 62].map((count) => pipeline.process(batch(count), NOW).selfchecked);
    expect(compared.map((each) => each!.compared).reduce((sum, n) => sum + n, 0)).toBe(10);
    expect(compared.every((each) => each!.mismatched === 0)).toBe(true);
  });

  it('is nothing when the contract says 0, all when it says 1', () => {
    expect(createPipeline({ ...TABLE, selfcheck: 0 }).process(batch(500), NOW).selfchecked).toEqual({ compared: 0, mismatched: 0 });
    expect(createPipeline({ ...TABLE, selfcheck: 1 }).process(batch(50), NOW).selfchecked).toEqual({ compared: 50, mismatched: 0 });
  });

  it('finds a cell, a verdict and a reason that differ', () => {
    const plain = createPipeline(TABLE, { path: 'plain' });
    const records = batch(10);
    const check = () => makeSelfcheck(TABLE, 1, (selected) => plain.process(selected, NOW));
    const result = plain.process(records, NOW);
    expect(check()(records, result)).toEqual({ compared: 10, mismatched: 0 });
    const changedCell = plain.process(recordsOf(['{"n":7,"s":"0"}']), NOW);
    expect(check()(recordsOf(['{"n":0,"s":"0"}']), changedCell)).toEqual({ compared: 1, mismatched: 1 });
    expect(check()(records, { ...result, verdicts: result.verdicts.map(() => 0) })).toEqual({ compared: 10, mismatched: 2 });
    expect(check()(records, { ...result, quarantined: [] })).toEqual({ compared: 10, mismatched: 2 });
  });
});
