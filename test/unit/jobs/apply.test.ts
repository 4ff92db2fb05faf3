// One table brought to the end of the ledger: what a commit says, how a lost race, a failing store and an unknown outcome end, and
// what is deleted after each.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { CommitConflictError, CommitStateUnknownError, DeadlineError, TransientIoError } from '../../../src/errors.ts';
import { applyTable } from '../../../src/jobs/apply.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { ensureLedgerId } from '../../../src/jobs/ledger-id.ts';
import type { EntryDraft } from '../../../src/ledger/entries.ts';
import {
  apply,
  calls,
  dataFiles,
  deadlineOf,
  decideAll,
  decidedLab,
  enter,
  failing,
  keepFewVersions,
  metadataFiles,
  metadataOf,
  oneEntryACommit,
  rivals,
  summaryOf,
} from '../../support/memory/applying.ts';
import { CONTRACT } from '../../support/memory/folded.ts';
import {
  changeMetadata,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  ledgerOf,
  observer,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

describe('promise 2, once: a table at the end of the ledger', () => {
  it('has the rows of every entry, and says in the same commit how far it has come', async () => {
    const lab = await decidedLab();
    const last = (await ledgerOf(lab.ports)).state.n;
    expect(await apply(lab)).toEqual({
      kind: 'applied',
      commit: { table: GAME_TABLE, applied: last, snapshots: 1, addedFiles: 1, addedRows: 2, rewrittenFiles: 0, conflicts: 0 },
    });
    const metadata = await metadataOf(lab);
    expect(metadata.properties['firn.applied']).toBe(String(last));
    expect(metadata.refs?.['firn-applied']?.['snapshot-id']).toBe(metadata['current-snapshot-id']);
    expect(await summaryOf(lab)).toMatchObject({ operation: 'append', 'firn.entries': String(last), 'firn.accepted': '2' });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(2);
    expect(await rowsOf(lab.ports, GAME_QUARANTINE)).toEqual([]);
  });

  it('makes no commit when there is nothing to apply', async () => {
    const lab = await decidedLab();
    const first = await apply(lab);
    const { calls: before } = { calls: calls(lab, 'commit').length };
    expect(await apply(lab)).toMatchObject({
      kind: 'applied',
      commit: { applied: first.kind === 'applied' && first.commit.applied, snapshots: 0, addedFiles: 0, addedRows: 0 },
    });
    expect(calls(lab, 'commit')).toHaveLength(before);
  });

  it('is reached in as many commits as the bound asks for, each with its own number', async () => {
    const lab = await decidedLab();
    for (const offset of [3, 5]) {
      await lab.land(records('ab', { offset }));
      await decideAll(lab);
    }
    const max = LIMITS.entriesPerCommitMax;
    Object.assign(LIMITS, { entriesPerCommitMax: 1 });
    try {
      expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { snapshots: 3, addedFiles: 3, addedRows: 6 } });
    } finally {
      Object.assign(LIMITS, { entriesPerCommitMax: max });
    }
    expect((await metadataOf(lab)).snapshots.map(({ summary }) => summary['firn.entries'])).toEqual(['2', '3', '4']);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(6);
  });

  it('is known to be there without another look at it', async () => {
    const lab = await decidedLab();
    const ledger = await ledgerOf(lab.ports);
    const table = ledger.state.tables.get(GAME_TABLE)!;
    const ledgerId = await ensureLedgerId(lab.ports, CONTRACT);
    const before = calls(lab, 'load').length;
    await applyTable({ ports: lab.ports, contractName: CONTRACT, ledgerId, ledger, table, deadline: deadlineOf(lab) });
    expect(calls(lab, 'load')).toHaveLength(before + 1);
    expect(table).toMatchObject({ floor: ledger.state.n, pending: [] });
  });

  it('keeps no more metadata files than it says: those that fall out of its log go with the commit', async () => {
    const lab = await decidedLab();
    await keepFewVersions(lab);
    await oneEntryACommit(async () => {
      for (let offset = 3; offset < 9; offset += 2) {
        await lab.land(records('ab', { offset }));
        await decideAll(lab);
      }
      expect(await apply(lab)).toMatchObject({ commit: { snapshots: 4 } });
    });
    expect(metadataFiles(lab).filter((uri) => uri.endsWith('.metadata.json'))).toHaveLength(2);
  });

  it('rows leave with an entry that erases them: a file of which none is left goes, of another the rest is written again', async () => {
    const lab = await decidedLab();
    await apply(lab);
    const erase = (start: number, end: number): EntryDraft => ({
      kind: 'erase',
      rule: 'retention',
      removed: [{ table: GAME_TABLE, sourceId: GAME_SOURCE, partition: 0, ranges: [[start, end]] }],
      holds: [GAME_TABLE],
    });
    await enter(lab, erase(0, 1));
    expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { snapshots: 1, addedFiles: 1, addedRows: 1, rewrittenFiles: 1 } });
    expect((await summaryOf(lab))['operation']).toBe('overwrite');
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual(['0:1:p0-1']);
    await enter(lab, erase(1, 2));
    expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { snapshots: 1, addedFiles: 0, addedRows: 0 } });
    expect((await summaryOf(lab))['operation']).toBe('delete');
    expect(await rowsOf(lab.ports, GAME_TABLE)).toEqual([]);
  });

  it('reads the ledger again for an entry that is not there', async () => {
    const lab = await decidedLab();
    const ledger = await ledgerOf(lab.ports);
    const n = ledger.state.n;
    ledger.entries.delete(n);
    lab.world.remove(contractPaths(lab.ports.root, CONTRACT).entry(n));
    const request = {
      ports: lab.ports,
      contractName: CONTRACT,
      ledger,
      table: ledger.state.tables.get(GAME_TABLE)!,
      deadline: deadlineOf(lab),
    };
    expect(await applyTable({ ...request, ledgerId: await ensureLedgerId(lab.ports, CONTRACT) })).toEqual({ kind: 'reload', entry: n });
  });
});

