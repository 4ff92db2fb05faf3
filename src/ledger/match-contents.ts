// Which records that an older generation of a source delivers late landed under others (DESIGN §5.2, rule "generation inherits"), where both
// sides know what is in their rows. Pure; one topic partition at a time:
//   1. A record with a row is a landed one if as many rows of its timestamp and content landed as records of them are delivered, whatever
//      their order: rows that are equal are worth each other. As many of them as an earlier comparison may have given to records of that time
//      are not given again: nobody can tell whether a record that only they are left for landed.
//   2. A filtered record has no row. It is told by order, timestamps and the bounds kept of filtered ones (match-generations.ts), between the
//      rows that were told by content.
//   3. Another record is new if nothing landed at its time that found no partner; else nobody can tell: a rule may have judged the same
//      record otherwise, columns may have changed, rows may be gone.
// Cost: n log n; memory a few words per record.
import { type InexactRun, type LandedPartition, matchPartition, RECORD } from './match-generations.ts';
import { partitionPoint } from './partition-point.ts';

/** In place of a content: of a row nobody knows it; a filtered record has no row. Contents are larger. */
export const ROW = { unknown: -1, none: 0 } as const;

/** What is in a row, as two numbers: rows are equal if both are. */
export type RowContent = readonly [first: number, second: number];

interface Contents {
  readonly timestampsMs: Float64Array;
  /** The first number of the content of each row, or one of ROW. */
  readonly contents: Float64Array;
  /** The second numbers. */
  readonly contents2: Float64Array;
}

/** What landed, in order of place. */
export interface LandedContents extends LandedPartition, Contents {}

/** In order of offset. */
export interface DeliveredContents extends Contents {
  /** Records of the same source that an earlier comparison found landed, with bounds of their timestamps: each has a row of its own. */
  readonly before?: readonly InexactRun[];
}

/** By record: one of RECORD. */
export function matchContents(landed: LandedContents, delivered: DeliveredContents): Uint8Array {
  const verdicts = new Uint8Array(delivered.timestampsMs.length);
  const pairs = pairRows(landed, delivered);
  const { partner, isSure } = pairs;
  const isOpen = openTimes(landed, pairs);
  // Of filtered records, which have no partner, the last word is below.
  for (const [record, row] of partner.entries()) {
    if (row >= 0) verdicts[record] = isSure[record] === 1 ? RECORD.landed : RECORD.ambiguous;
    else verdicts[record] = isOpen(delivered.timestampsMs[record]!) ? RECORD.ambiguous : RECORD.fresh;
  }
  judgeFiltered({ landed, delivered, pairs }, verdicts);
  return verdicts;
}

interface Pairs {
  /** By record: the index of the landed row that is its own, -1 where there is none. Of equal ones the first have the first. */
  readonly partner: Int32Array;
  /** 1 where a record would have a row, too, if as many as may be those of earlier ones were not there. */
  readonly isSure: Uint8Array;
  /** By landed row: 1 where it is a record's own. */
  readonly isPaired: Uint8Array;
}

function pairRows(landed: LandedContents, delivered: DeliveredContents): Pairs {
  const partner = new Int32Array(delivered.timestampsMs.length).fill(-1);
  const isSure = new Uint8Array(delivered.timestampsMs.length);
  const isPaired = new Uint8Array(landed.timestampsMs.length);
  const rows = byTimeAndContent(landed);
  const records = byTimeAndContent(delivered);
  const takenAt = countTaken(delivered.before ?? []);
  for (let at = 0, next = 0; at < rows.length && next < records.length; ) {
    const order = compareKeys(landed, rows[at]!, delivered, records[next]!);
    if (order < 0) at++;
    else if (order > 0) next++;
    else {
      const [rowsEnd, recordsEnd] = [endOfEqual(landed, rows, at), endOfEqual(delivered, records, next)];
      const sureEnd = rowsEnd - takenAt(delivered.timestampsMs[records[next]!]!);
      for (; at < rowsEnd && next < recordsEnd; at++, next++) {
        partner[records[next]!] = rows[at]!;
        isPaired[rows[at]!] = 1;
        isSure[records[next]!] = at < sureEnd ? 1 : 0;
      }
    }
  }
  return { partner, isSure, isPaired };
}

