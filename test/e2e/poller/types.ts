// The words of the Kafka event source: what a mapping is set to, where records come from, what an invocation can come to. The poller is a
// test double of Lambda's own; its rules are those of the AWS Lambda developer guide, "Using Lambda with Amazon MSK" and "… self-managed
// Apache Kafka", "Configuring error handling controls for Kafka event sources" and "Capturing discarded batches".

export type StartPosition =
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'LATEST' }
  | { readonly kind: 'AT_TIMESTAMP'; readonly timestampMs: number };

/** One mapping of one topic, as a template or the API sets it. */
export interface Mapping {
  /** UUID. */
  readonly id: string;
  readonly functionName: string;
  /** Amazon MSK; undefined for self-managed Kafka. */
  readonly eventSourceArn: string | undefined;
  /** Of self-managed Kafka. */
  readonly bootstrapServers: string | undefined;
  readonly topic: string;
  readonly group: string;
  readonly start: StartPosition;
  readonly isEnabled: boolean;
  /** Records. */
  readonly batchSize: number;
  readonly windowMs: number;
  /** Provisioned pollers; undefined: on-demand, which retries without end and knows no other error handling. */
  readonly provisioned: ErrorHandling | undefined;
  /** `arn:aws:sqs:…`, `arn:aws:s3:::…`, `kafka://topic`. */
  readonly destination: string | undefined;
}

export interface ErrorHandling {
  /** Repeats after the first invocation; -1: without end. */
  readonly retriesMax: number;
  /** -1: any age. */
  readonly recordAgeMsMax: number;
  readonly isBisecting: boolean;
  readonly isPartial: boolean;
}

export interface SourceRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly { readonly name: string; readonly value: Uint8Array | null }[];
}

/** What a partition had: records in order, and the offset to read on from (markers and compacted offsets have no record). */
export interface Slice {
  readonly partition: number;
  readonly records: readonly SourceRecord[];
  readonly to: number;
}

/** A cluster as a poller sees it. */
export interface KafkaSide {
  /** Bootstrap servers, as events name them. */
  readonly servers: string;
  partitions(topic: string): Promise<readonly number[]>;
  /** Offsets the group has committed, by partition; the others have none. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  commit(group: string, topic: string, next: ReadonlyMap<number, number>): Promise<void>;
  startOf(topic: string, partition: number, start: StartPosition): Promise<number>;
  /** From the given offsets on; returns as soon as there is something, at the latest after `waitMs`. */
  read(topic: string, from: ReadonlyMap<number, number>, bounds: ReadBounds): Promise<readonly Slice[]>;
}

export interface ReadBounds {
  readonly recordsMax: number;
  readonly bytesMax: number;
  readonly waitMs: number;
}

export type Invocation =
  /** The function returned; what it returned. */
  | { readonly kind: 'answered'; readonly answer: unknown }
  /** It threw, ran out of time, or its process died. */
  | { readonly kind: 'function-error'; readonly functionError: string; readonly requestId: string; readonly message: string }
  /** Lambda did not run it: throttled, or a fault of the service. Nobody's attempt. */
  | { readonly kind: 'not-invoked'; readonly reason: string };

export interface LambdaSide {
  /** The event as JSON text. Never throws for what Lambda answers. */
  invoke(functionName: string, event: string): Promise<Invocation>;
  /** Sends what was given up. Throws when it could not. */
  discard(destination: string, mapping: Mapping, record: DiscardRecord): Promise<void>;
}

/** "SNS and SQS example invocation record" of the guide; S3 gets the event, too. */
export interface DiscardRecord {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: 'RetryAttemptsExhausted' | 'MaximumPayloadSizeExceeded' | 'RecordAgeExceeded';
    readonly approximateInvokeCount: number;
  };
  readonly responseContext: { readonly statusCode: number; readonly executedVersion: string; readonly functionError: string } | null;
  readonly version: '1.0';
  readonly timestamp: string;
  readonly KafkaBatchInfo: {
    readonly batchSize: number;
    readonly eventSourceArn?: string;
    readonly bootstrapServers: string;
    readonly payloadSize: number;
    readonly recordsInfo: Readonly<Record<string, DiscardedRange>>;
  };
  readonly payload?: string;
}

export interface DiscardedRange {
  readonly firstRecordOffset: string;
  readonly lastRecordOffset: string;
  readonly firstRecordTimestamp: string;
  readonly lastRecordTimestamp: string;
}

export interface PollerClock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

/** What the poller has seen, for the run's own checks. */
export interface PollerTally {
  invocations: number;
  records: number;
  functionErrors: number;
  /** What the latest of them said. */
  errorMessages: readonly string[];
  notInvoked: number;
  discarded: number;
  /** Largest event, in bytes. */
  eventBytesMax: number;
  /** Most partitions in one event. */
  partitionsMax: number;
}
