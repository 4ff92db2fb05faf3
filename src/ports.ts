// The only ways out of the core, with the obligations an implementation takes on. Pure types; implemented by src/local, src/aws
// and the test doubles in test/support; the conformance suites run against each.
import type { TableIdentifier } from './contract/compiled.ts';

/** An absolute location: `file:///…` or `s3://bucket/key`. */
export type Uri = string;

/** `created`: this call made it. `exists`: something was there (perhaps by an earlier attempt of ours). `unknown`: nobody can tell. */
export type CreateOutcome = 'created' | 'exists' | 'unknown';

export interface FileStat {
  readonly uri: Uri;
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
}

/**
 * Objects by URI. Obligations:
 * - `create` is atomic and durable: after `created` the whole content is there for every reader and survives a power cut; a
 *   reader never sees a part; of concurrent creators exactly one gets `created`. It never overwrites. A failure that may have
 *   taken effect is `unknown`, never an exception; a failure that certainly had no effect throws TransientIoError (or
 *   CommitRefusedError for permission, a full or a read-only disk).
 * - `read` gives the whole object (or the range) or undefined if it does not exist; anything else throws TransientIoError.
 * - `list` yields every object whose URI begins with the prefix, in ascending order of URI; objects created before the call are
 *   all there. `startAfter` skips URIs ≤ it.
 * - `delete` may be called twice; an absent object is fine.
 * Reads, lists and deletes retry within LIMITS.ioAttemptsMax; `create` may retry only if it then reports `exists`/`unknown` truthfully.
 */
export interface FileStore {
  read(uri: Uri, range?: { readonly start: number; readonly end: number }): Promise<Buffer | undefined>;
  create(uri: Uri, bytes: Uint8Array): Promise<CreateOutcome>;
  stat(uri: Uri): Promise<FileStat | undefined>;
  list(prefix: Uri, options?: { readonly startAfter?: Uri }): AsyncIterable<FileStat>;
  delete(uri: Uri): Promise<void>;
}

/** What a catalog says of a table: where its metadata is, and the token its compare-and-swap needs. */
export interface TablePointer {
  readonly identifier: TableIdentifier;
  readonly metadataLocation: Uri;
  /** Opaque to all but the catalog: Glue's VersionId; the metadata location for SQL. */
  readonly version: string;
}

export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** Known not applied: the table moved since `base`. */
  | { readonly kind: 'conflict' }
  /** Known not applied: permission, validation, the table is gone. */
  | { readonly kind: 'refused'; readonly cause: unknown }
  /** May or may not be applied, now or later. Whatever is not recognised is this. */
  | { readonly kind: 'unknown'; readonly cause: unknown };

/**
 * Names → metadata locations. Obligations:
 * - `commit` is one compare-and-swap: it takes effect only if the table is still exactly `base` (for Glue: VersionId, and the
 *   metadata location read again directly before), in one request without client retries.
 * - `load` reads the latest committed pointer (no cache); undefined if the table does not exist; failures throw TransientIoError.
 * - `create` registers a table that must not exist, with its first metadata file already written.
 */
export interface TableCatalog {
  readonly name: string;
  load(identifier: TableIdentifier): Promise<TablePointer | undefined>;
  create(identifier: TableIdentifier, metadataLocation: Uri): Promise<CreateOutcome>;
  commit(base: TablePointer, metadataLocation: Uri): Promise<CommitOutcome>;
  list(namespace?: string): Promise<readonly TableIdentifier[]>;
  /** Makes sure the namespace exists; may be called twice. */
  ensureNamespace(namespace: string): Promise<void>;
}

/** One record as Kafka holds it, ready to be packed: the shape of `decode/pack-records.ts`'s RecordParts. */
export interface KafkaRecord {
  readonly source: { readonly id: string; readonly topic: string };
  readonly topicPartition: number;
  readonly kafkaOffset: number;
  readonly timestampMs: number;
  /** 0 CreateTime, 1 LogAppendTime. */
  readonly timestampType: 0 | 1;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly { readonly name: string; readonly value: Uint8Array | null }[] | undefined;
}

