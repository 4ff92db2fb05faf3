// What the jobs are given and give back, as plain data. The functions themselves are one per file: `ensure-tables.ts`,
// `land-batch.ts`, `commit-contract.ts`, `load-ledger.ts`, `file-progress.ts`, `audit-table.ts`, `describe-table.ts`.
import type { CompiledContract, CompiledTable, PartitionFieldPlan, SortFieldPlan, TableIdentifier } from '../contract/compiled.ts';
import type { StructType } from '../contract/types.ts';
import type { KafkaRecords } from '../decode/records.ts';
import type { PartitionSpec, SortOrder, TableSchema } from '../iceberg/types.ts';
import type { ClassCounts, ParkReason, SourceIdentity, SourceRanges } from '../ledger/entries.ts';
import type { FileProgress } from '../ledger/types.ts';
import type { BatchResult } from '../pipeline/types.ts';
import type { Ports } from '../ports.ts';
import type { Deadline } from './deadline.ts';
import type { RecoveryAdvice } from './recovery-advice.ts';

/** A table of a contract: one of its own, or the quarantine table of one. */
export interface TablePlan {
  readonly kind: 'main' | 'quarantine';
  readonly identifier: TableIdentifier;
  /** In contract ids. */
  readonly struct: StructType;
  readonly partition: readonly PartitionFieldPlan[];
  readonly sort: readonly SortFieldPlan[];
  readonly formatVersion: 2 | 3;
  readonly properties: Readonly<Record<string, string>>;
}

/** A table as it is in the catalog, ready to write files for it. */
export interface ResolvedTable {
  readonly plan: TablePlan;
  /** `namespace.name`. */
  readonly key: string;
  readonly uuid: string;
  readonly location: string;
  /** Shape and order of the contract's struct, ids of the table: what files are written with. */
  readonly struct: StructType;
  /** The table's current schema. */
  readonly schema: TableSchema;
  readonly spec: PartitionSpec;
  readonly sortOrder: SortOrder;
  readonly schemaHash: string;
  readonly specHash: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** A contract with its tables made or evolved; good for many batches of one process. */
export interface ResolvedContract {
  readonly contract: CompiledContract;
  /** One per contract table, in order. */
  readonly tables: readonly { readonly table: CompiledTable; readonly main: ResolvedTable; readonly quarantine: ResolvedTable }[];
}

export interface EnsureTablesRequest {
  readonly ports: Ports;
  readonly contract: CompiledContract;
}

/** The part of a pipeline landing needs (src/pipeline's `createPipeline`). */
export interface BatchPipeline {
  process(records: KafkaRecords, options: { readonly ingestedAtMs: number }): BatchResult;
}

export interface LandBatchRequest {
  readonly ports: Ports;
  readonly contract: CompiledContract;
  /** Of `ensureTables`; made when left out. Pass it when landing many batches. */
  readonly resolved?: ResolvedContract;
  /** Of `createPipeline(contract.tables[0])`; made when left out. */
  readonly pipeline?: BatchPipeline;
  readonly records: KafkaRecords;
  readonly deadline: Deadline;
  /** For file sources: what the covered prefix is once this batch is landed. */
  readonly files?: readonly FileProgress[];
  /** What was seen of cluster and topic, by source id. */
  readonly observed?: ReadonlyMap<string, SourceIdentity>;
  /**
   * What an offset missing between two records of this batch means. `absent` (default): the input is a consumer's delivery, which
   * leaves out only what does not exist. `unverified`: the input may leave records out.
   */
  readonly gaps?: 'absent' | 'unverified';
}

export interface LandBatchResult {
  /** Undefined when there was nothing to land. */
  readonly descriptorId: string | undefined;
  readonly records: number;
  readonly counts: ClassCounts;
  /** Records that occurred twice in the batch and were taken once. */
  readonly repeated: number;
  readonly dataFiles: number;
  readonly dataBytes: number;
  /** `<rule>:<action>` → count. */
  readonly ruleCounts: Readonly<Record<string, number>>;
  /** Table partitions beyond LIMITS.openPartitionsMax; their files were written one after the other all the same. */
  readonly partitionsOverLimit: number;
}

export interface CommitContractRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly deadline: Deadline;
}

export interface TableCommit {
  readonly table: string;
  /** The entry the table has reached. */
  readonly applied: number;
  readonly snapshots: number;
  readonly addedFiles: number;
  readonly addedRows: number;
  readonly rewrittenFiles: number;
  readonly conflicts: number;
}

export interface ParkedTarget {
  readonly table?: string;
  readonly sourceId?: string;
  readonly reason: ParkReason;
  readonly message: string;
  readonly entry: number;
  /** The way out. */
  readonly recovery: RecoveryAdvice;
}

