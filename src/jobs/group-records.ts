// A batch's records by source and topic partition, in order of offset, each offset once: what becomes one partition of a
// descriptor. A record that occurs twice in a batch is taken the first time; Kafka offsets are unique, so the second is the same.
import type { KafkaRecords } from '../decode/records.ts';

export interface RecordGroup {
  /** Index into `records.sources`. */
  readonly source: number;
  readonly partition: number;
  /** Records in strictly ascending order of offset. */
  readonly records: Uint32Array;
}

export interface GroupedRecords {
  readonly groups: readonly RecordGroup[];
  /** 1 for a record whose offset an earlier one of the batch has. */
  readonly isRepeat: Uint8Array;
  readonly repeated: number;
}

/** Groups a batch. Cost: one pass; a sort only where offsets do not ascend. */
export function groupRecords(records: KafkaRecords): GroupedRecords {
  const byKey = new Map<string, number[]>();
  for (let i = 0; i < records.count; i++) {
    const key = `${records.source[i]} ${records.topicPartition[i]}`;
    const known = byKey.get(key);
    if (known) known.push(i);
    else byKey.set(key, [i]);
  }
  const isRepeat = new Uint8Array(records.count);
  let repeated = 0;
  const groups: RecordGroup[] = [];
  for (const members of byKey.values()) {
    const kept: number[] = [];
    // The sort is stable: of equal offsets the first in the batch comes first.
    for (const record of members.sort((a, b) => records.kafkaOffset[a]! - records.kafkaOffset[b]!)) {
      const before = kept.at(-1);
      if (before !== undefined && records.kafkaOffset[before] === records.kafkaOffset[record]) {
        isRepeat[record] = 1;
        repeated++;
      } else kept.push(record);
    }
    groups.push({ source: records.source[kept[0]!]!, partition: records.topicPartition[kept[0]!]!, records: Uint32Array.from(kept) });
  }
  return { groups, isRepeat, repeated };
}