/** Where to read on: a partition of a source's topic, and the first offset wanted. */
export interface KafkaPosition {
  readonly source: { readonly id: string; readonly topic: string };
  readonly partition: number;
  readonly from: number;
}

/** What one look at a partition gave, or why it gave nothing. */
export type KafkaSlice = KafkaPosition &
  (
    | {
        readonly kind: 'records';
        /** [from, to) is answered completely: an offset in it that `records` lacks has no committed record. */
        readonly to: number;
        readonly records: readonly KafkaRecord[];
        /** First offset the log still has, and the end of what is committed. */
        readonly startOffset: number;
        readonly endOffset: number;
      }
    /** `from` is below the log's start or beyond its end. */
    | { readonly kind: 'out-of-range' }
    /** The topic is not the one described before: deleted, or made again. */
    | { readonly kind: 'topic-changed' }
    /** Kafka will not give it, or what it gives is no record batch this version reads: no repeat helps. */
    | { readonly kind: 'refused'; readonly message: string }
  );

export interface KafkaTopic {
  readonly topic: string;
  /** UUID; undefined where the broker is too old to have one. */
  readonly topicId: string | undefined;
  readonly clusterId: string | undefined;
  readonly partitions: number;
}

export interface PartitionEnds {
  readonly startOffset: number;
  /** End of what is committed (the last stable offset). */
  readonly endOffset: number;
}

/**
 * Asks Kafka. Obligations:
 * - Only committed records are given (isolation level read_committed); a slice skips nothing that exists between `from` and `to`.
 * - `describe` and `ends` answer from the cluster, never from a cache.
 * - `read` returns as soon as something is there, at the latest after `waitMs`, with no more than about `bytesMax` of record batches
 *   and `recordsMax` records (one batch more at most); a partition it says nothing of had nothing new. No partition starves.
 * - Topic missing, not authorised, login refused: InputRefusedError with the remedy. Anything that may pass: TransientIoError.
 */
export interface KafkaReader {
  describe(topics: readonly string[]): Promise<readonly KafkaTopic[]>;
  /** By partition. */
  ends(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, PartitionEnds>>;
  read(
    wanted: readonly KafkaPosition[],
    bounds: { readonly bytesMax: number; readonly recordsMax: number; readonly waitMs: number },
  ): Promise<readonly KafkaSlice[]>;
  close(): Promise<void>;
}

export interface Assignment {
  /** Another number: partitions came or went. */
  readonly epoch: number;
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
}

/**
 * A KafkaReader that shares its topics with the other members of a consumer group. Obligations:
 * - `assignment` joins when it is not a member (any more); while the group settles it says so with no partitions.
 * - `acknowledge` is called for what is durable. It moves the group's offsets for people and monitoring to see; nothing reads on from
 *   them. It throws TransientIoError when they could not be moved.
 * - `close` leaves the group.
 */
export interface EventSource extends KafkaReader {
  assignment(): Promise<Assignment>;
  acknowledge(positions: readonly { readonly topic: string; readonly partition: number; readonly next: number }[]): Promise<void>;
}

/** Asks for a commit of a contract soon. At least once; a lost ring is made good by `watch`. Carries nothing but the name. */
export interface Doorbell {
  ring(contractName: string): Promise<void>;
}

/** Wall clock in milliseconds since the epoch; never `Date.now` elsewhere. */
export interface Clock {
  nowMs(): number;
  /** Waits; left out, real time passes. A virtual clock moves itself. */
  sleep?(ms: number): Promise<void>;
}

/** Fresh identifiers: never the same twice, in any process. */
export interface Ids {
  /** RFC 9562 UUID, lower case. */
  uuid(): string;
  /** Positive, 63 bits, for Iceberg snapshots. */
  snapshotId(): bigint;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Counts and facts for operators; never a payload or a secret. */
export interface Telemetry {
  count(metric: string, value: number, dimensions?: Readonly<Record<string, string>>): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: LogFields): void;
}

/** What every job is given. `root` is the warehouse: no trailing slash. */
export interface Ports {
  readonly files: FileStore;
  readonly catalog: TableCatalog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
  readonly doorbell: Doorbell;
  readonly root: Uri;
}
