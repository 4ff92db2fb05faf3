// The one loop that commits a change of a table, whatever the change and the catalog:
//   1  load pointer and metadata afresh, check that it is still the same table
//   2  recompute the whole change on it (`prepare`): manifests, list, metadata under fresh names
//   3  check the deadline; one compare-and-swap
// Committed: done. Conflict, or a read that failed before 3: again from 1, jittered, bounded by `commit.retry.*` and our limits.
// Refused: thrown. Unknown: the table is loaded again; if the change is not in its history, nothing is deleted and
// CommitStateUnknownError is thrown. After one unknown outcome no file of the loop is deleted. Upholds promises 3 and 10.
import type { TableIdentifier } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { CommitConflictError, CommitRefusedError, CommitStateUnknownError, TransientIoError } from '../errors.ts';
import type { CommitOutcome, Ports } from '../ports.ts';
import { type CommitBase, type PreparedCommit, positiveInteger } from './commit-metadata.ts';
import { commitTable } from './commit-table.ts';
import { findSnapshot } from './find-snapshot.ts';
import { jitteredMs } from './jitter.ts';
import { type LoadedTable, loadTable } from './load-table.ts';
import { deleteLosers, type Losers } from './losers.ts';
import type { TableMetadata } from './types.ts';

export interface CommitLoopRequest {
  readonly ports: Pick<Ports, 'files' | 'catalog' | 'clock' | 'ids' | 'telemetry'>;
  readonly identifier: TableIdentifier;
  /** What is committed, for messages: `expire snapshots`. */
  readonly what: string;
  /** The table it must be; any of the name when left out. */
  readonly tableUuid?: string;
  /** Prepares the change on a table as it is now; undefined where there is nothing to change. Called once per attempt. */
  readonly prepare: (base: CommitBase) => Promise<PreparedCommit | undefined>;
  /** Waits so many milliseconds between attempts. */
  readonly pause: (ms: number) => Promise<void>;
  /** Throws DeadlineError once the process may write no more. */
  readonly deadline?: { check(step: string): void };
  /** Repeats after conflicts, in place of the table's `commit.retry.num-retries`. */
  readonly retriesMax?: number;
}

export interface Committed {
  /** The table after the commit, or as it was where nothing was to change. */
  readonly metadata: TableMetadata;
  /** The table before it. */
  readonly base: TableMetadata;
  readonly isChanged: boolean;
  /** Compare-and-swaps that others won. */
  readonly conflicts: number;
}

/** Commits the change, or throws CommitRefusedError, CommitConflictError (attempts used up) or CommitStateUnknownError. */
export async function runCommit(request: CommitLoopRequest): Promise<Committed> {
  const loop: Loop = { hasUnknown: false, losers: [], attempts: 0, conflicts: 0, startedAtMs: request.ports.clock.nowMs() };
  for (;;) {
    const step = await attempt(request, loop);
    await deleteLosers(request.ports, loop, { what: request.what, table: nameOf(request) });
    if (step.kind === 'done') return step.committed;
    loop.attempts += 1;
    const retry = retryOf(step.metadata);
    const waitMs = Math.min(jitteredMs(request.ports, { firstMs: retry.minWaitMs, attempt: Math.min(loop.attempts, 30) }), retry.maxWaitMs);
    const isOver = request.ports.clock.nowMs() - loop.startedAtMs + waitMs > retry.totalMs;
    if (loop.attempts > (request.retriesMax ?? retry.retriesMax) || isOver) throw usedUp(request, loop, step.cause);
    await request.pause(waitMs);
  }
}

interface Loop extends Losers {
  attempts: number;
  conflicts: number;
  readonly startedAtMs: number;
}

type Step =
  | { readonly kind: 'done'; readonly committed: Committed }
  | { readonly kind: 'again'; readonly metadata: TableMetadata | undefined; readonly cause?: unknown };

/** A read or write that failed before the compare-and-swap is an attempt like a conflict: the table may have moved on meanwhile. */
async function attempt(request: CommitLoopRequest, loop: Loop): Promise<Step> {
  try {
    return await commitOnce(request, loop);
  } catch (cause) {
    if (!(cause instanceof TransientIoError)) throw cause;
    return { kind: 'again', metadata: undefined, cause };
  }
}

