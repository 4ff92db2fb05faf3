// Files that an expiry (or any change of metadata) made unreachable: manifest lists and manifests of the snapshots that went, and
// files in those manifests that no manifest of a remaining snapshot holds live. Names only, as data for a later sweep that proves
// each again; nothing is deleted here (promise 3). Source: ReachableFileCleanup of iceberg-java.

import { LIMITS } from '../contract/limits.ts';
import type { FileStore, Uri } from '../ports.ts';
import { readReferenced } from './create-file.ts';
import { loadManifest, type ManifestSource } from './load-manifest.ts';
import { readManifestList } from './manifest-list.ts';
import { mapBounded } from './map-bounded.ts';
import { statisticsOf } from './table-updates.ts';
import type { ManifestFile, Snapshot, TableMetadata } from './types.ts';

export interface UnreachableFiles {
  readonly dataFiles: readonly Uri[];
  /** Position and equality delete files, and Puffin files of which no vector is live. */
  readonly deleteFiles: readonly Uri[];
  readonly manifests: readonly Uri[];
  readonly manifestLists: readonly Uri[];
  readonly statistics: readonly Uri[];
}

/**
 * What `before` refers to and `after` does not. Cost: the manifest list of every snapshot, the manifests that went, and those of the
 * remaining snapshots until every candidate is found live. Throws TransientIoError where a file was removed by others.
 */
export async function findUnreachable(
  files: Pick<FileStore, 'read'>,
  change: { readonly before: TableMetadata; readonly after: TableMetadata },
): Promise<UnreachableFiles> {
  const { before, after } = change;
  const remaining = new Set(after.snapshots.map((snapshot) => snapshot['snapshot-id']));
  const expired = before.snapshots.filter((snapshot) => !remaining.has(snapshot['snapshot-id']));
  const lists = new Set(after.snapshots.map((snapshot) => snapshot['manifest-list']));
  const reachable = await manifestsOf(files, after.snapshots);
  const gone = Array.from((await manifestsOf(files, expired)).values()).filter((line) => !reachable.has(line.path));
  const candidates = await candidatesOf({ files, metadata: before }, gone);
  await dropLive({ files, metadata: after }, candidates, reachable.values());
  const named = (wanted: 'data' | 'deletes') => Array.from(candidates).flatMap(([path, kind]) => (kind === wanted ? [path] : []));
  return {
    dataFiles: named('data'),
    deleteFiles: named('deletes'),
    manifests: gone.map((line) => line.path),
    manifestLists: expired.flatMap((snapshot) => (lists.has(snapshot['manifest-list']) ? [] : [snapshot['manifest-list']])),
    statistics: lostStatistics(before, after),
  };
}

async function manifestsOf(files: Pick<FileStore, 'read'>, snapshots: readonly Snapshot[]): Promise<Map<Uri, ManifestFile>> {
  const lists = await mapBounded(snapshots, LIMITS.manifestReadsAtOnce, async (snapshot) =>
    readManifestList(await readReferenced(files, snapshot['manifest-list'])),
  );
  return new Map(lists.flat().map((line) => [line.path, line]));
}

/** Every file the manifests name, whatever its status. */
async function candidatesOf(source: ManifestSource, manifests: readonly ManifestFile[]): Promise<Map<Uri, 'data' | 'deletes'>> {
  const candidates = new Map<Uri, 'data' | 'deletes'>();
  await mapBounded(manifests, LIMITS.manifestReadsAtOnce, async (line) => {
    for (const { file } of await loadManifest(source, line)) {
      candidates.set(file.filePath, file.content === 0 ? 'data' : 'deletes');
    }
  });
  return candidates;
}

async function dropLive(
  source: ManifestSource,
  candidates: Map<Uri, 'data' | 'deletes'>,
  manifests: Iterable<ManifestFile>,
): Promise<void> {
  await mapBounded(Array.from(manifests), LIMITS.manifestReadsAtOnce, async (line) => {
    if (candidates.size === 0 || (line.addedFiles === 0 && line.existingFiles === 0)) return;
    for (const { file, status } of await loadManifest(source, line)) {
      if (status !== 2) candidates.delete(file.filePath);
    }
  });
}

function lostStatistics(before: TableMetadata, after: TableMetadata): Uri[] {
  const pathsOf = (metadata: TableMetadata) =>
    (['statistics', 'partition-statistics'] as const).flatMap((kind) =>
      statisticsOf(metadata, kind).map((line) => line['statistics-path']),
    );
  const left = new Set(pathsOf(after));
  return pathsOf(before).filter((path) => !left.has(path));
}
