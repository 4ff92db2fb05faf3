// A cluster, a function and a clock in memory with the semantics that matter to a poller: offsets with gaps, groups, start positions, a read
// that waits, invocations that overlap. Time passes only when somebody waits for it.
import type {
  DiscardRecord,
  Invocation,
  KafkaSide,
  LambdaSide,
  Mapping,
  PollerClock,
  ReadBounds,
  Slice,
  SourceRecord,
  StartPosition,
} from './types.ts';

export interface MemoryKafka extends KafkaSide {
  append(partition: number, record: Partial<SourceRecord>): SourceRecord;
  /** Offsets that exist and have no record: markers, what was compacted away. */
  skip(partition: number, count: number): void;
  readonly commits: { readonly group: string; readonly next: ReadonlyMap<number, number> }[];
}

export function makeMemoryClock(): PollerClock {
  let nowMs = Date.UTC(2026, 0, 1);
  return {
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      await turn();
    },
  };
}

/** One turn of the event loop, so that others get on. */
export function turn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

export function makeMemoryKafka(clock: PollerClock, partitions: number): MemoryKafka {
  const logs = Array.from({ length: partitions }, (): SourceRecord[] => []);
  const ends = new Array<number>(partitions).fill(0);
  const groups = new Map<string, Map<number, number>>();
  const commits: MemoryKafka['commits'] = [];
  return {
    servers: 'b-1.example.net:9098,b-2.example.net:9098',
    commits,
    append: (partition, given) => {
      const record: SourceRecord = {
        timestampMs: clock.nowMs(),
        timestampType: 'CREATE_TIME',
        key: null,
        value: new Uint8Array(10),
        headers: [],
        ...given,
        partition,
        offset: ends[partition]!,
      };
      ends[partition] = record.offset + 1;
      logs[partition]!.push(record);
      return record;
    },
    skip: (partition, count) => {
      ends[partition] = ends[partition]! + count;
    },
    partitions: async () => logs.map((_, partition) => partition),
    committed: async (group) => new Map(groups.get(group) ?? []),
    commit: async (group, _topic, next) => {
      groups.set(group, new Map([...(groups.get(group) ?? []), ...next]));
      commits.push({ group, next });
    },
    startOf: async (_topic, partition, start) => startOf(logs[partition]!, ends[partition]!, start),
    read: async (_topic, from, bounds) => {
      const slices = slicesOf(logs, ends, from, bounds);
      if (slices.length === 0) await clock.sleep(bounds.waitMs);
      else await turn();
      return slices;
    },
  };
}

function startOf(log: readonly SourceRecord[], end: number, start: StartPosition): number {
  if (start.kind === 'TRIM_HORIZON') return log[0]?.offset ?? 0;
  if (start.kind === 'LATEST') return end;
  return log.find(({ timestampMs }) => timestampMs >= start.timestampMs)?.offset ?? end;
}

function slicesOf(
  logs: readonly SourceRecord[][],
  ends: readonly number[],
  from: ReadonlyMap<number, number>,
  bounds: ReadBounds,
): Slice[] {
  let room = bounds.recordsMax;
  const slices: Slice[] = [];
  for (const [partition, offset] of from) {
    if (offset >= ends[partition]! || room === 0) continue;
    const all = logs[partition]!.filter((record) => record.offset >= offset);
    const records = all.slice(0, room);
    room -= records.length;
    slices.push({ partition, records, to: records.length < all.length ? records.at(-1)!.offset + 1 : ends[partition]! });
  }
  return slices;
}

export interface Invoked {
  readonly event: string;
  /** `partition:offset`, in the event's order. */
  readonly places: readonly string[];
  readonly startedMs: number;
}

export interface MemoryLambda extends LambdaSide {
  readonly invoked: Invoked[];
  readonly discarded: { readonly destination: string; readonly mapping: Mapping; readonly record: DiscardRecord }[];
  /** Most invocations at once that held records of one partition. */
  readonly overlap: () => number;
}

/** `behave` says what becomes of each invocation; it may wait. */
export function makeMemoryLambda(
  clock: PollerClock,
  behave: (invoked: Invoked, nth: number) => Invocation | Promise<Invocation>,
): MemoryLambda {
  const invoked: Invoked[] = [];
  const discarded: MemoryLambda['discarded'] = [];
  const running = new Map<string, number>();
  let overlap = 0;
  return {
    invoked,
    discarded,
    overlap: () => overlap,
    invoke: async (_functionName, event) => {
      const { records } = JSON.parse(event) as {
        readonly records: Readonly<Record<string, readonly { readonly offset: number; readonly partition: number }[]>>;
      };
      for (const name of Object.keys(records)) {
        running.set(name, (running.get(name) ?? 0) + 1);
        overlap = Math.max(overlap, running.get(name)!);
      }
      const places = Object.values(records).flatMap((list) => list.map(({ partition, offset }) => `${partition}:${offset}`));
      const one = { event, places, startedMs: clock.nowMs() };
      invoked.push(one);
      const outcome = await behave(one, invoked.length);
      await turn();
      for (const name of Object.keys(records)) running.set(name, running.get(name)! - 1);
      return outcome;
    },
    discard: async (destination, mapping, record) => void discarded.push({ destination, mapping, record }),
  };
}
