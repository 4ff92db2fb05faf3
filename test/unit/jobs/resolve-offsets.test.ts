// The resolver against a cluster in memory: what exists lands, what does not is recorded with its evidence, and an answer from another
// topic proves nothing.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { startProbe } from '../../../src/isolation/probe-process.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { type ResolveRequest, resolveOffsets } from '../../../src/jobs/resolve-offsets.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { GAME_SOURCES } from '../../support/kafka/run-lab.ts';
import {
  audit,
  CrashError,
  GAME_TABLE,
  gameContract,
  type Lab,
  ledgerOf,
  makeLab,
  records,
  rowsOf,
  rowText,
} from '../../support/memory/index.ts';

const resolve = (lab: Lab, kafka: FakeKafka, options: Partial<ResolveRequest> = {}) =>
  resolveOffsets({
    ports: lab.ports,
    contract: gameContract(),
    reader: kafka.reader(),
    sources: GAME_SOURCES,
    deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs),
    ...options,
  });

/** Kafka has all but offsets 4 and 5; offsets 2 to 7 were missed between two deliveries. */
async function withHole() {
  const lab = makeLab();
  const kafka = new FakeKafka(lab.world);
  kafka.makeTopic('events', 1);
  kafka.append('events', records('aaab..bxaa'));
  await lab.land(records('aa'));
  await lab.land(records('aa', { offset: 8 }));
  await lab.commit();
  return { lab, kafka };
}

