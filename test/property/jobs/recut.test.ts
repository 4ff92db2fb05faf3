// The same records in whatever batches: permuted, repeated, cut anew, committed at any moment, under either contract version. The
// tables hold the same rows as one landing of everything (promise 2); versions only decide the class, once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audit, GAME_QUARANTINE, GAME_TABLE, type GameRecord, KINDS, makeLab, records, rowsOf } from '../../support/memory/index.ts';

const LOG_LENGTH = 14;
const log = fc
  .array(fc.constantFrom(...KINDS, '.' as const), { minLength: LOG_LENGTH, maxLength: LOG_LENGTH })
  .map((kinds) => `a${kinds.join('')}a`);
const cut = fc.tuple(fc.nat(LOG_LENGTH + 1), fc.integer({ min: 1, max: 9 }));
const plan = fc.array(fc.record({ cuts: fc.array(cut, { minLength: 1, maxLength: 3 }), commits: fc.boolean() }), { maxLength: 7 });

async function rowsAfter(batches: readonly { readonly records: readonly GameRecord[]; readonly commits: boolean }[]): Promise<string[][]> {
  const lab = makeLab();
  for (const batch of batches) {
    await lab.land(batch.records);
    if (batch.commits) await lab.commit();
  }
  await lab.commit();
  await lab.commit();
  expect(await audit(lab.ports)).toMatchObject({ clean: true, staged: { descriptors: 0 } });
  return [await rowsOf(lab.ports, GAME_TABLE), await rowsOf(lab.ports, GAME_QUARANTINE)];
}

describe('re-cut batches', () => {
  it('give the same rows as one landing of everything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(log, log), plan, async (logs, steps) => {
        const topic = logs.map((kinds, partition) => records(kinds, { partition }));
        const whole = { records: topic.flat(), commits: true };
        const parts = steps.map(({ cuts, commits }) => ({
          commits,
          records: cuts.flatMap(([start, length], i) => {
            const part = topic[i % 2]!;
            return part.slice(start, start + length);
          }),
        }));
        // A batch may hold two parts of one partition; what lies between them is delivered too, as by a consumer.
        const contiguous = parts.map((part) => ({ ...part, records: fillGaps(topic, part.records) }));
        expect(await rowsAfter([...contiguous, whole])).toEqual(await rowsAfter([whole]));
      }),
      { numRuns: 40 },
    );
  });
});

/** Each partition's records from the first to the last of the batch, then some again in their first order. */
function fillGaps(topic: readonly (readonly GameRecord[])[], batch: readonly GameRecord[]): GameRecord[] {
  const filled = topic.flatMap((part, partition) => {
    const offsets = batch.filter((one) => one.partition === partition).map(({ offset }) => offset);
    return part.filter(({ offset }) => offset >= Math.min(...offsets) && offset <= Math.max(...offsets));
  });
  return [...filled, ...batch].reverse();
}
