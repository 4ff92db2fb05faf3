// Lands what Kafka holds in a range of a partition, through the normal staged path, as an event source would have delivered it: for an
// event source that was switched off or stands still (DESIGN §7, "fill holes"). May run beside the event source and be killed anywhere:
// deciding trims what both land. The topic must be the ledger's: its UUID, or a record at a covered offset, says so; another one parks
// the source. Upholds promises 1 and 2.
import { LIMITS } from '../../contract/limits.ts';
import type { RecordSource } from '../../decode/records.ts';
import { InputRefusedError } from '../../errors.ts';
import { containsOffset } from '../../ledger/ranges.ts';
import type { PartitionState, SourceState } from '../../ledger/state.ts';
import { isHalfOver } from '../deadline.ts';
import { ensureTables } from '../ensure-tables.ts';
import { gatherUnit, type Positions, placeOf } from '../gather-unit.ts';
import { landBatch } from '../land-batch.ts';
import { recordPark } from '../record-park.ts';
import { identityMismatch, identityOf } from '../source-identity.ts';
import type { RecoverUnitRequest } from './types.ts';

export interface LandRangeRequest extends Omit<RecoverUnitRequest, 'plan' | 'unit'> {
  readonly source: RecordSource;
  readonly known: SourceState;
  readonly partition: number;
  readonly to: number;
}

export interface LandedRange {
  /** Behind the last offset that was landed. */
  readonly next: number;
  readonly records: number;
  /** Why the source is parked now. */
  readonly parked?: string;
}

/** Lands until the end of the range or half of the deadline. Throws InputRefusedError when Kafka refuses to go on. */
export async function landRange(request: LandRangeRequest): Promise<LandedRange> {
  const { ports, contract, reader, source, known, partition, to, deadline } = request;
  const covered = known.partitions.get(partition)?.covered.at(-1)?.[1] ?? 0;
  const start = Math.max(request.from, covered);
  if (start >= to) return { next: to, records: 0 };
  const [topic] = await reader.describe([source.topic]);
  const observed = identityOf(topic!);
  const proof = await prove(request, identityMismatch(known, observed));
  if (proof.kind === 'another') return park(request, start, proof);
  const position = { source, partition, from: start, endOffset: to, isProven: proof.kind === 'same' };
  const positions: Positions = new Map([[placeOf(position), position]]);
  const resolved = await ensureTables({ ports, contract });
  let [records, next] = [0, start];
  while (next < to && !isHalfOver(deadline)) {
    const unit = await gatherUnit({
      source: reader,
      clock: ports.clock,
      positions,
      untilMs: deadline.startedAtMs + (deadline.endsAtMs - deadline.startedAtMs) / 2,
      recordsMax: LIMITS.runUnitRecordsMax,
      bytesMax: LIMITS.runUnitBytesMax,
      isStopping: () => (positions.get(placeOf(position))?.from ?? to) >= to,
    });
    const [problem] = unit.problems;
    if (problem) throw stuck(request, problem.kind);
    if (unit.next.length === 0) break;
    const guarded = request.guard ? { guard: request.guard } : {};
    const { answered } = unit;
    const identity = new Map([[source.id, observed]]);
    const landed = await landBatch({
      ports,
      contract,
      resolved,
      deadline,
      ...guarded,
      records: unit.records,
      answered,
      observed: identity,
    });
    records += landed.records;
    next = unit.next[0]!.next;
  }
  return { next, records };
}

type Proof = { readonly kind: 'same' | 'unknown' } | { readonly kind: 'another'; readonly message: string; readonly reason: ParkReason };
type ParkReason = 'source-identity' | 'topic-recreated';

/** By the timestamp of the last record the ledger remembers and Kafka still has. */
async function prove({ reader, source, known, partition }: LandRangeRequest, mismatch: string | undefined): Promise<Proof> {
  if (mismatch !== undefined) return { kind: 'another', message: mismatch, reason: 'source-identity' };
  const state: PartitionState | undefined = known.partitions.get(partition);
  const last = state?.remembered.filter(([offset]) => containsOffset(state.covered, offset)).at(-1);
  if (last === undefined) return { kind: state === undefined || state.covered.length === 0 ? 'same' : 'unknown' };
  const [offset, timestampMs] = last;
  const bounds = { bytesMax: LIMITS.fetchPartitionBytes, recordsMax: 1, waitMs: LIMITS.fetchWaitMs };
  const [slice] = await reader.read([{ source, partition, from: offset }], bounds);
  const found = slice?.kind === 'records' ? slice.records.find(({ kafkaOffset }) => kafkaOffset === offset) : undefined;
  if (found === undefined) return { kind: 'unknown' };
  if (found.timestampMs === timestampMs) return { kind: 'same' };
  const message = `${source.id} partition ${partition} has another record at covered offset ${offset}: the topic was made again`;
  return { kind: 'another', message, reason: 'topic-recreated' };
}

async function park(
  { ports, contract, source, deadline }: LandRangeRequest,
  next: number,
  { message, reason }: Extract<Proof, { kind: 'another' }>,
): Promise<LandedRange> {
  await recordPark({ ports, contractName: contract.name, deadline, target: { sourceId: source.id }, reason, message });
  return { next, records: 0, parked: message };
}

function stuck({ contract, source, partition }: LandRangeRequest, kind: string): InputRefusedError {
  return new InputRefusedError(`partition ${partition} of ${source.topic} cannot be read on (${kind}); run firn audit ${contract.name}`, {
    code: 'range-unreadable',
    details: { contract: contract.name, sourceId: source.id, topicPartition: partition },
  });
}
