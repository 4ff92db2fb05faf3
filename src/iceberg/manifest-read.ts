// Manifests read back, from any writer: fields by id, missing statistics left out, sequence numbers, snapshot ids and row ids
// inherited from the manifest's line in the list. Source: Iceberg specification, "Manifest Entry Fields", "Sequence Number
// Inheritance", "First Row ID Inheritance"; version 1 manifests have no sequence numbers and count as 0.
import { InputRefusedError } from '../errors.ts';
import type { AvroRecord } from './avro-codec.ts';
import { readAvro } from './avro-file.ts';
import { refused } from './avro-source.ts';
import { type ExpectedPartition, type PartitionReader, partitionReader } from './manifest-partition.ts';
import type { DataFile, ManifestEntry, ManifestFile } from './types.ts';

/**
 * All entries of a manifest, deleted ones included, in file order. `manifest` is its line in the manifest list, `expected` what
 * the table says of its partition: tuples are in the order of that spec, without it in the manifest's.
 */
export function readManifest(bytes: Uint8Array, manifest: ManifestFile, expected?: ExpectedPartition): ManifestEntry[] {
  const avro = readAvro(bytes);
  const partition = partitionReader(avro.schema, expected);
  const inherit = rowIdInheritance(manifest);
  return avro.records.map((raw) => {
    const record = recordOf(raw);
    const status = numberOf(pick(record, '#0', 'status'), 'status');
    if (status !== 0 && status !== 1 && status !== 2) throw refused(`manifest entry with status ${status}`);
    const file = inherit(fileOf(recordOf(pick(record, '#2', 'data_file')), manifest, partition), status);
    return {
      status,
      snapshotId: bigOf(pick(record, '#1', 'snapshot_id')) ?? manifest.addedSnapshotId,
      sequenceNumber: inheritedSequence(record, { key: '#3', name: 'sequence_number', status, manifest }),
      fileSequenceNumber: inheritedSequence(record, { key: '#4', name: 'file_sequence_number', status, manifest }),
      file,
    };
  });
}

/** Value of a record's field by id (`#134`), else by name where the writer gave no ids. */
export function pick(record: AvroRecord, key: string, name: string): unknown {
  return record[key] ?? record[name] ?? undefined;
}

export function recordOf(value: unknown): AvroRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('a record is missing');
  return value as AvroRecord;
}

/** A required count, size or sequence number: a safe integer from 0. */
export function countOf(value: unknown, name: string): number {
  const count = numberOf(value, name);
  if (count < 0) throw refused(`field ${name} is negative`);
  return count;
}

/** An optional count, size or sequence number. */
export function optionalCount(value: unknown, name: string): number | undefined {
  return value === undefined || value === null ? undefined : countOf(value, name);
}

/** A required integer in the safe range. */
export function numberOf(value: unknown, name: string): number {
  if (typeof value !== 'number') throw refused(`field ${name} is missing or out of range`);
  return value;
}

/** An optional integer in the safe range. */
export function optionalNumber(value: unknown, name: string): number | undefined {
  return value === undefined || value === null ? undefined : numberOf(value, name);
}

/** An optional 64-bit id. */
export function bigOf(value: unknown): bigint | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? BigInt(value) : undefined;
}

/** A member that is left out where the value is undefined or null. */
export function given<K extends string, V>(key: K, value: V | null | undefined): { [P in K]?: V } {
  return value === undefined || value === null ? {} : ({ [key]: value } as { [P in K]?: V });
}

function inheritedSequence(
  record: AvroRecord,
  field: { readonly key: string; readonly name: string; readonly status: number; readonly manifest: ManifestFile },
): number {
  const own = optionalCount(pick(record, field.key, field.name), field.name);
  if (own !== undefined) return own;
  const { sequenceNumber } = field.manifest;
  if (field.status === 1 || sequenceNumber === 0) return sequenceNumber;
  // Deleted entries of some writers leave it out; nothing reads them, and the manifest's own number is an upper limit.
  if (field.status === 2) return sequenceNumber;
  throw new InputRefusedError(`manifest entry that is not new has no ${field.name}; the manifest of another writer is wrong`, {
    code: 'manifest-sequence-number',
  });
}

function fileOf(record: AvroRecord, manifest: ManifestFile, partition: PartitionReader): DataFile {
  const content = numberOf(pick(record, '#134', 'content') ?? 0, 'content');
  if (content !== 0 && content !== 1 && content !== 2) throw refused(`data file with content ${content}`);
  const file: Mutable<DataFile> = {
    content,
    filePath: textOf(pick(record, '#100', 'file_path'), 'file_path'),
    fileFormat: formatOf(textOf(pick(record, '#101', 'file_format'), 'file_format')),
    specId: manifest.specId,
    partition: partition(recordOf(pick(record, '#102', 'partition') ?? {})),
    recordCount: countOf(pick(record, '#103', 'record_count'), 'record_count'),
    fileSizeBytes: countOf(pick(record, '#104', 'file_size_in_bytes'), 'file_size_in_bytes'),
  };
  addStatistics(file, record);
  addDetails(file, record);
  return file;
}

