// One table brought to the end of the ledger: what a commit says, how a lost race, a failing store and an unknown outcome end, and
// what is deleted after each.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import { CommitConflictError, CommitStateUnknownError, DeadlineError, TransientIoError } from '../../../src/errors.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { type ApplyResult, applyTable } from '../../../src/jobs/apply.ts';
import { createEntry } from '../../../src/jobs/create-entry.ts';
import { startDeadline } from '../../../src/jobs/deadline.ts';
import { decideNext } from '../../../src/jobs/decide.ts';
import { ensureLedgerId } from '../../../src/jobs/ledger-id.ts';
import type { EntryDraft } from '../../../src/ledger/entries.ts';
import {
  changeMetadata,
  type FaultHook,
  GAME_QUARANTINE,
  GAME_SOURCE,
  GAME_TABLE,
  type Lab,
  ledgerOf,
  makeLab,
  observer,
  records,
  rowsOf,
} from '../../support/memory/index.ts';

const CONTRACT = 'game.events';
const deadlineOf = (lab: Lab) => startDeadline(lab.ports.clock, LIMITS.commitDeadlineMs);

/** Creates an entry, and nothing else. */
async function enter(lab: Lab, draft: EntryDraft): Promise<void> {
  const { state } = await ledgerOf(lab.ports);
  await createEntry({ ports: lab.ports, contractName: CONTRACT, after: state.n, draft, deadline: deadlineOf(lab) });
}
/** Decides all that is staged; no table applies it. */
async function decideAll(lab: Lab): Promise<void> {
  for (let left = 5; left > 0; left--) {
    const ledger = await ledgerOf(lab.ports);
    const { draft } = await decideNext({ ports: lab.ports, contractName: CONTRACT, ledger, deadline: deadlineOf(lab) });
    if (!draft) return;
    await enter(lab, draft);
  }
}
/** A process with one landing of two rows and one quarantined record decided and not applied. */
async function decidedLab(): Promise<Lab> {
  const lab = makeLab();
  await lab.land(records('abx'));
  await decideAll(lab);
  return lab;
}
async function apply(lab: Lab, table = GAME_TABLE, more: { deadline?: ReturnType<typeof deadlineOf> } = {}): Promise<ApplyResult> {
  const ledger = await ledgerOf(lab.ports);
  const ledgerId = await ensureLedgerId(lab.ports, CONTRACT);
  const state = ledger.state.tables.get(table)!;
  return applyTable({
    ports: lab.ports,
    contractName: CONTRACT,
    ledgerId,
    ledger,
    table: state,
    deadline: more.deadline ?? deadlineOf(lab),
  });
}
const metadataOf = async (lab: Lab, table = GAME_TABLE) => (await loadTable(lab.ports, identifierOf(table)))!.metadata;
const summaryOf = async (lab: Lab) => (await metadataOf(lab)).snapshots.at(-1)!.summary;
const metadataFiles = (lab: Lab) => lab.world.urisUnder(`${lab.ports.root}/game/events/metadata/`);
const dataFiles = (lab: Lab) => lab.world.urisUnder(`${lab.ports.root}/game/events/data/`);
/** The first commits of the table meet a rival that changes it first; gives how often that happened. */
function rivals(lab: Lab, count: number): { times: number } {
  const seen = { times: 0 };
  const other = observer(lab.world);
  lab.setFault(({ op }) => {
    if (op !== 'commit' || seen.times >= count) return undefined;
    seen.times++;
    const act = () =>
      changeMetadata(other.ports, GAME_TABLE, (one) => ({ ...one, properties: { ...one.properties, rival: `${seen.times}` } }));
    return { kind: 'rival', act };
  });
  return seen;
}
/** The same fault at the first calls of a kind. */
function failing(
  lab: Lab,
  op: string,
  kind: 'lost' | 'fail-before' | 'apply-then-fail' | 'refuse' | 'crash-before',
  count = Number.POSITIVE_INFINITY,
): void {
  let seen = 0;
  const hook: FaultHook = (call) => (call.op === op && seen++ < count ? { kind } : undefined);
  lab.setFault(hook);
}
const calls = (lab: Lab, op: string) => lab.calls.filter((call) => call.op === op);

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
    failing(broken, 'load', 'fail-before');
    await expect(apply(broken)).rejects.toThrow(TransientIoError);
    expect(
      calls(broken, 'load')
        .slice(-LIMITS.commitAttemptsMax)
        .every(({ op }) => op === 'load'),
    ).toBe(true);
  });

  it('is no attempt when the process itself ends', async () => {
    const lab = await decidedLab();
    const before = calls(lab, 'load').length;
    failing(lab, 'load', 'crash-before');
    await expect(apply(lab)).rejects.toThrow(/has crashed/);
    expect(calls(lab, 'load')).toHaveLength(before + 1);
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

describe('a table that cannot go on parks', () => {
  const parked = async (lab: Lab): Promise<unknown> => {
    const result = await apply(lab);
    return result.kind === 'park' ? [result.reason, result.message] : result;
  };

  it('because the catalog does not know it', async () => {
    const lab = await decidedLab();
    lab.world.dropTable({ namespace: 'game', name: 'events' });
    expect(await parked(lab)).toEqual(['table-missing', `${GAME_TABLE}: the catalog does not know it`]);
  });

  it('because it belongs to another ledger', async () => {
    const lab = await decidedLab();
    await changeMetadata(lab.ports, GAME_TABLE, (one) => ({ ...one, properties: { ...one.properties, 'firn.ledger': 'another' } }));
    expect(await parked(lab)).toEqual(['ledger-mismatch', expect.stringContaining(GAME_TABLE)]);
  });

  it('because the catalog refuses its commit: that is logged, and the metadata written for it goes', async () => {
    const lab = await decidedLab();
    const metadata = metadataFiles(lab);
    failing(lab, 'commit', 'refuse');
    const n = (await ledgerOf(lab.ports)).state.n;
    expect(await parked(lab)).toEqual(['commit-refused', `${GAME_TABLE}: the catalog refused the commit of entry ${n}`]);
    expect(metadataFiles(lab)).toEqual(metadata);
  });

  it('because it cannot be written as it is', async () => {
    const lab = await decidedLab();
    await apply(lab);
    const branch = (await metadataOf(lab)).refs!['firn-applied']!;
    await lab.land(records('ab', { offset: 3 }));
    await decideAll(lab);
    await changeMetadata(lab.ports, GAME_TABLE, (one) => ({
      ...one,
      refs: { ...one.refs, 'firn-applied': { ...branch, type: 'branch' as const } },
    }));
    expect(await parked(lab)).toEqual(['commit-refused', expect.stringContaining(GAME_TABLE)]);
  });

  it('because a decided file is gone; what was rewritten beside it goes, too', async () => {
    const lab = await decidedLab();
    await apply(lab);
    await lab.land(records('bab', { offset: 1 }));
    await lab.land(records('a', { offset: 9 }));
    await decideAll(lab);
    const data = dataFiles(lab);
    const last = (await ledgerOf(lab.ports)).state.tables.get(GAME_TABLE)!;
    expect(last.pending.length).toBeGreaterThan(0);
    const paths = [...(await ledgerOf(lab.ports)).entries.values()].flatMap((entry) =>
      entry.kind === 'land' ? entry.descriptors.flatMap(({ tables }) => tables.flatMap(({ files }) => files.map(({ path }) => path))) : [],
    );
    const gone = paths.filter((path) => path.includes('/game/events/data/')).at(-1)!;
    lab.world.remove(gone);
    lab.world.advance(LIMITS.fileCheckAgeMs + 1000);
    expect(await parked(lab)).toEqual(['file-missing', `${GAME_TABLE}: a decided data file is gone: ${gone}`]);
    expect(dataFiles(lab)).toEqual(data.filter((path) => path !== gone));
  });

  it('unless another committer was faster and the file was swept since: then it goes on from there', async () => {
    const lab = await decidedLab();
    const gone = dataFiles(lab)[0]!;
    const bytes = lab.world.objects.get(gone)!.bytes;
    const rival = observer(lab.world);
    lab.world.advance(LIMITS.fileCheckAgeMs + 1000);
    let isDone = false;
    lab.setFault(({ op, target }) => {
      if (isDone || op !== 'stat' || target !== gone) return undefined;
      isDone = true;
      const act = async (): Promise<void> => {
        await apply(rival);
        lab.world.remove(gone);
      };
      return { kind: 'rival', act };
    });
    const result = await apply(lab);
    lab.world.putIfAbsent(gone, bytes);
    expect(isDone).toBe(true);
    expect(result).toMatchObject({ kind: 'applied', commit: { snapshots: 0, conflicts: 1 } });
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
