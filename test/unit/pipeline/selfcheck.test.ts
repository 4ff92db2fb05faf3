import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { arenaOf } from '../../../src/hot/memory.ts';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import { hotSupport } from '../../../src/pipeline/hot-support.ts';
import { makeSelfcheck } from '../../../src/pipeline/selfcheck.ts';
import type { BatchResult } from '../../../src/pipeline/types.ts';
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

describe('a table whose program is too large for the kernels', () => {
  it('is told so with the reason, and any other is not', () => {
    const { program } = tableOf({ columns: Array.from({ length: 400 }, (_, i) => ({ name: `c${i}`, type: 'int' as const })) });
    const variants = Array.from({ length: 60 }, (_, i) => ({ name: `v${i}`, when: [], columns: new Map() }));
    expect(hotSupport(program)).toEqual({ isHot: true });
    const refused = hotSupport({ ...program, variants });
    expect(refused).toMatchObject({ isHot: false, reason: expect.stringContaining('in 60 variants: more than 20000 cells') });
  });
});

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

const LAYOUT = layoutOf(TABLE.program.struct);
const described = ({ verdicts, quarantined, rowRecord, columns, counts }: Omit<BatchResult, 'selfchecked'>) => ({
  verdicts: [...verdicts],
  quarantined,
  counts: [...counts],
  rows: [...rowRecord].map((record, row) => [record, ...readRow(columns, LAYOUT, row)]),
});

describe('kernels that fail on a batch', () => {
  it('leave it to the plain path as a whole, are counted as a mismatch, and their memory is used no more', () => {
    const pipeline = createPipeline(TABLE, { selfcheck: 0 });
    const first = pipeline.process(batch(20), NOW);
    const arena = arenaOf(first.columns.bytes.buffer)!;
    first.release!();
    const { kernels } = arena;
    // An address behind the end of the memory: the module traps.
    const trapping = {
      ...kernels,
      decodeRecords: (_: number, from: number, to: number) => kernels.decodeRecords(arena.buffer.byteLength, from, to),
    };
    Object.assign(arena, { kernels: trapping });
    const records = batch(20);
    const { selfchecked, ...result } = pipeline.process(records, NOW);
    expect(selfchecked).toEqual({ compared: 1, mismatched: 1 });
    expect(described(result)).toEqual(described(createPipeline(TABLE, { path: 'plain' }).process(records, NOW)));
    expect(arena.isSound).toBe(false);
    const next = pipeline.process(batch(20), NOW);
    expect(next.selfchecked).toEqual({ compared: 0, mismatched: 0 });
    expect(next.columns.bytes.buffer).not.toBe(arena.buffer);
    next.release!();
  });
});
