// How Kafka is asked, beside the ports of ports.ts: reading by position, and the group of consumers. Pure types with obligations;
// implemented by src/local/kafka and the test doubles in test/support. Imports nothing.

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
