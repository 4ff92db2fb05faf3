// A source's new generation: a topic made again begins anew; a mirrored one inherits what landed under the old generation at other offsets.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { inheritGeneration } from '../../../src/jobs/inherit-generation.ts';
import { planGeneration } from '../../../src/jobs/plan-generation.ts';
import { makeRegularResolver } from '../../../src/jobs/resolve-regularly.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { runUntilIdle } from '../../support/kafka/run-lab.ts';
import {
  audit,
  GAME_QUARANTINE,
  GAME_TABLE,
  type GameRecord,
  gameContract,
  gameRecords,
  type Lab,
  ledgerOf,
  makeLab,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const SECOND = { id: 'main/events/2', topic: 'events' };

/** `firn run` of a generation, its resolver included. */
function runGeneration(lab: Lab, kafka: FakeKafka, source = SECOND) {
  const sources = new Map([['events', source]]);
  const resolve = makeRegularResolver({ ports: lab.ports, contract: gameContract(), reader: kafka.reader(), sources });
  return runUntilIdle(lab, kafka, { sources, resolve });
}

/** The same records at other offsets: a slot without a record (a transaction marker) after every `every`th. */
function mirrored(all: readonly GameRecord[], { from = 0, every = 3 } = {}): GameRecord[] {
  return all.map((record, i) => ({ ...record, offset: from + i + Math.floor(i / every) }));
}

async function withOldGeneration() {
  const lab = makeLab();
  const kafka = new FakeKafka(lab.world);
  kafka.makeTopic('events', 2);
  const old = [...records('aabnnax'), ...records('nabca', { partition: 1 })];
  kafka.append('events', old);
  await runUntilIdle(lab, kafka);
  return { lab, kafka, old };
}

const later = (partition: number, offset: number, ids: readonly string[]): GameRecord[] =>
  ids.map((id, i) => ({
    partition,
    offset: offset + i,
    kind: 'a',
    id,
    timestampMs: Date.UTC(2026, 1, 1) + partition * 100_000 + i * 1000,
  }));

const idsOf = async (lab: Lab, table = GAME_TABLE) => (await rowsOf(lab.ports, table)).map((row) => row.split(':')[2]).sort();
const idsAccepted = (all: readonly GameRecord[]) =>
  all
    .filter(({ kind }) => 'ab'.includes(kind))
    .map(({ id }) => id)
    .sort();

function makeMirror(kafka: FakeKafka, old: readonly GameRecord[], options: { readonly from?: number } = {}): void {
  kafka.makeTopic('events', 2);
  for (const partition of [0, 1])
    kafka.append(
      'events',
      mirrored(
        old.filter((one) => one.partition === partition),
        options,
      ),
    );
}

describe('promise 2, once: generations', () => {
  it('a topic made again lands every record of its own under the new generation', async () => {
    const { lab, kafka, old } = await withOldGeneration();
    kafka.makeTopic('events', 2);
    const fresh = [...later(0, 0, ['n0', 'n1', 'n2']), ...later(1, 0, ['n3'])];
    kafka.append('events', fresh);
    await runGeneration(lab, kafka);
    expect(await idsOf(lab)).toEqual(idsAccepted([...old, ...fresh]));
    expect((await audit(lab.ports)).clean).toBe(true);
    const { state } = await ledgerOf(lab.ports);
    expect(state.sources.get(SECOND.id)).toMatchObject({ isMapped: true, counts: { accepted: 4 } });
  });

  it('a mirrored topic with other offsets lands only what had not landed, each record once', async () => {
    const { lab, kafka, old } = await withOldGeneration();
    makeMirror(kafka, old, { from: 100 });
    const fresh = [...later(0, 200, ['n0', 'n1']), ...later(1, 200, ['n2'])];
    kafka.append('events', fresh);
    const { of } = await runGeneration(lab, kafka);
    expect(of('halted')).toEqual([]);
    expect(await idsOf(lab)).toEqual(idsAccepted([...old, ...fresh]));
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toHaveLength(old.filter(({ kind }) => 'cx'.includes(kind)).length);
    const report = await audit(lab.ports);
    expect(report.clean).toBe(true);
    const inherited = report.sources.filter(({ sourceId }) => sourceId === SECOND.id).reduce((sum, one) => sum + one.inherited, 0);
    expect(inherited).toBe(old.length);
    const entry = [...(await ledgerOf(lab.ports)).entries.values()].find(
      (one) => one.kind === 'source' && one.sources[0]?.mapping !== undefined,
    );
    expect(entry).toMatchObject({
      sources: [{ mapping: { of: ['main/events/1'], landed: old.length, fresh: fresh.length, ambiguous: 0 } }],
    });
  });

  it('inherited offsets delivered again from any place are duplicates, told by their timestamps; another topic there is told too', async () => {
    const { lab, kafka, old } = await withOldGeneration();
    makeMirror(kafka, old);
    const plan = await planGeneration({
      ports: lab.ports,
      contractName: 'game.events',
      reader: kafka.reader(),
      source: SECOND,
      isAccepted: false,
    });
    await inheritGeneration({
      ports: lab.ports,
      contractName: 'game.events',
      deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs),
      plan,
    });
    const before = await idsOf(lab);
    const again = mirrored(old.filter(({ partition }) => partition === 0)).slice(3, 5);
    await lab.land([], { records: gameRecords(again, SECOND.id) });
    expect(await lab.commit()).toMatchObject({ descriptorsCovered: 1, parked: [] });
    expect(await idsOf(lab)).toEqual(before);
    await lab.land([], {
      records: gameRecords(
        again.map((one) => ({ ...one, timestampMs: one.timestampMs + 86_400_000 })),
        SECOND.id,
      ),
    });
    expect((await lab.commit()).parked).toMatchObject([{ sourceId: SECOND.id, reason: 'topic-recreated' }]);
  });

  it('a delivery of a generation that nobody has compared is parked, and goes on once it is compared', async () => {
    const { lab, kafka, old } = await withOldGeneration();
    makeMirror(kafka, old);
    const fresh = later(0, 50, ['n0']);
    kafka.append('events', fresh);
    const delivered = [...mirrored(old.filter(({ partition }) => partition === 0)), ...fresh];
    await lab.land([], { records: gameRecords(delivered, SECOND.id) });
    const parked = (await lab.commit()).parked;
    expect(parked).toMatchObject([{ sourceId: SECOND.id, reason: 'generation-unmapped' }]);
    expect(parked[0]!.recovery.commands[0]).toContain('--kind generation --source main/events/2');
    await runGeneration(lab, kafka);
    expect(await idsOf(lab)).toEqual(idsAccepted([...old, ...fresh]));
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('a staged delivery of it is compared, too, where Kafka has its records no more: compacted, or removed by retention', async () => {
    for (const lose of ['compact', 'deleteBefore'] as const) {
      const { lab, kafka, old } = await withOldGeneration();
      makeMirror(kafka, old);
      const delivered = mirrored(old.filter(({ partition }) => partition === 0));
      await lab.land([], { records: gameRecords(delivered, SECOND.id) });
      expect((await lab.commit()).parked).toMatchObject([{ sourceId: SECOND.id, reason: 'generation-unmapped' }]);
      const offsets = delivered.slice(0, 4).map(({ offset }) => offset);
      if (lose === 'compact') kafka.compact('events', 0, offsets);
      else kafka.deleteBefore('events', 0, offsets.at(-1)! + 1);
      await runGeneration(lab, kafka);
      expect(await idsOf(lab)).toEqual(idsAccepted(old));
      expect(
        (await audit(lab.ports)).sources.filter(({ sourceId }) => sourceId === SECOND.id).reduce((sum, one) => sum + one.inherited, 0),
      ).toBe(old.length);
    }
  });

  it('where timestamps do not tell, nothing is read until a person takes the records for new', async () => {
    const { lab, kafka, old } = await withOldGeneration();
    kafka.makeTopic('events', 2);
    // The partitions are exchanged: timestamps landed elsewhere, and order tells nothing.
    kafka.append(
      'events',
      mirrored(old.map((record) => ({ ...record, partition: 1 - record.partition })).filter(({ partition }) => partition === 0)),
    );
    const { of } = await runGeneration(lab, kafka);
    expect(of('halted')).toMatchObject([{ halted: { reason: 'generation', message: expect.stringContaining('--accept') } }]);
    expect(of('landed')).toEqual([]);
    const request = { ports: lab.ports, contractName: 'game.events', reader: kafka.reader(), source: SECOND };
    await expect(planGeneration({ ...request, isAccepted: false })).rejects.toMatchObject({ code: 'generation-ambiguous' });
    const plan = await planGeneration({ ...request, isAccepted: true });
    expect(plan).toMatchObject({ inherited: [], mapping: { ambiguous: 5 } });
    await inheritGeneration({ ...request, deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs), plan });
    await runGeneration(lab, kafka);
    expect((await ledgerOf(lab.ports)).state.sources.get(SECOND.id)!.counts).toMatchObject({ accepted: 3, quarantined: 1, filtered: 1 });
  });

  it('a plan is refused when the older generation has landed more since, and applying it twice does nothing', async () => {
    const { lab, kafka, old } = await withOldGeneration();
    makeMirror(kafka, old);
    const request = { ports: lab.ports, contractName: 'game.events', reader: kafka.reader(), source: SECOND, isAccepted: false };
    const deadline = startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);
    const outdated = await planGeneration(request);
    await lab.land(records('a', { offset: 7 }));
    await expect(planGeneration(request)).rejects.toThrow(/staged and not decided yet/);
    await lab.commit();
    await expect(inheritGeneration({ ...request, deadline, plan: outdated })).rejects.toThrow(/landed more since/);
    const plan = await planGeneration(request);
    expect(await inheritGeneration({ ...request, deadline, plan })).toBeGreaterThan(0);
    expect(await inheritGeneration({ ...request, deadline, plan })).toBeUndefined();
  });

  it('a third generation is compared with all before it, in their order', async () => {
    const { lab, kafka, old } = await withOldGeneration();
    makeMirror(kafka, old, { from: 100 });
    const fresh = later(0, 200, ['n0', 'n1']);
    kafka.append('events', fresh);
    await runGeneration(lab, kafka);
    makeMirror(kafka, [...old, ...fresh], { from: 5 });
    await runGeneration(lab, kafka, { id: 'main/events/3', topic: 'events' });
    expect(await idsOf(lab)).toEqual(idsAccepted([...old, ...fresh]));
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('records of a mirror from before the old generation began, in front of what landed, land too', async () => {
    const lab = makeLab();
    const kafka = new FakeKafka(lab.world);
    kafka.makeTopic('events', 1);
    const all = records('abaabnnax');
    const old = all.slice(3);
    kafka.append('events', old);
    await runUntilIdle(lab, kafka);
    kafka.makeTopic('events', 1);
    kafka.append('events', mirrored(all, { from: 100 }));
    const { of } = await runGeneration(lab, kafka);
    expect(of('halted')).toEqual([]);
    expect(await idsOf(lab)).toEqual(idsAccepted(all));
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('records that landed in a partition the new topic does not have are not taken for new', async () => {
    const { lab, kafka, old } = await withOldGeneration();
    kafka.makeTopic('events', 1);
    // Those of partition 1 behind those of partition 0, where order alone would call them new.
    const joined = old.map((record, offset) => ({ ...record, partition: 0, offset }));
    kafka.append('events', joined);
    const { of } = await runGeneration(lab, kafka);
    expect(of('halted')).toMatchObject([{ halted: { reason: 'generation' } }]);
    expect(await idsOf(lab)).toEqual(idsAccepted(old));
  });

  it('a delivery nobody has compared is parked wherever in it an old record is, and whichever old record was the youngest', async () => {
    const at = (offset: number, second: number): GameRecord => ({
      partition: 0,
      offset,
      kind: 'a',
      id: `t${second}`,
      timestampMs: Date.UTC(2026, 0, 1) + second * 1000,
    });
    for (const delivered of [
      // A backfill beside live producers, and a mirror that begins with the youngest record of all.
      [at(0, 50), at(1, 20), at(2, 60)],
      [at(0, 40), at(1, 50)],
    ]) {
      const lab = makeLab();
      await lab.land([at(0, 10), at(1, 40), at(2, 20), at(3, 30)]);
      await lab.commit();
      await lab.land([], { records: gameRecords(delivered, SECOND.id) });
      expect((await lab.commit()).parked).toMatchObject([{ sourceId: SECOND.id, reason: 'generation-unmapped' }]);
      expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(4);
    }
  });

  it('partitions compared one group after the other are doubted as those of one group are', async () => {
    const before = LIMITS.generationRecordsMax;
    Object.assign(LIMITS as Record<string, number>, { generationRecordsMax: 14 });
    try {
      const { lab, kafka, old } = await withOldGeneration();
      kafka.makeTopic('events', 3);
      // More partitions than before: the later records of partition 0 are in partition 2, which is compared without partition 0.
      kafka.append(
        'events',
        old.map((record) =>
          record.partition === 0 && record.offset > 2 ? { ...record, partition: 2, offset: record.offset - 3 } : record,
        ),
      );
      const { of } = await runGeneration(lab, kafka);
      expect(of('halted')).toMatchObject([{ halted: { reason: 'generation', message: expect.stringContaining('--accept') } }]);
      expect(await idsOf(lab)).toEqual(idsAccepted(old));
    } finally {
      Object.assign(LIMITS as Record<string, number>, { generationRecordsMax: before });
    }
  });
});
