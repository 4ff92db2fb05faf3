// A ledger whose old classes lie in segments decides, compares, audits and redrives like any other; a segment that may not exist is never
// named by a checkpoint.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { applyUnparkSource } from '../../../src/jobs/apply-unpark.ts';
import { loadWholeLedger } from '../../../src/jobs/class-segments.ts';
import { planLedger } from '../../../src/jobs/plan-ledger.ts';
import { resolveOffsets } from '../../../src/jobs/resolve-offsets.ts';
import { restoreLedger } from '../../../src/jobs/restore-ledger.ts';
import { parseSegment } from '../../../src/ledger/archive.ts';
import { parseCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { subtractRanges } from '../../../src/ledger/ranges.ts';
import { FakeKafka } from '../../support/kafka/fake-kafka.ts';
import { GAME_SOURCES } from '../../support/kafka/run-lab.ts';
import { deadlineOf } from '../../support/memory/applying.ts';
import {
  audit,
  GAME_SOURCE,
  GAME_TABLE,
  gameContract,
  gameRecords,
  type Lab,
  ledgerOf,
  makeLab,
  observer,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const SMALL = {
  checkpointEveryEntries: 2,
  classRangesMax: 4,
  classRangesKept: 1,
  rememberedTimestampsMax: 4,
  rememberedTotalMax: 4,
  rememberedMin: 4,
};
const before = { ...LIMITS };
beforeAll(() => void Object.assign(LIMITS as Record<string, number>, SMALL));
afterAll(() => void Object.assign(LIMITS as Record<string, number>, before));

const KINDS = 'anxannaxn.nanaxa';
const paths = (lab: Lab) => contractPaths(lab.ports.root, 'game.events');

async function landAll(lab: Lab, kinds = KINDS): Promise<void> {
  for (let offset = 0; offset < kinds.length; offset += 4) {
    await lab.land(records(kinds.slice(offset, offset + 4), { offset }));
    await lab.commit();
  }
}

describe('promise 10, bounded: a ledger with segments', () => {
  it('keeps few ranges in its checkpoint, and the audit still knows the class of every offset', async () => {
    const lab = makeLab();
    await landAll(lab);
    const { state } = await ledgerOf(lab.ports);
    expect(state.segments.length).toBeGreaterThan(0);
    expect(lab.world.urisUnder(paths(lab).classes).length).toBeGreaterThanOrEqual(state.segments.length);
    const count = (kinds: string) => [...KINDS].filter((kind) => kinds.includes(kind)).length;
    const counts = { accepted: count('a'), quarantined: count('x'), filtered: count('n') };
    expect(await audit(lab.ports)).toMatchObject({ clean: true, sources: [{ covered: KINDS.length }] });
    expect((await loadWholeLedger({ ports: lab.ports, contractName: 'game.events' })).state.sources.get(GAME_SOURCE)!.counts).toMatchObject(
      counts,
    );
  });

  it('tells an old delivery of filtered records alone from a recreated topic', async () => {
    const lab = makeLab();
    await landAll(lab);
    await lab.land(records('nn', { offset: 4 }));
    expect((await lab.commit()).parked).toEqual([]);
    await lab.land(records('n', { offset: 1 }));
    expect(await lab.commit()).toMatchObject({ descriptorsCovered: 1, parked: [] });
    await lab.land(records('n', { offset: 1 }).map((one) => ({ ...one, timestampMs: one.timestampMs + 10 ** 9 })));
    expect((await lab.commit()).parked).toMatchObject([{ reason: 'topic-recreated' }]);
  });

  it('whose segment was lost says so, and is made anew as far as the tables know', async () => {
    const lab = makeLab();
    await landAll(lab);
    const { state } = await ledgerOf(lab.ports);
    lab.world.objects.delete(paths(lab).segment(state.segments[0]!));
    const next = observer(lab.world);
    await expect(audit(next.ports)).rejects.toMatchObject({ code: 'segment-missing', message: expect.stringContaining('--kind ledger') });
    const { effects } = await planLedger({ ports: next.ports, contractName: 'game.events', isAccepted: false });
    expect(effects.join('\n')).toMatch(/offsets between them are unverified/);
  });

  it.each(['gone', 'garbled'])(
    'whose segment is %s parks a source that delivers old records again, by the name of the object; all else goes on',
    async (how) => {
      const lab = makeLab();
      await landAll(lab);
      const { state } = await ledgerOf(lab.ports);
      const uri = paths(lab).segment(state.segments[0]!);
      if (how === 'gone') lab.world.objects.delete(uri);
      else lab.world.objects.set(uri, { bytes: Buffer.from('x'), lastModifiedMs: 0 });
      const next = observer(lab.world);
      const before = await rowsOf(next.ports, GAME_TABLE);
      await next.land(records('a', { offset: KINDS.length }));
      expect(await next.commit()).toMatchObject({ descriptorsDecided: 1, parked: [] });
      await next.land(records('n', { offset: 1 }));
      await next.land([], { records: gameRecords(records('a'), 'other/events/1') });
      const result = await next.commit();
      expect(result).toMatchObject({ descriptorsDecided: 1, parked: [{ sourceId: GAME_SOURCE, reason: 'nothing-to-compare' }] });
      expect(result.parked[0]!.message).toContain(uri.slice(next.ports.root.length + 1));
      expect(result.parked[0]!.message).toContain('firn recover plan --kind ledger');
      expect(await rowsOf(next.ports, GAME_TABLE)).toEqual([...before, '0:0:p0-0', `0:${KINDS.length}:p0-${KINDS.length}`].sort());
      expect(next.world.urisUnder(paths(lab).staged)).toHaveLength(1);
      // The way out: the ledger made anew, the source let go on, and Kafka asked for what the segment alone knew.
      const kafka = new FakeKafka(lab.world);
      kafka.makeTopic('events', 1);
      kafka.append('events', records(`${KINDS}a`));
      const rows = await rowsOf(next.ports, GAME_TABLE);
      const { body } = await planLedger({ ports: next.ports, contractName: 'game.events', isAccepted: false });
      const request = { ports: next.ports, contractName: 'game.events', deadline: deadlineOf(next) };
      await restoreLedger({ ...request, plan: body });
      const { parked } = (await ledgerOf(next.ports)).state.sources.get(GAME_SOURCE)!;
      await applyUnparkSource({ ...request, plan: { sourceId: GAME_SOURCE, park: parked!.entry, observed: {} } });
      expect((await next.commit()).parked).toEqual([]);
      await resolveOffsets({ ...request, contract: gameContract(), reader: kafka.reader(), sources: GAME_SOURCES });
      await next.commit();
      expect(await audit(next.ports)).toMatchObject({ clean: true, parked: [] });
      expect(await rowsOf(next.ports, GAME_TABLE)).toEqual(rows);
    },
  );

  it('of which one segment was lost keeps what the others say', async () => {
    const lab = makeLab();
    await landAll(lab, KINDS + KINDS);
    const { segments } = (await ledgerOf(lab.ports)).state;
    expect(segments.length).toBeGreaterThan(1);
    const [kept, lost] = segments.map((name) => paths(lab).segment(name));
    const [held] = parseSegment((await lab.ports.files.read(kept!))!, { name: segments[0]!, contract: 'game.events' });
    expect(held!.filtered.length).toBeGreaterThan(0);
    lab.world.objects.delete(lost!);
    const next = observer(lab.world);
    const { body } = await planLedger({ ports: next.ports, contractName: 'game.events', isAccepted: false });
    const [partition] = parseCheckpoint(Buffer.from(body.checkpoint, 'base64'), body.n).sources.get(GAME_SOURCE)!.partitions.values();
    expect(subtractRanges(held!.filtered, partition!.filtered)).toEqual([]);
    expect(subtractRanges(held!.quarantined, partition!.quarantined)).toEqual([]);
    for (const [table, ranges] of Object.entries(held!.accepted))
      expect(subtractRanges(ranges, partition!.accepted.get(table)!)).toEqual([]);
  });

  it('names no segment whose creation nobody can tell, and goes on without', async () => {
    const lab = makeLab();
    lab.setFault(({ op, target }) => (op === 'create' && target.includes('/classes/') ? { kind: 'apply-then-fail' } : undefined));
    await landAll(lab);
    expect((await ledgerOf(lab.ports)).state.segments).toEqual([]);
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});
