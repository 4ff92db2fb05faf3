// Rows deleted by position, in the form the format version asks for. Version 2: position delete files, one per data file or per
// partition (`write.delete.granularity`). Version 3: one deletion vector per data file that holds all earlier deletes of it; the
// earlier vector and position delete files that name it alone are removed in the same commit. Computed on the head of the branch at
// every attempt, so vectors of others are merged, never lost. Source: Iceberg specification, "Row-level Deletes".

import { LIMITS } from '../contract/limits.ts';
import { assertInvariant } from '../errors.ts';
import { soleVector } from './delete-index.ts';
import { mayApply, referencedPath } from './delete-scope.ts';
import { loadDeletionVector } from './deletion-vector.ts';
import { type ChangeTarget, type PlannedOn, prepareRowDelta } from './file-operations.ts';
import { mayHoldOne, partitionsOf } from './filter-manifests.ts';
import { branchHead } from './find-snapshot.ts';
import { loadManifest } from './load-manifest.ts';
import { loadManifestList } from './load-manifest-list.ts';
import { specOf } from './manifest-write.ts';
import { mapBounded } from './map-bounded.ts';
import { plainPath } from './plain-path.ts';
import type { PreparedSnapshot } from './prepare-snapshot.ts';
import { refusal } from './refusals.ts';
import { hasPosition, type PositionSet, positionsOf, unionPositions } from './roaring.ts';
import { partitionKey } from './snapshot-summary.ts';
import type { DataFile, ManifestEntry } from './types.ts';
import {
  type EncodeParquet,
  type RowDeletes,
  type WrittenDeletes,
  writeDeletionVectors,
  writePositionDeletes,
} from './write-delete-files.ts';

export interface DeleteRowsRequest extends ChangeTarget, PlannedOn {
  readonly deletes: readonly RowDeletes[];
  /** New rows in the same commit: an update. */
  readonly add?: readonly DataFile[];
  readonly encode: EncodeParquet;
  /** Positions of one data file in a position delete file: for tables that were of version 2. */
  readonly readPositions: (deleteFile: DataFile, dataFilePath: string) => Promise<PositionSet>;
}

/**
 * Prepares the deletion; undefined where every row is deleted already and nothing is added. Cost: manifests that may hold the data
 * files or their deletes, their earlier deletes (version 3), and a row delta. Throws CommitRefusedError `conflict-missing-data`
 * where a data file is gone.
 */
export async function prepareDeleteRows(request: DeleteRowsRequest): Promise<PreparedSnapshot | undefined> {
  for (const { file, positions } of request.deletes) {
    const last = Array.from(positions.containers.keys()).at(-1) ?? 0;
    assertInvariant(last * 65_536 < file.recordCount, 'a deleted position is a row of its file');
  }
  const live = await liveOf(request);
  const merged = request.metadata['format-version'] >= 3 ? await mergeEarlier(request, live) : { deletes: request.deletes, remove: [] };
  const add = request.add ?? [];
  if (merged.deletes.length + add.length === 0) return undefined;
  const written = await writeDeletes(request, merged.deletes);
  const referenced = request.deletes.map(({ file }) => file.filePath);
  const delta = { ...request, add: [...written.files, ...add], remove: merged.remove, mergesVectors: true, referenced };
  const prepared = await prepareRowDelta(delta);
  return { ...prepared, created: [...written.tried, ...prepared.created] };
}

/** The entries of the data files in the head, and deletes that may apply to them. */
async function liveOf(request: DeleteRowsRequest): Promise<readonly ManifestEntry[]> {
  const head = branchHead(request.metadata, request.targetRef ?? 'main');
  const lines = await loadManifestList(request.files, request.metadata, head);
  const files = partitionsOf(request.deletes.map(({ file }) => file));
  const candidates = lines.filter((line) => mayHoldOne(request.metadata, line, files));
  const entries = await mapBounded(candidates, LIMITS.manifestReadsAtOnce, async (line) => loadManifest(request, line));
  const live = entries.flat().filter((entry) => entry.status !== 2);
  const paths = new Set(live.filter((entry) => entry.file.content === 0).map((entry) => entry.file.filePath));
  const missing = request.deletes.find(({ file }) => !paths.has(file.filePath));
  if (missing) throw refusal('conflict-missing-data', 'rows of it were to be deleted', { uri: missing.file.filePath });
  return live;
}

/** What each data file's vector must hold, and the delete files it takes the place of. */
async function mergeEarlier(
  request: DeleteRowsRequest,
  live: readonly ManifestEntry[],
): Promise<{ readonly deletes: readonly RowDeletes[]; readonly remove: readonly DataFile[] }> {
  const positional = live.filter((entry) => entry.file.content === 1);
  const merged: RowDeletes[] = [];
  const remove: DataFile[] = [];
  for (const { file, positions } of request.deletes) {
    const data = live.find((entry) => entry.file.content === 0 && entry.file.filePath === file.filePath)!;
    const earlier = positional.filter(
      (entry) => entry.sequenceNumber >= data.sequenceNumber && mayApply(entry.file, file, specOf(request.metadata, entry.file.specId)),
    );
    const vector = soleVector(earlier);
    // A vector holds the deletes of all position delete files before it.
    const sources = vector ? [vector] : earlier;
    const sets = await mapBounded(sources, LIMITS.manifestReadsAtOnce, ({ file: one }) =>
      one.fileFormat === 'PUFFIN' ? loadDeletionVector(request.files, one) : request.readPositions(one, file.filePath),
    );
    const before = sets.reduce<PositionSet | undefined>((all, set) => (all ? unionPositions(all, set) : set), undefined);
    if (before && isWithin(positions, before)) continue;
    merged.push({ file, positions: before ? unionPositions(before, positions) : positions });
    remove.push(...earlier.map((entry) => entry.file).filter((one) => plainPath(referencedPath(one) ?? '') === plainPath(file.filePath)));
  }
  return { deletes: merged, remove };
}

function isWithin(positions: PositionSet, all: PositionSet): boolean {
  for (const position of positionsOf(positions)) if (!hasPosition(all, position)) return false;
  return true;
}

async function writeDeletes(request: DeleteRowsRequest, deletes: readonly RowDeletes[]): Promise<WrittenDeletes> {
  if (deletes.length === 0) return { files: [], tried: [] };
  if (request.metadata['format-version'] >= 3) return writeDeletionVectors(request, deletes);
  const isPerFile = request.metadata.properties['write.delete.granularity'] === 'file';
  const groups = Map.groupBy(deletes, ({ file }) => (isPerFile ? file.filePath : partitionKey(file)));
  const written: WrittenDeletes[] = [];
  for (const group of groups.values()) written.push(await writePositionDeletes(request, { deletes: group, encode: request.encode }));
  return { files: written.flatMap(({ files }) => files), tried: written.flatMap(({ tried }) => tried) };
}
