// What is left of a descriptor that is partly covered: exactly the uncovered offsets, in classes, files and rules alike; and how much
// evidence a drop needs.
import { describe, expect, it } from 'vitest';
import type { DecidedDescriptor } from '../../../src/ledger/entries.ts';
import { emptyState, type LedgerState } from '../../../src/ledger/state.ts';
import { keptOffsets, mergeSourceRanges, type TrimEvidence, trimDescriptor } from '../../../src/ledger/trim.ts';
import type { Descriptor } from '../../../src/ledger/types.ts';
import { addEntry, CONTRACT, landedState } from '../../support/memory/folded.ts';
import { makeDescriptor, makeFile, QUARANTINE, SOURCE, TABLE } from '../../support/memory/samples.ts';

const NOTHING_MORE: TrimEvidence = { find: () => undefined, isComplete: true };

function kept(state: LedgerState, descriptor: Descriptor): DecidedDescriptor {
  const result = trimDescriptor(state, descriptor, NOTHING_MORE);
  if (result.kind !== 'kept') throw new Error(`expected kept, got ${result.kind}`);
  return result.decided;
}
const at = (partition: number, ...ranges: (readonly [number, number])[]) => ({ sourceId: SOURCE, partition, ranges });

describe('what a trimmed descriptor keeps', () => {
  it('of a class that is wholly covered nothing is left: no ranges, no table, no file', () => {
    const decided = kept(landedState({ start: 0, classes: 'a' }), makeDescriptor('d', [{ start: 0, classes: 'aq' }]));
    expect(decided.sources[0]!.partitions[0]).toMatchObject({ accepted: {}, quarantined: [[1, 2]] });
    expect(Object.keys(decided.sources[0]!.partitions[0]!.accepted)).toEqual([]);
    expect(decided.tables.map(({ table }) => table)).toEqual([QUARANTINE]);
  });

  it('of a partition that is wholly covered nothing is left, in the classes or in the files', () => {
    const state = landedState({ start: 0, classes: 'aa', partition: 0 });
    const descriptor = makeDescriptor('d', [
      { start: 0, classes: 'aa', partition: 0 },
      { start: 0, classes: 'aa', partition: 1 },
    ]);
    const decided = kept(state, descriptor);
    expect(decided.sources[0]!.partitions.map(({ partition }) => partition)).toEqual([1]);
    expect(decided.tables[0]!.files.map(({ keep }) => keep)).toEqual([[at(1, [0, 2])]]);
    expect(decided.counts).toEqual({ accepted: 2, quarantined: 0, filtered: 0, absent: 0 });
  });

  it('of a source that is wholly covered nothing is left', () => {
    const state = landedState({ start: 0, classes: 'a' });
    const decided = kept(
      state,
      makeDescriptor('d', [
        { start: 0, classes: 'a' },
        { start: 0, classes: 'a', sourceId: 'other/events/1' },
      ]),
    );
    expect(decided.sources.map(({ sourceId }) => sourceId)).toEqual(['other/events/1']);
  });

  it('of several files, one whose rows are all covered is left out, and one of which none is covered is kept whole', () => {
    const descriptor = makeDescriptor('d', [{ start: 0, classes: 'aaa' }]);
    const files = [makeFile('old', [at(0, [0, 1])]), makeFile('mixed', [at(0, [1, 2])]), makeFile('new', [at(0, [2, 3])])];
    const decided = kept(landedState({ start: 0, classes: 'aa' }), { ...descriptor, tables: [{ ...descriptor.tables[0]!, files }] });
    expect(decided.tables[0]!.files.map(({ path, keep }) => [path, keep])).toEqual([['new', 'all']]);
    expect(decided.tables[0]!.files.flatMap(keptOffsets)).toEqual([at(0, [2, 3])]);
  });

  it('rules that ask to stop are kept for uncovered records alone; without one the entry does not speak of rules', () => {
    const state = landedState({ start: 0, classes: 'aa' });
    const rule = (offset: number) => ({ table: TABLE, rule: 'stop', sourceId: SOURCE, partition: 0, offset });
    const descriptor = (...offsets: number[]): Descriptor => ({
      ...makeDescriptor('d', [{ start: 0, classes: 'aaa' }]),
      park: offsets.map(rule),
    });
    expect(kept(state, descriptor(0, 1, 2)).park).toEqual([rule(2)]);
    expect(kept(state, descriptor(0, 1))).not.toHaveProperty('park');
    expect(kept(state, descriptor())).not.toHaveProperty('park');
    expect(kept(emptyState(CONTRACT), descriptor(0, 2)).park).toEqual([rule(0), rule(2)]);
  });

  it('says of files and rules only what the descriptor said', () => {
    const decided = kept(emptyState(CONTRACT), makeDescriptor('d', [{ start: 0, classes: 'a' }]));
    expect(Object.keys(decided)).not.toContain('files');
    expect(Object.keys(decided)).not.toContain('park');
  });

  it('counts of rules are kept only of a descriptor that was not trimmed', () => {
    const descriptor = makeDescriptor('d', [{ start: 0, classes: 'qq' }]);
    expect(kept(emptyState(CONTRACT), descriptor).ruleCounts).toEqual({ 'required:quarantine': 2 });
    expect(kept(landedState({ start: 0, classes: 'q' }), descriptor).ruleCounts).toEqual({});
  });

  it('is refused when its files do not bring what its classes say', () => {
    const descriptor = makeDescriptor('d', [{ start: 0, classes: 'aq' }]);
    expect(() => kept(emptyState(CONTRACT), { ...descriptor, tables: descriptor.tables.slice(1) })).toThrow(
      /files of a decided descriptor hold its accepted and quarantined offsets/,
    );
  });
});