async function commitOnce(request: CommitLoopRequest, loop: Loop): Promise<Step> {
  const { ports } = request;
  const loaded = await loadSame(request);
  const { metadata } = loaded;
  const prepared = await request.prepare({
    metadata,
    metadataLocation: loaded.pointer.metadataLocation,
    files: ports.files,
    ids: ports.ids,
    nowMs: ports.clock.nowMs(),
    metadataWriter: ports.catalog.metadataWriter,
  });
  const { conflicts } = loop;
  if (!prepared) return { kind: 'done', committed: { metadata, base: metadata, isChanged: false, conflicts } };
  request.deadline?.check(`${request.what} of ${nameOf(request)}`);
  const outcome = await commitTable(ports.catalog, loaded.pointer, prepared);
  const done: Step = { kind: 'done', committed: { metadata: prepared.metadata, base: metadata, isChanged: true, conflicts } };
  switch (outcome.kind) {
    case 'committed':
      loop.losers.push(...prepared.expiredMetadata);
      return done;
    case 'conflict':
      loop.conflicts += 1;
      loop.losers.push(...prepared.created);
      return { kind: 'again', metadata };
    case 'refused':
      loop.losers.push(...prepared.created);
      await deleteLosers(request.ports, loop, { what: request.what, table: nameOf(request) });
      throw catalogRefused(request, outcome.cause);
    case 'unknown':
      loop.hasUnknown = true;
      await reconcile(request, prepared, outcome);
      return done;
  }
}

/** The table, if it is still there and the same one. */
async function loadSame(request: CommitLoopRequest): Promise<LoadedTable> {
  const loaded = await loadTable(request.ports, request.identifier);
  const table = nameOf(request);
  if (!loaded) {
    throw new CommitRefusedError(`${request.what} of ${table}: the catalog does not know the table`, {
      code: 'table-missing',
      details: { table },
    });
  }
  const got = loaded.metadata['table-uuid'];
  if (request.tableUuid !== undefined && got !== request.tableUuid) {
    throw new CommitRefusedError(`${request.what} of ${table}: another table has the name now; plan the change anew`, {
      code: 'table-uuid',
      details: { table, expected: request.tableUuid, got },
    });
  }
  return loaded;
}

/** Returns where the table shows that the commit was applied; a failing look is no answer, so it throws like a no. */
async function reconcile(
  request: CommitLoopRequest,
  prepared: PreparedCommit,
  outcome: Extract<CommitOutcome, { kind: 'unknown' }>,
): Promise<void> {
  try {
    const now = await loadTable(request.ports, request.identifier);
    if (now && isIn(prepared, now)) return;
  } catch (error) {
    if (!(error instanceof TransientIoError)) throw error;
  }
  const table = nameOf(request);
  throw new CommitStateUnknownError(
    `${request.what} of ${table}: nobody can tell whether it was committed; nothing is deleted, look at the table before it is tried again`,
    { code: 'commit-unknown', details: { table }, cause: outcome.cause },
  );
}

/** A snapshot of ours, or our metadata file itself, in the table's history. */
function isIn(prepared: PreparedCommit, now: LoadedTable): boolean {
  if (now.metadata['table-uuid'] !== prepared.base['table-uuid']) return false;
  const { metadataLocation: location } = prepared;
  const isLogged = now.metadata['metadata-log'].some((entry) => entry['metadata-file'] === location);
  if (location !== undefined && (now.pointer.metadataLocation === location || isLogged)) return true;
  const added = prepared.metadata.snapshots.filter((snapshot) => !findSnapshot(prepared.base, snapshot['snapshot-id']));
  return added.length > 0 && added.every((snapshot) => findSnapshot(now.metadata, snapshot['snapshot-id']));
}

interface Retry {
  readonly retriesMax: number;
  readonly minWaitMs: number;
  readonly maxWaitMs: number;
  readonly totalMs: number;
}

/** `commit.retry.*` of the table within our own bounds; the defaults are the reference implementation's. */
function retryOf(metadata: TableMetadata | undefined): Retry {
  const of = (name: string, otherwise: number) => positiveInteger(metadata?.properties[`commit.retry.${name}`], otherwise);
  const isNone = metadata?.properties['commit.retry.num-retries'] === '0';
  return {
    retriesMax: isNone ? 0 : Math.min(of('num-retries', 4), LIMITS.commitRetriesMax),
    minWaitMs: Math.min(of('min-wait-ms', 100), LIMITS.commitRetryWaitMsMax),
    maxWaitMs: Math.min(of('max-wait-ms', LIMITS.commitRetryWaitMsMax), LIMITS.commitRetryWaitMsMax),
    totalMs: Math.min(of('total-timeout-ms', LIMITS.commitRetryTotalMsMax), LIMITS.commitRetryTotalMsMax),
  };
}

function usedUp(request: CommitLoopRequest, loop: Loop, cause: unknown): Error {
  // The last attempt failed to read or write: that is what the caller can do something about.
  if (cause !== undefined) return cause as Error;
  const { attempts } = loop;
  return new CommitConflictError(`${request.what} of ${nameOf(request)}: others won ${attempts} times in a row; try again later`, {
    code: 'commit-conflict',
    details: { table: nameOf(request), attempts },
  });
}

function catalogRefused(request: CommitLoopRequest, cause: unknown): CommitRefusedError {
  return new CommitRefusedError(
    `${request.what} of ${nameOf(request)}: the catalog refused the commit; look at its permissions and rules`,
    {
      code: 'catalog-refused',
      details: { table: nameOf(request) },
      cause,
    },
  );
}

function nameOf({ identifier }: CommitLoopRequest): string {
  return `${identifier.namespace}.${identifier.name}`;
}
