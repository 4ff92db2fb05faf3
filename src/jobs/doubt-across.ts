// Partitions of a new generation are compared in groups that fit in memory, and a record that landed in a partition of another group has
// the timestamp of a row that nothing there is: so new records of one group are doubted where their times overlap those of another
// group's unmatched rows. A topic that was made again, or a mirror that lost its beginning, has only younger new records. Pure.
import { type PartitionMatch, RECORD } from '../ledger/match-generations.ts';
import type { TopicTimestamps } from './read-topic-timestamps.ts';

export interface Span {
  readonly minMs: number;
  readonly maxMs: number;
}

/** What remains of a group when it was compared by itself. */
export interface GroupTimes {
  /** Records that count as new: how many, from when to when, and the first of them. */
  readonly fresh: { readonly count: number; readonly span: Span; readonly first: { readonly partition: number; readonly offset: number } };
  /** Timestamps of landed rows that no record of the group is. */
  readonly unmatched: Span;
}

/** Spans no time; grown by `grow`. */
export const NO_SPAN: Span = { minMs: Number.POSITIVE_INFINITY, maxMs: Number.NEGATIVE_INFINITY };

/** The span with one more time. */
export function grow({ minMs, maxMs }: Span, ms: number): Span {
  return { minMs: Math.min(minMs, ms), maxMs: Math.max(maxMs, ms) };
}

/** The groups whose new records may have landed in a partition of another group. Cost: groups squared. */
export function doubtAcross(groups: readonly GroupTimes[]): GroupTimes[] {
  return groups.filter(
    (group) => group.fresh.count > 0 && groups.some((other) => other !== group && overlap(group.fresh.span, other.unmatched)),
  );
}

/** The new records of a group, by partition. */
export function freshOf(
  delivered: ReadonlyMap<number, TopicTimestamps>,
  matches: ReadonlyMap<number, PartitionMatch>,
): GroupTimes['fresh'] {
  let fresh: GroupTimes['fresh'] = { count: 0, span: NO_SPAN, first: { partition: 0, offset: 0 } };
  for (const [partition, { verdicts }] of matches) {
    const { offsets, timestampsMs } = delivered.get(partition)!;
    for (const [i, verdict] of verdicts.entries()) {
      if (verdict !== RECORD.fresh) continue;
      const first = fresh.count === 0 ? { partition, offset: offsets[i]! } : fresh.first;
      fresh = { count: fresh.count + 1, span: grow(fresh.span, timestampsMs[i]!), first };
    }
  }
  return fresh;
}

function overlap(a: Span, b: Span): boolean {
  return a.minMs <= b.maxMs && b.minMs <= a.maxMs;
}
