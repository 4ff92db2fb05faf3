// What the landers read: Kafka-like topics with transaction gaps, retention, compaction, recreation and mirrors, and files that
// grow. A record's `id` is unique over all of them, its timestamp grows with it, so a mirrored record is the same record at another
// place.
import { createHash } from 'node:crypto';
import type { KafkaRecords } from '../../../src/decode/records.ts';
import { gameRecords, type Kind, verdictOf } from '../../support/memory/game.ts';
import type { Random } from './random.ts';

export interface SimRecord {
  readonly id: string;
  readonly kind: Kind;
  readonly timestampMs: number;
}

/** One delivered part of a partition. `gap` slots are offsets without a record. */
export interface Delivery {
  readonly partition: number;
  readonly offset: number;
  readonly record: SimRecord;
}

export interface OlderCluster {
  readonly sourceId: string;
  readonly topicId: string;
  readonly log: readonly (readonly (SimRecord | undefined)[])[];
}

export interface Source {
  readonly contract: string;
  readonly kind: 'topic' | 'file';
  readonly name: string;
  generation: number;
  /** The generation that an operator is bringing into the ledger: nobody delivers under it before he knows that it is there. */
  upcoming: number | undefined;
  /** Counts how often the topic was made again. */
  epoch: number;
  /** Generations whose topic is another now. */
  readonly recreated: Set<string>;
  log: (SimRecord | undefined)[][];
  /** What the topic held before it was made again. */
  before: readonly (readonly (SimRecord | undefined)[])[];
  /** The cluster that a mirror has taken over from and that is still read, under the generation before. */
  older: OlderCluster | undefined;
  /** Smallest offset the broker still has, by partition. */
  start: number[];
  /** Acknowledged up to here, by partition. */
  position: number[];
}

const START_MS = Date.UTC(2026, 0, 1);

/** Makes records for all sources of a world: ids and timestamps are unique. */
export class Producer {
  readonly #random: Random;
  readonly #kinds: readonly Kind[];
  #made = 0;

  constructor(random: Random, kinds: readonly Kind[]) {
    this.#random = random;
    this.#kinds = kinds;
  }

