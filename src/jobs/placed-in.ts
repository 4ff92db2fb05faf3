// The offsets the ledger places in a table at its end.
import { isQuarantineTable } from '../ledger/descriptor-codec.ts';
import type { LedgerState } from '../ledger/state.ts';
import { OffsetMap } from './offset-map.ts';

/** By source and partition; of the quarantine those of the class `quarantined`. */
export function placedIn(state: LedgerState, table: string): OffsetMap {
  const placed = new OffsetMap();
  for (const { sourceId, partitions } of state.sources.values()) {
    for (const partition of partitions.values()) {
      const ranges = isQuarantineTable(table) ? partition.quarantined : (partition.accepted.get(table) ?? []);
      placed.add({ sourceId, partition: partition.partition, ranges });
    }
  }
  return placed;
}
