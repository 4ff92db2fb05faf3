// When a checkpoint is written and what it says; when old classes go to a segment; which checkpoints and entries stay.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { DeadlineError } from '../../../src/errors.ts';
import { type CheckpointRequest, checkpointLedger } from '../../../src/jobs/checkpoint-ledger.ts';
import { hasArchived, loadWholeLedger, restoreAll, restorePlaces, restoreWhatIsLeft } from '../../../src/jobs/class-segments.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { numberOf } from '../../../src/jobs/load-ledger.ts';
import { parseCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { intersectRanges, type Ranges } from '../../../src/ledger/ranges.ts';
import { cloneState, emptyState, type LedgerState, NOTHING_ARCHIVED, type PartitionState } from '../../../src/ledger/state.ts';
import { withLimits } from '../../support/memory/applying.ts';
import { addEntry, CONTRACT, decidedOf, landedState } from '../../support/memory/folded.ts';
import { type Lab, makeLab, observer } from '../../support/memory/index.ts';
import { SOURCE, TABLE } from '../../support/memory/samples.ts';

const paths = (lab: Lab) => contractPaths(lab.ports.root, CONTRACT);
const EVERY = LIMITS.checkpointEveryEntries;
function checkpoint(lab: Lab, state: LedgerState, more: Partial<CheckpointRequest> = {}) {
  const deadline = startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);
  return checkpointLedger({ ports: lab.ports, contractName: CONTRACT, state, checkpoint: 0, staged: new Set(), deadline, ...more });
}
const at = (n: number): LedgerState => ({ ...emptyState(CONTRACT), n });
const read = (lab: Lab, n: number): LedgerState => parseCheckpoint(lab.world.objects.get(paths(lab).checkpoint(n))!.bytes, n);
const numbersOf = (lab: Lab, folder: 'ledger' | 'checkpoints') => lab.world.urisUnder(paths(lab)[folder]).map(numberOf);

describe('a checkpoint', () => {
  it('is written every so many entries, and costs nothing between', async () => {
    const lab = makeLab();
    expect(await checkpoint(lab, at(10 + EVERY - 1), { checkpoint: 10 })).toEqual({ written: false, collected: 0 });
    expect(lab.calls).toEqual([]);
    expect(await checkpoint(lab, at(10 + EVERY), { checkpoint: 10 })).toEqual({ written: true, collected: 0 });
    expect(numbersOf(lab, 'checkpoints')).toEqual([10 + EVERY]);
  });

  it('says what the state says; of decided descriptors it names those still staged', async () => {
    const lab = makeLab();
    const state = {
      ...landedState({ start: 0, classes: 'aqf.' }),
      n: EVERY,
      decided: new Map([
        ['gone', 1],
        ['here', 1],
      ]),
    };
    await checkpoint(lab, state, { staged: new Set(['here', 'new']) });
    expect(read(lab, EVERY)).toEqual({ ...state, decided: new Map([['here', 1]]) });
    expect([...state.decided.keys()]).toEqual(['gone', 'here']);
  });

  it('is not written by a process whose time is over', async () => {
    const lab = makeLab();
    const deadline = startDeadline(lab.ports.clock, 0);
    await expect(checkpoint(lab, at(EVERY), { deadline })).rejects.toThrow(`before: checkpoint ${EVERY}`);
    expect(lab.calls).toEqual([]);
  });
});

/** So many single offsets of changing class in one partition. */
const alternating = (count: number): LedgerState => ({ ...landedState({ start: 0, classes: 'aq'.repeat(count / 2) }), n: EVERY });
const partition = (state: LedgerState): PartitionState => state.sources.get(SOURCE)!.partitions.get(0)!;

