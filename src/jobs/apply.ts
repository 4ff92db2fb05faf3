// Applies ledger entries to one table (DESIGN §6): strictly in order, the number reached travels in the same commit as the rows
// (rules "apply in order", "rows with applied", "tag moves"), so a table's exactly-once is one integer. Per attempt:
//   1. load pointer and metadata afresh (rule "recompute after conflict"), check identity;
//   2. take the entries after firn.applied, up to a bound; bring their files up to the table's schema;
//   3. write manifests, list, metadata; check the deadline; one compare-and-swap.
// Committed: next entries. Conflict: again from 1, jittered, bounded. Refused, wrong identity, missing file: the caller parks.
// Unknown: the table is loaded again; if firn.applied has not arrived, nothing is deleted and CommitStateUnknownError is thrown
// (rules "unknown deletes nothing", "a loser deletes only its own metadata").
import { LIMITS } from '../contract/limits.ts';
import { APPLIED_TAG, PROPERTY } from '../contract/names.ts';
import { CommitConflictError, CommitStateUnknownError, InputRefusedError, TransientIoError } from '../errors.ts';
import { commitTable } from '../iceberg/commit-table.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import { identifierOf, type LoadedTable, loadTable } from '../iceberg/load-table.ts';
import { deleteLosers, type Losers } from '../iceberg/losers.ts';
import { type PreparedSnapshot, prepareSnapshot } from '../iceberg/prepare-snapshot.ts';
import type { DataFile } from '../iceberg/types.ts';
import type { ParkReason } from '../ledger/entries.ts';
import { entriesToApply, markApplied, type TableState } from '../ledger/state.ts';
import type { CommitOutcome, Ports } from '../ports.ts';
import type { Deadline } from './deadline.ts';
import type { EntryEffect } from './entry-effect.ts';
import { lateRowsOf, summaryOf } from './entry-summary.ts';
import { leaveRows } from './leave-rows.ts';
import type { LoadedLedger } from './load-ledger.ts';
import { type MaterialiseContext, newMaterialiseContext } from './materialise-files.ts';
import { pause } from './pause.ts';
import { checkIdentity, parseApplied } from './table-identity.ts';
import { bringFiles, takeEffects } from './take-effects.ts';
import type { TableCommit } from './types.ts';

export interface ApplyRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly ledgerId: string;
  readonly ledger: LoadedLedger;
  readonly table: TableState;
  readonly deadline: Deadline;
}

export type ApplyResult =
  | { readonly kind: 'applied'; readonly commit: TableCommit }
  | { readonly kind: 'park'; readonly reason: ParkReason; readonly message: string }
  /** An entry it needs is not in the ledger read: read the ledger again. */
  | { readonly kind: 'reload'; readonly entry: number };

interface Progress extends Losers {
  snapshots: number;
  addedFiles: number;
  addedRows: number;
  conflicts: number;
  /** Conflicts since the last commit of this loop. */
  attempts: number;
}

/** Brings one table to the end of the ledger, or says why it must be parked. */
export async function applyTable(request: ApplyRequest): Promise<ApplyResult> {
  const progress: Progress = { snapshots: 0, addedFiles: 0, addedRows: 0, conflicts: 0, attempts: 0, hasUnknown: false, losers: [] };
  const files = newMaterialiseContext({ ports: request.ports, contractName: request.contractName, instead: request.table.instead });
  for (;;) {
    const step = await stillSo(request, await tryApply(request, files, progress));
    await deleteLosers(request.ports, progress, { what: 'landing', table: request.table.table });
    if (step.kind === 'committed') {
      progress.attempts = 0;
      // A swap that took effect leaves the table where this commit put it: it is loaded again only for entries that are left.
      markApplied(request.table, step.applied);
      if (entriesToApply(request.table, step.applied).length > 0) continue;
    }
    if (step.kind === 'conflict') {
      progress.conflicts++;
      progress.attempts++;
      if (progress.attempts >= LIMITS.commitAttemptsMax) throw await conflictOf(request, files, progress);
      await pause(request.ports, jitteredMs(request.ports, { firstMs: LIMITS.conflictPauseMs, attempt: progress.attempts }));
      continue;
    }
    await deleteMade(request, files, progress);
    if (step.kind !== 'done' && step.kind !== 'committed') return step;
    const { snapshots, addedFiles, addedRows, conflicts } = progress;
    const rewrittenFiles = [...files.made.values()].reduce((sum, made) => sum + made.length, 0);
    return {
      kind: 'applied',
      commit: { table: request.table.table, applied: step.applied, snapshots, addedFiles, addedRows, rewrittenFiles, conflicts },
    };
  }
}

