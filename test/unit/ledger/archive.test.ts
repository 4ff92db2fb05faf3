// Segments of old classes: what moves, what a segment that is none is called, and what is known when some are gone.
import { describe, expect, it } from 'vitest';
import { InputRefusedError } from '../../../src/errors.ts';
import { archiveClasses, parseSegment, restoreClasses, restoreClassesLeft, type SegmentPartition } from '../../../src/ledger/archive.ts';
import { encodeCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { compressJson } from '../../../src/ledger/entry-codec.ts';
import type { Ranges } from '../../../src/ledger/ranges.ts';
import {
  countsOfSource,
  emptyState,
  type LedgerState,
  NOTHING_ARCHIVED,
  type PartitionState,
  partitionOf,
  sourceOf,
} from '../../../src/ledger/state.ts';
import { CONTRACT } from '../../support/memory/folded.ts';
import { SOURCE, TABLE } from '../../support/memory/samples.ts';

/** One range of each class, in two tables; 1, 2, 4 … offsets long. */
function stateOfEachClass(): LedgerState {
  const state = emptyState(CONTRACT);
  const source = sourceOf(state, SOURCE, 'events');
  Object.assign(partitionOf(source, { partition: 0 }), {
    start: 0,
    covered: [[0, 127]],
    accepted: new Map([
      [TABLE, [[0, 1]]],
      ['game.others', [[1, 3]]],
    ]),
    quarantined: [[3, 7]],
    filtered: [[7, 15]],
    absent: [[15, 31]],
    declared: [[31, 63]],
    inherited: [[63, 127]],
  });
  source.counts = countsOfSource(source);
  return state;
}
const partition = (state: LedgerState): PartitionState => state.sources.get(SOURCE)!.partitions.get(0)!;

describe('promise 10, bounded: moving old classes to a segment', () => {
  it('begins above the bound, counted over all classes, tables and partitions', () => {
    const state = stateOfEachClass();
    Object.assign(partitionOf(state.sources.get(SOURCE)!, { partition: 1 }), { covered: [[0, 1]], filtered: [[0, 1]] });
    expect(archiveClasses(state, { rangesMax: 8, kept: 1, name: 's' })).toBeUndefined();
    expect(archiveClasses(state, { rangesMax: 7, kept: 1, name: 's' })).toBeDefined();
  });

  it('leaves the newest ranges of each partition, and a partition that has no more as it is', () => {
    const state = stateOfEachClass();
    const archived = archiveClasses(state, { rangesMax: 0, kept: 2, name: 'first' })!;
    const left = partition(archived.state);
    expect(left).toMatchObject({
      declared: [[31, 63]],
      inherited: [[63, 127]],
      absent: [],
      filtered: [],
      quarantined: [],
      covered: [[0, 127]],
    });
    expect([...left.accepted.values()].flat()).toEqual([]);
    expect(left.archived).toEqual({ accepted: 3, quarantined: 4, filtered: 8, absent: 16, declared: 0, inherited: 0 });
    expect(archived.state.segments).toEqual(['first']);
    expect(partition(archiveClasses(state, { rangesMax: 0, kept: 7, name: 's' })!.state)).toBe(partition(state));
  });

  it('changes neither the state it was made from, nor coverage and counts', () => {
    const state = stateOfEachClass();
    const before = encodeCheckpoint(state);
    const archived = archiveClasses(state, { rangesMax: 0, kept: 1, name: 's' })!;
    expect(encodeCheckpoint(state).equals(before)).toBe(true);
    expect(countsOfSource(archived.state.sources.get(SOURCE)!)).toEqual(countsOfSource(state.sources.get(SOURCE)!));
  });

  it('a second time adds to what is in segments', () => {
    const state = archiveClasses(stateOfEachClass(), { rangesMax: 0, kept: 1, name: 'a' })!.state;
    const more: Readonly<Record<string, Ranges>> = {
      declared: [[200, 201]],
      inherited: [
        [63, 127],
        [210, 212],
      ],
      absent: [[220, 221]],
    };
    Object.assign(partition(state), more);
    const again = archiveClasses(state, { rangesMax: 0, kept: 1, name: 'b' })!;
    expect(partition(again.state).archived).toEqual({ accepted: 3, quarantined: 4, filtered: 8, absent: 16, declared: 33, inherited: 66 });
    expect(again.state.segments).toEqual(['a', 'b']);
    const [moved] = parseSegment(again.bytes, { name: 'b', contract: CONTRACT });
    expect(moved).toMatchObject({
      sourceId: SOURCE,
      partition: 0,
      declared: [[200, 201]],
      inherited: [
        [63, 127],
        [210, 212],
      ],
    });
  });
});

describe('a segment', () => {
  const steps = (absent: readonly unknown[]) => ({
    sourceId: SOURCE,
    partition: 0,
    accepted: {},
    quarantined: [],
    filtered: [],
    absent,
    declared: [],
    inherited: [],
  });
  const read = (absent: readonly unknown[], contract = CONTRACT) =>
    parseSegment(compressJson({ version: 1, contract: CONTRACT, partitions: [steps(absent)] }), { name: 's1', contract });

  it('says ranges as pairs of gap and length', () => {
    expect(read([2, 3, 1, 1])[0]!.absent).toEqual([
      [2, 5],
      [6, 7],
    ]);
    expect(read([0, Number.MAX_SAFE_INTEGER])[0]!.absent).toEqual([[0, Number.MAX_SAFE_INTEGER]]);
  });

  it.each([
    ['a gap without a length', [2, 3, 1]],
    ['a range without an offset', [2, 0]],
    ['ranges that touch', [2, 3, 0, 1]],
    ['offsets beyond the safe integers', [1, Number.MAX_SAFE_INTEGER]],
  ])('with %s is refused', (_, numbers) => {
    expect(() => read(numbers)).toThrow(InputRefusedError);
    expect(() => read(numbers)).toThrow(/segment s1\.partitions\[0\]\.absent: expected pairs of gap and length/);
  });

  it('of another contract is refused', () => {
    expect(() => read([], 'game.others')).toThrow(/segment s1\.contract: expected game\.others/);
  });
});

describe('what segments give back', () => {
  const held = (classes: Partial<SegmentPartition>): SegmentPartition => ({
    sourceId: SOURCE,
    partition: 0,
    accepted: {},
    quarantined: [],
    filtered: [],
    absent: [],
    declared: [],
    inherited: [],
    ...classes,
  });
  function archivedPartition(): PartitionState {
    const target = partitionOf(sourceOf(emptyState(CONTRACT), SOURCE, 'events'), { partition: 0 });
    const archived = { ...NOTHING_ARCHIVED, accepted: 4, quarantined: 4 };
    return Object.assign(target, { start: 0, covered: [[0, 10]], filtered: [[8, 10]], archived });
  }
  const oldest = held({ accepted: { [TABLE]: [[0, 4]] }, quarantined: [[4, 6]] });
  const newest = held({ quarantined: [[6, 8]] });

  it('all of them: every class, and nothing is in a segment any more', () => {
    const target = archivedPartition();
    restoreClasses(target, [newest, oldest]);
    expect(target).toMatchObject({ quarantined: [[4, 8]], filtered: [[8, 10]], covered: [[0, 10]], archived: NOTHING_ARCHIVED });
    expect(target.accepted.get(TABLE)).toEqual([[0, 4]]);
  });

  it('of two that name an offset the later is right, and the state itself later than all', () => {
    const target = archivedPartition();
    restoreClasses(target, [held({ accepted: { [TABLE]: [[4, 8]] }, quarantined: [[9, 10]] }), oldest]);
    expect(target.quarantined).toEqual([]);
    expect(target.accepted.get(TABLE)).toEqual([[0, 8]]);
  });

  it('too few of them break the promise that every covered offset has a class', () => {
    expect(() => restoreClasses(archivedPartition(), [newest])).toThrow(/segments hold the class of every covered offset/);
  });

  it('those that are left: offsets of the others are covered no more', () => {
    const target = archivedPartition();
    restoreClassesLeft(target, [newest, 'gone']);
    expect(target).toMatchObject({
      quarantined: [[6, 8]],
      covered: [[6, 10]],
      archived: NOTHING_ARCHIVED,
    });
  });

  it('what was quarantined before a segment that is gone may have been redriven in it, so it is not given back', () => {
    const lost = archivedPartition();
    restoreClassesLeft(lost, ['gone', newest, oldest]);
    expect(lost).toMatchObject({
      quarantined: [],
      covered: [
        [0, 4],
        [8, 10],
      ],
    });
    const between = archivedPartition();
    restoreClassesLeft(between, [newest, 'gone', oldest]);
    expect(between).toMatchObject({
      quarantined: [[6, 8]],
      covered: [
        [0, 4],
        [6, 10],
      ],
    });
    const whole = archivedPartition();
    restoreClassesLeft(whole, [newest, oldest]);
    expect(whole).toMatchObject({ quarantined: [[4, 8]], covered: [[0, 10]] });
  });
});
