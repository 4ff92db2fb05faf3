// What maintenance could take away from a table, in numbers: for plans, reports and metrics. Reads nothing but what it is given.
import { LIMITS } from '../../contract/limits.ts';
import { positiveInteger } from '../../iceberg/commit-metadata.ts';
import { liveEntries, snapshotManifests } from '../../iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../../iceberg/types.ts';
import type { FileStore } from '../../ports.ts';
import { smallBelow } from './group-files.ts';
import type { TableDebt } from './types.ts';

/** Bytes of a compacted file: what is asked for, else what the table's properties say, within the limits. */
export function targetBytesOf(metadata: Pick<TableMetadata, 'properties'>, asked?: number): number {
  const wanted = asked ?? positiveInteger(metadata.properties['write.target-file-size-bytes'], LIMITS.compactionTargetBytes);
  return Math.min(Math.max(wanted, LIMITS.compactionTargetBytesMin), LIMITS.compactionTargetBytesMax);
}

/** Cost: the manifest list and every manifest of the current snapshot. */
export async function loadDebt(files: FileStore, metadata: TableMetadata, targetBytes = targetBytesOf(metadata)): Promise<TableDebt> {
  // One that holds removed files alone is left behind by the next commit.
  const manifests = (await snapshotManifests({ metadata, files })).filter((line) => line.addedFiles !== 0 || line.existingFiles !== 0);
  const { data, deletes } = await liveEntries({ metadata, files });
  return debtOf(metadata, {
    manifests: manifests.length,
    data: data.map(({ file }) => file),
    deleteFiles: deletes.length,
    targetBytes,
  });
}

function debtOf(
  metadata: TableMetadata,
  live: { readonly manifests: number; readonly data: readonly DataFile[]; readonly deleteFiles: number; readonly targetBytes: number },
): TableDebt {
  const small = live.data.filter((file) => file.fileSizeBytes < smallBelow(live.targetBytes));
  const bytes = (some: readonly DataFile[]) => some.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0);
  return {
    snapshots: metadata.snapshots.length,
    manifests: live.manifests,
    dataFiles: live.data.length,
    dataBytes: bytes(live.data),
    smallFiles: small.length,
    smallBytes: bytes(small),
    deleteFiles: live.deleteFiles,
  };
}
