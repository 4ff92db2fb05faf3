// Tells a duplicate from a recreated topic (DESIGN §5.2): do the Kafka timestamps of a delivery agree with those the ledger knows
// at the same offsets? Compared are exact timestamps (first and last records of deliveries, rows of data files) and, of filtered
// and inherited records, which have no row of this source, the smallest and largest timestamp of their run. One disagreement outweighs any agreement. Records of
// a recreated topic may have landed where nothing was covered, beside those of the old one: a delivery that spans both agrees with
// the former, so every timestamp the ledger knows in the overlap is compared before the delivery is called a duplicate.
import { containsOffset, countOffsets, intersectRanges, type Ranges, rangesOfOffsets, subtractRanges, unionRanges } from './ranges.ts';
import type { PartitionState } from './state.ts';
import type { DescriptorPartition } from './types.ts';

/** `partly-compared`: nothing disagrees, but the ledger knows more timestamps than the delivery shows without reading its rows. */
export type Agreement = 'agree' | 'disagree' | 'nothing-compared' | 'partly-compared';

/** Exact timestamps beyond those remembered, by offset: of the delivery's own rows, of rows the tables hold. */
export interface TimestampEvidence {
  readonly delivered?: ReadonlyMap<number, number>;
  readonly stored?: ReadonlyMap<number, number>;
}

type Run = readonly [start: number, end: number, minMs: number, maxMs: number];

/** Compares a delivery with the ledger on `offsets`, which both say hold a record. */
export function compareTimestamps(
  known: PartitionState,
  delivery: DescriptorPartition,
  options: { readonly offsets: Ranges; readonly evidence: TimestampEvidence },
): Agreement {
  const { offsets, evidence } = options;
  const delivered = new Map([...(evidence.delivered ?? []), ...delivery.edges]);
  const remembered = new Map([...(evidence.stored ?? []), ...known.remembered]);
  const rowless = rowlessOf(known);
  let compared = 0;
  for (const [offset, timestampMs] of delivered) {
    if (!containsOffset(offsets, offset)) continue;
    const exact = remembered.get(offset);
    if (exact !== undefined && exact !== timestampMs) return 'disagree';
    const within = containsOffset(rowless, offset) ? isWithin(known.filteredRuns, offset, timestampMs) : undefined;
    if (within === false) return 'disagree';
    if (exact !== undefined || within === true) compared++;
  }
  for (const [offset, timestampMs] of remembered) {
    if (!containsOffset(offsets, offset) || !containsOffset(delivery.filtered, offset)) continue;
    const within = isWithin(delivery.filteredTimestamps, offset, timestampMs);
    if (within === false) return 'disagree';
    if (within === true) compared++;
  }
  const runs = compareRuns(known, delivery, offsets);
  if (runs === 'disagree') return runs;
  if (compared === 0 && runs === 'nothing-compared') return runs;
  return isMoreKnown(known, delivery, { offsets, delivered }) ? 'partly-compared' : 'agree';
}

/** Does the ledger know a timestamp at an offset of which the delivery has not told its own? */
function isMoreKnown(
  known: PartitionState,
  delivery: DescriptorPartition,
  { offsets, delivered }: { readonly offsets: Ranges; readonly delivered: ReadonlyMap<number, number> },
): boolean {
  const told = rangesOfOffsets(Float64Array.from(delivered.keys()).sort());
  const untold = subtractRanges(subtractRanges(offsets, delivery.filtered), told);
  if (known.remembered.some(([offset]) => containsOffset(untold, offset))) return true;
  const filtered = intersectRanges(untold, rowlessOf(known));
  return known.filteredRuns.some(([start, end]) => countOffsets(intersectRanges(filtered, [[start, end]])) > 0);
}

/** Offsets of records without a row under this source: their timestamps are in runs. */
function rowlessOf({ filtered, inherited }: PartitionState): Ranges {
  return unionRanges(filtered, inherited);
}

/** Is the timestamp within a run that names the offset? Undefined when no run names it. */
function isWithin(runs: readonly Run[], offset: number, timestampMs: number): boolean | undefined {
  let named = false;
  for (const [start, end, minMs, maxMs] of runs) {
    if (offset < start || offset >= end) continue;
    if (minMs <= timestampMs && timestampMs <= maxMs) return true;
    named = true;
  }
  return named ? false : undefined;
}

/** Offsets filtered on both sides: their runs must be able to hold the same timestamp. */
function compareRuns(known: PartitionState, delivery: DescriptorPartition, offsets: Ranges): Agreement {
  const both = intersectRanges(offsets, intersectRanges(rowlessOf(known), delivery.filtered));
  let result: Agreement = 'nothing-compared';
  for (const [start, end, minMs, maxMs] of delivery.filteredTimestamps) {
    for (const shared of intersectRanges(both, [[start, end]])) {
      const runs = known.filteredRuns.filter((run) => run[0] < shared[1] && shared[0] < run[1]);
      if (runs.length === 0) continue;
      if (!runs.some((run) => run[2] <= maxMs && minMs <= run[3])) return 'disagree';
      result = 'agree';
    }
  }
  return result;
}
