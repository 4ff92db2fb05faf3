// The fold of the ledger: one entry after the other changes the state (DESIGN §5.2). Upholds promise 1: an offset that is covered
// never gets a second class but by a plan's entry, and counts are those of the ranges. Mirrors `State.fold` of the protocol's
// model, whose sets are ranges here. Every kind is folded; the switch is exhaustive.
import { LIMITS } from '../contract/limits.ts';
import { assertInvariant } from '../errors.ts';
import type { DecidedDescriptor, DecidedSource, LedgerEntry, ReclassEntry, SourceRanges } from './entries.ts';
import { foldPark, foldUnpark, hold } from './fold-parks.ts';
import { emptyNewerGenerations, newerGenerations } from './generations.ts';
import { countOffsets, intersectRanges, type Ranges, subtractRanges, unionRanges } from './ranges.ts';
import { growSpan, rememberRuns, rememberTimestamps } from './remember.ts';
import {
  addCounts,
  classedOf,
  countsOfDecided,
  countsOfSource,
  deliveredOf,
  type LedgerState,
  NO_COUNTS,
  type PartitionState,
  partitionOf,
  type SourceState,
  sourceOf,
  tableOf,
} from './state.ts';
import type { PartitionClasses, PartitionTimestamps } from './types.ts';

/** Folds the next entry into the state. Entries come strictly in order. */
export function foldEntry(state: LedgerState, entry: LedgerEntry): void {
  assertInvariant(entry.n === state.n + 1, 'ledger entries are folded in order', { contract: state.contract, entry: entry.n });
  assertInvariant(entry.contract === state.contract, 'an entry belongs to the contract of its folder', { entry: entry.n });
  state.n = entry.n;
  switch (entry.kind) {
    case 'land':
      for (const descriptor of entry.descriptors) foldDecided(state, entry, descriptor);
      return;
    case 'source':
      for (const source of entry.sources) foldSource(state, entry.atMs, source);
      return;
    case 'absent':
      for (const ranges of entry.ranges) foldAbsent(state, { atMs: entry.atMs, evidence: entry.evidence, ranges });
      return;
    case 'redrive':
    case 'replay':
    case 'replace':
      for (const source of entry.sources) foldReclass(state, { atMs: entry.atMs, kind: entry.kind }, source);
      // A table may have its first rows from a plan; from then on it is known by its identity like any other (rule "uuid checked").
      for (const table of entry.tables) tableOf(state, table.table).uuid ??= table.tableUuid;
      hold(state, entry.n, entry.holds);
      return;
    case 'erase':
      for (const removed of entry.removed) foldErase(state, entry.rule, removed);
      hold(state, entry.n, entry.holds);
      return;
    case 'park':
      foldPark(state, entry);
      return;
    case 'unpark':
      foldUnpark(state, entry);
      return;
  }
}

/** Folds one decided descriptor: what its entry does, or what an entry being built will do. */
export function foldDecided(state: LedgerState, entry: { readonly n: number; readonly atMs: number }, descriptor: DecidedDescriptor): void {
  state.decided.set(descriptor.id, entry.n);
  for (const source of descriptor.sources) {
    const target = sourceOf(state, source.sourceId, source.topic);
    for (const classes of source.partitions)
      cover(partitionOf(target, classes), classes, { atMs: entry.atMs, countMax: rememberedMax(target) });
    target.besides = besidesLeft(target);
    target.counts = addCounts(target.counts, countsOfDecided([source]));
    compareAgain(state, source.sourceId);
  }
  for (const progress of descriptor.files ?? []) {
    const target = state.sources.get(progress.sourceId);
    if (target && progress.lines >= (target.file?.lines ?? 0)) target.file = progress;
  }
  for (const table of descriptor.tables) {
    const target = tableOf(state, table.table);
    target.uuid ??= table.tableUuid;
    hold(state, entry.n, [table.table]);
  }
  for (const [rule, count] of Object.entries(descriptor.ruleCounts)) {
    state.ruleCounts.set(rule, (state.ruleCounts.get(rule) ?? 0) + count);
  }
  for (const park of descriptor.park ?? []) {
    tableOf(state, park.table).parked ??= {
      entry: entry.n,
      reason: 'rule',
      message: `rule ${park.rule} asks to stop: ${park.sourceId} partition ${park.partition} offset ${park.offset}`,
      applyThrough: entry.n,
    };
  }
}

/** What may land beside a newer generation without what has: that is covered, and the state does not grow with it. */
function besidesLeft({ besides, partitions }: SourceState): SourceState['besides'] {
  if (!besides?.compared) return besides;
  const compared = besides.compared
    .map(({ partition, ranges }) => ({ partition, ranges: subtractRanges(ranges, partitions.get(partition)?.covered ?? []) }))
    .filter(({ ranges }) => ranges.length > 0);
  return compared.length > 0 ? { ...besides, compared } : undefined;
}

/** A newer generation that was compared while it was empty is compared with what lands here now, before its first record lands. */
function compareAgain(state: LedgerState, sourceId: string): void {
  for (const newer of emptyNewerGenerations(state, sourceId)) newer.isMapped = false;
}

/** Adds newly covered offsets; an offset is in one class once and for all (promise 1). */
function cover(
  target: PartitionState,
  classes: PartitionClasses & PartitionTimestamps,
  { atMs, countMax }: { readonly atMs: number; readonly countMax: number },
): void {
  const delivered = deliveredOf(classes);
  assertInvariant(intersectRanges(delivered, target.covered).length === 0, 'a land entry covers only offsets that no entry covered', {
    topicPartition: target.partition,
  });
  if (delivered.length === 0) return;
  target.covered = unionRanges(target.covered, delivered);
  target.start = Math.min(target.start, delivered[0]![0]);
  for (const [table, ranges] of Object.entries(classes.accepted)) {
    target.accepted.set(table, unionRanges(target.accepted.get(table) ?? [], ranges));
  }
  target.quarantined = unionRanges(target.quarantined, classes.quarantined);
  target.filtered = unionRanges(target.filtered, classes.filtered);
  target.absent = unionRanges(target.absent, classes.absent);
  remember(target, classes, countMax);
  target.lastAtMs = atMs;
}

