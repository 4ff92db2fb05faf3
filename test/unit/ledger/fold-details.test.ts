// The fold in detail: what each kind of entry leaves in the state, and what a second one like it adds.
import { describe, expect, it } from 'vitest';
import type { DecidedDescriptor, LedgerEntry } from '../../../src/ledger/entries.ts';
import { foldEntry } from '../../../src/ledger/fold.ts';
import { emptyState, entriesToApply, type LedgerState, markApplied } from '../../../src/ledger/state.ts';
import { trimDescriptor } from '../../../src/ledger/trim.ts';
import type { FileProgress } from '../../../src/ledger/types.ts';
import { makeDescriptor, QUARANTINE, type SampleDelivery, SOURCE, TABLE } from '../../support/memory/samples.ts';

type Draft = LedgerEntry extends infer E ? (E extends LedgerEntry ? Omit<E, 'version' | 'n' | 'id' | 'atMs' | 'contract'> : never) : never;

/** Folds the next entry. */
function add(state: LedgerState, draft: Draft): LedgerState {
  const n = state.n + 1;
  foldEntry(state, { version: 1, n, id: `e${n}`, atMs: n * 1000, contract: 'game.events', ...draft } as LedgerEntry);
  return state;
}
function decided(state: LedgerState, delivery: SampleDelivery, id = `d${state.n + 1}`, files?: readonly FileProgress[]): DecidedDescriptor {
  const result = trimDescriptor(state, makeDescriptor(id, [delivery], files));
  if (result.kind !== 'kept') throw new Error(`expected kept, got ${result.kind}`);
  return result.decided;
}
function land(
  state: LedgerState,
  delivery: SampleDelivery,
  change: (one: DecidedDescriptor) => DecidedDescriptor = (one) => one,
): LedgerState {
  return add(state, { kind: 'land', descriptors: [change(decided(state, delivery))] });
}
const landed = (...deliveries: SampleDelivery[]) => deliveries.reduce((state, one) => land(state, one), emptyState('game.events'));
const source = (state: LedgerState) => state.sources.get(SOURCE)!;
const partition = (state: LedgerState) => source(state).partitions.get(0)!;
const table = (state: LedgerState) => state.tables.get(TABLE)!;

describe('a land entry', () => {
  it('names its descriptor as decided, with its number', () => {
    expect([...landed({ start: 0, classes: 'a' }, { start: 1, classes: 'a' }).decided]).toEqual([
      ['d1', 1],
      ['d2', 2],
    ]);
  });

  it('says which table it was staged for, and the first one stays', () => {
    const state = land(landed({ start: 0, classes: 'a' }), { start: 1, classes: 'a' }, (one) => ({
      ...one,
      tables: one.tables.map((each) => ({ ...each, tableUuid: 'another' })),
    }));
    expect(table(state).uuid).toBe(`uuid-${TABLE}`);
  });

  it('adds its counts of rules to those before', () => {
    const state = landed({ start: 0, classes: 'qq' }, { start: 2, classes: 'q' });
    expect([...state.ruleCounts]).toEqual([['required:quarantine', 3]]);
  });

  it('leaves the time of the last one', () => {
    expect(partition(landed({ start: 0, classes: 'a' }, { start: 1, classes: 'a' })).lastAtMs).toBe(2000);
  });

  it('raises the largest event time and never lowers it', () => {
    const at = (maxEventTimeMs: number) => (one: DecidedDescriptor) => ({
      ...one,
      sources: one.sources.map((each) => ({ ...each, partitions: each.partitions.map((classes) => ({ ...classes, maxEventTimeMs })) })),
    });
    const state = land(emptyState('game.events'), { start: 0, classes: 'a' }, at(500));
    expect(partition(state).maxEventTimeMs).toBe(500);
    land(state, { start: 1, classes: 'a' }, at(400));
    expect(partition(state).maxEventTimeMs).toBe(500);
    land(state, { start: 2, classes: 'a' }, at(600));
    expect(partition(state).maxEventTimeMs).toBe(600);
    expect(partition(landed({ start: 0, classes: 'a' })).maxEventTimeMs).toBeUndefined();
  });

  it('takes the progress of a file forward, never back', () => {
    const file = (lines: number, bytes: number): FileProgress => ({ sourceId: SOURCE, lines, bytes, sha256: `${lines}` });
    const state = emptyState('game.events');
    const progress = (start: number, at: FileProgress) => {
      add(state, { kind: 'land', descriptors: [decided(state, { start, classes: 'a' }, `f${start}`, [at])] });
      return source(state).file;
    };
    expect(progress(0, file(0, 0))).toEqual(file(0, 0));
    expect(progress(1, file(3, 30))).toEqual(file(3, 30));
    expect(progress(2, file(2, 20))).toEqual(file(3, 30));
    expect(progress(3, { ...file(3, 31), sha256: '3' })).toEqual({ ...file(3, 31), sha256: '3' });
    expect(progress(4, { ...file(9, 90), sourceId: 'unknown/events/1' })).toEqual({ ...file(3, 31), sha256: '3' });
  });

  it('is pending once for a table, however many of its descriptors hold something', () => {
    const state = emptyState('game.events');
    const first = decided(state, { start: 0, classes: 'a' }, 'x');
    const second = decided(state, { start: 5, classes: 'a' }, 'y');
    add(state, { kind: 'land', descriptors: [first, second] });
    land(state, { start: 9, classes: 'aq' });
    expect(table(state).pending).toEqual([1, 2]);
    expect(state.tables.get(QUARANTINE)!.pending).toEqual([2]);
  });
});

