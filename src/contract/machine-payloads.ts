// What travels between the states of the machines and their functions (infra/machines draws the graphs, the handlers parse the inputs):
// names, numbers and statuses, never a record, so that an execution's history may be read by anybody who may see the account. 64-bit ids
// are text.

/** What a run of maintenance is started with. */
export interface MaintenanceStart {
  readonly contract: string;
}

export type MaintainInput =
  | { readonly step: 'plan'; readonly contract: string; readonly execution: string }
  | { readonly step: 'compact'; readonly contract: string; readonly plan: string; readonly group: number }
  | { readonly step: 'expire' | 'sweep'; readonly contract: string; readonly table: string }
  | {
      readonly step: 'report';
      readonly contract: string;
      readonly execution: string;
      readonly plan: string;
      readonly compacted: readonly UnitAnswer[];
      readonly kept: readonly UnitAnswer[];
    }
  | { readonly step: 'close'; readonly contract: string; readonly execution: string };

/** `busy`: another run of the contract is under way, this one has nothing to do. */
export type MaintainPlanAnswer =
  | { readonly status: 'busy' }
  | { readonly status: 'planned'; readonly plan: string; readonly groups: readonly number[]; readonly tables: readonly string[] };

/**
 * `done`: as asked. `nothing`: there was nothing to do. `replan`: not applied, the next plan takes it again. `parked`: the table is left alone.
 * `refused`: no repeat helps; the log says why. `failed`: the task failed in all its tries.
 */
export type UnitStatus = 'done' | 'nothing' | 'replan' | 'parked' | 'refused' | 'failed';

export interface UnitAnswer {
  readonly status: UnitStatus;
}

/** `incomplete`: a unit was refused or failed. */
export interface MaintainReportAnswer {
  readonly status: 'complete' | 'incomplete';
}

export const RECOVERY_KINDS = ['resolve', 'holes'] as const;
/**
 * `resolve`: offsets missing between two deliveries are asked of Kafka. `holes`: also what Kafka holds behind the last delivery of each
 * partition, as when an event source was switched off.
 */
export type RecoveryKind = (typeof RECOVERY_KINDS)[number];

/** What a recovery is started with. */
export interface RecoveryStart {
  readonly contract: string;
  readonly kind: RecoveryKind;
}

export type RecoverInput =
  | { readonly step: 'plan'; readonly contract: string; readonly kind: RecoveryKind; readonly execution: string }
  | { readonly step: 'unit'; readonly contract: string; readonly plan: string; readonly unit: number; readonly from: number }
  | {
      readonly step: 'audit';
      readonly contract: string;
      readonly execution: string;
      readonly round: number;
      /** What came of the round's units. */
      readonly units: readonly { readonly status: string }[];
    }
  | { readonly step: 'close'; readonly contract: string; readonly execution: string };

/** `nothing`: no offset is missing that could be asked about. */
export type RecoverPlanAnswer =
  | { readonly status: 'busy' | 'nothing' }
  | { readonly status: 'planned'; readonly plan: string; readonly units: readonly number[] };

/** `more`: a bounded part is done; go on with `from`. `left`: done, and some offsets nobody can tell about. */
export interface RecoverUnitAnswer {
  readonly status: 'done' | 'more' | 'left' | 'refused';
  /** Where the unit goes on; -1 when there is nothing to go on with. */
  readonly from: number;
}

/**
 * `waiting`: something is staged and not committed yet. `again`: offsets are unverified, or units are not through; another round may do it.
 * `clean`: nothing is missing, twice, unverified or parked. `unclean`: something is; `firn audit` says what.
 */
export interface RecoverAuditAnswer {
  readonly status: 'waiting' | 'again' | 'clean' | 'unclean';
  /** Whether rows were compared, or the ledger's own accounts alone. */
  readonly scope: 'rows' | 'ledger';
  readonly unverified: number;
  readonly staged: number;
}
