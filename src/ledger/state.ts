// The state a committer works with (DESIGN §5.2): for every offset whether and how it is covered, for every table which entries
// it still has to apply (promises 1 and 2). Size is bounded: the classes of old offsets lie in segments (archive.ts), coverage stays. `fold.ts` changes a state entry by
// entry; range arrays in it are never changed in place, so `cloneState` is cheap.
import type { ClassCounts, DecidedSource, ParkReason, PartitionRanges, SourceIdentity, SourceRanges, TableAdoption } from './entries.ts';
import { countOffsets, gapsOf, normalizeRanges, type Ranges } from './ranges.ts';
import type { TimeSpan } from './remember.ts';
import type { FileProgress, PartitionClasses } from './types.ts';

/** Coverage of one topic partition by class; the classes are disjoint and their union is `covered`. */
export interface PartitionState {
  readonly partition: number;
  /** Smallest offset ever covered: where this contract began. */
  start: number;
  covered: Ranges;
  accepted: Map<string, Ranges>;
  quarantined: Ranges;
  filtered: Ranges;
  /** Without a record, by evidence. */
  absent: Ranges;
  /** Without a record, by declaration. */
  declared: Ranges;
  /** Landed under an older generation of the source. */
  inherited: Ranges;
  /** Covered offsets whose class is in a segment alone, by class. The ranges above hold the others. */
  archived: ArchivedCounts;
  remembered: readonly (readonly [offset: number, timestampMs: number])[];
  filteredRuns: readonly (readonly [start: number, end: number, minMs: number, maxMs: number])[];
  /** Smallest and largest timestamp of all records that ever landed or were inherited, the forgotten ones, too. */
  spanMs: TimeSpan | undefined;
  maxEventTimeMs: number | undefined;
  /** Time of the last entry that covered something here. */
  lastAtMs: number;
}

export interface ArchivedCounts {
  readonly accepted: number;
  readonly quarantined: number;
  readonly filtered: number;
  readonly absent: number;
  readonly declared: number;
  readonly inherited: number;
}

export const NOTHING_ARCHIVED: ArchivedCounts = { accepted: 0, quarantined: 0, filtered: 0, absent: 0, declared: 0, inherited: 0 };

export interface ParkState {
  readonly entry: number;
  readonly reason: ParkReason;
  readonly message: string;
  /** Entries up to here are still applied: a rule parks a table after the entry that broke it. */
  readonly applyThrough?: number;
}

export interface SourceState {
  readonly sourceId: string;
  readonly topic: string;
  observed: SourceIdentity;
  parked: ParkState | undefined;
  partitions: Map<number, PartitionState>;
  counts: ClassCounts;
  file: FileProgress | undefined;
  /** Its records were compared with those of older generations, or a person said that all are new. */
  isMapped: boolean;
  /** Beside which newer generation a person lets it land something. */
  besides: BesidesState | undefined;
}

export interface BesidesState {
  /** The newest generation; beside one that begins later nothing lands. */
  readonly newest: string;
  /** What may land: that which was compared. Undefined for all there is and will be. */
  readonly compared?: readonly PartitionRanges[];
}

export interface TableState {
  readonly table: string;
  uuid: string | undefined;
  /** Highest entry known to be applied; a table behind it was rolled back. */
  floor: number;
  /** Entries that hold something for it and are not known applied, ascending. */
  pending: readonly number[];
  parked: ParkState | undefined;
  instead: Readonly<Record<string, string>>;
  /** An unpark that apply has not reached yet: the snapshot to go on from. */
  adopt: (TableAdoption & { readonly entry: number }) | undefined;
  /** Lawfully removed rows by rule. */
  removed: Readonly<Record<string, readonly SourceRanges[]>>;
}

export interface LedgerState {
  readonly contract: string;
  n: number;
  sources: Map<string, SourceState>;
  tables: Map<string, TableState>;
  /** Decided descriptors not known deleted → entry. */
  decided: Map<string, number>;
  ruleCounts: Map<string, number>;
  /** Names of the segments that hold classes of old offsets, oldest first: of two that name an offset the later is right. */
  segments: readonly string[];
}

export function emptyState(contract: string): LedgerState {
  return { contract, n: 0, sources: new Map(), tables: new Map(), decided: new Map(), ruleCounts: new Map(), segments: [] };
}

export const NO_COUNTS: ClassCounts = { accepted: 0, quarantined: 0, filtered: 0, absent: 0 };

/** A copy that can be folded on without changing the original. */
export function cloneState(state: LedgerState): LedgerState {
  return {
    ...state,
    sources: new Map([...state.sources].map(([id, source]) => [id, cloneSource(source)])),
    tables: new Map([...state.tables].map(([key, table]) => [key, { ...table }])),
    decided: new Map(state.decided),
    ruleCounts: new Map(state.ruleCounts),
  };
}

