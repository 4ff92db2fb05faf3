// Gathers one unit of a consumer's work: reads on from the positions until the unit is full, the time of the next commit has come, or
// the caller stops. Bounded in records, bytes and time (promise 10); back-pressure is that nothing is read while a unit is landed.
import { LIMITS } from '../contract/limits.ts';
import { packRecords } from '../decode/pack-records.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { InputRefusedError, TransientIoError } from '../errors.ts';
import type { KafkaPosition, KafkaReader, KafkaRecord, KafkaSlice } from '../kafka-ports.ts';
import { normalizeRanges } from '../ledger/ranges.ts';
import type { Range } from '../ledger/types.ts';
import type { Clock } from '../ports.ts';
import type { AnsweredRanges } from './build-descriptor.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import type { StartPosition } from './start-positions.ts';

/** A position as reading goes on. */
export interface RunPosition extends StartPosition {
  /** End of what is committed, as last seen. */
  readonly endOffset: number;
}

export type Positions = Map<string, RunPosition>;

export interface Unit {
  /** Counts from the first read: offsets that nobody has staged by then may be said to be gone, so none of them is landed later. */
  readonly deadline: Deadline;
  readonly records: KafkaRecords;
  readonly answered: readonly AnsweredRanges[];
  /** Behind the last offset of each partition read. */
  readonly next: readonly { readonly topic: string; readonly partition: number; readonly next: number }[];
  /** Partitions that could not be read on. */
  readonly problems: readonly Exclude<KafkaSlice, { kind: 'records' }>[];
}

export interface GatherRequest {
  readonly source: KafkaReader;
  readonly clock: Clock;
  /** Moves on with what is read. */
  readonly positions: Positions;
  readonly untilMs: number;
  readonly recordsMax: number;
  readonly bytesMax: number;
  readonly isStopping: () => boolean;
}

/** The key of a position: one partition of one source. */
export function placeOf(position: { readonly source: { readonly id: string }; readonly partition: number }): string {
  return `${position.partition} ${position.source.id}`;
}

/** Returns after one read that found nothing, so that the caller can look at its assignment. */
export async function gatherUnit(request: GatherRequest): Promise<Unit> {
  const { source, clock, positions } = request;
  const deadline = startDeadline(clock, LIMITS.landDeadlineMs);
  const untilMs = Math.min(request.untilMs, deadline.startedAtMs + LIMITS.landDeadlineMs / 2);
  const gathered = new Gathered();
  for (;;) {
    const leftMs = untilMs - clock.nowMs();
    const isBegun = gathered.count > 0;
    const waitMs = Math.min(LIMITS.fetchWaitMs, isBegun ? Math.max(1, leftMs) : LIMITS.fetchWaitMs);
    const room = {
      recordsMax: request.recordsMax - gathered.count,
      bytesMax: Math.min(LIMITS.fetchBytesMax, request.bytesMax - gathered.bytes),
    };
    const slices = await readOn(source, gathered, [[...positions.values()], { ...room, waitMs }]);
    if (!slices) break;
    for (const slice of slices) gathered.add(slice, positions);
    const isFull = gathered.count >= request.recordsMax || gathered.bytes >= request.bytesMax;
    if (isFull || gathered.problems.length > 0 || request.isStopping()) break;
    if (gathered.spans.size === 0 || clock.nowMs() >= untilMs) break;
  }
  return gathered.unit(deadline);
}

/**
 * Undefined: the read failed after others had moved the positions. What they gave is landed first, or nobody would read it again; a
 * failure that stays is the next read's.
 */
async function readOn(
  source: KafkaReader,
  gathered: Gathered,
  args: Parameters<KafkaReader['read']>,
): Promise<readonly KafkaSlice[] | undefined> {
  try {
    return await source.read(...args);
  } catch (error) {
    const isOurs = error instanceof TransientIoError || error instanceof InputRefusedError;
    if (isOurs && gathered.spans.size > 0) return undefined;
    throw error;
  }
}

interface Span {
  readonly position: KafkaPosition;
  readonly ranges: Range[];
  to: number;
}

class Gathered {
  readonly records: KafkaRecord[] = [];
  bytes = 0;
  readonly spans = new Map<string, Span>();
  readonly problems: Exclude<KafkaSlice, { kind: 'records' }>[] = [];

  get count(): number {
    return this.records.length;
  }

  add(slice: KafkaSlice, positions: Positions): void {
    if (slice.kind !== 'records') {
      this.problems.push(slice);
      return;
    }
    const place = placeOf(slice);
    const position = positions.get(place);
    if (!position) return;
    for (const record of slice.records) {
      this.records.push(record);
      this.bytes += (record.value?.length ?? 0) + (record.key?.length ?? 0) + LIMITS.recordOverheadBytes;
    }
    // Of a topic nobody has proven to be the ledger's, only what lies between two records is known to be missing.
    const from = position.isProven ? slice.from : (slice.records[0]?.kafkaOffset ?? slice.to);
    const span = this.spans.get(place) ?? { position: slice, ranges: [], to: slice.to };
    span.ranges.push([from, slice.to]);
    span.to = slice.to;
    this.spans.set(place, span);
    const isProven = position.isProven || slice.records.length > 0;
    positions.set(place, { ...position, from: slice.to, endOffset: Math.max(slice.endOffset, slice.to), isProven });
  }

  unit(deadline: Deadline): Unit {
    const spans = [...this.spans.values()];
    return {
      records: packRecords(this.records),
      answered: spans.map(({ position: { source, partition }, ranges }) => ({ source, partition, ranges: normalizeRanges(ranges) })),
      next: spans.map(({ position: { source, partition }, to }) => ({ topic: source.topic, partition, next: to })),
      problems: this.problems,
      deadline,
    };
  }
}
