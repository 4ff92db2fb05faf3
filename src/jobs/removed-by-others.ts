// What an audit does not find because others removed it (DESIGN §7): rows that delete files name; that a rewrite of ours left out because
// delete files named them, by what it wrote down or by a snapshot from before; and rows of files that left the live set in a snapshot
// that is not ours.
import { findSnapshot } from '../iceberg/find-snapshot.ts';
import { liveEntries, planScan } from '../iceberg/scan.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import type { Ports } from '../ports.ts';
import { loadRemoved } from './maintenance/removed-rows.ts';
import type { OffsetMap } from './offset-map.ts';
import { type LiveRows, readDeletedOffsets, readFileOffsets } from './read-live-rows.ts';

/** Cost: one listing; where that explains not all, the manifests of every snapshot and the files that left in it. */
export async function removedByOthers(
  { ports, contractName }: { readonly ports: Ports; readonly contractName: string },
  given: {
    readonly metadata: TableMetadata;
    readonly live: LiveRows;
    readonly gone: OffsetMap;
    readonly isOurs: (snapshotId: bigint) => boolean;
  },
): Promise<OffsetMap> {
  const { metadata, live, gone, isOurs } = given;
  const found = gone.and(live.deleted);
  if (gone.count() === 0) return found;
  for (const one of (await loadRemoved({ ports, contractName }, metadata['table-uuid'])).and(gone)) found.add(one);
  for (const snapshot of metadata.snapshots) {
    if (gone.count() === found.count()) break;
    const parentId = snapshot['parent-snapshot-id'];
    const isOwn = isOurs(snapshot['snapshot-id']);
    if (parentId === undefined || !findSnapshot(metadata, parentId) || (isOwn && snapshot.summary['operation'] === 'append')) continue;
    const before = await planScan({ metadata, snapshotId: parentId, files: ports.files });
    const after = await liveEntries({ metadata, snapshotId: snapshot['snapshot-id'], files: ports.files });
    const kept = new Set(after.data.map(({ file }) => file.filePath));
    const left = before.filter(({ file }) => !kept.has(file.filePath));
    const offsets = isOwn
      ? await readDeletedOffsets(ports, metadata, left)
      : await readFileOffsets(
          ports,
          metadata,
          left.map(({ file }) => file),
        );
    for (const one of offsets.and(gone)) found.add(one);
  }
  return found;
}
