// What an instance of the kernels keeps from record to record and from batch to batch never shows in a result: not before it kept anything,
// not after a batch ended midway.
import { describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { ArenaFullError } from '../../../src/hot/memory.ts';
import { takeArena } from '../../../src/hot/pool.ts';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import { compareBatch, NOW, pipelinesOf } from '../../support/hot/differ.ts';
import { tableOf } from '../../support/oracle/program.ts';
import { recordsOf } from '../../support/oracle/records.ts';

const TIMES = tableOf({ columns: [{ name: 'at', type: 'timestamptz', formats: [{ kind: 'iso' }] }] });

const TEXTS = tableOf({
  columns: [
    { name: 'text', type: 'string', clean: ['lower'] },
    { name: 'missing', type: 'string' },
  ],
});

/** Takes the arenas that other batches left, so that the next batch gets a new one. */
function takeUsedArenas(): void {
  for (let i = 0; i < LIMITS.arenasKeptMax; i++) takeArena(1);
}

/** A message of one variant is no message of the other, which is known only at its end. */
const VARIANTS = tableOf({
  columns: [{ name: 'n', type: 'int' }],
  undeclared: 'ignore',
  variants: [
    { name: 'first', when: [{ path: ['v'], values: [1] }], columns: new Map([['n', { paths: [['a']] }]]) },
    { name: 'second', when: [{ path: ['v'], values: [2] }], columns: new Map([['n', { paths: [['b']] }]]) },
  ],
  rules: [{ rule: 'small', source: 'n < 10', onFailure: 'quarantine' }],
});

describe('an instance of the kernels', () => {
  it.each([
    ['as they are', '\0'.repeat(10)],
    ['as escapes', '\\u0000'.repeat(10)],
  ])('that has read no date yet takes ten NULs, %s, for none', (_, date) => {
    takeUsedArenas();
    const { difference } = compareBatch(TIMES, pipelinesOf(TIMES), [Buffer.from(`{"at":"${date}T00:00:00Z"}`)]);
    expect(difference).toBeUndefined();
  });

  it('counts nothing of a batch that found no room midway: the next batch in its memory counts its own records alone', () => {
    const pipeline = createPipeline(TEXTS, { selfcheck: 0 });
    const process = (values: readonly string[]) => {
      const { kernelRecords, counts, release } = pipeline.process(recordsOf(values), { ingestedAtMs: NOW });
      release?.();
      return { kernelRecords, missing: counts.get('missing') };
    };
    // The kernels ask the host for letters beyond ASCII, which is where a text may find no room.
    const lower = vi.spyOn(String.prototype, 'toLowerCase').mockImplementationOnce(() => {
      throw new ArenaFullError('the batch needs more room for texts than was set aside');
    });
    expect(process(['{}', '{}', '{}', '{"text":"É"}'])).toEqual({ kernelRecords: 0, missing: 7 });
    lower.mockRestore();
    expect(process(['{}'])).toEqual({ kernelRecords: 1, missing: 2 });
  });

  it('reads the records of a run that a rule takes back as the variant they were read as before', () => {
    const first = '{"b":"text","a":5,"v":1}';
    for (const failing of ['{"v":2,"b":70}', '{"v":2,"b":7}', '{"v":1,"a":70}']) {
      const values = [first, '{"v":2,"b":7}', '{"v":1,"a":6}', first, failing, first].map((text) => Buffer.from(text));
      expect(compareBatch(VARIANTS, pipelinesOf(VARIANTS), values).difference).toBeUndefined();
      expect(compareBatch(VARIANTS, pipelinesOf(VARIANTS), [values[0]!, values[4]!]).difference).toBeUndefined();
    }
    const { kernelRecords, release } = createPipeline(VARIANTS).process(recordsOf([first, '{"v":2,"b":70}']), { ingestedAtMs: NOW });
    release?.();
    expect(kernelRecords).toBe(1);
  });
});
