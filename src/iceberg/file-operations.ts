// Overwrite, delete, replace and row delta: which change each is, and which conflicts it cannot live with. Two isolation levels:
// `serializable` refuses when rows appeared that the change would have had to see, `snapshot` only when it would undo what others
// did. Source: Iceberg specification, "Snapshots"; BaseOverwriteFiles, StreamingDelete, BaseRewriteFiles, BaseRowDelta of
// iceberg-java.
import { assertInvariant } from '../errors.ts';
import type { ConflictScope, Validation } from './check-conflicts.ts';
import type { CommitBase } from './commit-metadata.ts';
import { referencedPath } from './delete-scope.ts';
import { findSnapshot } from './find-snapshot.ts';
import { type PreparedSnapshot, prepareSnapshot } from './prepare-snapshot.ts';
import type { SnapshotChange } from './snapshot-change.ts';
import type { DataFile } from './types.ts';

export type Isolation = 'serializable' | 'snapshot';

/** Where the change goes and what is said of it. */
export type ChangeTarget = CommitBase & Pick<SnapshotChange, 'targetRef' | 'isStaged' | 'summary' | 'setProperties' | 'tag'>;

/** What the change was planned on. */
export interface PlannedOn {
  /** Head of the branch then; null: it had no snapshot. */
  readonly since: bigint | null;
  readonly isolation: Isolation;
  /** Files whose appearance matters. @default the whole table */
  readonly scope?: ConflictScope;
}

const TABLE: ConflictScope = { kind: 'table' };

export interface OverwriteRequest extends ChangeTarget, PlannedOn {
  readonly add: readonly DataFile[];
  /** Data files of the branch whose rows are gone or in `add`. */
  readonly remove: readonly DataFile[];
}

/** Data files exchanged for others with other rows. Refuses where deletes were committed for a removed file meanwhile. */
export async function prepareOverwrite(request: OverwriteRequest): Promise<PreparedSnapshot> {
  const { add, remove, since, isolation, scope = TABLE } = request;
  assertInvariant([...add, ...remove].every(isData), 'an overwrite is of data files');
  const validations: Validation[] = [{ kind: 'no-deletes-for', files: remove, allowsEquality: false }];
  if (isolation === 'serializable') validations.push({ kind: 'no-added-data', scope });
  const operation = add.length === 0 ? 'delete' : 'overwrite';
  return prepareSnapshot({ ...request, operation, checks: { since, validations } });
}

export interface DeleteFilesRequest extends ChangeTarget {
  readonly remove: readonly DataFile[];
}

/** Data files taken out with all their rows, whatever happened meanwhile; refused where one is not live. */
export async function prepareDeleteFiles(request: DeleteFilesRequest): Promise<PreparedSnapshot> {
  assertInvariant(request.remove.every(isData), 'a delete is of data files');
  return prepareSnapshot({ ...request, operation: 'delete' });
}

export interface ReplaceRequest extends ChangeTarget, Pick<PlannedOn, 'since'>, Pick<SnapshotChange, 'dataSequenceNumber'> {
  /** The same rows in other files: data files, or position deletes for position deletes. */
  readonly add: readonly DataFile[];
  readonly remove: readonly DataFile[];
}

/**
 * Files rewritten with the same rows (compaction). With `dataSequenceNumber`, that of the snapshot the rewrite read (at most that, at
 * least the largest of the sources), equality deletes committed meanwhile still apply to the new files; position deletes and vectors
 * name the old ones and always refuse the commit.
 */
export async function prepareReplace(request: ReplaceRequest): Promise<PreparedSnapshot> {
  const { add, remove, since, dataSequenceNumber } = request;
  const removed = remove.filter(isData);
  assertInvariant(remove.length > 0, 'a replace removes files');
  const rows = (files: readonly DataFile[]) => files.filter(isData).reduce((sum, file) => sum + file.recordCount, 0);
  assertInvariant(rows(add) <= rows(remove), 'a replace adds no rows');
  // With this commit's sequence number it would reach rows that were written after the deletes it takes the place of.
  assertInvariant(
    add.every((file) => file.content !== 2),
    'a replace adds no equality deletes: they delete by sequence number',
  );
  // Beyond it lie equality deletes that the rewrite has not read: they would no longer reach its files, and rows would come back.
  const read = findSnapshot(request.metadata, since ?? undefined)?.['sequence-number'] ?? Number.POSITIVE_INFINITY;
  assertInvariant((dataSequenceNumber ?? 0) <= read, 'rewritten rows are no newer than the snapshot that was read');
  const validations: Validation[] =
    removed.length === 0 ? [] : [{ kind: 'no-deletes-for', files: removed, allowsEquality: dataSequenceNumber !== undefined }];
  return prepareSnapshot({ ...request, operation: 'replace', checks: { since, validations } });
}

export interface RowDeltaRequest extends ChangeTarget, PlannedOn {
  /** New data files and delete files. */
  readonly add: readonly DataFile[];
  /** Delete files that the new ones take in, and data files left without rows. */
  readonly remove: readonly DataFile[];
  /** The vectors of `add` hold those of the head already, so ones added meanwhile are no conflict. */
  readonly mergesVectors?: boolean;
  /** Data files that position deletes of several refer to. @default those between the bounds of their paths */
  readonly referenced?: readonly string[];
}

/** Rows deleted by delete files, and new ones added: delete, update and merge. */
export async function prepareRowDelta(request: RowDeltaRequest): Promise<PreparedSnapshot> {
  const { add, remove, since, isolation, scope = TABLE } = request;
  const deletes = add.filter((file) => !isData(file));
  const addsData = deletes.length < add.length;
  const paths = [...deletes.flatMap((file) => referencedPath(file) ?? []), ...(request.referenced ?? [])];
  const ofSeveral = request.referenced ? [] : deletes.filter((file) => file.content === 1 && referencedPath(file) === undefined);
  const vectors = deletes.filter((file) => file.fileFormat === 'PUFFIN').flatMap((file) => referencedPath(file) ?? []);
  const removed = remove.filter(isData);
  const validations: Validation[] = [
    // A file that another delete took away needs no deletes of ours; an updated row would come back, and a vector would dangle.
    { kind: 'data-exists', paths, deletes: ofSeveral, allowsDelete: !addsData && vectors.length === 0 },
    { kind: 'no-deletes-for', files: removed, allowsEquality: false },
    { kind: 'no-added-vectors', paths: request.mergesVectors ? [] : vectors },
  ];
  if (addsData) validations.push({ kind: 'no-added-deletes', scope });
  if (isolation === 'serializable') validations.push({ kind: 'no-added-data', scope });
  const operation = addsData || removed.length > 0 ? (deletes.length + remove.length === 0 ? 'append' : 'overwrite') : 'delete';
  return prepareSnapshot({ ...request, operation, checks: { since, validations } });
}

function isData(file: DataFile): boolean {
  return file.content === 0;
}
