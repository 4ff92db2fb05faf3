// A batch that landed before, known without writing anything: every offset covered by a record, and in each partition a remembered
// timestamp compared, all agreeing. That is the very rule by which the ledger drops a duplicate (DESIGN §5.2); a batch that
// does not pass goes the whole way, and whatever is odd about it (a recreated topic) is found there.
import type { KafkaRecords } from '../decode/records.ts';
import { containsOffset } from '../ledger/ranges.ts';
import type { LedgerState, PartitionState } from '../ledger/state.ts';

/** Is every record of the batch surely a duplicate? Cost: a binary search for each record. */
export function isAlreadyLanded(state: LedgerState, records: KafkaRecords): boolean {
  const partitions = new Map<
    string,
    { readonly known: PartitionState; readonly remembered: ReadonlyMap<number, number>; compared: number }
  >();
  for (let i = 0; i < records.count; i++) {
    const sourceId = records.sources[records.source[i]!]!.id;
    const place = `${records.topicPartition[i]} ${sourceId}`;
    let partition = partitions.get(place);
    if (partition === undefined) {
      const source = state.sources.get(sourceId);
      const known = source?.partitions.get(records.topicPartition[i]!);
      if (known === undefined || source?.parked) return false;
      partition = { known, remembered: new Map(known.remembered), compared: 0 };
      partitions.set(place, partition);
    }
    const offset = records.kafkaOffset[i]!;
    if (!isCoveredByRecord(partition.known, offset)) return false;
    const remembered = partition.remembered.get(offset);
    if (remembered === undefined) continue;
    if (remembered !== records.timestampMs[i]) return false;
    partition.compared++;
  }
  return [...partitions.values()].every(({ compared }) => compared > 0);
}

/** A record where none was to be is no duplicate. */
function isCoveredByRecord({ covered, absent, declared, inherited }: PartitionState, offset: number): boolean {
  return containsOffset(covered, offset) && ![absent, declared, inherited].some((ranges) => containsOffset(ranges, offset));
}
