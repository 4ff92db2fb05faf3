// The live data files of a snapshot, each with its data sequence number and the delete files that apply to it. Reading deletes is
// the caller's; equality deletes are listed like the others so that it can refuse them. Source: Iceberg specification, "Scan
// Planning" (scope rules of deletes).
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import type { FileStore } from '../ports.ts';
import { readReferenced } from './create-file.ts';
import { currentSnapshot, findSnapshot } from './find-snapshot.ts';
import { readManifestList } from './manifest-list.ts';
import { readManifest } from './manifest-read.ts';
import { specOf } from './manifest-write.ts';
import { mapBounded } from './map-bounded.ts';
import { RESERVED_FIELDS } from './reserved-fields.ts';
import { partitionKey } from './snapshot-summary.ts';
import type { DataFile, ManifestEntry, ManifestFile, TableMetadata } from './types.ts';

export interface ScanRequest {
  readonly metadata: TableMetadata;
  /** The current snapshot when left out. */
  readonly snapshotId?: bigint;
  readonly files: FileStore;
}

export interface ScanTask {
  readonly file: DataFile;
  /** Data sequence number. */
  readonly sequenceNumber: number;
  /** Snapshot that added the file. */
  readonly snapshotId: bigint;
  readonly deletes: readonly DataFile[];
}

/** All live data files; empty for a table without snapshots. Cost: one list, every manifest with live files. */
export async function planScan(request: ScanRequest): Promise<readonly ScanTask[]> {
  const { data, deletes } = await liveEntries(request);
  const index = indexDeletes(request.metadata, deletes);
  return data.map((entry) => ({
    file: entry.file,
    sequenceNumber: entry.sequenceNumber,
    snapshotId: entry.snapshotId,
    deletes: deletesOf(index, entry),
  }));
}

export interface LiveEntries {
  readonly data: readonly ManifestEntry[];
  readonly deletes: readonly ManifestEntry[];
}

/** Live entries of a snapshot, in manifest order. */
export async function liveEntries(request: ScanRequest): Promise<LiveEntries> {
  const manifests = await snapshotManifests(request);
  const entries = await mapBounded(
    manifests.filter((manifest) => manifest.addedFiles !== 0 || manifest.existingFiles !== 0),
    LIMITS.manifestReadsAtOnce,
    async (manifest) => readManifest(await readReferenced(request.files, manifest.path), manifest),
  );
  const live = entries.flat().filter((entry) => entry.status !== 2);
  return { data: live.filter((entry) => entry.file.content === 0), deletes: live.filter((entry) => entry.file.content !== 0) };
}

/**
 * Is a data file live that the snapshot `addedBy` added? Cost: one list, and manifests one by one, the newest first, until it is
 * found: memory is one manifest, however large the table.
 */
export async function hasLiveFileOf(request: ScanRequest, addedBy: bigint): Promise<boolean> {
  for (const manifest of await snapshotManifests(request)) {
    if (manifest.content === 1 || (manifest.addedFiles === 0 && manifest.existingFiles === 0)) continue;
    const entries = readManifest(await readReferenced(request.files, manifest.path), manifest);
    if (entries.some((entry) => entry.status !== 2 && entry.snapshotId === addedBy)) return true;
  }
  return false;
}

/** The manifest list of a snapshot; empty for a table without one. */
export async function snapshotManifests(request: ScanRequest): Promise<readonly ManifestFile[]> {
  const { metadata, snapshotId } = request;
  const snapshot = snapshotId === undefined ? currentSnapshot(metadata) : findSnapshot(metadata, snapshotId);
  if (snapshot) return readManifestList(await readReferenced(request.files, snapshot['manifest-list']));
  if (snapshotId === undefined && (metadata['current-snapshot-id'] ?? null) === null) return [];
  throw new InputRefusedError(
    `snapshot ${snapshotId ?? metadata['current-snapshot-id']} is not in the table: expired, or never committed`,
    {
      code: 'snapshot-unknown',
    },
  );
}

interface DeleteIndex {
  /** Deletion vectors and position deletes that name one data file, by its path. */
  readonly byPath: ReadonlyMap<string, readonly ManifestEntry[]>;
  /** Other deletes by partition. */
  readonly byPartition: ReadonlyMap<string, readonly ManifestEntry[]>;
  /** Equality deletes of an unpartitioned spec: they reach every partition. */
  readonly global: readonly ManifestEntry[];
}

function indexDeletes(metadata: TableMetadata, deletes: readonly ManifestEntry[]): DeleteIndex {
  const byPath = new Map<string, ManifestEntry[]>();
  const byPartition = new Map<string, ManifestEntry[]>();
  const global: ManifestEntry[] = [];
  for (const entry of deletes) {
    const path = referencedPath(entry.file);
    if (entry.file.content === 2 && specOf(metadata, entry.file.specId).fields.every((field) => field.transform === 'void'))
      global.push(entry);
    else if (path !== undefined) push(byPath, path, entry);
    else push(byPartition, partitionKey(entry.file), entry);
  }
  return { byPath, byPartition, global };
}

function deletesOf(index: DeleteIndex, data: ManifestEntry): DataFile[] {
  const key = partitionKey(data.file);
  const named = (index.byPath.get(data.file.filePath) ?? []).filter((entry) => partitionKey(entry.file) === key);
  const candidates = [...named, ...(index.byPartition.get(key) ?? []), ...index.global];
  const applying = candidates.filter((entry) =>
    entry.file.content === 2 ? data.sequenceNumber < entry.sequenceNumber : data.sequenceNumber <= entry.sequenceNumber,
  );
  // A vector holds all deletes of the position delete files before it.
  const hasVector = applying.some((entry) => entry.file.fileFormat === 'PUFFIN');
  return applying
    .filter((entry) => !hasVector || entry.file.content === 2 || entry.file.fileFormat === 'PUFFIN')
    .map((entry) => entry.file);
}

/** The one data file a delete file is about: stated, or shown by equal bounds of its `file_path` column. */
function referencedPath(file: DataFile): string | undefined {
  if (file.content !== 1) return undefined;
  if (file.referencedDataFile !== undefined) return file.referencedDataFile;
  const [lower, upper] = [file.lowerBounds?.get(FILE_PATH_ID), file.upperBounds?.get(FILE_PATH_ID)];
  if (!lower || !upper || Buffer.compare(lower, upper) !== 0) return undefined;
  return Buffer.from(lower.buffer, lower.byteOffset, lower.length).toString('utf8');
}

const FILE_PATH_ID = RESERVED_FIELDS.find((field) => field.name === 'file_path')!.id;

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
