// Poison beyond judging: a record that loops or exhausts memory while its row is encoded, or while it is redriven; and one too large to be
// kept. Each ends in the quarantine, or stays there; its neighbours land.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { readNdjson } from '../../../src/decode/ndjson.ts';
import { startProbe } from '../../../src/isolation/probe-process.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { probeRecords } from '../../../src/jobs/probe-records.ts';
import { redrive } from '../../../src/jobs/redrive.ts';
import { createJudge, judgeRecords } from '../../../src/pipeline/judge.ts';
import {
  audit,
  CrashError,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  gameContract,
  gameRecords,
  type Lab,
  makeLab,
  observer,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const module = (name: string) => new URL(`./support/${name}.ts`, import.meta.url).href;
const poisoned = (kinds: string, poison: Readonly<Record<number, string>>) =>
  records(kinds).map((one, i) => (poison[i] === undefined ? one : { ...one, id: poison[i] }));

async function redriveAll(lab: Lab) {
  const contract = gameContract(2);
  const resolved = await ensureTables({ ports: lab.ports, contract });
  const deadline = startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);
  const guard = { startProbe, judgeModule: module('planted-judge') };
  return redrive({ ports: lab.ports, contract, resolved, judge: createJudge(contract), deadline, filter: {}, isPlan: false, guard });
}

describe('promise 4, contained: poison while rows are encoded', () => {
  it('is found in isolation, and nothing else is', async () => {
    const lab = makeLab();
    const contract = gameContract(1);
    const { tables } = await ensureTables({ ports: lab.ports, contract });
    const request = {
      startProbe,
      contract,
      records: gameRecords(poisoned('aaaa', { 1: 'encode-loops', 2: 'encode-exhausts' })),
      members: Uint32Array.from([0, 1, 2, 3]),
      deadline: startDeadline(lab.ports.clock, LIMITS.landDeadlineMs),
      judgeModule: module('planted-encoder'),
    };
    const found = await probeRecords({ ...request, targets: tables.map(({ main }) => main) });
    expect([...found.keys()]).toEqual([1, 2]);
    expect(found.get(1)!.message).toContain('it took too long');
    expect(found.get(2)!.message).toMatch(/it ended the process|it took too long/);
    expect((await probeRecords(request)).size).toBe(0);
  });

  it('ends in the quarantine once it has ended a process, its neighbours land', async () => {
    const lab = makeLab();
    const batch = poisoned('aaa', { 1: 'encode-loops' });
    const guard = { startProbe, judgeModule: module('planted-encoder') };
    // The process ends while data files are made: its marker is all that is left.
    lab.setFault(({ op, target }) => (op === 'create' && target.includes('/data/') ? { kind: 'crash-before' } : undefined));
    await expect(lab.land(batch, { guard })).rejects.toThrow(CrashError);
    const next = observer(lab.world);
    await next.land(batch, { guard });
    await next.commit();
    expect(await rowsOf(next.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:2:p0-2']);
    expect(await rowsOf(next.ports, GAME_QUARANTINE)).toEqual(['0:1:']);
    expect((await audit(next.ports)).clean).toBe(true);
  });
});

describe('promise 4, contained: poison in a redrive', () => {
  it('a record that loops stays quarantined, its neighbours land', async () => {
    const lab = makeLab();
    await lab.land(poisoned('cccx', { 1: 'loops' }));
    await lab.commit();
    expect(await redriveAll(lab)).toMatchObject({ examined: 4, accepted: 2 });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:2:p0-2']);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:1:', '0:3:']);
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});

describe('promise 4, contained: a value too large to be kept', () => {
  it('is quarantined by its beginning, length and SHA-256, never redriven, and its neighbours land', async () => {
    const lab = makeLab();
    const line = (id: string) => JSON.stringify({ id, event_time: Date.UTC(2026, 0, 1), kind: 'a' });
    // A whole message with blanks behind it: its beginning reads like a message.
    const large = line('large').padEnd(LIMITS.recordValueBytesMax + 1, ' ');
    const input = [Buffer.from(`${line('one')}\n${large}\n${line('three')}\n`)];
    const options = {
      format: 'events',
      file: 'f',
      source: { id: GAME_SOURCE, topic: 'events' },
      timestampMs: Date.UTC(2026, 0, 1),
    } as const;
    const sha256 = createHash('sha256').update(large).digest('hex');
    const reasons = [];
    for await (const batch of readNdjson(input, options)) {
      await lab.land([], { records: batch.records });
      reasons.push(
        ...judgeRecords(createJudge(gameContract()), batch.records, { ingestedAtMs: 0 }).quarantined.flatMap((one) => one.reasons),
      );
    }
    expect(reasons).toMatchObject([
      { rule: 'truncated', message: expect.stringContaining(`got ${large.length}; the first 65536 are kept, SHA-256 of all: ${sha256}`) },
    ]);
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:one', '0:2:three']);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:1:']);
    const file = lab.world.urisUnder(`${lab.ports.root}/game/events__quarantine/data/`)[0]!;
    const stored = (await lab.ports.files.read(file))!;
    expect(stored.length).toBeLessThan(LIMITS.recordValueBytesMax / 10);
    expect(await redriveAll(lab)).toMatchObject({ examined: 0, accepted: 0 });
    expect((await audit(lab.ports)).clean).toBe(true);
  });
});
