// What a ledger entry says (DESIGN §5.2): plain JSON data, numbered, created once and never changed. An entry is self-contained:
// after it exists nobody needs the staged descriptors to apply it. Every kind is folded into the state; a kind that is not in
// this union is refused, never ignored.
import type { DescriptorTable, FileProgress, PartitionClasses, PartitionTimestamps, Range, StagedFile } from './types.ts';

/** Ranges of one topic partition of one source. */
export interface SourceRanges {
  readonly sourceId: string;
  readonly partition: number;
  readonly ranges: readonly Range[];
}

/** A staged file as decided: which of its rows belong to this entry. */
export interface DecidedFile extends StagedFile {
  /** `all`, or the kept offsets where the ledger already covered others. */
  readonly keep: 'all' | readonly SourceRanges[];
}

export interface DecidedTable extends Omit<DescriptorTable, 'files'> {
  readonly files: readonly DecidedFile[];
}

export interface DecidedSource {
  readonly sourceId: string;
  readonly topic: string;
  readonly partitions: readonly (PartitionClasses & PartitionTimestamps)[];
}

export interface ClassCounts {
  readonly accepted: number;
  readonly quarantined: number;
  readonly filtered: number;
  readonly absent: number;
}

/** One descriptor, trimmed to the offsets that no earlier entry or descriptor covers. */
export interface DecidedDescriptor {
  readonly id: string;
  readonly contractVersion: string;
  readonly programHash: string;
  readonly createdAtMs: number;
  readonly sources: readonly DecidedSource[];
  readonly counts: ClassCounts;
  readonly tables: readonly DecidedTable[];
  readonly files?: readonly FileProgress[];
  readonly park?: readonly ParkRule[];
  /** Kept only of a descriptor that was not trimmed: of a trimmed one nobody knows which records the counts speak of. */
  readonly ruleCounts: Readonly<Record<string, number>>;
}

/** A record that failed a rule with `onFailure: park`. */
export interface ParkRule {
  readonly table: string;
  readonly rule: string;
  readonly sourceId: string;
  readonly partition: number;
  readonly offset: number;
}

/** What was seen of the cluster and topic behind a source; checked wherever it is seen again. */
export interface SourceIdentity {
  readonly clusterArn?: string;
  readonly clusterId?: string;
  readonly topicId?: string;
}

interface EntryBase {
  readonly version: 1;
  readonly n: number;
  /** Fresh per attempt to create it: tells our own entry from another's after an unknown outcome. */
  readonly id: string;
  readonly atMs: number;
  readonly contract: string;
}

export interface LandEntry extends EntryBase {
  readonly kind: 'land';
  readonly descriptors: readonly DecidedDescriptor[];
}

/** A source begins: its identity, and of a new generation the offsets whose records already landed under the old one. */
export interface SourceEntry extends EntryBase {
  readonly kind: 'source';
  readonly sources: readonly {
    readonly sourceId: string;
    readonly topic: string;
    readonly observed: SourceIdentity;
    readonly inherited?: readonly InheritedPartition[];
    /** How `inherited` was found; with it, nothing else of the older generations is in this one. */
    readonly mapping?: GenerationMapping;
  }[];
}

/** Offsets of one topic partition; their timestamps are in runs, as those of filtered ones are. */
export interface InheritedPartition extends PartitionTimestamps {
  readonly partition: number;
  readonly ranges: readonly Range[];
}

/** Offsets of one topic partition of a source. */
export interface PartitionRanges {
  readonly partition: number;
  readonly ranges: readonly Range[];
}

/** The records of a generation, compared with what landed under others. */
export interface GenerationMapping {
  /** The other generations, oldest first. */
  readonly of: readonly string[];
  readonly landed: number;
  readonly fresh: number;
  /** Nobody could tell; a person accepted that they count as new. */
  readonly ambiguous: number;
  /** Of an older generation: what was compared. What a person took for new is among it; what is delivered later was not seen by anybody. */
  readonly compared?: readonly PartitionRanges[];
}

