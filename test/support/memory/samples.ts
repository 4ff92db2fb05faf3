// Descriptors for tests of the ledger, built from a word per offset: `a` accepted, `q` quarantined, `f` filtered, `.` absent.
import type { EntryEffect } from '../../../src/jobs/entry-effect.ts';
import { normalizeRanges, type Ranges, rangesOfOffsets } from '../../../src/ledger/ranges.ts';
import type { Descriptor, DescriptorPartition, FileProgress, StagedFile } from '../../../src/ledger/types.ts';

export const TABLE = 'game.events';
export const QUARANTINE = 'game.events__quarantine';
export const SOURCE = 'main/events/1';

export interface SampleDelivery {
  readonly partition?: number;
  readonly start: number;
  /** One letter per offset. */
  readonly classes: string;
  /** Timestamp of an offset; 1000 × offset when left out. */
  readonly timestampMs?: (offset: number) => number;
  readonly sourceId?: string;
}

export function makePartition(delivery: SampleDelivery): DescriptorPartition {
  const { start, classes } = delivery;
  const timestampMs = delivery.timestampMs ?? ((offset) => offset * 1000);
  const offsets = Array.from(classes, (_, i) => start + i);
  const withClass = (letter: string): Ranges => rangesOfOffsets(offsets.filter((_, i) => classes[i] === letter));
  const records = offsets.filter((_, i) => classes[i] !== '.');
  const accepted = withClass('a');
  const filtered = withClass('f');
  return {
    partition: delivery.partition ?? 0,
    accepted: accepted.length > 0 ? { [TABLE]: accepted } : {},
    quarantined: withClass('q'),
    filtered,
    absent: withClass('.'),
    edges: [...new Set([records[0], records.at(-1)])]
      .filter((offset) => offset !== undefined)
      .map((offset) => [offset, timestampMs(offset)] as const),
    filteredTimestamps: filtered.map(([from, to]) => {
      const times = Array.from({ length: to - from }, (_, i) => timestampMs(from + i));
      return [from, to, Math.min(...times), Math.max(...times)] as const;
    }),
  };
}

export function makeFile(path: string, offsets: StagedFile['offsets']): StagedFile {
  const recordCount = offsets.reduce((sum, { ranges }) => sum + ranges.reduce((rows, [start, end]) => rows + end - start, 0), 0);
  return {
    path,
    sizeBytes: 1000,
    recordCount,
    specId: 0,
    partition: [],
    sortOrderId: 0,
    splitOffsets: [4],
    columnSizes: [],
    valueCounts: [],
    nullValueCounts: [],
    nanValueCounts: [],
    lowerBounds: [],
    upperBounds: [],
    offsets,
  };
}

/** A descriptor of some deliveries, one file per table. */
export function makeDescriptor(id: string, deliveries: readonly SampleDelivery[], files?: readonly FileProgress[]): Descriptor {
  const sourceIds = [...new Set(deliveries.map(({ sourceId }) => sourceId ?? SOURCE))];
  const sources = sourceIds.map((sourceId) => ({
    sourceId,
    topic: 'events',
    partitions: deliveries.filter((delivery) => (delivery.sourceId ?? SOURCE) === sourceId).map(makePartition),
  }));
  const held = (of: (partition: DescriptorPartition) => Ranges): StagedFile['offsets'] =>
    sources
      .flatMap(({ sourceId, partitions }) =>
        partitions.map((one) => ({ sourceId, partition: one.partition, ranges: normalizeRanges(of(one)) })),
      )
      .filter(({ ranges }) => ranges.length > 0);
  const accepted = held((one) => one.accepted[TABLE] ?? []);
  const quarantined = held((one) => one.quarantined);
  const table = (name: string, offsets: StagedFile['offsets']) =>
    offsets.length === 0
      ? []
      : [
          {
            table: name,
            tableUuid: `uuid-${name}`,
            schemaHash: 's',
            specHash: 'p',
            files: [makeFile(`${name}/data/${id}.parquet`, offsets)],
          },
        ];
  return {
    version: 1,
    id,
    contract: 'game.events',
    contractVersion: '1.0.0',
    programHash: 'hash',
    createdAtMs: 1_000_000,
    sources,
    tables: [...table(TABLE, accepted), ...table(QUARANTINE, quarantined)],
    ...(files ? { files } : {}),
    ruleCounts: { 'required:quarantine': countLetters(deliveries, 'q') },
  };
}

function countLetters(deliveries: readonly SampleDelivery[], letter: string): number {
  return deliveries.reduce((sum, { classes }) => sum + [...classes].filter((one) => one === letter).length, 0);
}

/** An entry's effect on a table that it does nothing to. */
export const NO_EFFECT: Omit<EntryEffect, 'n'> = {
  isReset: false,
  bring: [],
  leave: [],
  keepsGone: undefined,
  rows: 0,
  filtered: 0,
  absent: 0,
  contractVersion: undefined,
};
