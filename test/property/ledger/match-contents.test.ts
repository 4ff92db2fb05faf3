// Late records against what landed: rows are counted by time and content, whatever their order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LandedContents, matchContents, ROW } from '../../../src/ledger/match-contents.ts';
import { RECORD } from '../../../src/ledger/match-generations.ts';

describe('promises 1 and 2: what counts as landed', () => {
  const row = fc.record({ ms: fc.nat(3), content: fc.constantFrom(ROW.unknown, ROW.none, 1, 2) });
  const columns = (all: readonly { readonly ms: number; readonly content: number }[]) => ({
    timestampsMs: Float64Array.from(all, ({ ms }) => ms),
    contents: Float64Array.from(all, ({ content }) => Math.min(content, 1)),
    contents2: Float64Array.from(all, ({ content }) => Math.max(content, 0)),
  });

  it('are as many rows of a time and content as landed, if so many are delivered, and none whose content nobody knows', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), fc.array(row, { maxLength: 12 }), (known, delivered) => {
        const landed: LandedContents = { ...columns(known), places: Float64Array.from(known.keys()), inexact: [], gaps: [] };
        const verdicts = matchContents(landed, columns(delivered));
        for (const ms of [0, 1, 2, 3]) {
          const unpaired = [1, 2].reduce(
            (left, content) => {
              const isIt = (one: { readonly ms: number; readonly content: number }): boolean => one.ms === ms && one.content === content;
              const landedCount = [...delivered.keys()].filter((i) => isIt(delivered[i]!) && verdicts[i] === RECORD.landed).length;
              expect(landedCount).toBe(Math.min(known.filter(isIt).length, delivered.filter(isIt).length));
              return left - landedCount;
            },
            known.filter((one) => one.ms === ms).length,
          );
          const others = [...delivered.keys()].filter((i) => delivered[i]!.ms === ms && delivered[i]!.content !== ROW.none);
          for (const i of others.filter((one) => verdicts[one] !== RECORD.landed))
            expect(verdicts[i]).toBe(unpaired > 0 ? RECORD.ambiguous : RECORD.fresh);
          for (const i of others.filter((one) => delivered[one]!.content === ROW.unknown)) expect(verdicts[i]).not.toBe(RECORD.landed);
          const filtered = [...delivered.keys()].filter((i) => delivered[i]!.ms === ms && delivered[i]!.content === ROW.none);
          const room = known.filter((one) => one.ms === ms && one.content === ROW.none).length;
          expect(filtered.filter((i) => verdicts[i] === RECORD.landed).length).toBeLessThanOrEqual(room);
        }
      }),
      { numRuns: 500 },
    );
  });
});
