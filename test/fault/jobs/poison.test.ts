// Poison: a record that throws, loops or exhausts memory ends in the quarantine as it came, its neighbours land, the partition goes
// on; without help from the event source, which only delivers the same batch again.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import type { KafkaRecords } from '../../../src/decode/records.ts';
import { startProbe } from '../../../src/isolation/probe-process.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { guardBatch } from '../../../src/jobs/guard-batch.ts';
import { probeRecords } from '../../../src/jobs/probe-records.ts';
import { judgeRecords } from '../../../src/pipeline/judge.ts';
import {
  audit,
  CrashError,
  GAME_QUARANTINE,
  GAME_TABLE,
  gameContract,
  gameRecords,
  type Lab,
  makeLab,
  records,
  rowsOf,
} from '../../support/memory/index.ts';
import { createJudge } from './support/planted-judge.ts';

const judgeModule = new URL('./support/planted-judge.ts', import.meta.url).href;
const poisoned = (kinds: string, poison: Readonly<Record<number, string>>) =>
  records(kinds).map((one, i) => (poison[i] === undefined ? one : { ...one, id: poison[i] }));
const markers = (lab: Lab) => lab.world.urisUnder(contractPaths(lab.ports.root, 'game.events').suspects);

/** What a process that dies while it reads the batch leaves: its marker and nothing else. */
async function dieWith(lab: Lab, batch: ReturnType<typeof poisoned>): Promise<void> {
  const dying = {
    createJudge: () => {
      throw new CrashError('planted');
    },
  };
  await expect(
    lab.land(batch, {
      guard: { startProbe, judgeModule },
      judge: { pipelines: [{ process: dying.createJudge }], router: () => dying.createJudge(), unrouted: 'quarantine' },
    }),
  ).rejects.toThrow(CrashError);
}

