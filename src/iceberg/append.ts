// Prepares a commit that adds data files (or only advances properties and a tag): manifests, manifest list and metadata file are
// written under fresh names, the catalog is not touched. Upholds promises 3 (no data file is ever deleted here), 6 and 10 (work
// per commit is bounded by merge-manifests.ts).
//
//   1  one new manifest per partition spec, its entries ADDED and without sequence numbers
//   2  the parent's manifests follow, those with nothing live dropped; too many small ones are merged
//   3  manifest list → snapshot → refs, logs, counters → metadata.json
import { LIMITS } from '../contract/limits.ts';
import { assertInvariant, InputRefusedError } from '../errors.ts';
import type { Uri } from '../ports.ts';
import { assembleManifests } from './append-manifests.ts';
import { type CommitBase, commitTimeMs, type PreparedCommit, stageMetadata, withSnapshot, withTag } from './commit-metadata.ts';
import { createFile, readReferenced } from './create-file.ts';
import { findSnapshot } from './find-snapshot.ts';
import { readManifestList, writeManifestList } from './manifest-list.ts';
import { readManifest } from './manifest-read.ts';
import { mapBounded } from './map-bounded.ts';
import { metadataFolder } from './metadata-json.ts';
import { appendSummary, countTotals, type Totals, totalsOf } from './snapshot-summary.ts';
import type { DataFile, ManifestFile, Snapshot } from './types.ts';

export interface AppendRequest extends CommitBase {
  /** New data files; may be empty: then an empty append snapshot. */
  readonly add: readonly DataFile[];
  /** Snapshot summary beside Iceberg's own keys. */
  readonly summary: Readonly<Record<string, string>>;
  readonly setProperties?: Readonly<Record<string, string>>;
  /** A tag to point at the new snapshot. */
  readonly tag?: { readonly name: string };
}

export interface PropertiesRequest extends CommitBase {
  readonly setProperties: Readonly<Record<string, string>>;
  /** A tag to point at the current snapshot; ignored where there is none. */
  readonly tag?: { readonly name: string };
}

/**
 * Writes everything an append commit needs. Cost: reads the parent's manifest list and at most
 * LIMITS.manifestMergeInputsMax manifests; writes one manifest per spec (and per merge), one list, one metadata file.
 * Throws TransientIoError before anything is visible; InputRefusedError for a table that cannot be written.
 */
export async function prepareAppend(request: AppendRequest): Promise<PreparedCommit & { readonly snapshotId: bigint }> {
  checkAdded(request);
  const parent = findSnapshot(request.metadata, request.metadata['current-snapshot-id'] ?? undefined);
  const snapshotId = freshSnapshotId(request);
  const inherited = parent ? readManifestList(await readReferenced(request.files, parent['manifest-list'])) : [];
  const sequenceNumber = request.metadata['last-sequence-number'] + 1;
  const totals = totalsOf(parent) ?? (await countedTotals(request, inherited));
  const assembled = await assembleManifests({ ...request, inherited, snapshotId, sequenceNumber });
  const list = await writeList(request, { manifests: assembled.manifests, snapshotId, sequenceNumber, parent });
  const snapshot: Snapshot = {
    'snapshot-id': snapshotId,
    ...(parent ? { 'parent-snapshot-id': parent['snapshot-id'] } : {}),
    'sequence-number': sequenceNumber,
    'timestamp-ms': commitTimeMs(request.metadata, request.nowMs),
    'manifest-list': list.uri,
    summary: appendSummary({ add: request.add, manifests: assembled.manifests, before: totals, extra: request.summary }),
    'schema-id': request.metadata['current-schema-id'],
    ...list.rowIds,
  };
  const added = withSnapshot(request.metadata, snapshot);
  const tagged = request.tag ? withTag(added, { name: request.tag.name, snapshotId }) : added;
  const next = {
    ...tagged,
    properties: { ...tagged.properties, ...request.setProperties },
    ...(list.nextRowId === undefined ? {} : { 'next-row-id': list.nextRowId }),
  };
  const prepared = await stageMetadata(request, next, [...assembled.created, ...list.tried]);
  return { ...prepared, snapshotId };
}

/** Writes a metadata file that sets properties (and moves a tag) without a new snapshot. */
export async function prepareProperties(request: PropertiesRequest): Promise<PreparedCommit> {
  const current = request.metadata['current-snapshot-id'] ?? undefined;
  const { tag } = request;
  const tagged = tag && current !== undefined ? withTag(request.metadata, { name: tag.name, snapshotId: current }) : request.metadata;
  return stageMetadata(request, { ...tagged, properties: { ...tagged.properties, ...request.setProperties } });
}

function checkAdded(request: AppendRequest): void {
  const paths = new Set(request.add.map((file) => file.filePath));
  assertInvariant(paths.size === request.add.length, 'no file is added twice in one commit');
  assertInvariant(
    request.add.every((file) => file.content === 0 && file.recordCount > 0),
    'an append adds data files with rows',
  );
  if (request.metadata['encryption-keys'] !== undefined) {
    throw new InputRefusedError('table is encrypted: its manifests cannot be written here; write it with an engine that holds its keys', {
      code: 'table-encrypted',
    });
  }
}

function freshSnapshotId(request: AppendRequest): bigint {
  for (let attempt = 0; attempt < LIMITS.ioAttemptsMax; attempt += 1) {
    const id = request.ids.snapshotId();
    if (!findSnapshot(request.metadata, id)) return id;
  }
  throw new InputRefusedError('no unused snapshot id was found; the source of ids repeats itself', { code: 'snapshot-ids' });
}

/** Totals of a parent that does not state them: counted from its manifests while they are few and small, else left out for good. */
async function countedTotals(request: AppendRequest, inherited: readonly ManifestFile[]): Promise<Totals | undefined> {
  const sizeBytes = inherited.reduce((sum, manifest) => sum + manifest.lengthBytes, 0);
  if (inherited.length > LIMITS.manifestsMax || sizeBytes > LIMITS.manifestMergeBytesMax) return undefined;
  const entries = await mapBounded(inherited, LIMITS.manifestReadsAtOnce, async (manifest) =>
    readManifest(await readReferenced(request.files, manifest.path), manifest),
  );
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
  request: AppendRequest,
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
