// The fold of what stops a source and lets it go on: a new generation waits until somebody says what of it already landed.
import { describe, expect, it } from 'vitest';
import type { EntryDraft, ParkReason } from '../../../src/ledger/entries.ts';
import type { LedgerState } from '../../../src/ledger/state.ts';
import { addEntry, decidedOf, landedState } from '../../support/memory/folded.ts';
import { SOURCE, TABLE } from '../../support/memory/samples.ts';

const source = (state: LedgerState) => state.sources.get(SOURCE)!;
const parkedFor = (reason: ParkReason): LedgerState =>
  addEntry(landedState({ start: 0, classes: 'a' }), { kind: 'park', target: { sourceId: SOURCE }, reason, message: 'why' });
const begin = (more: object): EntryDraft => ({
  kind: 'source',
  sources: [{ sourceId: SOURCE, topic: 'events', observed: {}, ...more }],
});
const unpark = (more: object = {}): EntryDraft => ({
  kind: 'unpark',
  target: { sourceId: SOURCE },
  tables: [],
  holds: [],
  instead: {},
  ...more,
});
const mapping = { of: ['main/events/0'], landed: 0, fresh: 1, ambiguous: 0 };
const inherited = [{ partition: 0, ranges: [[7, 9]], edges: [], filteredTimestamps: [] }];

describe('a parked source', () => {
  it('is parked by itself, with the entry, the reason and the message; its tables go on', () => {
    const state = parkedFor('topic-recreated');
    expect(source(state).parked).toEqual({ entry: 2, reason: 'topic-recreated', message: 'why' });
    expect([...state.tables.values()].filter(({ parked }) => parked)).toEqual([]);
    expect([...state.tables.keys()]).toEqual([TABLE]);
  });

  it('that nobody knows is refused', () => {
    const park: EntryDraft = { kind: 'park', target: { sourceId: 'other/events/1' }, reason: 'topic-recreated', message: 'm' };
    expect(() => addEntry(landedState({ start: 0, classes: 'a' }), park)).toThrow(/a parked source is known/);
  });

  it('goes on with the identity that a person names beside what was known', () => {
    const state = parkedFor('source-identity');
    source(state).observed = { topicId: 'old', clusterId: 'c' };
    addEntry(state, unpark({ observed: { topicId: 'new' } }));
    expect(source(state)).toMatchObject({ parked: undefined, observed: { topicId: 'new', clusterId: 'c' }, isMapped: false });
  });
});

describe('a new generation', () => {
  it('that waits for its mapping goes on with it, or with what it inherits', () => {
    for (const more of [{ mapping }, { inherited }, { mapping, inherited }]) {
      const state = addEntry(parkedFor('generation-unmapped'), begin(more));
      expect(source(state)).toMatchObject({ parked: undefined, isMapped: true });
    }
  });

  it('that is seen again without a mapping waits on', () => {
    const state = addEntry(parkedFor('generation-unmapped'), begin({ observed: { topicId: 't' } }));
    expect(source(state)).toMatchObject({ parked: { reason: 'generation-unmapped' }, isMapped: false });
  });

  it('that is parked for another reason stays parked, whatever its mapping says', () => {
    const state = addEntry(parkedFor('topic-recreated'), begin({ mapping }));
    expect(source(state)).toMatchObject({ parked: { reason: 'topic-recreated' }, isMapped: true });
  });

  it('that a person lets go on without a mapping is all new; of any other reason that says nothing', () => {
    expect(source(addEntry(parkedFor('generation-unmapped'), unpark()))).toMatchObject({ parked: undefined, isMapped: true });
    expect(source(addEntry(parkedFor('topic-recreated'), unpark()))).toMatchObject({ parked: undefined, isMapped: false });
  });
});

describe('an unpark of a table that lost no row', () => {
  it('counts none under the rule of recovered tables', () => {
    const state = addEntry(landedState({ start: 0, classes: 'a' }), unpark({ target: { table: TABLE }, gone: [] }));
    expect(state.tables.get(TABLE)!.removed).toEqual({});
  });
});

