// Trimming: what is kept of a delivery, and when it is no duplicate but another topic.
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../src/ledger/entries.ts';
import { foldEntry } from '../../../src/ledger/fold.ts';
import { emptyState, type LedgerState } from '../../../src/ledger/state.ts';
import { keptOffsets, type TrimEvidence, trimDescriptor } from '../../../src/ledger/trim.ts';
import type { Descriptor } from '../../../src/ledger/types.ts';
import { makeDescriptor, QUARANTINE, type SampleDelivery, SOURCE, TABLE } from '../../support/memory/samples.ts';

const base = (n: number) => ({ version: 1, n, id: `e${n}`, atMs: n * 1000, contract: 'game.events' }) as const;

function land(state: LedgerState, descriptor: Descriptor): void {
  const result = trimDescriptor(state, descriptor);
  if (result.kind !== 'kept') throw new Error(`expected kept, got ${result.kind}`);
  foldEntry(state, { ...base(state.n + 1), kind: 'land', descriptors: [result.decided] });
}
function landed(...deliveries: SampleDelivery[]): LedgerState {
  const state = emptyState('game.events');
  deliveries.forEach((delivery, i) => {
    land(state, makeDescriptor(`d${i}`, [delivery]));
  });
  return state;
}
function evidence(
  delivered: readonly (readonly [number, number])[],
  stored: readonly (readonly [number, number])[],
  isComplete = true,
): TrimEvidence {
  return { isComplete, find: () => ({ delivered: new Map(delivered), stored: new Map(stored) }) };
}

