// What is remembered of timestamps, within bounds: the (offset, timestamp) of first and last records of deliveries, and runs of
// filtered offsets. They tell a duplicate from a recreated topic (DESIGN §5.2), so forgetting one is safe (another is looked up)
// but inventing one is not: exact timestamps are only dropped, runs are only widened. The newest of each always stays: a bound below one
// counts as one. What was dropped stays within the span of all that was ever told, by which generations are told apart.
import type { PartitionTimestamps } from './types.ts';

type Timestamp = readonly [offset: number, timestampMs: number];
type Run = readonly [start: number, end: number, minMs: number, maxMs: number];

/** The smallest and the largest timestamp of some records. */
export type TimeSpan = readonly [minMs: number, maxMs: number];

/** Of records of which nobody knows any more: any time may have been theirs. */
export const ALL_TIMES: TimeSpan = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/** The span of two; undefined while neither is known. */
export function joinSpans(a: TimeSpan | undefined, b: TimeSpan | undefined): TimeSpan | undefined {
  return a && b ? [Math.min(a[0], b[0]), Math.max(a[1], b[1])] : (a ?? b);
}

/** The span with some more timestamps in it; undefined while none was ever told. */
export function growSpan(
  known: TimeSpan | undefined,
  told: Pick<PartitionTimestamps, 'edges' | 'filteredTimestamps'>,
): TimeSpan | undefined {
  let [minMs, maxMs] = known ?? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [, ms] of told.edges) [minMs, maxMs] = [Math.min(minMs, ms), Math.max(maxMs, ms)];
  for (const [, , least, most] of told.filteredTimestamps) [minMs, maxMs] = [Math.min(minMs, least), Math.max(maxMs, most)];
  return minMs <= maxMs ? [minMs, maxMs] : undefined;
}

/** Adds timestamps in order of offset; above the bound every second one of the older half of the offsets is forgotten. */
export function rememberTimestamps(known: readonly Timestamp[], fresh: readonly Timestamp[], countMax: number): readonly Timestamp[] {
  if (fresh.length === 0) return known;
  const byOffset = new Map([...known, ...fresh]);
  let kept = [...byOffset].sort((a, b) => a[0] - b[0]);
  while (kept.length > Math.max(1, countMax)) {
    const half = Math.max(2, kept.length >>> 1);
    const stays = half === kept.length ? 1 : 0;
    kept = kept.filter((_, i) => i >= half || i % 2 === stays);
  }
  return kept;
}

/** Adds runs in order; above the bound neighbours of the older half become one run that spans both. */
export function rememberRuns(known: readonly Run[], fresh: readonly Run[], countMax: number): readonly Run[] {
  if (fresh.length === 0) return known;
  let kept = [...known, ...fresh].sort((a, b) => a[0] - b[0]);
  while (kept.length > Math.max(1, countMax)) {
    const half = Math.max(2, kept.length >>> 1);
    const merged: Run[] = [];
    for (let i = 0; i < half; i += 2) merged.push(i + 1 < half ? spanRuns(kept[i]!, kept[i + 1]!) : kept[i]!);
    kept = [...merged, ...kept.slice(half)];
  }
  return kept;
}

/** A run that says of every filtered offset in either what both say: its timestamp is within the bounds. */
export function spanRuns(a: Run, b: Run): Run {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.max(a[3], b[3])];
}
