// What a comparison of generations makes of the records of one topic partition (plan-generation.ts, plan-late-generation.ts): counts, the first that
// nobody can tell, and what counts as covered, with the timestamps by which a later delivery of those offsets is told from another topic's. Pure.
import { LIMITS } from '../contract/limits.ts';
import type { InheritedPartition } from '../ledger/entries.ts';
import { RECORD } from '../ledger/match-generations.ts';
import { rangesOfOffsets } from '../ledger/ranges.ts';
import { rememberRuns, rememberTimestamps } from '../ledger/remember.ts';
import type { TopicTimestamps } from './read-topic-timestamps.ts';

export interface PartitionPlan {
  readonly landed: number;
  readonly fresh: number;
  readonly ambiguous: number;
  readonly doubt: { readonly partition: number; readonly offset: number } | undefined;
  readonly inherited: InheritedPartition | undefined;
}

/** What the verdicts on the records of a partition make of it. */
export function planPartition(
  partition: number,
  { offsets, timestampsMs }: Pick<TopicTimestamps, 'offsets' | 'timestampsMs'>,
  verdicts: Uint8Array,
): PartitionPlan {
  const landed = offsets.filter((_, i) => verdicts[i] === RECORD.landed);
  const doubtful = verdicts.indexOf(RECORD.ambiguous);
  const ambiguousCount = verdicts.reduce((sum, verdict) => sum + (verdict === RECORD.ambiguous ? 1 : 0), 0);
  const counts = { landed: landed.length, ambiguous: ambiguousCount, fresh: verdicts.length - landed.length - ambiguousCount };
  const doubt = doubtful < 0 ? undefined : { partition, offset: offsets[doubtful]! };
  if (landed.length === 0) return { ...counts, doubt, inherited: undefined };
  const times = timestampsMs.filter((_, i) => verdicts[i] === RECORD.landed);
  const edges = [...new Set([0, landed.length - 1])].map((i) => [landed[i]!, times[i]!] as const);
  return {
    ...counts,
    doubt,
    inherited: {
      partition,
      ranges: rangesOfOffsets(landed),
      edges: rememberTimestamps([], edges, LIMITS.rememberedTimestampsMax),
      filteredTimestamps: runsOf(landed, times),
    },
  };
}

/** Bounds by which a delivery of inherited offsets is told from another topic's: no row of this generation stands for them. */
function runsOf(offsets: Float64Array, timestampsMs: Float64Array): InheritedPartition['filteredTimestamps'] {
  const length = Math.ceil(offsets.length / LIMITS.rememberedRunsMax);
  const runs: [number, number, number, number][] = [];
  for (let i = 0; i < offsets.length; i++) {
    const [offset, ms] = [offsets[i]!, timestampsMs[i]!];
    const last = runs.at(-1);
    if (last && last[1] === offset && last[1] - last[0] < length) {
      last[1] = offset + 1;
      last[2] = Math.min(last[2], ms);
      last[3] = Math.max(last[3], ms);
    } else runs.push([offset, offset + 1, ms, ms]);
  }
  return rememberRuns([], runs, LIMITS.rememberedRunsMax);
}
