// Records → the event Lambda's Kafka event sources send, as JSON text, and its size. Shape: AWS Lambda developer guide, "Using Lambda with
// Amazon MSK" and "… self-managed Apache Kafka", example events. Header bytes are signed, as Java writes them.
import type { Mapping, SourceRecord } from './types.ts';

/** Lambda's synchronous payload: "6 MB" of the JSON, base64 and all. */
export const EVENT_BYTES_MAX = 6 * 1024 * 1024;

/** A record with its text in the event. */
export interface EventRecord {
  readonly record: SourceRecord;
  readonly text: string;
  /** UTF-8, with the comma after it. */
  readonly bytes: number;
}

export function eventRecord(topic: string, record: SourceRecord): EventRecord {
  const text = JSON.stringify({
    topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestampMs,
    timestampType: record.timestampType,
    ...(record.key === null ? {} : { key: base64(record.key) }),
    ...(record.value === null ? {} : { value: base64(record.value) }),
    headers: record.headers.map(({ name, value }) => ({ [name]: value === null ? null : [...new Int8Array(value)] })),
  });
  return { record, text, bytes: Buffer.byteLength(text) + 1 };
}

/** Bytes of an event without records, and of one more partition in it: `"topic-12":[],`. */
export function envelopeBytes(mapping: Mapping, servers: string): number {
  return Buffer.byteLength(eventText(mapping, servers, []));
}
export function partitionBytes(topic: string, partition: number): number {
  return Buffer.byteLength(`${JSON.stringify(`${topic}-${partition}`)}:[],`);
}

/** Grouped by partition, in the order given. */
export function eventText(mapping: Mapping, servers: string, records: readonly EventRecord[]): string {
  const byPartition = Map.groupBy(records, ({ record }) => record.partition);
  const lists = [...byPartition].map(
    ([partition, list]) => `${JSON.stringify(`${mapping.topic}-${partition}`)}:[${list.map(({ text }) => text).join(',')}]`,
  );
  const head =
    mapping.eventSourceArn === undefined
      ? { eventSource: 'SelfManagedKafka', bootstrapServers: mapping.bootstrapServers ?? servers }
      : { eventSource: 'aws:kafka', eventSourceArn: mapping.eventSourceArn, bootstrapServers: servers };
  return `${JSON.stringify(head).slice(0, -1)},"records":{${lists.join(',')}}}`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