function endOfEqual(all: Contents, order: Uint32Array, from: number): number {
  let end = from + 1;
  while (end < order.length && compareKeys(all, order[from]!, all, order[end]!) === 0) end++;
  return end;
}

/** How many records of some runs may have a timestamp. */
function countTaken(runs: readonly InexactRun[]): (timestampMs: number) => number {
  const begun = sumsBy(runs, ({ minMs }) => minMs);
  const over = sumsBy(runs, ({ maxMs }) => maxMs + 1);
  return (timestampMs) => begun(timestampMs) - over(timestampMs);
}

/** How many records are in runs of which a bound is not above a time. */
function sumsBy(runs: readonly InexactRun[], boundOf: (run: InexactRun) => number): (timestampMs: number) => number {
  const ascending = [...runs].sort((a, b) => boundOf(a) - boundOf(b));
  let sum = 0;
  const sums: number[] = [];
  for (const { start, end } of ascending) sums.push((sum += end - start));
  return (timestampMs) => sums[partitionPoint(ascending.length, (i) => boundOf(ascending[i]!) <= timestampMs) - 1] ?? 0;
}

/** Those with a row whose content is known, by timestamp, content and place. */
function byTimeAndContent(all: Contents): Uint32Array {
  return Uint32Array.from(all.timestampsMs.keys())
    .filter((i) => all.contents[i]! > ROW.none)
    .sort((a, b) => compareKeys(all, a, all, b) || a - b);
}

function compareKeys(a: Contents, i: number, b: Contents, j: number): number {
  return a.timestampsMs[i]! - b.timestampsMs[j]! || a.contents[i]! - b.contents[j]! || a.contents2[i]! - b.contents2[j]!;
}

/** Did something land at this time that may be a record without a partner: a row that is no other's, or one of which only bounds are known? */
function openTimes({ timestampsMs, inexact }: LandedContents, { isPaired }: Pairs): (timestampMs: number) => boolean {
  const exactMs = timestampsMs.filter((_, i) => isPaired[i] === 0).sort();
  const spans = mergeSpans(inexact);
  return (timestampMs) => {
    const at = partitionPoint(exactMs.length, (i) => exactMs[i]! <= timestampMs);
    const span = spans[partitionPoint(spans.length, (i) => spans[i]![0] <= timestampMs) - 1];
    return exactMs[at - 1] === timestampMs || (span !== undefined && timestampMs <= span[1]);
  };
}

type Span = readonly [minMs: number, maxMs: number];

/** The times of all runs, disjoint and ascending. */
function mergeSpans(runs: readonly InexactRun[]): Span[] {
  const merged: [number, number][] = [];
  for (const { minMs, maxMs } of [...runs].sort((a, b) => a.minMs - b.minMs)) {
    const last = merged.at(-1);
    if (last && minMs <= last[1]) last[1] = Math.max(last[1], maxMs);
    else merged.push([minMs, maxMs]);
  }
  return merged;
}

/** Filtered records among the filtered ones that landed. Pairs of rows have a time of their own, which no record has: they hold the order. */
function judgeFiltered(
  given: { readonly landed: LandedContents; readonly delivered: DeliveredContents; readonly pairs: Pairs },
  verdicts: Uint8Array,
): void {
  const { landed, delivered, pairs } = given;
  const { partner, isPaired } = pairs;
  const timeOfPair = (row: number): number => -(row + 1.5);
  const records = Uint32Array.from(verdicts.keys()).filter((i) => delivered.contents[i] === ROW.none || partner[i]! >= 0);
  const recordMs = Float64Array.from(records, (i) => (partner[i]! >= 0 ? timeOfPair(partner[i]!) : delivered.timestampsMs[i]!));
  const rows = Uint32Array.from(landed.places.keys()).filter((i) => landed.contents[i] === ROW.none || isPaired[i] === 1);
  const known: LandedPartition = {
    places: Float64Array.from(rows, (i) => landed.places[i]!),
    timestampsMs: Float64Array.from(rows, (i) => (isPaired[i] === 1 ? timeOfPair(i) : landed.timestampsMs[i]!)),
    inexact: landed.inexact.filter(({ isKnown }) => isKnown),
    gaps: landed.gaps,
  };
  const judged = matchPartition(known, recordMs).verdicts;
  for (const [i, record] of records.entries()) if (delivered.contents[record] === ROW.none) verdicts[record] = judged[i]!;
}
