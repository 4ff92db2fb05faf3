// One decision over what is staged: which descriptors own which offsets, what is deleted, and what keeps others from being decided.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { type DecideRequest, type Decision, decideNext } from '../../../src/jobs/decide.ts';
import { encodeDescriptor } from '../../../src/ledger/descriptor-codec.ts';
import type { EntryDraft } from '../../../src/ledger/entries.ts';
import { emptyState, type LedgerState } from '../../../src/ledger/state.ts';
import type { Descriptor } from '../../../src/ledger/types.ts';
import { addEntry, CONTRACT, decidedOf, landedState } from '../../support/memory/folded.ts';
import { type Lab, type MemoryPortsOptions, makeLab } from '../../support/memory/index.ts';
import { makeDescriptor, QUARANTINE, type SampleDelivery, SOURCE, TABLE } from '../../support/memory/samples.ts';

const paths = (lab: Lab) => contractPaths(lab.ports.root, CONTRACT);
/** A name that says when it was made. */
const idAt = (lab: Lab, name: string, ageMs = 0) => `${String(lab.world.nowMs() - ageMs).padStart(15, '0')}-${name}`;

function stage(lab: Lab, descriptor: Descriptor): string {
  lab.world.putIfAbsent(paths(lab).descriptor(descriptor.id), encodeDescriptor(descriptor));
  return descriptor.id;
}
const stageAll = (lab: Lab, ...deliveries: readonly SampleDelivery[]): string[] =>
  deliveries.map((delivery, i) => stage(lab, makeDescriptor(`s${i}`, [delivery])));
const isStaged = (lab: Lab, id: string): boolean => lab.world.objects.has(paths(lab).descriptor(id));

function decide(lab: Lab, state: LedgerState, more: Partial<DecideRequest> = {}): Promise<Decision> {
  return decideNext({
    ports: lab.ports,
    contractName: CONTRACT,
    ledger: { state, entries: new Map(), checkpoint: 0 },
    deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs),
    ...more,
  });
}
/** Ids and counts of what lands. */
function landing({ draft }: Decision) {
  if (draft?.kind !== 'land') throw new Error(`expected a landing, got ${draft?.kind}`);
  return draft.descriptors.map(({ id, counts: { accepted, quarantined, filtered, absent } }) => [
    id,
    accepted,
    quarantined,
    filtered,
    absent,
  ]);
}
/** A state that knows the source and nothing else. */
const known = (observed: object = {}): LedgerState =>
  addEntry(emptyState(CONTRACT), { kind: 'source', sources: [{ sourceId: SOURCE, topic: 'events', observed }] });
const observing = (id: string, observed: object, delivery: SampleDelivery = { start: 0, classes: 'a' }): Descriptor => {
  const descriptor = makeDescriptor(id, [delivery]);
  return { ...descriptor, sources: descriptor.sources.map((source) => ({ ...source, observed })) };
};

describe('what is staged', () => {
  it('nothing: nothing is decided, and that is all', async () => {
    expect(await decide(makeLab(), known())).toEqual({
      draft: undefined,
      covered: 0,
      poisoned: 0,
      isComplete: true,
      staged: new Set(),
      tables: new Set(),
    });
  });

  it('is named with the tables it holds something for', async () => {
    const lab = makeLab();
    stageAll(lab, { start: 0, classes: 'a' }, { start: 1, classes: 'q' });
    const decision = await decide(lab, known());
    expect(decision).toMatchObject({ isComplete: true, poisoned: 0, staged: new Set(['s0', 's1']), tables: new Set([TABLE, QUARANTINE]) });
    expect(landing(decision)).toEqual([
      ['s0', 1, 0, 0, 0],
      ['s1', 0, 1, 0, 0],
    ]);
  });

  it('promise 4, contained: a descriptor that cannot be read is counted, kept and left out', async () => {
    const lab = makeLab();
    lab.world.putIfAbsent(paths(lab).descriptor('broken'), Buffer.from('{'));
    stageAll(lab, { start: 0, classes: 'a' });
    const decision = await decide(lab, known());
    expect(decision).toMatchObject({ poisoned: 1, staged: new Set(['broken', 's0']), tables: new Set([TABLE]) });
    expect(landing(decision)).toEqual([['s0', 1, 0, 0, 0]]);
    expect(isStaged(lab, 'broken')).toBe(true);
  });

  it('what an entry names is not decided again', async () => {
    const lab = makeLab();
    stage(lab, makeDescriptor('s0', [{ start: 0, classes: 'a' }]));
    const state = known();
    addEntry(state, { kind: 'land', descriptors: [decidedOf(state, [{ start: 0, classes: 'a' }], 's0')] });
    expect(await decide(lab, state)).toMatchObject({ draft: undefined, covered: 0, isComplete: true });
    expect(isStaged(lab, 's0')).toBe(true);
  });
});

