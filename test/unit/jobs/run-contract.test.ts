// The loop of `firn run` against a cluster in memory: where reading begins, what is acknowledged when, what stops what.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { TransientIoError } from '../../../src/errors.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { runUntilIdle } from '../../support/kafka/run-lab.ts';
import { audit, GAME_SOURCE, GAME_TABLE, ledgerOf, makeLab, records, rowsOf, rowText } from '../../support/memory/index.ts';

function cluster(partitions = 2) {
  const lab = makeLab();
  const kafka = new FakeKafka(lab.world);
  kafka.makeTopic('events', partitions);
  return { lab, kafka };
}

describe('promise 1, accounted: what a run reads', () => {
  it('everything committed lands, offsets without a record are absent at once, and the group is told', async () => {
    const { lab, kafka } = cluster();
    kafka.append('events', records('..ab.xn', { partition: 0 }), 9);
    kafka.append('events', records('aaaaaaaaaaaa', { partition: 1 }));
    await runUntilIdle(lab, kafka);
    const report = await audit(lab.ports);
    expect(report.clean).toBe(true);
    expect(report.sources).toMatchObject([
      { partition: 0, start: 0, end: 9, counts: { accepted: 2, quarantined: 1, filtered: 1, absent: 5 }, unverified: { count: 0 } },
      { partition: 1, start: 0, end: 12, counts: { accepted: 12 }, unverified: { count: 0 } },
    ]);
    expect(Object.fromEntries(kafka.acknowledged)).toEqual({ 'events 0': 9, 'events 1': 12 });
    expect((await ledgerOf(lab.ports)).state.sources.get(GAME_SOURCE)!.observed).toEqual({
      clusterId: kafka.clusterId,
      topicId: kafka.topics.get('events')!.id,
    });
  });

  it('a stretch of aborted transactions alone is accounted for without a file', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('a', { offset: 0 }));
    await runUntilIdle(lab, kafka);
    kafka.append('events', [], 0);
    kafka.topics.get('events')!.logs[0]!.endOffset = 40;
    await runUntilIdle(lab, kafka);
    const report = await audit(lab.ports);
    expect(report).toMatchObject({ clean: true, sources: [{ end: 40, counts: { accepted: 1, absent: 39 } }] });
  });

  it('a broker that fails while a unit is gathered costs none of what was read before', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('a'.repeat(40)));
    const member = kafka.member('one', ['events']);
    let reads = 0;
    const read: typeof member.read = async (...args) => {
      if (++reads % 3 === 2) throw new TransientIoError('cannot read: ECONNRESET', { code: 'kafka-unavailable' });
      return member.read(...args);
    };
    const run = await runUntilIdle(lab, kafka, { events: { ...member, read } });
    expect(run.of('retrying').length).toBeGreaterThan(0);
    expect((await rowsOf(lab.ports, GAME_TABLE)).length).toBe(40);
    expect(await audit(lab.ports)).toMatchObject({ clean: true, sources: [{ start: 0, end: 40, counts: { accepted: 40, absent: 0 } }] });
  });

  it('nothing is acknowledged before it is durable', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('aaa'));
    let failures = 0;
    lab.setFault((call) => {
      if (call.op !== 'create' || !call.target.includes('/staged/')) return undefined;
      expect(kafka.acknowledged.get('events 0')).toBe(0);
      failures++;
      return failures <= 12 ? { kind: 'fail-before' } : undefined;
    });
    const run = await runUntilIdle(lab, kafka);
    expect(run.of('retrying').length).toBeGreaterThan(0);
    expect(kafka.acknowledged.get('events 0')).toBe(3);
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});

describe('promise 2, once: where a run begins', () => {
  it('a run after another begins where the ledger ends, whatever the group says', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('aaaa'));
    await runUntilIdle(lab, kafka);
    for (const offset of [0, 2, 1_000_000]) {
      kafka.acknowledged.set('events 0', offset);
      const run = await runUntilIdle(lab, kafka);
      expect(run.of('landed')).toEqual([]);
      expect(kafka.acknowledged.get('events 0')).toBe(4);
    }
    kafka.append('events', records('aa', { offset: 4 }));
    await runUntilIdle(lab, kafka);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(records('aaaaaa').map((one) => rowText(one)));
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('a topic that has records before the first run is read from its beginning, never from its end', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('a'.repeat(20), { offset: 7 }));
    kafka.deleteBefore('events', 0, 10);
    await runUntilIdle(lab, kafka);
    expect(await audit(lab.ports)).toMatchObject({ clean: true, sources: [{ start: 10, end: 27, counts: { accepted: 17 } }] });
  });

  it('what a killed member had staged is decided by the next, and nothing is read twice into the table', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('a'.repeat(30)));
    const never = async () => [];
    await runUntilIdle(lab, kafka, { commit: never });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([]);
    kafka.append('events', records('aa', { offset: 30 }));
    const run = await runUntilIdle(lab, kafka, { name: 'two' });
    expect(run.of('landed').map(({ result }) => result.records)).toEqual([2]);
    expect((await rowsOf(lab.ports, GAME_TABLE)).length).toBe(32);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('members that come and go share the partitions and leave every record once', async () => {
    const { lab, kafka } = cluster(4);
    for (let partition = 0; partition < 4; partition++) kafka.append('events', records('a'.repeat(40), { partition }));
    let joined: Promise<unknown> | undefined;
    await runUntilIdle(lab, kafka, {
      onEvent: (event) => {
        if (event.kind !== 'landed' || joined) return;
        joined = runUntilIdle(makeLab({ world: lab.world, process: 'q', seed: 7 }), kafka, { name: 'two' });
      },
    });
    await joined;
    expect(joined).toBeDefined();
    expect((await rowsOf(lab.ports, GAME_TABLE)).length).toBe(160);
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});

