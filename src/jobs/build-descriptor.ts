// What one landing decided, as a staged descriptor (DESIGN §5.4): per topic partition every offset in exactly one class, the
// timestamps that tell a duplicate later, the files and the offsets they hold. Pure. Upholds promise 1: accepted + quarantined +
// filtered + absent are the delivered offsets, and offsets missing inside the delivery are absent.
import type { KafkaRecords, RecordSource } from '../decode/records.ts';
import type { SourceIdentity } from '../ledger/entries.ts';
import { gapsOf, normalizeRanges, type Ranges, subtractRanges, unionRanges } from '../ledger/ranges.ts';
import type { DescriptorPartition, DescriptorSource, StagedFile } from '../ledger/types.ts';
import { VERDICT } from '../pipeline/types.ts';
import type { GroupedRecords, RecordGroup } from './group-records.ts';

/** Offsets of one topic partition that Kafka was asked about. */
export interface AnsweredRanges {
  readonly source: RecordSource;
  readonly partition: number;
  readonly ranges: Ranges;
}

/** Beside a batch: offsets a reader has answered completely. Of these, one that no record has is absent, at their ends too. */
export interface Answered {
  readonly answered?: readonly AnsweredRanges[];
}

export interface SourcesRequest {
  readonly records: KafkaRecords;
  readonly grouped: GroupedRecords;
  /** Final class of each record: rows that could not be encoded count as quarantined. */
  readonly verdicts: Uint8Array;
  /** Event time by record, NaN where there is none. */
  readonly eventTimeMs: Float64Array;
  /** By record: the table that accepted it, as an index into `tables`. */
  readonly tableOf: Uint8Array;
  /** Keys of the contract's tables. */
  readonly tables: readonly string[];
  readonly gaps: 'absent' | 'unverified';
  /** Offsets that are absent unless a record has them. */
  readonly answered: readonly AnsweredRanges[];
  readonly observed: ReadonlyMap<string, SourceIdentity>;
}

/** The sources of a descriptor, one partition per group. */
export function sourcesOf(request: SourcesRequest): DescriptorSource[] {
  const { records, grouped } = request;
  const bySource = new Map<number, DescriptorPartition[]>();
  const acceptedIn = acceptedBy(request);
  for (const group of grouped.groups) {
    const partitions = bySource.get(group.source) ?? [];
    partitions.push(partitionOf(request, group, acceptedIn));
    bySource.set(group.source, partitions);
  }
  const sources = [...bySource].map(([index, partitions]) => describeSource(request, records.sources[index]!, partitions));
  return withoutRecords(request, sources);
}

function describeSource(request: SourcesRequest, source: RecordSource, partitions: DescriptorPartition[]): DescriptorSource {
  const observed = request.observed.get(source.id);
  return { sourceId: source.id, topic: source.topic, ...(observed ? { observed } : {}), partitions };
}

/** Adds partitions that were asked about and had no record at all: markers of transactions, aborted records. */
function withoutRecords(request: SourcesRequest, sources: readonly DescriptorSource[]): DescriptorSource[] {
  const bare = request.answered.filter(({ source, partition, ranges }) => {
    const known = sources.find(({ sourceId }) => sourceId === source.id)?.partitions.some((one) => one.partition === partition);
    return !known && ranges.length > 0;
  });
  const all = new Map(sources.map((source) => [source.sourceId, source]));
  for (const { source, partition, ranges } of bare) {
    const classes = {
      partition,
      accepted: {},
      quarantined: [],
      filtered: [],
      absent: normalizeRanges(ranges),
      edges: [],
      filteredTimestamps: [],
    };
    const known = all.get(source.id) ?? describeSource(request, source, []);
    all.set(source.id, { ...known, partitions: [...known.partitions, classes] });
  }
  return [...all.values()];
}

/** The offsets of the records of some rows by source and partition: what a file holds. Repeated records have no rows. */
export function offsetsOf(
  records: KafkaRecords,
  groups: readonly RecordGroup[],
  rows: { readonly order: Uint32Array; readonly recordOf: Uint32Array },
): StagedFile['offsets'] {
  const isHeld = new Uint8Array(records.count);
  for (let i = 0; i < rows.order.length; i++) isHeld[rows.recordOf[rows.order[i]!]!] = 1;
  return groups.flatMap((group) => {
    const ranges = rangesOf(records, group, { classOf: isHeld, wanted: 1 });
    return ranges.length > 0 ? [{ sourceId: records.sources[group.source]!.id, partition: group.partition, ranges }] : [];
  });
}

