// One Fetch request and its answer (versions 12 to 17, Kafka 2.7 and later), with record sections left as bytes: a section is unpacked
// batch by batch only while there is room for it (promise 10), and errors are per partition, so one broken partition stops no other.
// Connections, login and request encoding are the client's. Source: Apache Kafka protocol guide, "Fetch API (Key: 1)".
import { type Connection, fetchV12, fetchV13, fetchV14, fetchV15, fetchV16, fetchV17, type Reader } from '@platformatic/kafka';

const REQUESTS = new Map([
  [12, fetchV12],
  [13, fetchV13],
  [14, fetchV14],
  [15, fetchV15],
  [16, fetchV16],
  [17, fetchV17],
]);
export const FETCH_VERSIONS = { min: 12, max: 17 } as const;
/** From this version on topics go by UUID, before by name. */
const FIRST_WITH_TOPIC_IDS = 13;
const API_KEY = 1;
const READ_COMMITTED = 1;

export interface FetchPlan {
  readonly version: number;
  readonly waitMs: number;
  readonly bytesMax: number;
  readonly partitionBytesMax: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly topicId: string | undefined;
    readonly partitions: readonly { readonly partition: number; readonly from: number }[];
  }[];
}

export interface FetchedPartition {
  /** Name or UUID, as the version has it. */
  readonly topicKey: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly endOffset: number;
  readonly startOffset: number;
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: number }[];
  readonly section: Buffer;
}

/** How a topic is called in answers of this version. */
export function topicKeyOf(version: number, topic: { readonly topic: string; readonly topicId: string | undefined }): string {
  return version >= FIRST_WITH_TOPIC_IDS && topic.topicId !== undefined ? topic.topicId : topic.topic;
}

/** Sends one request without a fetch session; gives every partition of the answer. Rejects with the client's errors. */
export function sendFetch(connection: Connection, plan: FetchPlan): Promise<readonly FetchedPartition[]> {
  const topics = plan.topics.map((topic) => ({
    topicId: topicKeyOf(plan.version, topic),
    partitions: topic.partitions.map(({ partition, from }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(from),
      lastFetchedEpoch: -1,
      partitionMaxBytes: plan.partitionBytesMax,
    })),
  }));
  const request = REQUESTS.get(plan.version)!;
  return new Promise((resolve, reject) => {
    connection.send<readonly FetchedPartition[]>(
      API_KEY,
      plan.version,
      () => request.createRequest(plan.waitMs, 1, plan.bytesMax, READ_COMMITTED, 0, -1, topics, [], ''),
      (_correlationId, _apiKey, version, reader) => parseAnswer(version, reader),
      true,
      true,
      (error, answer) => (error ? reject(error) : resolve(answer!)),
    );
  });
}

//  throttle_time_ms i32 · error_code i16 · session_id i32 · [topic · [partition_index i32 · error_code i16 · high_watermark i64 ·
//  last_stable_offset i64 · log_start_offset i64 · [producer_id i64 · first_offset i64] · preferred_read_replica i32 · records]]
function parseAnswer(version: number, reader: Reader): FetchedPartition[] {
  reader.readInt32();
  const wholeError = reader.readInt16();
  reader.readInt32();
  const partitions = reader.readArray((topicReader) => {
    const topicKey = version >= FIRST_WITH_TOPIC_IDS ? topicReader.readUUID() : topicReader.readString();
    return topicReader.readArray((r) => parsePartition(r, topicKey));
  });
  reader.readTaggedFields();
  const all = partitions.flat();
  if (wholeError !== 0 && all.length === 0) return [{ ...NOTHING, errorCode: wholeError }];
  return all;
}

const NOTHING: FetchedPartition = {
  topicKey: '',
  partition: -1,
  errorCode: 0,
  endOffset: 0,
  startOffset: 0,
  aborted: [],
  section: Buffer.alloc(0),
};

function parsePartition(r: Reader, topicKey: string): FetchedPartition {
  const partition = r.readInt32();
  const errorCode = r.readInt16();
  const highWatermark = Number(r.readInt64());
  const stable = Number(r.readInt64());
  const startOffset = Number(r.readInt64());
  const aborted = r.readNullableArray((t) => ({ producerId: t.readInt64(), firstOffset: Number(t.readInt64()) })) ?? [];
  r.readInt32();
  const section = r.readNullableBytes() ?? NOTHING.section;
  return { topicKey, partition, errorCode, startOffset, endOffset: stable >= 0 ? stable : highWatermark, aborted, section };
}
