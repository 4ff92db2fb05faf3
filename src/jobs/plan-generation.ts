// Plans how a new generation of a source begins (DESIGN §5.2, rule "generation inherits"): which offsets of its topic hold records that
// landed under the older generations: a mirror's records have other offsets and the same timestamps, and those that are staged already, which
// Kafka may have no more, are compared with them. They count as covered and are never landed again; everything else is new. What
// timestamps and order do not tell is refused, or counts as new if a person accepts that.
// Reads only: the topic, the tables, the ledger. In groups of partitions, so that memory has a bound (promise 10).
import { LIMITS } from '../contract/limits.ts';
import type { RecordSource } from '../decode/records.ts';
import { InputRefusedError } from '../errors.ts';
import type { KafkaReader, PartitionEnds } from '../kafka-ports.ts';
import type { GenerationMapping, InheritedPartition, SourceIdentity } from '../ledger/entries.ts';
import { olderGenerations } from '../ledger/generations.ts';
import { matchPartition, type PartitionMatch, RECORD } from '../ledger/match-generations.ts';
import type { LedgerState, SourceState } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { loadWholeLedger } from './class-segments.ts';
import { doubtAcross, freshOf, type GroupTimes, grow, NO_SPAN } from './doubt-across.ts';
import { groupPartitions } from './group-partitions.ts';
import { landedTimestamps } from './landed-timestamps.ts';
import type { LoadedLedger } from './load-ledger.ts';
import { type PartitionPlan, planPartition } from './plan-partition.ts';
import { readTopicTimestamps, type TopicTimestamps } from './read-topic-timestamps.ts';
import { refuseGeneration as refuse } from './refuse-generation.ts';
import { identityOf } from './source-identity.ts';
import { listStaged, readStaged } from './staged.ts';
import { type StagedRecords, stagedRecords } from './staged-records.ts';
import { TimestampLog } from './timestamp-log.ts';

export interface PlanGenerationRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly reader: KafkaReader;
  readonly source: RecordSource;
  /** A person accepts that records of which nobody can tell count as new: they may land a second time. */
  readonly isAccepted: boolean;
}

export interface GenerationPlan {
  readonly sourceId: string;
  readonly topic: string;
  readonly observed: SourceIdentity;
  readonly inherited: readonly InheritedPartition[];
  readonly mapping: GenerationMapping;
  /** Last entry of the ledger the plan was made from. */
  readonly basis: number;
  /** Where each partition of each older generation ended. */
  readonly ends: readonly { readonly sourceId: string; readonly partition: number; readonly end: number }[];
  /** Of an older generation that delivered more since (plan-late-generation.ts): the park that the plan answers. */
  readonly park?: number;
}

/** The plan. Throws InputRefusedError `generation-ambiguous` where nobody can tell; TransientIoError when Kafka does not answer. */
export async function planGeneration(request: PlanGenerationRequest): Promise<GenerationPlan> {
  const { ports, contractName, reader, source, isAccepted } = request;
  const ledger = await loadWholeLedger({ ports, contractName });
  const older = olderGenerations(ledger.state, source.id);
  if (older.length === 0) throw refuse(source.id, 'no older generation of it is known: there is nothing to compare with');
  await refuseUndecided(request, ledger.state, older);
  const known = ledger.state.sources.get(source.id) ?? { sourceId: source.id, partitions: new Map() };
  const staged = await stagedRecords(request, ledger.state, known);
  const topic = (await reader.describe([source.topic]))[0]!;
  const ends = await reader.ends(
    source.topic,
    Array.from({ length: topic.partitions }, (_, partition) => partition),
  );
  const tally = { landed: 0, fresh: 0, ambiguous: 0 };
  const inherited: InheritedPartition[] = [];
  let doubt: { readonly partition: number; readonly offset: number } | undefined;
  const gone = goneOf(request, older, ends);
  const groups: GroupTimes[] = [];
  for (const group of groupsOf(request, { older, ends, staged })) {
    const { plans, times } = await matchGroup(request, { ledger, older, ends: group, gone, staged });
    groups.push(times);
    for (const one of plans) {
      tally.landed += one.landed;
      tally.fresh += one.fresh;
      tally.ambiguous += one.ambiguous;
      doubt ??= one.doubt;
      if (one.inherited) inherited.push(one.inherited);
    }
  }
  for (const { fresh } of doubtAcross(groups)) {
    tally.fresh -= fresh.count;
    tally.ambiguous += fresh.count;
    doubt ??= fresh.first;
  }
  if (doubt && !isAccepted) throw ambiguous(source.id, { ...doubt, count: tally.ambiguous });
  return {
    sourceId: source.id,
    topic: source.topic,
    observed: identityOf(topic),
    inherited,
    mapping: { of: older.map(({ sourceId }) => sourceId), ...tally },
    basis: ledger.state.n,
    ends: endsOf(older),
  };
}

/** Where each partition of some generations ends. */
export function endsOf(older: readonly SourceState[]): GenerationPlan['ends'] {
  return older.flatMap(({ sourceId, partitions }) =>
    [...partitions.values()].map(({ partition, covered }) => ({ sourceId, partition, end: covered.at(-1)?.[1] ?? 0 })),
  );
}

