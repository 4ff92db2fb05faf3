// Plans how an older generation goes on that delivered more after a newer one had begun, and was parked for it (check-generation.ts): its staged
// records are compared with what landed under the newer generations, by timestamp and by what is in their rows. Those that landed there count
// as covered and are not landed again. One that has not landed there may still be on its way through the mirror, and where contents cannot be
// compared nobody can tell: it is refused, until the newer generation has landed it or a person takes it for new. A generation that nobody has
// compared with its own older ones is compared with those, too. Reads only: staged descriptors, the tables, the ledger. In groups of
// partitions, so that memory has a bound (promise 10).
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import type { GenerationMapping, InheritedPartition, PartitionRanges } from '../ledger/entries.ts';
import { newerGenerations, olderGenerations } from '../ledger/generations.ts';
import { matchContents, ROW } from '../ledger/match-contents.ts';
import { RECORD } from '../ledger/match-generations.ts';
import { partitionPoint } from '../ledger/partition-point.ts';
import { countOffsets, rangesOfOffsets } from '../ledger/ranges.ts';
import { rememberRuns } from '../ledger/remember.ts';
import type { SourceState } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { loadWholeLedger } from './class-segments.ts';
import { groupPartitions } from './group-partitions.ts';
import { inheritedBounds, landedTimestamps } from './landed-timestamps.ts';
import type { GenerationPlan } from './plan-generation.ts';
import { planPartition } from './plan-partition.ts';
import { type FilteredRun, type StagedRecords, stagedRecords } from './staged-records.ts';
import type { FinishedLog } from './timestamp-log.ts';

export interface PlanLateRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly sourceId: string;
  /** A person takes what has not landed under a newer generation for new: it may land a second time. */
  readonly isAccepted: boolean;
}

/**
 * The plan; undefined when the source is not parked for this. Throws InputRefusedError `generation-ambiguous` where a record is under no newer
 * generation, and `generation-refused` where its staged files cannot be read.
 */
export async function planLateGeneration(request: PlanLateRequest): Promise<GenerationPlan | undefined> {
  const { ports, contractName, sourceId, isAccepted } = request;
  const ledger = await loadWholeLedger({ ports, contractName });
  const source = ledger.state.sources.get(sourceId);
  const newer = newerGenerations(ledger.state, sourceId);
  if (source?.parked?.reason !== 'generation-unmapped' || newer.length === 0) return undefined;
  const others = source.isMapped ? newer : [...olderGenerations(ledger.state, sourceId), ...newer];
  const delivered = await stagedRecords({ ...request, withContents: true }, ledger.state, source);
  const tally = { landed: 0, fresh: 0, ambiguous: 0 };
  const inherited: InheritedPartition[] = [];
  const compared: PartitionRanges[] = [];
  let doubt: Doubt | undefined;
  for (const group of groupsOf(sourceId, delivered, others)) {
    const logs = new Map(group.map((partition) => [partition, delivered.get(partition)!.log.finish()]));
    const isWanted = timesOfRows(logs);
    const landed = await landedTimestamps({ ports, contractName, ledger, sources: others, partitions: new Set(group), isWanted });
    for (const [partition, records] of logs) {
      const own = source.partitions.get(partition);
      const verdicts = matchContents(landed.get(partition)!, { ...records, before: own ? inheritedBounds(own) : [] });
      const one = planPartition(partition, records, verdicts);
      tally.landed += one.landed;
      tally.fresh += one.fresh;
      tally.ambiguous += one.ambiguous;
      compared.push({ partition, ranges: rangesOfOffsets(records.offsets) });
      const open = verdicts.findIndex((verdict) => verdict !== RECORD.landed);
      if (open >= 0) doubt ??= { partition, offset: records.offsets[open]!, verdict: verdicts[open]! };
      if (one.inherited) inherited.push(boundedBy(one.inherited, delivered.get(partition)!.bounds));
    }
  }
  if (doubt && !isAccepted) throw unsettled(sourceId, doubt, tally);
  return {
    sourceId,
    topic: source.topic,
    observed: {},
    inherited,
    mapping: { of: others.map((one) => one.sourceId), ...tally, ...(doubt ? { compared } : {}) },
    basis: ledger.state.n,
    ends: [],
    park: source.parked.entry,
  };
}

interface Doubt {
  readonly partition: number;
  readonly offset: number;
  /** One of RECORD. */
  readonly verdict: number;
}

function unsettled(
  sourceId: string,
  { partition, offset, verdict }: Doubt,
  tally: Pick<GenerationMapping, 'fresh' | 'ambiguous'>,
): InputRefusedError {
  const why =
    verdict === RECORD.fresh
      ? 'has not landed under another generation, and may be on its way there'
      : 'has the time of something that landed under another generation with another content, or with one that nobody can compare: its columns or its class are others, its row is gone, or it may be that of a record that was compared earlier';
  return new InputRefusedError(
    `${sourceId}: of ${tally.fresh + tally.ambiguous} records, the first in partition ${partition} at offset ${offset}, it is not known that they landed: that one ${why}; take them for new with --accept`,
    { code: 'generation-ambiguous', details: { sourceId, topicPartition: partition, kafkaOffset: offset } },
  );
}

/** Of which landed rows the content is asked for: those with the time of a delivered one. */
function timesOfRows(logs: ReadonlyMap<number, FinishedLog>): (partition: number, timestampMs: number) => boolean {
  const times = new Map(
    [...logs].map(([partition, { timestampsMs, contents }]) => [partition, timestampsMs.filter((_, i) => contents[i]! > ROW.none).sort()]),
  );
  return (partition, timestampMs) => isAmong(times.get(partition)!, timestampMs);
}

function isAmong(ascending: Float64Array, wanted: number): boolean {
  return ascending[partitionPoint(ascending.length, (i) => ascending[i]! < wanted)] === wanted;
}

/** Partitions whose records, staged and landed, fit in memory together. */
function groupsOf(sourceId: string, delivered: ReadonlyMap<number, StagedRecords>, others: readonly SourceState[]): number[][] {
  const sizes = [...delivered].map(([partition, { log }]) => {
    const known = others.flatMap(({ partitions }) => partitions.get(partition) ?? []);
    return [partition, known.reduce((sum, { covered }) => sum + countOffsets(covered), log.count)] as const;
  });
  return groupPartitions(sourceId, sizes, 'let it go on as new with --kind unpark');
}

/** The first timestamp of a run is compared for all of it, and remembered for none: of those their bounds are. */
function boundedBy(one: InheritedPartition, bounds: readonly FilteredRun[]): InheritedPartition {
  const wide = rememberRuns([], bounds, LIMITS.rememberedRunsMax);
  const filteredTimestamps = one.filteredTimestamps.map((run) =>
    wide
      .filter(([start, end]) => start < run[1] && run[0] < end)
      .reduce(
        ([start, end, minMs, maxMs]: FilteredRun, [, , least, most]) => [start, end, Math.min(minMs, least), Math.max(maxMs, most)],
        run,
      ),
  );
  return {
    ...one,
    edges: one.edges.filter(([offset]) => !wide.some(([start, end]) => start <= offset && offset < end)),
    filteredTimestamps,
  };
}
