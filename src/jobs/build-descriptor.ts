// What one landing decided, as a staged descriptor (DESIGN §5.4): per topic partition every offset in exactly one class, the
// timestamps that tell a duplicate later, the files and the offsets they hold. Pure. Upholds promise 1: accepted + quarantined +
// filtered + absent are the delivered offsets, and offsets missing inside the delivery are absent.
import type { KafkaRecords } from '../decode/records.ts';
import type { SourceIdentity } from '../ledger/entries.ts';
import { gapsOf, type Ranges, rangesOfOffsets } from '../ledger/ranges.ts';
import type { DescriptorPartition, DescriptorSource, StagedFile } from '../ledger/types.ts';
import { VERDICT } from '../pipeline/types.ts';
import type { GroupedRecords, RecordGroup } from './group-records.ts';

export interface SourcesRequest {
  readonly records: KafkaRecords;
  readonly grouped: GroupedRecords;
  /** Final class of each record: rows that could not be encoded count as quarantined. */
  readonly verdicts: Uint8Array;
  /** Event time by record, NaN where there is none. */
  readonly eventTimeMs: Float64Array;
  /** The table accepted rows go to. */
  readonly table: string;
  readonly gaps: 'absent' | 'unverified';
  readonly observed: ReadonlyMap<string, SourceIdentity>;
}

/** The sources of a descriptor, one partition per group. */
export function sourcesOf(request: SourcesRequest): DescriptorSource[] {
  const { records, grouped } = request;
  const bySource = new Map<number, DescriptorPartition[]>();
  for (const group of grouped.groups) {
    const partitions = bySource.get(group.source) ?? [];
    partitions.push(partitionOf(request, group));
    bySource.set(group.source, partitions);
  }
  return [...bySource].map(([index, partitions]) => {
    const source = records.sources[index]!;
    const observed = request.observed.get(source.id);
    return { sourceId: source.id, topic: source.topic, ...(observed ? { observed } : {}), partitions };
  });
}

/** The offsets of some records by source and partition: what a file holds. */
export function offsetsOf(records: KafkaRecords, members: Iterable<number>): StagedFile['offsets'] {
  const byKey = new Map<string, { readonly sourceId: string; readonly partition: number; readonly offsets: number[] }>();
  for (const record of members) {
    const key = `${records.source[record]} ${records.topicPartition[record]}`;
    const known = byKey.get(key);
    if (known) known.offsets.push(records.kafkaOffset[record]!);
    else {
      const sourceId = records.sources[records.source[record]!]!.id;
      byKey.set(key, { sourceId, partition: records.topicPartition[record]!, offsets: [records.kafkaOffset[record]!] });
    }
  }
  return [...byKey.values()].map(({ sourceId, partition, offsets }) => ({
    sourceId,
    partition,
    ranges: rangesOfOffsets(Float64Array.from(offsets).sort()),
  }));
}

function partitionOf(request: SourcesRequest, group: RecordGroup): DescriptorPartition {
  const { records, verdicts, table } = request;
  const offsetsWith = (verdict: number): Ranges => {
    const members = group.records.filter((record) => verdicts[record] === verdict);
    return rangesOfOffsets(Float64Array.from(members, (record) => records.kafkaOffset[record]!));
  };
  const accepted = offsetsWith(VERDICT.accepted);
  const delivered = rangesOfOffsets(Float64Array.from(group.records, (record) => records.kafkaOffset[record]!));
  const maxEventTimeMs = largestEventTime(request, group);
  return {
    partition: group.partition,
    accepted: accepted.length > 0 ? { [table]: accepted } : {},
    quarantined: offsetsWith(VERDICT.quarantined),
    filtered: offsetsWith(VERDICT.filtered),
    absent: request.gaps === 'absent' ? gapsOf(delivered) : [],
    edges: edgesOf(records, group),
    filteredTimestamps: filteredRuns(request, group),
    ...(maxEventTimeMs === undefined ? {} : { maxEventTimeMs }),
  };
}

/** First and last record of the delivery. */
function edgesOf(records: KafkaRecords, group: RecordGroup): DescriptorPartition['edges'] {
  const ends = new Set([group.records[0]!, group.records.at(-1)!]);
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