/** What all partitions of a source, of which it has one at least, remember together has a bound, whatever their number. */
function rememberedMax({ partitions }: SourceState): number {
  const share = Math.floor(LIMITS.rememberedTotalMax / partitions.size);
  return Math.max(LIMITS.rememberedMin, Math.min(LIMITS.rememberedTimestampsMax, share));
}

function remember(target: PartitionState, timestamps: PartitionTimestamps, countMax: number): void {
  // rule "filtered remembered": filtered records have no stored row, so their timestamps live here.
  target.remembered = rememberTimestamps(target.remembered, timestamps.edges, countMax);
  target.filteredRuns = rememberRuns(target.filteredRuns, timestamps.filteredTimestamps, countMax);
  target.spanMs = growSpan(target.spanMs, timestamps);
  if (timestamps.maxEventTimeMs !== undefined) {
    target.maxEventTimeMs = Math.max(target.maxEventTimeMs ?? timestamps.maxEventTimeMs, timestamps.maxEventTimeMs);
  }
}

function foldSource(state: LedgerState, atMs: number, source: Extract<LedgerEntry, { kind: 'source' }>['sources'][number]): void {
  const target = sourceOf(state, source.sourceId, source.topic);
  target.observed = { ...source.observed, ...target.observed };
  if (source.inherited || source.mapping) {
    target.isMapped = true;
    if (target.parked?.reason === 'generation-unmapped') target.parked = undefined;
    // What a person took for new lands beside the generations it was compared with, and no others; what is delivered later is compared then.
    const newest = newerGenerations(state, source.sourceId).at(-1)?.sourceId;
    const { of = [], fresh = 0, ambiguous = 0, compared } = source.mapping ?? {};
    if (newest !== undefined && of.includes(newest) && fresh + ambiguous > 0) target.besides = compared ? { newest, compared } : { newest };
  }
  // rule "generation inherits": what landed under the old generation counts as covered under the new one.
  for (const inherited of source.inherited ?? []) {
    const partition = partitionOf(target, inherited);
    const fresh = subtractRanges(inherited.ranges, partition.covered);
    if (fresh.length === 0) continue;
    partition.inherited = unionRanges(partition.inherited, fresh);
    partition.covered = unionRanges(partition.covered, fresh);
    partition.start = Math.min(partition.start, fresh[0]![0]);
    partition.lastAtMs = atMs;
    remember(partition, inherited, rememberedMax(target));
  }
}

function foldAbsent(
  state: LedgerState,
  absent: { readonly atMs: number; readonly evidence: 'proven' | 'declared'; readonly ranges: SourceRanges },
): void {
  const source = state.sources.get(absent.ranges.sourceId);
  assertInvariant(source, 'an absent entry names a known source', { sourceId: absent.ranges.sourceId });
  const target = partitionOf(source, absent.ranges);
  const { ranges } = absent.ranges;
  assertInvariant(intersectRanges(ranges, target.covered).length === 0, 'an absent entry covers only offsets that no entry covered');
  if (ranges.length === 0) return;
  const key = absent.evidence === 'proven' ? 'absent' : 'declared';
  target[key] = unionRanges(target[key], ranges);
  target.covered = unionRanges(target.covered, ranges);
  target.start = Math.min(target.start, ranges[0]![0]);
  target.lastAtMs = absent.atMs;
  source.counts = addCounts(source.counts, { ...NO_COUNTS, absent: countOffsets(ranges) });
}

/** The offsets leave whatever class they had and take the new one. Offsets not covered before become covered. */
function foldReclass(
  state: LedgerState,
  { atMs, kind }: { readonly atMs: number; readonly kind: ReclassEntry['kind'] },
  source: DecidedSource,
): void {
  const target = sourceOf(state, source.sourceId, source.topic);
  for (const classes of source.partitions) {
    const partition = partitionOf(target, classes);
    const moved = deliveredOf(classes);
    leaveArchive(partition, { moved, kind });
    for (const [table, ranges] of partition.accepted) partition.accepted.set(table, subtractRanges(ranges, moved));
    for (const key of ['quarantined', 'filtered', 'absent', 'declared', 'inherited'] as const) {
      partition[key] = subtractRanges(partition[key], moved);
    }
    partition.covered = subtractRanges(partition.covered, moved);
    cover(partition, classes, { atMs, countMax: rememberedMax(target) });
  }
  target.counts = countsOfSource(target);
}

/** A redrive takes offsets out of the quarantine, so those whose class is in a segment were quarantined ones; nobody else can tell. */
function leaveArchive(partition: PartitionState, { moved, kind }: { readonly moved: Ranges; readonly kind: ReclassEntry['kind'] }): void {
  const count = countOffsets(subtractRanges(intersectRanges(moved, partition.covered), classedOf(partition)));
  if (count === 0) return;
  assertInvariant(
    kind === 'redrive' && count <= partition.archived.quarantined,
    'only a redrive moves offsets whose class is in a segment',
  );
  partition.archived = { ...partition.archived, quarantined: partition.archived.quarantined - count };
}

function foldErase(state: LedgerState, rule: string, removed: SourceRanges & { readonly table: string }): void {
  const target = tableOf(state, removed.table);
  const { table: _, ...ranges } = removed;
  target.removed = { ...target.removed, [rule]: [...(target.removed[rule] ?? []), ranges] };
}