  /** Goes on where this one stands, by other chance. */
  copy(random: Random): Producer {
    const copy = new Producer(random, this.#kinds);
    copy.#made = this.#made;
    return copy;
  }

  record(): SimRecord {
    const n = this.#made++;
    return { id: `r${n}`, kind: this.#random.pick(this.#kinds), timestampMs: START_MS + n * 1000 };
  }

  topic(contract: string, name: string, partitions: number): Source {
    const empty = { contract, kind: 'topic', name, generation: 1, upcoming: undefined, epoch: 1, recreated: new Set<string>() } as const;
    const source: Source = { ...empty, log: [], before: [], older: undefined, start: [], position: [] };
    this.#renew(source, partitions);
    this.produce(source, 3 + this.#random.below(4));
    return source;
  }

  file(contract: string, name: string): Source {
    const source: Source = { ...this.topic(contract, name, 1), kind: 'file' };
    source.log = [source.log[0]!.map((record) => record ?? this.record())];
    return source;
  }

  produce(source: Source, count: number): void {
    for (let i = 0; i < count; i++) {
      const log = this.#random.pick(source.log);
      // Transaction markers and aborted records: offsets that no consumer sees.
      if (source.kind === 'topic' && this.#random.next() < 0.2) log.push(undefined);
      else log.push(this.record());
    }
  }

  /** Deleted and made again under its name: other records at the same offsets. */
  recreate(source: Source): void {
    source.recreated.add(sourceIdOf(source));
    source.epoch++;
    this.#renew(source, source.log.length);
    this.produce(source, 2 + this.#random.below(4));
  }

  /** Another cluster takes over: the same records at other offsets, mixed with new ones. */
  mirror(source: Source): void {
    const before = source.log.flat().filter((record) => record !== undefined);
    source.recreated.add(sourceIdOf(source));
    source.epoch++;
    this.#renew(source, source.log.length);
    for (const record of before) {
      const log = this.#random.pick(source.log);
      if (this.#random.next() < 0.2) log.push(undefined);
      log.push(record);
    }
    this.produce(source, 2);
  }

  /** Another cluster takes over at once; it keeps partitions and order, lacks some records, and has others of the same times. */
  mirrorBeside(source: Source): void {
    const older = { sourceId: sourceIdOf(source), topicId: topicIdOf(source), log: source.log };
    source.epoch++;
    source.generation++;
    this.#renew(source, older.log.length);
    for (const [partition, log] of older.log.entries()) {
      for (const record of log) {
        if (!record) continue;
        if (this.#random.next() < 0.75) source.log[partition]!.push(record);
        else source.log[partition]!.push(this.#besides(record));
      }
    }
    source.older = older;
  }

  /** Another record of the same time. Two filtered ones nobody could tell apart, so such a one has a time of its own. */
  #besides({ kind, timestampMs }: SimRecord): SimRecord {
    const other = this.record();
    const isFiltered = [kind, other.kind].every((one) => [1, 2].some((version) => verdictOf(version as 1 | 2, one) === 'filtered'));
    return isFiltered ? other : { ...other, timestampMs };
  }

  #renew(source: Source, partitions: number): void {
    source.before = source.log;
    source.older = undefined;
    source.log = Array.from({ length: partitions }, () => []);
    source.start = source.log.map(() => 0);
    source.position = source.log.map(() => 0);
  }
}

/** A source as it is, for a copy of its world. */
export function copySource(source: Source): Source {
  const { recreated, log, start, position } = source;
  return { ...source, recreated: new Set(recreated), log: log.map((one) => [...one]), start: [...start], position: [...position] };
}

export function sourceIdOf({ name, generation }: Pick<Source, 'name' | 'generation'>): string {
  return `${name}/events/${generation}`;
}

/** Identity of a topic as a client sees it. */
export function topicIdOf({ name, epoch }: Source): string {
  return `${name}-${epoch}`;
}

/** What a poller delivers: several partitions, any boundaries, from where it stands or from anywhere; gaps at the ends are not seen. */
export function fetchSome(source: Source, random: Random): Delivery[] {
  const batch: Delivery[] = [];
  const isOne = source.log.length > 1 && random.next() < 0.4;
  const partitions = isOne ? [random.below(source.log.length)] : source.log.map((_, i) => i);
  for (const partition of partitions) {
    const log = source.log[partition]!;
    const from = random.next() < 0.6 ? source.position[partition]! : random.below(log.length + 1);
    batch.push(...deliveredFrom(source, { partition, from: Math.max(from, source.start[partition]!), length: 1 + random.below(6) }));
  }
  return batch;
}

/** Everything the source still has. */
export function fetchAll(source: Source): Delivery[] {
  return source.log.flatMap((log, partition) => deliveredFrom(source, { partition, from: source.start[partition]!, length: log.length }));
}

export function deliveredFrom(
  source: Source,
  part: { readonly partition: number; readonly from: number; readonly length: number },
): Delivery[] {
  const { partition, from, length } = part;
  return source.log[partition]!.slice(from, from + length).flatMap((record, i) =>
    record === undefined ? [] : [{ partition, offset: from + i, record }],
  );
}

/** SHA-256 of the first lines of a file source. */
export function prefixHash(source: Source, lines: number): string {
  const hash = createHash('sha256');
  for (const record of source.log[0]!.slice(0, lines)) hash.update(`${record!.id}\n`);
  return hash.digest('hex');
}

/** A batch as the decoder gives it. */
export function kafkaRecordsOf(batch: readonly Delivery[], sourceId: string): KafkaRecords {
  return gameRecords(
    batch.map(({ record, partition, offset }) => ({ ...record, partition, offset })),
    sourceId,
  );
}
