// Prepares a commit that gives a branch a new snapshot: manifests, manifest list and metadata file are written under fresh names,
// the catalog is not touched. Every operation on files goes through here. Upholds promises 3 (no data file is ever deleted here),
// 6 and 10 (work per commit is bounded by merge-manifests.ts, and by what the change touches).
//
//   1  what must not have happened since the change was planned is looked up (check-conflicts.ts)
//   2  manifests that hold a removed file are written again without it; one new manifest per spec and content for added files
//   3  the parent's other manifests follow, those with nothing live dropped; too many small ones are merged
//   4  manifest list → snapshot → refs, logs, counters → metadata.json

import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import type { Uri } from '../ports.ts';
import { assembleManifests } from './assemble-manifests.ts';
import { checkChange } from './check-change.ts';
import { checkConflicts } from './check-conflicts.ts';
import { type CommitBase, commitTimeMs, type PreparedCommit, stageMetadata, withSnapshot, withTag } from './commit-metadata.ts';
import { createFile } from './create-file.ts';
import { type FilteredManifests, type FilterRequest, filterManifests } from './filter-manifests.ts';
import { branchHead, findSnapshot } from './find-snapshot.ts';
import { loadManifest } from './load-manifest.ts';
import { loadManifestList } from './load-manifest-list.ts';
import { writeManifestList } from './manifest-list.ts';
import { mapBounded } from './map-bounded.ts';
import { metadataFolder } from './metadata-json.ts';
import type { SnapshotChange } from './snapshot-change.ts';
import { countTotals, snapshotSummary, type Totals, totalsOf } from './snapshot-summary.ts';
import type { ManifestFile, Snapshot, TableMetadata } from './types.ts';

export interface SnapshotRequest extends CommitBase, SnapshotChange {}

/** What becomes of the parent's manifests, and what the summary says of it. */
export type Inherit = (given: FilterRequest) => Promise<FilteredManifests & { readonly summary?: Readonly<Record<string, string>> }>;

export type PreparedSnapshot = PreparedCommit & {
  /** The new snapshot, head of the target branch after the commit. */
  readonly snapshotId: bigint;
};

/**
 * Writes everything the commit of a change needs. Cost: reads the parent's manifest list, the manifests that may hold a removed file
 * and at most LIMITS.manifestMergeInputsMax more; writes one manifest per spec and content (and per filtered or merged one), one
 * list, one metadata file. Throws TransientIoError before anything is visible; CommitRefusedError with a code of refusals.ts;
 * InputRefusedError for a table that cannot be written.
 */
export async function prepareSnapshot(request: SnapshotRequest, inherit: Inherit = filterManifests): Promise<PreparedSnapshot> {
  const { metadata } = request;
  const branch = request.targetRef ?? 'main';
  const parent = branchHead(metadata, branch);
  checkChange(request);
  if (request.checks) await checkConflicts({ ...request, parent, checks: request.checks });
  const lines = await loadManifestList(request.files, metadata, parent);
  const snapshotId = freshSnapshotId(request);
  const totals = totalsOf(parent) ?? (await countedTotals(request, lines));
  const filtered = await inherit({ ...request, inherited: lines, remove: request.remove ?? [], add: request.add ?? [], snapshotId });
  const written = await writeSnapshot(request, { parent, snapshotId, filtered, totals });
  const added = withSnapshot(metadata, written.snapshot, request.isStaged ? null : branch);
  const tagged = request.tag ? withTag(added, { name: request.tag.name, snapshotId }) : added;
  const next: TableMetadata = {
    ...tagged,
    properties: { ...tagged.properties, ...request.setProperties },
    ...(written.nextRowId === undefined ? {} : { 'next-row-id': written.nextRowId }),
  };
  return { ...(await stageMetadata(request, next, written.created)), snapshotId };
}

interface WrittenSnapshot {
  readonly snapshot: Snapshot;
  readonly nextRowId: number | undefined;
  readonly created: readonly Uri[];
}