/** A read or write that failed before the compare-and-swap is an attempt like a conflict: the table may have moved on meanwhile. */
async function tryApply(request: ApplyRequest, files: MaterialiseContext, progress: Progress): Promise<Step> {
  try {
    return await applyOnce(request, files, progress);
  } catch (error) {
    if (error instanceof TransientIoError && progress.attempts + 1 < LIMITS.commitAttemptsMax) return { kind: 'conflict' };
    throw error;
  }
}

/**
 * A file that is gone parks only where its entry is seen to be unapplied: another committer may have been faster, and a sweep come after
 * it. Until an adopted state is reached, the table's own number is that of the state which was left.
 */
async function stillSo(request: ApplyRequest, step: Step): Promise<Step> {
  if (step.kind !== 'park' || step.reason !== 'file-missing') return step;
  const next = request.table.adopt?.entry ?? request.table.floor + 1;
  return (await hasReached(request, next)) === false ? step : { kind: 'conflict' };
}

type Step =
  | { readonly kind: 'committed'; readonly applied: number }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'done'; readonly applied: number }
  | Extract<ApplyResult, { kind: 'park' | 'reload' }>;

async function applyOnce(request: ApplyRequest, files: MaterialiseContext, progress: Progress): Promise<Step> {
  const { table, ledger, ports } = request;
  const loaded = await loadTable(ports, identifierOf(table.table));
  if (!loaded) return { kind: 'park', reason: 'table-missing', message: `${table.table}: the catalog does not know it` };
  const identity = await checkIdentity({ ...request, entry: ledger.state.n, metadata: loaded.metadata });
  if (identity.kind === 'park') return identity;
  markApplied(table, identity.applied);
  const taken = await takeEffects({ ...request, applied: identity.applied });
  if (taken.kind === 'reload') return taken;
  if (taken.effects.length === 0) return { kind: 'done', applied: identity.applied };
  const brought = await bringFiles(files, loaded.metadata, taken.effects);
  if (brought.kind === 'park') return brought;
  // An effect from which rows leave is alone in its commit (take-effects.ts).
  const left = await leaveRows(files, loaded.metadata, taken.effects[0]!.leave);
  if (left.kind === 'park') return { ...left, message: `${table.table}: ${left.message}` };
  return commitEffects(request, progress, { loaded, effects: taken.effects, add: [...brought.files, ...left.add], remove: left.remove });
}

/** What one commit brings to the table as it was loaded. */
interface Attempt {
  readonly loaded: LoadedTable;
  readonly effects: readonly EntryEffect[];
  readonly add: readonly DataFile[];
  readonly remove: readonly DataFile[];
}

async function commitEffects(request: ApplyRequest, progress: Progress, given: Attempt): Promise<Step> {
  const { ports, table, deadline } = request;
  const { loaded, effects, add } = given;
  const applied = effects.at(-1)!.n;
  const prepared = await prepare(request, given);
  if ('kind' in prepared) return prepared;
  deadline.check(`commit of entries ${effects[0]!.n}-${applied} to ${table.table}`);
  const outcome = await commitTable(ports.catalog, loaded.pointer, prepared);
  const step = await settle(request, { outcome, applied });
  if (step.kind === 'committed') {
    progress.snapshots++;
    progress.addedFiles += add.length;
    progress.addedRows += add.reduce((sum, file) => sum + file.recordCount, 0);
    if (outcome.kind !== 'committed') progress.hasUnknown = true;
    else progress.losers.push(...prepared.expiredMetadata);
  } else {
    progress.losers.push(...prepared.created);
  }
  return step;
}

