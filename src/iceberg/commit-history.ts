// What the snapshots of a branch between two of them added and removed: from the manifests each of them added, the entries that
// carry its id. Bounded by the number of snapshots. Source: MergingSnapshotProducer.validationHistory of iceberg-java.

import { LIMITS } from '../contract/limits.ts';
import type { FileStore } from '../ports.ts';
import { findSnapshot } from './find-snapshot.ts';
import { loadManifest } from './load-manifest.ts';
import { loadManifestList } from './load-manifest-list.ts';
import { mapBounded } from './map-bounded.ts';
import { refusal } from './refusals.ts';
import type { DataFile, ManifestEntry, Snapshot, TableMetadata } from './types.ts';

export interface HistoryRequest {
  readonly metadata: TableMetadata;
  readonly files: Pick<FileStore, 'read'>;
  /** Exclusive; null: from the first snapshot on. */
  readonly since: bigint | null;
  readonly head: Snapshot | undefined;
}

/** Files by what was done to them and by the operations of the snapshots that did it. */
export interface HistoryEntries {
  data(done: 'added' | 'removed', operations: readonly string[]): readonly DataFile[];
  /** Delete files added. */
  deletes(operations: readonly string[]): readonly DataFile[];
}

/**
 * Reads the history. Cost: one manifest list per snapshot since, and the manifests it added. Throws CommitRefusedError where the chain
 * of parents does not lead to `since` (rolled back, expired) or is longer than LIMITS.conflictHistoryMax.
 */
export async function loadHistory(request: HistoryRequest): Promise<HistoryEntries> {
  const snapshots = snapshotsSince(request);
  const made = await mapBounded(snapshots, LIMITS.manifestReadsAtOnce, (snapshot) => entriesOf(request, snapshot));
  const select = (operations: readonly string[], isWanted: (entry: ManifestEntry) => boolean): DataFile[] =>
    made.flatMap(({ operation, entries }) => (operations.includes(operation) ? entries.filter(isWanted).map((entry) => entry.file) : []));
  return {
    data: (done, operations) => {
      const status = done === 'added' ? 1 : 2;
      return select(operations, (entry) => entry.file.content === 0 && entry.status === status);
    },
    deletes: (operations) => select(operations, (entry) => entry.file.content !== 0 && entry.status === 1),
  };
}

/** Snapshots from the head back to `since`, which is left out. */
export function snapshotsSince(request: Omit<HistoryRequest, 'files'>): readonly Snapshot[] {
  const { metadata, since } = request;
  const found: Snapshot[] = [];
  let at = request.head;
  while (at && at['snapshot-id'] !== since) {
    found.push(at);
    if (found.length > LIMITS.conflictHistoryMax) throw refusal('history-long', `more than ${LIMITS.conflictHistoryMax}`);
    const parentId: bigint | undefined = at['parent-snapshot-id'];
    if (parentId === since) return found;
    if (parentId === undefined) break;
    at = findSnapshot(metadata, parentId);
    if (!at) throw refusal('history-unknown', `snapshot ${parentId} is expired`);
  }
  if (at?.['snapshot-id'] === since || (since === null && (!at || at['parent-snapshot-id'] === undefined))) return found;
  throw refusal('history-unknown', `snapshot ${since} is no ancestor of the branch`);
}

async function entriesOf(
  request: HistoryRequest,
  snapshot: Snapshot,
): Promise<{ readonly operation: string; readonly entries: readonly ManifestEntry[] }> {
  const id = snapshot['snapshot-id'];
  // A writer that does not say what it did may have done anything.
  const operation = snapshot.summary['operation'] ?? 'overwrite';
  const lines = (await loadManifestList(request.files, request.metadata, snapshot)).filter(
    (line) => line.addedSnapshotId === id && (line.addedFiles !== 0 || line.deletedFiles !== 0),
  );
  const entries: ManifestEntry[] = [];
  for (const line of lines) entries.push(...(await loadManifest(request, line)));
  return { operation, entries: entries.filter((entry) => entry.snapshotId === id && entry.status !== 0) };
}
