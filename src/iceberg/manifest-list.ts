// Manifest lists: one line per manifest of a snapshot. Written in version 2 or 3; read from every version, resolved by field id.
// Source: Iceberg specification, "Manifest Lists" and "First Row ID Assignment".
import { assertInvariant } from '../errors.ts';
import type { AvroRecord } from './avro-codec.ts';
import { readAvro, writeAvro } from './avro-file.ts';
import { avroOfStruct } from './avro-schema.ts';
import { refused } from './avro-source.ts';
import { bigOf, bytesOf, countOf, given, optionalCount, pick, recordOf } from './manifest-read.ts';
import { type FormatVersion, manifestListStruct } from './manifest-schema.ts';
import type { ManifestFile, PartitionSummary } from './types.ts';

export interface ManifestListRequest {
  readonly formatVersion: FormatVersion;
  readonly manifests: readonly ManifestFile[];
  readonly snapshotId: bigint;
  readonly parentSnapshotId?: bigint;
  readonly sequenceNumber: number;
  /** Version 3: the table's `next-row-id`. */
  readonly nextRowId?: number;
}

/** The bytes of a manifest list, and the row ids it took (version 3): the snapshot's `added-rows`. */
export function writeManifestList(request: ManifestListRequest): { readonly bytes: Buffer; readonly assignedRows: number } {
  const first = request.nextRowId ?? 0;
  const { manifests, next } =
    request.formatVersion >= 3 ? assignRowIds(request.manifests, first) : { manifests: request.manifests, next: first };
  const bytes = writeAvro({
    schema: avroOfStruct(manifestListStruct(request.formatVersion), 'manifest_file'),
    metadata: {
      'snapshot-id': String(request.snapshotId),
      'parent-snapshot-id': request.parentSnapshotId === undefined ? 'null' : String(request.parentSnapshotId),
      'sequence-number': String(request.sequenceNumber),
      ...(request.formatVersion >= 3 ? { 'first-row-id': String(first) } : {}),
      'format-version': String(request.formatVersion),
    },
    records: manifests.map(lineRecord),
    codec: 'deflate',
  });
  return { bytes, assignedRows: next - first };
}

/** The lines of a manifest list, in order. */
export function readManifestList(bytes: Uint8Array): ManifestFile[] {
  return readAvro(bytes).records.map((raw) => lineOf(recordOf(raw)));
}

/** A data manifest without row ids takes room for all its rows, existing ones too: those of an upgraded table have none yet. */
function assignRowIds(manifests: readonly ManifestFile[], first: number): { readonly manifests: ManifestFile[]; readonly next: number } {
  let next = first;
  const assigned = manifests.map((manifest) => {
    if (manifest.content === 1 || manifest.firstRowId !== undefined) return manifest;
    const firstRowId = next;
    next += (manifest.existingRows ?? 0) + (manifest.addedRows ?? 0);
    return { ...manifest, firstRowId };
  });
  return { manifests: assigned, next };
}

function lineRecord(manifest: ManifestFile): Record<string, unknown> {
  const counts = [
    manifest.addedFiles,
    manifest.existingFiles,
    manifest.deletedFiles,
    manifest.addedRows,
    manifest.existingRows,
    manifest.deletedRows,
  ];
  assertInvariant(
    counts.every((count) => count !== undefined),
    'every line of a written manifest list has its counts',
  );
  return {
    manifest_path: manifest.path,
    manifest_length: manifest.lengthBytes,
    partition_spec_id: manifest.specId,
    content: manifest.content,
    sequence_number: manifest.sequenceNumber,
    min_sequence_number: manifest.minSequenceNumber,
    added_snapshot_id: manifest.addedSnapshotId,
    added_files_count: manifest.addedFiles,
    existing_files_count: manifest.existingFiles,
    deleted_files_count: manifest.deletedFiles,
    added_rows_count: manifest.addedRows,
    existing_rows_count: manifest.existingRows,
    deleted_rows_count: manifest.deletedRows,
    partitions: manifest.partitions?.map((summary) => ({
      contains_null: summary.containsNull,
      contains_nan: summary.containsNan,
      lower_bound: summary.lowerBound,
      upper_bound: summary.upperBound,
    })),
    key_metadata: manifest.keyMetadata,
    first_row_id: manifest.firstRowId,
  };
}

function lineOf(record: AvroRecord): ManifestFile {
  const count = (id: number, name: string) => optionalCount(pick(record, id, name), name);
  const path = pick(record, 500, 'manifest_path');
  const content = count(517, 'content') ?? 0;
  if (content !== 0 && content !== 1) throw refused(`a manifest with content ${content}`);
  const addedSnapshotId = bigOf(pick(record, 503, 'added_snapshot_id'));
  if (typeof path !== 'string' || addedSnapshotId === undefined) throw refused('a manifest list line without path or snapshot');
  return {
    path,
    lengthBytes: countOf(pick(record, 501, 'manifest_length'), 'manifest_length'),
    specId: countOf(pick(record, 502, 'partition_spec_id'), 'partition_spec_id'),
    content,
    sequenceNumber: count(515, 'sequence_number') ?? 0,
    minSequenceNumber: count(516, 'min_sequence_number') ?? 0,
    addedSnapshotId,
    ...given('addedFiles', count(504, 'added_files_count')),
    ...given('existingFiles', count(505, 'existing_files_count')),
    ...given('deletedFiles', count(506, 'deleted_files_count')),
    ...given('addedRows', count(512, 'added_rows_count')),
    ...given('existingRows', count(513, 'existing_rows_count')),
    ...given('deletedRows', count(514, 'deleted_rows_count')),
    ...given('partitions', summariesOf(pick(record, 507, 'partitions'))),
    ...given('keyMetadata', bytesOf(pick(record, 519, 'key_metadata'), 'key_metadata')),
    ...given('firstRowId', count(520, 'first_row_id')),
  };
}

function summariesOf(value: unknown): readonly PartitionSummary[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map((raw) => {
    const record = recordOf(raw);
    const containsNan = pick(record, 518, 'contains_nan');
    if (containsNan !== undefined && typeof containsNan !== 'boolean') throw refused('field contains_nan is no flag');
    return {
      containsNull: pick(record, 509, 'contains_null') === true,
      ...given('containsNan', containsNan),
      ...given('lowerBound', bytesOf(pick(record, 510, 'lower_bound'), 'lower_bound')),
      ...given('upperBound', bytesOf(pick(record, 511, 'upper_bound'), 'upper_bound')),
    };
  });
}
