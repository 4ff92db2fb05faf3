// Recovery in bounded units against a cluster in memory: plan, units, audit, in rounds, as the state machine drives them.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { RecoveryKind } from '../../../src/contract/machine-payloads.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { auditRecovery } from '../../../src/jobs/recovery/audit-recovery.ts';
import { planRecovery } from '../../../src/jobs/recovery/plan-recovery.ts';
import { recoverUnit } from '../../../src/jobs/recovery/recover-unit.ts';
import type { RecoveredUnit, RecoveryRequest } from '../../../src/jobs/recovery/types.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { GAME_SOURCES } from '../../support/kafka/run-lab.ts';
import { audit, GAME_TABLE, gameContract, type Lab, makeLab, records, rowsOf, rowText } from '../../support/memory/index.ts';

const requestOf = (lab: Lab, kafka: FakeKafka): RecoveryRequest => ({
  ports: lab.ports,
  contract: gameContract(),
  reader: kafka.reader(),
  sources: GAME_SOURCES,
  deadline: startDeadline(lab.ports.clock, LIMITS.recoverDeadlineMs),
});
const plan = (lab: Lab, kafka: FakeKafka, kind: RecoveryKind) => planRecovery({ ...requestOf(lab, kafka), kind });
const recover = (lab: Lab, kafka: FakeKafka, given: { readonly plan: string; readonly unit: number; readonly from?: number }) =>
  recoverUnit({ ...requestOf(lab, kafka), from: 0, ...given });

/** Every unit, each in as many turns as it asks for. */
async function carryOut(lab: Lab, kafka: FakeKafka, kind: RecoveryKind): Promise<readonly RecoveredUnit[]> {
  const { plan: id, units } = await plan(lab, kafka, kind);
  const done: RecoveredUnit[] = [];
  for (const unit of units.keys()) {
    let last = await recover(lab, kafka, { plan: id, unit });
    for (let turns = 1; last.kind === 'more' && turns < 20; turns++) last = await recover(lab, kafka, { plan: id, unit, from: last.from });
    done.push(last);
  }
  await lab.commit();
  return done;
}

/** Kafka has ten records in each of two partitions; the first four of partition 0 were delivered, and its eighth and ninth. */
async function standing() {
  const lab = makeLab();
  const kafka = new FakeKafka(lab.world);
  kafka.makeTopic('events', 2);
  kafka.append('events', records('aaaaaaaaaa'));
  kafka.append('events', records('aaaaaaaaaa', { partition: 1 }));
  await lab.land(records('aaaa'));
  await lab.land(records('aa', { offset: 7 }));
  await lab.commit();
  return { lab, kafka };
}

