// The timestamps of every committed record of some partitions of a topic, as Kafka has them now. Reads only; memory is 16 bytes a record
// and one answer of a fetch.
import { LIMITS } from '../contract/limits.ts';
import type { RecordSource } from '../decode/records.ts';
import { InputRefusedError, TransientIoError } from '../errors.ts';
import type { KafkaReader, PartitionEnds } from '../kafka-ports.ts';
import { TimestampLog } from './timestamp-log.ts';

export interface TopicTimestamps {
  readonly offsets: Float64Array;
  readonly timestampsMs: Float64Array;
  /** The broker stamped them when they were appended to this topic: they say nothing of where a record was before. */
  readonly isAppendTime: boolean;
}

export interface ReadTimestampsRequest {
  readonly reader: KafkaReader;
  readonly source: RecordSource;
  /** Up to where, by partition. */
  readonly ends: ReadonlyMap<number, PartitionEnds>;
}

/** By partition. Throws TransientIoError when Kafka stops answering, InputRefusedError when it will not give a partition. */
export async function readTopicTimestamps({ reader, source, ends }: ReadTimestampsRequest): Promise<ReadonlyMap<number, TopicTimestamps>> {
  const states = new Map(
    [...ends].map(([partition, { startOffset }]) => [partition, { from: startOffset, log: new TimestampLog(), isAppendTime: false }]),
  );
  const bounds = { bytesMax: LIMITS.fetchBytesMax, recordsMax: LIMITS.runUnitRecordsMax, waitMs: LIMITS.fetchWaitMs };
  let silent = 0;
  for (;;) {
    const open = [...states].filter(([partition, { from }]) => from < ends.get(partition)!.endOffset);
    if (open.length === 0) break;
    const slices = await reader.read(
      open.map(([partition, { from }]) => ({ source, partition, from })),
      bounds,
    );
    for (const slice of slices) {
      const state = states.get(slice.partition)!;
      if (slice.kind !== 'records') throw refused(source, slice);
      for (const record of slice.records) {
        if (record.kafkaOffset >= state.from) state.log.add(record.kafkaOffset, record.timestampMs);
        state.isAppendTime ||= record.timestampType === 1;
      }
      if (slice.to > state.from) silent = 0;
      state.from = Math.max(state.from, slice.to);
    }
    silent++;
    if (silent > LIMITS.resolveReadsMax) {
      throw new TransientIoError(`Kafka gave nothing of ${source.id} in ${LIMITS.resolveReadsMax} reads; it is tried again`, {
        code: 'kafka-silent',
        details: { sourceId: source.id, attempts: LIMITS.resolveReadsMax },
      });
    }
  }
  return new Map([...states].map(([partition, { log, isAppendTime }]) => [partition, { ...log.finish(), isAppendTime }]));
}

function refused(
  source: RecordSource,
  slice: { readonly kind: string; readonly partition: number; readonly message?: string },
): InputRefusedError {
  const why = slice.message ?? (slice.kind === 'out-of-range' ? 'its log was cut while it was read' : 'the topic was made again meanwhile');
  return new InputRefusedError(`${source.id} partition ${slice.partition} cannot be read: ${why}; try again`, {
    code: 'kafka-unreadable',
    details: { sourceId: source.id, topicPartition: slice.partition },
  });
}
