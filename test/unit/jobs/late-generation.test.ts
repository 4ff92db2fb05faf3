// An older generation that delivers more after a newer one has begun: its records are accounted for, neither dropped in silence nor in the
// table twice. Old cluster and mirror may both be read for a while, and a late delivery of a topic that was made again may come after all.
import { describe, expect, it } from 'vitest';
import { applyUnparkSource } from '../../../src/jobs/apply-unpark.ts';
import { createEntry } from '../../../src/jobs/create-entry.ts';
import { inheritGeneration } from '../../../src/jobs/inherit-generation.ts';
import { parkedUri } from '../../../src/jobs/materialise-files.ts';
import { planLateGeneration } from '../../../src/jobs/plan-late-generation.ts';
import { encodeCheckpoint, parseCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { parseDescriptor } from '../../../src/ledger/descriptor-codec.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { runUntilIdle } from '../../support/kafka/run-lab.ts';
import { deadlineOf, withLimits } from '../../support/memory/applying.ts';
import {
  audit,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  type GameRecord,
  gameRecords,
  type Lab,
  ledgerOf,
  makeLab,
  records,
  removeDataFiles,
  rowsOf,
} from '../../support/memory/index.ts';

const SECOND = { id: 'main/events/2', topic: 'events' };
const NAME = 'game.events';
const ids = async (lab: Lab) => (await rowsOf(lab.ports, GAME_TABLE)).map((row) => row.split(':')[2]).sort();
const idsAccepted = (all: readonly GameRecord[]) =>
  all
    .filter(({ kind }) => 'ab'.includes(kind))
    .map(({ id }) => id)
    .sort();
/** The same records, as the mirror has them. */
const mirrored = (all: readonly GameRecord[]) => all.map((record) => ({ ...record, offset: record.offset + 100 }));
const landSecond = (lab: Lab, all: readonly GameRecord[]) => lab.land([], { records: gameRecords(all, SECOND.id) });
const dataFiles = (lab: Lab) => lab.world.urisUnder(`${lab.ports.root}/game/`).filter((uri) => uri.includes('/data/'));
const staged = (lab: Lab) => lab.world.urisUnder(`${lab.ports.root}/_firn/${NAME}/staged/`);
const plan = (lab: Lab, isAccepted = false) =>
  planLateGeneration({ ports: lab.ports, contractName: NAME, sourceId: GAME_SOURCE, isAccepted });
const inherit = async (lab: Lab, isAccepted = false) =>
  inheritGeneration({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), plan: (await plan(lab, isAccepted))! });

/** Nothing is gone: everything delivered is in the table or staged, and the audit says that something waits. */
async function expectWaiting(lab: Lab, rows: readonly string[]): Promise<void> {
  const { parked } = await lab.commit();
  expect(parked).toMatchObject([{ sourceId: GAME_SOURCE, reason: 'generation-unmapped' }]);
  expect(parked[0]!.message).toContain(SECOND.id);
  expect(parked[0]!.recovery.commands[0]).toContain(`--kind generation --source ${GAME_SOURCE}`);
  expect(staged(lab)).toHaveLength(1);
  expect(await ids(lab)).toEqual(rows);
  expect(await audit(lab.ports)).toMatchObject({ clean: false, staged: { descriptors: 1 } });
}

async function expectWhole(lab: Lab, all: readonly GameRecord[]): Promise<void> {
  expect(await ids(lab)).toEqual(idsAccepted(all));
  expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toHaveLength(all.filter(({ kind }) => 'cx'.includes(kind)).length);
  expect(staged(lab)).toEqual([]);
  expect(await audit(lab.ports)).toMatchObject({ clean: true, parked: [] });
}

/** The first five records landed under the first generation; the mirror was compared and has landed `upTo`. */
async function switched(all: readonly GameRecord[], upTo: number): Promise<{ readonly lab: Lab; readonly kafka: FakeKafka }> {
  const lab = makeLab();
  const kafka = new FakeKafka(lab.world);
  kafka.makeTopic('events', 1);
  await lab.land(all.slice(0, 5));
  await lab.commit();
  kafka.append('events', mirrored(all.slice(0, upTo)));
  await runUntilIdle(lab, kafka, { sources: new Map([['events', SECOND]]) });
  return { lab, kafka };
}

const EIGHT = records('abnxaanx');