describe('an absent entry', () => {
  const absent = (state: LedgerState, evidence: 'proven' | 'declared', range: readonly [number, number]) =>
    add(state, { kind: 'absent', evidence, cause: 'no-record', ranges: [{ sourceId: SOURCE, partition: 0, ranges: [range] }] } as Draft);

  it('covers its offsets in the class of its evidence and counts them', () => {
    const state = absent(absent(landed({ start: 5, classes: 'a' }), 'proven', [2, 4]), 'declared', [0, 2]);
    expect(partition(state)).toMatchObject({
      absent: [[2, 4]],
      declared: [[0, 2]],
      covered: [
        [0, 4],
        [5, 6],
      ],
      start: 0,
      lastAtMs: 3000,
    });
    expect(source(state).counts).toEqual({ accepted: 1, quarantined: 0, filtered: 0, absent: 4 });
  });

  it('above what was covered leaves where the contract began', () => {
    expect(partition(absent(landed({ start: 5, classes: 'a' }), 'proven', [6, 8])).start).toBe(5);
  });
});

describe('a source entry', () => {
  it('adds what was observed and never changes what is known', () => {
    const state = emptyState('game.events');
    add(state, { kind: 'source', sources: [{ sourceId: SOURCE, topic: 'events', observed: { topicId: 't1' } }] });
    add(state, { kind: 'source', sources: [{ sourceId: SOURCE, topic: 'events', observed: { topicId: 't2', clusterId: 'c' } }] });
    expect(source(state).observed).toEqual({ topicId: 't1', clusterId: 'c' });
  });

  it('inherits what nothing covers, from where that begins', () => {
    const state = landed({ start: 6, classes: 'a' });
    const inherited = [{ partition: 0, ranges: [[3, 9]], edges: [[3, 3000]], filteredTimestamps: [] }] as never;
    add(state, { kind: 'source', sources: [{ sourceId: SOURCE, topic: 'events', observed: {}, inherited }] });
    expect(partition(state)).toMatchObject({
      inherited: [
        [3, 6],
        [7, 9],
      ],
      covered: [[3, 9]],
      start: 3,
      lastAtMs: 2000,
    });
    add(state, { kind: 'source', sources: [{ sourceId: SOURCE, topic: 'events', observed: {}, inherited }] });
    expect(partition(state).lastAtMs).toBe(2000);
  });
});

describe('an unpark of a table', () => {
  const unpark = (state: LedgerState, given: object) =>
    add(state, { kind: 'unpark', target: { table: TABLE }, tables: [], holds: [], instead: {}, ...given } as Draft);
  const parked = () =>
    add(landed({ start: 0, classes: 'a' }, { start: 1, classes: 'a' }), {
      kind: 'park',
      target: { table: TABLE },
      reason: 'rolled-back',
      message: 'm',
    } as Draft);

  it('that names no other table keeps the one known, and what is pending', () => {
    const state = unpark(parked(), {});
    expect(table(state)).toMatchObject({ parked: undefined, uuid: `uuid-${TABLE}`, pending: [1, 2], floor: 0 });
  });

  it('that rebuilds begins with its own entry', () => {
    const state = parked();
    markApplied(table(state), 1);
    unpark(state, { tableUuid: 'new', reset: true, holds: [TABLE] });
    expect(table(state)).toMatchObject({ uuid: 'new', pending: [4], floor: 0 });
  });

  it('that adopts goes on from a snapshot and applies some entries again, in order', () => {
    const state = landed(...Array.from({ length: 11 }, (_, i) => ({ start: i, classes: 'a' })));
    markApplied(table(state), 9);
    unpark(state, { adopt: { snapshotId: '7', applied: 8 }, again: [9, 2], holds: [TABLE] });
    expect(table(state)).toMatchObject({ adopt: { snapshotId: '7', applied: 8, entry: 12 }, pending: [2, 9, 10, 11, 12], floor: 8 });
  });

  it('adds to the files that stand for lost ones, and to the rows that are gone', () => {
    const gone = (start: number) => [{ sourceId: SOURCE, partition: 0, ranges: [[start, start + 1]] }];
    const state = unpark(parked(), { instead: { a: 'b' }, gone: gone(0) });
    unpark(state, { instead: { c: 'd' }, gone: gone(1) });
    unpark(state, { gone: [] });
    expect(table(state).instead).toEqual({ a: 'b', c: 'd' });
    expect(Object.values(table(state).removed)).toEqual([[...gone(0), ...gone(1)]]);
  });
});

describe('how far a table is', () => {
  it('what is applied is pending no more, and an adoption is done once its entry is', () => {
    const state = landed({ start: 0, classes: 'a' }, { start: 1, classes: 'a' }, { start: 2, classes: 'a' });
    const at = table(state);
    at.adopt = { snapshotId: '7', applied: 0, entry: 2 };
    markApplied(at, 1);
    expect(at).toMatchObject({ floor: 1, pending: [2, 3], adopt: { entry: 2 } });
    markApplied(at, 2);
    expect(at).toMatchObject({ floor: 2, pending: [3], adopt: undefined });
    markApplied(at, 1);
    expect(at.floor).toBe(2);
  });

  it('a parked table applies nothing, one parked by a rule what came before', () => {
    const at = table(landed({ start: 0, classes: 'a' }, { start: 1, classes: 'a' }, { start: 2, classes: 'a' }));
    expect(entriesToApply(at, 1)).toEqual([2, 3]);
    at.parked = { entry: 3, reason: 'rule', message: 'm', applyThrough: 2 };
    expect(entriesToApply(at, 0)).toEqual([1, 2]);
    at.parked = { entry: 3, reason: 'rolled-back', message: 'm' };
    expect(entriesToApply(at, 0)).toEqual([]);
  });
});
