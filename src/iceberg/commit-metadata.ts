// The next metadata of a table: a snapshot added, refs moved, properties set, the log of earlier metadata files kept short. Pure;
// `stageMetadata` writes the file. Nothing here touches a catalog. Source: Iceberg specification, "Table Metadata Fields".
import { gzipSync } from 'node:zlib';
import { InputRefusedError } from '../errors.ts';
import type { FileStore, Ids, TableCatalog, Uri } from '../ports.ts';
import { createFile } from './create-file.ts';
import { rememberMetadata } from './known-metadata.ts';
import { metadataFolder, nextMetadataName, serializeMetadata } from './metadata-json.ts';
import type { Snapshot, SnapshotRef, TableMetadata } from './types.ts';

/** What a commit needs to write files and name them. */
export interface CommitBase {
  readonly metadata: TableMetadata;
  /** Location of the metadata file that `metadata` was loaded from: the base of the compare-and-swap. */
  readonly metadataLocation: Uri;
  readonly files: FileStore;
  readonly ids: Ids;
  readonly nowMs: number;
  /** Who writes the metadata file: the catalog's own word. @default client */
  readonly metadataWriter?: TableCatalog['metadataWriter'];
}

/** A commit that is written but not visible: `commitTable` makes it so. */
export interface PreparedCommit {
  /** What the commit was prepared on. */
  readonly base: TableMetadata;
  /** What the table is to become. */
  readonly metadata: TableMetadata;
  /** The metadata file that was written; undefined where the catalog writes it. */
  readonly metadataLocation: Uri | undefined;
  /** The current snapshot after the commit; undefined for a table without one. */
  readonly snapshotId: bigint | undefined;
  /** Manifests, lists and metadata files this attempt may have left behind; never data files. */
  readonly created: readonly Uri[];
  /**
   * Metadata files that fell out of the log, where the table asks for their deletion after the commit
   * (`write.metadata.delete-after-commit.enabled`); empty otherwise.
   */
  readonly expiredMetadata: readonly Uri[];
}

const PREVIOUS_VERSIONS_DEFAULT = 100;

/** Milliseconds of a commit: never behind what the table has already seen, so clocks may differ between writers. */
export function commitTimeMs(metadata: TableMetadata, nowMs: number): number {
  const current = metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === metadata['current-snapshot-id']);
  return Math.max(nowMs, metadata['last-updated-ms'], current?.['timestamp-ms'] ?? 0);
}

/** Adds a snapshot and makes it the head of a branch; `null`: of none, it is staged. */
export function withSnapshot(metadata: TableMetadata, snapshot: Snapshot, branch: string | null = 'main'): TableMetadata {
  const id = snapshot['snapshot-id'];
  const added = {
    ...metadata,
    'last-sequence-number': snapshot['sequence-number'],
    snapshots: [...metadata.snapshots, snapshot],
  };
  return branch === null ? added : withHead(added, { branch, snapshotId: id, nowMs: snapshot['timestamp-ms'] });
}

/** Points a branch at a snapshot of the table; its retention is kept. A new head of `main` is logged. */
export function withHead(
  metadata: TableMetadata,
  head: { readonly branch: string; readonly snapshotId: bigint; readonly nowMs: number },
): TableMetadata {
  const { branch, snapshotId, nowMs } = head;
  const refs = { ...metadata.refs, [branch]: { ...metadata.refs?.[branch], 'snapshot-id': snapshotId, type: 'branch' as const } };
  if (branch !== 'main' || metadata['current-snapshot-id'] === snapshotId) return { ...metadata, refs };
  const log = [...metadata['snapshot-log'], { 'timestamp-ms': nowMs, 'snapshot-id': snapshotId }];
  return { ...metadata, refs, 'current-snapshot-id': snapshotId, 'snapshot-log': log };
}

/** Points a tag at a snapshot, whatever it pointed at before; its retention is kept. A branch of that name is refused. */
export function withTag(metadata: TableMetadata, tag: { readonly name: string; readonly snapshotId: bigint }): TableMetadata {
  const before: SnapshotRef | undefined = metadata.refs?.[tag.name];
  if (before?.type === 'branch') {
    throw new InputRefusedError(`ref ${tag.name} is a branch: expected a tag of that name or none; rename the branch`, {
      code: 'ref-is-branch',
    });
  }
  return { ...metadata, refs: { ...metadata.refs, [tag.name]: { ...before, 'snapshot-id': tag.snapshotId, type: 'tag' } } };
}

/**
 * Writes the metadata file that follows the base; none where the catalog writes it, which also keeps its log. `created` are the
 * files written before it in the same attempt.
 */
export async function stageMetadata(base: CommitBase, next: TableMetadata, created: readonly Uri[] = []): Promise<PreparedCommit> {
  const lastUpdatedMs = commitTimeMs(base.metadata, base.nowMs);
  if (base.metadataWriter === 'catalog') {
    const metadata = { ...next, 'last-updated-ms': lastUpdatedMs };
    const snapshotId = metadata['current-snapshot-id'] ?? undefined;
    return { base: base.metadata, metadata, metadataLocation: undefined, snapshotId, created, expiredMetadata: [] };
  }
  const logged = withMetadataLog(base, next);
  const metadata = { ...logged.metadata, 'last-updated-ms': lastUpdatedMs };
  const isGzip = metadata.properties['write.metadata.compression-codec']?.toLowerCase() === 'gzip';
  const nameOf = () => `${metadataFolder(metadata)}/${nextMetadataName(base.metadataLocation, base.ids.uuid(), { isGzip })}`;
  const bytes = serializeMetadata(metadata);
  const file = await createFile(base.files, nameOf, isGzip ? gzipSync(bytes) : bytes);
  rememberMetadata(base.files, file.uri, metadata);
  return {
    base: base.metadata,
    metadata,
    metadataLocation: file.uri,
    snapshotId: metadata['current-snapshot-id'] ?? undefined,
    created: [...created, ...file.tried],
    expiredMetadata: metadata.properties['write.metadata.delete-after-commit.enabled'] === 'true' ? logged.dropped : [],
  };
}

/** Appends the base to the log of metadata files and trims it to `write.metadata.previous-versions-max`. */
function withMetadataLog(base: CommitBase, next: TableMetadata): { readonly metadata: TableMetadata; readonly dropped: readonly Uri[] } {
  const kept = Math.max(1, positiveInteger(next.properties['write.metadata.previous-versions-max'], PREVIOUS_VERSIONS_DEFAULT));
  const log = [
    ...base.metadata['metadata-log'],
    { 'timestamp-ms': base.metadata['last-updated-ms'], 'metadata-file': base.metadataLocation },
  ];
  const cut = Math.max(0, log.length - kept);
  return { metadata: { ...next, 'metadata-log': log.slice(cut) }, dropped: log.slice(0, cut).map((entry) => entry['metadata-file']) };
}

/** A table property as a positive integer; malformed text is the default, as a commit must not fail for it. */
export function positiveInteger(text: string | undefined, otherwise: number): number {
  const value = Number(text);
  return text !== undefined && Number.isSafeInteger(value) && value > 0 ? value : otherwise;
}
