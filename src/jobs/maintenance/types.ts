// What the jobs of maintenance are given and what they answer (DESIGN §7): plain data that can be the input and output of a state. A
// plan is stored under `_firn/<contract>/plans/` by the hash of its content; the lists of files stay there, what travels is small.
//
//   plan-maintenance.ts  planMaintenance    what is to be done, as data
//   compact-group.ts     compactGroup       one group: many small files of a table partition become few
//   expire-table.ts      expireTable        snapshots that nobody needs leave the table
//   sweep-table.ts       sweepTable         files proven unreferenced and not in flight are deleted
//   report.ts            maintenanceReport  what came of a plan
//   run-maintenance.ts   runMaintenance     all of it in one process
import type { Ports } from '../../ports.ts';
import type { Deadline } from '../deadline.ts';

export interface MaintenanceRequest {
  readonly ports: Ports;
  readonly contractName: string;
  /** Checked directly before every write. */
  readonly deadline: Deadline;
}

export interface PlanOptions {
  /** Bytes of a compacted file. @default `write.target-file-size-bytes` of the table, within LIMITS.compactionTargetBytes* */
  readonly targetBytes?: number;
  /** Also groups of partitions that still get rows, whatever few files they have. @default false */
  readonly isEager?: boolean;
}

export interface PlanMaintenanceRequest extends MaintenanceRequest {
  /** `namespace.name` of those to plan for. @default all tables of the contract, quarantine too */
  readonly tables?: readonly string[];
  readonly options?: PlanOptions;
}

/** What a table carries that maintenance could take away. */
export interface TableDebt {
  readonly snapshots: number;
  readonly manifests: number;
  readonly dataFiles: number;
  readonly dataBytes: number;
  /** Data files below the bound of small files, and their bytes. */
  readonly smallFiles: number;
  readonly smallBytes: number;
  readonly deleteFiles: number;
}

export interface PlannedTable {
  /** `namespace.name`. */
  readonly table: string;
  /** Snapshot the plan was made on, in decimal; null for a table without one. */
  readonly baseSnapshot: string | null;
  /** Groups of this table in the plan. */
  readonly groups: number;
  readonly debt: TableDebt;
  /** Why the table is left alone: it is parked, or not the ledger's. */
  readonly leftAlone?: string;
}

export interface PlannedGroup {
  readonly index: number;
  readonly table: string;
  /** For people: `event_time_day=2026-11-22`. */
  readonly partition: string;
  readonly files: number;
  readonly bytes: number;
  readonly records: number;
}

/** JSON-safe; at most LIMITS.planGroupsMax groups. */
export interface MaintenancePlan {
  /** Name of the stored plan: `maintain-<hash of its content>`. */
  readonly plan: string;
  readonly contract: string;
  readonly createdAtMs: number;
  readonly tables: readonly PlannedTable[];
  readonly groups: readonly PlannedGroup[];
}

/** Input of one state of a map over the groups. */
export interface GroupInput {
  readonly plan: string;
  readonly contract: string;
  readonly group: number;
}

export interface CompactGroupRequest extends MaintenanceRequest {
  readonly plan: string;
  readonly group: number;
  /**
   * Who makes the compaction visible: the committer of the contract in a slice of its own, or this process by compare-and-swap, where no
   * committer runs (laptop) or none answered in time. @default committer
   */
  readonly commitBy?: 'committer' | 'self';
}

/**
 * `compacted`: the group's rows are in fewer files. `nothing`: its files are gone already, or there was nothing to gain. `replan`: known
 * not applied, the files are as they were; the next plan takes them again.
 */
export interface CompactionResult {
  readonly kind: 'compacted' | 'nothing' | 'replan';
  readonly table: string;
  readonly partition: string;
  readonly filesBefore: number;
  readonly bytesBefore: number;
  readonly filesAfter: number;
  readonly bytesAfter: number;
  /** Rows of the files read, rows of them that were deleted, rows written: in = deleted + out. */
  readonly rowsIn: number;
  readonly rowsDeleted: number;
  readonly rowsOut: number;
  /** Compare-and-swaps that others won. */
  readonly conflicts: number;
  readonly reason?: string;
}

export interface TableRequest extends MaintenanceRequest {
  /** `namespace.name`. */
  readonly table: string;
}

export interface ExpiryResult {
  readonly table: string;
  readonly snapshotsBefore: number;
  readonly snapshotsExpired: number;
  /** References that ended by their age. */
  readonly refsExpired: number;
  /** Tags set on the last snapshot of an hour, which keep it. */
  readonly tagsAdded: number;
  readonly leftAlone?: string;
}

export interface SweepResult {
  readonly table: string;
  /** Objects looked at, and those old enough to be asked about. */
  readonly listed: number;
  readonly old: number;
  readonly deleted: number;
  readonly deletedBytes: number;
  /** Staged or unapplied data files that grew old and were copied under `_firn/`. */
  readonly copied: number;
  /** More was found than one run deletes: run it again. */
  readonly hasMore: boolean;
  readonly leftAlone?: string;
}

export interface ReportRequest {
  readonly ports: Ports;
  readonly contractName: string;
  readonly plan: string;
}

export interface TableReport {
  readonly table: string;
  readonly before: TableDebt;
  readonly after: TableDebt;
}

export interface MaintenanceReport {
  readonly plan: string;
  readonly contract: string;
  /** Groups of the plan by what came of them; `open`: no result yet. */
  readonly groups: { readonly compacted: number; readonly nothing: number; readonly replan: number; readonly open: number };
  readonly filesBefore: number;
  readonly bytesBefore: number;
  readonly filesAfter: number;
  readonly bytesAfter: number;
  readonly rowsDeleted: number;
  readonly conflicts: number;
  readonly tables: readonly TableReport[];
}

/** Each step of it has a deadline of its own: LIMITS.maintainDeadlineMs from the step's start. */
export interface RunMaintenanceRequest extends Omit<PlanMaintenanceRequest, 'deadline'> {
  /** Told after each group, for progress. */
  readonly onGroup?: (done: { readonly group: PlannedGroup; readonly result: CompactionResult; readonly of: number }) => void;
}

export interface MaintenanceRun {
  readonly plan: MaintenancePlan;
  readonly groups: readonly CompactionResult[];
  readonly expired: readonly ExpiryResult[];
  readonly swept: readonly SweepResult[];
  readonly report: MaintenanceReport;
}

export type PlanMaintenance = (request: PlanMaintenanceRequest) => Promise<MaintenancePlan>;
export type CompactGroup = (request: CompactGroupRequest) => Promise<CompactionResult>;
export type ExpireTable = (request: TableRequest) => Promise<ExpiryResult>;
export type SweepTable = (request: TableRequest) => Promise<SweepResult>;
export type ReportMaintenance = (request: ReportRequest) => Promise<MaintenanceReport>;
export type RunMaintenance = (request: RunMaintenanceRequest) => Promise<MaintenanceRun>;
