// Has anything happened to a branch, since the snapshot a change was planned on, that the change cannot live with? Walks the
// snapshots between, reads the manifests each of them added, and looks at the entries they made. Pure reading; a conflict is a
// CommitRefusedError, as trying again would find it again. Source: MergingSnapshotProducer, BaseOverwriteFiles, BaseRewriteFiles
// and BaseRowDelta of iceberg-java.

import type { FileStore } from '../ports.ts';
import { type HistoryEntries, loadHistory } from './commit-history.ts';
import { mayApply, referencedPath } from './delete-scope.ts';
import { specOf } from './manifest-write.ts';
import { plainPath } from './plain-path.ts';
import { type RefusalCode, refusal } from './refusals.ts';
import type { ConflictChecks } from './snapshot-change.ts';
import { partitionKey } from './snapshot-summary.ts';
import type { DataFile, Snapshot, TableMetadata } from './types.ts';

/** Files a validation is about: all, those of some partitions, or those a caller's filter may match. */
export type ConflictScope =
  | { readonly kind: 'table' }
  | { readonly kind: 'partitions'; readonly partitions: readonly Pick<DataFile, 'specId' | 'partition'>[] }
  | { readonly kind: 'filter'; readonly mayMatch: (file: DataFile) => boolean };

export type Validation =
  /** No data file was added in the scope: rows the change has not seen. */
  | { readonly kind: 'no-added-data'; readonly scope: ConflictScope }
  /** No delete file was added in the scope. */
  | { readonly kind: 'no-added-deletes'; readonly scope: ConflictScope }
  /** No data file was removed in the scope. */
  | { readonly kind: 'no-removed-data'; readonly scope: ConflictScope }
  /** No delete was added that applies to these data files. Equality deletes may, where the new files keep the old sequence number. */
  | { readonly kind: 'no-deletes-for'; readonly files: readonly DataFile[]; readonly allowsEquality: boolean }
  /** These data files were not removed; by a `delete` they may have been where the change does not mind. */
  | {
      readonly kind: 'data-exists';
      readonly paths: readonly string[];
      /** Position deletes of several data files, which only their bounds tell: none that they may be about. */
      readonly deletes: readonly DataFile[];
      readonly allowsDelete: boolean;
    }
  /** No deletion vector was added for these data files. */
  | { readonly kind: 'no-added-vectors'; readonly paths: readonly string[] };

export interface ConflictRequest {
  readonly metadata: TableMetadata;
  readonly files: Pick<FileStore, 'read'>;
  /** Head of the branch now. */
  readonly parent: Snapshot | undefined;
  readonly checks: ConflictChecks;
}

/** Throws CommitRefusedError with the code of the first conflict. Cost: the manifest list of each snapshot since, and what it added. */
export async function checkConflicts(request: ConflictRequest): Promise<void> {
  const { checks, parent } = request;
  if (checks.validations.length === 0) return;
  const history = await loadHistory({ ...request, since: checks.since, head: parent });
  for (const validation of checks.validations) {
    const [code, conflicts] = conflictsWith(request, history, validation);
    if (conflicts[0]) throw refusal(code, `${conflicts.length} files`, { uri: conflicts[0].filePath });
  }
}

/** The files that a validation cannot live with, and its code. */
function conflictsWith(
  request: ConflictRequest,
  history: HistoryEntries,
  validation: Validation,
): readonly [code: RefusalCode, files: readonly DataFile[]] {
  switch (validation.kind) {
    case 'no-added-data':
      return ['conflict-added-data', history.data('added', ['append', 'overwrite']).filter(inScope(validation.scope))];
    case 'no-added-deletes':
      return ['conflict-added-deletes', history.deletes(['overwrite', 'delete']).filter(inScope(validation.scope))];
    case 'no-removed-data':
      return ['conflict-removed-data', history.data('removed', REMOVING).filter(inScope(validation.scope))];
    case 'data-exists': {
      const paths = new Set(validation.paths.map(plainPath));
      const operations = validation.allowsDelete ? ['overwrite', 'replace'] : REMOVING;
      const isMeant = (file: DataFile) =>
        paths.has(plainPath(file.filePath)) ||
        validation.deletes.some((deletes) => mayApply(deletes, file, specOf(request.metadata, deletes.specId)));
      return ['conflict-missing-data', history.data('removed', operations).filter(isMeant)];
    }
    case 'no-added-vectors': {
      const paths = new Set(validation.paths.map(plainPath));
      const added = history.deletes(REMOVING).filter((file) => file.fileFormat === 'PUFFIN');
      return ['conflict-vector', added.filter((file) => paths.has(plainPath(referencedPath(file) ?? '')))];
    }
    case 'no-deletes-for': {
      const added = history.deletes(['overwrite', 'delete']).filter((file) => file.content === 1 || !validation.allowsEquality);
      const applies = (deletes: DataFile) =>
        validation.files.some((data) => mayApply(deletes, data, specOf(request.metadata, deletes.specId)));
      return ['conflict-replaced-deletes', added.filter(applies)];
    }
  }
}

/** Operations that remove data files; they may add deletion vectors too. */
const REMOVING = ['overwrite', 'replace', 'delete'];

function inScope(scope: ConflictScope): (file: DataFile) => boolean {
  switch (scope.kind) {
    case 'table':
      return () => true;
    case 'filter':
      return scope.mayMatch;
    case 'partitions': {
      const keys = new Set(scope.partitions.map(partitionKey));
      return (file) => keys.has(partitionKey(file));
    }
  }
}
