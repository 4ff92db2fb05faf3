// Overwrites that say which rows go, not which files: by a row filter, or by the partitions of the files that come (dynamic partition
// overwrite). The files are looked up on the head of the branch at every attempt, so whatever is there when the commit succeeds is
// gone; what happened since the change was planned is a conflict within the filter or the partitions alone. Source: Iceberg
// specification, "Snapshots"; OverwriteFiles, ReplacePartitions and ManifestFilterManager of iceberg-java.

import { LIMITS } from '../contract/limits.ts';
import { assertInvariant } from '../errors.ts';
import type { ConflictScope, Validation } from './check-conflicts.ts';
import type { Expression } from './expressions/types.ts';
import type { ChangeTarget, Isolation, PlannedOn } from './file-operations.ts';
import { fileKey, mayHoldOne, partitionsOf } from './filter-manifests.ts';
import { branchHead } from './find-snapshot.ts';
import { loadManifest } from './load-manifest.ts';
import { loadManifestList } from './load-manifest-list.ts';
import { specOf } from './manifest-write.ts';
import { mapBounded } from './map-bounded.ts';
import { type PreparedSnapshot, prepareSnapshot } from './prepare-snapshot.ts';
import { refusal } from './refusals.ts';
import { planScan } from './scan.ts';
import { type Pruner, prunerOf } from './scan-pruner.ts';
import type { SnapshotOperation } from './snapshot-change.ts';
import { partitionKey } from './snapshot-summary.ts';
import type { DataFile } from './types.ts';

export interface OverwriteByFilterRequest extends ChangeTarget, Omit<PlannedOn, 'scope'> {
  /** Rows that go, in names of the current schema. */
  readonly filter: Expression;
  readonly add: readonly DataFile[];
  /** Refuse a new file unless its partition or its statistics say that all its rows match the filter. */
  readonly requiresMatching?: boolean;
}

/**
 * Every row of the filter goes, the new files come; undefined where neither is there. Throws CommitRefusedError `filter-partial` where
 * a file holds other rows, too, `filter-added`, or a conflict; InputRefusedError for a filter that does not fit the schema. Cost: a
 * planned scan and an overwrite of what it finds.
 */
export async function prepareOverwriteByFilter(request: OverwriteByFilterRequest): Promise<PreparedSnapshot | undefined> {
  const { metadata, add, filter, since, isolation } = request;
  assertInvariant(add.every(isData), 'an overwrite is of data files');
  const pruner = prunerOf(metadata, { filter });
  const other = request.requiresMatching ? add.find((file) => !pruner.mayHoldPartition(file) || !pruner.mustHoldFile(file)) : undefined;
  if (other) throw refusal('filter-added', 'neither its partition nor its statistics exclude that', { uri: other.filePath });
  const remove = await filesOfFilter(request, pruner);
  if (add.length + remove.length === 0) return undefined;
  const validations = validationsOf({ kind: 'filter', mayMatch: pruner.mayHoldFile }, isolation);
  return prepareSnapshot({ ...request, remove, operation: operationOf(add, remove), checks: { since, validations } });
}

export interface ReplacePartitionsRequest extends ChangeTarget, Omit<PlannedOn, 'scope'> {
  /** Data files; their partitions are replaced, and the whole table where a spec of theirs has no fields. */
  readonly add: readonly DataFile[];
}

/**
 * The partitions of the new files hold these files alone afterwards; undefined without files. Throws CommitRefusedError for a conflict.
 * Cost: the manifests that may hold one of the partitions, read twice.
 */
export async function prepareReplacePartitions(request: ReplacePartitionsRequest): Promise<PreparedSnapshot | undefined> {
  const { add, since, isolation, metadata } = request;
  assertInvariant(add.every(isData), 'an overwrite is of data files');
  if (add.length === 0) return undefined;
  const isWhole = add.some((file) => specOf(metadata, file.specId).fields.length === 0);
  const partitions = partitionsOf(add);
  const remove = await filesOfPartitions(request, isWhole ? undefined : partitions);
  const scope: ConflictScope = isWhole ? { kind: 'table' } : { kind: 'partitions', partitions };
  const summary = { ...request.summary, 'replace-partitions': 'true' };
  const checks = { since, validations: validationsOf(scope, isolation) };
  return prepareSnapshot({ ...request, remove, operation: 'overwrite', summary, checks });
}

/** Under `snapshot` isolation, too: rows deleted or files rewritten where this change removes would be undone or come back. */
function validationsOf(scope: ConflictScope, isolation: Isolation): readonly Validation[] {
  const always: readonly Validation[] = [
    { kind: 'no-added-deletes', scope },
    { kind: 'no-removed-data', scope },
  ];
  return isolation === 'serializable' ? [{ kind: 'no-added-data', scope }, ...always] : always;
}

/** Data files whose rows all match, and the delete files of partitions that go as a whole. */
async function filesOfFilter(request: OverwriteByFilterRequest, pruner: Pruner): Promise<readonly DataFile[]> {
  const head = branchHead(request.metadata, request.targetRef ?? 'main');
  if (!head) return [];
  const tasks = await planScan({ ...request, snapshotId: head['snapshot-id'] });
  const partial = tasks.find(({ file }) => !pruner.mustHoldFile(file));
  if (partial) throw refusal('filter-partial', 'rewrite its other rows, or delete by position', { uri: partial.file.filePath });
  const deletes = tasks.flatMap((task) => task.deletes).filter(pruner.mustHoldPartition);
  return [...tasks.map(({ file }) => file), ...new Map(deletes.map((file) => [fileKey(file), file])).values()];
}

/** Live data and delete files of the partitions; of the whole branch when left out. */
async function filesOfPartitions(
  request: ReplacePartitionsRequest,
  partitions: readonly DataFile[] | undefined,
): Promise<readonly DataFile[]> {
  const head = branchHead(request.metadata, request.targetRef ?? 'main');
  const lines = await loadManifestList(request.files, request.metadata, head);
  const isLive = (line: (typeof lines)[number]) => line.addedFiles !== 0 || line.existingFiles !== 0;
  const candidates = lines.filter((line) => isLive(line) && (!partitions || mayHoldOne(request.metadata, line, partitions)));
  const keys = partitions && new Set(partitions.map(partitionKey));
  const found = await mapBounded(candidates, LIMITS.manifestReadsAtOnce, async (line) =>
    (await loadManifest(request, line)).filter(({ status, file }) => status !== 2 && (!keys || keys.has(partitionKey(file)))),
  );
  return found.flat().map(({ file }) => file);
}

function operationOf(add: readonly DataFile[], remove: readonly DataFile[]): SnapshotOperation {
  if (add.length === 0) return 'delete';
  return remove.length === 0 ? 'append' : 'overwrite';
}

function isData(file: DataFile): boolean {
  return file.content === 0;
}
