// The ledger as a reader finds it: checkpoint, entries after it, and what it does about gaps, foreign objects and repeated reading.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { TransientIoError } from '../../../src/errors.ts';
import { loadEntry, loadLedger, numberOf } from '../../../src/jobs/load-ledger.ts';
import { placedIn } from '../../../src/jobs/placed-in.ts';
import { encodeCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import type { LedgerEntry } from '../../../src/ledger/entries.ts';
import { encodeEntry } from '../../../src/ledger/entry-codec.ts';
import { emptyState, partitionOf, sourceOf } from '../../../src/ledger/state.ts';
import { CONTRACT, decidedOf, landedState } from '../../support/memory/folded.ts';
import { type Lab, makeLab, observer } from '../../support/memory/index.ts';
import { QUARANTINE, SOURCE, TABLE } from '../../support/memory/samples.ts';

const paths = (lab: Lab) => contractPaths(lab.ports.root, CONTRACT);
const load = (lab: Lab) => loadLedger({ ports: lab.ports, contractName: CONTRACT });
const readsOf = (lab: Lab, uri: string) => lab.calls.filter(({ op, target }) => op === 'read' && target === uri).length;

/** Entry n lands offset n. */
function entry(n: number): LedgerEntry {
  const descriptors = [decidedOf(emptyState(CONTRACT), [{ start: n, classes: 'a' }], `d${n}`)];
  return { version: 1, n, id: `e${n}`, atMs: n * 1000, contract: CONTRACT, kind: 'land', descriptors };
}
function putEntries(lab: Lab, from: number, to: number): void {
  for (let n = from; n <= to; n++) lab.world.putIfAbsent(paths(lab).entry(n), encodeEntry(entry(n)));
}
function putCheckpoint(lab: Lab, n: number): void {
  const state = landedState(...Array.from({ length: n }, (_, i) => ({ start: i + 1, classes: 'a' })));
  lab.world.putIfAbsent(paths(lab).checkpoint(n), encodeCheckpoint(state));
}

describe('the ledger', () => {
  it('without an object is empty, from the beginning', async () => {
    expect(await load(makeLab())).toEqual({ state: emptyState(CONTRACT), entries: new Map(), checkpoint: 0 });
  });

  it('is the fold of all entries, which stay at hand, however many are read at once', async () => {
    const lab = makeLab();
    const count = 2 * LIMITS.ledgerReadsParallel + 1;
    putEntries(lab, 1, count);
    const { state, entries, checkpoint } = await load(lab);
    expect([...entries.keys()]).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(state).toMatchObject({ n: count });
    expect(state.sources.get(SOURCE)!.partitions.get(0)!.covered).toEqual([[1, count + 1]]);
    expect(checkpoint).toBe(0);
    for (let n = 1; n <= count; n++) expect(readsOf(lab, paths(lab).entry(n))).toBe(1);
  });

  it('goes on from its newest checkpoint, and reads only entries after it', async () => {
    const lab = makeLab();
    putEntries(lab, 1, 7);
    putCheckpoint(lab, 2);
    putCheckpoint(lab, 5);
    const { state, entries, checkpoint } = await load(lab);
    expect({ n: state.n, entries: [...entries.keys()], checkpoint }).toEqual({ n: 7, entries: [6, 7], checkpoint: 5 });
    expect(state.sources.get(SOURCE)!.counts.accepted).toBe(7);
    expect([2, 3, 4, 5].map((n) => readsOf(lab, paths(lab).entry(n)))).toEqual([0, 0, 0, 0]);
    expect(readsOf(lab, paths(lab).checkpoint(2))).toBe(0);
  });

  it('is not misled by objects of other names', async () => {
    const lab = makeLab();
    putEntries(lab, 1, 2);
    putCheckpoint(lab, 1);
    for (const folder of [paths(lab).ledger, paths(lab).checkpoints]) {
      for (const name of ['README', '00000000000000000009.json', '9.json.zst', '00000000000000000009.json.zst.copy', 'a/zzz']) {
        lab.world.putIfAbsent(`${folder}${name}`, Buffer.from('x'));
      }
    }
    expect((await load(lab)).state.n).toBe(2);
  });

  it('reads a checkpoint once, as it never changes, and each reader folds on from it by itself', async () => {
    const lab = makeLab();
    putCheckpoint(lab, 3);
    putEntries(lab, 4, 4);
    const first = await load(lab);
    expect(lab.calls.filter(({ op }) => op === 'list')).toHaveLength(2);
    first.state.sources.clear();
    const second = await load(lab);
    expect(second.state.sources.get(SOURCE)!.counts.accepted).toBe(4);
    expect(readsOf(lab, paths(lab).checkpoint(3))).toBe(1);
    expect((await load(observer(lab.world))).state.n).toBe(4);
    putEntries(lab, 5, 5);
    putCheckpoint(lab, 5);
    expect(await load(lab)).toMatchObject({ checkpoint: 5, state: { n: 5 } });
    expect(readsOf(lab, paths(lab).checkpoint(5))).toBe(1);
    lab.world.remove(paths(lab).checkpoint(5));
    lab.world.advance(1000);
    putCheckpoint(lab, 5);
    await load(lab);
    expect(readsOf(lab, paths(lab).checkpoint(5))).toBe(2);
  });
});

describe('numbers with a gap', () => {
  it('mean that old entries were collected meanwhile: it is read again', async () => {
    const lab = makeLab();
    putEntries(lab, 3, 5);
    let listings = 0;
    lab.setFault(({ op, target }) => {
      if (op !== 'list' || target !== paths(lab).ledger || ++listings !== 2) return undefined;
      return { kind: 'rival', act: () => putCheckpoint(lab, 2) };
    });
    expect((await load(lab)).state.n).toBe(5);
    expect(listings).toBeGreaterThan(1);
  });

  it('an entry or a checkpoint that goes between the listing and the reading is a gap, too', async () => {
    for (const uri of [(lab: Lab) => paths(lab).entry(1), (lab: Lab) => paths(lab).checkpoint(2)]) {
      const lab = makeLab();
      putEntries(lab, 1, 2);
      if (uri(lab).includes('/checkpoint/')) putCheckpoint(lab, 2);
      let isGone = false;
      lab.setFault(({ op, target }) => {
        if (isGone || op !== 'read' || target !== uri(lab)) return undefined;
        isGone = true;
        const act = (): void => {
          lab.world.remove(target);
          putCheckpoint(lab, 1);
          putEntries(lab, 2, 2);
        };
        return { kind: 'rival', act };
      });
      expect((await load(lab)).state.n).toBe(2);
      expect(isGone).toBe(true);
    }
  });

  it('that stay are an error after a bounded number of readings, which says what to do', async () => {
    const lab = makeLab();
    putEntries(lab, 1, 2);
    putEntries(lab, 4, 5);
    const error = await load(lab).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransientIoError);
    expect(error).toMatchObject({
      code: 'ledger-gap',
      message: expect.stringContaining(`a gap in ${LIMITS.ledgerLoadAttemptsMax} readings`),
    });
    expect(lab.calls.filter(({ op, target }) => op === 'list' && target === paths(lab).ledger)).toHaveLength(LIMITS.ledgerLoadAttemptsMax);
  });
});

