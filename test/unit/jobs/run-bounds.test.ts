// What bounds a run besides size: a unit that was held for too long is read again, never landed; a position that Kafka calls out of range
// again and again is given up after jittered pauses.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { InputRefusedError, TransientIoError } from '../../../src/errors.ts';
import type { EventSource } from '../../../src/kafka-ports.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { runUntilIdle } from '../../support/kafka/run-lab.ts';
import { audit, GAME_TABLE, makeLab, records, rowsOf } from '../../support/memory/index.ts';

function setUp(kinds: string) {
  const lab = makeLab();
  const kafka = new FakeKafka(lab.world);
  kafka.makeTopic('events', 1);
  kafka.append('events', records(kinds));
  return { lab, kafka };
}

describe('promise 10, bounded: a run', () => {
  it('that slept between reading and landing reads again: what others said of those offsets meanwhile stands', async () => {
    const { lab, kafka } = setUp('aaaa');
    const member = kafka.member('one', ['events']);
    let slept = 0;
    const sleepy: EventSource = {
      ...member,
      read: async (wanted, bounds) => {
        const slices = await member.read(wanted, bounds);
        if (slices.length > 0 && slept++ === 0) lab.world.advance(LIMITS.landDeadlineMs + 1);
        return slices;
      },
    };
    await runUntilIdle(lab, kafka, { events: sleepy, idleMs: LIMITS.landDeadlineMs * 2 });
    expect(slept).toBeGreaterThan(1);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1', '0:2:p0-2', '0:3:p0-3']);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('that is to end gives up after so many failures in a row, and one round that works counts them anew', async () => {
    const { lab, kafka } = setUp('aa');
    const member = kafka.member('one', ['events']);
    const down = new TransientIoError('cannot join the group: nobody answers; it is tried again', { code: 'kafka-unavailable' });
    let asked = 0;
    const flaky: EventSource = {
      ...member,
      assignment: async () => {
        asked++;
        if (asked !== 5) throw down;
        return member.assignment();
      },
    };
    const run = runUntilIdle(lab, kafka, { events: flaky, failuresMax: 7, idleMs: Number.POSITIVE_INFINITY });
    await expect(run).rejects.toBe(down);
    expect(asked).toBe(5 + 7);
  });

  it('ends at once where a certificate is refused before anything has worked, and later tries again, as brokers get new ones one by one', async () => {
    for (const [isRefused, isEnd] of [
      [(asked: number) => asked === 1, true],
      [(asked: number) => asked === 2 || asked === 4, false],
    ] as const) {
      const { lab, kafka } = setUp('aa');
      const member = kafka.member('one', ['events']);
      let asked = 0;
      const refused = new InputRefusedError('no connection by TLS', { code: 'kafka-certificate' });
      const renewing: EventSource = {
        ...member,
        assignment: async () => {
          asked++;
          if (isRefused(asked)) throw refused;
          return member.assignment();
        },
      };
      const run = runUntilIdle(lab, kafka, { events: renewing });
      if (isEnd) {
        await expect(run).rejects.toBe(refused);
        expect(asked).toBe(1);
        continue;
      }
      const { of } = await run;
      expect(of('retrying').map(({ attempt }) => attempt)).toEqual([1, 1]);
      expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(2);
    }
  });

  it('whose position is out of range every time pauses, longer each time, and then waits for a person', async () => {
    const { lab, kafka } = setUp('aa');
    const member = kafka.member('one', ['events']);
    const readAtMs: number[] = [];
    const contrary: EventSource = {
      ...member,
      read: async (wanted) => {
        readAtMs.push(lab.world.nowMs());
        lab.world.advance(1);
        return wanted.map((position) => ({ ...position, kind: 'out-of-range' as const }));
      },
    };
    const { of } = await runUntilIdle(lab, kafka, { events: contrary, idleMs: 20_000 });
    const halts = of('halted');
    expect(halts[0]).toMatchObject({
      halted: { reason: 'refused', message: expect.stringContaining('out of range, though it is within the bounds') },
    });
    const before = readAtMs.slice(0, LIMITS.outOfRangeMax);
    const pauses = before.slice(1).map((at, i) => at - before[i]!);
    expect(pauses).toHaveLength(LIMITS.outOfRangeMax - 1);
    for (const ms of pauses) expect(ms).toBeGreaterThan(1);
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(LIMITS.runRetryMsMax * LIMITS.outOfRangeMax);
  });

  it('out of range once, as when retention overtook it, goes on from where the log begins', async () => {
    const { lab, kafka } = setUp('aaaa');
    const member = kafka.member('one', ['events']);
    let isFirst = true;
    const overtaken: EventSource = {
      ...member,
      read: async (wanted, bounds) => {
        if (isFirst && wanted.length > 0) {
          isFirst = false;
          kafka.deleteBefore('events', 0, 2);
        }
        return member.read(wanted, bounds);
      },
    };
    const { of } = await runUntilIdle(lab, kafka, { events: overtaken });
    expect(of('halted')).toEqual([]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:2:p0-2', '0:3:p0-3']);
  });

  it('says how many partitions of its topics others read', async () => {
    const { lab, kafka } = setUp('aa');
    await kafka.member('other', ['events']).assignment();
    const { of } = await runUntilIdle(lab, kafka);
    expect(of('assigned').at(-1)).toMatchObject({ partitions: 0, elsewhere: 1, lag: 0 });
  });
});