describe('promise 1, accounted: unverified offsets', () => {
  it('a record that exists lands, one that does not is recorded as absent, and the audit is clean', async () => {
    const { lab, kafka } = await withHole();
    expect((await audit(lab.ports)).sources).toMatchObject([{ unverified: { count: 6 } }]);
    expect(await resolve(lab, kafka)).toEqual({ landed: 4, noRecord: 2, beforeLogStart: 0, left: [], parked: [] });
    await lab.commit();
    const report = await audit(lab.ports);
    expect(report).toMatchObject({ clean: true, sources: [{ covered: 10, counts: { accepted: 7, quarantined: 1, absent: 2 } }] });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(records('aaab..b.aa').map((one) => rowText(one)));
    const absent = [...(await ledgerOf(lab.ports)).entries.values()].filter(({ kind }) => kind === 'absent');
    expect(absent).toMatchObject([{ evidence: 'proven', cause: 'no-record' }]);
  });

  it('records of a gap are guarded like any others: a process that ends on one leaves its marker', async () => {
    const { lab, kafka } = await withHole();
    const { suspects } = contractPaths(lab.ports.root, 'game.events');
    lab.setFault(({ op, target }) => (op === 'create' && target.includes('/staged/') ? { kind: 'crash-before' } : undefined));
    await expect(resolve(lab, kafka, { guard: { startProbe } })).rejects.toThrow(CrashError);
    expect(lab.world.urisUnder(suspects)).toHaveLength(1);
  });

  it('resolving again finds nothing to do and asks Kafka nothing', async () => {
    const { lab, kafka } = await withHole();
    await resolve(lab, kafka);
    await lab.commit();
    const reads = kafka.reads;
    expect(await resolve(lab, kafka)).toEqual({ landed: 0, noRecord: 0, beforeLogStart: 0, left: [], parked: [] });
    expect(kafka.reads).toBe(reads);
  });

  it('offsets that retention has deleted are recorded with that cause, the rest of their gap is read', async () => {
    const { lab, kafka } = await withHole();
    kafka.deleteBefore('events', 0, 6);
    expect(await resolve(lab, kafka)).toMatchObject({ landed: 2, noRecord: 0, beforeLogStart: 4, left: [] });
    await lab.commit();
    expect(await audit(lab.ports)).toMatchObject({ clean: true, sources: [{ counts: { accepted: 5, quarantined: 1, absent: 4 } }] });
    const absent = [...(await ledgerOf(lab.ports)).entries.values()].find(({ kind }) => kind === 'absent');
    expect(absent).toMatchObject({ cause: 'before-log-start', ranges: [{ ranges: [[2, 6]] }] });
  });

  it('a compacted neighbour proves nothing, the other one does', async () => {
    const { lab, kafka } = await withHole();
    kafka.compact('events', 0, [1]);
    expect(await resolve(lab, kafka)).toMatchObject({ landed: 4, noRecord: 2, left: [] });
  });

  it('without a neighbour to compare nothing is said, and it is told what is left', async () => {
    const { lab, kafka } = await withHole();
    kafka.compact('events', 0, [0, 1, 8, 9]);
    expect(await resolve(lab, kafka)).toMatchObject({
      landed: 0,
      noRecord: 0,
      left: [{ partition: 0, ranges: [[2, 8]], why: 'nothing-to-compare' }],
    });
    expect((await audit(lab.ports)).sources).toMatchObject([{ unverified: { count: 6 } }]);
  });

  it('another record at a covered neighbour parks the source, and nothing of the answer counts', async () => {
    const { lab, kafka } = await withHole();
    kafka.makeTopic('events', 1);
    kafka.append(
      'events',
      records('aaaaaaaaaa').map((one) => ({ ...one, timestampMs: one.timestampMs + 1 })),
    );
    const result = await resolve(lab, kafka);
    expect(result).toMatchObject({ landed: 0, noRecord: 0, parked: [expect.stringContaining('the topic was made again')] });
    expect((await audit(lab.ports)).parked).toMatchObject([{ reason: 'topic-recreated' }]);
  });

  it('another UUID than the ledger knows parks the source before anything is read', async () => {
    const { lab, kafka } = await withHole();
    const observed = new Map([[GAME_SOURCES.get('events')!.id, { topicId: 'another' }]]);
    await lab.land(records('a', { offset: 10 }), { observed });
    await lab.commit();
    expect(await resolve(lab, kafka)).toMatchObject({ landed: 0, noRecord: 0, parked: [expect.stringContaining('another topicId')] });
    expect(kafka.reads).toBe(0);
  });

  it('what is staged meanwhile is landed once and never recorded as absent', async () => {
    const { lab, kafka } = await withHole();
    kafka.compact('events', 0, [2]);
    await lab.land(records('aaab..bx').slice(2), {});
    expect(await resolve(lab, kafka)).toMatchObject({ landed: 3 });
    await lab.commit();
    expect(await audit(lab.ports)).toMatchObject({
      clean: true,
      sources: [{ covered: 10, counts: { accepted: 7, quarantined: 1, absent: 2 } }],
    });
  });

  it('while a staged descriptor cannot be read, what retention has deleted stays open', async () => {
    const { lab, kafka } = await withHole();
    kafka.deleteBefore('events', 0, 6);
    await lab.ports.files.create(
      contractPaths(lab.ports.root, 'game.events').descriptor('000000000000001-broken'),
      Buffer.from('no descriptor'),
    );
    expect(await resolve(lab, kafka)).toMatchObject({
      landed: 2,
      beforeLogStart: 0,
      left: [{ why: 'unreadable-descriptor', ranges: [[2, 6]] }],
    });
  });

  it('a partition of another member is left to it', async () => {
    const { lab, kafka } = await withHole();
    expect(await resolve(lab, kafka, { isMine: () => false })).toMatchObject({ landed: 0, noRecord: 0, left: [] });
    expect(kafka.reads).toBe(0);
  });

  it('killed anywhere and run again, every offset ends in one class', async () => {
    const calls = await callsOfAResolve();
    for (let n = 1; n <= calls; n++) {
      const { lab, kafka } = await withHole();
      const victim = makeLab({ world: lab.world, process: 'victim', seed: n });
      victim.setFault((call) => (call.count === n ? { kind: n % 2 === 0 ? 'crash-before' : 'crash-after' } : undefined));
      await resolve(victim, kafka).catch(() => undefined);
      await resolve(lab, kafka);
      await lab.commit();
      await resolve(lab, kafka);
      await lab.commit();
      expect(await audit(lab.ports)).toMatchObject({
        clean: true,
        sources: [{ covered: 10, counts: { accepted: 7, quarantined: 1, absent: 2 } }],
      });
    }
  });
});

async function callsOfAResolve(): Promise<number> {
  const { lab, kafka } = await withHole();
  const before = lab.calls.length;
  await resolve(lab, kafka);
  return lab.calls.length - before;
}