describe('an older generation that was compared with newer ones', () => {
  const [NEWER, NEWEST] = ['main/events/2', 'main/events/3'];
  const both = () =>
    landedState({ start: 0, classes: 'a' }, { start: 0, classes: 'a', sourceId: NEWER }, { start: 0, classes: 'a', sourceId: NEWEST });
  const besides = (state: LedgerState, of: readonly string[], counts: { readonly fresh: number; readonly ambiguous: number }) =>
    source(addEntry(state, begin({ mapping: { of, landed: 3, ...counts } }))).besides;

  it('lands beside the newest what a person took for new, and else waits for the next comparison', () => {
    for (const counts of [
      { fresh: 1, ambiguous: 0 },
      { fresh: 0, ambiguous: 1 },
      { fresh: 1, ambiguous: 1 },
    ])
      expect(besides(both(), [NEWER, NEWEST], counts)).toEqual({ newest: NEWEST });
    expect(besides(both(), [NEWER, NEWEST], { fresh: 0, ambiguous: 0 })).toBeUndefined();
  });

  it('lands of what is delivered what was compared, if the comparison says what that was', () => {
    const compared = [{ partition: 0, ranges: [[5, 8]] as const }];
    const mapping = { of: [NEWEST], landed: 3, fresh: 1, ambiguous: 0, compared };
    const state = addEntry(both(), begin({ mapping }));
    expect(source(state).besides).toEqual({ newest: NEWEST, compared });
    const again = { ...mapping, compared: [{ partition: 0, ranges: [[9, 10]] as const }] };
    expect(source(addEntry(state, begin({ mapping: again }))).besides).toEqual({ newest: NEWEST, compared: again.compared });
  });

  it('has what landed of that no longer among what may', () => {
    const compared = [
      { partition: 0, ranges: [[5, 8]] as const },
      { partition: 1, ranges: [[0, 2]] as const },
    ];
    const mapping = { of: [NEWEST], landed: 3, fresh: 1, ambiguous: 0, compared };
    const state = addEntry(both(), begin({ mapping }));
    const lands = (start: number, classes: string, partition = 0) =>
      source(addEntry(state, { kind: 'land', descriptors: [decidedOf(state, [{ start, classes, partition }])] })).besides;
    expect(lands(4, 'aq')).toEqual({ newest: NEWEST, compared: [{ partition: 0, ranges: [[6, 8]] }, compared[1]] });
    expect(lands(6, 'ff')).toEqual({ newest: NEWEST, compared: [compared[1]] });
    expect(lands(0, 'aaa', 1)).toBeUndefined();
    const all = landedState({ start: 0, classes: 'a' });
    source(all).besides = { newest: NEWEST };
    expect(source(addEntry(all, { kind: 'land', descriptors: [decidedOf(all, [{ start: 1, classes: 'a' }])] })).besides).toEqual({
      newest: NEWEST,
    });
  });

  it('lands beside none that it was not compared with, nor where there is no newer one', () => {
    expect(besides(both(), [NEWER], { fresh: 1, ambiguous: 0 })).toBeUndefined();
    expect(besides(both(), [], { fresh: 1, ambiguous: 0 })).toBeUndefined();
    expect(besides(landedState({ start: 0, classes: 'a' }), ['main/events/0'], { fresh: 1, ambiguous: 0 })).toBeUndefined();
    expect(source(addEntry(both(), begin({ inherited }))).besides).toBeUndefined();
  });

  it('and lands more is compared again by a newer one that has landed nothing yet', () => {
    const state = landedState({ start: 0, classes: 'a' });
    addEntry(state, { kind: 'source', sources: [{ sourceId: NEWER, topic: 'events', observed: {}, mapping }] });
    expect(state.sources.get(NEWER)!.isMapped).toBe(true);
    addEntry(state, { kind: 'land', descriptors: [decidedOf(state, [{ start: 5, classes: 'a' }])] });
    expect(state.sources.get(NEWER)!.isMapped).toBe(false);
  });
});