/** What a person took for new was the first eight: of more that both clusters deliver, nothing is in the table twice. */
async function expectComparedAgain(lab: Lab, kafka: FakeKafka): Promise<void> {
  const { state } = await ledgerOf(lab.ports);
  // All of it has landed, and is mentioned no more.
  expect(state.sources.get(GAME_SOURCE)!.besides).toBeUndefined();
  const all = [...EIGHT, ...records('ab', { offset: 8 })];
  kafka.append('events', mirrored(all.slice(8)));
  await runUntilIdle(lab, kafka, { sources: new Map([['events', SECOND]]) });
  await lab.land(all.slice(6));
  await expectWaiting(lab, idsAccepted(all));
  expect((await plan(lab))!.mapping).toEqual({ of: [SECOND.id], landed: 2, fresh: 0, ambiguous: 0 });
  await inherit(lab);
  await lab.commit();
  await expectWhole(lab, all);
}

describe('promises 1 and 2: an older generation of a mirrored topic that delivers more after the mirror was compared', () => {
  it('what the mirror has landed already counts as covered, filtered and quarantined records too; nothing is doubled or dropped', async () => {
    const { lab } = await switched(EIGHT, 8);
    await lab.land(EIGHT.slice(3));
    await expectWaiting(lab, idsAccepted(EIGHT));
    expect((await plan(lab))!.mapping).toEqual({ of: [SECOND.id], landed: 3, fresh: 0, ambiguous: 0 });
    const body = (await plan(lab))!;
    expect(await inherit(lab)).toBeGreaterThan(0);
    expect(await inheritGeneration({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), plan: body })).toBeUndefined();
    await lab.commit();
    await expectWhole(lab, EIGHT);
    // The comparison speaks of what was staged: what comes later is compared again.
    await lab.land(records('a', { offset: 8 }));
    await expectWaiting(lab, idsAccepted(EIGHT));
  });

  it('offsets without a record, which the mirror cannot have, do not park it again', async () => {
    const all = records('abnxa.nx');
    const { lab } = await switched(all, 8);
    await lab.land(all.slice(4));
    await expectWaiting(lab, idsAccepted(all));
    await inherit(lab);
    await lab.commit();
    await expectWhole(lab, all);
    expect((await ledgerOf(lab.ports)).state.sources.get(GAME_SOURCE)!.partitions.get(0)!.absent).toEqual([[5, 6]]);
  });

  it.each(['abnxaann', 'abnxanna', 'abnxannn', 'abnxaannnna'])(
    'several filtered records in a row are told, and are duplicates wherever a delivery begins: %s',
    async (kinds) => {
      const all = records(kinds);
      const { lab } = await switched(all, all.length);
      await lab.land(all.slice(4));
      await expectWaiting(lab, idsAccepted(all));
      expect((await plan(lab))!.mapping).toMatchObject({ landed: all.length - 5, fresh: 0, ambiguous: 0 });
      await inherit(lab);
      for (let offset = 5; offset < all.length; offset++) {
        await lab.land(all.slice(offset));
        await lab.land(all.slice(4, offset));
        expect((await lab.commit()).parked).toEqual([]);
      }
      await expectWhole(lab, all);
    },
  );

  it('what the mirror has not landed yet is left alone until it has, or a person takes it for new', async () => {
    for (const isAccepted of [false, true]) {
      const { lab, kafka } = await switched(EIGHT, 5);
      await landSecond(lab, mirrored(EIGHT.slice(5, 6)));
      await lab.commit();
      await lab.land(EIGHT.slice(5));
      await expectWaiting(lab, idsAccepted(EIGHT.slice(0, 6)));
      await expect(plan(lab)).rejects.toMatchObject({ code: 'generation-ambiguous', details: { kafkaOffset: 6 } });
      if (isAccepted) {
        await inherit(lab, true);
        await lab.commit();
        await expectWhole(lab, EIGHT);
        await expectComparedAgain(lab, kafka);
        continue;
      }
      kafka.append('events', mirrored(EIGHT.slice(5)));
      await runUntilIdle(lab, kafka, { sources: new Map([['events', SECOND]]) });
      await inherit(lab);
      await lab.commit();
      await expectWhole(lab, EIGHT);
    }
  });

  it('what a person took for new lands whatever is delivered meanwhile, and that alone waits for the next comparison', async () => {
    const meanwhile = records('a', { offset: 8 });
    for (const isListedFirst of [false, true]) {
      const { lab } = await switched(EIGHT, 5);
      const before = new Set(staged(lab));
      await lab.land(isListedFirst ? meanwhile : EIGHT.slice(5));
      const [early] = staged(lab).filter((uri) => !before.has(uri));
      const { bytes } = lab.world.objects.get(early!)!;
      if (isListedFirst) {
        // Its lander is slow: its name is the earlier one, and it is there after the comparison.
        lab.world.objects.delete(early!);
        await lab.land(EIGHT.slice(5));
      }
      await lab.commit();
      const body = (await plan(lab, true))!;
      if (isListedFirst) lab.world.putIfAbsent(early!, bytes);
      else await lab.land(meanwhile);
      await inheritGeneration({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), plan: body });
      expect(await lab.commit()).toMatchObject({ descriptorsDecided: 1, parked: [{ reason: 'generation-unmapped' }] });
      await expectWaiting(lab, idsAccepted(EIGHT));
      await inherit(lab, true);
      await lab.commit();
      await expectWhole(lab, [...EIGHT, ...meanwhile]);
    }
  });

  it('that a person lets go on lands what it has and will have, and says so in the checkpoint', async () => {
    const { lab } = await switched(EIGHT, 5);
    await lab.land(EIGHT.slice(5));
    const [parked] = (await lab.commit()).parked;
    const request = { ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab) };
    await applyUnparkSource({ ...request, plan: { sourceId: GAME_SOURCE, park: parked!.entry, observed: {} } });
    await lab.land(records('a', { offset: 8 }));
    expect((await lab.commit()).parked).toEqual([]);
    await expectWhole(lab, [...EIGHT, ...records('a', { offset: 8 })]);
    const { state } = await ledgerOf(lab.ports);
    expect(state.sources.get(GAME_SOURCE)).toMatchObject({ besides: { newest: SECOND.id } });
    expect(parseCheckpoint(encodeCheckpoint(state), state.n)).toEqual(state);
    expect(await plan(lab)).toBeUndefined();
  });

  it('what it has landed before is a duplicate as ever, also in one delivery with a record of its time', async () => {
    const { lab } = await switched(EIGHT, 5);
    await lab.land(EIGHT.slice(1, 4));
    expect(await lab.commit()).toMatchObject({ descriptorsCovered: 1, parked: [] });
    await lab.land(EIGHT.slice(1, 6));
    await expectWaiting(lab, idsAccepted(EIGHT.slice(0, 5)));
  });

  it('what is older than all that the mirror has landed may be in it all the same: nothing of a mirror is told by its age', async () => {
    const lab = makeLab();
    await lab.land(EIGHT.slice(3, 5));
    await lab.commit();
    const [partition, edges] = [0, mirrored(EIGHT.slice(3, 5)).map(({ offset, timestampMs }) => [offset, timestampMs] as const)];
    const inherited = [{ partition, ranges: [[103, 105]] as const, edges, filteredTimestamps: [] }];
    const mapping = { of: [GAME_SOURCE], landed: 2, fresh: 6, ambiguous: 0 };
    const draft = { kind: 'source', sources: [{ sourceId: SECOND.id, topic: 'events', observed: {}, inherited, mapping }] } as const;
    const after = (await ledgerOf(lab.ports)).state.n;
    await createEntry({ ports: lab.ports, contractName: NAME, after, draft, deadline: deadlineOf(lab) });
    await landSecond(lab, mirrored(EIGHT.slice(5)));
    await lab.commit();
    await lab.land(EIGHT.slice(0, 3));
    await expectWaiting(lab, idsAccepted(EIGHT.slice(3)));
    // The mirror is read from its beginning after all.
    await landSecond(lab, mirrored(EIGHT.slice(0, 3)));
    await lab.commit();
    await inherit(lab);
    await lab.commit();
    await expectWhole(lab, EIGHT);
  });

  it('stops no other source', async () => {
    const { lab } = await switched(EIGHT, 5);
    await lab.land(EIGHT.slice(5));
    await lab.land([], { records: gameRecords(records('a'), 'other/events/1') });
    await landSecond(lab, mirrored(EIGHT.slice(5)));
    expect(await lab.commit()).toMatchObject({ descriptorsDecided: 2, parked: [{ sourceId: GAME_SOURCE }] });
  });

  it('is compared by the copy of a staged file where the file itself is gone, and not by what is decided already', async () => {
    const lab = makeLab();
    await lab.land(EIGHT.slice(0, 5));
    const [decided] = staged(lab);
    const { bytes } = lab.world.objects.get(decided!)!;
    await lab.commit();
    await landSecond(lab, mirrored(EIGHT.slice(5)));
    await lab.commit();
    const before = new Set(dataFiles(lab));
    await lab.land(EIGHT.slice(5));
    await lab.commit();
    for (const uri of dataFiles(lab).filter((one) => !before.has(one))) {
      lab.world.putIfAbsent(parkedUri(lab.ports, NAME, uri), lab.world.objects.get(uri)!.bytes);
      lab.world.objects.delete(uri);
    }
    // It waits for a table that is parked; in the others its files have been compacted and swept since.
    lab.world.putIfAbsent(decided!, bytes);
    for (const { path } of parseDescriptor(bytes).tables.flatMap(({ files }) => files)) {
      await removeDataFiles(lab.ports, path.includes('__quarantine') ? GAME_QUARANTINE : GAME_TABLE, ({ filePath }) => filePath === path);
      lab.world.objects.delete(path);
    }
    expect((await plan(lab))!.mapping).toMatchObject({ landed: 3, fresh: 0, ambiguous: 0 });
  });

  it('is refused a plan for more records than memory has room for', async () => {
    const { lab } = await switched(EIGHT, 8);
    await lab.land(EIGHT.slice(5));
    await lab.commit();
    await withLimits({ generationRecordsMax: 10 }, async () => {
      await expect(plan(lab)).rejects.toMatchObject({ code: 'generation-refused', message: expect.stringContaining('at most 10') });
    });
  });

  it('is refused a plan while one of its staged files is gone', async () => {
    const { lab } = await switched(EIGHT, 8);
    const before = new Set(lab.world.urisUnder(`${lab.ports.root}/game/`));
    await lab.land(EIGHT.slice(3));
    await lab.commit();
    const [uri] = lab.world.urisUnder(`${lab.ports.root}/game/events/data/`).filter((one) => !before.has(one));
    lab.world.objects.delete(uri!);
    await expect(plan(lab)).rejects.toMatchObject({ code: 'generation-refused', message: expect.stringContaining(uri!) });
  });
});

