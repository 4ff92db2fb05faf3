// The fold: what the state says after entries of every kind, and that it survives a checkpoint.
import { describe, expect, it } from 'vitest';
import { encodeCheckpoint, parseCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import type { DecidedDescriptor, LedgerEntry } from '../../../src/ledger/entries.ts';
import { foldEntry } from '../../../src/ledger/fold.ts';
import { cloneState, emptyState, entriesToApply, type LedgerState, markApplied, unverifiedOf } from '../../../src/ledger/state.ts';
import { trimDescriptor } from '../../../src/ledger/trim.ts';
import { makeDescriptor, makePartition, QUARANTINE, type SampleDelivery, SOURCE, TABLE } from '../../support/memory/samples.ts';

const base = (n: number) => ({ version: 1, n, id: `e${n}`, atMs: n * 1000, contract: 'game.events' }) as const;

function decidedOf(state: LedgerState, delivery: SampleDelivery, id = `d${state.n}`): DecidedDescriptor {
  const result = trimDescriptor(state, makeDescriptor(id, [delivery]));
  if (result.kind !== 'kept') throw new Error(`expected kept, got ${result.kind}`);
  return result.decided;
}
function fold(...deliveries: SampleDelivery[]): LedgerState {
  const state = emptyState('game.events');
  for (const delivery of deliveries) foldEntry(state, { ...base(state.n + 1), kind: 'land', descriptors: [decidedOf(state, delivery)] });
  return state;
}
const partition = (state: LedgerState, sourceId = SOURCE) => state.sources.get(sourceId)!.partitions.get(0)!;

describe('folding entries', () => {
  it('a land entry covers its offsets by class and is pending for the tables it holds something for', () => {
    const state = fold({ start: 2, classes: 'aqf.a' }, { start: 10, classes: 'ff' });
    expect(partition(state)).toMatchObject({
      start: 2,
      covered: [
        [2, 7],
        [10, 12],
      ],
      quarantined: [[3, 4]],
      absent: [[5, 6]],
    });
    expect(state.sources.get(SOURCE)!.counts).toEqual({ accepted: 2, quarantined: 1, filtered: 3, absent: 1 });
    expect(state.tables.get(TABLE)!.pending).toEqual([1]);
    expect(state.tables.get(QUARANTINE)!.pending).toEqual([1]);
    expect(unverifiedOf(partition(state))).toEqual([[7, 10]]);
  });

  it('an entry that covers an offset a second time is refused', () => {
    const state = fold({ start: 0, classes: 'aa' });
    const again = decidedOf(emptyState('game.events'), { start: 1, classes: 'aa' });
    expect(() => foldEntry(state, { ...base(2), kind: 'land', descriptors: [again] })).toThrow(/covers only offsets that no entry covered/);
  });

  it('entries are folded in order and for their own contract', () => {
    const state = fold({ start: 0, classes: 'a' });
    const entry: LedgerEntry = { ...base(3), kind: 'source', sources: [] };
    expect(() => foldEntry(state, entry)).toThrow(/folded in order/);
    expect(() => foldEntry(state, { ...base(2), contract: 'other', kind: 'source', sources: [] })).toThrow(/contract of its folder/);
  });

  it('a redrive moves offsets from the quarantine to a table and holds for both', () => {
    const state = fold({ start: 0, classes: 'aqq' });
    const classes = { ...makePartition({ start: 1, classes: 'a' }), edges: [] };
    foldEntry(state, {
      ...base(2),
      kind: 'redrive',
      plan: { id: 'p', unit: 1, basis: 1 },
      sources: [{ sourceId: SOURCE, topic: 'events', partitions: [classes] }],
      tables: [],
      holds: [TABLE, QUARANTINE],
      gone: [],
    });
    expect(partition(state).accepted.get(TABLE)).toEqual([[0, 2]]);
    expect(partition(state).quarantined).toEqual([[2, 3]]);
    expect(state.sources.get(SOURCE)!.counts).toEqual({ accepted: 2, quarantined: 1, filtered: 0, absent: 0 });
    expect(state.tables.get(QUARANTINE)!.pending).toEqual([1, 2]);
  });

  it('a new generation inherits what landed under the old one as covered', () => {
    const state = fold({ start: 0, classes: 'aa' });
    const inherited = [{ partition: 0, ranges: [[0, 2]] as const, edges: [[0, 0]] as const, filteredTimestamps: [] }];
    foldEntry(state, { ...base(2), kind: 'source', sources: [{ sourceId: 'main/events/2', topic: 'events', observed: {}, inherited }] });
    expect(partition(state, 'main/events/2')).toMatchObject({ covered: [[0, 2]], inherited: [[0, 2]] });
    const again = makeDescriptor('d', [{ start: 0, classes: 'aa', sourceId: 'main/events/2' }]);
    expect(trimDescriptor(state, again)).toEqual({ kind: 'covered' });
  });

  it('park and unpark of a table and of a source', () => {
    const state = fold({ start: 0, classes: 'a' });
    foldEntry(state, { ...base(2), kind: 'park', target: { table: TABLE }, reason: 'rolled-back', message: 'm' });
    foldEntry(state, { ...base(3), kind: 'park', target: { sourceId: SOURCE }, reason: 'topic-recreated', message: 'm' });
    expect(state.tables.get(TABLE)!.parked).toMatchObject({ entry: 2, reason: 'rolled-back' });
    expect(entriesToApply(state.tables.get(TABLE)!, 0)).toEqual([]);
    const unpark = { kind: 'unpark', tables: [], holds: [], instead: {} } as const;
    foldEntry(state, { ...base(4), ...unpark, target: { table: TABLE }, tableUuid: 'u2', reset: true, holds: [TABLE] });
    foldEntry(state, { ...base(5), ...unpark, target: { sourceId: SOURCE } });
    expect(state.tables.get(TABLE)).toMatchObject({ uuid: 'u2', pending: [4], parked: undefined });
    expect(state.sources.get(SOURCE)!.parked).toBeUndefined();
  });

  it('a rule that asks to stop parks the table after the entry that broke it', () => {
    const state = emptyState('game.events');
    const decided = decidedOf(state, { start: 0, classes: 'aq' });
    const park = [{ table: TABLE, rule: 'stop', sourceId: SOURCE, partition: 0, offset: 1 }];
    foldEntry(state, { ...base(1), kind: 'land', descriptors: [{ ...decided, park }] });
    foldEntry(state, { ...base(2), kind: 'land', descriptors: [decidedOf(state, { start: 2, classes: 'a' })] });
    expect(entriesToApply(state.tables.get(TABLE)!, 0)).toEqual([1]);
  });

  it('a table forgets entries it is known to have applied and remembers how far it was', () => {
    const state = fold({ start: 0, classes: 'a' }, { start: 1, classes: 'a' }, { start: 2, classes: 'a' });
    const table = state.tables.get(TABLE)!;
    markApplied(table, 2);
    expect(table).toMatchObject({ floor: 2, pending: [3] });
    markApplied(table, 1);
    expect(table.floor).toBe(2);
  });

  it('erased rows stay covered and are counted under their rule', () => {
    const state = fold({ start: 0, classes: 'aa' });
    const removed = [{ table: TABLE, sourceId: SOURCE, partition: 0, ranges: [[0, 1]] as const }];
    foldEntry(state, { ...base(2), kind: 'erase', rule: 'retention', removed, holds: [TABLE] });
    expect(partition(state).covered).toEqual([[0, 2]]);
    expect(state.tables.get(TABLE)!.removed).toEqual({ retention: [{ sourceId: SOURCE, partition: 0, ranges: [[0, 1]] }] });
  });

  it('a clone is folded on without changing the original', () => {
    const state = fold({ start: 0, classes: 'aq' });
    const before = encodeCheckpoint(state);
    const copy = cloneState(state);
    foldEntry(copy, { ...base(2), kind: 'land', descriptors: [decidedOf(copy, { start: 2, classes: 'afq' })] });
    foldEntry(copy, { ...base(3), kind: 'park', target: { table: TABLE }, reason: 'rolled-back', message: 'm' });
    expect(encodeCheckpoint(state).equals(before)).toBe(true);
  });

  it('a checkpoint gives back the very state', () => {
    const state = fold({ start: 0, classes: 'aqf.a' }, { start: 9, classes: 'ff' });
    foldEntry(state, { ...base(3), kind: 'park', target: { table: TABLE }, reason: 'rolled-back', message: 'm' });
    expect(parseCheckpoint(encodeCheckpoint(state), 3)).toEqual(state);
    expect(() => parseCheckpoint(encodeCheckpoint(state), 4)).toThrow(/expected 4/);
  });

  it('a checkpoint whose counts are not those of its ranges is never written', () => {
    const state = fold({ start: 0, classes: 'aa' });
    state.sources.get(SOURCE)!.counts = { accepted: 3, quarantined: 0, filtered: 0, absent: 0 };
    expect(() => encodeCheckpoint(state)).toThrow(/counts of a source are those of its ranges/);
  });
});
