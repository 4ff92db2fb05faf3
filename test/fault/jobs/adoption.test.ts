// A table taken as it is after a rollback that was meant: what its plan says will be applied again is there to be applied, and what is not is
// named before anybody agrees. Snapshots that a rollback left behind are expired by whoever comes first, their files with them.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { applyUnparkTable } from '../../../src/jobs/apply-unpark.ts';
import { filesNamedBy } from '../../../src/jobs/entry-effect.ts';
import { loadEntry } from '../../../src/jobs/load-ledger.ts';
import { parkedUri } from '../../../src/jobs/materialise-files.ts';
import { planLedger } from '../../../src/jobs/plan-ledger.ts';
import { planUnpark } from '../../../src/jobs/plan-unpark.ts';
import { restoreLedger } from '../../../src/jobs/restore-ledger.ts';
import { readUnparkTable } from '../../../src/jobs/unpark-plan.ts';
import { dataFiles, deadlineOf, writeCheckpoint } from '../../support/memory/applying.ts';
import {
  audit,
  changeMetadata,
  GAME_QUARANTINE,
  GAME_TABLE,
  type Lab,
  ledgerOf,
  makeLab,
  records,
  rollBackToFirst,
  rowsOf,
} from '../../support/memory/index.ts';

const NAME = 'game.events';
const plan = async (lab: Lab, isAccepted: boolean) => {
  const planned = await planUnpark({ ports: lab.ports, contractName: NAME, table: GAME_TABLE, isAccepted });
  return { ...planned, body: readUnparkTable(JSON.parse(JSON.stringify(planned.body)), 'body') };
};
const apply = async (lab: Lab, body: Awaited<ReturnType<typeof plan>>['body']) => {
  await applyUnparkTable({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), plan: body });
  return lab.commit();
};

/** Four landings of one row; the table is rolled back to the first, and the last parks it. `files` are theirs, in order. */
async function rolledBack(): Promise<{ readonly lab: Lab; readonly files: readonly string[] }> {
  const lab = makeLab();
  const files: string[] = [];
  const land = async (offset: number) => {
    await lab.land(records('a', { offset }));
    files.push(...dataFiles(lab).filter((uri) => !files.includes(uri)));
  };
  for (const offset of [0, 1, 2]) {
    await land(offset);
    await lab.commit();
  }
  await writeCheckpoint(lab);
  await rollBackToFirst(lab.ports, GAME_TABLE);
  await land(3);
  expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'rolled-back' }]);
  return { lab, files };
}

/** The tag and the snapshots after the first one are expired: there is nothing to go forward to. */
const expireLater = (lab: Lab) =>
  changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({
    ...metadata,
    snapshots: metadata.snapshots.slice(0, 1),
    refs: { main: metadata.refs!['main']! },
    'snapshot-log': metadata['snapshot-log'].slice(0, 1),
  }));

/** The entry that brings a file is gone. */
async function loseEntry(lab: Lab, file: string): Promise<number> {
  const ledger = await ledgerOf(lab.ports);
  for (let n = 1; ; n++) {
    const entry = (await loadEntry({ ports: lab.ports, contractName: NAME }, ledger, n))!;
    if (!filesNamedBy(entry).includes(file)) continue;
    lab.world.objects.delete(contractPaths(lab.ports.root, NAME).entry(n));
    return n;
  }
}

const AGES = { 'a minute old': 60_000, 'two hours old': 2 * LIMITS.fileCheckAgeMs, 'two days old': 2 * LIMITS.fileCopyAgeMs } as const;

