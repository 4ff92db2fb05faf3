// A cluster in memory with the semantics the Kafka ports promise: logs with offsets that have no record (markers, aborted, compacted),
// a first offset that retention moves, topics with UUIDs that change when they are made again, groups whose members share partitions.
// Time is the world's: a read that finds nothing lets it pass. `isDown` makes every call fail as a broker that is gone does.
import { InputRefusedError, TransientIoError } from '../../../src/errors.ts';
import type { EventSource, KafkaPosition, KafkaReader, KafkaRecord, KafkaSlice } from '../../../src/kafka-ports.ts';
import type { GameRecord, MemoryWorld } from '../memory/index.ts';

type Logged = Pick<KafkaRecord, 'kafkaOffset' | 'timestampMs' | 'value'>;

interface Log {
  startOffset: number;
  endOffset: number;
  records: Logged[];
}

interface Topic {
  id: string;
  logs: Log[];
}

/** Records of a batch a broker gives at once: slices end where a batch ends. */
const BATCH = 5;

export class FakeKafka {
  readonly topics = new Map<string, Topic>();
  readonly acknowledged = new Map<string, number>();
  readonly clusterId = 'cluster-1';
  isDown = false;
  /** Partitions whose next batch cannot be read. */
  readonly unreadable = new Set<string>();
  readonly #world: MemoryWorld;
  readonly #members: { readonly name: string; readonly topics: readonly string[] }[] = [];
  #epoch = 0;
  #topicsMade = 0;
  reads = 0;

  constructor(world: MemoryWorld) {
    this.#world = world;
  }

  makeTopic(name: string, partitions: number): void {
    this.#topicsMade++;
    const logs = Array.from({ length: partitions }, () => ({ startOffset: 0, endOffset: 0, records: [] }));
    this.topics.set(name, { id: `00000000-0000-4000-8000-${String(this.#topicsMade).padStart(12, '0')}`, logs });
  }

  /** Puts records at their own offsets; offsets skipped have no record. `to` leaves such at the end. */
  append(name: string, records: readonly GameRecord[], to?: number): void {
    const { logs } = this.topics.get(name)!;
    for (const { partition, offset, id, kind, timestampMs, eventMs } of records) {
      const log = logs[partition]!;
      const value = Buffer.from(JSON.stringify({ id, event_time: eventMs ?? timestampMs, kind }));
      log.records.push({ kafkaOffset: offset, timestampMs, value });
      log.endOffset = Math.max(log.endOffset, offset + 1, to ?? 0);
    }
  }

  /** Retention: everything before the offset goes. */
  deleteBefore(name: string, partition: number, offset: number): void {
    const log = this.topics.get(name)!.logs[partition]!;
    log.startOffset = offset;
    log.records = log.records.filter(({ kafkaOffset }) => kafkaOffset >= offset);
  }

  /** Compaction: these offsets lose their record. */
  compact(name: string, partition: number, offsets: readonly number[]): void {
    const log = this.topics.get(name)!.logs[partition]!;
    log.records = log.records.filter(({ kafkaOffset }) => !offsets.includes(kafkaOffset));
  }

  reader(): KafkaReader {
    const described = new Map<string, string>();
    return {
      describe: async (topics) => {
        this.#mustBeUp();
        return topics.map((topic) => {
          const found = this.topics.get(topic);
          if (!found) throw new InputRefusedError(`cannot read topic ${topic}: the cluster has no such topic`, { code: 'topic-missing' });
          described.set(topic, found.id);
          return { topic, topicId: found.id, clusterId: this.clusterId, partitions: found.logs.length };
        });
      },
      ends: async (topic, partitions) => {
        this.#mustBeUp();
        return new Map(partitions.map((partition) => [partition, this.topics.get(topic)!.logs[partition]!]));
      },
      read: async (wanted, bounds) => {
        this.#mustBeUp();
        this.reads++;
        let left = bounds.recordsMax;
        const slices: KafkaSlice[] = [];
        for (const position of wanted) {
          const slice = left > 0 ? this.#slice(position, described) : undefined;
          if (slice) slices.push(slice);
          if (slice?.kind === 'records') left -= slice.records.length;
        }
        if (slices.length === 0) this.#world.advance(bounds.waitMs);
        return slices;
      },
      close: async () => undefined,
    };
  }

  member(name: string, topics: readonly string[]): EventSource {
    const leave = () => {
      const at = this.#members.findIndex((one) => one.name === name);
      if (at >= 0) this.#members.splice(at, 1);
      this.#epoch++;
    };
    return {
      ...this.reader(),
      assignment: async () => {
        this.#mustBeUp();
        if (!this.#members.some((one) => one.name === name)) {
          this.#members.push({ name, topics });
          this.#epoch++;
        }
        const mine = this.#members.findIndex((one) => one.name === name);
        const partitions = topics.flatMap((topic) =>
          (this.topics.get(topic)?.logs ?? []).flatMap((_, partition) =>
            partition % this.#members.length === mine ? [{ topic, partition }] : [],
          ),
        );
        return { epoch: this.#epoch, partitions };
      },
      acknowledge: async (positions) => {
        this.#mustBeUp();
        for (const { topic, partition, next } of positions) this.acknowledged.set(`${topic} ${partition}`, next);
      },
      close: async () => leave(),
    };
  }

  #mustBeUp(): void {
    if (this.isDown) throw new TransientIoError('cannot reach the cluster: ECONNREFUSED; it is tried again', { code: 'kafka-unavailable' });
  }

  #slice(position: KafkaPosition, described: ReadonlyMap<string, string>): KafkaSlice | undefined {
    const { source, partition, from } = position;
    const topic = this.topics.get(source.topic);
    if (!topic || topic.id !== described.get(source.topic)) return { ...position, kind: 'topic-changed' };
    const log = topic.logs[partition]!;
    if (from < log.startOffset || from > log.endOffset) return { ...position, kind: 'out-of-range' };
    if (from === log.endOffset) return undefined;
    if (this.unreadable.has(`${source.topic} ${partition}`)) return { ...position, kind: 'refused', message: 'the record batch is broken' };
    const records = log.records.filter(({ kafkaOffset }) => kafkaOffset >= from).slice(0, BATCH);
    const hasMore = log.records.some(({ kafkaOffset }) => kafkaOffset > (records.at(-1)?.kafkaOffset ?? from));
    const to = hasMore ? records.at(-1)!.kafkaOffset + 1 : log.endOffset;
    const { startOffset, endOffset } = log;
    return { ...position, kind: 'records', to, startOffset, endOffset, records: records.map((record) => this.#record(position, record)) };
  }

  #record({ source, partition }: KafkaPosition, logged: Logged): KafkaRecord {
    return { ...logged, source, topicPartition: partition, timestampType: 0, key: null, headers: undefined };
  }
}