describe('empty progress', () => {
  it('waits for others when it may, and is decided when it may not', async () => {
    const lab = makeLab();
    const id = stage(lab, makeDescriptor(idAt(lab, 'f'), [{ start: 0, classes: 'ff' }]));
    expect(await decide(lab, known(), { mayWait: true })).toEqual({
      draft: undefined,
      covered: 0,
      poisoned: 0,
      isComplete: true,
      staged: new Set([id]),
      tables: new Set(),
    });
    expect(landing(await decide(lab, known()))).toEqual([[id, 0, 0, 2, 0]]);
  });

  it('does not wait beside rows, nor longer than its bound', async () => {
    const lab = makeLab();
    stage(lab, makeDescriptor(idAt(lab, 'f'), [{ start: 0, classes: 'ff' }]));
    stage(lab, makeDescriptor(idAt(lab, 'g'), [{ start: 2, classes: 'a' }]));
    expect(landing(await decide(lab, known(), { mayWait: true }))).toHaveLength(2);
    const old = makeLab();
    stage(old, makeDescriptor(idAt(old, 'f', LIMITS.emptyProgressMs), [{ start: 0, classes: 'ff' }]));
    expect(landing(await decide(old, known(), { mayWait: true }))).toHaveLength(1);
  });
});

describe('who is behind a source', () => {
  it('a source nobody knows becomes an entry, with all that is told of it, before anything of it lands', async () => {
    const lab = makeLab();
    stage(lab, observing('s0', { topicId: 't' }));
    stage(lab, observing('s1', { clusterId: 'c', topicId: 't' }, { start: 1, classes: 'q' }));
    stage(lab, makeDescriptor('s2', [{ start: 0, classes: 'a', sourceId: 'other/events/1' }]));
    const decision = await decide(lab, emptyState(CONTRACT));
    expect(decision).toEqual({
      draft: {
        kind: 'source',
        sources: [
          { sourceId: SOURCE, topic: 'events', observed: { topicId: 't', clusterId: 'c' } },
          { sourceId: 'other/events/1', topic: 'events', observed: {} },
        ],
      },
      covered: 0,
      poisoned: 0,
      isComplete: true,
      staged: new Set(['s0', 's1', 's2']),
      tables: new Set([TABLE, QUARANTINE]),
    });
    expect(isStaged(lab, 's0')).toBe(true);
  });

  it('more of its identity becomes an entry, beside what was known; what is known already does not', async () => {
    const lab = makeLab();
    stage(lab, observing('s0', { topicId: 't', clusterId: 'c' }));
    expect((await decide(lab, known({ topicId: 't' }))).draft).toEqual({
      kind: 'source',
      sources: [{ sourceId: SOURCE, topic: 'events', observed: { topicId: 't', clusterId: 'c' } }],
    });
    expect(landing(await decide(lab, known({ topicId: 't', clusterId: 'c' })))).toHaveLength(1);
    expect(landing(await decide(lab, known({ topicId: 't', clusterId: 'c', clusterArn: 'a' })))).toHaveLength(1);
  });

  it.each(['clusterArn', 'clusterId', 'topicId'])('another %s than the ledger knows parks the source', async (key) => {
    const lab = makeLab();
    stage(lab, observing('s0', { [key]: 'new' }));
    const { draft } = await decide(lab, known({ [key]: 'old' }));
    expect(draft).toMatchObject({ kind: 'park', target: { sourceId: SOURCE }, reason: 'source-identity' });
    expect((draft as Extract<EntryDraft, { kind: 'park' }>).message).toBe(
      `${SOURCE} shows another ${key} than the ledger knows: give the new topic a new generation`,
    );
  });

  it('of two that a new source shows the first is written; the other parks the source in the next decision', async () => {
    const lab = makeLab();
    stage(lab, observing('s0', { topicId: 'first' }));
    stage(lab, observing('s1', { topicId: 'second' }, { start: 1, classes: 'a' }));
    const { draft } = await decide(lab, emptyState(CONTRACT));
    expect(draft).toMatchObject({ kind: 'source', sources: [{ observed: { topicId: 'first' } }] });
    const next = await decide(lab, addEntry(emptyState(CONTRACT), draft!));
    expect(next.draft).toMatchObject({ kind: 'park', reason: 'source-identity' });
  });

  it('a new generation whose records may have landed under an older one parks before anything is decided', async () => {
    const lab = makeLab();
    stage(lab, makeDescriptor('s0', [{ start: 0, classes: 'a', sourceId: 'main/events/2' }]));
    const state = landedState({ start: 0, classes: 'aa' });
    addEntry(state, { kind: 'source', sources: [{ sourceId: 'main/events/2', topic: 'events', observed: {} }] });
    expect(await decide(lab, state)).toMatchObject({
      draft: { kind: 'park', target: { sourceId: 'main/events/2' }, reason: 'generation-unmapped' },
      isComplete: false,
    });
  });
});

