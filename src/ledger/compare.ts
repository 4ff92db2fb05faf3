// Tells a duplicate from a recreated topic (DESIGN §5.2): do the Kafka timestamps of a delivery agree with those the ledger knows
// at the same offsets? Compared are exact timestamps (first and last records of deliveries, rows of data files) and, of filtered
// and inherited records, which have no row of this source, the smallest and largest timestamp of their run. One disagreement outweighs any
// agreement. Records of a recreated topic may have landed where nothing was covered, beside those of the old one: a delivery that spans
// both agrees with the former. So an offset with a row counts as compared by its own timestamp, or by the nearest remembered one on
// either side if both agree: of a landing those of its first and last record are remembered, and what lies between is of their topic.
import {
  containsOffset,
  intersectRanges,
  normalizeRanges,
  type Ranges,
  rangesOfOffsets,
  rangesOfUnordered,
  subtractRanges,
  unionRanges,
} from './ranges.ts';
import type { PartitionState } from './state.ts';
import type { DescriptorPartition } from './types.ts';

/** `partly-compared`: nothing disagrees, but rows of the delivery or of the tables would tell more. */
export type Agreement = 'agree' | 'disagree' | 'nothing-compared' | 'partly-compared';

export interface Comparison {
  readonly agreement: Agreement;
  /** Offsets that rows would tell more about. */
  readonly open: Ranges;
}

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
): Comparison {
  const { offsets, evidence } = options;
  const delivered = new Map([...(evidence.delivered ?? []), ...delivery.edges]);
  const remembered = new Map([...(evidence.stored ?? []), ...known.remembered]);
  const rowless = rowlessOf(known);
  const exactly = new Set<number>();
  const within = new Set<number>();
  for (const [offset, timestampMs] of delivered) {
    if (!containsOffset(offsets, offset)) continue;
    const exact = remembered.get(offset);
    if (exact !== undefined && exact !== timestampMs) return DISAGREE;
    const isInRun = containsOffset(rowless, offset) ? isWithin(known.filteredRuns, offset, timestampMs) : undefined;
    if (isInRun === false) return DISAGREE;
    if (exact !== undefined) exactly.add(offset);
    else if (isInRun) within.add(offset);
  }
  for (const [offset, timestampMs] of remembered) {
    if (!containsOffset(offsets, offset) || !containsOffset(delivery.filtered, offset)) continue;
    const isInRun = isWithin(delivery.filteredTimestamps, offset, timestampMs);
    if (isInRun === false) return DISAGREE;
    if (isInRun) within.add(offset);
  }
  const runs = compareRuns(known, delivery, offsets);
  if (runs === 'disagree') return DISAGREE;
  if (exactly.size + within.size === 0 && runs === 'nothing-compared') return { agreement: 'nothing-compared', open: offsets };
  const told = rangesOfUnordered(delivered.keys());
  const untold = subtractRanges(subtractRanges(offsets, delivery.filtered), told);
  const runsAt = normalizeRanges(known.filteredRuns.map(([start, end]) => [start, end]));
  const open = unionRanges(openRows(known, { offsets, exactly, within }), intersectRanges(intersectRanges(untold, rowless), runsAt));
  return open.length > 0 ? { agreement: 'partly-compared', open } : { agreement: 'agree', open };
}

const DISAGREE: Comparison = { agreement: 'disagree', open: [] };

/** Rule "each landing compared": offsets with a row or a remembered timestamp that neither their own nor both remembered ones around them vouch for. */
function openRows(
  known: PartitionState,
  { offsets, exactly, within }: { readonly offsets: Ranges; readonly exactly: ReadonlySet<number>; readonly within: ReadonlySet<number> },
): Ranges {
  const marks = Float64Array.from(known.remembered, ([offset]) => offset).sort();
  const spans: [number, number][] = [];
  for (let i = 1; i < marks.length; i++) {
    if (exactly.has(marks[i - 1]!) && exactly.has(marks[i]!)) spans.push([marks[i - 1]!, marks[i]! + 1]);
  }
  const alone = rangesOfUnordered(new Set([...exactly, ...within]));
  const unknown = subtractRanges(rowlessOf(known), rangesOfOffsets(marks));
  return subtractRanges(subtractRanges(offsets, unknown), unionRanges(normalizeRanges(spans), alone));
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