describe('promises 1 and 2: a generation between two that have landed', () => {
  const THIRD = 'main/events/3';
  const lateOf = (lab: Lab, sourceId: string, isAccepted = false) =>
    planLateGeneration({ ports: lab.ports, contractName: NAME, sourceId, isAccepted });
  const inheritOf = async (lab: Lab, sourceId: string) =>
    inheritGeneration({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), plan: (await lateOf(lab, sourceId))! });

  /** The first five records landed under the first generation, the others under the third. */
  async function around(): Promise<Lab> {
    const lab = makeLab();
    await lab.land(EIGHT.slice(0, 5));
    await lab.land([], { records: gameRecords(mirrored(EIGHT.slice(5)), THIRD) });
    expect((await lab.commit()).parked).toEqual([]);
    return lab;
  }

  it('that was compared with the older one alone is not taken for compared with the newer one', async () => {
    const lab = await around();
    const kafka = new FakeKafka(lab.world);
    kafka.makeTopic('events', 1);
    kafka.append('events', mirrored(EIGHT));
    await runUntilIdle(lab, kafka, { sources: new Map([['events', SECOND]]) });
    const { parked } = await lab.commit();
    expect(parked).toMatchObject([{ sourceId: SECOND.id, reason: 'generation-unmapped' }]);
    expect(await ids(lab)).toEqual(idsAccepted(EIGHT));
    expect(await inheritOf(lab, SECOND.id)).toBeGreaterThan(0);
    await lab.commit();
    await expectWhole(lab, EIGHT);
  });

  it('that was compared with none is compared with both', async () => {
    const lab = await around();
    await landSecond(lab, mirrored(EIGHT));
    expect((await lab.commit()).parked).toMatchObject([{ sourceId: SECOND.id, reason: 'generation-unmapped' }]);
    expect((await lateOf(lab, SECOND.id))!.mapping).toEqual({ of: [GAME_SOURCE, THIRD], landed: 8, fresh: 0, ambiguous: 0 });
    await inheritOf(lab, SECOND.id);
    await lab.commit();
    await expectWhole(lab, EIGHT);
  });

  it('lets nothing land beside a generation that began after the comparison', async () => {
    const { lab } = await switched(EIGHT, 5);
    await landSecond(lab, mirrored(EIGHT.slice(5, 6)));
    await lab.commit();
    await lab.land(EIGHT.slice(5));
    await lab.commit();
    const body = (await plan(lab, true))!;
    await lab.land([], { records: gameRecords(mirrored(EIGHT.slice(6)), THIRD) });
    await lab.commit();
    await inheritGeneration({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), plan: body });
    expect((await lab.commit()).parked).toMatchObject([{ sourceId: GAME_SOURCE, reason: 'generation-unmapped' }]);
    expect(await ids(lab)).toEqual(idsAccepted(EIGHT));
    await inherit(lab);
    await lab.commit();
    await expectWhole(lab, EIGHT);
  });
});

