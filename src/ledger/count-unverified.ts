// How many offsets of a ledger are missing between two deliveries, over all sources: what recovery asks Kafka about, and an alarm watches.
import { countOffsets } from './ranges.ts';
import { type LedgerState, unverifiedOf } from './state.ts';

export function countUnverified(state: LedgerState): number {
  const partitions = [...state.sources.values()].flatMap((source) => [...source.partitions.values()]);
  return partitions.reduce((total, one) => total + countOffsets(unverifiedOf(one)), 0);
}
