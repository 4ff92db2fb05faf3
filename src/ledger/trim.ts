// Trims a staged descriptor against the coverage (DESIGN §6): only offsets that nothing covers are kept, so no record is in a
// table twice whatever is redelivered and however batches are cut (promise 2). Before a record is dropped, in a wholly or partly
// covered delivery, its partition must prove to be the one the ledger knows:
//   - a record delivered at an offset proven absent disagrees; at one declared absent the declaration stands;
//   - timestamps are compared (compare.ts); one disagreement, or nothing to compare at all, means a recreated topic: the source
//     is parked and nothing is dropped.
// Pure. When remembered timestamps do not suffice it says which offsets it needs more evidence for; the caller reads rows.
import { assertInvariant } from '../errors.ts';
import { compareTimestamps, type TimestampEvidence } from './compare.ts';
import type { DecidedDescriptor, DecidedFile, DecidedTable, ParkReason, SourceRanges } from './entries.ts';
import { containsOffset, countOffsets, intersectRanges, normalizeRanges, type Ranges, subtractRanges } from './ranges.ts';
import { countsOfDecided, deliveredOf, type LedgerState, type PartitionState, type SourceState } from './state.ts';
import type { Descriptor, DescriptorPartition, DescriptorTable, StagedFile } from './types.ts';

export type TrimResult =
  | { readonly kind: 'kept'; readonly decided: DecidedDescriptor }
  /** Every offset is covered and every partition agrees. */
  | { readonly kind: 'covered' }
  /** Records would be dropped of which too little could be compared: look up timestamps of these offsets and trim again. */
  | { readonly kind: 'incomparable'; readonly overlaps: readonly OpenRanges[] }
  | { readonly kind: 'park'; readonly sourceId: string; readonly reason: ParkReason; readonly message: string };

/** Offsets to look up, and whether any timestamp of their partition was compared yet. */
export interface OpenRanges extends SourceRanges {
  readonly isCompared: boolean;
}

export interface TrimEvidence {
  find(sourceId: string, partition: number): TimestampEvidence | undefined;
  /** True once rows were read: what still cannot be compared parks. */
  readonly isComplete: boolean;
}

export const NO_EVIDENCE: TrimEvidence = { find: () => undefined, isComplete: false };

/** The part of a descriptor that nothing covers, or why nothing may be decided. Cost: linear in ranges. */
export function trimDescriptor(state: LedgerState, descriptor: Descriptor, evidence: TrimEvidence = NO_EVIDENCE): TrimResult {
  const incomparable: OpenRanges[] = [];
  for (const source of descriptor.sources) {
    const known = state.sources.get(source.sourceId);
    if (!known) continue;
    const moved = findChangedFile(known, descriptor);
    if (moved) return moved;
    for (const classes of source.partitions) {
      const partition = known.partitions.get(classes.partition);
      if (!partition) continue;
      const verdict = checkOverlap(partition, classes, { sourceId: source.sourceId, evidence });
      if (verdict?.kind === 'park') return verdict;
      if (verdict) incomparable.push(...verdict.overlaps);
    }
  }
  if (incomparable.length > 0) return { kind: 'incomparable', overlaps: incomparable };
  return keepUncovered(state, descriptor);
}

/** Undefined when the partition agrees or drops no record. */
function checkOverlap(
  known: PartitionState,
  classes: DescriptorPartition,
  { sourceId, evidence }: { readonly sourceId: string; readonly evidence: TrimEvidence },
): Extract<TrimResult, { kind: 'park' | 'incomparable' }> | undefined {
  const records = subtractRanges(deliveredOf(classes), classes.absent);
  const dropped = intersectRanges(records, known.covered);
  const at = `${sourceId} partition ${known.partition}`;
  // rule "delivered absent parks": Kafka said there is no record, yet here it is.
  const undead = intersectRanges(dropped, known.absent)[0];
  if (undead)
    return parkSource(sourceId, `${at} delivers a record at offset ${undead[0]}, which is proven absent: the topic was made again`);
  const comparable = subtractRanges(dropped, known.declared);
  if (comparable.length === 0) return undefined;
  // rules "timestamps compared", "partial overlap compared": wholly or partly covered alike.
  const found = evidence.find(sourceId, known.partition) ?? {};
  const { agreement, open } = compareTimestamps(known, classes, { offsets: comparable, evidence: found });
  switch (agreement) {
    case 'agree':
      return undefined;
    case 'disagree':
      return parkSource(sourceId, `${at} delivers other records at covered offsets from ${comparable[0]![0]}: the topic was made again`);
    case 'partly-compared':
      return evidence.isComplete ? undefined : overlap({ sourceId, partition: known.partition, ranges: open, isCompared: true });
    case 'nothing-compared': {
      if (!evidence.isComplete) return overlap({ sourceId, partition: known.partition, ranges: open, isCompared: false });
      // A declared offset among the dropped ones counts as compared: the declaration is what is known of it.
      if (countOffsets(comparable) < countOffsets(dropped)) return undefined;
      // rule "at least one compared".
      const message = `${at} delivers covered offsets from ${comparable[0]![0]} and no timestamp is left to compare`;
      return { kind: 'park', sourceId, reason: 'nothing-to-compare', message };
    }
  }
}

