// Snapshots by id and reference, and how they descend from each other. Ids are compared, never ordered.
import { refusal } from './refusals.ts';
import type { Snapshot, TableMetadata } from './types.ts';

/** The snapshot of an id; undefined where it is unknown or expired. */
export function findSnapshot(metadata: TableMetadata, snapshotId: bigint | undefined): Snapshot | undefined {
  return snapshotId === undefined ? undefined : metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === snapshotId);
}

/** The current snapshot of `main`. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  return findSnapshot(metadata, metadata['current-snapshot-id'] ?? undefined);
}

/** The snapshot a tag or branch points at. */
export function snapshotOfRef(metadata: TableMetadata, name: string): Snapshot | undefined {
  return findSnapshot(metadata, metadata.refs?.[name]?.['snapshot-id']);
}

/** Head of a branch; undefined for a `main` without snapshots. Throws CommitRefusedError for an unknown name and for a tag. */
export function branchHead(metadata: TableMetadata, branch: string): Snapshot | undefined {
  const ref = metadata.refs?.[branch];
  if (!ref && branch === 'main') return currentSnapshot(metadata);
  if (!ref) throw refusal('ref-unknown', branch);
  if (ref.type !== 'branch') throw refusal('ref-kind', `${branch} is a tag`);
  return findSnapshot(metadata, ref['snapshot-id']);
}

/**
 * Is `snapshotId` the snapshot `ofId` itself or one of its ancestors, as far as the metadata still tells? `unknown`: the chain
 * of parents breaks off (expired) before it was found.
 */
export function ancestry(
  metadata: TableMetadata,
  pair: { readonly snapshotId: bigint; readonly ofId: bigint },
): 'ancestor' | 'not-ancestor' | 'unknown' {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  let at: bigint | undefined = pair.ofId;
  // A damaged table may name parents in a circle; no chain is longer than there are snapshots.
  for (let steps = 0; at !== undefined && steps <= byId.size; steps += 1) {
    if (at === pair.snapshotId) return 'ancestor';
    const snapshot = byId.get(at);
    if (!snapshot) return 'unknown';
    at = snapshot['parent-snapshot-id'];
  }
  return 'not-ancestor';
}

/** True only where the metadata proves descent. */
export function isAncestor(metadata: TableMetadata, snapshotId: bigint, ofId: bigint): boolean {
  return ancestry(metadata, { snapshotId, ofId }) === 'ancestor';
}
