// Which staged descriptors are decided now: all that may be, in the order of their names, up to the bounds of one entry; what may not be counts
// against no bound and is read once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { readCandidates, withoutParked } from '../../../src/jobs/read-candidates.ts';
import { listStaged } from '../../../src/jobs/staged.ts';
import { encodeDescriptor } from '../../../src/ledger/descriptor-codec.ts';
import { emptyState, type LedgerState, sourceOf } from '../../../src/ledger/state.ts';
import { calls, deadlineOf } from '../../support/memory/applying.ts';
import { CONTRACT } from '../../support/memory/folded.ts';
import { type Lab, makeLab } from '../../support/memory/index.ts';
import { makeDescriptor, SOURCE } from '../../support/memory/samples.ts';

const paths = (lab: Lab) => contractPaths(lab.ports.root, CONTRACT);
const before = { ...LIMITS };
beforeAll(() => void Object.assign(LIMITS as Record<string, number>, { descriptorsPerEntryMax: 3, ledgerReadsParallel: 2 }));
afterAll(() => void Object.assign(LIMITS as Record<string, number>, before));

/** Puts a descriptor of each name there; one that ends in `!` cannot be read. */
function stage(lab: Lab, names: readonly string[]): void {
  for (const [i, name] of names.entries()) {
    const bytes = name.endsWith('!') ? Buffer.from('{') : encodeDescriptor(makeDescriptor(name, [{ start: i, classes: 'f' }]));
    lab.world.putIfAbsent(paths(lab).descriptor(name), bytes);
  }
}
const stateWith = (parked?: string): LedgerState => {
  const state = emptyState(CONTRACT);
  sourceOf(state, SOURCE, 'events').parked = parked === undefined ? undefined : { entry: 1, reason: 'topic-recreated', message: parked };
  return state;
};
/** Names of the candidates, and how often a descriptor was read for them. */
async function candidatesOf(lab: Lab, state = stateWith(), deadline = deadlineOf(lab)) {
  const listed = await listStaged({ ports: lab.ports, contractName: CONTRACT });
  const reads = calls(lab, 'read').length;
  const { candidates, ...rest } = await readCandidates({ ports: lab.ports, contractName: CONTRACT, state, deadline }, listed);
  return { names: candidates.map(({ id }) => id), reads: calls(lab, 'read').length - reads, ...rest };
}
const waiting = async (lab: Lab, state: LedgerState) => {
  const request = { ports: lab.ports, contractName: CONTRACT, state, deadline: deadlineOf(lab) };
  return withoutParked(request, await listStaged(request)).map(({ id }) => id);
};

