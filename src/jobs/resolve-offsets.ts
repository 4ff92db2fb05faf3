// Resolves unverified offsets, those missing between two deliveries (DESIGN §5.2, §7): Kafka is asked; a record that exists is landed
// through the normal staged path, one that does not becomes an `absent` entry with its evidence. Another topic under the name parks
// the source. May run beside everything else and be killed anywhere: landing trims, and recordAbsent records only what neither an
// entry covers nor a staged descriptor holds. Upholds promise 1.
import type { CompiledContract } from '../contract/compiled.ts';
import { packRecords } from '../decode/pack-records.ts';
import type { RecordSource } from '../decode/records.ts';
import { InputRefusedError } from '../errors.ts';
import type { KafkaReader } from '../kafka-ports.ts';
import type { AbsentCause, SourceRanges } from '../ledger/entries.ts';
import { countOffsets, type Ranges } from '../ledger/ranges.ts';
import { type LedgerState, unverifiedOf } from '../ledger/state.ts';
import type { Ports } from '../ports.ts';
import { askGaps, type GapAnswers } from './ask-gaps.ts';
import { type Deadline, isHalfOver } from './deadline.ts';
import { landBatch } from './land-batch.ts';
import { loadLedger } from './load-ledger.ts';
import { recordAbsent } from './record-absent.ts';
import { recordPark } from './record-park.ts';
import { identityMismatch, identityOf } from './source-identity.ts';
import type { LandBatchRequest } from './types.ts';

export interface ResolveRequest {
  readonly ports: Ports;
  readonly contract: CompiledContract;
  readonly reader: KafkaReader;
  /** The contract's sources by topic, as the cluster behind `reader` has them. */
  readonly sources: ReadonlyMap<string, RecordSource>;
  readonly deadline: Deadline;
  /** Gets past poison among the records of a gap. */
  readonly guard?: LandBatchRequest['guard'];
  /** Only these partitions of a topic; all when left out. */
  readonly isMine?: (topic: string, partition: number) => boolean;
}

export interface LeftRanges extends SourceRanges {
  readonly why: 'nothing-to-compare' | 'not-asked-yet' | 'unreadable-descriptor';
}

export interface ResolveResult {
  /** Offsets by what became of them; landed ones are staged and need a commit. */
  readonly landed: number;
  readonly noRecord: number;
  readonly beforeLogStart: number;
  readonly left: readonly LeftRanges[];
  /** Sources parked by this call, in words. */
  readonly parked: readonly string[];
}

/** Asks about every gap once, within the deadline. Throws TransientIoError when Kafka or the store does not answer. */
export async function resolveOffsets(request: ResolveRequest): Promise<ResolveResult> {
  const { ports, contract, reader, sources } = request;
  const { state } = await loadLedger({ ports, contractName: contract.name });
  const tally: Tally = { landed: 0, noRecord: 0, beforeLogStart: 0, left: [], parked: [] };
  const wanted = [...sources.values()].filter(({ id }) => hasGaps(request, state, id));
  if (wanted.length === 0) return tally;
  const topics = await reader.describe(wanted.map(({ topic }) => topic));
  for (const source of wanted) {
    const topic = topics.find((one) => one.topic === source.topic)!;
    const message = identityMismatch(state.sources.get(source.id), identityOf(topic));
    if (message !== undefined) await park(request, tally, { source, reason: 'source-identity', message });
    else await resolveSource(request, tally, { source, state });
  }
  return tally;
}

type Tally = { -readonly [K in keyof ResolveResult]: ResolveResult[K] extends readonly (infer E)[] ? E[] : ResolveResult[K] };

function hasGaps({ isMine }: ResolveRequest, state: LedgerState, sourceId: string): boolean {
  const known = state.sources.get(sourceId);
  if (!known || known.parked) return false;
  return [...known.partitions.values()].some((one) => (isMine?.(known.topic, one.partition) ?? true) && unverifiedOf(one).length > 0);
}

async function resolveSource(
  request: ResolveRequest,
  tally: Tally,
  { source, state }: { readonly source: RecordSource; readonly state: LedgerState },
): Promise<void> {
  const { reader, deadline, isMine } = request;
  const mine = [...state.sources.get(source.id)!.partitions.values()].filter(
    (one) => (isMine?.(source.topic, one.partition) ?? true) && unverifiedOf(one).length > 0,
  );
  const ends = await reader.ends(
    source.topic,
    mine.map(({ partition }) => partition),
  );
  for (const known of mine) {
    const place = { sourceId: source.id, partition: known.partition };
    if (isHalfOver(deadline)) {
      tally.left.push({ ...place, ranges: unverifiedOf(known), why: 'not-asked-yet' });
      continue;
    }
    const answers = await askGaps({ reader, source, known, ends: ends.get(known.partition)!, mayGoOn: () => !isHalfOver(deadline) });
    if (answers.disagreement !== undefined) {
      const message = `${source.id} partition ${known.partition} has another record at covered offset ${answers.disagreement}: the topic was made again`;
      await park(request, tally, { source, reason: 'topic-recreated', message });
      return;
    }
    await settle(request, tally, { source, place, answers });
  }
}

async function settle(
  request: ResolveRequest,
  tally: Tally,
  given: { readonly source: RecordSource; readonly place: Omit<SourceRanges, 'ranges'>; readonly answers: GapAnswers },
): Promise<void> {
  const { place, answers } = given;
  const { ports, contract, deadline } = request;
  if (answers.records.length > 0) {
    const guarded = request.guard ? { guard: request.guard } : {};
    const records = packRecords(answers.records);
    const landed = await landBatch({ ports, contract, records, deadline, gaps: 'unverified', ...guarded });
    tally.landed += landed.records;
  }
  tally.noRecord += await absent(request, tally, { place, ranges: answers.noRecord, cause: 'no-record' });
  tally.beforeLogStart += await absent(request, tally, { place, ranges: answers.beforeStart, cause: 'before-log-start' });
  if (answers.incomparable.length > 0) tally.left.push({ ...place, ranges: answers.incomparable, why: 'nothing-to-compare' });
  if (answers.unasked.length > 0) tally.left.push({ ...place, ranges: answers.unasked, why: 'not-asked-yet' });
}

/** How many offsets were recorded. A staged descriptor that cannot be read may hold the only copy: then nothing is said. */
async function absent(
  { ports, contract, deadline }: ResolveRequest,
  tally: Tally,
  given: { readonly place: Omit<SourceRanges, 'ranges'>; readonly ranges: Ranges; readonly cause: AbsentCause },
): Promise<number> {
  const { place, ranges, cause } = given;
  if (countOffsets(ranges) === 0) return 0;
  try {
    const recorded = await recordAbsent({ ports, contractName: contract.name, deadline, cause, ranges: [{ ...place, ranges }] });
    return recorded.offsets;
  } catch (error) {
    if (!(error instanceof InputRefusedError) || error.code !== 'descriptor-unreadable') throw error;
    tally.left.push({ ...place, ranges, why: 'unreadable-descriptor' });
    return 0;
  }
}

async function park(
  { ports, contract, deadline }: ResolveRequest,
  tally: Tally,
  given: { readonly source: RecordSource; readonly reason: 'source-identity' | 'topic-recreated'; readonly message: string },
): Promise<void> {
  const { source, reason, message } = given;
  await recordPark({ ports, contractName: contract.name, deadline, target: { sourceId: source.id }, reason, message });
  tally.parked.push(message);
}