export interface AbsentEntry extends EntryBase {
  readonly kind: 'absent';
  /** `proven`: Kafka was asked and has no record there. `declared`: an operator says so. */
  readonly evidence: 'proven' | 'declared';
  /** Why there is no record: Kafka has none there, its log begins after it, or a person says so. */
  readonly cause?: AbsentCause;
  /** In words, for the next reader. */
  readonly note?: string;
  readonly ranges: readonly SourceRanges[];
}

export const ABSENT_CAUSES = ['no-record', 'before-log-start', 'by-hand'] as const;
export type AbsentCause = (typeof ABSENT_CAUSES)[number];

/** Offsets that change class by a plan: new classes, the files that bring the rows, and every table that must act. */
export interface ReclassEntry extends EntryBase {
  readonly kind: 'redrive' | 'replay' | 'replace';
  readonly plan: { readonly id: string; readonly unit: number; readonly basis: number };
  readonly sources: readonly DecidedSource[];
  readonly tables: readonly DecidedTable[];
  readonly holds: readonly string[];
  /** Rows the plan found gone from their table. */
  readonly gone: readonly SourceRanges[];
}

/** Rows removed lawfully: coverage stays, the removal is counted under its rule. */
export interface EraseEntry extends EntryBase {
  readonly kind: 'erase';
  readonly rule: string;
  readonly removed: readonly (SourceRanges & { readonly table: string })[];
  readonly holds: readonly string[];
}

export type ParkTarget = { readonly table: string } | { readonly sourceId: string };

export interface ParkEntry extends EntryBase {
  readonly kind: 'park';
  readonly target: ParkTarget;
  readonly reason: ParkReason;
  readonly message: string;
}

export interface UnparkEntry extends EntryBase {
  readonly kind: 'unpark';
  readonly target: ParkTarget;
  readonly tableUuid?: string;
  /** The table is rebuilt from these files and applies from here on. */
  readonly reset?: boolean;
  readonly tables: readonly DecidedTable[];
  readonly holds: readonly string[];
  /** Lost file → the file a plan wrote in its place; '' when nothing could be: its rows are among `gone`. */
  readonly instead: Readonly<Record<string, string>>;
  /** The table goes on from this snapshot with what it holds, whatever its tag and properties say. */
  readonly adopt?: TableAdoption;
  /** Entries that the adopted state lacks, to be applied again. */
  readonly again?: readonly number[];
  /** Rows the ledger placed in the table that are not there and will not be: counted under RECOVERED_WITHOUT. */
  readonly gone?: readonly SourceRanges[];
  /** Of a source: what stands behind it from now on. */
  readonly observed?: SourceIdentity;
}

export interface TableAdoption {
  /** Decimal; null for a table without snapshots. */
  readonly snapshotId: string | null;
  /** The entry whose rows, and all before it, the snapshot holds. */
  readonly applied: number;
}

/** The rule that rows lost for good, or given up by a person, are counted under. */
export const RECOVERED_WITHOUT = 'recovered-without';

export type LedgerEntry = LandEntry | SourceEntry | AbsentEntry | ReclassEntry | EraseEntry | ParkEntry | UnparkEntry;
export type EntryKind = LedgerEntry['kind'];

/** An entry before it has its number, id and time. */
export type EntryDraft = LedgerEntry extends infer E
  ? E extends LedgerEntry
    ? Omit<E, 'version' | 'n' | 'id' | 'atMs' | 'contract'>
    : never
  : never;

export const PARK_REASONS = [
  'table-missing',
  'table-recreated',
  'rolled-back',
  'descent-unproven',
  'ledger-mismatch',
  'file-missing',
  'file-unreadable',
  'commit-refused',
  'rule',
  'topic-recreated',
  'source-identity',
  'file-changed',
  'nothing-to-compare',
  'generation-unmapped',
] as const;
export type ParkReason = (typeof PARK_REASONS)[number];
