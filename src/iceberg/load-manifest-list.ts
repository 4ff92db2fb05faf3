// Loads a snapshot's manifest list and holds its lines against the table: files of a partition spec that the table does not have cannot
// be placed, pruned or written again. Source: Iceberg specification, "Manifest Lists" (`partition_spec_id`).
import { InputRefusedError } from '../errors.ts';
import type { FileStore } from '../ports.ts';
import { readReferenced } from './create-file.ts';
import { readManifestList } from './manifest-list.ts';
import type { ManifestFile, Snapshot, TableMetadata } from './types.ts';

/** All lines; none without a snapshot. Throws TransientIoError `file-missing`; InputRefusedError `avro-malformed`, `manifest-spec`. Cost: one read. */
export async function loadManifestList(
  files: Pick<FileStore, 'read'>,
  metadata: Pick<TableMetadata, 'partition-specs'>,
  snapshot: Snapshot | undefined,
): Promise<ManifestFile[]> {
  if (!snapshot) return [];
  const lines = readManifestList(await readReferenced(files, snapshot['manifest-list']));
  const known = new Set(metadata['partition-specs'].map((spec) => spec['spec-id']));
  const stray = lines.find((line) => !known.has(line.specId));
  if (!stray) return lines;
  throw new InputRefusedError(
    `a manifest is of partition spec ${stray.specId}, which the table does not have; restore the table's metadata, or roll back to a snapshot without it`,
    { code: 'manifest-spec', details: { uri: stray.path, got: String(stray.specId) } },
  );
}
