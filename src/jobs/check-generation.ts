// Before anything of a new generation lands: may its records have landed under an older one (rule "generation inherits")? A topic that was
// made again holds only records younger than all that landed; a mirror holds the old ones too. Where a delivery is not younger, and
// nobody has compared the generations yet, its source is parked: `firn recover plan --kind generation` compares them. Pure.
import { type LedgerState, olderGenerations, type SourceState } from '../ledger/state.ts';
import type { TrimResult } from '../ledger/trim.ts';
import type { Descriptor, DescriptorSource } from '../ledger/types.ts';

/** The park of the first source that must be compared first; undefined where there is none. */
export function checkGenerations(state: LedgerState, descriptor: Descriptor): Extract<TrimResult, { kind: 'park' }> | undefined {
  for (const source of descriptor.sources) {
    if (state.sources.get(source.sourceId)?.isMapped) continue;
    const older = olderGenerations(state, source.sourceId);
    if (older.length === 0 || earliestOf(source) > latestOf(older)) continue;
    const message = `${source.sourceId} delivers records that are not younger than what landed under ${older.at(-1)!.sourceId}: they may be the same; compare the generations first`;
    return { kind: 'park', sourceId: source.sourceId, reason: 'generation-unmapped', message };
  }
  return undefined;
}

/** Smallest timestamp the descriptor tells. */
function earliestOf({ partitions }: DescriptorSource): number {
  const times = partitions.flatMap(({ edges, filteredTimestamps }) => [
    ...edges.map(([, ms]) => ms),
    ...filteredTimestamps.map(([, , ms]) => ms),
  ]);
  return times.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
}

/** Largest timestamp remembered of some sources. */
function latestOf(sources: readonly SourceState[]): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const { remembered, filteredRuns } of sources.flatMap(({ partitions }) => [...partitions.values()])) {
    for (const [, ms] of remembered) latest = Math.max(latest, ms);
    for (const [, , , ms] of filteredRuns) latest = Math.max(latest, ms);
  }
  return latest;
}