describe('promise 10, bounded: old classes in segments', () => {
  it('are moved above the bound, the newest stay, and what was moved is read back', async () => {
    await withLimits({ classRangesMax: 8, classRangesKept: 4 }, async () => {
      const lab = makeLab();
      await checkpoint(lab, alternating(8));
      expect(read(lab, EVERY).segments).toEqual([]);
      const other = makeLab();
      const state = alternating(10);
      await checkpoint(other, state);
      const written = read(other, EVERY);
      expect(written.segments).toHaveLength(1);
      expect(written.segments[0]).toMatch(new RegExp(`^${String(EVERY).padStart(20, '0')}-.+`));
      expect([...partition(written).accepted.values()].flat().length + partition(written).quarantined.length).toBe(4);
      expect(state.segments).toEqual([]);
      await restoreAll({ ports: other.ports, contractName: CONTRACT }, written);
      expect(written).toEqual({ ...state, decided: new Map() });
    });
  });

  it('of many partitions each keeps its share of half the bound, one range at least', async () => {
    const kept = async (partitions: number, classRangesMax: number): Promise<number> => {
      const lab = makeLab();
      const deliveries = Array.from({ length: partitions }, (_, i) => ({ start: 0, classes: 'aqaqaqaqaq', partition: i }));
      await checkpoint(lab, { ...landedState(...deliveries), n: EVERY });
      expect(read(lab, EVERY).segments, `${partitions} ${classRangesMax}`).toHaveLength(1);
      return [...partition(read(lab, EVERY)).accepted.values()].flat().length + partition(read(lab, EVERY)).quarantined.length;
    };
    await withLimits({ classRangesMax: 12, classRangesKept: 4 }, async () => expect(await kept(2, 12)).toBe(3));
    await withLimits({ classRangesMax: 12, classRangesKept: 2 }, async () => expect(await kept(2, 12)).toBe(2));
    await withLimits({ classRangesMax: 2, classRangesKept: 4 }, async () => expect(await kept(3, 2)).toBe(1));
  });

  it('stay in the checkpoint where nobody can tell whether the segment exists', async () => {
    await withLimits({ classRangesMax: 4, classRangesKept: 2 }, async () => {
      for (const kind of ['lost', 'apply-then-fail'] as const) {
        const lab = makeLab({ fault: ({ op, target }) => (op === 'create' && target.includes('/classes/') ? { kind } : undefined) });
        const state = alternating(10);
        await checkpoint(lab, state);
        expect(read(lab, EVERY)).toEqual({ ...state, decided: new Map() });
      }
    });
  });

  it('are moved only in time', async () => {
    await withLimits({ classRangesMax: 4, classRangesKept: 2 }, async () => {
      const lab = makeLab();
      const deadline = startDeadline(lab.ports.clock, 0);
      await expect(checkpoint(lab, alternating(10), { deadline })).rejects.toThrow(`before: segment of checkpoint ${EVERY}`);
      await expect(checkpoint(lab, alternating(10), { deadline })).rejects.toThrow(DeadlineError);
      expect(lab.calls).toEqual([]);
    });
  });
});