describe('promise 4, contained: what stops what', () => {
  it('another topic under the name parks its source before anything of it is read', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('aaa'));
    await runUntilIdle(lab, kafka);
    kafka.makeTopic('events', 1);
    kafka.append('events', records('bbbbbb'));
    const run = await runUntilIdle(lab, kafka);
    expect(run.of('landed')).toEqual([]);
    expect(run.of('halted')[0]!.halted).toMatchObject({ sourceId: GAME_SOURCE, reason: 'parked' });
    const report = await audit(lab.ports);
    expect(report.parked).toMatchObject([{ sourceId: GAME_SOURCE, reason: 'source-identity' }]);
    expect((await rowsOf(lab.ports, GAME_TABLE)).length).toBe(3);
  });

  it('a topic made again while it is read is noticed at the next look, not read as if it went on', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('aaa'));
    let isRemade = false;
    const run = await runUntilIdle(lab, kafka, {
      idleMs: LIMITS.runHaltedRetryMs * 2,
      onEvent: (event) => {
        if (event.kind !== 'committed' || isRemade) return;
        isRemade = true;
        kafka.makeTopic('events', 1);
        kafka.append('events', records('bbbbbb'));
      },
    });
    expect(run.of('halted').map(({ halted }) => halted.reason)).toEqual(expect.arrayContaining(['topic-changed', 'parked']));
    expect((await rowsOf(lab.ports, GAME_TABLE)).length).toBe(3);
  });

  it('a partition that cannot be read stops no other and is read on when it can be', async () => {
    const { lab, kafka } = cluster(2);
    for (const partition of [0, 1]) kafka.append('events', records('aaa', { partition }));
    kafka.unreadable.add('events 0');
    const first = await runUntilIdle(lab, kafka);
    expect(first.of('halted')[0]!.halted).toMatchObject({ partition: 0, reason: 'refused' });
    expect((await rowsOf(lab.ports, GAME_TABLE)).map((row) => row.split(':')[0])).toEqual(['1', '1', '1']);
    kafka.unreadable.clear();
    await runUntilIdle(lab, kafka);
    expect((await rowsOf(lab.ports, GAME_TABLE)).length).toBe(6);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('a partition whose log ends before what is covered is not read until it has caught up', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('aaaa'));
    await runUntilIdle(lab, kafka);
    const log = kafka.topics.get('events')!.logs[0]!;
    log.endOffset = 2;
    const run = await runUntilIdle(lab, kafka);
    expect(run.of('halted')[0]!.halted).toMatchObject({ partition: 0, reason: 'behind' });
    log.endOffset = 4;
    kafka.append('events', records('a', { offset: 4 }));
    await runUntilIdle(lab, kafka);
    expect((await rowsOf(lab.ports, GAME_TABLE)).length).toBe(5);
  });

  it('a cluster that is gone for long is waited for in bounded pauses, and reading goes on where it was', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('aaa'));
    let downs = 0;
    const run = await runUntilIdle(lab, kafka, {
      idleMs: 20 * 60_000,
      onEvent: (event) => {
        if (event.kind === 'committed' && downs === 0) kafka.isDown = true;
        if (event.kind !== 'retrying') return;
        downs++;
        expect(event.pauseMs).toBeLessThanOrEqual(LIMITS.runRetryMsMax);
        if (downs < 30) return;
        kafka.isDown = false;
        if (downs === 30) kafka.append('events', records('aa', { offset: 3 }));
      },
    });
    expect(run.of('retrying').length).toBeGreaterThanOrEqual(30);
    expect(await audit(lab.ports)).toMatchObject({ clean: true, sources: [{ counts: { accepted: 5 } }] });
  });

  it('a topic that does not exist is told at once instead of waited for', async () => {
    const lab = makeLab();
    await expect(runUntilIdle(lab, new FakeKafka(lab.world))).rejects.toThrow(/no such topic/);
  });

  it('records that retention has deleted before they were read are told, left unverified, and the rest is read', async () => {
    const { lab, kafka } = cluster(1);
    kafka.append('events', records('aaa'));
    await runUntilIdle(lab, kafka);
    kafka.append('events', records('a'.repeat(10), { offset: 3 }));
    kafka.deleteBefore('events', 0, 8);
    const run = await runUntilIdle(lab, kafka);
    expect(run.of('lost')).toMatchObject([{ partition: 0, from: 3, to: 8 }]);
    expect(await audit(lab.ports)).toMatchObject({ clean: false, sources: [{ counts: { accepted: 8 }, unverified: { count: 5 } }] });
  });
});

describe('promise 5, fresh: when a run commits', () => {
  it('a record after silence is landed and committed without waiting for an interval', async () => {
    const { lab, kafka } = cluster(1);
    let appendedAtMs = 0;
    const begun: number[] = [];
    await runUntilIdle(lab, kafka, {
      idleMs: 8000,
      commit: async () => {
        if (appendedAtMs > 0) begun.push(lab.world.nowMs() - appendedAtMs);
        return [];
      },
      onEvent: (event) => {
        if (event.kind !== 'assigned') return;
        lab.world.later(5000, () => {
          kafka.append('events', records('a'));
          appendedAtMs = lab.world.nowMs();
        });
      },
    });
    expect(begun[0]).toBeLessThanOrEqual(2 * LIMITS.fetchWaitMs);
  });
});
