// One commit of a contract: what it says it did, how it works off a backlog in bounded units, and what one bad table or a rival costs the others.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { TransientIoError } from '../../../src/errors.ts';
import type { CommitResult } from '../../../src/jobs/types.ts';
import { enter, metadataOf, withLimits } from '../../support/memory/applying.ts';
import { CONTRACT } from '../../support/memory/folded.ts';
import {
  audit,
  CrashError,
  GAME_QUARANTINE,
  GAME_TABLE,
  type Lab,
  ledgerOf,
  makeLab,
  observer,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const staged = (lab: Lab) => lab.world.urisUnder(contractPaths(lab.ports.root, CONTRACT).staged);
const isEntry = ({ op, target }: { readonly op: string; readonly target: string }) => op === 'create' && /\/ledger\/\d/.test(target);
const tableOf = ({ tables }: CommitResult, name = GAME_TABLE) => tables.find(({ table }) => table === name);

/** Each batch in a descriptor of its own. */
async function landAll(lab: Lab, ...batches: readonly string[]): Promise<void> {
  let offset = 0;
  for (const kinds of batches) {
    await lab.land(records(kinds, { offset }));
    offset += kinds.length;
  }
}

describe('a commit', () => {
  it('says what it decided, applied and deleted, and the next that there was nothing', async () => {
    const lab = makeLab();
    await landAll(lab, 'axn.a', 'abb');
    await lab.land(records('ab', { offset: 6 }));
    const all = records('axn.aabb');
    const result = await lab.commit();
    const one = { applied: 2, snapshots: 1, rewrittenFiles: 0, conflicts: 0 };
    expect(result).toEqual({
      contract: CONTRACT,
      entry: 2,
      entriesCreated: 2,
      descriptorsDecided: 2,
      descriptorsDeleted: 2,
      descriptorsCovered: 1,
      descriptorsPoisoned: 0,
      counts: { accepted: 5, quarantined: 1, filtered: 1, absent: 1 },
      tables: [
        { ...one, table: GAME_TABLE, addedFiles: 2, addedRows: 5 },
        { ...one, table: GAME_QUARANTINE, addedFiles: 1, addedRows: 1 },
      ],
      parked: [],
      watermarkMs: Math.max(...all.map(({ timestampMs }) => timestampMs)),
      unverified: 0,
    });
    const next = await lab.commit();
    expect(next).toEqual({
      ...result,
      entriesCreated: 0,
      descriptorsDecided: 0,
      descriptorsDeleted: 0,
      descriptorsCovered: 0,
      counts: { accepted: 0, quarantined: 0, filtered: 0, absent: 0 },
      tables: result.tables.map((table) => ({ ...table, snapshots: 0, addedFiles: 0, addedRows: 0 })),
    });
  });

  it('works off a backlog in passes of so many entries, and adds up what they did', async () => {
    await withLimits({ entriesPerPassMax: 1, descriptorsPerEntryMax: 1 }, async () => {
      const lab = makeLab();
      await landAll(lab, 'a', 'aa', 'aaa');
      const result = await lab.commit();
      expect(result).toMatchObject({ entry: 4, entriesCreated: 4, descriptorsDecided: 3, descriptorsDeleted: 3, counts: { accepted: 6 } });
      expect(tableOf(result)).toMatchObject({ applied: 4, addedFiles: 3, addedRows: 6, conflicts: 0 });
      expect(tableOf(result)!.snapshots).toBe((await metadataOf(lab)).snapshots.length);
      expect(lab.world.rings.length).toBe(3);
      expect(await audit(lab.ports)).toMatchObject({ clean: true });
    });
  });

  it('that has used half of its time rings for the rest, and the next goes on', async () => {
    await withLimits({ entriesPerPassMax: 1, descriptorsPerEntryMax: 1 }, async () => {
      const lab = makeLab();
      await landAll(lab, 'a', 'a', 'a');
      const rings = lab.world.rings.length;
      lab.setFault((call) => (isEntry(call) ? { kind: 'delay', ms: LIMITS.commitDeadlineMs / 4 } : undefined));
      const result = await lab.commit();
      expect(result.descriptorsDecided).toBeGreaterThan(0);
      expect(result.descriptorsDecided).toBeLessThan(3);
      expect(lab.world.rings.slice(rings)).toEqual([CONTRACT]);
      expect(staged(lab)).toHaveLength(3 - result.descriptorsDeleted);
      lab.setFault(undefined);
      await lab.commit();
      expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(3);
      expect(staged(lab)).toEqual([]);
    });
  });

  it('deletes so many finished descriptors a pass, and the others later', async () => {
    await withLimits({ retiredDescriptorsMax: 1 }, async () => {
      const lab = makeLab();
      await landAll(lab, 'a', 'a', 'a');
      expect((await lab.commit()).descriptorsDeleted).toBe(1);
      expect(staged(lab)).toHaveLength(2);
      expect((await lab.commit()).descriptorsDeleted).toBe(1);
      expect((await lab.commit()).descriptorsDeleted).toBe(1);
      expect((await lab.commit()).descriptorsDeleted).toBe(0);
      expect(staged(lab)).toEqual([]);
    });
  });

  it('that others overtake reads the ledger again, so many times, and then says so', async () => {
    for (const wins of [1, Number.POSITIVE_INFINITY]) {
      const lab = makeLab();
      await landAll(lab, 'ax');
      const rival = observer(lab.world);
      let won = 0;
      lab.setFault((call) => {
        if (!isEntry(call) || won >= wins) return undefined;
        won++;
        const sources = [{ sourceId: `r${won}/events/1`, topic: 'events', observed: {} }];
        return { kind: 'rival', act: () => enter(rival, { kind: 'source', sources }) };
      });
      if (wins === 1) {
        expect(await lab.commit()).toMatchObject({ entriesCreated: 2, entry: 3, descriptorsDecided: 1 });
        continue;
      }
      await expect(lab.commit()).rejects.toMatchObject({
        name: 'CommitConflictError',
        code: 'ledger-conflict',
        details: { attempts: LIMITS.commitPassesMax },
      });
      expect(won).toBe(LIMITS.commitPassesMax);
      expect(staged(lab)).toHaveLength(1);
    }
  });
});

describe('promise 4, contained: a table that cannot be brought up', () => {
  it('keeps no other waiting, is told at the end, and its descriptor stays until it has it', async () => {
    for (const stuck of [GAME_TABLE, GAME_QUARANTINE]) {
      const lab = makeLab();
      await landAll(lab, 'ax');
      lab.setFault(({ port, op, target }) =>
        port === 'catalog' && op === 'load' && target === stuck ? { kind: 'fail-before' } : undefined,
      );
      await expect(lab.commit()).rejects.toThrow(TransientIoError);
      expect(lab.logs.filter(({ level, fields }) => level === 'warn' && fields['table'] === stuck)).toMatchObject([
        { message: 'a table was not brought up', fields: { error: 'TransientIoError' } },
      ]);
      const other = stuck === GAME_TABLE ? GAME_QUARANTINE : GAME_TABLE;
      lab.setFault(undefined);
      expect(await rowsOf(lab.ports, stuck)).toEqual([]);
      expect(await rowsOf(lab.ports, other)).toHaveLength(1);
      expect(staged(lab)).toHaveLength(1);
      expect((await lab.commit()).descriptorsDeleted).toBe(1);
      expect(await rowsOf(lab.ports, stuck)).toHaveLength(1);
    }
  });

  it('for want of time ends the commit at once, and so does an end of the process', async () => {
    const slow = makeLab();
    await landAll(slow, 'ax');
    slow.setFault(({ op, target }) =>
      op === 'create' && target.endsWith('.avro') ? { kind: 'delay', ms: LIMITS.commitDeadlineMs } : undefined,
    );
    await expect(slow.commit()).rejects.toMatchObject({ name: 'DeadlineError' });
    expect(slow.calls.filter(({ op, target }) => op === 'load' && target === GAME_QUARANTINE).length).toBeLessThan(4);
    expect((await rowsOf(observer(slow.world).ports, GAME_QUARANTINE)).length).toBe(0);
    const ended = makeLab();
    await landAll(ended, 'ax');
    ended.setFault(({ op }) => (op === 'commit' ? { kind: 'crash-before' } : undefined));
    await expect(ended.commit()).rejects.toThrow(CrashError);
  });

  it('is parked with its reason, counted and told once; what is parked is said by every commit', async () => {
    const lab = makeLab();
    await landAll(lab, 'ax');
    lab.setFault(({ op, target }) => (op === 'commit' && target === GAME_TABLE ? { kind: 'refuse' } : undefined));
    const first = await lab.commit();
    const { state } = await ledgerOf(lab.ports);
    expect(first.parked).toMatchObject([{ table: GAME_TABLE, reason: 'commit-refused', entry: state.n }]);
    expect(first.parked[0]!.recovery.commands.length).toBeGreaterThan(0);
    expect(first.entriesCreated).toBe(3);
    expect(lab.counts.get('parked')).toBe(1);
    expect(lab.logs.filter(({ message }) => message === 'parked')).toMatchObject([
      { level: 'error', fields: { table: GAME_TABLE, contract: CONTRACT, reason: 'commit-refused' } },
    ]);
    lab.setFault(undefined);
    const calls = lab.calls.length;
    expect((await lab.commit()).parked).toEqual(first.parked);
    expect(lab.calls.slice(calls).filter(({ port, target }) => port === 'catalog' && target === GAME_TABLE)).toEqual([]);
    expect(lab.counts.get('parked')).toBe(1);
  });
});
