// What happened between two snapshots. `planAppends`: the data files that appends added (other operations either left out, as the
// reference implementation's append scan does, or refused). `planChanges`: data files added and removed, snapshot by snapshot, for
// consumers that follow a table; rewrites change no rows and are left out; a snapshot that adds delete files is refused, because its
// removed rows are no files. Source: Iceberg specification, "Snapshots" (operations), "Manifest Entry Fields" (status).

import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import type { FileStore } from '../ports.ts';
import type { Expression } from './expressions/types.ts';
import { findSnapshot } from './find-snapshot.ts';
import { loadManifest } from './load-manifest.ts';
import { mapBounded } from './map-bounded.ts';
import { snapshotManifests } from './scan.ts';
import { prunerOf } from './scan-pruner.ts';
import type { DataFile, ManifestEntry, ManifestFile, Snapshot, TableMetadata } from './types.ts';

export interface IncrementalRequest {
  readonly metadata: TableMetadata;
  readonly files: FileStore;
  /** Exclusive; an ancestor of `toId`. From the first snapshot on when left out; refused where that is expired. */
  readonly fromId?: bigint;
  /** Inclusive; the current snapshot when left out. */
  readonly toId?: bigint;
  /** Rows wanted, in the names of the current schema. */
  readonly filter?: Expression;
}

export interface AppendedFile {
  readonly file: DataFile;
  readonly snapshotId: bigint;
  readonly sequenceNumber: number;
}

export interface ChangedFile extends AppendedFile {
  readonly change: 'added' | 'removed';
  /** Place of the snapshot in the range, the oldest 0. */
  readonly ordinal: number;
}

/** Files of append snapshots in the range, the oldest first. Cost: the last snapshot's list, and the manifests those snapshots wrote. */
export async function planAppends(
  request: IncrementalRequest & { readonly onOther: 'leave-out' | 'refuse' },
): Promise<readonly AppendedFile[]> {
  const range = snapshotsBetween(request);
  const other = range.find((snapshot) => operationOf(snapshot) !== 'append');
  if (other && request.onOther === 'refuse')
    throw refused('incremental-not-append', `snapshot ${other['snapshot-id']} is no append but ${operationOf(other)}`);
  const places = new Map(range.filter((one) => operationOf(one) === 'append').map((one, i) => [one['snapshot-id'], i]));
  if (places.size === 0) return [];
  // A manifest keeps the snapshot that wrote it; a merged one holds entries of several, ADDED only of its own.
  const lists = await mapBounded(
    range.filter((one) => places.has(one['snapshot-id'])),
    LIMITS.manifestReadsAtOnce,
    (one) => ownManifests(request, one),
  );
  const entries = await readOwn(request, lists.flat());
  return entries
    .filter(({ status, file }) => status === 1 && file.content === 0)
    .map(({ file, snapshotId, sequenceNumber }) => ({ file, snapshotId, sequenceNumber }))
    .sort((a, b) => places.get(a.snapshotId)! - places.get(b.snapshotId)!);
}

/** Data files added and removed in the range, the oldest snapshot first. Cost: every snapshot's list, and the manifests it wrote. */
export async function planChanges(request: IncrementalRequest): Promise<readonly ChangedFile[]> {
  const range = snapshotsBetween(request).filter((snapshot) => operationOf(snapshot) !== 'replace');
  const changes: ChangedFile[] = [];
  for (const [ordinal, snapshot] of range.entries()) {
    const manifests = await ownManifests(request, snapshot);
    if (manifests.some(({ content }) => content === 1))
      throw refused('incremental-deletes', `snapshot ${snapshot['snapshot-id']} deletes rows by delete files`);
    for (const { status, file, snapshotId, sequenceNumber } of await readOwn(request, manifests)) {
      if (status === 0) continue;
      changes.push({ change: status === 1 ? 'added' : 'removed', ordinal, file, snapshotId, sequenceNumber });
    }
  }
  return changes;
}

/** Ancestors of `toId` down to `fromId` itself excluded, the oldest first. Throws InputRefusedError where `fromId` is no ancestor. */
export function snapshotsBetween(request: Pick<IncrementalRequest, 'metadata' | 'fromId' | 'toId'>): readonly Snapshot[] {
  const { metadata, fromId } = request;
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const last = request.toId ?? metadata['current-snapshot-id'] ?? undefined;
  if (request.toId !== undefined && !findSnapshot(metadata, request.toId))
    throw refused('snapshot-unknown', `snapshot ${request.toId} is not in the table: expired, or never committed`);
  const range: Snapshot[] = [];
  let at = last;
  // No chain of parents is longer than there are snapshots; a damaged table may name them in a circle.
  while (at !== undefined && at !== fromId && range.length < byId.size) {
    const snapshot = byId.get(at);
    if (!snapshot) break;
    range.push(snapshot);
    at = snapshot['parent-snapshot-id'];
  }
  if (fromId !== undefined && at !== fromId)
    throw refused('incremental-not-ancestor', `snapshot ${fromId} is no known ancestor of ${last ?? 'a table without snapshots'}`);
  if (fromId === undefined && at !== undefined)
    throw refused(
      'incremental-expired',
      `snapshot ${at} is expired, so what the first snapshots added cannot be told: scan the table as it is first`,
    );
  return range.reverse();
}

function operationOf(snapshot: Snapshot): string {
  return snapshot.summary['operation'] ?? 'unknown';
}

async function ownManifests(request: IncrementalRequest, snapshot: Snapshot): Promise<readonly ManifestFile[]> {
  const snapshotId = snapshot['snapshot-id'];
  const manifests = await snapshotManifests({ metadata: request.metadata, files: request.files, snapshotId });
  return manifests.filter(({ addedSnapshotId }) => addedSnapshotId === snapshotId);
}

/** Entries that the manifest's own snapshot made, pruned by the filter. */
async function readOwn(request: IncrementalRequest, manifests: readonly ManifestFile[]): Promise<readonly ManifestEntry[]> {
  const pruner = prunerOf(request.metadata, request.filter ? { filter: request.filter } : {});
  const read = await mapBounded(manifests.filter(pruner.mayHoldManifest), LIMITS.manifestReadsAtOnce, async (manifest) =>
    (await loadManifest(request, manifest)).filter(
      (entry) => entry.snapshotId === manifest.addedSnapshotId && pruner.mayHoldFile(entry.file),
    ),
  );
  return read.flat();
}

function refused(code: string, problem: string): InputRefusedError {
  return new InputRefusedError(`${problem}; choose another range, or read the table anew`, { code });
}
