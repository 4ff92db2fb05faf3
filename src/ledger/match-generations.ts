// Which records of a topic's new generation already landed under the older ones (DESIGN §5.2, rule "generation inherits"), told by
// timestamps and, because a mirror keeps the order of a partition, by order. Pure; one topic partition at a time:
//   1. A record whose timestamp a landed row has, in order, is that row: an anchor.
//   2. Records between two anchors are landed ones whose exact timestamp nobody knows any more (filtered, rows removed since), if the
//      ledger has such offsets there and their bounds fit; new, if the ledger has offsets there that never landed.
//   3. Behind the last anchor records are new, unless a landed timestamp that found no partner fits them.
// Whatever order and timestamps do not settle is `ambiguous`: to call it landed could lose it, to call it new could double it.
// Cost: n log n; memory a few words per record.
import { partitionPoint } from './partition-point.ts';
import { countOffsets, intersectRanges, type Ranges } from './ranges.ts';
import { ALL_TIMES } from './remember.ts';

/** Landed offsets whose exact timestamps are not known: [start, end) with bounds. `isKnown`: the bounds were kept for them. */
export interface InexactRun {
  readonly start: number;
  readonly end: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly isKnown: boolean;
}

/** What landed of a partition, in the order it had; places are offsets, of later generations behind those of earlier ones. */
export interface LandedPartition {
  /** Ascending places of rows with a known timestamp, and the timestamps. */
  readonly places: Float64Array;
  readonly timestampsMs: Float64Array;
  /** Ascending, disjoint, none of them in `places`. */
  readonly inexact: readonly InexactRun[];
  /** Places that never landed: before the beginning, absent, unverified. */
  readonly gaps: Ranges;
}

export const RECORD = { fresh: 0, landed: 1, ambiguous: 2 } as const;

export interface PartitionMatch {
  /** By record: one of RECORD. */
  readonly verdicts: Uint8Array;
  /** Timestamps of landed rows that no record is, ascending. */
  readonly unmatchedMs: Float64Array;
}

/** Verdicts for the records of one partition of the new generation, whose timestamps are in order of offset. */
export function matchPartition(landed: LandedPartition, timestampsMs: Float64Array): PartitionMatch {
  const verdicts = new Uint8Array(timestampsMs.length);
  const index = indexOf(landed.timestampsMs);
  const isMatched = new Uint8Array(landed.places.length);
  let from = 0;
  let next = 0;
  let between: number[] = [];
  const contested = new Set<number>();
  for (let record = 0; record < timestampsMs.length; record++) {
    const found = index.firstFrom(timestampsMs[record]!, next);
    if (found === undefined) {
      if (!index.has(timestampsMs[record]!) || isBehindAll(landed, { next, timestampMs: timestampsMs[record]! })) between.push(record);
      else contested.add(timestampsMs[record]!);
      continue;
    }
    verdicts[record] = RECORD.landed;
    isMatched[found] = 1;
    judgeBetween({ landed, timestampsMs, verdicts }, { from, to: landed.places[found]!, isTail: false }, between);
    between = [];
    from = landed.places[found]! + 1;
    next = found + 1;
  }
  judgeBetween({ landed, timestampsMs, verdicts }, { from, to: Number.MAX_SAFE_INTEGER, isTail: true }, between);
  contest(verdicts, timestampsMs, contested);
  return { verdicts, unmatchedMs: landed.timestampsMs.filter((_, i) => isMatched[i] === 0).sort() };
}

/** More records than rows, or another order: nobody can tell which of the records of such a timestamp landed, the first as little as the last. */
function contest(verdicts: Uint8Array, timestampsMs: Float64Array, contested: ReadonlySet<number>): void {
  for (const [record, ms] of timestampsMs.entries()) if (contested.has(ms)) verdicts[record] = RECORD.ambiguous;
}

/** Landed timestamps by value, then place. */
function indexOf(timestampsMs: Float64Array): {
  has(timestampMs: number): boolean;
  firstFrom(timestampMs: number, from: number): number | undefined;
} {
  const order = Uint32Array.from(timestampsMs, (_, i) => i).sort((a, b) => timestampsMs[a]! - timestampsMs[b]! || a - b);
  const firstFrom = (timestampMs: number, from: number): number | undefined => {
    const isBefore = (i: number): boolean => {
      const at = order[i]!;
      return timestampsMs[at]! < timestampMs || (timestampsMs[at] === timestampMs && at < from);
    };
    const at = order[partitionPoint(order.length, isBefore)];
    return at !== undefined && timestampsMs[at] === timestampMs ? at : undefined;
  };
  return { firstFrom, has: (timestampMs) => firstFrom(timestampMs, 0) !== undefined };
}

/**
 * More records than rows have the timestamp of the last row: they follow it, if all before them landed without a gap. Anywhere else
 * nobody can tell which of them it was.
 */
function isBehindAll(landed: LandedPartition, { next, timestampMs }: { readonly next: number; readonly timestampMs: number }): boolean {
  const { places, timestampsMs, gaps } = landed;
  if (next < places.length || timestampsMs.at(-1) !== timestampMs) return false;
  let first = places.length - 1;
  while (first > 0 && timestampsMs[first - 1] === timestampMs) first--;
  const from = first === 0 ? 0 : places[first - 1]! + 1;
  return intersectRanges([[from, places.at(-1)! + 1]], gaps).length === 0;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Nothing that landed follows: new records do. */
  readonly isTail: boolean;
}

function judgeBetween(
  given: { readonly landed: LandedPartition; readonly timestampsMs: Float64Array; readonly verdicts: Uint8Array },
  { from, to, isTail }: Stretch,
  records: readonly number[],
): void {
  if (records.length === 0) return;
  const { landed, timestampsMs, verdicts } = given;
  const runs = runsIn(landed.inexact, from, to);
  const gaps = countOffsets(intersectRanges([[from, to]], landed.gaps));
  const fitting = records.filter((record) =>
    runs.some(({ minMs, maxMs }) => minMs <= timestampsMs[record]! && timestampsMs[record]! <= maxMs),
  );
  const others = records.length - fitting.length;
  if (!isTail && others > gaps) {
    for (const record of records) verdicts[record] = RECORD.ambiguous;
    return;
  }
  const room = runs.reduce((sum, { start, end }) => sum + end - start, 0);
  // Whatever fits where nobody knows the bounds may be a landed record or a new one.
  const isBounded = runs.every(({ minMs }) => minMs > ALL_TIMES[0]);
  // Fewer than there is room for: the mirror lacks some, which only without gaps leaves no doubt what the others are.
  const isSettled =
    isBounded && (fitting.length === room || (fitting.length < room && (isTail ? runs.every(({ isKnown }) => isKnown) : gaps === 0)));
  for (const record of fitting) verdicts[record] = isSettled ? RECORD.landed : RECORD.ambiguous;
}

function runsIn(runs: readonly InexactRun[], from: number, to: number): InexactRun[] {
  const found: InexactRun[] = [];
  for (let i = partitionPoint(runs.length, (one) => runs[one]!.end <= from); i < runs.length && runs[i]!.start < to; i++) {
    found.push({ ...runs[i]!, start: Math.max(runs[i]!.start, from), end: Math.min(runs[i]!.end, to) });
  }
  return found;
}
