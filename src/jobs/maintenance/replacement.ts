// A replacement: what a compaction wants to become of a table, as data under `_firn/<contract>/maintenance/pending/`. The data files are
// written and counted; only the commit is left, which anybody may make: the committer in its slice, or the compaction itself. Files are
// described as in staged descriptors, so that applying it reads no data file.
import { contractPaths } from '../../contract/names.ts';
import { fromStagedFile, toStagedFile } from '../../iceberg/data-file-json.ts';
import { partitionStruct } from '../../iceberg/manifest-schema.ts';
import { schemasNewestFirst, specOf } from '../../iceberg/manifest-write.ts';
import type { DataFile, TableMetadata } from '../../iceberg/types.ts';
import { count, flag, list, literal, object, type Reader, text } from '../../ledger/json-readers.ts';
import { stagedFile, versionOne } from '../../ledger/shapes.ts';
import type { StagedFile } from '../../ledger/types.ts';
import type { FileStat, Ports, Uri } from '../../ports.ts';
import type { CompactionResult } from './types.ts';

export interface Replacement {
  readonly version: 1;
  readonly contract: string;
  readonly plan: string;
  readonly group: number;
  readonly table: string;
  readonly tableUuid: string;
  readonly partition: string;
  readonly createdAtMs: number;
  /** Snapshot whose rows were read, in decimal, and its sequence number. */
  readonly baseSnapshot: string;
  readonly baseSequence: number;
  /** The new files get that number, so that equality deletes committed meanwhile still reach their rows. */
  readonly keepsSequence: boolean;
  /** Ids of the table's schema and spec that were written under. */
  readonly schemaId: number;
  readonly specId: number;
  readonly rowsIn: number;
  readonly rowsDeleted: number;
  readonly rowsOut: number;
  readonly add: readonly StagedFile[];
  readonly remove: readonly StagedFile[];
}

export const replacementReader: Reader<Replacement> = object<Replacement>({
  version: versionOne,
  contract: text,
  plan: text,
  group: count,
  table: text,
  tableUuid: text,
  partition: text,
  createdAtMs: count,
  baseSnapshot: text,
  baseSequence: count,
  keepsSequence: flag,
  schemaId: count,
  specId: count,
  rowsIn: count,
  rowsDeleted: count,
  rowsOut: count,
  add: list(stagedFile),
  remove: list(stagedFile),
});

export const resultReader: Reader<CompactionResult> = object<CompactionResult>(
  {
    kind: literal('compacted', 'nothing', 'replan'),
    table: text,
    partition: text,
    filesBefore: count,
    bytesBefore: count,
    filesAfter: count,
    bytesAfter: count,
    rowsIn: count,
    rowsDeleted: count,
    rowsOut: count,
    conflicts: count,
    reason: text,
  },
  ['reason'],
);

/** Files as a replacement has them. */
export function describeFiles(metadata: TableMetadata, files: readonly DataFile[]): readonly StagedFile[] {
  return files.map((file) => toStagedFile({ file, partition: tupleOf(metadata, file.specId), offsets: [] }));
}

/** Files of a replacement in the form of a manifest. */
export function filesOf(metadata: TableMetadata, files: readonly StagedFile[]): readonly DataFile[] {
  return files.map((file) => fromStagedFile(file, tupleOf(metadata, file.specId)));
}

/** The result of a replacement that was applied, or why it was not. */
export function resultOf(replacement: Replacement, outcome: Pick<CompactionResult, 'kind' | 'reason' | 'conflicts'>): CompactionResult {
  const { add, remove, rowsIn, rowsDeleted, rowsOut, table, partition } = replacement;
  const bytes = (files: readonly StagedFile[]) => files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const isApplied = outcome.kind === 'compacted';
  return {
    kind: outcome.kind,
    table,
    partition,
    filesBefore: remove.length,
    bytesBefore: bytes(remove),
    filesAfter: isApplied ? add.length : remove.length,
    bytesAfter: bytes(isApplied ? add : remove),
    rowsIn,
    rowsDeleted: isApplied ? rowsDeleted : 0,
    rowsOut: isApplied ? rowsOut : rowsIn,
    conflicts: outcome.conflicts,
    ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
  };
}

/** The pending replacements, those that wait longest first. Cost: one listing. */
export async function listReplacements({ ports, contractName }: { readonly ports: Ports; readonly contractName: string }): Promise<Uri[]> {
  const prefix = contractPaths(ports.root, contractName).replacements;
  const stats: FileStat[] = [];
  for await (const stat of ports.files.list(prefix)) if (stat.uri.endsWith('.json')) stats.push(stat);
  return stats.sort((a, b) => a.lastModifiedMs - b.lastModifiedMs).map(({ uri }) => uri);
}

function tupleOf(metadata: TableMetadata, specId: number) {
  return partitionStruct(specOf(metadata, specId), schemasNewestFirst(metadata));
}
