// Which snapshots a table keeps (DESIGN §7): all of a recent window, then the last of each hour, by a tag that ends by itself; what any
// reference needs; and the path from the tag of the ledger to the current snapshot, which proves that our last commit is still in the
// table. A table that says `history.expire.max-snapshot-age-ms` keeps its window as it says. One compare-and-swap of metadata; files are
// deleted by a sweep that proves each again (promise 3).
import { LIMITS } from '../../contract/limits.ts';
import { HOUR_TAG } from '../../contract/names.ts';
import { runCommit } from '../../iceberg/commit-loop.ts';
import { stageMetadata } from '../../iceberg/commit-metadata.ts';
import { type Expiry, isGcEnabled, planExpiry } from '../../iceberg/expire.ts';
import { findSnapshot } from '../../iceberg/find-snapshot.ts';
import { identifierOf } from '../../iceberg/load-table.ts';
import type { Snapshot, SnapshotRef, TableMetadata } from '../../iceberg/types.ts';
import { loadLedger } from '../load-ledger.ts';
import { pause } from '../pause.ts';
import { whyLeftAlone } from './our-table.ts';
import type { ExpiryResult, TableRequest } from './types.ts';

/** Expires what a table needs no more. Cost: load, one metadata file, one swap; throws as any commit does. */
export async function expireTable(request: TableRequest): Promise<ExpiryResult> {
  const { ports, contractName, table, deadline } = request;
  const loaded = await ports.catalog.load(identifierOf(table));
  if (!loaded) return untouched(table, 0, 'the catalog does not know it');
  let result: ExpiryResult | undefined;
  await runCommit({
    ports,
    identifier: identifierOf(table),
    what: 'expiry of snapshots',
    deadline,
    retriesMax: LIMITS.maintainAttemptsMax,
    pause: (ms) => pause(ports, ms),
    prepare: async (base) => {
      const { metadata } = base;
      const { state } = await loadLedger({ ports, contractName });
      const reason = await whyLeftAlone({ ports, contractName, table }, { state, metadata });
      const plan = planTableExpiry(metadata, base.nowMs);
      const isNothing = reason !== undefined || plan.metadata === metadata;
      result = isNothing ? untouched(table, metadata.snapshots.length, reason) : expired(table, metadata, plan);
      return isNothing ? undefined : stageMetadata(base, plan.metadata);
    },
  });
  return result!;
}

export interface TableExpiry extends Expiry {
  readonly tags: readonly string[];
}

/** What expires now; the metadata itself where nothing does. Pure. */
export function planTableExpiry(metadata: TableMetadata, nowMs: number): TableExpiry {
  if (!isGcEnabled(metadata)) return { metadata, snapshots: [], refs: [], statisticsPaths: [], tags: [] };
  const age = metadata.properties['history.expire.max-snapshot-age-ms'];
  const recentMs = age === undefined ? LIMITS.expiryRecentMs : Number(age);
  const tags = hourTags(metadata, { nowMs, cutMs: nowMs - (recentMs > 0 ? recentMs : LIMITS.expiryRecentMs) });
  const names = Object.keys(tags);
  const tagged = names.length === 0 ? metadata : { ...metadata, refs: { ...metadata.refs, ...tags } };
  // The short window is for our own snapshots, one a commit: what somebody staged to publish it later keeps Iceberg's age.
  const ages = { olderThanMs: nowMs - LIMITS.expiryRecentMs, stagedOlderThanMs: nowMs - LIMITS.expiryTagAgeMs };
  const expiry = planExpiry(tagged, { nowMs, ...(age === undefined ? ages : {}) });
  // Tags alone are no reason for a commit: they come with the first expiry that needs them.
  return expiry.metadata === tagged ? { ...expiry, metadata, tags: [] } : { ...expiry, tags: names };
}

/** A tag for the last snapshot of main in each whole hour before the recent window. */
function hourTags(
  metadata: TableMetadata,
  { nowMs, cutMs }: { readonly nowMs: number; readonly cutMs: number },
): Readonly<Record<string, SnapshotRef>> {
  const tags: Record<string, SnapshotRef> = {};
  for (const snapshot of mainSnapshots(metadata)) {
    const hour = Math.floor(snapshot['timestamp-ms'] / LIMITS.expiryTagEveryMs);
    const isWhole = (hour + 1) * LIMITS.expiryTagEveryMs <= cutMs;
    if (!isWhole || nowMs - snapshot['timestamp-ms'] > LIMITS.expiryTagAgeMs) continue;
    const name = `${HOUR_TAG}${new Date(hour * LIMITS.expiryTagEveryMs).toISOString().slice(0, 13)}`;
    // The newest of the hour comes first; a name that is taken is somebody's.
    if (Object.hasOwn(tags, name) || (metadata.refs && Object.hasOwn(metadata.refs, name))) continue;
    tags[name] = { 'snapshot-id': snapshot['snapshot-id'], type: 'tag', 'max-ref-age-ms': LIMITS.expiryTagAgeMs };
  }
  return tags;
}

/** The current snapshot and its ancestors as far as they are known, the newest first. */
function mainSnapshots(metadata: TableMetadata): readonly Snapshot[] {
  const chain: Snapshot[] = [];
  let at = findSnapshot(metadata, metadata['current-snapshot-id'] ?? undefined);
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  while (at && chain.length < byId.size) {
    chain.push(at);
    const parentId: bigint | undefined = at['parent-snapshot-id'];
    at = parentId === undefined ? undefined : byId.get(parentId);
  }
  return chain;
}

function expired(table: string, metadata: TableMetadata, plan: TableExpiry): ExpiryResult {
  return {
    table,
    snapshotsBefore: metadata.snapshots.length,
    snapshotsExpired: plan.snapshots.length,
    refsExpired: plan.refs.length,
    tagsAdded: plan.tags.length,
  };
}

function untouched(table: string, snapshotsBefore: number, leftAlone?: string): ExpiryResult {
  const none = { table, snapshotsBefore, snapshotsExpired: 0, refsExpired: 0, tagsAdded: 0 };
  return leftAlone === undefined ? none : { ...none, leftAlone };
}