describe('reading segments back', () => {
  const request = (lab: Lab) => ({ ports: lab.ports, contractName: CONTRACT });
  const readsOf = (lab: Lab) => lab.calls.filter(({ op, target }) => op === 'read' && target.includes('/classes/')).length;
  const OTHER = 'other/events/1';
  const FIRST = [
    { start: 0, classes: 'aqfa' },
    { start: 0, classes: 'qafq', partition: 1 },
    { start: 0, classes: 'fqaf', sourceId: OTHER },
  ];
  const SECOND = [
    { start: 4, classes: 'qfaq' },
    { start: 4, classes: 'faqa', partition: 1 },
    { start: 4, classes: 'aqfq', sourceId: OTHER },
  ];
  /** Three partitions of two sources with classes in two segments, and the state that never moved any. */
  async function archived(lab: Lab): Promise<{ readonly whole: LedgerState; readonly small: LedgerState }> {
    let small: LedgerState = landedState(...FIRST);
    await withLimits({ classRangesMax: 2, classRangesKept: 1 }, async () => {
      await checkpoint(lab, { ...small, n: EVERY });
      small = read(lab, EVERY);
      for (const delivery of SECOND) addEntry(small, { kind: 'land', descriptors: [decidedOf(small, [delivery])] });
      await checkpoint(lab, { ...small, n: 2 * EVERY }, { checkpoint: EVERY });
      small = read(lab, 2 * EVERY);
    });
    return { whole: landedState(...FIRST, ...SECOND), small };
  }
  const partitionsOf = (state: LedgerState) => [...state.sources.values()].flatMap(({ partitions }) => [...partitions.values()]);
  /** The same partition from an offset on. */
  const from = (one: PartitionState, offset: number): PartitionState => {
    const later = (ranges: Ranges): Ranges => intersectRanges(ranges, [[offset, 1000]]);
    const accepted = new Map([...one.accepted].map(([table, ranges]) => [table, later(ranges)]));
    return { ...one, accepted, quarantined: later(one.quarantined), filtered: later(one.filtered) };
  };
  const classes = (one: PartitionState) => [[...one.accepted.values()].flat(), one.quarantined, one.filtered];

  it('of some partitions gives those their classes and leaves the others; a segment is read once', async () => {
    const lab = makeLab();
    const { whole, small } = await archived(lab);
    expect(small.segments).toHaveLength(2);
    expect(partitionsOf(small).map(hasArchived)).toEqual([true, true, true]);
    const places = [
      { sourceId: SOURCE, partition: 1 },
      { sourceId: 'unknown', partition: 1 },
      { sourceId: SOURCE, partition: 7 },
    ];
    await restorePlaces(request(lab), small, places);
    expect(partitionsOf(small).map(hasArchived)).toEqual([true, false, true]);
    expect(classes(partitionsOf(small)[1]!)).toEqual(classes(partitionsOf(whole)[1]!));
    expect(small.segments).toHaveLength(2);
    expect(readsOf(lab)).toBe(2);
    await restorePlaces(request(lab), small, [{ sourceId: SOURCE, partition: 1 }]);
    await restoreAll(request(lab), small);
    expect(readsOf(lab)).toBe(2);
    expect(small.segments).toEqual([]);
    expect(partitionsOf(small).map(classes)).toEqual(partitionsOf(whole).map(classes));
    const loaded = (await loadWholeLedger(request(observer(lab.world)))).state;
    expect(partitionsOf(loaded).map(hasArchived)).toEqual([false, false, false]);
    expect(partitionsOf(loaded).map(classes)).toEqual(partitionsOf(whole).map(classes));
  });

  it('of partitions without any reads nothing', async () => {
    const lab = makeLab();
    const state = { ...landedState({ start: 0, classes: 'aq' }), segments: ['s'] };
    await restorePlaces(request(lab), state, [{ sourceId: SOURCE, partition: 0 }]);
    expect(lab.calls).toEqual([]);
    expect(hasArchived({ ...partition(state), archived: { ...NOTHING_ARCHIVED } })).toBe(false);
    expect(hasArchived({ ...partition(state), archived: { ...NOTHING_ARCHIVED, declared: 1 } })).toBe(true);
  });

  it('keeps the last few segments of a process, and no more', async () => {
    const lab = makeLab();
    const { small } = await archived(lab);
    await withLimits({ segmentsCached: 1 }, async () => {
      for (let i = 0; i < 2; i++) await restoreAll(request(lab), cloneState(small));
    });
    expect(readsOf(lab)).toBe(4);
  });

  it('that are gone is refused; of a lost ledger, what is left is given back and the rest is covered no more', async () => {
    const lab = makeLab();
    const { small, whole } = await archived(lab);
    lab.world.remove(paths(lab).segment(small.segments[0]!));
    const copy = cloneState(small);
    await expect(restoreAll(request(lab), copy)).rejects.toMatchObject({ code: 'segment-missing' });
    await restoreWhatIsLeft(request(lab), small);
    expect(small.segments).toEqual([]);
    expect(partitionsOf(small).map(hasArchived)).toEqual([false, false, false]);
    // The newest range of each stayed in the first checkpoint and went with the second segment; older ones went with the one that is gone.
    expect(partitionsOf(small).map(({ covered }) => covered)).toEqual([[[3, 8]], [[3, 8]], [[3, 8]]]);
    expect(partitionsOf(small).map(classes)).toEqual(partitionsOf(whole).map((one) => classes(from(one, 3))));
    expect(small.sources.get(OTHER)!.counts).toEqual({ accepted: 1, quarantined: 2, filtered: 2, absent: 0 });
  });

  it('of a lost ledger leaves a partition that moved nothing as it is', async () => {
    const lab = makeLab();
    const { small, whole } = await archived(lab);
    const fresh = landedState({ start: 0, classes: 'aqf', partition: 9 }).sources.get(SOURCE)!.partitions.get(9)!;
    small.sources.get(SOURCE)!.partitions.set(9, fresh);
    await restoreWhatIsLeft(request(lab), small);
    expect(classes(fresh)).toEqual([[[0, 1]], [[1, 2]], [[2, 3]]]);
    expect(classes(partitionsOf(small)[0]!)).toEqual(classes(partitionsOf(whole)[0]!));
  });

  it('passes on what is no refusal', async () => {
    const lab = makeLab();
    const { small } = await archived(lab);
    lab.setFault(({ op }) => (op === 'read' ? { kind: 'fail-before' } : undefined));
    await expect(restoreWhatIsLeft(request(lab), small)).rejects.toMatchObject({ name: 'TransientIoError' });
  });
});

