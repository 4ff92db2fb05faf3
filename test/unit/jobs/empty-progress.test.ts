// Hours of records that bring no table anything: few entries, no snapshots, everything accounted for in the end, and a record that lands is
// not held up by what waits.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { commitContract } from '../../../src/jobs/commit-contract.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { runUntilIdle } from '../../support/kafka/run-lab.ts';
import { audit, GAME_TABLE, gameRecords, type Lab, ledgerOf, makeLab, records, rowsOf } from '../../support/memory/index.ts';

const commit = (lab: Lab) =>
  commitContract({
    ports: lab.ports,
    contractName: 'game.events',
    deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs),
    mayWait: true,
  });

describe('promise 10, bounded: empty progress', () => {
  it('of three minutes, landed and committed every second, makes one entry a minute, reads each descriptor twice, and makes no snapshot', async () => {
    const lab = makeLab();
    await lab.land(records('a'));
    await commit(lab);
    const { n } = (await ledgerOf(lab.ports)).state;
    const seconds = 180;
    let snapshots = 0;
    lab.calls.length = 0;
    for (let second = 1; second <= seconds; second++) {
      await lab.land(records('n', { offset: second }));
      const { tables } = await commit(lab);
      snapshots += tables.reduce((sum, one) => sum + one.snapshots, 0);
      lab.world.advance(1000);
    }
    const reads = lab.calls.filter(({ op, target }) => op === 'read' && target.includes('/staged/')).length;
    expect(reads).toBeLessThanOrEqual(2 * seconds);
    const made = (await ledgerOf(lab.ports)).state.n - n;
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(Math.ceil((seconds * 1000) / LIMITS.emptyProgressMs));
    expect(snapshots).toBe(0);
    await lab.commit();
    expect(await audit(lab.ports)).toMatchObject({
      clean: true,
      staged: { descriptors: 0 },
      sources: [{ counts: { accepted: 1, filtered: seconds } }],
    });
  });

  it('of one source waits beside what is staged of a parked one', async () => {
    const lab = makeLab();
    const other = 'other/events/1';
    await lab.land(records('a'));
    await lab.land([], { records: gameRecords(records('a'), other) });
    await commit(lab);
    // The other topic was made again: its source is parked, and what it delivers stays staged.
    const again = records('a').map((one) => ({ ...one, timestampMs: one.timestampMs + 1 }));
    await lab.land([], { records: gameRecords(again, other) });
    expect((await commit(lab)).parked).toMatchObject([{ sourceId: other }]);
    lab.world.advance(2 * LIMITS.emptyProgressMs);
    let made = 0;
    for (let offset = 1; offset <= 10; offset++) {
      await lab.land(records('n', { offset }));
      made += (await commit(lab)).entriesCreated;
      lab.world.advance(1000);
    }
    expect(made).toBe(0);
  });

  it('waits no longer than its bound, nor for more descriptors than its bound', async () => {
    const lab = makeLab();
    await lab.land(records('a'));
    await commit(lab);
    await lab.land(records('n', { offset: 1 }));
    expect(await commit(lab)).toMatchObject({ entriesCreated: 0 });
    lab.world.advance(LIMITS.emptyProgressMs);
    expect(await commit(lab)).toMatchObject({ entriesCreated: 1, descriptorsDecided: 1, counts: { filtered: 1 } });
    for (let i = 0; i < LIMITS.emptyProgressDescriptorsMax; i++) {
      expect(await commit(lab)).toMatchObject({ entriesCreated: 0 });
      await lab.land(records('n', { offset: 2 + i }));
    }
    expect(await commit(lab)).toMatchObject({ entriesCreated: 1, counts: { filtered: LIMITS.emptyProgressDescriptorsMax } });
  });

  it('goes with the first record that a table gets, which waits for nothing', async () => {
    const lab = makeLab();
    await lab.land(records('n'));
    await commit(lab);
    await lab.land(records('n', { offset: 1 }));
    await commit(lab);
    await lab.land(records('a', { offset: 2 }));
    // The source's entry, and one for all three.
    expect(await commit(lab)).toMatchObject({ entriesCreated: 2, descriptorsDecided: 3, counts: { accepted: 1, filtered: 2 } });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:2:p0-2']);
  });

  it('is decided before a consumer takes partitions over and when it stops: nothing is read twice', async () => {
    const lab = makeLab();
    const kafka = new FakeKafka(lab.world);
    kafka.makeTopic('events', 1);
    kafka.append('events', records('nnnn'));
    await runUntilIdle(lab, kafka);
    const first = await audit(lab.ports);
    expect(first).toMatchObject({ clean: true, staged: { descriptors: 0 }, sources: [{ counts: { filtered: 4 } }] });
    kafka.append('events', records('nn', { offset: 4 }));
    const { of } = await runUntilIdle(lab, kafka);
    expect(of('landed').reduce((sum, { result }) => sum + result.records, 0)).toBe(2);
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});