export interface CommitResult {
  readonly contract: string;
  /** Last entry of the ledger. */
  readonly entry: number;
  readonly entriesCreated: number;
  readonly descriptorsDecided: number;
  readonly descriptorsDeleted: number;
  /** Wholly covered descriptors: deliveries that had landed before. */
  readonly descriptorsCovered: number;
  /** Descriptors set aside because they cannot be read; they are kept. */
  readonly descriptorsPoisoned: number;
  readonly counts: ClassCounts;
  readonly tables: readonly TableCommit[];
  readonly parked: readonly ParkedTarget[];
}

/** Positions of an audit's finding: at most LIMITS.reportedPositionsMax ranges, and how many offsets in all. */
export interface Positions {
  readonly count: number;
  readonly ranges: readonly SourceRanges[];
}

export interface TableAudit {
  readonly table: string;
  readonly kind: 'main' | 'quarantine';
  readonly exists: boolean;
  /** Why the table is not the one the ledger materialises (made again, rolled back, another ledger's); undefined when it is. */
  readonly notOurs: string | undefined;
  /** firn.applied: the entry the rows are compared at. */
  readonly applied: number;
  readonly liveRows: number;
  readonly expectedRows: number;
  /** Rows the ledger places here that are gone and that no commit of others explains. */
  readonly missing: Positions;
  /** Rows gone in a snapshot that is not ours. */
  readonly removedByOthers: Positions;
  /** Lawfully removed, by rule. */
  readonly removedByRule: Readonly<Record<string, Positions>>;
  /** Positions with more than one live row. */
  readonly doubles: Positions;
  /** Rows the ledger does not place here, in files that no snapshot of others is known to have added. */
  readonly foreign: Positions;
  /** Rows the ledger does not place here, in files that others added: theirs, and no violation. */
  readonly addedByOthers: Positions;
  /** Rows without a position: no writer of ours makes such. */
  readonly rowsWithoutPosition: number;
  /** Why rows could not be compared (equality deletes, unreadable file); undefined when they were. */
  readonly notAudited: string | undefined;
  readonly entriesUnapplied: number;
  readonly rowsUnapplied: number;
}

export interface SourceAudit {
  readonly sourceId: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  readonly covered: number;
  readonly counts: ClassCounts;
  /** Landed under an older generation of the source. */
  readonly inherited: number;
  /** covered = accepted + quarantined + filtered + absent (+ inherited), and no offset in two classes. */
  readonly isAccounted: boolean;
  readonly unverified: Positions;
}

export interface AuditReport {
  readonly contract: string;
  readonly entry: number;
  /** No violation: nothing missing, double, foreign, in two classes, unverified, parked or unread, and every table is ours. */
  readonly clean: boolean;
  readonly tables: readonly TableAudit[];
  readonly sources: readonly SourceAudit[];
  /** Offsets with rows in two tables. */
  readonly inTwoTables: Positions;
  readonly staged: { readonly descriptors: number; readonly records: number; readonly poisoned: number };
  readonly parked: readonly ParkedTarget[];
}

export interface AuditRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** Tables that say they are this contract's, by key: audited even if the ledger has never heard of them, as when it was lost. */
  readonly tables?: readonly string[];
}

export interface DescribeTableRequest {
  readonly ports: Ports;
  readonly identifier: TableIdentifier;
}

export interface TableDescription {
  readonly table: string;
  readonly uuid: string;
  readonly location: string;
  readonly metadataLocation: string;
  readonly formatVersion: number;
  readonly contract: string | undefined;
  readonly schema: TableSchema;
  readonly partition: readonly { readonly column: string; readonly transform: string; readonly name: string }[];
  readonly sort: readonly { readonly column: string; readonly direction: string; readonly nullOrder: string }[];
  readonly liveFiles: number;
  readonly liveRows: number;
  readonly liveBytes: number;
  readonly deleteFiles: number;
  readonly snapshots: readonly {
    readonly snapshotId: string;
    readonly atMs: number;
    readonly operation: string;
    readonly isCurrent: boolean;
    readonly job: string | undefined;
    readonly entries: string | undefined;
    readonly addedRows: number;
    readonly totalRows: number;
  }[];
  readonly ledger:
    | {
        readonly applied: number;
        readonly entry: number;
        readonly entriesUnapplied: number;
        readonly stagedDescriptors: number;
        readonly parked: ParkedTarget | undefined;
      }
    | undefined;
  /** Time of the last snapshot of ours, and the watermark it carries. */
  readonly freshness: {
    readonly lastCommitMs: number | undefined;
    readonly watermarkMs: number | undefined;
    readonly ageMs: number | undefined;
  };
}