describe('candidates', () => {
  it('are those that no entry names, in the order of their names, each read once', async () => {
    const lab = makeLab();
    stage(lab, ['c', 'a', 'b']);
    const state = stateWith();
    state.decided.set('b', 1);
    expect(await candidatesOf(lab, state)).toEqual({ names: ['a', 'c'], reads: 2, poisoned: 0, isComplete: true });
    expect(lab.counts.has('descriptor-poisoned')).toBe(false);
  });

  it('are as many as one entry takes; a full one says that there is more, a list that ends with it does not', async () => {
    const lab = makeLab();
    stage(lab, ['a', 'b', 'c']);
    expect(await candidatesOf(lab)).toEqual({ names: ['a', 'b', 'c'], reads: 3, poisoned: 0, isComplete: true });
    stage(lab, ['d', 'e', 'f', 'g']);
    expect(await candidatesOf(lab)).toMatchObject({ names: ['a', 'b', 'c'], reads: 4, isComplete: false });
  });

  it('have no more bytes together than an entry may have, but for one that is larger alone', async () => {
    const lab = makeLab();
    stage(lab, ['a', 'b', 'c']);
    const [a, b] = (await listStaged({ ports: lab.ports, contractName: CONTRACT })).map(({ sizeBytes }) => sizeBytes) as [number, number];
    for (const [entryBytesMax, names, reads] of [
      [a + b, ['a', 'b'], 3],
      [a + b - 1, ['a'], 2],
      [a - 1, ['a'], 2],
    ] as const) {
      Object.assign(LIMITS, { entryBytesMax });
      try {
        expect(await candidatesOf(lab), String(entryBytesMax)).toEqual({ names, reads, poisoned: 0, isComplete: false });
      } finally {
        Object.assign(LIMITS, { entryBytesMax: before.entryBytesMax });
      }
    }
  });

  it('of parked sources and unreadable ones count against no bound, and are read once by a process', async () => {
    const lab = makeLab();
    stage(lab, ['a!', 'b!', 'c!', 'd!', 'e', 'f', 'g']);
    expect(await candidatesOf(lab)).toEqual({ names: ['e', 'f', 'g'], reads: 7, poisoned: 4, isComplete: true });
    expect(lab.counts.get('descriptor-poisoned')).toBe(4);
    expect(await candidatesOf(lab)).toEqual({ names: ['e', 'f', 'g'], reads: 3, poisoned: 4, isComplete: true });
    expect(lab.counts.get('descriptor-poisoned')).toBe(8);
    expect(await candidatesOf(lab, stateWith('why'))).toEqual({ names: [], reads: 3, poisoned: 4, isComplete: true });
    expect(await candidatesOf(lab, stateWith('why'))).toEqual({ names: [], reads: 0, poisoned: 4, isComplete: true });
    expect(await waiting(lab, stateWith('why'))).toEqual(['a!', 'b!', 'c!', 'd!']);
    // Parked no more.
    expect(await candidatesOf(lab)).toMatchObject({ names: ['e', 'f', 'g'], reads: 3 });
    expect(await waiting(lab, stateWith())).toHaveLength(7);
  });

  it('that were mended under their name are read again, and what is staged no more is forgotten', async () => {
    const lab = makeLab();
    stage(lab, ['a!']);
    await candidatesOf(lab);
    lab.world.objects.set(paths(lab).descriptor('a!'), {
      bytes: encodeDescriptor(makeDescriptor('a!', [{ start: 0, classes: 'f' }])),
      lastModifiedMs: 0,
    });
    expect(await candidatesOf(lab)).toEqual({ names: ['a!'], reads: 1, poisoned: 0, isComplete: true });
    for (const uri of lab.world.urisUnder(paths(lab).staged)) lab.world.objects.delete(uri);
    stage(lab, ['b!']);
    await candidatesOf(lab);
    for (const uri of lab.world.urisUnder(paths(lab).staged)) lab.world.objects.delete(uri);
    await candidatesOf(lab);
    stage(lab, ['b!']);
    expect(await candidatesOf(lab)).toMatchObject({ reads: 1, poisoned: 1 });
  });

  it('are read together as long as they have no more bytes than an entry may have, one at least', async () => {
    const lab = makeLab();
    stage(lab, ['a', 'b', 'c']);
    const [a, b] = (await listStaged({ ports: lab.ports, contractName: CONTRACT })).map(({ sizeBytes }) => sizeBytes) as [number, number];
    for (const [entryBytesMax, together] of [
      [a + b, 2],
      [a + b - 1, 1],
      [a - 1, 1],
    ] as const) {
      const next = makeLab({ world: lab.world });
      const { read } = next.ports.files;
      let now = 0;
      let most = 0;
      next.ports.files.read = async (uri) => {
        most = Math.max(most, ++now);
        const bytes = await read(uri);
        await new Promise(setImmediate);
        now--;
        return bytes;
      };
      Object.assign(LIMITS, { entryBytesMax });
      try {
        // Of a parked source all are read.
        expect(await candidatesOf(next, stateWith('why'))).toMatchObject({ names: [], reads: 3, isComplete: true });
      } finally {
        Object.assign(LIMITS, { entryBytesMax: before.entryBytesMax });
      }
      expect(most, String(entryBytesMax)).toBe(together);
    }
  });

  it('of several sources are none while one of them is parked', async () => {
    const lab = makeLab();
    const descriptor = makeDescriptor('a', [
      { start: 0, classes: 'f' },
      { start: 0, classes: 'f', sourceId: 'other/events/1' },
    ]);
    lab.world.putIfAbsent(paths(lab).descriptor('a'), encodeDescriptor(descriptor));
    expect(await candidatesOf(lab, stateWith('why'))).toMatchObject({ names: [], reads: 1, isComplete: true });
    expect(await candidatesOf(lab, stateWith('why'))).toMatchObject({ names: [], reads: 0 });
    expect(await candidatesOf(lab)).toMatchObject({ names: ['a'] });
  });

  it('that are gone when they are read were decided by another: they are none', async () => {
    const lab = makeLab();
    stage(lab, ['a', 'b']);
    const listed = await listStaged({ ports: lab.ports, contractName: CONTRACT });
    lab.world.objects.delete(paths(lab).descriptor('a'));
    const request = { ports: lab.ports, contractName: CONTRACT, state: stateWith(), deadline: deadlineOf(lab) };
    const { candidates, poisoned, isComplete } = await readCandidates(request, listed);
    expect([candidates.map(({ id }) => id), poisoned, isComplete]).toEqual([['b'], 0, true]);
    expect(withoutParked(request, listed)).toHaveLength(2);
  });

  it('are read for half of the time at most, but some always', async () => {
    const lab = makeLab();
    stage(lab, ['a', 'b', 'c']);
    const deadline = deadlineOf(lab);
    lab.setFault(({ op }) => (op === 'read' ? { kind: 'delay', ms: LIMITS.commitDeadlineMs / 2 } : undefined));
    expect(await candidatesOf(lab, stateWith(), deadline)).toEqual({ names: ['a', 'b'], reads: 2, poisoned: 0, isComplete: false });
    expect(await candidatesOf(lab, stateWith(), deadline)).toMatchObject({ names: ['a', 'b'], isComplete: false });
    Object.assign(LIMITS, { ledgerReadsParallel: 1 });
    expect(await candidatesOf(lab, stateWith(), deadline)).toMatchObject({ names: ['a'], isComplete: false });
    Object.assign(LIMITS, { ledgerReadsParallel: 2 });
  });

  it('of one contract say nothing of another of the same store', async () => {
    const lab = makeLab();
    stage(lab, ['a!']);
    await candidatesOf(lab);
    const request = { ports: lab.ports, contractName: 'game.others', state: emptyState('game.others'), deadline: deadlineOf(lab) };
    expect(await readCandidates(request, [])).toEqual({ candidates: [], poisoned: 0, isComplete: true });
    expect(await candidatesOf(lab)).toMatchObject({ reads: 0, poisoned: 1 });
    expect(lab.counts.get('descriptor-poisoned')).toBe(2);
    const next = makeLab({ world: lab.world, process: 'next' });
    expect(await candidatesOf(next)).toMatchObject({ reads: 1, poisoned: 1 });
  });
});
