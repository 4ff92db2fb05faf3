// The accounting of promise 1 per topic partition: covered = accepted + quarantined + filtered + absent, each offset in one class.
import { countOffsets, normalizeRanges } from '../ledger/ranges.ts';
import { type LedgerState, type PartitionState, unverifiedOf } from '../ledger/state.ts';
import { OffsetMap } from './offset-map.ts';
import type { SourceAudit } from './types.ts';

/** One line per source and partition. */
export function auditSources(state: LedgerState): SourceAudit[] {
  return [...state.sources.values()].flatMap(({ sourceId, partitions }) =>
    [...partitions.values()]
      .filter(({ covered }) => covered.length > 0)
      .sort((a, b) => a.partition - b.partition)
      .map((partition) => auditPartition(sourceId, partition)),
  );
}

function auditPartition(sourceId: string, partition: PartitionState): SourceAudit {
  const accepted = [...partition.accepted.values()].flat();
  const absent = [...partition.absent, ...partition.declared];
  const { covered, filtered, inherited, quarantined } = partition;
  const counts = {
    accepted: countOffsets(accepted),
    quarantined: countOffsets(quarantined),
    filtered: countOffsets(filtered),
    absent: countOffsets(absent),
  };
  const inheritedCount = countOffsets(inherited);
  const sum = counts.accepted + counts.quarantined + counts.filtered + counts.absent + inheritedCount;
  const distinct = countOffsets(normalizeRanges([...accepted, ...absent, ...filtered, ...inherited, ...quarantined]));
  return {
    sourceId,
    partition: partition.partition,
    start: partition.start,
    end: covered.at(-1)![1],
    covered: countOffsets(covered),
    counts,
    inherited: inheritedCount,
    isAccounted: sum === countOffsets(covered) && distinct === sum,
    unverified: OffsetMap.of([{ sourceId, partition: partition.partition, ranges: unverifiedOf(partition) }]).positions(),
  };
}
