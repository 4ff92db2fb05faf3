// The fold of entries that plans, operators and retention make: what they move, what waits for whom, and that an entry that says nothing
// changes nothing.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { EntryDraft } from '../../../src/ledger/entries.ts';
import { emptyState, type LedgerState, partitionOf, sourceOf } from '../../../src/ledger/state.ts';
import { addEntry, CONTRACT, landedState } from '../../support/memory/folded.ts';
import { makePartition, QUARANTINE, type SampleDelivery, SOURCE, TABLE } from '../../support/memory/samples.ts';

const source = (state: LedgerState) => state.sources.get(SOURCE)!;
const partition = (state: LedgerState) => source(state).partitions.get(0)!;

function reclass(kind: 'redrive' | 'replay' | 'replace', delivery: SampleDelivery, holds: readonly string[] = []): EntryDraft {
  const classes = { ...makePartition(delivery), edges: [] };
  return {
    kind,
    plan: { id: 'p', unit: 0, basis: 1 },
    sources: [{ sourceId: SOURCE, topic: 'events', partitions: [classes] }],
    tables: [],
    holds,
    gone: [],
  };
}

describe('a replayed range', () => {
  it('leaves whatever class it had, in every table, and takes the new one', () => {
    const state = addEntry(landedState({ start: 0, classes: 'aaaqf.' }), reclass('replay', { start: 1, classes: 'qaafa' }, [TABLE]));
    expect(partition(state)).toMatchObject({
      covered: [[0, 6]],
      quarantined: [[1, 2]],
      filtered: [[4, 5]],
      absent: [],
    });
    expect(partition(state).accepted.get(TABLE)).toEqual([
      [0, 1],
      [2, 4],
      [5, 6],
    ]);
    expect(source(state).counts).toEqual({ accepted: 4, quarantined: 1, filtered: 1, absent: 0 });
    expect(state.tables.get(TABLE)!.pending).toEqual([1, 2]);
  });

  it('takes offsets from declared and inherited ones, too', () => {
    const state = landedState({ start: 0, classes: 'a' });
    const declared = { sourceId: SOURCE, partition: 0, ranges: [[1, 3]] as const };
    addEntry(state, { kind: 'absent', evidence: 'declared', ranges: [declared] });
    const inherited = [{ partition: 0, ranges: [[3, 5]] as const, edges: [], filteredTimestamps: [] }];
    addEntry(state, { kind: 'source', sources: [{ sourceId: SOURCE, topic: 'events', observed: {}, inherited }] });
    addEntry(state, reclass('replace', { start: 2, classes: 'aa' }));
    expect(partition(state)).toMatchObject({ covered: [[0, 5]], declared: [[1, 2]], inherited: [[4, 5]] });
    expect(partition(state).accepted.get(TABLE)).toEqual([
      [0, 1],
      [2, 4],
    ]);
  });

  it('of no offsets changes nothing', () => {
    const state = addEntry(landedState({ start: 3, classes: 'a' }), reclass('replay', { start: 0, classes: '' }));
    expect(partition(state)).toMatchObject({ start: 3, covered: [[3, 4]], lastAtMs: 1000 });
  });

  it('whose files are the first of a table tells its identity, and never changes one that is known', () => {
    const table = (name: string) => ({ table: name, tableUuid: 'from-plan', schemaHash: 's', specHash: 'p', files: [] });
    const draft = { ...reclass('replay', { start: 0, classes: 'a' }), tables: [table(TABLE), table('game.others')] } as EntryDraft;
    const state = addEntry(landedState({ start: 0, classes: 'a' }), draft);
    expect(state.tables.get(TABLE)!.uuid).toBe(`uuid-${TABLE}`);
    expect(state.tables.get('game.others')!.uuid).toBe('from-plan');
  });

  it('may name no offset whose class is in a segment; a redrive may, as long as so many were quarantined', () => {
    const archived = (): LedgerState => {
      const state = landedState({ start: 0, classes: 'qqa' });
      Object.assign(partition(state), {
        quarantined: [],
        archived: { accepted: 0, quarantined: 2, filtered: 0, absent: 0, declared: 0, inherited: 0 },
      });
      return state;
    };
    expect(() => addEntry(archived(), reclass('replay', { start: 1, classes: 'a' }))).toThrow(/only a redrive moves offsets/);
    const state = addEntry(archived(), reclass('redrive', { start: 0, classes: 'aa' }));
    expect(partition(state).archived.quarantined).toBe(0);
    expect(source(state).counts).toEqual({ accepted: 3, quarantined: 0, filtered: 0, absent: 0 });
    expect(partition(addEntry(archived(), reclass('replay', { start: 2, classes: 'f' }))).filtered).toEqual([[2, 3]]);
    const fewer = archived();
    Object.assign(partition(fewer), { archived: { ...partition(fewer).archived, quarantined: 1 } });
    expect(() => addEntry(fewer, reclass('redrive', { start: 0, classes: 'aa' }))).toThrow(/only a redrive moves offsets/);
  });
});

