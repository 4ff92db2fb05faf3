// Manifest lists: one line per manifest of a snapshot. Written in version 2 or 3; read from every version, resolved by field id.
// Source: Iceberg specification, "Manifest Lists" and "First Row ID Assignment".
import { assertInvariant } from '../errors.ts';
import type { AvroRecord } from './avro-codec.ts';
import { readAvro, writeAvro } from './avro-file.ts';
import { avroOfStruct } from './avro-schema.ts';
import { refused } from './avro-source.ts';
import { bigOf, bytesOf, countOf, type Mutable, optionalCount, pick, recordOf } from './manifest-read.ts';
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
  const path = pick(record, '#500', 'manifest_path');
  const content = optionalCount(pick(record, '#517', 'content'), 'content') ?? 0;
  if (content !== 0 && content !== 1) throw refused(`a manifest with content ${content}`);
  const addedSnapshotId = bigOf(pick(record, '#503', 'added_snapshot_id'));
  if (typeof path !== 'string' || addedSnapshotId === undefined) throw refused('a manifest list line without path or snapshot');
  const line: Mutable<ManifestFile> = {
    path,
    lengthBytes: countOf(pick(record, '#501', 'manifest_length'), 'manifest_length'),
    specId: countOf(pick(record, '#502', 'partition_spec_id'), 'partition_spec_id'),
    content,
    sequenceNumber: optionalCount(pick(record, '#515', 'sequence_number'), 'sequence_number') ?? 0,
    minSequenceNumber: optionalCount(pick(record, '#516', 'min_sequence_number'), 'min_sequence_number') ?? 0,
    addedSnapshotId,
  };
  addCounts(line, record);
  const partitions = summariesOf(pick(record, '#507', 'partitions'));
  if (partitions) line.partitions = partitions;
  const keyMetadata = bytesOf(pick(record, '#519', 'key_metadata'), 'key_metadata');
  if (keyMetadata) line.keyMetadata = keyMetadata;
  const firstRowId = optionalCount(pick(record, '#520', 'first_row_id'), 'first_row_id');
  if (firstRowId !== undefined) line.firstRowId = firstRowId;
  return line;
}

/** What a writer left out has no member. */
function addCounts(line: Mutable<ManifestFile>, record: AvroRecord): void {
  const addedFiles = optionalCount(pick(record, '#504', 'added_files_count'), 'added_files_count');
  if (addedFiles !== undefined) line.addedFiles = addedFiles;
  const existingFiles = optionalCount(pick(record, '#505', 'existing_files_count'), 'existing_files_count');
  if (existingFiles !== undefined) line.existingFiles = existingFiles;
  const deletedFiles = optionalCount(pick(record, '#506', 'deleted_files_count'), 'deleted_files_count');
  if (deletedFiles !== undefined) line.deletedFiles = deletedFiles;
  const addedRows = optionalCount(pick(record, '#512', 'added_rows_count'), 'added_rows_count');
  if (addedRows !== undefined) line.addedRows = addedRows;
  const existingRows = optionalCount(pick(record, '#513', 'existing_rows_count'), 'existing_rows_count');
  if (existingRows !== undefined) line.existingRows = existingRows;
  const deletedRows = optionalCount(pick(record, '#514', 'deleted_rows_count'), 'deleted_rows_count');
  if (deletedRows !== undefined) line.deletedRows = deletedRows;
}

function summariesOf(value: unknown): readonly PartitionSummary[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map((raw) => {
    const record = recordOf(raw);
    const containsNan = pick(record, '#518', 'contains_nan');
    if (containsNan !== undefined && typeof containsNan !== 'boolean') throw refused('field contains_nan is no flag');
    const summary: Mutable<PartitionSummary> = { containsNull: pick(record, '#509', 'contains_null') === true };
    if (containsNan !== undefined) summary.containsNan = containsNan;
    const lower = bytesOf(pick(record, '#510', 'lower_bound'), 'lower_bound');
    if (lower) summary.lowerBound = lower;
    const upper = bytesOf(pick(record, '#511', 'upper_bound'), 'upper_bound');
    if (upper) summary.upperBound = upper;
    return summary;
  });
}
