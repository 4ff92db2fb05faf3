// What an audit and a description of a table say, as plain data.
import type { TableIdentifier } from '../contract/compiled.ts';
import type { TableSchema } from '../iceberg/types.ts';
import type { ClassCounts, SourceRanges } from '../ledger/entries.ts';
import type { Ports } from '../ports.ts';
import type { ParkedTarget } from './types.ts';

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
  /** Rows of `liveRows` that position deletes and deletion vectors name; of one that two files name, both are counted. */
  readonly deletedPositions: number;
  /** Equality delete files: how many rows they take away only reading tells. */
  readonly equalityDeleteFiles: number;
  /** Branches and tags but `main`, by name. */
  readonly refs: readonly { readonly name: string; readonly type: 'branch' | 'tag'; readonly snapshotId: string }[];
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
