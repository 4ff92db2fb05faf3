// The state of a ledger by itself: what a new part of it says, copies, generations, counts.
import { describe, expect, it } from 'vitest';
import { encodeCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { olderGenerations } from '../../../src/ledger/generations.ts';
import {
  cloneState,
  countsOfSource,
  emptyState,
  type LedgerState,
  markApplied,
  NOTHING_ARCHIVED,
  partitionOf,
  sourceOf,
  tableOf,
} from '../../../src/ledger/state.ts';
import { addEntry, CONTRACT, decidedOf, landedState } from '../../support/memory/folded.ts';
import { SOURCE, TABLE } from '../../support/memory/samples.ts';

describe('what nobody has seen yet', () => {
  it('a source has no identity, no partitions, no counts, and was compared with nothing', () => {
    const state = emptyState(CONTRACT);
    expect(sourceOf(state, SOURCE, 'events')).toEqual({
      sourceId: SOURCE,
      topic: 'events',
      observed: {},
      parked: undefined,
      partitions: new Map(),
      counts: { accepted: 0, quarantined: 0, filtered: 0, absent: 0 },
      file: undefined,
      isMapped: false,
    });
    expect(sourceOf(state, SOURCE, 'events')).toBe(state.sources.get(SOURCE));
  });

  it('a partition covers nothing, begins nowhere and has nothing in segments', () => {
    const source = sourceOf(emptyState(CONTRACT), SOURCE, 'events');
    expect(partitionOf(source, { partition: 3 })).toMatchObject({
      partition: 3,
      start: Number.MAX_SAFE_INTEGER,
      covered: [],
      archived: { accepted: 0, quarantined: 0, filtered: 0, absent: 0, declared: 0, inherited: 0 },
      maxEventTimeMs: undefined,
      lastAtMs: 0,
    });
    expect(partitionOf(source, { partition: 3 })).toBe(source.partitions.get(3));
  });

  it('a table waits for nothing and is at the beginning', () => {
    expect(tableOf(emptyState(CONTRACT), TABLE)).toMatchObject({ uuid: undefined, floor: 0, pending: [], parked: undefined });
  });
});

describe('a copy of a state', () => {
  it('says what the original says, of every source and table', () => {
    const state = landedState({ start: 0, classes: 'aqf.a' }, { start: 9, classes: 'ff', partition: 2 });
    addEntry(state, { kind: 'park', target: { sourceId: SOURCE }, reason: 'topic-recreated', message: 'm' });
    expect(cloneState(state)).toEqual(state);
  });

  it('goes its own way: neither sees what is folded into the other', () => {
    const state = landedState({ start: 0, classes: 'aq' });
    const before = encodeCheckpoint(state);
    const copy = cloneState(state);
    addEntry(copy, { kind: 'land', descriptors: [decidedOf(copy, [{ start: 2, classes: 'af' }])] });
    addEntry(copy, { kind: 'park', target: { sourceId: SOURCE }, reason: 'topic-recreated', message: 'm' });
    expect(encodeCheckpoint(state).equals(before)).toBe(true);
    expect(copy.sources.get(SOURCE)!.partitions.get(0)!.covered).toEqual([[0, 4]]);
  });
});

describe('the older generations of a source', () => {
  function withSources(...ids: readonly string[]): LedgerState {
    const state = emptyState(CONTRACT);
    for (const id of ids) partitionOf(sourceOf(state, id, 'events'), { partition: 0 });
    return state;
  }
  const older = (state: LedgerState, id: string) => olderGenerations(state, id).map(({ sourceId }) => sourceId);

  it('are those of its name and topic with a smaller number, oldest first', () => {
    const state = withSources('main/events/9', 'main/events/10', 'main/events/2', 'main/events/11');
    expect(older(state, 'main/events/10')).toEqual(['main/events/2', 'main/events/9']);
    expect(older(state, 'main/events/2')).toEqual([]);
  });

  it('are none of another name or topic, however alike', () => {
    const state = withSources('gain/events/1', 'main/event/1', 'main/events2/1');
    expect(older(state, 'main/events/2')).toEqual([]);
  });

  it('are none that never covered a partition', () => {
    const state = withSources('main/events/1');
    sourceOf(state, 'main/events/2', 'events');
    expect(older(state, 'main/events/3')).toEqual(['main/events/1']);
  });

  it('without a number is older than the first, and only digits are a number', () => {
    const state = withSources('main/events', 'main/events/', 'main/events/0x1', 'main/events/1e0', 'main/events/-1');
    expect(older(state, 'main/events/1')).toEqual(['main/events']);
    expect(older(state, 'main/events/x')).toEqual([]);
  });
});

describe('the counts of a source', () => {
  it('are those of its ranges and of its segments; a declared offset is absent, an inherited one another generation’s', () => {
    const source = sourceOf(emptyState(CONTRACT), SOURCE, 'events');
    Object.assign(partitionOf(source, { partition: 0 }), {
      accepted: new Map([
        [TABLE, [[0, 1]]],
        ['game.others', [[10, 12]]],
      ]),
      quarantined: [[12, 16]],
      filtered: [[16, 24]],
      absent: [[24, 40]],
      declared: [[40, 72]],
      inherited: [[72, 136]],
      archived: { accepted: 1000, quarantined: 2000, filtered: 4000, absent: 8000, declared: 16_000, inherited: 32_000 },
    });
    Object.assign(partitionOf(source, { partition: 1 }), { quarantined: [[0, 100_000]], archived: NOTHING_ARCHIVED });
    expect(countsOfSource(source)).toEqual({ accepted: 1003, quarantined: 102_004, filtered: 4008, absent: 24_048 });
  });
});

describe('a table that has come to an entry', () => {
  it('waits for nothing up to it, however far it has come', () => {
    const state = landedState({ start: 0, classes: 'a' }, { start: 1, classes: 'a' });
    const table = state.tables.get(TABLE)!;
    markApplied(table, 0);
    expect(table).toMatchObject({ floor: 0, pending: [1, 2] });
    markApplied(table, 2);
    expect(table).toMatchObject({ floor: 2, pending: [] });
  });
});