describe('the evidence that a drop needs', () => {
  it('a declared offset needs none, and none is asked for', () => {
    const state = landedState({ start: 0, classes: 'a' });
    addEntry(state, { kind: 'absent', evidence: 'declared', ranges: [at(0, [1, 2])] });
    expect(trimDescriptor(state, makeDescriptor('d', [{ start: 1, classes: 'a' }]))).toEqual({ kind: 'covered' });
  });

  it('what is known of a declared offset suffices for those dropped with it, once no more rows can be read', () => {
    const state = landedState({ start: 0, classes: 'aaa' });
    addEntry(state, { kind: 'absent', evidence: 'declared', ranges: [at(0, [3, 4])] });
    const descriptor = makeDescriptor('d', [{ start: 1, classes: 'a.a' }]);
    expect(trimDescriptor(state, descriptor)).toEqual({ kind: 'incomparable', overlaps: [{ ...at(0, [1, 2]), isCompared: false }] });
    expect(trimDescriptor(state, descriptor, NOTHING_MORE)).toEqual({ kind: 'covered' });
  });

  it('timestamps that agree suffice, once no more rows can be read, though the ledger knows others', () => {
    const state = landedState({ start: 0, classes: 'a' }, { start: 3, classes: 'a' });
    const spanning = makeDescriptor('d', [{ start: 0, classes: 'aaaaa' }]);
    expect(trimDescriptor(state, spanning)).toEqual({ kind: 'incomparable', overlaps: [{ ...at(0, [3, 4]), isCompared: true }] });
    expect(kept(state, spanning).counts.accepted).toBe(3);
  });

  it('is asked for at once for all partitions of a descriptor', () => {
    const state = landedState({ start: 0, classes: 'aaa', partition: 0 }, { start: 0, classes: 'aaa', partition: 1 });
    const descriptor = makeDescriptor('d', [
      { start: 1, classes: 'a', partition: 0 },
      { start: 1, classes: 'a', partition: 1 },
    ]);
    expect(trimDescriptor(state, descriptor)).toEqual({
      kind: 'incomparable',
      overlaps: [0, 1].map((one) => ({ ...at(one, [1, 2]), isCompared: false })),
    });
  });
});

describe('a file source', () => {
  it('parks only when as many lines are other bytes: more or fewer lines say nothing', () => {
    const state = emptyState(CONTRACT);
    const progress = { sourceId: SOURCE, lines: 3, bytes: 30, sha256: 'aa' };
    addEntry(state, { kind: 'land', descriptors: [kept(state, makeDescriptor('d', [{ start: 0, classes: 'aaa' }], [progress]))] });
    const other = (change: object): string =>
      trimDescriptor(state, makeDescriptor('e', [{ start: 3, classes: 'a' }], [{ ...progress, sha256: 'bb', ...change }])).kind;
    expect(other({})).toBe('park');
    expect(other({ lines: 4 })).toBe('kept');
    expect(other({ lines: 2 })).toBe('kept');
    expect(other({ sourceId: 'other/events/1' })).toBe('kept');
  });
});

describe('offsets of several entries together', () => {
  it('are merged by source and partition', () => {
    const other = { sourceId: 'other/events/1', partition: 0, ranges: [[0, 1]] as const };
    expect(mergeSourceRanges([at(0, [4, 6]), at(1, [0, 1]), other, at(0, [0, 2], [6, 7]), at(0, [1, 4])])).toEqual([
      at(0, [0, 7]),
      at(1, [0, 1]),
      other,
    ]);
    expect(mergeSourceRanges([])).toEqual([]);
  });
});