/** Offsets of the group's records; of those whose class is the wanted one. */
function rangesOf(
  { kafkaOffset }: KafkaRecords,
  group: RecordGroup,
  where?: { readonly classOf: Uint8Array | Uint16Array; readonly wanted: number },
): Ranges {
  const ranges: [number, number][] = [];
  let end = -1;
  for (let i = 0; i < group.records.length; i++) {
    const record = group.records[i]!;
    if (where && where.classOf[record] !== where.wanted) continue;
    const offset = kafkaOffset[record]!;
    if (offset === end) ranges[ranges.length - 1]![1] = offset + 1;
    else ranges.push([offset, offset + 1]);
    end = offset + 1;
  }
  return ranges;
}

/** By record: 1 + the table that accepted it, 0 for all others. */
function acceptedBy({ verdicts, tableOf }: SourcesRequest): Uint16Array {
  const by = new Uint16Array(verdicts.length);
  for (let i = 0; i < by.length; i++) if (verdicts[i] === VERDICT.accepted) by[i] = tableOf[i]! + 1;
  return by;
}

function partitionOf(request: SourcesRequest, group: RecordGroup, acceptedIn: Uint16Array): DescriptorPartition {
  const { records, verdicts, tables } = request;
  const accepted = tables.flatMap((table, index): [string, Ranges][] => {
    const ranges = rangesOf(records, group, { classOf: acceptedIn, wanted: index + 1 });
    return ranges.length > 0 ? [[table, ranges]] : [];
  });
  const delivered = rangesOf(records, group);
  const maxEventTimeMs = largestEventTime(request, group);
  return {
    partition: group.partition,
    accepted: Object.fromEntries(accepted),
    quarantined: rangesOf(records, group, { classOf: verdicts, wanted: VERDICT.quarantined }),
    filtered: rangesOf(records, group, { classOf: verdicts, wanted: VERDICT.filtered }),
    absent: absentOf(request, group, delivered),
    edges: edgesOf(records, group),
    filteredTimestamps: filteredRuns(request, group),
    ...(maxEventTimeMs === undefined ? {} : { maxEventTimeMs }),
  };
}

function absentOf({ records, gaps, answered }: SourcesRequest, group: RecordGroup, delivered: Ranges): Ranges {
  const sourceId = records.sources[group.source]!.id;
  const asked = answered.filter(({ source, partition }) => source.id === sourceId && partition === group.partition);
  const missing = subtractRanges(normalizeRanges(asked.flatMap(({ ranges }) => ranges)), delivered);
  return gaps === 'absent' ? unionRanges(gapsOf(delivered), missing) : missing;
}

/** First and last record of the delivery, and where clocks disagree its oldest and youngest: a new generation is told by those. */
function edgesOf(records: KafkaRecords, group: RecordGroup): DescriptorPartition['edges'] {
  const [first, last] = [group.records[0]!, group.records.at(-1)!];
  let [oldest, youngest] = [first, first];
  for (const record of group.records) {
    if (records.timestampMs[record]! < records.timestampMs[oldest]!) oldest = record;
    if (records.timestampMs[record]! >= records.timestampMs[youngest]!) youngest = record;
  }
  const ends = new Set([first, oldest, youngest, last].sort((a, b) => records.kafkaOffset[a]! - records.kafkaOffset[b]!));
  return [...ends].map((record) => [records.kafkaOffset[record]!, records.timestampMs[record]!] as const);
}

/** Runs of filtered offsets with the smallest and largest timestamp of each. */
function filteredRuns({ records, verdicts }: SourcesRequest, group: RecordGroup): DescriptorPartition['filteredTimestamps'] {
  const runs: [number, number, number, number][] = [];
  for (const record of group.records) {
    if (verdicts[record] !== VERDICT.filtered) continue;
    const offset = records.kafkaOffset[record]!;
    const timestampMs = records.timestampMs[record]!;
    const last = runs.at(-1);
    if (last && last[1] === offset) {
      last[1] = offset + 1;
      last[2] = Math.min(last[2], timestampMs);
      last[3] = Math.max(last[3], timestampMs);
    } else runs.push([offset, offset + 1, timestampMs, timestampMs]);
  }
  return runs;
}

/** Largest event time of accepted rows, each capped at its Kafka timestamp: one wrong clock must not move the watermark ahead. */
function largestEventTime({ records, verdicts, eventTimeMs }: SourcesRequest, group: RecordGroup): number | undefined {
  let largest: number | undefined;
  for (const record of group.records) {
    const eventMs = eventTimeMs[record]!;
    if (verdicts[record] !== VERDICT.accepted || Number.isNaN(eventMs)) continue;
    const capped = Math.floor(Math.min(eventMs, records.timestampMs[record]!));
    largest = Math.max(largest ?? capped, capped);
  }
  return largest;
}