describe('promise 4, contained: poison', () => {
  it('a record that throws from the whole batch is quarantined in process, its neighbours land', async () => {
    const lab = makeLab();
    await lab.land(poisoned('aaaaa', { 2: 'throws' }), { judge: createJudge(gameContract(1)) });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1', '0:3:p0-3', '0:4:p0-4']);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:2:']);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
  });

  it('a record found harmful is not even routed, and its neighbours go where they belong', () => {
    const offered: number[] = [];
    const router = ({ kafkaOffset, count }: KafkaRecords) => {
      offered.push(...kafkaOffset);
      return new Int16Array(count);
    };
    const suspects = new Map([[1, { rule: 'internal-error', field: '', message: 'it ended the process' }]]);
    const judge = { ...createJudge(gameContract(1)), router };
    const judged = judgeRecords(judge, gameRecords(records('aaa')), { ingestedAtMs: 0, suspects });
    expect(offered).toEqual([0, 2]);
    expect(judged.quarantined.map(({ record }) => record)).toEqual([1]);
    expect(judged.parts.map(({ rowRecord }) => [...rowRecord])).toEqual([[0, 2]]);
  });

  it('records that loop or exhaust memory are found in isolation, and nothing else is', async () => {
    const lab = makeLab();
    const batch = gameRecords(poisoned('aaaaaaa', { 1: 'loops', 4: 'exhausts', 6: 'throws' }));
    const found = await probeRecords({
      startProbe,
      contract: gameContract(1),
      records: batch,
      members: Uint32Array.from({ length: 7 }, (_, i) => i),
      deadline: startDeadline(lab.ports.clock, LIMITS.landDeadlineMs),
      judgeModule,
    });
    // Whether a blow-up is ended by its heap or by the clock depends on the machine.
    expect([...found.keys()]).toEqual([1, 4]);
    expect(found.get(1)).toMatchObject({ rule: 'internal-error', message: expect.stringContaining('it took too long') });
    expect(found.get(4)!.rule).toBe('internal-error');
  });

  it('after a process died the same batch is looked at in isolation at once, lands, and the partition goes on', async () => {
    const lab = makeLab();
    const batch = poisoned('aaaa', { 1: 'loops' });
    await dieWith(lab, batch);
    expect(markers(lab)).toHaveLength(1);
    const landed = await lab.land(batch, { guard: { startProbe, judgeModule }, judge: createJudge(gameContract(1)) });
    expect(landed.counts).toMatchObject({ accepted: 3, quarantined: 1 });
    expect(landed.ruleCounts).toMatchObject({ 'internal-error:quarantine': 1 });
    expect(markers(lab)).toEqual([]);
    await lab.land(records('aa', { offset: 4 }), { guard: { startProbe, judgeModule }, judge: createJudge(gameContract(1)) });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(5);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:1:']);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
    expect(lab.counts.get('poison-records')).toBe(1);
  });

  it('a batch cut elsewhere is looked at where the marker names its offsets, and nowhere else', async () => {
    const lab = makeLab();
    await dieWith(lab, records('aaa'));
    const request = {
      startProbe,
      ports: lab.ports,
      contract: gameContract(1),
      deadline: startDeadline(lab.ports.clock, LIMITS.landDeadlineMs),
    };
    const later = await guardBatch({ ...request, records: gameRecords(records('aa', { offset: 3 })) });
    expect(later.markers).toHaveLength(1);
    expect(lab.counts.get('suspect-batch')).toBeUndefined();
    const wider = await guardBatch({ ...request, records: gameRecords(records('aaaaa')) });
    expect(wider.suspects.size).toBe(0);
    expect(lab.counts.get('suspect-batch')).toBe(1);
    // Its own marker and the two whose offsets it covers.
    expect(wider.markers).toHaveLength(3);
  });

  it('a landing that a store failed leaves no suspicion, so that the next one need not look at each record in isolation', async () => {
    const lab = makeLab();
    lab.setFault(({ op, target }) => (op === 'create' && target.includes('/data/') ? { kind: 'fail-before' } : undefined));
    await expect(lab.land(records('aa'), { guard: { startProbe, judgeModule } })).rejects.toMatchObject({ name: 'TransientIoError' });
    expect(markers(lab)).toEqual([]);
    lab.setFault(undefined);
    await lab.land(records('aa'), { guard: { startProbe, judgeModule } });
    expect(lab.counts.get('suspect-batch')).toBeUndefined();
  });

  it('a landing that failed after more than half of its time stays suspected: it may have stood still at a record', async () => {
    const lab = makeLab();
    lab.setFault(({ op, target }) => {
      if (op !== 'create' || !target.includes('/data/')) return undefined;
      lab.world.advance(LIMITS.landDeadlineMs / 2 + 1);
      return { kind: 'fail-before' };
    });
    await expect(lab.land(records('aa'), { guard: { startProbe, judgeModule } })).rejects.toMatchObject({ name: 'TransientIoError' });
    expect(markers(lab)).toHaveLength(1);
  });

  it('with too little time to look at suspects the batch waits: records nobody looked at would be quarantined for no fault of theirs', async () => {
    const lab = makeLab();
    const batch = records('aaa');
    await dieWith(lab, batch);
    const guard = { startProbe, judgeModule };
    const deadline = startDeadline(lab.ports.clock, LIMITS.probeTimeMsMin - 1);
    await expect(lab.land(batch, { guard, deadline })).rejects.toMatchObject({ name: 'DeadlineError', code: 'no-time-to-probe' });
    expect((await lab.land(batch, { guard })).counts).toMatchObject({ accepted: 3, quarantined: 0 });
  });

  it('the committer is rung before the markers are cleared, which nobody waits for', async () => {
    const lab = makeLab();
    await lab.land(records('aa'), { guard: { startProbe, judgeModule } });
    const at = (op: string, part: string) => lab.calls.findIndex((call) => call.op === op && call.target.includes(part));
    expect(at('create', '/staged/')).toBeLessThan(at('ring', ''));
    expect(at('ring', '')).toBeLessThan(at('delete', '/suspect/'));
  });

  it('a marker that is no marker, or older than a day, suspects nobody', async () => {
    const lab = makeLab();
    await dieWith(lab, records('aa'));
    lab.world.putIfAbsent(`${contractPaths(lab.ports.root, 'game.events').suspects}x.json`, Buffer.from('{'));
    lab.world.advance(LIMITS.suspectLifeMs + 1);
    await lab.land(records('aa'), { guard: { startProbe, judgeModule } });
    expect(lab.counts.get('suspect-batch')).toBeUndefined();
    expect(markers(lab)).toEqual([]);
  });
});