function overlap(open: OpenRanges): Extract<TrimResult, { kind: 'incomparable' }> {
  return { kind: 'incomparable', overlaps: [open] };
}

function parkSource(sourceId: string, message: string): Extract<TrimResult, { kind: 'park' }> {
  return { kind: 'park', sourceId, reason: 'topic-recreated', message };
}

/** A file source whose covered prefix is another one now: as many lines, other bytes. */
function findChangedFile(known: SourceState, descriptor: Descriptor): Extract<TrimResult, { kind: 'park' }> | undefined {
  const progress = descriptor.files?.find(({ sourceId }) => sourceId === known.sourceId);
  if (!progress || !known.file || progress.lines !== known.file.lines || progress.sha256 === known.file.sha256) return undefined;
  const message = `${known.sourceId}: the first ${progress.lines} lines are not the ones that were landed`;
  return { kind: 'park', sourceId: known.sourceId, reason: 'file-changed', message };
}

function keepUncovered(state: LedgerState, descriptor: Descriptor): TrimResult {
  let isTrimmed = false;
  const sources = descriptor.sources.map((source) => {
    const known = state.sources.get(source.sourceId);
    const partitions = source.partitions.map((classes) => {
      const covered = known?.partitions.get(classes.partition)?.covered ?? [];
      const kept = keepOfPartition(classes, covered);
      if (kept !== classes) isTrimmed = true;
      return kept;
    });
    return { sourceId: source.sourceId, topic: source.topic, partitions: partitions.filter((kept) => deliveredOf(kept).length > 0) };
  });
  const kept = sources.filter(({ partitions }) => partitions.length > 0);
  if (kept.length === 0) return { kind: 'covered' };
  const coverage = (sourceId: string, partition: number): Ranges => state.sources.get(sourceId)?.partitions.get(partition)?.covered ?? [];
  const park = descriptor.park?.filter(({ sourceId, partition, offset }) => !containsOffset(coverage(sourceId, partition), offset));
  const decided: DecidedDescriptor = {
    id: descriptor.id,
    contractVersion: descriptor.contractVersion,
    programHash: descriptor.programHash,
    createdAtMs: descriptor.createdAtMs,
    sources: kept,
    counts: countsOfDecided(kept),
    tables: descriptor.tables.map((table) => keepOfTable(table, coverage)).filter(({ files }) => files.length > 0),
    ...(descriptor.files ? { files: descriptor.files } : {}),
    ...(park && park.length > 0 ? { park } : {}),
    ruleCounts: isTrimmed ? {} : descriptor.ruleCounts,
  };
  checkDecided(decided);
  return { kind: 'kept', decided };
}

function keepOfPartition(classes: DescriptorPartition, covered: Ranges): DescriptorPartition {
  if (intersectRanges(deliveredOf(classes), covered).length === 0) return classes;
  const accepted = Object.entries(classes.accepted).map(([table, ranges]) => [table, subtractRanges(ranges, covered)] as const);
  return {
    ...classes,
    accepted: Object.fromEntries(accepted.filter(([, ranges]) => ranges.length > 0)),
    quarantined: subtractRanges(classes.quarantined, covered),
    filtered: subtractRanges(classes.filtered, covered),
    absent: subtractRanges(classes.absent, covered),
  };
}

/** Rule "trimmed files rewritten" begins here: a file that keeps some of its rows says which. */
function keepOfTable(table: DescriptorTable, coverage: (sourceId: string, partition: number) => Ranges): DecidedTable {
  const files: DecidedFile[] = [];
  for (const file of table.files) {
    const kept = keepOfFile(file, coverage);
    if (kept) files.push(kept);
  }
  return { ...table, files };
}

function keepOfFile(file: StagedFile, coverage: (sourceId: string, partition: number) => Ranges): DecidedFile | undefined {
  const offsets = file.offsets.map((held) => ({ ...held, ranges: subtractRanges(held.ranges, coverage(held.sourceId, held.partition)) }));
  const left = offsets.reduce((sum, { ranges }) => sum + countOffsets(ranges), 0);
  if (left === 0) return undefined;
  if (left === file.recordCount) return { ...file, keep: 'all' };
  return { ...file, keep: offsets.filter(({ ranges }) => ranges.length > 0) };
}

/** What an entry says it holds is what its files bring (promise 1). */
function checkDecided(decided: DecidedDescriptor): void {
  let rows = 0;
  for (const { files } of decided.tables) for (const file of files) rows += countOffsets(keptOffsets(file).flatMap(({ ranges }) => ranges));
  const { accepted, quarantined } = decided.counts;
  assertInvariant(rows === accepted + quarantined, 'the files of a decided descriptor hold its accepted and quarantined offsets');
}

/** The offsets of a decided file's rows that belong to its entry. */
export function keptOffsets(file: DecidedFile): readonly SourceRanges[] {
  return file.keep === 'all' ? file.offsets : file.keep;
}

/** All offsets that entries of a table place in it, by source and partition, merged. */
export function mergeSourceRanges(all: readonly SourceRanges[]): SourceRanges[] {
  const merged = new Map<string, SourceRanges>();
  for (const { sourceId, partition, ranges } of all) {
    const key = `${partition} ${sourceId}`;
    merged.set(key, { sourceId, partition, ranges: normalizeRanges([...(merged.get(key)?.ranges ?? []), ...ranges]) });
  }
  return [...merged.values()];
}
