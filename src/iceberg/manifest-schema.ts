// The fields of manifests and manifest lists with their ids, by format version. Source: Iceberg specification, "Manifests",
// "Manifest Lists"; order and docs as the reference implementation writes them (vectors `manifest-entry-avro`).
import type { IcebergType, NestedField, StructType } from '../contract/types.ts';
import { fieldsById } from './schema-fields.ts';
import { parseTransform, resultTypeOf } from './transforms.ts';
import type { PartitionSpec } from './types.ts';

export type FormatVersion = 2 | 3;

/** Struct of one manifest entry. */
export function manifestEntryStruct(version: FormatVersion, partition: StructType): StructType {
  return {
    type: 'struct',
    fields: [
      required(0, 'status', 'int'),
      optional(1, 'snapshot_id', 'long'),
      optional(3, 'sequence_number', 'long'),
      optional(4, 'file_sequence_number', 'long'),
      required(2, 'data_file', dataFileStruct(version, partition)),
    ],
  };
}

/** Struct of one line of a manifest list. */
export function manifestListStruct(version: FormatVersion): StructType {
  return {
    type: 'struct',
    fields: [
      required(500, 'manifest_path', 'string', 'Location URI with FS scheme'),
      required(501, 'manifest_length', 'long', 'Total file size in bytes'),
      required(502, 'partition_spec_id', 'int', 'Spec ID used to write'),
      required(517, 'content', 'int', 'Contents of the manifest: 0=data, 1=deletes'),
      required(515, 'sequence_number', 'long', 'Sequence number when the manifest was added'),
      required(516, 'min_sequence_number', 'long', 'Lowest sequence number in the manifest'),
      required(503, 'added_snapshot_id', 'long', 'Snapshot ID that added the manifest'),
      required(504, 'added_files_count', 'int', 'Added entry count'),
      required(505, 'existing_files_count', 'int', 'Existing entry count'),
      required(506, 'deleted_files_count', 'int', 'Deleted entry count'),
      required(512, 'added_rows_count', 'long', 'Added rows count'),
      required(513, 'existing_rows_count', 'long', 'Existing rows count'),
      required(514, 'deleted_rows_count', 'long', 'Deleted rows count'),
      optional(507, 'partitions', listOf(508, SUMMARY), 'Summary for each partition'),
      optional(519, 'key_metadata', 'binary', 'Encryption key metadata blob'),
      ...(version >= 3 ? [optional(520, 'first_row_id', 'long', 'Starting row ID to assign to new rows in ADDED data files')] : []),
    ],
  };
}

/**
 * The partition tuple of a spec: one optional field per partition field, typed by its transform. `schemas` in the order to look
 * for source columns in: one that was dropped since is still in an older schema.
 */
export function partitionStruct(spec: PartitionSpec, schemas: readonly StructType[]): StructType {
  const lookups = schemas.map(fieldsById);
  const fields = spec.fields.map((field) => {
    const source = lookups.map((byId) => byId.get(field['source-id'])).find((entry) => entry !== undefined);
    return optional(field['field-id'], field.name, resultTypeOf(parseTransform(field.transform), source?.field.type ?? 'string'));
  });
  return { type: 'struct', fields };
}

/**
 * Can the tuples of a spec be written again? Not where a value keeps a source type that no schema of the table tells any more, or
 * where the transform is of a later specification.
 */
export function isTypedSpec(spec: PartitionSpec, schemas: readonly StructType[]): boolean {
  const lookups = schemas.map(fieldsById);
  return spec.fields.every((field) => {
    const { kind } = parseTransform(field.transform);
    const keepsType = kind === 'identity' || kind === 'truncate' || kind === 'void';
    return kind !== 'unknown' && (!keepsType || lookups.some((byId) => byId.has(field['source-id'])));
  });
}

const SUMMARY: StructType = {
  type: 'struct',
  fields: [
    required(509, 'contains_null', 'boolean', 'True if any file has a null partition value'),
    optional(518, 'contains_nan', 'boolean', 'True if any file has a nan partition value'),
    optional(510, 'lower_bound', 'binary', 'Partition lower bound for all files'),
    optional(511, 'upper_bound', 'binary', 'Partition upper bound for all files'),
  ],
};

function dataFileStruct(version: FormatVersion, partition: StructType): StructType {
  const counts = (id: number, ids: readonly [number, number], field: readonly [name: string, doc: string]) =>
    optional(id, field[0], mapOf(ids, 'long'), field[1]);
  const bounds = (id: number, ids: readonly [number, number], field: readonly [name: string, doc: string]) =>
    optional(id, field[0], mapOf(ids, 'binary'), field[1]);
  return {
    type: 'struct',
    fields: [
      required(134, 'content', 'int', 'Contents of the file: 0=data, 1=position deletes, 2=equality deletes'),
      required(100, 'file_path', 'string', 'Location URI with FS scheme'),
      required(101, 'file_format', 'string', 'File format name: avro, orc, or parquet'),
      required(102, 'partition', partition, 'Partition data tuple, schema based on the partition spec'),
      required(103, 'record_count', 'long', 'Number of records in the file'),
      required(104, 'file_size_in_bytes', 'long', 'Total file size in bytes'),
      counts(108, [117, 118], ['column_sizes', 'Map of column id to total size on disk']),
      counts(109, [119, 120], ['value_counts', 'Map of column id to total count, including null and NaN']),
      counts(110, [121, 122], ['null_value_counts', 'Map of column id to null value count']),
      counts(137, [138, 139], ['nan_value_counts', 'Map of column id to number of NaN values in the column']),
      bounds(125, [126, 127], ['lower_bounds', 'Map of column id to lower bound']),
      bounds(128, [129, 130], ['upper_bounds', 'Map of column id to upper bound']),
      optional(131, 'key_metadata', 'binary', 'Encryption key metadata blob'),
      optional(132, 'split_offsets', listOf(133, 'long'), 'Splittable offsets'),
      optional(135, 'equality_ids', listOf(136, 'int'), 'Equality comparison field IDs'),
      optional(140, 'sort_order_id', 'int', 'Sort order ID'),
      ...(version >= 3 ? [optional(142, 'first_row_id', 'long', 'The first row ID assigned to the first row in the data file')] : []),
      optional(
        143,
        'referenced_data_file',
        'string',
        'Fully qualified location (URI with FS scheme) of a data file that all deletes reference',
      ),
      ...(version >= 3
        ? [
            optional(144, 'content_offset', 'long', 'The offset in the file where the content starts'),
            optional(145, 'content_size_in_bytes', 'long', 'The length of referenced content stored in the file'),
          ]
        : []),
    ],
  };
}

function required(id: number, name: string, type: IcebergType, doc?: string): NestedField {
  return { id, name, required: true, type, ...(doc === undefined ? {} : { doc }) };
}

function optional(id: number, name: string, type: IcebergType, doc?: string): NestedField {
  return { id, name, required: false, type, ...(doc === undefined ? {} : { doc }) };
}

function listOf(elementId: number, element: IcebergType): IcebergType {
  return { type: 'list', 'element-id': elementId, 'element-required': true, element };
}

function mapOf(ids: readonly [key: number, value: number], value: IcebergType): IcebergType {
  return { type: 'map', 'key-id': ids[0], key: 'int', 'value-id': ids[1], 'value-required': true, value };
}
