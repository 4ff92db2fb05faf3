// The ledger's formats (DESIGN §5.2, §5.4), as plain JSON data: offsets, timestamps and counts are safe integers. Knows neither
// decode nor pipeline. A range is half-open: [start, end).

export type Range = readonly [start: number, end: number];

/** Offsets of one topic partition by class. Disjoint; their union is what was delivered plus the absent offsets inside it. */
export interface PartitionClasses {
  readonly partition: number;
  /** Per table name (`namespace.name`): accepted offsets. */
  readonly accepted: Readonly<Record<string, readonly Range[]>>;
  readonly quarantined: readonly Range[];
  readonly filtered: readonly Range[];
  /** Offsets missing inside this delivery. */
  readonly absent: readonly Range[];
}

/** Timestamps remembered of a delivery, to tell a duplicate from a recreated topic. */
export interface PartitionTimestamps {
  /** First and last record of a delivery, its oldest and its youngest, ascending: [offset, Kafka timestamp ms]. */
  readonly edges: readonly (readonly [offset: number, timestampMs: number])[];
  /** Runs of filtered offsets: [start, end, smallest ms, largest ms]. */
  readonly filteredTimestamps: readonly (readonly [start: number, end: number, minMs: number, maxMs: number])[];
  /** Largest event time of accepted rows, each capped at its Kafka timestamp. */
  readonly maxEventTimeMs?: number;
}

export interface DescriptorPartition extends PartitionClasses, PartitionTimestamps {}

export interface DescriptorSource {
  readonly sourceId: string;
  readonly topic: string;
  /** What the writer saw of the cluster and topic; one that differs from the source's entry parks the source. */
  readonly observed?: { readonly clusterArn?: string; readonly clusterId?: string; readonly topicId?: string };
  readonly partitions: readonly DescriptorPartition[];
}

/** A staged data file: all that a manifest entry needs, and which offsets it holds. Bounds in base64, partition cells in JSON (iceberg single-value JSON). */
export interface StagedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly recordCount: number;
  readonly specId: number;
  readonly partition: readonly unknown[];
  readonly sortOrderId: number | null;
  readonly splitOffsets: readonly number[];
  readonly columnSizes: readonly (readonly [number, number])[];
  readonly valueCounts: readonly (readonly [number, number])[];
  readonly nullValueCounts: readonly (readonly [number, number])[];
  readonly nanValueCounts: readonly (readonly [number, number])[];
  readonly lowerBounds: readonly (readonly [number, string])[];
  readonly upperBounds: readonly (readonly [number, string])[];
  /** Offsets of its rows. */
  readonly offsets: readonly { readonly sourceId: string; readonly partition: number; readonly ranges: readonly Range[] }[];
}

export interface DescriptorTable {
  /** `namespace.name`. */
  readonly table: string;
  readonly tableUuid: string;
  /** Content hash of the table schema and partition spec the files were written under. */
  readonly schemaHash: string;
  readonly specHash: string;
  readonly files: readonly StagedFile[];
}

/** For file sources (DESIGN §5.7): what the covered prefix of the file was. */
export interface FileProgress {
  readonly sourceId: string;
  readonly lines: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** One per invocation; its creation makes everything the invocation decided durable. */
export interface Descriptor {
  readonly version: 1;
  readonly id: string;
  readonly contract: string;
  readonly contractVersion: string;
  readonly programHash: string;
  readonly createdAtMs: number;
  readonly sources: readonly DescriptorSource[];
  readonly tables: readonly DescriptorTable[];
  readonly files?: readonly FileProgress[];
  /** Rules with `onFailure: park` that fired. */
  readonly park?: readonly {
    readonly table: string;
    readonly rule: string;
    readonly sourceId: string;
    readonly partition: number;
    readonly offset: number;
  }[];
  /** `<rule>:<action>` → count. */
  readonly ruleCounts: Readonly<Record<string, number>>;
}
