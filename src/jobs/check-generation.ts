// Before anything of a generation lands: may its records have landed under another one (rule "generation inherits")? Pure.
//   - A new generation: a topic that was made again holds only records younger than all that landed; a mirror holds the old ones too. Where a
//     delivery is not younger, and nobody has compared the generations yet, its source is parked.
//   - An older one that delivers more after a newer one has begun: what is older than all the newer one holds is of the topic before it, if the
//     newer one inherits nothing and has landed the beginning of the same partitions, in which a mirror keeps the order. Anything else may
//     be in a mirror, landed or on its way: its source is parked, so that it is neither dropped nor in the table twice.
// `firn recover plan --kind generation` compares them. What a person then takes for new lands; what comes later is compared in its turn.
import { newerGenerations, olderGenerations } from '../ledger/generations.ts';
import { subtractRanges, unionRanges } from '../ledger/ranges.ts';
import { deliveredOf, type LedgerState, type PartitionState, type SourceState } from '../ledger/state.ts';
import type { TrimResult } from '../ledger/trim.ts';
import type { Descriptor, DescriptorSource } from '../ledger/types.ts';

type Parked = Extract<TrimResult, { kind: 'park' }>;

/** The park of the first source that must be compared first; undefined where there is none. */
export function checkGenerations(state: LedgerState, descriptor: Descriptor): Parked | undefined {
  for (const source of descriptor.sources) {
    const parked = checkNew(state, source) ?? checkLate(state, source);
    if (parked) return parked;
  }
  return undefined;
}

function checkNew(state: LedgerState, source: DescriptorSource): Parked | undefined {
  if (state.sources.get(source.sourceId)?.isMapped) return undefined;
  const older = olderGenerations(state, source.sourceId);
  if (older.length === 0 || earliestOf(timesOf(source)) > latestOf(older.flatMap(timesKnownOf))) return undefined;
  return park(
    source.sourceId,
    `delivers records that are not younger than what landed under ${older.at(-1)!.sourceId}: they may be the same; compare the generations first`,
  );
}

function checkLate(state: LedgerState, source: DescriptorSource): Parked | undefined {
  const newer = newerGenerations(state, source.sourceId);
  const newest = newer.at(-1)?.sourceId;
  const known = state.sources.get(source.sourceId);
  const besides = known?.besides?.newest === newest ? known?.besides : undefined;
  if (newest === undefined || (besides && !besides.compared)) return undefined;
  // Offsets without a record are in no other generation.
  const fresh = source.partitions.filter((one) => {
    const covered = unionRanges(known?.partitions.get(one.partition)?.covered ?? [], one.absent);
    const compared = besides?.compared?.find(({ partition }) => partition === one.partition)?.ranges ?? [];
    return subtractRanges(deliveredOf(one), unionRanges(covered, compared)).length > 0;
  });
  const isTold = newer.every((one) => !isMirror(one) && fresh.every(({ partition }) => hasBegun(one.partitions.get(partition))));
  if (fresh.length === 0 || (isTold && latestOf(timesOf(source)) < earliestOf(newer.flatMap(timesKnownOf)))) return undefined;
  return park(
    source.sourceId,
    `delivers more after ${newest} has begun: its records may be there, too; stop what reads the older generation, then compare the generations`,
  );
}

/** Did records of it land under an older generation? */
function isMirror({ partitions }: SourceState): boolean {
  return [...partitions.values()].some(({ inherited, archived }) => inherited.length > 0 || archived.inherited > 0);
}

/** Has it landed a record, and are its first offsets covered? What comes before its first record may come yet. */
function hasBegun(known: PartitionState | undefined): boolean {
  return known?.spanMs !== undefined && known.covered[0]?.[0] === 0;
}

function park(sourceId: string, what: string): Parked {
  return { kind: 'park', sourceId, reason: 'generation-unmapped', message: `${sourceId} ${what}` };
}

/** Timestamps that the descriptor tells of a source. */
function timesOf({ partitions }: DescriptorSource): number[] {
  return partitions.flatMap(({ edges, filteredTimestamps }) => [
    ...edges.map(([, ms]) => ms),
    ...filteredTimestamps.flatMap(([, , minMs, maxMs]) => [minMs, maxMs]),
  ]);
}

/** Smallest and largest timestamp of each partition of a source. */
function timesKnownOf({ partitions }: SourceState): number[] {
  return [...partitions.values()].flatMap(({ spanMs }) => spanMs ?? []);
}

function earliestOf(times: readonly number[]): number {
  return times.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
}

function latestOf(times: readonly number[]): number {
  return times.reduce((most, ms) => Math.max(most, ms), Number.NEGATIVE_INFINITY);
}
