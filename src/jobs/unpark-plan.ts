// The body of a plan that lets a parked table or source go on (DESIGN §7), as data with its reader. What the plan was made from is in
// it, so that applying it can tell whether anything moved since.
import type { DecidedTable, SourceIdentity, SourceRanges } from '../ledger/entries.ts';
import { count, list, literal, nullable, object, type Reader, text } from '../ledger/json-readers.ts';
import { decidedTable, identity, sourceRanges } from '../ledger/shapes.ts';

export const UNPARK_ACTIONS = ['resume', 'register', 'roll-forward', 'rebuild', 'adopt'] as const;

export interface UnparkTablePlan {
  readonly table: string;
  /** The park entry this plan answers. */
  readonly park: number;
  /** The last entry of the ledger the plan was made from. */
  readonly basis: number;
  /**
   * `resume`: the table is as it should be. `register`: the catalog gets back the last metadata file. `roll-forward`: `main` goes to
   * `snapshotId`. `rebuild`: the new, empty table gets the rows of the old one. `adopt`: it goes on from `snapshotId` as it is.
   */
  readonly action: (typeof UNPARK_ACTIONS)[number];
  /** The table in the catalog when the plan was made; null when it was not there. */
  readonly seen: { readonly uuid: string; readonly snapshotId: string | null } | null;
  readonly tableUuid: string;
  /** Of `register`, and of the old table of a `rebuild`. */
  readonly metadataLocation: string | null;
  readonly snapshotId: string | null;
  /** Of `adopt`: the entry the snapshot holds; entries after it to apply again. */
  readonly applied: number;
  readonly again: readonly number[];
  /** Rows that are nowhere any more, and lost files that held some of them. */
  readonly gone: readonly SourceRanges[];
  readonly lost: readonly string[];
  /** Of `rebuild`: the files of the old table. */
  readonly tables: readonly DecidedTable[];
}

export interface UnparkSourcePlan {
  readonly sourceId: string;
  readonly park: number;
  /** What stands behind the source from now on; empty when it is as it was. */
  readonly observed: SourceIdentity;
}

export const readUnparkTable: Reader<UnparkTablePlan> = object<UnparkTablePlan>({
  table: text,
  park: count,
  basis: count,
  action: literal(...UNPARK_ACTIONS),
  seen: nullable(object<NonNullable<UnparkTablePlan['seen']>>({ uuid: text, snapshotId: nullable(text) })),
  tableUuid: text,
  metadataLocation: nullable(text),
  snapshotId: nullable(text),
  applied: count,
  again: list(count),
  gone: list(sourceRanges),
  lost: list(text),
  tables: list(decidedTable),
});

export const readUnparkSource: Reader<UnparkSourcePlan> = object<UnparkSourcePlan>({ sourceId: text, park: count, observed: identity });
