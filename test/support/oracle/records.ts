// Values → KafkaRecords of one partition, for tests of the pipeline.
import { packRecords } from '../../../src/decode/pack-records.ts';
import type { KafkaRecords } from '../../../src/decode/records.ts';

const SOURCE = { id: 'main/events/1', topic: 'events' };

export function recordsOf(
  values: readonly (Uint8Array | string | null)[],
  options: { readonly timestampMs?: number; readonly inArena?: boolean } = {},
): KafkaRecords {
  return packRecords(
    values.map((value, kafkaOffset) => ({
      source: SOURCE,
      topicPartition: 0,
      kafkaOffset,
      timestampMs: options.timestampMs ?? 0,
      timestampType: 0,
      key: null,
      value: typeof value === 'string' ? Buffer.from(value) : value,
      headers: undefined,
    })),
    { inArena: options.inArena === true },
  );
}