describe('promise 2, once: which descriptor owns which offsets', () => {
  it('the first in the order of names, inside one entry too', async () => {
    const lab = makeLab();
    stageAll(lab, { start: 0, classes: 'aaa' }, { start: 2, classes: 'aqf' });
    const decision = await decide(lab, known());
    expect(landing(decision)).toEqual([
      ['s0', 3, 0, 0, 0],
      ['s1', 0, 1, 1, 0],
    ]);
    expect(decision).toMatchObject({ covered: 0, isComplete: true });
  });

  it('what created entries cover wholly is deleted and counted', async () => {
    const lab = makeLab();
    stageAll(lab, { start: 0, classes: 'aa' }, { start: 0, classes: 'aa' }, { start: 2, classes: 'a' });
    const decision = await decide(lab, landedState({ start: 0, classes: 'aa' }));
    expect(decision).toMatchObject({ covered: 2, isComplete: true, staged: new Set(['s0', 's1', 's2']) });
    expect(landing(decision)).toEqual([['s2', 1, 0, 0, 0]]);
    expect(['s0', 's1', 's2'].map((id) => isStaged(lab, id))).toEqual([false, false, true]);
  });

  it('promise 3, nothing live is deleted: what only the entry being built covers stays, as that may never be created', async () => {
    const lab = makeLab();
    stageAll(lab, { start: 2, classes: 'aa' }, { start: 2, classes: 'aa' });
    const both = makeDescriptor('s2', [
      { start: 0, classes: 'aa' },
      { start: 0, classes: 'aa', partition: 1 },
    ]);
    stage(lab, makeDescriptor('s1b', [{ start: 0, classes: 'aa', partition: 1 }]));
    stage(lab, both);
    const decision = await decide(lab, landedState({ start: 0, classes: 'aa' }));
    expect(decision.covered).toBe(0);
    expect(landing(decision).map(([id]) => id)).toEqual(['s0', 's1b']);
    expect(['s1', 's2'].map((id) => isStaged(lab, id))).toEqual([true, true]);
  });

  it('a descriptor of two sources is deleted only when both are covered', async () => {
    const lab = makeLab();
    const two = [
      { start: 0, classes: 'a' },
      { start: 0, classes: 'a', sourceId: 'other/events/1' },
    ];
    const state = landedState({ start: 0, classes: 'a' });
    addEntry(state, { kind: 'source', sources: [{ sourceId: 'other/events/1', topic: 'events', observed: {} }] });
    stage(lab, makeDescriptor('s0', [two[1]!]));
    stage(lab, makeDescriptor('s1', two));
    expect(landing(await decide(lab, state)).map(([id]) => id)).toEqual(['s0']);
    expect(isStaged(lab, 's1')).toBe(true);
    addEntry(state, { kind: 'land', descriptors: [decidedOf(state, [two[1]!], 's0')] });
    expect(await decide(lab, state)).toMatchObject({ draft: undefined, covered: 1 });
    expect(isStaged(lab, 's1')).toBe(false);
  });

  it('other records at covered offsets park the source: nothing of the list is decided after them', async () => {
    const lab = makeLab();
    stageAll(
      lab,
      { start: 0, classes: 'aa' },
      { start: 0, classes: 'aaa', timestampMs: (offset) => 777 + offset },
      { start: 9, classes: 'a' },
    );
    const decision = await decide(lab, landedState({ start: 0, classes: 'aa' }));
    expect(decision).toMatchObject({
      draft: { kind: 'park', target: { sourceId: SOURCE }, reason: 'topic-recreated' },
      covered: 1,
      isComplete: false,
    });
    expect(['s1', 's2'].map((id) => isStaged(lab, id))).toEqual([true, true]);
  });
});

