// The way out of every park of a table: planned, applied, and the table holds each record once again; killed at any step and applied
// again it ends the same; a plan that no longer fits is refused; rows are given up only when somebody accepts it.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { FirnError } from '../../../src/errors.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { applyUnparkSource, applyUnparkTable } from '../../../src/jobs/apply-unpark.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { ensureTables } from '../../../src/jobs/ensure-tables.ts';
import { planUnpark } from '../../../src/jobs/plan-unpark.ts';
import { readUnparkTable } from '../../../src/jobs/unpark-plan.ts';
import { encodeCheckpoint, parseCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { writeCheckpoint } from '../../support/memory/applying.ts';
import {
  audit,
  CrashError,
  changeMetadata,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  gameContract,
  type Lab,
  ledgerOf,
  MemoryWorld,
  makeLab,
  records,
  removeDataFiles,
  rollBackToFirst,
  rowsOf,
} from '../../support/memory/index.ts';

const request = (lab: Lab) => ({
  ports: lab.ports,
  contractName: 'game.events',
  deadline: startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs),
});
const plan = (lab: Lab, isAccepted = false) => planUnpark({ ports: lab.ports, contractName: 'game.events', table: GAME_TABLE, isAccepted });
/** A plan as it is after it was stored and read. */
const stored = async (lab: Lab, isAccepted = false) =>
  readUnparkTable(JSON.parse(JSON.stringify((await plan(lab, isAccepted)).body)), 'body');
const dataFiles = (lab: Lab) => lab.world.urisUnder(`${lab.ports.root}/game/events/data/`);

/** Three commits of one row each, and a quarantined row. */
async function landed(options: Parameters<typeof makeLab>[0] = {}): Promise<Lab> {
  const lab = makeLab(options);
  for (const offset of [0, 1, 2]) {
    await lab.land(records(offset === 2 ? 'ax' : 'a', { offset }));
    await lab.commit();
  }
  return lab;
}

async function parkBy(lab: Lab, reason: string): Promise<void> {
  await lab.land(records('a', { offset: 4 }));
  expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason }]);
}

const ALL = ['0:0:p0-0', '0:1:p0-1', '0:2:p0-2', '0:4:p0-4'];

/** How a table comes to be parked, and how many rows are left once it goes on. */
const CASES: Readonly<Record<string, { readonly action: string; readonly park: (lab: Lab) => Promise<void> }>> = {
  'dropped from the catalog': {
    action: 'register',
    park: async (lab) => {
      const resolved = await ensureTables({ ports: lab.ports, contract: gameContract(1) });
      lab.world.dropTable(identifierOf(GAME_TABLE));
      await lab.land(records('a', { offset: 4 }), { resolved });
      expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'table-missing' }]);
    },
  },
  'rolled back': {
    action: 'roll-forward',
    park: async (lab) => {
      await rollBackToFirst(lab.ports, GAME_TABLE);
      await parkBy(lab, 'rolled-back');
    },
  },
  'dropped and made again': {
    action: 'rebuild',
    park: async (lab) => {
      lab.world.dropTable(identifierOf(GAME_TABLE));
      await parkBy(lab, 'table-recreated');
    },
  },
  'left without our tag': {
    action: 'adopt',
    park: async (lab) => {
      await changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({ ...metadata, refs: { main: metadata.refs!['main']! } }));
      await parkBy(lab, 'rolled-back');
    },
  },
  'set back to an earlier number': {
    action: 'adopt',
    park: async (lab) => {
      await changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({
        ...metadata,
        properties: { ...metadata.properties, 'firn.applied': '1' },
      }));
      await parkBy(lab, 'ledger-mismatch');
    },
  },
  'restored to an older metadata file': {
    action: 'adopt',
    park: async (lab) => {
      const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
      await writeCheckpoint(lab);
      const metadataLocation = metadata['metadata-log'].at(-1)!['metadata-file'];
      lab.world.tables.set(GAME_TABLE, { ...lab.world.tables.get(GAME_TABLE)!, metadataLocation, version: '900' });
      await parkBy(lab, 'rolled-back');
    },
  },
};