describe('promise 3, nothing live is deleted: what stays of checkpoints', () => {
  const HOUR = LIMITS.checkpointThinningMs;
  async function thinned(ages: readonly (readonly [n: number, ageMs: number])[], entries = 0): Promise<Lab> {
    const lab = makeLab();
    lab.world.advance(HOUR - (lab.world.nowMs() % HOUR));
    const now = lab.world.nowMs() + LIMITS.ledgerHistoryMs * 2;
    for (let n = 1; n <= entries; n++) lab.world.putIfAbsent(paths(lab).entry(n), Buffer.from('x'));
    lab.world.putIfAbsent(`${paths(lab).checkpoints}README`, Buffer.from('x'));
    for (const [n, ageMs] of ages) {
      lab.world.advance(now - ageMs - lab.world.nowMs());
      lab.world.putIfAbsent(paths(lab).checkpoint(n), Buffer.from('x'));
    }
    lab.world.advance(now - lab.world.nowMs());
    return lab;
  }

  it('the newest few, one an hour before them, and the newest that is older than the history', async () => {
    const old = LIMITS.ledgerHistoryMs;
    const lab = await thinned([
      [10, old + 5 * HOUR],
      [20, old + 4 * HOUR],
      [30, old + 1],
      [40, old - 1],
      [50, 5 * HOUR],
      [60, 5 * HOUR - 1000],
      [70, 4 * HOUR],
      [80, 3000],
      [90, 2000],
      [100, 1000],
    ]);
    expect(LIMITS.checkpointsKept).toBe(3);
    await checkpoint(lab, at(100 + EVERY), { checkpoint: 100 });
    expect(numbersOf(lab, 'checkpoints').filter((n) => n !== undefined)).toEqual([30, 40, 50, 70, 80, 90, 100, 100 + EVERY]);
  });

  it('entries go up to the newest checkpoint that is older than the history, not those that a table still needs', async () => {
    const old = LIMITS.ledgerHistoryMs;
    const lab = await thinned(
      [
        [4, old + 2 * HOUR],
        [6, old + 1],
        [8, old],
        [9, 1000],
      ],
      9,
    );
    for (const name of ['!first', 'last']) lab.world.putIfAbsent(`${paths(lab).ledger}${name}`, Buffer.from('x'));
    const state = at(9 + EVERY);
    state.tables.set(TABLE, { ...landedState({ start: 0, classes: 'a' }).tables.get(TABLE)!, pending: [2, 8] });
    expect(await checkpoint(lab, state, { checkpoint: 9 })).toEqual({ written: true, collected: 5 });
    expect(numbersOf(lab, 'ledger')).toEqual([undefined, 2, 7, 8, 9, undefined]);
  });
});
