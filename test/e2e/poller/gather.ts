// Gathers one batch, as Lambda does: it ends when the batching window after the first record has passed, when the batch size is reached,
// or when one more record would make the event larger than 6 MB; it may hold several partitions. Nothing is kept between batches: what
// does not fit is read again.
import { EVENT_BYTES_MAX, type EventRecord, envelopeBytes, eventRecord, partitionBytes } from './event.ts';
import type { KafkaSide, Mapping, PollerClock, Slice, SourceRecord } from './types.ts';

export interface GatherRequest {
  readonly mapping: Mapping;
  readonly kafka: KafkaSide;
  readonly clock: PollerClock;
  /** Where each partition of this poller is read on. */
  readonly from: ReadonlyMap<number, number>;
  /** Ends the batch early; an empty one at once. */
  readonly isStopping: () => boolean;
}

export interface Batch {
  readonly records: readonly EventRecord[];
  /** Where each partition is read on once the batch is done with. */
  readonly next: ReadonlyMap<number, number>;
  /** A record that no event can hold; it is alone, and `records` is empty. */
  readonly oversize?: EventRecord;
}

const READ_WAIT_MS = 100;

interface Gathering {
  readonly records: EventRecord[];
  readonly next: Map<number, number>;
  readonly partitions: Set<number>;
  bytes: number;
  isFull: boolean;
  oversize: EventRecord | undefined;
}

/** Waits for a first record as long as it takes; an empty batch only when it is stopped. */
export async function gatherBatch(request: GatherRequest): Promise<Batch> {
  const { mapping, kafka, clock, isStopping } = request;
  const bytes = envelopeBytes(mapping, kafka.servers);
  const state: Gathering = { records: [], next: new Map(request.from), partitions: new Set(), bytes, isFull: false, oversize: undefined };
  let untilMs = Number.POSITIVE_INFINITY;
  while (!state.isFull && !isStopping()) {
    const leftMs = untilMs - clock.nowMs();
    if (leftMs <= 0) break;
    const bounds = {
      recordsMax: mapping.batchSize - state.records.length,
      bytesMax: EVENT_BYTES_MAX - state.bytes,
      waitMs: Math.min(READ_WAIT_MS, leftMs),
    };
    for (const slice of await kafka.read(mapping.topic, state.next, bounds)) if (!state.isFull) take(state, mapping, slice);
    if (state.records.length > 0 && untilMs === Number.POSITIVE_INFINITY) untilMs = clock.nowMs() + mapping.windowMs;
  }
  const { records, next, oversize } = state;
  return { records, next, ...(oversize === undefined ? {} : { oversize }) };
}

/** As much of a slice as fits, in order. */
function take(state: Gathering, mapping: Mapping, { partition, records, to }: Slice): void {
  for (const record of records) {
    if (!fits(state, mapping, record)) {
      state.isFull = true;
      return;
    }
    state.next.set(partition, record.offset + 1);
    if (state.records.length === mapping.batchSize) {
      state.isFull = true;
      return;
    }
  }
  state.next.set(partition, to);
}

function fits(state: Gathering, mapping: Mapping, record: SourceRecord): boolean {
  const entry = eventRecord(mapping.topic, record);
  const more = entry.bytes + (state.partitions.has(record.partition) ? 0 : partitionBytes(mapping.topic, record.partition));
  if (state.bytes + more > EVENT_BYTES_MAX) {
    if (state.records.length === 0) {
      state.oversize = entry;
      state.next.set(record.partition, record.offset + 1);
    }
    return false;
  }
  state.records.push(entry);
  state.partitions.add(record.partition);
  state.bytes += more;
  return true;
}
