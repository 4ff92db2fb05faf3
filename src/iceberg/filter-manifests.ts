// The manifests of a branch without some of their files: only manifests that hold one are read and written again, found by
// partition summary and path; what is left in them stays, what goes is a DELETED entry of the new snapshot. Removed data files take
// along what applied to them alone: their deletion vectors and the position delete files that name them. Delete files older than every
// data file that is left apply to nothing and go too. Source: Iceberg specification, "Manifest Entry Fields", "Deletion Vectors",
// "Scan Planning"; ManifestFilterManager of iceberg-java (dropDeleteFilesOlderThan).

import { LIMITS } from '../contract/limits.ts';
import { assertInvariant } from '../errors.ts';
import type { FileStore } from '../ports.ts';
import { referencedPath } from './delete-scope.ts';
import { loadManifest } from './load-manifest.ts';
import { isTypedSpec, partitionStruct } from './manifest-schema.ts';
import { type EntryToWrite, schemasNewestFirst, specOf } from './manifest-write.ts';
import { mapBounded } from './map-bounded.ts';
import { mayHoldPartition } from './partition-summary.ts';
import { plainPath } from './plain-path.ts';
import { refusal } from './refusals.ts';
import type { SnapshotOperation } from './snapshot-change.ts';
import { partitionKey } from './snapshot-summary.ts';
import type { DataFile, ManifestEntry, ManifestFile, TableMetadata } from './types.ts';

export interface FilterRequest {
  readonly metadata: TableMetadata;
  readonly files: Pick<FileStore, 'read'>;
  readonly inherited: readonly ManifestFile[];
  readonly remove: readonly DataFile[];
  /** Files the same snapshot adds: their vectors must be the only ones of their data files. */
  readonly add: readonly DataFile[];
  readonly snapshotId: bigint;
  /** An `append` removes nothing, so delete files stay whatever their age. */
  readonly operation: SnapshotOperation;
  /** Of added data files, where it is not the commit's own. */
  readonly dataSequenceNumber?: number;
}

/** A manifest as it was, or the entries to write in its place. */
export type KeptManifest =
  | { readonly kind: 'line'; readonly line: ManifestFile }
  | { readonly kind: 'entries'; readonly entries: readonly EntryToWrite[] };

export interface FilteredManifests {
  /** In the order of the parent's list. */
  readonly manifests: readonly KeptManifest[];
  /** All files that go, dangling deletes included. */
  readonly removed: readonly DataFile[];
}

/**
 * Takes files out. Cost: reads the manifests whose partition summary admits one of the files, and manifests of deletes older than
 * all data, 16 at once. Throws
 * CommitRefusedError `missing-files` where a file to remove is not live, `conflict-vector` where a data file would have two vectors.
 */
export async function filterManifests(request: FilterRequest): Promise<FilteredManifests> {
  const dataFiles = request.remove.filter((file) => file.content === 0);
  const deleteFiles = request.remove.filter((file) => file.content !== 0);
  const vectors = request.add.filter((file) => file.fileFormat === 'PUFFIN');
  if (request.operation === 'append' && request.remove.length + vectors.length === 0)
    return { manifests: request.inherited.map((line) => ({ kind: 'line', line })), removed: [] };
  const data = goingFilter(dataFiles, new Set());
  const deletes = goingFilter(deleteFiles, new Set(dataFiles.map((file) => plainPath(file.filePath))));
  const partitions = { 0: partitionsOf(dataFiles), 1: partitionsOf([...request.remove, ...vectors]) };
  const vectorPaths = new Set(vectors.map((file) => plainPath(file.referencedDataFile!)));
  const removed: DataFile[] = [];
  const filterLine = async (line: ManifestFile, deadBelow: number): Promise<KeptManifest> => {
    const mayHoldDead = line.content === 1 && line.minSequenceNumber < deadBelow && isWritable(request.metadata, line);
    const isCandidate = hasLive(line) && (mayHoldDead || mayHoldOne(request.metadata, line, partitions[line.content]));
    if (!isCandidate) return { kind: 'line', line };
    const entries = await loadManifest(request, line);
    const isNamed = line.content === 0 ? data : deletes;
    const isGoing = (entry: ManifestEntry) => isNamed(entry) || (mayHoldDead && entry.sequenceNumber < deadBelow);
    const going = entries.filter((entry) => entry.status !== 2 && isGoing(entry));
    checkNoOlder(going, request.dataSequenceNumber);
    checkSoleVectors(entries, { going: new Set(going), paths: vectorPaths });
    if (going.length === 0) return { kind: 'line', line };
    if (!isWritable(request.metadata, line)) throw refusal('spec-untyped', `partition spec ${line.specId}`, { uri: line.path });
    removed.push(...going.map((entry) => entry.file));
    return { kind: 'entries', entries: withoutFiles(entries, new Set(going), request.snapshotId) };
  };
  const withoutData = await mapBounded(
    request.inherited,
    LIMITS.manifestReadsAtOnce,
    async (line): Promise<KeptManifest> => (line.content === 0 ? filterLine(line, 0) : { kind: 'line', line }),
  );
  const deadBelow = oldestData(request, withoutData);
  const manifests = await mapBounded(withoutData, LIMITS.manifestReadsAtOnce, async (kept) =>
    kept.kind === 'line' && kept.line.content === 1 ? filterLine(kept.line, deadBelow) : kept,
  );
  checkAllFound(request.remove, removed);
  return { manifests, removed };
}

