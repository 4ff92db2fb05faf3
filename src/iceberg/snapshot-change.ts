// What one commit does to the files of a branch, as data: every operation of prepare-*.ts is one of these, and prepare-snapshot.ts
// carries it out. Source: Iceberg specification, "Snapshots" (operations) and "Manifests" (entry status).
import type { Validation } from './check-conflicts.ts';
import type { DataFile } from './types.ts';

/**
 * `append`: only data files are added. `replace`: files are exchanged, the rows stay the same. `overwrite`: files are added and
 * removed, or rows are deleted by delete files. `delete`: data files are only removed, or deletes only added.
 */
export type SnapshotOperation = 'append' | 'replace' | 'overwrite' | 'delete';

export interface SnapshotChange {
  readonly operation: SnapshotOperation;
  /** Data and delete files that are new in the branch. */
  readonly add?: readonly DataFile[];
  /** Data and delete files of the branch to remove; a missing one refuses the commit. Removed data files take their vectors with them. */
  readonly remove?: readonly DataFile[];
  /**
   * Data sequence number of all added data files, where it must not be the commit's own: files rewritten without changing rows keep
   * that of their sources, so that deletes committed meanwhile still apply.
   */
  readonly dataSequenceNumber?: number;
  /** Manifests stay as they are and only new ones are added. */
  readonly isFast?: boolean;
  /** Snapshot summary beside Iceberg's own keys. */
  readonly summary?: Readonly<Record<string, string>>;
  readonly setProperties?: Readonly<Record<string, string>>;
  /** Branch that gets the snapshot. @default main */
  readonly targetRef?: string;
  /** The snapshot is added to the table without any reference: written, to be audited and picked later. */
  readonly isStaged?: boolean;
  /** A tag to point at the new snapshot. */
  readonly tag?: { readonly name: string };
  /** What must not have happened to the branch since the snapshot the change was planned on. */
  readonly checks?: ConflictChecks;
}

export interface ConflictChecks {
  /** Head of the branch when the change was planned; null where it had none. */
  readonly since: bigint | null;
  readonly validations: readonly Validation[];
}
