// Manifests: the entries of files of one partition spec and one content kind, as an Avro file with the schema and spec in its
// header. New files leave their sequence numbers to inheritance, so a manifest can be written before the commit is certain;
// existing and deleted ones carry the originals. Source: Iceberg specification, "Manifests" and "Sequence Number Inheritance".
import type { CellValue, StructType } from '../contract/types.ts';
import { assertInvariant } from '../errors.ts';
import { promotedCell, toAvroCell } from './avro-cells.ts';
import { writeAvro } from './avro-file.ts';
import { avroOfStruct } from './avro-schema.ts';
import { countsOf } from './entry-counts.ts';
import { stringifyExact } from './json-exact.ts';
import { manifestEntryStruct, partitionStruct } from './manifest-schema.ts';
import { summarizePartitions } from './partition-summary.ts';
import { fieldsById } from './schema-fields.ts';
import { schemaToJson } from './schema-json.ts';
import type { DataFile, ManifestFile, PartitionSpec, TableMetadata, TableSchema } from './types.ts';

/** An entry to write. Sequence numbers left out are inherited: only where `status` is 1 (ADDED). */
export interface EntryToWrite {
  readonly status: 0 | 1 | 2;
  readonly snapshotId: bigint;
  readonly sequenceNumber?: number;
  readonly fileSequenceNumber?: number;
  readonly file: DataFile;
}

export interface ManifestRequest {
  readonly metadata: TableMetadata;
  readonly specId: number;
  readonly content: 0 | 1;
  readonly entries: readonly EntryToWrite[];
  readonly snapshotId: bigint;
  /** Sequence number of the snapshot that adds the manifest. */
  readonly sequenceNumber: number;
}

export interface WrittenManifest {
  readonly bytes: Buffer;
  /** The line of the manifest list, but for its path. */
  readonly line: Omit<ManifestFile, 'path'>;
}

/** The bytes of a manifest and its line in the manifest list. */
export function writeManifest(given: ManifestRequest): WrittenManifest {
  const { metadata } = given;
  const spec = specOf(metadata, given.specId);
  const schema = schemaForSpec(metadata, spec);
  const partition = partitionStruct(spec, schemasNewestFirst(metadata));
  const request = { ...given, entries: given.entries.map((entry) => promoted(entry, partition)) };
  const version = metadata['format-version'];
  const tuple = tupleWriter(partition);
  const bytes = writeAvro({
    schema: avroOfStruct(manifestEntryStruct(version, partition), 'manifest_entry'),
    metadata: {
      schema: stringifyExact(schemaToJson(schema)),
      'schema-id': String(schema['schema-id']),
      'partition-spec': JSON.stringify(spec.fields),
      'partition-spec-id': String(spec['spec-id']),
      'format-version': String(version),
      content: request.content === 0 ? 'data' : 'deletes',
    },
    records: request.entries.map((entry) => entryRecord(request, entry, { partition, tuple })),
    codec: metadata.properties['write.avro.compression-codec'] === 'uncompressed' ? 'null' : 'deflate',
  });
  return { bytes, line: lineOf(request, bytes.length, partition) };
}

/** The spec of an id; a manifest of an unknown spec is a damaged table. */
export function specOf(metadata: TableMetadata, specId: number): PartitionSpec {
  const spec = metadata['partition-specs'].find((one) => one['spec-id'] === specId);
  assertInvariant(spec, `partition spec ${specId} is one of the table's`);
  return spec;
}

/** Current schema first, then the others, the newest before the older. */
export function schemasNewestFirst(metadata: TableMetadata): readonly TableSchema[] {
  const current = metadata.schemas.filter((schema) => schema['schema-id'] === metadata['current-schema-id']);
  const others = metadata.schemas.filter((schema) => schema['schema-id'] !== metadata['current-schema-id']);
  return [...current, ...others.reverse()];
}

/** The newest schema that still has every source column of the spec, so that readers can bind the spec to it. */
function schemaForSpec(metadata: TableMetadata, spec: PartitionSpec): TableSchema {
  const schemas = schemasNewestFirst(metadata);
  const fits = (schema: StructType) => {
    const byId = fieldsById(schema);
    return spec.fields.every((field) => byId.has(field['source-id']));
  };
  const schema = schemas.find(fits) ?? schemas[0];
  assertInvariant(schema, 'a table has a current schema');
  return schema;
}