/** What is staged of an older generation lands under it later, and would land under the new one too. Of a parked one nothing lands. */
async function refuseUndecided(
  { ports, contractName, source }: PlanGenerationRequest,
  state: LedgerState,
  older: readonly SourceState[],
): Promise<void> {
  const open = new Set(older.filter(({ parked }) => !parked).map(({ sourceId }) => sourceId));
  for (const staged of await listStaged({ ports, contractName })) {
    if (state.decided.has(staged.id)) continue;
    const read = await readStaged({ ports, contractName }, staged);
    const names = read.kind === 'read' ? read.descriptor.sources.map(({ sourceId }) => sourceId) : [];
    const undecided = names.find((sourceId) => open.has(sourceId));
    if (undecided !== undefined) throw refuse(source.id, `records of ${undecided} are staged and not decided yet: commit first`);
  }
}

/** Partitions of older generations that the topic does not have. */
function goneOf({ source }: PlanGenerationRequest, older: readonly SourceState[], ends: ReadonlyMap<number, PartitionEnds>): Set<number> {
  const gone = older.flatMap(({ partitions }) => [...partitions.values()]).filter(({ partition }) => !ends.has(partition));
  const landed = gone.reduce((sum, { covered, start }) => sum + Math.max(0, (covered.at(-1)?.[1] ?? 0) - start), 0);
  const landedMax = LIMITS.generationRecordsMax / 2;
  if (landed > landedMax)
    throw refuse(source.id, `partitions that its topic lacks have ${landed} offsets to compare, at most ${landedMax} are`);
  return new Set(gone.map(({ partition }) => partition));
}

/** Partitions whose records fit in memory together; at least one. */
function groupsOf(
  { source }: PlanGenerationRequest,
  given: {
    readonly older: readonly SourceState[];
    readonly ends: ReadonlyMap<number, PartitionEnds>;
    readonly staged: ReadonlyMap<number, StagedRecords>;
  },
): Map<number, PartitionEnds>[] {
  const { older, ends, staged } = given;
  const sizes = [...ends].map(([partition, one]) => {
    const landed = older.reduce(
      (sum, { partitions }) => sum + (partitions.get(partition)?.covered.at(-1)?.[1] ?? 0) - (partitions.get(partition)?.start ?? 0),
      0,
    );
    return [partition, one.endOffset - one.startOffset + (staged.get(partition)?.log.count ?? 0) + Math.max(0, landed)] as const;
  });
  const groups = groupPartitions(source.id, sizes, 'let it go on as new with --kind unpark, or read it under another source name');
  return groups.map((group) => new Map(group.map((partition) => [partition, ends.get(partition)!])));
}

async function matchGroup(
  { ports, contractName, reader, source }: PlanGenerationRequest,
  given: {
    readonly ledger: LoadedLedger;
    readonly older: readonly SourceState[];
    readonly ends: ReadonlyMap<number, PartitionEnds>;
    /** Partitions of older generations that the topic does not have: their records may be in any of it. */
    readonly gone: ReadonlySet<number>;
    readonly staged: ReadonlyMap<number, StagedRecords>;
  },
): Promise<{ readonly plans: readonly PartitionPlan[]; readonly times: GroupTimes }> {
  const { ledger, older, ends, gone, staged } = given;
  const delivered = withStaged(await readTopicTimestamps({ reader, source, ends }), staged);
  const landed = await landedTimestamps({ ports, contractName, ledger, sources: older, partitions: new Set([...ends.keys(), ...gone]) });
  const matches = new Map<number, PartitionMatch>();
  for (const [partition, { timestampsMs, isAppendTime }] of delivered) {
    const match = matchPartition(landed.get(partition)!, timestampsMs);
    if (isAppendTime) match.verdicts.fill(RECORD.ambiguous);
    matches.set(partition, match);
  }
  // A record that is new here and landed elsewhere: the mirror has other partitions, and order tells nothing.
  const elsewhere = new Set([...matches.values()].flatMap(({ unmatchedMs }) => [...unmatchedMs]));
  for (const partition of gone) for (const ms of landed.get(partition)!.timestampsMs) elsewhere.add(ms);
  for (const [partition, { verdicts }] of matches) {
    const { timestampsMs } = delivered.get(partition)!;
    for (const [record, verdict] of verdicts.entries()) {
      if (verdict === RECORD.fresh && elsewhere.has(timestampsMs[record]!)) verdicts[record] = RECORD.ambiguous;
    }
  }
  const plans = [...matches].map(([partition, { verdicts }]) => planPartition(partition, delivered.get(partition)!, verdicts));
  return { plans, times: { fresh: freshOf(delivered, matches), unmatched: [...elsewhere].reduce(grow, NO_SPAN) } };
}

/** What Kafka says of an offset counts; what it has no more is known from what is staged. */
function withStaged(
  delivered: ReadonlyMap<number, TopicTimestamps>,
  staged: ReadonlyMap<number, StagedRecords>,
): ReadonlyMap<number, TopicTimestamps> {
  return new Map(
    [...delivered].map(([partition, topic]) => {
      const more = staged.get(partition)?.log.finish();
      if (!more) return [partition, topic];
      const log = new TimestampLog();
      for (const { offsets, timestampsMs } of [topic, more]) for (const [i, offset] of offsets.entries()) log.add(offset, timestampsMs[i]!);
      return [partition, { ...log.finish(), isAppendTime: topic.isAppendTime }];
    }),
  );
}

/** Nobody can tell of some records. */
function ambiguous(
  sourceId: string,
  doubt: { readonly partition: number; readonly offset: number; readonly count: number },
): InputRefusedError {
  return new InputRefusedError(
    `${sourceId}: of ${doubt.count} records, the first in partition ${doubt.partition} at offset ${doubt.offset}, timestamps do not tell whether they landed under an older generation; take them for new with --accept`,
    { code: 'generation-ambiguous', details: { sourceId, topicPartition: doubt.partition, kafkaOffset: doubt.offset } },
  );
}