/** Writes the attempt's manifests, list and metadata. A table that cannot be written as it is (encrypted, a branch of the tag's name) parks. */
async function prepare(request: ApplyRequest, given: Attempt): Promise<PreparedSnapshot | Extract<Step, { kind: 'park' }>> {
  const { ports, table, ledger } = request;
  const nowMs = ports.clock.nowMs();
  try {
    return await prepareSnapshot({
      operation: given.remove.length === 0 ? 'append' : given.add.length === 0 ? 'delete' : 'overwrite',
      remove: given.remove,
      metadata: given.loaded.metadata,
      metadataLocation: given.loaded.pointer.metadataLocation,
      add: given.add,
      files: ports.files,
      ids: ports.ids,
      nowMs,
      metadataWriter: ports.catalog.metadataWriter,
      summary: summaryOf({
        lateRows: lateRowsOf(given.loaded.metadata, given.add),
        state: ledger.state,
        effects: given.effects,
        table: table.table,
        nowMs,
      }),
      setProperties: { [PROPERTY.applied]: String(given.effects.at(-1)!.n) },
      tag: { name: APPLIED_TAG },
    });
  } catch (error) {
    if (!(error instanceof InputRefusedError)) throw error;
    return { kind: 'park', reason: 'commit-refused', message: `${table.table}: ${error.message}` };
  }
}

/** What an outcome means; an unknown one is resolved by firn.applied or thrown. */
async function settle(
  request: ApplyRequest,
  given: { readonly outcome: CommitOutcome; readonly applied: number },
): Promise<Extract<Step, { kind: 'committed' | 'conflict' | 'park' }>> {
  const { ports, table, contractName } = request;
  const { outcome, applied } = given;
  switch (outcome.kind) {
    case 'committed':
      return { kind: 'committed', applied };
    case 'conflict':
      return { kind: 'conflict' };
    case 'refused':
      ports.telemetry.log('error', 'the catalog refused a commit', {
        table: table.table,
        cause: outcome.cause instanceof Error ? outcome.cause.name : typeof outcome.cause,
      });
      return { kind: 'park', reason: 'commit-refused', message: `${table.table}: the catalog refused the commit of entry ${applied}` };
    case 'unknown': {
      if (await hasReached(request, applied)) return { kind: 'committed', applied };
      throw new CommitStateUnknownError(
        `commit of entry ${applied} to ${table.table}: nobody can tell whether it was applied; nothing is deleted, the next ring looks again`,
        { code: 'commit-unknown', details: { contract: contractName, table: table.table, entry: applied }, cause: outcome.cause },
      );
    }
  }
}

/** Does the table say that it has applied the entry? Undefined where the look failed. */
async function hasReached({ ports, table }: ApplyRequest, applied: number): Promise<boolean | undefined> {
  try {
    const now = await loadTable(ports, identifierOf(table.table));
    const reached = parseApplied(now?.metadata.properties[PROPERTY.applied]);
    const isSame = now !== undefined && (table.uuid === undefined || now.metadata['table-uuid'] === table.uuid);
    return isSame && reached !== undefined && reached >= applied;
  } catch (error) {
    if (error instanceof TransientIoError) return undefined;
    throw error;
  }
}

/** Data files this loop rewrote itself, when it ends known not to have committed them; staged files are never touched. */
async function deleteMade({ ports, table }: ApplyRequest, { made }: MaterialiseContext, progress: Progress): Promise<void> {
  if (progress.hasUnknown || progress.snapshots > 0) return;
  const losers = [...made.values()].flat().map((file) => file.filePath);
  made.clear();
  await deleteLosers(ports, { hasUnknown: false, losers }, { what: 'rewritten files', table: table.table });
}

async function conflictOf(request: ApplyRequest, files: MaterialiseContext, progress: Progress): Promise<CommitConflictError> {
  await deleteMade(request, files, progress);
  return new CommitConflictError(
    `commit to ${request.table.table}: others won ${progress.attempts} times in a row; the next ring tries again from fresh metadata`,
    { code: 'commit-conflict', details: { contract: request.contractName, table: request.table.table, attempts: progress.attempts } },
  );
}
