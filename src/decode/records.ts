// Kafka records as columns over one buffer: what every input form decodes to. No policy, no ports. Every record keeps source,
// topic, partition, offset and timestamp; values and keys stay bytes.

/** Where records come from: one topic of one source generation. `id` = `<source name>/<topic>/<generation>`. */
export interface RecordSource {
  readonly id: string;
  readonly topic: string;
}

export interface RecordHeader {
  readonly name: string;
  /** null: a header without a value. */
  readonly value: Uint8Array | null;
}

/** What is known of a value too large to be kept: the batch holds its beginning. */
export interface TruncatedValue {
  readonly bytes: number;
  /** Of the whole value, in hex. */
  readonly sha256: string;
}

export const NULL_POSITION = 0xffff_ffff;

/**
 * A batch of records. Each value is followed by one 0 byte (invalid in JSON, so scanners need no bounds check) and the buffer
 * has at least 64 spare bytes at its end. `valueStart[i] === NULL_POSITION` marks a tombstone, the same in `keyStart` a null key.
 */
export interface KafkaRecords {
  readonly bytes: Buffer;
  readonly count: number;
  readonly valueStart: Uint32Array;
  readonly valueEnd: Uint32Array;
  readonly keyStart: Uint32Array;
  readonly keyEnd: Uint32Array;
  /** Index into `sources`. */
  readonly source: Uint16Array;
  readonly sources: readonly RecordSource[];
  readonly topicPartition: Int32Array;
  /** Safe integers, asserted where they enter. */
  readonly kafkaOffset: Float64Array;
  readonly timestampMs: Float64Array;
  /** 0 CreateTime, 1 LogAppendTime. */
  readonly timestampType: Uint8Array;
  /** Headers of record i in order, repeats kept; undefined = none. */
  readonly headers: readonly (readonly RecordHeader[] | undefined)[];
  /** Records of which only the beginning of the value is here; left out where there are none. They are never read as messages. */
  readonly truncated?: ReadonlyMap<number, TruncatedValue>;
  /** True when it is known that every byte of every value is ASCII, and so all of them UTF-8. */
  readonly valuesAreAscii?: boolean;
  /** True when the WebAssembly kernels failed on the event: a bug of ours, which did no harm. */
  readonly kernelsFailed?: boolean;
}

/** Empty columns of so many records: everything of KafkaRecords that is one number a record. */
export function newRecordColumns(count: number) {
  return {
    valueStart: new Uint32Array(count),
    valueEnd: new Uint32Array(count),
    keyStart: new Uint32Array(count),
    keyEnd: new Uint32Array(count),
    source: new Uint16Array(count),
    topicPartition: new Int32Array(count),
    kafkaOffset: new Float64Array(count),
    timestampMs: new Float64Array(count),
    timestampType: new Uint8Array(count),
  };
}