async function writeSnapshot(
  request: SnapshotRequest,
  given: {
    readonly parent: Snapshot | undefined;
    readonly snapshotId: bigint;
    readonly filtered: Awaited<ReturnType<Inherit>>;
    readonly totals: Totals | undefined;
  },
): Promise<WrittenSnapshot> {
  const { metadata } = request;
  const { parent, snapshotId, filtered } = given;
  const sequenceNumber = metadata['last-sequence-number'] + 1;
  const added = (request.add ?? []).map(withoutRowId);
  const assembled = await assembleManifests({ ...request, add: added, inherited: filtered.manifests, snapshotId, sequenceNumber });
  const list = await writeList(request, { manifests: assembled.manifests, snapshotId, sequenceNumber, parent });
  const summary = snapshotSummary({
    operation: request.operation,
    added,
    removed: filtered.removed,
    manifests: assembled.manifests,
    before: given.totals,
    extra: { ...request.summary, ...filtered.summary },
  });
  const snapshot: Snapshot = {
    'snapshot-id': snapshotId,
    ...(parent ? { 'parent-snapshot-id': parent['snapshot-id'] } : {}),
    'sequence-number': sequenceNumber,
    'timestamp-ms': commitTimeMs(metadata, request.nowMs),
    'manifest-list': list.uri,
    summary,
    'schema-id': metadata['current-schema-id'],
    ...list.rowIds,
  };
  return { snapshot, nextRowId: list.nextRowId, created: [...assembled.created, ...list.tried] };
}

/** New files get their row ids by inheritance, whatever they had elsewhere. */
function withoutRowId<F extends { readonly firstRowId?: number }>(file: F): Omit<F, 'firstRowId'> {
  const { firstRowId: _none, ...rest } = file;
  return rest;
}

function freshSnapshotId(request: SnapshotRequest): bigint {
  for (let attempt = 0; attempt < LIMITS.ioAttemptsMax; attempt += 1) {
    const id = request.ids.snapshotId();
    if (!findSnapshot(request.metadata, id)) return id;
  }
  throw new InputRefusedError('no unused snapshot id was found; the source of ids repeats itself', { code: 'snapshot-ids' });
}

/** Totals of a parent that does not state them: counted from its manifests while they are few and small, else left out for good. */
async function countedTotals(request: SnapshotRequest, inherited: readonly ManifestFile[]): Promise<Totals | undefined> {
  const sizeBytes = inherited.reduce((sum, manifest) => sum + manifest.lengthBytes, 0);
  if (inherited.length > LIMITS.manifestsMax || sizeBytes > LIMITS.manifestMergeBytesMax) return undefined;
  const entries = await mapBounded(inherited, LIMITS.manifestReadsAtOnce, async (manifest) => loadManifest(request, manifest));
  return countTotals(
    entries
      .flat()
      .filter((entry) => entry.status !== 2)
      .map((entry) => entry.file),
  );
}

interface WrittenList {
  readonly uri: Uri;
  readonly tried: readonly Uri[];
  /** Version 3: the snapshot's `first-row-id` and `added-rows`. */
  readonly rowIds: Readonly<Record<string, number>>;
  readonly nextRowId: number | undefined;
}

async function writeList(
  request: CommitBase,
  list: {
    readonly manifests: readonly ManifestFile[];
    readonly snapshotId: bigint;
    readonly sequenceNumber: number;
    readonly parent: Snapshot | undefined;
  },
): Promise<WrittenList> {
  const { metadata } = request;
  const firstRowId = metadata['format-version'] >= 3 ? Number(metadata['next-row-id'] ?? 0) : undefined;
  const { bytes, assignedRows } = writeManifestList({
    formatVersion: metadata['format-version'],
    manifests: list.manifests,
    snapshotId: list.snapshotId,
    sequenceNumber: list.sequenceNumber,
    ...(list.parent ? { parentSnapshotId: list.parent['snapshot-id'] } : {}),
    ...(firstRowId === undefined ? {} : { nextRowId: firstRowId }),
  });
  const nameOf = () => `${metadataFolder(metadata)}/snap-${list.snapshotId}-1-${request.ids.uuid()}.avro`;
  const { uri, tried } = await createFile(request.files, nameOf, bytes);
  if (firstRowId === undefined) return { uri, tried, rowIds: {}, nextRowId: undefined };
  return { uri, tried, rowIds: { 'first-row-id': firstRowId, 'added-rows': assignedRows }, nextRowId: firstRowId + assignedRows };
}