describe('trimming a descriptor', () => {
  it('keeps everything of a delivery that nothing covers', () => {
    const result = trimDescriptor(emptyState('game.events'), makeDescriptor('d', [{ start: 5, classes: 'aqf.a' }]));
    expect(result).toMatchObject({ kind: 'kept', decided: { counts: { accepted: 2, quarantined: 1, filtered: 1, absent: 1 } } });
  });

  it('calls a redelivery with agreeing timestamps covered', () => {
    const state = landed({ start: 0, classes: 'aqfa' });
    expect(trimDescriptor(state, makeDescriptor('again', [{ start: 0, classes: 'aqfa' }]))).toEqual({ kind: 'covered' });
  });

  it('keeps only the uncovered offsets of a partial overlap, and says so of each file', () => {
    const state = landed({ start: 0, classes: 'aaaa' });
    const result = trimDescriptor(state, makeDescriptor('d', [{ start: 3, classes: 'aqa' }]), evidence([[3, 3000]], [[3, 3000]]));
    expect(result).toMatchObject({ kind: 'kept', decided: { counts: { accepted: 1, quarantined: 1, filtered: 0, absent: 0 } } });
    if (result.kind !== 'kept') return;
    expect(result.decided.tables.map(({ table, files }) => [table, files.map(keptOffsets)])).toEqual([
      [TABLE, [[{ sourceId: SOURCE, partition: 0, ranges: [[5, 6]] }]]],
      [QUARANTINE, [[{ sourceId: SOURCE, partition: 0, ranges: [[4, 5]] }]]],
    ]);
    expect(result.decided.tables[1]!.files[0]!.keep).toBe('all');
    expect(result.decided.ruleCounts).toEqual({});
  });

  it('is not deceived by agreeing ends: every timestamp the ledger knows in the overlap is compared', () => {
    // A recreated topic landed its records where nothing was covered; the next delivery spans them and the old topic's.
    const recreated = (offset: number): number => 777 + offset;
    const fresh = { start: 0, classes: 'a', timestampMs: recreated };
    const spanning = makeDescriptor('d', [{ start: 0, classes: 'aaaaa', timestampMs: recreated }]);
    for (const old of ['a', 'f']) {
      const state = landed(fresh, { start: 3, classes: old });
      expect(trimDescriptor(state, spanning)).toMatchObject({ kind: 'incomparable' });
      const rows = Array.from({ length: 5 }, (_, offset) => [offset, recreated(offset)] as const);
      expect(trimDescriptor(state, spanning, evidence(rows, [], false))).toMatchObject({ kind: 'park', reason: 'topic-recreated' });
    }
  });

  it('parks the source of a wholly covered delivery with another timestamp', () => {
    const state = landed({ start: 0, classes: 'aaaa' });
    const other = makeDescriptor('d', [{ start: 0, classes: 'aaaa', timestampMs: (offset) => 777 + offset }]);
    expect(trimDescriptor(state, other)).toMatchObject({ kind: 'park', sourceId: SOURCE, reason: 'topic-recreated' });
  });

  it('parks the source of a partly covered delivery with another timestamp', () => {
    const state = landed({ start: 0, classes: 'aaaa' });
    const other = makeDescriptor('d', [{ start: 0, classes: 'aaaaaaa', timestampMs: (offset) => 777 + offset }]);
    expect(trimDescriptor(state, other)).toMatchObject({ kind: 'park', reason: 'topic-recreated' });
  });

  it('asks for evidence when no remembered timestamp lies in the overlap', () => {
    const state = landed({ start: 0, classes: 'aaaaaaaaaa' });
    const inside = makeDescriptor('d', [{ start: 3, classes: 'aaa' }]);
    expect(trimDescriptor(state, inside)).toEqual({
      kind: 'incomparable',
      overlaps: [{ sourceId: SOURCE, partition: 0, ranges: [[3, 6]], isCompared: false }],
    });
    expect(trimDescriptor(state, inside, evidence([], [[4, 4000]]))).toMatchObject({ kind: 'park', reason: 'nothing-to-compare' });
    expect(trimDescriptor(state, inside, evidence([[4, 4000]], [[4, 4000]]))).toEqual({ kind: 'covered' });
    expect(trimDescriptor(state, inside, evidence([[4, 4000]], [[4, 4001]]))).toMatchObject({ kind: 'park', reason: 'topic-recreated' });
  });

  it('a record delivered at an offset proven absent parks; at one declared absent it is covered', () => {
    const proven = landed({ start: 0, classes: 'a.a' });
    expect(trimDescriptor(proven, makeDescriptor('d', [{ start: 0, classes: 'aaa' }]))).toMatchObject({
      kind: 'park',
      reason: 'topic-recreated',
    });
    const declared = landed({ start: 0, classes: 'a' }, { start: 2, classes: 'a' });
    const absent: LedgerEntry = {
      ...base(3),
      kind: 'absent',
      evidence: 'declared',
      ranges: [{ sourceId: SOURCE, partition: 0, ranges: [[1, 2]] }],
    };
    foldEntry(declared, absent);
    const only = makeDescriptor('d', [{ start: 1, classes: 'a' }]);
    expect(trimDescriptor(declared, only, evidence([], []))).toEqual({ kind: 'covered' });
  });

  it('filtered records are compared by the smallest and largest timestamp of their run', () => {
    const state = landed({ start: 0, classes: 'affffa' });
    expect(trimDescriptor(state, makeDescriptor('d', [{ start: 2, classes: 'ff' }]))).toEqual({ kind: 'covered' });
    const later = makeDescriptor('d', [{ start: 2, classes: 'ff', timestampMs: (offset) => 90_000 + offset }]);
    expect(trimDescriptor(state, later)).toMatchObject({ kind: 'park', reason: 'topic-recreated' });
    // The contract changed meanwhile: what was filtered is accepted now.
    const accepted = (timestampMs: (offset: number) => number) => makeDescriptor('d', [{ start: 2, classes: 'aa', timestampMs }]);
    expect(
      trimDescriptor(
        state,
        accepted((offset) => offset * 1000),
      ),
    ).toEqual({ kind: 'covered' });
    expect(
      trimDescriptor(
        state,
        accepted(() => 90_000),
      ),
    ).toMatchObject({ kind: 'park' });
  });

  it('an absent offset of a delivery never contradicts a record the ledger has', () => {
    const state = landed({ start: 0, classes: 'aaa' });
    expect(trimDescriptor(state, makeDescriptor('d', [{ start: 0, classes: 'a.a' }]))).toEqual({ kind: 'covered' });
  });

  it('a file source with other bytes in as many lines parks', () => {
    const state = emptyState('game.events');
    const progress = { sourceId: SOURCE, lines: 3, bytes: 30, sha256: 'aa' };
    land(state, makeDescriptor('d', [{ start: 0, classes: 'aaa' }], [progress]));
    const same = makeDescriptor('e', [{ start: 0, classes: 'aaa' }], [progress]);
    expect(trimDescriptor(state, same)).toEqual({ kind: 'covered' });
    const other = makeDescriptor('e', [{ start: 0, classes: 'aaa' }], [{ ...progress, sha256: 'bb' }]);
    expect(trimDescriptor(state, other)).toMatchObject({ kind: 'park', reason: 'file-changed' });
  });
});
