// The pollers of one mapping. Each owns some of the topic's partitions and has one batch at a time in flight, so that no partition is ever
// in two; batches of different pollers are in flight at the same time. Where the group has committed, reading goes on there, else at the
// mapping's start position. Offsets are committed when a batch is done with, never before. While a mapping is disabled nothing is read, and
// what is in flight is finished.
import { type Delivery, deliverBatch, discardOversize } from './deliver.ts';
import { type Batch, gatherBatch } from './gather.ts';
import type { KafkaSide, LambdaSide, Mapping, PollerClock, PollerTally } from './types.ts';

export interface PollerOptions {
  readonly mapping: Mapping;
  readonly kafka: KafkaSide;
  readonly lambda: LambdaSide;
  readonly clock: PollerClock;
  /** At most one a partition. */
  readonly pollers: number;
}

export interface Poller {
  readonly mapping: Mapping;
  readonly tally: Readonly<PollerTally>;
  setEnabled(isEnabled: boolean): void;
  /** Disabled, and nothing is read, held or in flight. */
  readonly isResting: () => boolean;
  /** Resolves when nothing is in flight any more; rejects with what a poller died of. */
  stop(): Promise<void>;
}

const DISABLED_PAUSE_MS = 100;

/** Starts reading. */
export async function startPoller(options: PollerOptions): Promise<Poller> {
  const { mapping, kafka } = options;
  const tally: PollerTally = {
    invocations: 0,
    records: 0,
    functionErrors: 0,
    errorMessages: [],
    notInvoked: 0,
    discarded: 0,
    eventBytesMax: 0,
    partitionsMax: 0,
  };
  const state: State = { isStopping: false, isEnabled: mapping.isEnabled, resting: new Set() };
  const partitions = await kafka.partitions(mapping.topic);
  const positions = await firstPositions(options, partitions);
  const count = Math.max(1, Math.min(options.pollers, partitions.length));
  const shares = Array.from({ length: count }, (_, i) => new Map([...positions].filter(([partition]) => partition % count === i)));
  const running = Promise.all(shares.map((share) => poll(options, state, tally, share)));
  // Reported by stop(); until then it must not end the process.
  running.catch(() => undefined);
  return {
    mapping,
    tally,
    setEnabled: (isEnabled) => {
      state.isEnabled = isEnabled;
    },
    isResting: () => state.resting.size === shares.length,
    stop: async () => {
      state.isStopping = true;
      await running;
    },
  };
}

interface State {
  isStopping: boolean;
  isEnabled: boolean;
  /** Pollers that found it disabled between two batches, by their share. */
  readonly resting: Set<object>;
}

async function firstPositions({ mapping, kafka }: PollerOptions, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const committed = await kafka.committed(mapping.group, mapping.topic);
  const positions = new Map<number, number>();
  for (const partition of partitions)
    positions.set(partition, committed.get(partition) ?? (await kafka.startOf(mapping.topic, partition, mapping.start)));
  return positions;
}

async function poll(options: PollerOptions, state: State, tally: PollerTally, share: ReadonlyMap<number, number>): Promise<void> {
  const { mapping, kafka, lambda, clock } = options;
  const delivery: Delivery = { mapping, kafka, lambda, clock, tally, isStopping: () => state.isStopping };
  let from = share;
  while (!state.isStopping) {
    if (!state.isEnabled) {
      state.resting.add(share);
      await clock.sleep(DISABLED_PAUSE_MS);
      continue;
    }
    state.resting.delete(share);
    const batch = await gatherBatch({ mapping, kafka, clock, from, isStopping: () => state.isStopping || !state.isEnabled });
    const isDone = await deliver(delivery, batch);
    if (isDone) await commitMoved(options, from, batch.next);
    if (!isDone) return;
    from = batch.next;
  }
}

async function deliver(delivery: Delivery, batch: Batch): Promise<boolean> {
  if (batch.oversize !== undefined) await discardOversize(delivery, batch.oversize);
  return batch.records.length === 0 || deliverBatch(delivery, batch.records);
}

async function commitMoved(
  { mapping, kafka }: PollerOptions,
  from: ReadonlyMap<number, number>,
  next: ReadonlyMap<number, number>,
): Promise<void> {
  const moved = new Map([...next].filter(([partition, offset]) => from.get(partition) !== offset));
  if (moved.size > 0) await kafka.commit(mapping.group, mapping.topic, moved);
}