/** Tuples read from older manifests take the types their columns have now. */
function promoted(entry: EntryToWrite, partition: StructType): EntryToWrite {
  const cells = entry.file.partition.map((cell, i) => promotedCell(partition.fields[i]?.type ?? 'unknown', cell));
  return { ...entry, file: { ...entry.file, partition: cells } };
}

function entryRecord(
  request: ManifestRequest,
  entry: EntryToWrite,
  as: { readonly partition: StructType; readonly tuple: TupleWriter },
): Record<string, unknown> {
  const { file } = entry;
  assertInvariant(
    entry.status === 1 || (entry.sequenceNumber !== undefined && entry.fileSequenceNumber !== undefined),
    'only added files inherit their sequence numbers',
  );
  assertInvariant(
    file.specId === request.specId && (file.content === 0) === (request.content === 0),
    'a manifest holds one spec and one kind',
  );
  assertInvariant(file.partition.length === as.partition.fields.length, 'a partition tuple has one value per partition field');
  return {
    status: entry.status,
    snapshot_id: entry.snapshotId,
    sequence_number: entry.sequenceNumber,
    file_sequence_number: entry.fileSequenceNumber,
    data_file: fileRecord(file, as.tuple),
  };
}

function fileRecord(file: DataFile, tuple: TupleWriter): Record<string, unknown> {
  return {
    content: file.content,
    file_path: file.filePath,
    file_format: file.fileFormat,
    partition: tuple(file.partition),
    record_count: file.recordCount,
    file_size_in_bytes: file.fileSizeBytes,
    column_sizes: pairs(file.columnSizes),
    value_counts: pairs(file.valueCounts),
    null_value_counts: pairs(file.nullValueCounts),
    nan_value_counts: pairs(file.nanValueCounts),
    lower_bounds: pairs(file.lowerBounds),
    upper_bounds: pairs(file.upperBounds),
    key_metadata: file.keyMetadata,
    split_offsets: file.splitOffsets,
    equality_ids: file.equalityIds,
    sort_order_id: file.sortOrderId,
    first_row_id: file.firstRowId,
    referenced_data_file: file.referencedDataFile,
    content_offset: file.contentOffset,
    content_size_in_bytes: file.contentSizeBytes,
  };
}

type TupleWriter = (partition: readonly CellValue[]) => Record<string, unknown>;

/** Tuples as records of the manifest's partition type, whose names are worked out once. */
function tupleWriter(partition: StructType): TupleWriter {
  const names = avroOfStruct(partition, 'r102').fields!.map((field) => field.name);
  return (cells) => Object.fromEntries(partition.fields.map((field, i) => [names[i]!, toAvroCell(field.type, cells[i]!)]));
}

/** Ascending by column; most maps are so already. */
function pairs(map: ReadonlyMap<number, unknown> | undefined): { key: number; value: unknown }[] | undefined {
  if (!map) return undefined;
  const all: { key: number; value: unknown }[] = [];
  let isAscending = true;
  for (const [key, value] of map) {
    if (all.length > 0 && all[all.length - 1]!.key > key) isAscending = false;
    all.push({ key, value });
  }
  return isAscending ? all : all.sort((a, b) => a.key - b.key);
}

function lineOf(request: ManifestRequest, lengthBytes: number, partition: StructType): Omit<ManifestFile, 'path'> {
  // Deleted entries do not count: the field is about files that are read. All deleted: the snapshot's own number.
  const live = request.entries.filter((entry) => entry.status !== 2);
  const minSequenceNumber = live.reduce(
    (min, entry) => Math.min(min, entry.sequenceNumber ?? request.sequenceNumber),
    live.length > 0 ? Number.POSITIVE_INFINITY : request.sequenceNumber,
  );
  return {
    lengthBytes,
    specId: request.specId,
    content: request.content,
    sequenceNumber: request.sequenceNumber,
    minSequenceNumber,
    addedSnapshotId: request.snapshotId,
    ...countsOf(request.entries),
    partitions: summarizePartitions(
      partition,
      request.entries.map((entry) => entry.file),
    ),
  };
}