describe('one entry', () => {
  it('is taken from what was read, else from the store, once; one that is not there is none', async () => {
    const lab = makeLab();
    putEntries(lab, 1, 3);
    const ledger = { state: emptyState(CONTRACT), entries: new Map([[1, entry(1)]]), checkpoint: 0 };
    const one = (n: number) => loadEntry({ ports: lab.ports, contractName: CONTRACT }, ledger, n);
    expect(await one(1)).toBe(ledger.entries.get(1));
    expect(readsOf(lab, paths(lab).entry(1))).toBe(0);
    expect(await one(3)).toEqual(entry(3));
    expect(await one(3)).toEqual(entry(3));
    expect(readsOf(lab, paths(lab).entry(3))).toBe(1);
    expect(await one(4)).toBeUndefined();
  });

  it('has twenty digits in its name, and nothing else is one', () => {
    expect(numberOf('x/00000000000000000042.json.zst')).toBe(42);
    for (const name of [
      'x/42.json.zst',
      'x/00000000000000000042.json',
      '00000000000000000042.json.zst',
      'x/000000000000000000042.json.zst',
    ]) {
      expect(numberOf(name)).toBeUndefined();
    }
  });
});

describe('the offsets the ledger places in a table', () => {
  it('are those accepted for it, and of a quarantine those quarantined, of every source and partition', () => {
    const state = landedState({ start: 0, classes: 'aqa' }, { start: 5, classes: 'a', partition: 1 });
    Object.assign(partitionOf(sourceOf(state, 'other/events/1', 'events'), { partition: 2 }), {
      accepted: new Map([['game.others', [[7, 9]]]]),
      quarantined: [[3, 4]],
    });
    const at = (sourceId: string, partition: number, ...ranges: (readonly [number, number])[]) => ({ sourceId, partition, ranges });
    expect([...placedIn(state, TABLE)]).toEqual([at(SOURCE, 0, [0, 1], [2, 3]), at(SOURCE, 1, [5, 6])]);
    expect([...placedIn(state, QUARANTINE)]).toEqual([at(SOURCE, 0, [1, 2]), at('other/events/1', 2, [3, 4])]);
    expect([...placedIn(state, 'game.others')]).toEqual([at('other/events/1', 2, [7, 9])]);
  });
});
