// What the jobs are given and give back, as plain data. The functions themselves are one per file: `ensure-tables.ts`,
// `land-batch.ts`, `commit-contract.ts`, `load-ledger.ts`, `file-progress.ts`, `audit-table.ts`, `describe-table.ts`.
import type { CompiledContract, CompiledTable, PartitionFieldPlan, SortFieldPlan, TableIdentifier } from '../contract/compiled.ts';
import type { StructType } from '../contract/types.ts';
import type { KafkaRecords } from '../decode/records.ts';
import type { PartitionSpec, SortOrder, TableSchema } from '../iceberg/types.ts';
import type { ClassCounts, ParkReason, SourceIdentity } from '../ledger/entries.ts';
import type { FileProgress } from '../ledger/types.ts';
import type { Judge } from '../pipeline/judge.ts';
import type { BatchResult } from '../pipeline/types.ts';
import type { Ports } from '../ports.ts';
import type { Deadline } from './deadline.ts';
import type { StartProbe } from './probe-records.ts';
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
  /** Of `createJudge(contract)`; made when left out. */
  readonly judge?: Judge;
  /** For a contract of one table: its pipeline, in place of a judge. */
  readonly pipeline?: BatchPipeline;
  readonly records: KafkaRecords;
  readonly deadline: Deadline;
  /**
   * Get past poison that ends the process (guard-batch.ts); left out, nothing is marked. `judgeModule` names another module with a
   * `createJudge` for the isolated look.
   */
  readonly guard?: { readonly startProbe: StartProbe; readonly judgeModule?: string };
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
  /** Table partitions beyond LIMITS.openPartitionsMax, whose rows share a late file, and how many rows that are. */
  readonly partitionsOverLimit: number;
  readonly lateRows: number;
}

export interface CommitContractRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly deadline: Deadline;
  /** What brings no table anything (filtered, absent) may wait for LIMITS.emptyProgressMs, so that it makes no entry of its own every time. */
  readonly mayWait?: boolean;
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
  /** Smallest, over topic partitions active lately, of the largest event time; undefined when none has one. */
  readonly watermarkMs: number | undefined;
  /** Offsets missing between two deliveries that nobody has been asked about. */
  readonly unverified: number;
}

export type * from './report-types.ts';
