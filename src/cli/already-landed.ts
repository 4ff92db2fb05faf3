// A batch that landed before, known without writing anything: every offset covered by a record, and what the ledger remembers of
// timestamps vouches for all of them, by the rule by which it drops a duplicate (compare.ts). A batch that does not pass goes the whole
// way, where rows are read, and whatever is odd about it (a recreated topic) is found there.
import type { KafkaRecords } from '../decode/records.ts';
import { placeKey } from '../jobs/offset-map.ts';
import { compareTimestamps } from '../ledger/compare.ts';
import { rangesOfUnordered, subtractRanges, unionRanges } from '../ledger/ranges.ts';
import { classedOf, type LedgerState, type PartitionState } from '../ledger/state.ts';

interface Told {
  readonly known: PartitionState;
  readonly timestamps: Map<number, number>;
}

/** Is every record of the batch surely a duplicate? Cost: one pass over the records, and a sort of a partition's offsets. */
export function isAlreadyLanded(state: LedgerState, records: KafkaRecords): boolean {
  const partitions = new Map<string, Told>();
  for (let i = 0; i < records.count; i++) {
    const sourceId = records.sources[records.source[i]!]!.id;
    const place = placeKey({ sourceId, partition: records.topicPartition[i]! });
    let told = partitions.get(place);
    if (told === undefined) {
      const source = state.sources.get(sourceId);
      const known = source?.partitions.get(records.topicPartition[i]!);
      if (known === undefined || source?.parked) return false;
      told = { known, timestamps: new Map() };
      partitions.set(place, told);
    }
    const offset = records.kafkaOffset[i]!;
    const timestampMs = records.timestampMs[i]!;
    if ((told.timestamps.get(offset) ?? timestampMs) !== timestampMs) return false;
    told.timestamps.set(offset, timestampMs);
  }
  return [...partitions.values()].every(isLanded);
}

/** A record where none was to be is no duplicate; where the class of an offset is in a segment alone, the whole way restores it. */
function isLanded({ known, timestamps }: Told): boolean {
  const offsets = rangesOfUnordered(timestamps.keys());
  const withoutRecord = unionRanges(unionRanges(known.absent, known.declared), known.inherited);
  if (subtractRanges(offsets, subtractRanges(classedOf(known), withoutRecord)).length > 0) return false;
  const { partition } = known;
  const delivery = { partition, accepted: {}, quarantined: [], filtered: [], absent: [], edges: [], filteredTimestamps: [] };
  return compareTimestamps(known, delivery, { offsets, evidence: { delivered: timestamps } }).agreement === 'agree';
}
