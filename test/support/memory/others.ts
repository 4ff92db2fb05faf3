// What other engines lawfully or unlawfully do to a table between our commits: delete files, removed files, rollbacks, expiry.
import { commitTimeMs, stageMetadata, withSnapshot } from '../../../src/iceberg/commit-metadata.ts';
import { commitTable } from '../../../src/iceberg/commit-table.ts';
import { identifierOf, type LoadedTable, loadTable } from '../../../src/iceberg/load-table.ts';
import { readManifestList, writeManifestList } from '../../../src/iceberg/manifest-list.ts';
import { writeManifest } from '../../../src/iceberg/manifest-write.ts';
import { liveEntries } from '../../../src/iceberg/scan.ts';
import type { DataFile, ManifestFile, Snapshot, TableMetadata } from '../../../src/iceberg/types.ts';
import type { Ports } from '../../../src/ports.ts';

/** Commits a delete file (position or equality) as another engine. */
export async function addDeleteFile(ports: Ports, table: string, file: DataFile): Promise<void> {
  const loaded = (await loadTable(ports, identifierOf(table)))!;
  const { metadata } = loaded;
  const snapshotId = ports.ids.snapshotId();
  const sequenceNumber = metadata['last-sequence-number'] + 1;
  const entries = [{ status: 1, snapshotId, file }] as const;
  const written = writeManifest({ metadata, specId: file.specId, content: 1, entries, snapshotId, sequenceNumber });
  const path = `${metadata.location}/metadata/${ports.ids.uuid()}-deletes.avro`;
  await ports.files.create(path, written.bytes);
  await commitManifests(ports, loaded, {
    snapshotId,
    manifests: [...(await currentManifests(ports, metadata)), { ...written.line, path }],
  });
}

/** Commits the removal of data files as another engine's overwrite. */
export async function removeDataFiles(ports: Ports, table: string, isRemoved: (file: DataFile) => boolean): Promise<void> {
  const loaded = (await loadTable(ports, identifierOf(table)))!;
  const { metadata } = loaded;
  const snapshotId = ports.ids.snapshotId();
  const { data } = await liveEntries({ metadata, files: ports.files });
  const entries = data.map((entry) => ({
    ...entry,
    status: isRemoved(entry.file) ? (2 as const) : (0 as const),
    ...(isRemoved(entry.file) ? { snapshotId } : {}),
  }));
  const written = writeManifest({
    metadata,
    specId: metadata['default-spec-id'],
    content: 0,
    entries,
    snapshotId,
    sequenceNumber: metadata['last-sequence-number'] + 1,
  });
  const path = `${metadata.location}/metadata/${ports.ids.uuid()}-removed.avro`;
  await ports.files.create(path, written.bytes);
  await commitManifests(ports, loaded, { snapshotId, manifests: [{ ...written.line, path }] });
}

/** Changes the metadata by hand and swaps it in, as a rollback, a restore or an expiry does. */
export async function changeMetadata(ports: Ports, table: string, change: (metadata: TableMetadata) => TableMetadata): Promise<void> {
  const { metadata, pointer } = (await loadTable(ports, identifierOf(table)))!;
  await swap(ports, { metadata, pointer }, change(metadata));
}

/** `main` goes back to the first snapshot, as another engine's rollback takes it; the later ones and the tag stay. */
export async function rollBackToFirst(ports: Ports, table: string): Promise<void> {
  await changeMetadata(ports, table, (metadata) => {
    const first = metadata.snapshots[0]!['snapshot-id'];
    return { ...metadata, 'current-snapshot-id': first, refs: { ...metadata.refs, main: { 'snapshot-id': first, type: 'branch' } } };
  });
}

async function currentManifests(ports: Ports, metadata: TableMetadata): Promise<ManifestFile[]> {
  const current = metadata.snapshots.find((one) => one['snapshot-id'] === metadata['current-snapshot-id']);
  return current ? readManifestList((await ports.files.read(current['manifest-list']))!) : [];
}

async function commitManifests(
  ports: Ports,
  loaded: LoadedTable,
  made: { readonly snapshotId: bigint; readonly manifests: readonly ManifestFile[] },
): Promise<void> {
  const { metadata } = loaded;
  const sequenceNumber = metadata['last-sequence-number'] + 1;
  const list = writeManifestList({
    formatVersion: metadata['format-version'],
    manifests: made.manifests,
    snapshotId: made.snapshotId,
    sequenceNumber,
  });
  const listUri = `${metadata.location}/metadata/${ports.ids.uuid()}-list.avro`;
  await ports.files.create(listUri, list.bytes);
  const snapshot: Snapshot = {
    'snapshot-id': made.snapshotId,
    'parent-snapshot-id': metadata['current-snapshot-id']!,
    'sequence-number': sequenceNumber,
    'timestamp-ms': commitTimeMs(metadata, ports.clock.nowMs()),
    'manifest-list': listUri,
    summary: { operation: 'overwrite' },
  };
  await swap(ports, loaded, withSnapshot(metadata, snapshot));
}

async function swap(ports: Ports, { metadata, pointer }: LoadedTable, next: TableMetadata): Promise<void> {
  const { files, ids, catalog } = ports;
  const base = { metadata, metadataLocation: pointer.metadataLocation, files, ids, nowMs: ports.clock.nowMs() };
  const prepared = await stageMetadata({ ...base, metadataWriter: catalog.metadataWriter }, next);
  const outcome = await commitTable(ports.catalog, pointer, prepared);
  if (outcome.kind !== 'committed') throw new Error(`another engine's commit: ${outcome.kind}`);
}