describe('a commit that loses a race', () => {
  it('is tried again on what the winner left, after a pause, and deletes the metadata it wrote in vain', async () => {
    const quiet = await decidedLab();
    await apply(quiet);
    const lab = await decidedLab();
    const before = lab.world.nowMs();
    const seen = rivals(lab, 3);
    expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { snapshots: 1, addedFiles: 1, addedRows: 2, conflicts: 3 } });
    expect(lab.world.nowMs()).toBeGreaterThan(before);
    expect((await metadataOf(lab)).properties['rival']).toBe('3');
    expect(seen.times).toBe(3);
    expect(metadataFiles(lab)).toHaveLength(metadataFiles(quiet).length + 3);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(2);
  });

  it('gives up after a bounded number of attempts, and nothing of them is left', async () => {
    const lab = await decidedLab();
    const [data, metadata] = [dataFiles(lab), metadataFiles(lab)];
    rivals(lab, 100);
    const error = await apply(lab).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CommitConflictError);
    expect((error as Error).message).toMatch(`commit to ${GAME_TABLE}: others won ${LIMITS.commitAttemptsMax} times in a row`);
    expect(calls(lab, 'commit').filter(({ process }) => process === lab.calls[0]!.process)).toHaveLength(LIMITS.commitAttemptsMax);
    lab.setFault(undefined);
    expect(dataFiles(lab)).toEqual(data);
    expect(metadataFiles(lab)).toHaveLength(metadata.length + LIMITS.commitAttemptsMax);
    expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { addedRows: 2 } });
  });

  it('counts from the last commit of its own: many entries do not exhaust the attempts of one', async () => {
    const lab = await decidedLab();
    await lab.land(records('ab', { offset: 3 }));
    await decideAll(lab);
    const [max, attempts] = [LIMITS.entriesPerCommitMax, LIMITS.commitAttemptsMax];
    Object.assign(LIMITS, { entriesPerCommitMax: 1, commitAttemptsMax: 3 });
    const other = observer(lab.world);
    let commits = 0;
    lab.setFault(({ op }) => {
      if (op !== 'commit' || commits++ % 3 === 2) return undefined;
      return {
        kind: 'rival',
        act: () => changeMetadata(other.ports, GAME_TABLE, (one) => ({ ...one, properties: { ...one.properties, rival: `${commits}` } })),
      };
    });
    try {
      expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { snapshots: 2, conflicts: 4 } });
    } finally {
      Object.assign(LIMITS, { entriesPerCommitMax: max, commitAttemptsMax: attempts });
    }
  });

  it('deletes at its end the files it rewrote, never those that were staged', async () => {
    const lab = await decidedLab();
    await apply(lab);
    await lab.land(records('bab', { offset: 1 }));
    await decideAll(lab);
    const data = dataFiles(lab);
    rivals(lab, 100);
    await expect(apply(lab)).rejects.toThrow(CommitConflictError);
    expect(dataFiles(lab)).toEqual(data);
    lab.setFault(undefined);
    expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { addedFiles: 1, addedRows: 1, rewrittenFiles: 1 } });
    expect(dataFiles(lab)).toHaveLength(data.length + 1);
  });
});

