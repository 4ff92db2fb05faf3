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

/** Groups a batch. Cost: one pass where records come by partition in order of offset, as every decoder hands them over; else a sort. */
export function groupRecords(records: KafkaRecords): GroupedRecords {
  const isRepeat = new Uint8Array(records.count);
  const runs = findRuns(records);
  const groups: RecordGroup[] = [];
  let repeated = 0;
  for (const { members, isAscending } of joinRuns(records, runs)) {
    const kept = isAscending ? members : withoutRepeats(records, members, isRepeat);
    repeated += members.length - kept.length;
    groups.push({ source: records.source[kept[0]!]!, partition: records.topicPartition[kept[0]!]!, records: kept });
  }
  return { groups, isRepeat, repeated };
}

/** Neighbours of one source and partition. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly isAscending: boolean;
}

function findRuns({ count, source, topicPartition, kafkaOffset }: KafkaRecords): Run[] {
  const runs: Run[] = [];
  let from = 0;
  let isAscending = true;
  for (let i = 1; i <= count; i++) {
    if (i < count && source[i] === source[from] && topicPartition[i] === topicPartition[from]) {
      if (kafkaOffset[i]! <= kafkaOffset[i - 1]!) isAscending = false;
      continue;
    }
    runs.push({ from, to: i, isAscending });
    from = i;
    isAscending = true;
  }
  return runs;
}

/** Records by source and partition, groups in the order of their first record. */
function joinRuns(records: KafkaRecords, runs: readonly Run[]): { readonly members: Uint32Array; readonly isAscending: boolean }[] {
  const byKey = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${records.source[run.from]} ${records.topicPartition[run.from]}`;
    const known = byKey.get(key);
    if (known) known.push(run);
    else byKey.set(key, [run]);
  }
  return [...byKey.values()].map((parts) => {
    const members = new Uint32Array(parts.reduce((sum, { from, to }) => sum + to - from, 0));
    let at = 0;
    for (const { from, to } of parts) for (let record = from; record < to; record++) members[at++] = record;
    return { members, isAscending: parts.length === 1 && parts[0]!.isAscending };
  });
}

/** In order of offset, of equal offsets the first of the batch. */
function withoutRepeats({ kafkaOffset }: KafkaRecords, members: Uint32Array, isRepeat: Uint8Array): Uint32Array {
  // Records ascend, so of equal offsets the smaller record is the first.
  const sorted = members.toSorted((a, b) => kafkaOffset[a]! - kafkaOffset[b]! || a - b);
  let kept = 0;
  for (const record of sorted) {
    if (kept > 0 && kafkaOffset[sorted[kept - 1]!] === kafkaOffset[record]) isRepeat[record] = 1;
    else sorted[kept++] = record;
  }
  return sorted.slice(0, kept);
}