/**
 * The smallest data sequence number that a data file of the branch has after the commit; 0 for an append. Deletes apply only to data
 * that is as old as they are or older ("Scan Planning"), and a file rewritten later gets no smaller number than its sources have.
 */
function oldestData(request: FilterRequest, manifests: readonly KeptManifest[]): number {
  if (request.operation === 'append') return 0;
  const numbers = manifests.flatMap((kept) => {
    if (kept.kind === 'entries') return kept.entries.flatMap((entry) => (entry.status === 0 ? [entry.sequenceNumber ?? 0] : []));
    return kept.line.content === 0 && hasLive(kept.line) ? [kept.line.minSequenceNumber] : [];
  });
  const added = request.dataSequenceNumber === undefined ? [] : [request.dataSequenceNumber];
  return [...numbers, ...added].reduce((least, one) => Math.min(least, one), request.metadata['last-sequence-number']);
}

/** Text that tells files apart: a Puffin file holds many vectors. */
export function fileKey(file: DataFile): string {
  return file.contentOffset === undefined ? file.filePath : `${file.filePath}#${file.contentOffset}`;
}

/** Live entries become EXISTING with their inherited values, going ones DELETED by this snapshot; earlier deletions are left behind. */
function withoutFiles(entries: readonly ManifestEntry[], going: ReadonlySet<ManifestEntry>, snapshotId: bigint): EntryToWrite[] {
  return entries.flatMap((entry): EntryToWrite[] => {
    if (entry.status === 2) return [];
    return going.has(entry) ? [{ ...entry, status: 2, snapshotId }] : [{ ...entry, status: 0 }];
  });
}

function goingFilter(files: readonly DataFile[], withoutData: ReadonlySet<string>): (entry: ManifestEntry) => boolean {
  const keys = new Set(files.map(fileKey));
  return ({ file }) => {
    if (keys.has(fileKey(file))) return true;
    const path = file.content === 1 ? referencedPath(file) : undefined;
    return path !== undefined && withoutData.has(plainPath(path));
  };
}

/** Equality deletes of before a source would reach its rows under a smaller number: rows that were written after them. */
function checkNoOlder(going: readonly ManifestEntry[], dataSequenceNumber: number | undefined): void {
  if (dataSequenceNumber === undefined) return;
  const newest = going.reduce((most, { file, sequenceNumber }) => (file.content === 0 ? Math.max(most, sequenceNumber) : most), 0);
  assertInvariant(newest <= dataSequenceNumber, 'rewritten rows are no older than the files they come from');
}

/** Deletes of a data file that gets a vector are in it already, or go: there is at most one vector for a data file. */
function checkSoleVectors(
  entries: readonly ManifestEntry[],
  given: { readonly going: ReadonlySet<ManifestEntry>; readonly paths: ReadonlySet<string> },
): void {
  const second = entries.find(
    (entry) =>
      entry.status !== 2 &&
      entry.file.fileFormat === 'PUFFIN' &&
      given.paths.has(plainPath(entry.file.referencedDataFile ?? '')) &&
      !given.going.has(entry),
  );
  if (second) throw refusal('conflict-vector', 'the earlier one is not removed', { uri: second.file.filePath });
}

/** One file of each partition. */
export function partitionsOf(files: readonly DataFile[]): readonly DataFile[] {
  return Array.from(new Map(files.map((file) => [partitionKey(file), file])).values());
}

/** Can a manifest hold a file of the partitions of these? By its spec and its partition summary. */
export function mayHoldOne(metadata: TableMetadata, line: ManifestFile, files: readonly DataFile[]): boolean {
  const candidates = files.filter((file) => file.specId === line.specId);
  if (candidates.length === 0 || !line.partitions) return candidates.length > 0;
  const schemas = schemasNewestFirst(metadata);
  const spec = specOf(metadata, line.specId);
  if (!isTypedSpec(spec, schemas)) return true;
  const types = partitionStruct(spec, schemas);
  return candidates.some((file) => mayHoldPartition(types, line.partitions!, file.partition));
}

function isWritable(metadata: TableMetadata, line: ManifestFile): boolean {
  return !line.keyMetadata && isTypedSpec(specOf(metadata, line.specId), schemasNewestFirst(metadata));
}

function checkAllFound(wanted: readonly DataFile[], removed: readonly DataFile[]): void {
  const found = new Set(removed.map(fileKey));
  const missing = wanted.filter((file) => !found.has(fileKey(file)));
  if (missing[0]) throw refusal('missing-files', `${missing.length} of ${wanted.length} files`, { uri: missing[0].filePath });
}

function hasLive(line: ManifestFile): boolean {
  return line.addedFiles !== 0 || line.existingFiles !== 0;
}