describe('erased rows', () => {
  it('are counted under their rule, after those erased before, and the tables that hold them wait for the entry', () => {
    const state = landedState({ start: 0, classes: 'aaq' });
    const erase = (rule: string, start: number): EntryDraft => ({
      kind: 'erase',
      rule,
      removed: [{ table: TABLE, sourceId: SOURCE, partition: 0, ranges: [[start, start + 1]] }],
      holds: [TABLE],
    });
    addEntry(state, erase('retention', 0));
    addEntry(state, erase('request', 1));
    addEntry(state, erase('retention', 1));
    const at = (start: number) => ({ sourceId: SOURCE, partition: 0, ranges: [[start, start + 1]] });
    expect(state.tables.get(TABLE)!.removed).toEqual({ retention: [at(0), at(1)], request: [at(1)] });
    expect(state.tables.get(TABLE)!.pending).toEqual([1, 2, 3, 4]);
    expect(state.tables.get(QUARANTINE)!.pending).toEqual([1]);
  });
});

describe('an absent entry', () => {
  it('of no offsets changes nothing', () => {
    const state = landedState({ start: 3, classes: 'a' });
    addEntry(state, { kind: 'absent', evidence: 'proven', ranges: [{ sourceId: SOURCE, partition: 0, ranges: [] }] });
    expect(partition(state)).toMatchObject({ start: 3, covered: [[3, 4]], absent: [], lastAtMs: 1000 });
  });

  it('of an offset that an entry covered, or of a source that nobody knows, is refused', () => {
    const absent = (sourceId: string, range: readonly [number, number]): EntryDraft => ({
      kind: 'absent',
      evidence: 'proven',
      ranges: [{ sourceId, partition: 0, ranges: [range] }],
    });
    expect(() => addEntry(landedState({ start: 3, classes: 'a' }), absent(SOURCE, [3, 5]))).toThrow(/only offsets that no entry covered/);
    expect(() => addEntry(landedState({ start: 3, classes: 'a' }), absent('other/events/1', [0, 1]))).toThrow(/names a known source/);
  });
});

describe('promise 10, bounded: what is remembered of timestamps', () => {
  const COUNT = 5000;
  /** Timestamps remembered of one partition of a source of so many. */
  function remembered(partitions: number): { readonly exact: number; readonly runs: number } {
    const state = emptyState(CONTRACT);
    const known = sourceOf(state, SOURCE, 'events');
    for (let i = 0; i < partitions; i++) partitionOf(known, { partition: i });
    const edges = Array.from({ length: COUNT }, (_, i) => [i, i * 1000] as const);
    const filteredTimestamps = edges.map(([offset, ms]) => [offset, offset + 1, ms, ms] as const);
    const inherited = [{ partition: 0, ranges: [[0, COUNT]] as const, edges, filteredTimestamps }];
    addEntry(state, { kind: 'source', sources: [{ sourceId: SOURCE, topic: 'events', observed: {}, inherited }] });
    return { exact: partition(state).remembered.length, runs: partition(state).filteredRuns.length };
  }
  const within = (most: number, { exact, runs }: ReturnType<typeof remembered>): void => {
    for (const count of [exact, runs]) {
      expect(count).toBeLessThanOrEqual(most);
      expect(count).toBeGreaterThan(most / 2);
    }
  };

  it('of one partition is at most its limit, and of many an equal share of what all may take', () => {
    within(LIMITS.rememberedTimestampsMax, remembered(1));
    const many = (4 * LIMITS.rememberedTotalMax) / LIMITS.rememberedTimestampsMax;
    within(LIMITS.rememberedTotalMax / many, remembered(many));
  });

  it('is never fewer than it takes to tell a duplicate, however many partitions there are', () => {
    within(LIMITS.rememberedMin, remembered((4 * LIMITS.rememberedTotalMax) / LIMITS.rememberedMin));
  });
});
