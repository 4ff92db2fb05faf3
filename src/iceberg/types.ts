// Iceberg table metadata as plain data in the specification's own JSON form, version 2 (version 3 fields are kept as read).
// Ids of snapshots are bigint in memory and numbers in JSON. Unknown fields are kept: `[key: string]: unknown` on the objects
// other writers may extend. Source: Iceberg specification, "Table Metadata" and "Manifests".
import type { CellValue } from '../columns.ts';
import type { StructType } from '../contract/types.ts';

export interface TableSchema extends StructType {
  readonly 'schema-id': number;
  readonly 'identifier-field-ids'?: readonly number[];
}

export interface PartitionField {
  readonly 'source-id': number;
  readonly 'field-id': number;
  readonly name: string;
  readonly transform: string;
}
export interface PartitionSpec {
  readonly 'spec-id': number;
  readonly fields: readonly PartitionField[];
}
export interface SortField {
  readonly 'source-id': number;
  readonly transform: string;
  readonly direction: 'asc' | 'desc';
  readonly 'null-order': 'nulls-first' | 'nulls-last';
}
export interface SortOrder {
  readonly 'order-id': number;
  readonly fields: readonly SortField[];
}

export interface Snapshot {
  readonly 'snapshot-id': bigint;
  readonly 'parent-snapshot-id'?: bigint;
  readonly 'sequence-number': number;
  readonly 'timestamp-ms': number;
  readonly 'manifest-list': string;
  readonly summary: Readonly<Record<string, string>>;
  readonly 'schema-id'?: number;
  readonly [key: string]: unknown;
}
export interface SnapshotRef {
  readonly 'snapshot-id': bigint;
  readonly type: 'branch' | 'tag';
  readonly [key: string]: unknown;
}

export interface TableMetadata {
  readonly 'format-version': 2 | 3;
  readonly 'table-uuid': string;
  readonly location: string;
  readonly 'last-sequence-number': number;
  readonly 'last-updated-ms': number;
  readonly 'last-column-id': number;
  readonly 'current-schema-id': number;
  readonly schemas: readonly TableSchema[];
  readonly 'default-spec-id': number;
  readonly 'partition-specs': readonly PartitionSpec[];
  readonly 'last-partition-id': number;
  readonly 'default-sort-order-id': number;
  readonly 'sort-orders': readonly SortOrder[];
  readonly properties: Readonly<Record<string, string>>;
  readonly 'current-snapshot-id'?: bigint | null;
  readonly refs?: Readonly<Record<string, SnapshotRef>>;
  readonly snapshots: readonly Snapshot[];
  readonly 'snapshot-log': readonly { readonly 'timestamp-ms': number; readonly 'snapshot-id': bigint }[];
  readonly 'metadata-log': readonly { readonly 'timestamp-ms': number; readonly 'metadata-file': string }[];
  readonly [key: string]: unknown;
}

/** Everything a manifest entry says of a file. Bounds are single-value serialised, already truncated. */
export interface DataFile {
  /** 0 data, 1 position deletes, 2 equality deletes. */
  readonly content: 0 | 1 | 2;
  readonly filePath: string;
  readonly fileFormat: 'PARQUET' | 'AVRO' | 'ORC' | 'PUFFIN';
  readonly specId: number;
  /** Partition tuple in the order of the spec's fields. */
  readonly partition: readonly CellValue[];
  readonly recordCount: number;
  readonly fileSizeBytes: number;
  readonly columnSizes?: ReadonlyMap<number, number>;
  readonly valueCounts?: ReadonlyMap<number, number>;
  readonly nullValueCounts?: ReadonlyMap<number, number>;
  readonly nanValueCounts?: ReadonlyMap<number, number>;
  readonly lowerBounds?: ReadonlyMap<number, Uint8Array>;
  readonly upperBounds?: ReadonlyMap<number, Uint8Array>;
  readonly keyMetadata?: Uint8Array;
  readonly splitOffsets?: readonly number[];
  readonly equalityIds?: readonly number[];
  readonly sortOrderId?: number;
  readonly referencedDataFile?: string;
  /** Version 3: row id of the first row; assigned by inheritance when read. */
  readonly firstRowId?: number;
  /** Version 3: where a deletion vector lies in its Puffin file. */
  readonly contentOffset?: number;
  readonly contentSizeBytes?: number;
}

export interface ManifestEntry {
  /** 0 EXISTING, 1 ADDED, 2 DELETED. */
  readonly status: 0 | 1 | 2;
  readonly snapshotId: bigint;
  readonly sequenceNumber: number;
  readonly fileSequenceNumber: number;
  readonly file: DataFile;
}

/** What a manifest list says of one partition field over all files of a manifest. */
export interface PartitionSummary {
  readonly containsNull: boolean;
  readonly containsNan?: boolean;
  readonly lowerBound?: Uint8Array;
  readonly upperBound?: Uint8Array;
}

/** One line of a manifest list. Counts are undefined only in lists written for version 1 by others. */
export interface ManifestFile {
  readonly path: string;
  readonly lengthBytes: number;
  readonly specId: number;
  /** 0 data, 1 deletes. */
  readonly content: 0 | 1;
  readonly sequenceNumber: number;
  readonly minSequenceNumber: number;
  readonly addedSnapshotId: bigint;
  readonly addedFiles?: number;
  readonly existingFiles?: number;
  readonly deletedFiles?: number;
  readonly addedRows?: number;
  readonly existingRows?: number;
  readonly deletedRows?: number;
  readonly partitions?: readonly PartitionSummary[];
  readonly keyMetadata?: Uint8Array;
  /** Version 3, data manifests. */
  readonly firstRowId?: number;
}