describe('a store that fails before the compare-and-swap', () => {
  it('is an attempt like a conflict, and bounded like it', async () => {
    const lab = await decidedLab();
    failing(lab, 'load', 'fail-before', 2);
    expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { snapshots: 1, conflicts: 2 } });
    const broken = await decidedLab();
    const loaded = calls(broken, 'load').length;
    failing(broken, 'load', 'fail-before');
    await expect(apply(broken)).rejects.toThrow(TransientIoError);
    expect(calls(broken, 'load')).toHaveLength(loaded + LIMITS.commitAttemptsMax);
  });

  it('is no attempt when the process itself ends', async () => {
    const lab = await decidedLab();
    const before = calls(lab, 'load').length;
    failing(lab, 'load', 'crash-before');
    await expect(apply(lab)).rejects.toThrow(/has crashed/);
    expect(calls(lab, 'load')).toHaveLength(before + 1);
    const writing = await decidedLab();
    failing(writing, 'create', 'crash-before');
    await expect(apply(writing)).rejects.toThrow(/has crashed/);
  });
});

describe('promise 3, nothing live is deleted: an unknown outcome', () => {
  it('that took effect is a commit; what the attempt would have deleted stays', async () => {
    const lab = await decidedLab();
    failing(lab, 'commit', 'apply-then-fail');
    expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { snapshots: 1, addedFiles: 1, addedRows: 2 } });
    expect(calls(lab, 'delete')).toEqual([]);
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(2);
  });

  it('that nobody can tell is said so, and deletes nothing: not the attempt before it either, nor rewritten files', async () => {
    const lab = await decidedLab();
    await apply(lab);
    await lab.land(records('bab', { offset: 1 }));
    await decideAll(lab);
    const deletedBefore = calls(lab, 'delete').length;
    failing(lab, 'commit', 'lost');
    const error = await apply(lab).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CommitStateUnknownError);
    expect((error as CommitStateUnknownError).code).toBe('commit-unknown');
    expect(calls(lab, 'delete')).toHaveLength(deletedBefore);
  });

  it('keeps every metadata file, those of the commits after it as well', async () => {
    const lab = await decidedLab();
    await keepFewVersions(lab);
    await oneEntryACommit(async () => {
      for (let offset = 3; offset < 9; offset += 2) {
        await lab.land(records('ab', { offset }));
        await decideAll(lab);
      }
      const deleted = calls(lab, 'delete').length;
      failing(lab, 'commit', 'apply-then-fail', 1);
      expect(await apply(lab)).toMatchObject({ commit: { snapshots: 4 } });
      expect(calls(lab, 'delete')).toHaveLength(deleted);
    });
  });

  it('is not made up when the process ends before it can look', async () => {
    const lab = await decidedLab();
    let isCommitted = false;
    lab.setFault(({ op }) => {
      if (op === 'commit') isCommitted = true;
      return op === 'commit' ? { kind: 'apply-then-fail' } : isCommitted && op === 'load' ? { kind: 'crash-before' } : undefined;
    });
    await expect(apply(lab)).rejects.toThrow(/has crashed/);
  });

  it('stays unknown when the look at the table fails, too', async () => {
    const lab = await decidedLab();
    let isCommitted = false;
    lab.setFault(({ op }) => {
      if (op === 'commit') isCommitted = true;
      return op === 'commit' ? { kind: 'apply-then-fail' } : isCommitted && op === 'load' ? { kind: 'fail-before' } : undefined;
    });
    await expect(apply(lab)).rejects.toThrow(CommitStateUnknownError);
    lab.setFault(undefined);
    expect(await apply(lab)).toMatchObject({ kind: 'applied', commit: { snapshots: 0 } });
    expect(await rowsOf(lab.ports, GAME_TABLE)).toHaveLength(2);
  });

  it('is not settled by another table that has come to the same entry', async () => {
    const lab = await decidedLab();
    const n = (await ledgerOf(lab.ports)).state.n;
    const other = observer(lab.world);
    let isCommitted = false;
    lab.setFault(({ op }) => {
      if (op === 'commit' && !isCommitted) {
        isCommitted = true;
        return { kind: 'lost' };
      }
      if (op !== 'load' || !isCommitted) return undefined;
      const act = () =>
        changeMetadata(other.ports, GAME_TABLE, (one) => ({
          ...one,
          'table-uuid': '00000000-0000-4000-8000-000000000001',
          properties: { ...one.properties, 'firn.applied': String(n) },
        }));
      return { kind: 'rival', act };
    });
    await expect(apply(lab)).rejects.toThrow(CommitStateUnknownError);
  });
});

describe('a process whose time is over', () => {
  it('makes no commit', async () => {
    const lab = await decidedLab();
    const before = calls(lab, 'commit').length;
    const n = (await ledgerOf(lab.ports)).state.n;
    const deadline = startDeadline(lab.ports.clock, 0);
    await expect(apply(lab, GAME_TABLE, { deadline })).rejects.toThrow(`before: commit of entries ${n}-${n} to ${GAME_TABLE}`);
    await expect(apply(lab, GAME_TABLE, { deadline })).rejects.toThrow(DeadlineError);
    expect(calls(lab, 'commit')).toHaveLength(before);
  });
});
