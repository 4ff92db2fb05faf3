// Readers of the parts that descriptors, entries and checkpoints share.
import type {
  ClassCounts,
  DecidedFile,
  DecidedSource,
  DecidedTable,
  GenerationMapping,
  InheritedPartition,
  ParkRule,
  PartitionRanges,
  SourceIdentity,
  SourceRanges,
  TableAdoption,
} from './entries.ts';
import {
  anything,
  base64,
  count,
  integer,
  list,
  literal,
  nullable,
  object,
  type Reader,
  ranges,
  record,
  text,
  tuple,
} from './json-readers.ts';
import type { DescriptorPartition, DescriptorSource, DescriptorTable, FileProgress, PartitionTimestamps, StagedFile } from './types.ts';

export const sourceRanges: Reader<SourceRanges> = object<SourceRanges>({ sourceId: text, partition: count, ranges });

export const timestamps = {
  edges: list(tuple<readonly [number, number]>(count, integer)),
  filteredTimestamps: list(tuple<readonly [number, number, number, number]>(count, count, integer, integer)),
  maxEventTimeMs: integer,
} as const satisfies { [K in keyof PartitionTimestamps]-?: Reader<Exclude<PartitionTimestamps[K], undefined>> };

const partition: Reader<DescriptorPartition> = object<DescriptorPartition>(
  { partition: count, accepted: record(ranges), quarantined: ranges, filtered: ranges, absent: ranges, ...timestamps },
  ['maxEventTimeMs'],
);

export const identity: Reader<SourceIdentity> = object<SourceIdentity>({ clusterArn: text, clusterId: text, topicId: text }, [
  'clusterArn',
  'clusterId',
  'topicId',
]);

export const descriptorSource: Reader<DescriptorSource> = object<DescriptorSource>(
  { sourceId: text, topic: text, observed: identity, partitions: list(partition) },
  ['observed'],
);

export const decidedSource: Reader<DecidedSource> = object<DecidedSource>({ sourceId: text, topic: text, partitions: list(partition) });

const pairs = list(tuple<readonly [number, number]>(count, count));
const bounds = list(tuple<readonly [number, string]>(count, base64));

const fileShape = {
  path: text,
  sizeBytes: count,
  recordCount: count,
  specId: count,
  partition: list(anything),
  sortOrderId: nullable(count),
  splitOffsets: list(count),
  columnSizes: pairs,
  valueCounts: pairs,
  nullValueCounts: pairs,
  nanValueCounts: pairs,
  lowerBounds: bounds,
  upperBounds: bounds,
  offsets: list(sourceRanges),
} as const;
export const stagedFile: Reader<StagedFile> = object<StagedFile>(fileShape);

const keep: Reader<'all' | readonly SourceRanges[]> = (value, at) => (value === 'all' ? value : list(sourceRanges)(value, at));
const decidedFile: Reader<DecidedFile> = object<DecidedFile>({ ...fileShape, keep });

const tableShape = { table: text, tableUuid: text, schemaHash: text, specHash: text } as const;
export const descriptorTable: Reader<DescriptorTable> = object<DescriptorTable>({ ...tableShape, files: list(stagedFile) });
export const decidedTable: Reader<DecidedTable> = object<DecidedTable>({ ...tableShape, files: list(decidedFile) });

export const fileProgress: Reader<FileProgress> = object<FileProgress>({ sourceId: text, lines: count, bytes: count, sha256: text });

export const parkRule: Reader<ParkRule> = object<ParkRule>({ table: text, rule: text, sourceId: text, partition: count, offset: count });

export const classCounts: Reader<ClassCounts> = object<ClassCounts>({
  accepted: count,
  quarantined: count,
  filtered: count,
  absent: count,
});

export const inheritedPartition: Reader<InheritedPartition> = object<InheritedPartition>({ partition: count, ranges, ...timestamps }, [
  'maxEventTimeMs',
]);

export const partitionRanges: Reader<PartitionRanges> = object<PartitionRanges>({ partition: count, ranges });

export const generationMapping: Reader<GenerationMapping> = object<GenerationMapping>(
  { of: list(text), landed: count, fresh: count, ambiguous: count, compared: list(partitionRanges) },
  ['compared'],
);

export const adoption: Reader<TableAdoption> = object<TableAdoption>({ snapshotId: nullable(text), applied: count });

export const versionOne = literal(1);
