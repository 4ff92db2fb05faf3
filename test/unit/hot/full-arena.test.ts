// What happens when a batch and its arena do not fit each other: it is judged all the same, and as the plain path judges it.
import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { releaseRecords } from '../../../src/decode/pack-records.ts';
import { ArenaFullError, arenaOf, makeArena } from '../../../src/hot/memory.ts';
import { batchBytes, takeArena } from '../../../src/hot/pool.ts';
import { WASM } from '../../../src/hot/webassembly.ts';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import { compareBatch, NOW, pipelinesOf } from '../../support/hot/differ.ts';
import { tableOf } from '../../support/oracle/program.ts';
import { recordsOf } from '../../support/oracle/records.ts';

const MIB = 1024 * 1024;

const DECIMALS = tableOf({
  columns: [
    { name: 'n', type: 'int' },
    { name: 'list', type: 'list', children: [{ name: 'element', type: 'decimal(38,0)' }] },
  ],
});

const LISTS = tableOf({
  columns: [
    {
      name: 'list',
      type: 'list',
      children: [{ name: 'element', type: 'struct', children: [...'abcdefgh'].map((name) => ({ name, type: 'string' as const })) }],
    },
  ],
});

const ones = (count: number) => Array.from({ length: count }, () => '1').join(',');

describe('a batch that outgrows its arena', () => {
  it('is judged as by the plain path, though the record that did not fit had already failed', () => {
    const wide = Buffer.from(`{"n":"none","list":[${ones(450_000)}]}`);
    const { difference } = compareBatch(DECIMALS, pipelinesOf(DECIMALS), [Buffer.from('{"n":1}'), wide, Buffer.from('{"n":2}')]);
    expect(difference).toBeUndefined();
  });
});

describe('the memory set aside for a batch', () => {
  const original = WASM.Memory;
  afterEach(() => {
    (WASM as { Memory: unknown }).Memory = original;
  });

  it('stays in proportion after a large batch of lists was followed by a tiny one', () => {
    const pipeline = createPipeline(LISTS);
    const process = (values: Buffer[]) => {
      const result = pipeline.process(recordsOf(values), { ingestedAtMs: NOW });
      const { kernelRecords } = result;
      const { byteLength } = result.columns.bytes.buffer;
      result.release?.();
      return { kernelRecords, byteLength };
    };
    const items = (count: number) => Buffer.from(`{"list":[${Array.from({ length: count }, () => '{"a":"x"}').join(',')}]}`);
    const orders = Array.from({ length: 2000 }, () => items(30));
    // What lists need is found out over some batches.
    for (let i = 0; i < 8; i++) process(orders);
    expect(process(orders).kernelRecords).toBe(orders.length);
    expect(process([items(1)]).kernelRecords).toBe(1);
    expect(batchBytes(6 * MIB)).toBeLessThanOrEqual(LIMITS.arenaKeptBytesMax);
    const again = process(orders);
    expect(again.byteLength).toBeLessThanOrEqual(LIMITS.arenaKeptBytesMax);
  });

  it('is never beyond what the addresses of the kernels can name', () => {
    expect(() => makeArena(LIMITS.arenaBytesMax)).toThrow(ArenaFullError);
  });

  it('is done without where the system gives none: records are decoded and judged all the same', () => {
    const pipelines = pipelinesOf(DECIMALS);
    (WASM as { Memory: unknown }).Memory = class {
      constructor() {
        throw new RangeError('WebAssembly.Memory(): could not allocate memory');
      }
    };
    // Those kept from before are taken first.
    expect(() => Array.from({ length: LIMITS.arenasKeptMax + 1 }, () => takeArena(1))).toThrow(ArenaFullError);
    const values = [Buffer.from('{"n":1,"list":[1,2]}'), Buffer.from('{"n":"none"}')];
    expect(compareBatch(DECIMALS, pipelines, values)).toMatchObject({ difference: undefined, kernelRecords: 0 });
    const records = recordsOf(values, { inArena: true });
    expect(arenaOf(records.bytes.buffer)).toBeUndefined();
    releaseRecords(records);
  });
});