/** What a writer left out has no member; members are set one by one, as a table has many thousand files. */
function addStatistics(file: Mutable<DataFile>, record: AvroRecord): void {
  const sizes = mapOf(pick(record, '#108', 'column_sizes'), ['#117', '#118'], numberIn('column_sizes'));
  if (sizes) file.columnSizes = sizes;
  const values = mapOf(pick(record, '#109', 'value_counts'), ['#119', '#120'], numberIn('value_counts'));
  if (values) file.valueCounts = values;
  const nulls = mapOf(pick(record, '#110', 'null_value_counts'), ['#121', '#122'], numberIn('null_value_counts'));
  if (nulls) file.nullValueCounts = nulls;
  const nans = mapOf(pick(record, '#137', 'nan_value_counts'), ['#138', '#139'], numberIn('nan_value_counts'));
  if (nans) file.nanValueCounts = nans;
  const lower = mapOf(pick(record, '#125', 'lower_bounds'), ['#126', '#127'], bytesIn('lower_bounds'));
  if (lower) file.lowerBounds = lower;
  const upper = mapOf(pick(record, '#128', 'upper_bounds'), ['#129', '#130'], bytesIn('upper_bounds'));
  if (upper) file.upperBounds = upper;
}

function addDetails(file: Mutable<DataFile>, record: AvroRecord): void {
  const keyMetadata = bytesOf(pick(record, '#131', 'key_metadata'), 'key_metadata');
  if (keyMetadata) file.keyMetadata = keyMetadata;
  const splitOffsets = listOf(pick(record, '#132', 'split_offsets'), 'split_offsets');
  if (splitOffsets) file.splitOffsets = splitOffsets;
  const equalityIds = listOf(pick(record, '#135', 'equality_ids'), 'equality_ids');
  if (equalityIds) file.equalityIds = equalityIds;
  const sortOrderId = optionalNumber(pick(record, '#140', 'sort_order_id'), 'sort_order_id');
  if (sortOrderId !== undefined) file.sortOrderId = sortOrderId;
  const firstRowId = optionalCount(pick(record, '#142', 'first_row_id'), 'first_row_id');
  if (firstRowId !== undefined) file.firstRowId = firstRowId;
  const referenced = optionalText(pick(record, '#143', 'referenced_data_file'), 'referenced_data_file');
  if (referenced !== undefined) file.referencedDataFile = referenced;
  const offset = optionalCount(pick(record, '#144', 'content_offset'), 'content_offset');
  if (offset !== undefined) file.contentOffset = offset;
  const size = optionalCount(pick(record, '#145', 'content_size_in_bytes'), 'content_size_in_bytes');
  if (size !== undefined) file.contentSizeBytes = size;
}

/** Of a value under construction. */
export type Mutable<T> = { -readonly [P in keyof T]: T[P] };

function numberIn(name: string): (value: unknown) => number {
  return (value) => numberOf(value, name);
}

function bytesIn(name: string): (value: unknown) => Uint8Array {
  return (value) => requiredBytes(value, name);
}

/** Row ids count on over the files that have none; a manifest without a first row id (before version 3) gives none. */
function rowIdInheritance(manifest: ManifestFile): (file: DataFile, status: number) => DataFile {
  let next = manifest.firstRowId;
  return (file, status) => {
    if (file.content !== 0) return file;
    if (next === undefined) {
      const { firstRowId: _none, ...rest } = file;
      return rest;
    }
    if (status === 2 || file.firstRowId !== undefined) return file;
    next += file.recordCount;
    return { ...file, firstRowId: next - file.recordCount };
  };
}

type PairKeys = readonly [key: string, value: string];

/** Maps of int keys are arrays of key-value records. */
function mapOf<V>(value: unknown, keys: PairKeys, cell: (value: unknown) => V): ReadonlyMap<number, V> | undefined {
  if (!Array.isArray(value)) return undefined;
  const map = new Map<number, V>();
  for (const raw of value) {
    const pair = recordOf(raw);
    map.set(numberOf(pick(pair, keys[0], 'key'), 'map key'), cell(pick(pair, keys[1], 'value')));
  }
  return map;
}

function listOf(value: unknown, name: string): readonly number[] | undefined {
  return Array.isArray(value) ? value.map((one) => numberOf(one, name)) : undefined;
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw refused(`field ${name} is missing`);
  return value;
}

function optionalText(value: unknown, name: string): string | undefined {
  return value === undefined ? undefined : textOf(value, name);
}

/** Optional bytes. */
export function bytesOf(value: unknown, name: string): Uint8Array | undefined {
  return value === undefined ? undefined : requiredBytes(value, name);
}

function requiredBytes(value: unknown, name: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw refused(`field ${name} is no bytes`);
  return value;
}

function formatOf(text: string): DataFile['fileFormat'] {
  const upper = text.toUpperCase();
  if (upper === 'PARQUET' || upper === 'AVRO' || upper === 'ORC' || upper === 'PUFFIN') return upper;
  throw refused('a data file has a format that is not Parquet, Avro, ORC or Puffin');
}
