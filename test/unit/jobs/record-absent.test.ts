// Absent entries: what they may cover, what they must leave alone, and what a later delivery meets.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { type RecordAbsentRequest, recordAbsent } from '../../../src/jobs/record-absent.ts';
import { recordPark } from '../../../src/jobs/record-park.ts';
import type { Ranges } from '../../../src/ledger/ranges.ts';
import { audit, GAME_SOURCE, type Lab, ledgerOf, makeLab, records } from '../../support/memory/index.ts';

const record = (lab: Lab, ranges: Ranges, options: Partial<RecordAbsentRequest> = {}) =>
  recordAbsent({
    ports: lab.ports,
    contractName: 'game.events',
    deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs),
    cause: 'no-record',
    ranges: [{ sourceId: GAME_SOURCE, partition: 0, ranges }],
    ...options,
  });

/** Two deliveries with offsets 2 to 4 missing in between. */
async function withHole(): Promise<Lab> {
  const lab = makeLab();
  await lab.land(records('aa'));
  await lab.land(records('aa', { offset: 5 }));
  await lab.commit();
  return lab;
}

describe('promise 1, accounted: absent entries', () => {
  it('a hole between deliveries is unverified until an entry says why it is there', async () => {
    const lab = await withHole();
    expect((await audit(lab.ports)).sources).toMatchObject([{ unverified: { count: 3 } }]);
    const result = await record(lab, [[0, 7]]);
    expect(result).toMatchObject({ offsets: 3, covered: 4, staged: 0 });
    expect(result.recorded).toEqual([{ sourceId: GAME_SOURCE, partition: 0, ranges: [[2, 5]] }]);
    const report = await audit(lab.ports);
    expect(report).toMatchObject({ clean: true, entry: result.entry });
    expect(report.sources).toMatchObject([{ covered: 7, counts: { accepted: 4, absent: 3 }, isAccounted: true }]);
    const entry = (await ledgerOf(lab.ports)).entries.get(result.entry!);
    expect(entry).toMatchObject({ kind: 'absent', evidence: 'proven', cause: 'no-record' });
  });

  it('recording it again changes nothing', async () => {
    const lab = await withHole();
    const first = await record(lab, [[2, 5]]);
    expect(await record(lab, [[2, 5]])).toMatchObject({ entry: undefined, offsets: 0, covered: 3 });
    expect((await ledgerOf(lab.ports)).state.n).toBe(first.entry);
  });

  it('what a staged descriptor holds is never recorded as absent', async () => {
    const lab = await withHole();
    await lab.land(records('a', { offset: 3 }));
    expect(await record(lab, [[2, 5]], { cause: 'by-hand' })).toMatchObject({ offsets: 2, staged: 1 });
    await lab.commit();
    expect(await audit(lab.ports)).toMatchObject({ clean: true, sources: [{ counts: { accepted: 5, absent: 2 } }] });
  });

  it('while a staged descriptor cannot be read only offsets without a record ever are recorded', async () => {
    const lab = await withHole();
    lab.world.putIfAbsent(contractPaths(lab.ports.root, 'game.events').descriptor('000000000000000-x'), Buffer.from('{'));
    for (const cause of ['before-log-start', 'by-hand'] as const) {
      await expect(record(lab, [[2, 5]], { cause })).rejects.toThrow(/cannot be read and may hold these records/);
    }
    expect(await record(lab, [[2, 5]])).toMatchObject({ offsets: 3 });
  });

  it('a record delivered where a declaration stands is dropped; where absence is proven its source is parked', async () => {
    const declared = await withHole();
    await record(declared, [[2, 5]], { cause: 'by-hand', note: 'lost with the old cluster' });
    await declared.land(records('aaaaaaa'));
    expect(await declared.commit()).toMatchObject({ parked: [], descriptorsCovered: 1 });
    const proven = await withHole();
    await record(proven, [[2, 5]]);
    await proven.land(records('aaaaaaa'));
    expect((await proven.commit()).parked).toMatchObject([{ reason: 'topic-recreated' }]);
  });

  it('a rival that takes the number first costs another reading, and nothing is recorded twice', async () => {
    const lab = await withHole();
    const rival = makeLab({ world: lab.world, process: 'rival', seed: 5 });
    let done = false;
    lab.setFault(({ op, target }) => {
      if (done || op !== 'create' || !target.includes('/ledger/')) return undefined;
      done = true;
      return { kind: 'rival', act: async () => void (await record(rival, [[2, 4]])) };
    });
    expect(await record(lab, [[2, 5]])).toMatchObject({ offsets: 1, recorded: [{ ranges: [[4, 5]] }] });
    expect(await audit(lab.ports)).toMatchObject({ clean: true, sources: [{ counts: { absent: 3 } }] });
  });

  it('an unknown or parked source, a contract without a ledger and an endless note are refused by name', async () => {
    const lab = await withHole();
    const other = [{ sourceId: 'other/events/1', partition: 0, ranges: [[0, 1]] as Ranges }];
    await expect(record(lab, [], { ranges: other })).rejects.toThrow(/source other\/events\/1 .* is not known/);
    await expect(record(makeLab(), [[0, 1]])).rejects.toThrow(/has no ledger/);
    await expect(record(lab, [[2, 3]], { note: 'x'.repeat(LIMITS.noteBytesMax + 1) })).rejects.toThrow(/note has/);
    const deadline = startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);
    const park = { target: { sourceId: GAME_SOURCE }, reason: 'topic-recreated' as const, message: 'another topic' };
    expect(await recordPark({ ports: lab.ports, contractName: 'game.events', deadline, ...park })).toBeGreaterThan(0);
    expect(await recordPark({ ports: lab.ports, contractName: 'game.events', deadline, ...park })).toBeUndefined();
    await expect(record(lab, [[2, 3]])).rejects.toThrow(/is parked/);
  });
});