describe('promise 10, bounded: a decision', () => {
  /** Every deletion takes most of the time there is. */
  const slow: MemoryPortsOptions = {
    fault: ({ op }) => (op === 'delete' ? { kind: 'delay', ms: LIMITS.commitDeadlineMs * 0.6 } : undefined),
  };

  it('whose time is half over ends with what it has, and says that there is more', async () => {
    const lab = makeLab(slow);
    stageAll(lab, { start: 5, classes: 'a' }, { start: 0, classes: 'a' }, { start: 6, classes: 'a' });
    const decision = await decide(lab, landedState({ start: 0, classes: 'a' }));
    expect(landing(decision)).toEqual([['s0', 1, 0, 0, 0]]);
    expect(decision).toMatchObject({ covered: 1, isComplete: false });
    const deleting = makeLab(slow);
    stageAll(deleting, { start: 0, classes: 'a' }, { start: 6, classes: 'a' });
    expect(await decide(deleting, landedState({ start: 0, classes: 'a' }))).toMatchObject({
      draft: undefined,
      covered: 1,
      isComplete: false,
    });
  });

  it('makes progress however little time is left: the first descriptor is decided', async () => {
    const lab = makeLab();
    stageAll(lab, { start: 0, classes: 'a' }, { start: 1, classes: 'a' });
    const deadline = startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);
    lab.world.advance(LIMITS.commitDeadlineMs * 0.9);
    const decision = await decide(lab, known(), { deadline });
    expect(landing(decision)).toEqual([['s0', 1, 0, 0, 0]]);
    expect(decision.isComplete).toBe(false);
  });

  it('that looked at only a part of what is staged says so', async () => {
    const lab = makeLab();
    stageAll(lab, { start: 0, classes: 'a' }, { start: 1, classes: 'a' }, { start: 2, classes: 'a' });
    const max = LIMITS.descriptorsPerEntryMax;
    Object.assign(LIMITS, { descriptorsPerEntryMax: 2 });
    try {
      expect(await decide(lab, emptyState(CONTRACT))).toMatchObject({ draft: { kind: 'source' }, isComplete: false });
      const decision = await decide(lab, known());
      expect(landing(decision).map(([id]) => id)).toEqual(['s0', 's1']);
      expect(decision.isComplete).toBe(false);
    } finally {
      Object.assign(LIMITS, { descriptorsPerEntryMax: max });
    }
  });
});
