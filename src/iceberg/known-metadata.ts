// What this process itself wrote into metadata files, as it wrote it: who commits every second loads its own last metadata each time, and
// with an hour of snapshots in it that costs more than the commit. The name of such a file carries a fresh UUID and it is created if
// absent, so nobody ever writes another content under it. Whether it is the table's head only the catalog says.
import { LIMITS } from '../contract/limits.ts';
import type { FileStore, Uri } from '../ports.ts';
import type { TableMetadata } from './types.ts';

const known = new WeakMap<FileStore, Map<Uri, TableMetadata>>();

/** Remembers the content of a file that was created; the oldest beyond the limits are forgotten. */
export function rememberMetadata(files: FileStore, uri: Uri, metadata: TableMetadata): void {
  const ofStore = known.get(files) ?? new Map<Uri, TableMetadata>();
  known.set(files, ofStore);
  ofStore.set(uri, metadata);
  for (const oldest of ofStore.keys()) {
    if (ofStore.size <= LIMITS.knownMetadataMax && snapshotsOf(ofStore) <= LIMITS.knownSnapshotsMax) return;
    ofStore.delete(oldest);
  }
}

/** Versions of a table share their snapshots: the one with the most counts. */
function snapshotsOf(ofStore: ReadonlyMap<Uri, TableMetadata>): number {
  const byTable = new Map<string, number>();
  for (const { 'table-uuid': uuid, snapshots } of ofStore.values()) {
    byTable.set(uuid, Math.max(byTable.get(uuid) ?? 0, snapshots.length));
  }
  return [...byTable.values()].reduce((sum, count) => sum + count, 0);
}

/** The content, where this process created the file through this store; undefined otherwise. */
export function knownMetadata(files: FileStore, uri: Uri): TableMetadata | undefined {
  return known.get(files)?.get(uri);
}
