// A real cluster as the pollers see it: records by the project's own reader (committed ones only), offsets of groups by an admin client, for
// the pollers decide themselves which partition is whose. What may pass is asked again.
import { Admin, Consumer } from '@platformatic/kafka';
import type { KafkaRecord } from '../../../src/kafka-ports.ts';
import { makeKafkaReader } from '../../../src/local/kafka/reader.ts';
import { patiently } from '../patience.ts';
import type { KafkaSide, Slice, SourceRecord, StartPosition } from './types.ts';

export interface RealKafka extends KafkaSide {
  close(): Promise<void>;
}

/** Special timestamps of ListOffsets. */
const EARLIEST = -2n;
const LATEST = -1n;
const READ_COMMITTED = 1;

/** One client; a topic is described once, when it is first read. */
export function makeRealKafka(servers: string): RealKafka {
  const options = { clientId: 'event-source', groupId: 'event-source', bootstrapBrokers: servers.split(','), retries: 5, retryDelay: 200 };
  const reader = makeKafkaReader(options as never);
  const admin = new Admin(options);
  const consumer = new Consumer(options as never);
  for (const client of [admin, consumer]) client.on('error', () => undefined);
  return {
    servers,
    partitions: async (topic) => {
      const [described] = await patiently(() => reader.describe([topic]));
      return Array.from({ length: described!.partitions }, (_, partition) => partition);
    },
    committed: (group, topic) => patiently(() => committed(admin, group, topic)),
    commit: async (groupId, topic, next) => {
      const partitionOffsets = [...next].map(([partition, offset]) => ({ partition, offset: BigInt(offset) }));
      await patiently(() => admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionOffsets }] }));
    },
    startOf: (topic, partition, start) => patiently(() => startOf(consumer, { topic, partition, start })),
    read: async (topic, from, bounds) => {
      const wanted = [...from].map(([partition, offset]) => ({ source: { id: topic, topic }, partition, from: offset }));
      const slices = await patiently(() => reader.read(wanted, bounds));
      return slices.map((slice): Slice => {
        if (slice.kind !== 'records') throw new Error(`${topic}-${slice.partition} at ${slice.from}: ${slice.kind}`);
        return { partition: slice.partition, to: slice.to, records: slice.records.map(recordOf) };
      });
    },
    close: async () => {
      await reader.close();
      await admin.close();
      await consumer.close(true);
    },
  };
}

async function committed(admin: Admin, group: string, topic: string): Promise<ReadonlyMap<number, number>> {
  const groups = await admin.listConsumerGroupOffsets({ groups: [group] });
  const topics = groups.flatMap((one) => one.topics).filter(({ name }) => name === topic);
  const offsets = topics.flatMap(({ partitions }) => partitions).map((one) => [one.partitionIndex, Number(one.committedOffset)] as const);
  return new Map(offsets.filter(([, offset]) => offset >= 0));
}

async function startOf(
  consumer: Consumer,
  { topic, partition, start }: { readonly topic: string; readonly partition: number; readonly start: StartPosition },
): Promise<number> {
  const at = async (timestamp: bigint) => {
    const offsets = await consumer.listOffsets({
      topics: [topic],
      partitions: { [topic]: [partition] },
      timestamp,
      isolationLevel: READ_COMMITTED,
    });
    return Number(offsets.get(topic)?.[partition] ?? -1n);
  };
  if (start.kind === 'TRIM_HORIZON') return at(EARLIEST);
  const found = start.kind === 'AT_TIMESTAMP' ? await at(BigInt(start.timestampMs)) : -1;
  // Nothing is that young: from the end on.
  return found >= 0 ? found : at(LATEST);
}

function recordOf(record: KafkaRecord): SourceRecord {
  return {
    partition: record.topicPartition,
    offset: record.kafkaOffset,
    timestampMs: record.timestampMs,
    timestampType: record.timestampType === 0 ? 'CREATE_TIME' : 'LOG_APPEND_TIME',
    key: record.key,
    value: record.value,
    headers: record.headers ?? [],
  };
}