describe('promises 1 and 2: an older generation of a topic that was made again', () => {
  const later = (all: readonly GameRecord[]) =>
    all.map((one) => ({ ...one, id: `new-${one.id}`, timestampMs: one.timestampMs + 3_600_000, eventMs: one.timestampMs }));

  it('lands what is older than all that the new one holds: it is of the topic before', async () => {
    const lab = makeLab();
    await lab.land(EIGHT.slice(0, 5));
    await landSecond(lab, later(records('ab')));
    expect((await lab.commit()).parked).toEqual([]);
    await lab.land(EIGHT.slice(5));
    expect((await lab.commit()).parked).toEqual([]);
    await expectWhole(lab, [...EIGHT, ...later(records('ab'))]);
  });

  it('is parked with what is in a partition of which the newer one has landed nothing: a mirror may still bring it', async () => {
    const old = records('aa').map((one) => ({ ...one, partition: 1, id: `p1-${one.offset}`, timestampMs: one.timestampMs + 10_000 }));
    const young = later(records('a'));
    for (const isMirror of [true, false]) {
      const lab = makeLab();
      await lab.land(EIGHT.slice(0, 2));
      await landSecond(lab, young);
      expect((await lab.commit()).parked).toEqual([]);
      await lab.land(old);
      await expectWaiting(lab, idsAccepted([...EIGHT.slice(0, 2), ...young]));
      const rest = isMirror ? mirrored(old) : later(old.slice(1));
      await landSecond(lab, rest);
      await lab.commit();
      if (!isMirror) await expect(plan(lab)).rejects.toMatchObject({ code: 'generation-ambiguous' });
      await inherit(lab, !isMirror);
      await lab.commit();
      await expectWhole(lab, [...EIGHT.slice(0, 2), ...young, ...old, ...(isMirror ? [] : rest)]);
    }
  });

  it('is parked with what is not, and lands it once a person says that it is new', async () => {
    const lab = makeLab();
    await lab.land(EIGHT.slice(0, 5));
    await landSecond(lab, later(records('ab')));
    await lab.commit();
    const late = later(records('aa', { offset: 5 }));
    await lab.land(late);
    await expectWaiting(lab, idsAccepted([...EIGHT.slice(0, 5), ...later(records('ab'))]));
    await inherit(lab, true);
    await lab.commit();
    await expectWhole(lab, [...EIGHT.slice(0, 5), ...later(records('ab')), ...late]);
  });

  it('that delivers more while the new topic, compared when it was empty, has nothing yet: the new one is compared again', async () => {
    const lab = makeLab();
    const kafka = new FakeKafka(lab.world);
    kafka.makeTopic('events', 1);
    await lab.land(EIGHT.slice(0, 5));
    await lab.commit();
    await runUntilIdle(lab, kafka, { sources: new Map([['events', SECOND]]) });
    expect((await ledgerOf(lab.ports)).state.sources.get(SECOND.id)).toMatchObject({ isMapped: true });
    await lab.land(EIGHT.slice(5));
    expect((await lab.commit()).parked).toEqual([]);
    expect((await ledgerOf(lab.ports)).state.sources.get(SECOND.id)).toMatchObject({ isMapped: false });
    kafka.append('events', mirrored(EIGHT));
    await landSecond(lab, mirrored(EIGHT));
    expect((await lab.commit()).parked).toMatchObject([{ sourceId: SECOND.id, reason: 'generation-unmapped' }]);
    await runUntilIdle(lab, kafka, { sources: new Map([['events', SECOND]]) });
    await expectWhole(lab, EIGHT);
  });
});
