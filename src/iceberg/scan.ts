// The live data files of a snapshot that may hold rows of a filter, each with its data sequence number, the delete files that apply
// to it, and what of the filter its rows are still to be checked for. A file is left out only where no row of it can match: by the
// summaries of its manifest, by its partition, or by its statistics, each under the file's own partition spec. Source: Iceberg
// specification, "Scan Planning".

import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import type { FileStore } from '../ports.ts';
import { checkTotals } from './check-totals.ts';
import { indexDeletes } from './delete-index.ts';
import type { Bound, Expression } from './expressions/types.ts';
import { currentSnapshot, findSnapshot } from './find-snapshot.ts';
import { checkLiveOnce, loadManifest, type ManifestSource } from './load-manifest.ts';
import { loadManifestList } from './load-manifest-list.ts';
import { mapBounded } from './map-bounded.ts';
import { prunerOf } from './scan-pruner.ts';
import type { DataFile, ManifestEntry, ManifestFile, TableMetadata } from './types.ts';

export interface ScanRequest {
  readonly metadata: TableMetadata;
  /** The current snapshot when left out. */
  readonly snapshotId?: bigint;
  readonly files: FileStore;
  /** Rows wanted; all when left out. Names are those of `schema`. */
  readonly filter?: Expression;
  /** The schema the filter speaks of: the table's current one when left out (scan-snapshot.ts tells a snapshot's own). */
  readonly schema?: StructType;
  /** Refuse a snapshot whose stated totals are not those of its files: for an audit. Totals of other writers are known to drift. */
  readonly hasTrueTotals?: boolean;
}

export interface ScanTask {
  readonly file: DataFile;
  /** Data sequence number. */
  readonly sequenceNumber: number;
  /** Snapshot that added the file. */
  readonly snapshotId: bigint;
  readonly deletes: readonly DataFile[];
  /** What of the filter the file's partition does not settle: its rows are to be checked for it. */
  readonly residual: Bound;
}

export interface ScanPlan {
  readonly tasks: readonly ScanTask[];
  /** Manifests with live files, those of them read, and live data files seen in them: what pruning saved. */
  readonly counts: { readonly manifests: number; readonly manifestsRead: number; readonly dataFilesSeen: number };
}

/** The tasks of `planFiles`. */
export async function planScan(request: ScanRequest): Promise<readonly ScanTask[]> {
  return (await planFiles(request)).tasks;
}

/** Plans a scan; no tasks for a table without snapshots. Cost: one list, and the manifests that may hold matching or delete files. */
export async function planFiles(request: ScanRequest): Promise<ScanPlan> {
  const pruner = prunerOf(request.metadata, {
    ...(request.filter ? { filter: request.filter } : {}),
    ...(request.schema ? { schema: request.schema } : {}),
  });
  const manifests = (await snapshotManifests(request)).filter(hasLiveFiles);
  const chosen = manifests.filter(pruner.mayHoldManifest);
  const entries = await readEntries(request, chosen, (manifest, entry) => ({
    entry,
    isPlanned: manifest.content === 1 ? pruner.mayHoldPartition(entry.file) : pruner.mayHoldFile(entry.file),
  }));
  const data = entries.filter(({ entry }) => entry.file.content === 0);
  checkLiveOnce(entries.map(({ entry }) => entry));
  const deletesOf = indexDeletes(
    request.metadata,
    entries.filter(({ entry, isPlanned }) => entry.file.content !== 0 && isPlanned).map(({ entry }) => entry),
  );
  const tasks = data
    .filter(({ isPlanned }) => isPlanned)
    .map(({ entry }) => ({
      file: entry.file,
      sequenceNumber: entry.sequenceNumber,
      snapshotId: entry.snapshotId,
      deletes: deletesOf(entry),
      residual: pruner.residual(entry.file),
    }));
  return { tasks, counts: { manifests: manifests.length, manifestsRead: chosen.length, dataFilesSeen: data.length } };
}

export interface LiveEntries {
  readonly data: readonly ManifestEntry[];
  readonly deletes: readonly ManifestEntry[];
}

/** Live entries of a snapshot, in manifest order; a filter is not looked at. */
export async function liveEntries(request: ScanRequest): Promise<LiveEntries> {
  const manifests = (await snapshotManifests(request)).filter(hasLiveFiles);
  const live = await readEntries(request, manifests, (_manifest, entry) => entry);
  checkLiveOnce(live);
  return { data: live.filter((entry) => entry.file.content === 0), deletes: live.filter((entry) => entry.file.content !== 0) };
}

function hasLiveFiles(manifest: ManifestFile): boolean {
  return manifest.addedFiles !== 0 || manifest.existingFiles !== 0;
}

/** Live entries of manifests, mapped one manifest at a time. */
async function readEntries<T>(
  source: ManifestSource,
  manifests: readonly ManifestFile[],
  map: (manifest: ManifestFile, entry: ManifestEntry) => T,
): Promise<T[]> {
  const read = await mapBounded(manifests, LIMITS.manifestReadsAtOnce, async (manifest) =>
    (await loadManifest(source, manifest)).filter((entry) => entry.status !== 2).map((entry) => map(manifest, entry)),
  );
  return read.flat();
}

/**
 * Is a data file live that the snapshot `addedBy` added? Cost: one list, and manifests one by one, the newest first, until it is
 * found: memory is one manifest, however large the table.
 */
export async function hasLiveFileOf(request: ScanRequest, addedBy: bigint): Promise<boolean> {
  for (const manifest of await snapshotManifests(request)) {
    if (manifest.content === 1 || (manifest.addedFiles === 0 && manifest.existingFiles === 0)) continue;
    const entries = await loadManifest(request, manifest);
    if (entries.some((entry) => entry.status !== 2 && entry.snapshotId === addedBy)) return true;
  }
  return false;
}

/** The manifest list of a snapshot; empty for a table without one. */
export async function snapshotManifests(request: ScanRequest): Promise<readonly ManifestFile[]> {
  const { metadata, snapshotId } = request;
  const snapshot = snapshotId === undefined ? currentSnapshot(metadata) : findSnapshot(metadata, snapshotId);
  if (snapshot) {
    const manifests = await loadManifestList(request.files, metadata, snapshot);
    if (request.hasTrueTotals) checkTotals(metadata, snapshot, manifests);
    return manifests;
  }
  if (snapshotId === undefined && (metadata['current-snapshot-id'] ?? null) === null) return [];
  throw new InputRefusedError(
    `snapshot ${snapshotId ?? metadata['current-snapshot-id']} is not in the table: expired, or never committed`,
    {
      code: 'snapshot-unknown',
    },
  );
}