describe('promise 8, recoverable: offsets in bounded units', () => {
  it('resolve asks about what is missing between deliveries and leaves what lies behind them to the event source', async () => {
    const { lab, kafka } = await standing();
    const { units, leftAlone } = await plan(lab, kafka, 'resolve');
    expect([units, leftAlone]).toEqual([[{ kind: 'resolve', topic: 'events', partitions: [0], offsets: 3 }], []]);
    expect(await carryOut(lab, kafka, 'resolve')).toMatchObject([{ kind: 'done', landed: 3, absent: 0 }]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(records('aaaaaaaaa').map((one) => rowText(one)));
    expect(await auditRecovery({ ports: lab.ports, contractName: 'game.events' })).toEqual({
      kind: 'clean',
      scope: 'rows',
      unverified: 0,
      staged: 0,
    });
  });

  it('holes also lands what Kafka holds behind the last delivery, and partitions that never brought anything', async () => {
    const { lab, kafka } = await standing();
    expect((await plan(lab, kafka, 'holes')).units).toEqual([
      { kind: 'resolve', topic: 'events', partitions: [0], offsets: 3 },
      { kind: 'land', topic: 'events', partition: 0, from: 9, to: 10 },
      { kind: 'land', topic: 'events', partition: 1, from: 0, to: 10 },
    ]);
    await carryOut(lab, kafka, 'holes');
    const all = [...records('aaaaaaaaaa'), ...records('aaaaaaaaaa', { partition: 1 })];
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(all.map((one) => rowText(one)).sort());
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
  });

  it('a unit carried out twice, and beside the event source, lands every record once', async () => {
    const { lab, kafka } = await standing();
    const { plan: id, units } = await plan(lab, kafka, 'holes');
    for (const unit of units.keys()) {
      await recover(lab, kafka, { plan: id, unit });
      await recover(lab, kafka, { plan: id, unit });
    }
    await lab.land(records('aaaaaaaaaa', { partition: 1 }));
    await lab.commit();
    for (const unit of units.keys()) expect(await recover(lab, kafka, { plan: id, unit })).toMatchObject({ kind: 'done', landed: 0 });
    await lab.commit();
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(20);
  });

  it('offsets without a record at the beginning and the end of what is landed are absent, because the topic is proven the same', async () => {
    const lab = makeLab();
    const kafka = new FakeKafka(lab.world);
    kafka.makeTopic('events', 1);
    kafka.append('events', records('aaa..aa'), 10);
    await lab.land(records('aaa'));
    await lab.commit();
    await carryOut(lab, kafka, 'holes');
    expect(await audit(lab.ports)).toMatchObject({ clean: true, sources: [{ covered: 10, counts: { accepted: 5, absent: 5 } }] });
  });

  it('a topic that was made again parks its source, and nothing of it lands', async () => {
    const { lab, kafka } = await standing();
    kafka.makeTopic('events', 2);
    const later = records('aaaaaaaaaaaa').map((one) => ({ ...one, timestampMs: one.timestampMs + 5 }));
    kafka.append('events', later);
    const done = await carryOut(lab, kafka, 'holes');
    expect(done.some(({ parked }) => parked.some((why) => why.includes('made again')))).toBe(true);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(6);
    expect(await auditRecovery({ ports: lab.ports, contractName: 'game.events' })).toMatchObject({ kind: 'unclean' });
    const { units, leftAlone } = await plan(lab, kafka, 'holes');
    expect([units, leftAlone.join()]).toEqual([[], expect.stringContaining('is parked')]);
  });

  it('a turn ends at half of its deadline and the next goes on where it ended', async () => {
    const lab = makeLab();
    const kafka = new FakeKafka(lab.world);
    kafka.makeTopic('events', 1);
    kafka.append('events', records('a'.repeat(60)));
    await lab.land(records('a'));
    await lab.commit();
    const { plan: id } = await plan(lab, kafka, 'holes');
    const inner = kafka.reader();
    const slow: typeof inner = {
      ...inner,
      read: (...args) => {
        lab.world.advance(LIMITS.recoverDeadlineMs / 4);
        return inner.read(...args);
      },
    };
    const turn = (from: number) => recoverUnit({ ...requestOf(lab, kafka), reader: slow, plan: id, unit: 0, from });
    const first = await turn(0);
    expect(first.kind).toBe('more');
    expect(first.from).toBeGreaterThan(1);
    expect(first.from).toBeLessThan(60);
    let last = first;
    for (let turns = 0; last.kind === 'more' && turns < 60; turns++) last = await turn(last.from);
    expect(last).toMatchObject({ kind: 'done', from: 60 });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(60);
  });

  it('the audit waits for what is staged and says how much is unverified', async () => {
    const { lab } = await standing();
    const look = () => auditRecovery({ ports: lab.ports, contractName: 'game.events' });
    expect(await look()).toEqual({ kind: 'open', scope: 'ledger', unverified: 3, staged: 0 });
    await lab.land(records('aaa', { offset: 4 }));
    expect(await look()).toEqual({ kind: 'waiting', scope: 'ledger', unverified: 3, staged: 1 });
    await lab.commit();
    expect(await look()).toMatchObject({ kind: 'clean', scope: 'rows' });
  });

  it('a plan or a unit that does not exist is refused by name', async () => {
    const { lab, kafka } = await standing();
    const { plan: id, units } = await plan(lab, kafka, 'resolve');
    await expect(recover(lab, kafka, { plan: id, unit: units.length })).rejects.toThrow(`has no unit ${units.length}`);
    await expect(recover(lab, kafka, { plan: 'recover-holes-0123456789abcdef', unit: 0 })).rejects.toThrow('there is no plan');
  });
});