function cloneSource(source: SourceState): SourceState {
  const partitions = [...source.partitions].map(([id, target]) => [id, { ...target, accepted: new Map(target.accepted) }] as const);
  return { ...source, partitions: new Map(partitions) };
}

/** The source, made when it is not known yet. */
export function sourceOf(state: LedgerState, sourceId: string, topic: string): SourceState {
  const known = state.sources.get(sourceId);
  if (known) return known;
  const made: SourceState = {
    sourceId,
    topic,
    observed: {},
    parked: undefined,
    partitions: new Map(),
    counts: NO_COUNTS,
    file: undefined,
    isMapped: false,
    besides: undefined,
  };
  state.sources.set(sourceId, made);
  return made;
}

/** The partition of a source, made when it is not known yet. */
export function partitionOf(source: SourceState, { partition }: { readonly partition: number }): PartitionState {
  const known = source.partitions.get(partition);
  if (known) return known;
  const made: PartitionState = {
    partition,
    start: Number.MAX_SAFE_INTEGER,
    covered: [],
    accepted: new Map(),
    quarantined: [],
    filtered: [],
    absent: [],
    declared: [],
    inherited: [],
    archived: NOTHING_ARCHIVED,
    remembered: [],
    filteredRuns: [],
    spanMs: undefined,
    maxEventTimeMs: undefined,
    lastAtMs: 0,
  };
  source.partitions.set(partition, made);
  return made;
}

/** The table, made when it is not known yet. */
export function tableOf(state: LedgerState, table: string): TableState {
  const known = state.tables.get(table);
  if (known) return known;
  const made: TableState = { table, uuid: undefined, floor: 0, pending: [], parked: undefined, instead: {}, adopt: undefined, removed: {} };
  state.tables.set(table, made);
  return made;
}

/** All offsets of a delivery: the union of its classes. */
export function deliveredOf(classes: PartitionClasses): Ranges {
  return normalizeRanges([...Object.values(classes.accepted).flat(), ...classes.quarantined, ...classes.filtered, ...classes.absent]);
}

/** Offsets of a partition whose class the state itself knows. */
export function classedOf(partition: PartitionState): Ranges {
  const { accepted, quarantined, filtered, absent, declared, inherited } = partition;
  return normalizeRanges([...[...accepted.values()].flat(), ...quarantined, ...filtered, ...absent, ...declared, ...inherited]);
}

/** Offsets missing between deliveries: in no class, and nobody has been asked about them (rule "unverified is not absent"). */
export function unverifiedOf(partition: PartitionState): Ranges {
  return gapsOf(partition.covered);
}

export function addCounts(a: ClassCounts, b: ClassCounts): ClassCounts {
  return {
    accepted: a.accepted + b.accepted,
    quarantined: a.quarantined + b.quarantined,
    filtered: a.filtered + b.filtered,
    absent: a.absent + b.absent,
  };
}

/** Counts of the classes of some decided sources. */
export function countsOfDecided(sources: readonly Pick<DecidedSource, 'partitions'>[]): ClassCounts {
  let counts = NO_COUNTS;
  for (const classes of sources.flatMap((source) => source.partitions)) {
    counts = addCounts(counts, {
      accepted: Object.values(classes.accepted).reduce((sum, ranges) => sum + countOffsets(ranges), 0),
      quarantined: countOffsets(classes.quarantined),
      filtered: countOffsets(classes.filtered),
      absent: countOffsets(classes.absent),
    });
  }
  return counts;
}

/** Counts of what a source covers, from its ranges; inherited offsets are another generation's. */
export function countsOfSource(source: SourceState): ClassCounts {
  let counts = NO_COUNTS;
  for (const partition of source.partitions.values()) {
    const { accepted, quarantined, filtered, absent, declared } = partition.archived;
    counts = addCounts(counts, { accepted, quarantined, filtered, absent: absent + declared });
    counts = addCounts(counts, {
      accepted: [...partition.accepted.values()].reduce((sum, ranges) => sum + countOffsets(ranges), 0),
      quarantined: countOffsets(partition.quarantined),
      filtered: countOffsets(partition.filtered),
      absent: countOffsets(partition.absent) + countOffsets(partition.declared),
    });
  }
  return counts;
}

/** Entries a table has still to apply, in order: after `applied`, and of a table parked by a rule only up to the entry that broke it. */
export function entriesToApply(table: TableState, applied: number): readonly number[] {
  const through = table.parked ? (table.parked.applyThrough ?? 0) : Number.MAX_SAFE_INTEGER;
  return table.pending.filter((n) => n > applied && n <= through);
}

/** Notes how far a table is known to have come; what it has applied is pending no more. */
export function markApplied(table: TableState, applied: number): void {
  table.floor = Math.max(table.floor, applied);
  if (table.adopt && table.adopt.entry <= table.floor) table.adopt = undefined;
  table.pending = table.pending.filter((n) => n > table.floor);
}
