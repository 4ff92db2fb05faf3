// The outcome of a commit to a REST catalog, exactly. Sent once, unless the catalog tells repeats of a keyed request apart.
//   2xx                          committed, whatever becomes of the body
//   409                          conflict, after the table was seen without our snapshot: a proxy may have repeated our own success
//   429                          conflict: turned away unprocessed
//   400, 422                     refused; conflict if the table has moved meanwhile (what no requirement names may have moved)
//   other refusals (401, 404 …)  refused
//   5xx, silence, anything else  unknown (specification of updateTable: 500, 502, 504 are CommitStateUnknown; a 503 of a proxy may
//                                follow a commit that was carried out)
// After one unknown answer only success is believed: the first request may still be on its way. Upholds promise 3.
import { LIMITS } from '../contract/limits.ts';
import { TransientIoError } from '../errors.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import { pause } from '../jobs/pause.ts';
import type { Clock, CommitOutcome, Ids, TableChange, TablePointer } from '../ports.ts';
import { causeOf, isRefusal, isSuccess } from './answers.ts';
import type { ClientRequest, RestClient } from './client.ts';
import type { RestAnswer } from './types.ts';
import { uuidV7 } from './uuid-v7.ts';

export interface CommitTools {
  readonly client: RestClient;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The table as it is now; undefined if it is gone. */
  readonly load: () => Promise<TablePointer | undefined>;
}

/** One request; a conflict costs a load besides. */
export async function sendCommit(
  tools: CommitTools,
  commit: { readonly base: TablePointer; readonly change: TableChange; readonly request: ClientRequest },
): Promise<CommitOutcome> {
  const first = await sendMutation(tools, commit.request);
  const { answer } = first;
  if (isSuccess(answer)) return { kind: 'committed' };
  const unknown: CommitOutcome = { kind: 'unknown', cause: causeOf(answer) };
  if (first.wasUnknown || answer.kind === 'silence') return unknown;
  if (answer.status === 429) return { kind: 'conflict' };
  if (answer.status === 409) return conflictOrOurs(tools, commit.change);
  if (!isRefusal(answer.status)) return unknown;
  const isValidation = answer.status === 400 || answer.status === 422;
  if (isValidation && (await hasMoved(tools, commit.base))) return { kind: 'conflict' };
  return { kind: 'refused', cause: causeOf(answer) };
}

/**
 * Sends a request that changes something: once, or, where the catalog takes keys, again with the same key while nobody can tell
 * what became of it and the key lives. `wasUnknown`: an earlier sending may have taken effect.
 */
export async function sendMutation(
  { client, clock, ids }: Pick<CommitTools, 'client' | 'clock' | 'ids'>,
  request: ClientRequest,
): Promise<{ readonly answer: RestAnswer; readonly wasUnknown: boolean }> {
  const { keyLifetimeMs } = await client.session();
  if (keyLifetimeMs === undefined) return { answer: await client.once(request), wasUnknown: false };
  const startedMs = clock.nowMs();
  const headers = { 'idempotency-key': uuidV7({ nowMs: startedMs, randomUuid: ids.uuid() }) };
  for (let attempt = 1; ; attempt++) {
    const answer = await client.once(request, headers);
    const isUnknown = answer.kind === 'silence' || answer.status >= 500;
    // A sending must be answered before the key ends, or the catalog takes it for a new request.
    const isKeyAlive = clock.nowMs() - startedMs + LIMITS.ioBackoffMsMax + LIMITS.ioTimeoutMs < keyLifetimeMs;
    if (!isUnknown || attempt >= LIMITS.ioAttemptsMax || !isKeyAlive) return { answer, wasUnknown: attempt > 1 };
    await pause({ clock }, Math.min(LIMITS.ioBackoffMsMax, jitteredMs({ ids }, { firstMs: LIMITS.ioBackoffMsMin, attempt })));
  }
}

/** A table that holds our snapshot was committed by us, however often the request was repeated on its way. */
async function conflictOrOurs({ load }: CommitTools, change: TableChange): Promise<CommitOutcome> {
  const added = change.updates.flatMap(({ action, snapshot }) => (action === 'add-snapshot' ? [idOf(snapshot)] : []));
  if (added.length === 0) return { kind: 'conflict' };
  try {
    const now = await load();
    const held = new Set(snapshotsOf(now?.metadata).map(idOf));
    return { kind: added.every((id) => held.has(id)) ? 'committed' : 'conflict' };
  } catch (error) {
    if (error instanceof TransientIoError) return { kind: 'unknown', cause: error };
    throw error;
  }
}

/** Is the table another than the one the change was made for? A failing look counts as yes: the request was not carried out anyway. */
async function hasMoved({ load }: CommitTools, base: TablePointer): Promise<boolean> {
  try {
    const now = await load();
    return now !== undefined && now.version !== base.version;
  } catch (error) {
    if (error instanceof TransientIoError) return true;
    throw error;
  }
}

function snapshotsOf(metadata: unknown): readonly unknown[] {
  const snapshots = (metadata as { readonly snapshots?: unknown } | undefined)?.snapshots;
  return Array.isArray(snapshots) ? snapshots : [];
}

function idOf(snapshot: unknown): string {
  return String((snapshot as { readonly 'snapshot-id'?: unknown })['snapshot-id']);
}
