// What the pipeline returns: verdicts are values, nothing is thrown for bad data. One class per record, all reasons of a
// rejected one, counts of every rule, and the accepted rows as columns.
import type { ColumnSet } from '../columns.ts';
import type { Selfchecked } from './selfcheck.ts';

/** Why a record was rejected or dropped, or what was counted on the way. `message` never holds payload bytes. */
export interface Reason {
  readonly rule: string;
  /** Dotted column name, or '' for the whole message. */
  readonly field: string;
  readonly message: string;
}

/** Verdict classes as codes in `BatchResult.verdicts`. */
export const VERDICT = { accepted: 0, quarantined: 1, filtered: 2 } as const;

export interface QuarantinedRecord {
  readonly record: number;
  readonly reasons: readonly Reason[];
}

/** A rule with `onFailure: park` failed: the record is quarantined and the table stops after it. */
export interface ParkRequest {
  readonly record: number;
  readonly rule: string;
}

export interface BatchResult {
  /** verdicts[i] for record i. accepted + quarantined + filtered = count, always. */
  readonly verdicts: Uint8Array;
  /** Accepted rows of the table program's struct, technical columns included. */
  readonly columns: ColumnSet;
  /** row → record, ascending. */
  readonly rowRecord: Uint32Array;
  readonly quarantined: readonly QuarantinedRecord[];
  readonly parkRequests: readonly ParkRequest[];
  /** Event time in ms per accepted row (capped at nothing); NaN where there is none. */
  readonly eventTimeMs: Float64Array;
  /** `<rule>:<action>` → count; actions: quarantine, drop, warn, null-field, park, shadow; also `undeclared:<mode>`, `missing`, `null`. */
  readonly counts: ReadonlyMap<string, number>;
  /** Records that the WebAssembly kernels settled by themselves; the plain path judged the others. */
  readonly kernelRecords: number;
  /** Of the records, those compared with the plain path. With a mismatch the result is the plain path's. */
  readonly selfchecked?: Selfchecked;
  /** Gives the memory of `columns` to the next batch; they must not be read afterwards. Without it they are collected like any object. */
  readonly release?: () => void;
}