async function expectWhole(lab: Lab, label: string, rows = ALL): Promise<void> {
  expect(await rowsOf(lab.ports, GAME_TABLE), label).toEqual(rows);
  expect(await rowsOf(lab.ports, GAME_QUARANTINE), label).toEqual(['0:3:']);
  expect(await audit(lab.ports), label).toMatchObject({ clean: true, parked: [] });
}

describe('promise 8, recoverable: a parked table goes on', () => {
  it.each(Object.entries(CASES))('%s', async (name, { action, park }) => {
    const lab = await landed();
    await park(lab);
    const [parked] = (await audit(lab.ports)).parked;
    expect(parked!.recovery.commands[0]).toContain(`--kind unpark --table ${GAME_TABLE}`);
    const body = await stored(lab);
    expect(body).toMatchObject({ action, gone: [], lost: [] });
    const before = await rowsOf(lab.ports, GAME_TABLE).catch(() => []);
    expect(before).not.toContain('0:4:p0-4');
    expect(await applyUnparkTable({ ...request(lab), plan: body })).toBeGreaterThan(0);
    await lab.commit();
    await expectWhole(lab, name);
    // A second application finds nothing to do, and landing goes on.
    expect(await applyUnparkTable({ ...request(lab), plan: body })).toBeUndefined();
    await lab.land(records('a', { offset: 5 }));
    await lab.commit();
    await expectWhole(lab, name, [...ALL, '0:5:p0-5']);
    const { state } = await ledgerOf(lab.ports);
    expect(parseCheckpoint(encodeCheckpoint(state), state.n)).toEqual(state);
  });

  it.each(Object.entries(CASES))('%s: killed or failed at any call of applying and committing, and done again', async (name, { park }) => {
    const prepared = async (world: MemoryWorld) => {
      const lab = await landed({ world, process: 'first' });
      await park(lab);
      return { lab, body: await stored(lab) };
    };
    const whole = async (lab: Lab, body: Awaited<ReturnType<typeof stored>>) => {
      await applyUnparkTable({ ...request(lab), plan: body });
      await lab.commit();
    };
    const probe = await prepared(new MemoryWorld());
    const counting = makeLab({ world: probe.lab.world, process: 'unpark' });
    await whole(counting, probe.body);
    const calls = counting.calls.filter(({ op }) => op === 'create' || op === 'commit').map(({ count }) => count);
    expect(calls.length).toBeGreaterThan(4);
    for (const count of calls) {
      for (const kind of ['crash-before', 'apply-then-fail', 'lost'] as const) {
        const { lab, body } = await prepared(new MemoryWorld());
        const faulty = makeLab({ world: lab.world, process: 'unpark', fault: (call) => (call.count === count ? { kind } : undefined) });
        await whole(faulty, body).catch((error: unknown) => {
          if (!(error instanceof FirnError || error instanceof CrashError)) throw error;
        });
        const second = makeLab({ world: lab.world, process: 'second', seed: 9 });
        await whole(second, body);
        await expectWhole(second, `${name}, call ${count} ${kind}`);
      }
    }
  });

  it.each(Object.entries(CASES))('%s: what lands between the plan and its application is not lost', async (name, { park }) => {
    const lab = await landed();
    const resolved = await ensureTables({ ports: lab.ports, contract: gameContract(1) });
    await park(lab);
    const body = await stored(lab);
    await lab.land(records('a', { offset: 5 }), { resolved });
    await lab.commit();
    await applyUnparkTable({ ...request(lab), plan: body });
    await lab.commit();
    await expectWhole(lab, name, [...ALL, '0:5:p0-5']);
  });

  it('rows that others deleted do not come back with a roll-forward or a rebuild', async () => {
    const lab = await landed();
    await removeDataFiles(lab.ports, GAME_TABLE, ({ filePath }) => filePath === dataFiles(lab)[0]);
    const left = await rowsOf(lab.ports, GAME_TABLE);
    expect(left).toHaveLength(2);
    await rollBackToFirst(lab.ports, GAME_TABLE);
    await parkBy(lab, 'rolled-back');
    await applyUnparkTable({ ...request(lab), plan: await stored(lab) });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([...left, '0:4:p0-4'].sort());
    lab.world.dropTable(identifierOf(GAME_TABLE));
    await lab.land(records('a', { offset: 5 }));
    await lab.commit();
    await expect(plan(lab)).rejects.toThrow(/1 of its rows are in no file that is left/);
    await applyUnparkTable({ ...request(lab), plan: await stored(lab, true) });
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([...left, '0:4:p0-4', '0:5:p0-5'].sort());
    const report = await audit(lab.ports);
    expect(report).toMatchObject({ clean: true });
    expect(report.tables.find(({ table }) => table === GAME_TABLE)!.removedByRule).toMatchObject({ 'recovered-without': { count: 1 } });
  });

  it('a rollback that was meant is taken as it is when accepted: what it lacks lands again', async () => {
    const lab = await landed();
    await rollBackToFirst(lab.ports, GAME_TABLE);
    await parkBy(lab, 'rolled-back');
    const body = await stored(lab, true);
    expect(body).toMatchObject({ action: 'adopt', gone: [] });
    expect(body.again).toHaveLength(3);
    await applyUnparkTable({ ...request(lab), plan: body });
    await lab.commit();
    await expectWhole(lab, 'adopted');
  });

  it('a lost file: refused by its name until it is restored or given up, then the others of its entry land', async () => {
    const lab = await landed();
    const before = new Set(dataFiles(lab));
    await lab.land(records('a', { offset: 4 }));
    const uri = dataFiles(lab).find((one) => !before.has(one))!;
    const bytes = lab.world.objects.get(uri)!;
    lab.world.objects.delete(uri);
    lab.world.advance(LIMITS.fileCheckAgeMs + 1);
    expect((await lab.commit()).parked).toMatchObject([{ reason: 'file-missing' }]);
    await expect(plan(lab)).rejects.toThrow(/1 decided data files with 1 rows are gone/);
    const given = await stored(lab, true);
    lab.world.objects.set(uri, bytes);
    expect(await stored(lab)).toMatchObject({ action: 'resume', lost: [] });
    lab.world.objects.delete(uri);
    await applyUnparkTable({ ...request(lab), plan: given });
    await lab.commit();
    await lab.land(records('a', { offset: 5 }));
    await lab.commit();
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1', '0:2:p0-2', '0:5:p0-5']);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
  });

  it('a plan is refused once the table has moved, and one for another park does nothing', async () => {
    const lab = await landed();
    await rollBackToFirst(lab.ports, GAME_TABLE);
    await parkBy(lab, 'rolled-back');
    const old = await stored(lab);
    await removeDataFiles(lab.ports, GAME_TABLE, () => false);
    await expect(applyUnparkTable({ ...request(lab), plan: old })).rejects.toThrow(/no longer fits/);
    expect(await applyUnparkTable({ ...request(lab), plan: { ...old, park: old.park + 1 } })).toBeUndefined();
    await expect(planUnpark({ ports: lab.ports, contractName: 'game.events', table: GAME_QUARANTINE, isAccepted: true })).rejects.toThrow(
      /it is not parked/,
    );
  });

  it('a parked source goes on when a person says so, and parks again when its records still disagree', async () => {
    const lab = await landed();
    await lab.land(records('aa').map((one) => ({ ...one, timestampMs: one.timestampMs + 5 })));
    const [parked] = (await lab.commit()).parked;
    expect(parked).toMatchObject({ sourceId: GAME_SOURCE, reason: 'topic-recreated' });
    const given = { sourceId: GAME_SOURCE, park: parked!.entry, observed: { topicId: 't2' } };
    expect(await applyUnparkSource({ ...request(lab), plan: given })).toBe(parked!.entry + 1);
    expect(await applyUnparkSource({ ...request(lab), plan: given })).toBeUndefined();
    expect((await ledgerOf(lab.ports)).state.sources.get(GAME_SOURCE)).toMatchObject({ parked: undefined, observed: { topicId: 't2' } });
    expect((await lab.commit()).parked).toMatchObject([{ reason: 'topic-recreated' }]);
  });
});