describe('promise 8, recoverable: a table adopted as it is', () => {
  it.each(Object.entries(AGES))(
    'names staged files that are gone before it is adopted, %s; the others land, and it does not park again',
    async (_, ageMs) => {
      const { lab, files } = await rolledBack();
      await expireLater(lab);
      lab.world.advance(ageMs);
      lab.world.objects.delete(files[1]!);
      await expect(plan(lab, false)).rejects.toMatchObject({
        code: 'unpark-refused',
        message: expect.stringMatching(/1 rows.*1 data files.*restore.*--accept/s),
      });
      await expect(plan(lab, false)).rejects.toThrow(files[1]!);
      const planned = await plan(lab, true);
      expect(planned.body).toMatchObject({ action: 'adopt', lost: [files[1]], gone: [{ partition: 0, ranges: [[1, 2]] }] });
      expect(planned.effects.join('\n')).toMatch(/with 2 rows.*1 rows are given up/s);
      expect((await apply(lab, planned.body)).parked).toEqual([]);
      expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:2:p0-2', '0:3:p0-3']);
      const report = await audit(lab.ports);
      expect(report).toMatchObject({ clean: true, parked: [] });
      expect(report.tables.find(({ table }) => table === GAME_TABLE)!.removedByRule).toMatchObject({ 'recovered-without': { count: 1 } });
      await lab.land(records('ax', { offset: 4 }));
      expect((await lab.commit()).parked).toEqual([]);
      expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual(['0:5:']);
    },
  );

  it('needs nobody to give up a row once the lost file is restored, under its name or among the parked copies', async () => {
    for (const isParked of [false, true]) {
      const { lab, files } = await rolledBack();
      await expireLater(lab);
      const object = lab.world.objects.get(files[1]!)!;
      lab.world.objects.delete(files[1]!);
      await expect(plan(lab, false)).rejects.toThrow(/--accept/);
      lab.world.objects.set(isParked ? parkedUri(lab.ports, NAME, files[1]!) : files[1]!, object);
      const planned = await plan(lab, false);
      expect(planned.body).toMatchObject({ action: 'adopt', lost: [], gone: [] });
      expect((await apply(lab, planned.body)).parked).toEqual([]);
      expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([0, 1, 2, 3].map((at) => `0:${at}:p0-${at}`));
      expect(await audit(lab.ports)).toMatchObject({ clean: true });
    }
  });

  it('says which rows a rollback that was meant would cost while they are still in a later snapshot', async () => {
    const { lab, files } = await rolledBack();
    lab.world.objects.delete(files[2]!);
    expect((await plan(lab, false)).body).toMatchObject({ action: 'roll-forward', gone: [] });
    const { body, effects } = await plan(lab, true);
    expect(body).toMatchObject({ action: 'adopt', lost: [files[2]], gone: [{ ranges: [[2, 3]] }] });
    expect(effects.join('\n')).toMatch(/without --accept/);
  });

  it('is planned again when a file or an entry that it needs went between the plan and its application', async () => {
    for (const isEntry of [false, true]) {
      const { lab, files } = await rolledBack();
      await expireLater(lab);
      const { body } = await plan(lab, false);
      if (isEntry) await loseEntry(lab, files[2]!);
      else lab.world.objects.delete(files[2]!);
      await expect(apply(lab, body)).rejects.toMatchObject({ code: 'plan-outdated' });
      expect((await ledgerOf(lab.ports)).state.tables.get(GAME_TABLE)!.parked).toBeDefined();
      const again = await plan(lab, true);
      expect(again.body).toMatchObject({ action: 'adopt', gone: [{ ranges: [[2, 3]] }] });
      expect((await apply(lab, again.body)).parked).toEqual([]);
      expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1', '0:3:p0-3']);
    }
  });

  it('is refused while the ledger lacks an entry that it has still to apply, until the ledger is made anew', async () => {
    const { lab, files } = await rolledBack();
    await expireLater(lab);
    await writeCheckpoint(lab);
    const n = await loseEntry(lab, files[3]!);
    await expect(plan(lab, true)).rejects.toThrow(new RegExp(`ledger entry ${n}, which it has still to apply, is gone.*--kind ledger`));
    const { body } = await planLedger({ ports: lab.ports, contractName: NAME, isAccepted: true });
    await restoreLedger({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), plan: body });
    expect((await apply(lab, (await plan(lab, true)).body)).parked).toEqual([]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:1:p0-1', '0:2:p0-2']);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
  });

  it('never commits a file that went after the plan was applied, however young it is: the table parks', async () => {
    const { lab, files } = await rolledBack();
    await expireLater(lab);
    const { body } = await plan(lab, false);
    await applyUnparkTable({ ports: lab.ports, contractName: NAME, deadline: deadlineOf(lab), plan: body });
    lab.world.objects.delete(files[1]!);
    expect((await lab.commit()).parked).toMatchObject([{ table: GAME_TABLE, reason: 'file-missing' }]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0']);
    await expect(plan(lab, false)).rejects.toThrow(files[1]!);
    expect((await apply(lab, (await plan(lab, true)).body)).parked).toEqual([]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:2:p0-2', '0:3:p0-3']);
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
  });

  it('names ledger entries that are gone, whose rows are nowhere else', async () => {
    const { lab, files } = await rolledBack();
    await expireLater(lab);
    const n = await loseEntry(lab, files[1]!);
    await expect(plan(lab, false)).rejects.toThrow(new RegExp(`1 rows.*ledger entries.* ${n}`, 's'));
    expect((await apply(lab, (await plan(lab, true)).body)).parked).toEqual([]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:0:p0-0', '0:2:p0-2', '0:3:p0-3']);
  });
});
