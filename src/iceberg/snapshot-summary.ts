// The summary of an append: what it added and the table's totals after it. Counts of files and rows come from the manifest list,
// so a wrong or missing total of another writer is not carried on; sizes and delete counts continue the parent's. Source:
// Iceberg specification, Appendix F, "Optional Snapshot Summary Fields"; SnapshotSummary of iceberg-java.
import { stringifyExact } from './json-exact.ts';
import type { DataFile, ManifestFile, Snapshot } from './types.ts';

export interface Totals {
  readonly fileSizeBytes: number;
  readonly positionDeletes: number;
  readonly equalityDeletes: number;
}

export interface AppendSummaryRequest {
  readonly add: readonly DataFile[];
  /** All manifests of the new snapshot. */
  readonly manifests: readonly ManifestFile[];
  /** Before this snapshot; undefined where nobody knows them cheaply: those totals are left out. */
  readonly before: Totals | undefined;
  readonly extra: Readonly<Record<string, string>>;
}

/** Summary with `operation: append`; keys of `extra` that Iceberg defines are overruled. */
export function appendSummary(request: AppendSummaryRequest): Record<string, string> {
  const { add, manifests, before } = request;
  const live = (content: number) => manifests.filter((manifest) => manifest.content === content);
  const files = (content: number) => sum(live(content), (manifest) => (manifest.addedFiles ?? 0) + (manifest.existingFiles ?? 0));
  const addedBytes = sum(add, (file) => file.fileSizeBytes);
  const added = {
    'added-data-files': add.length,
    'added-records': sum(add, (file) => file.recordCount),
    'added-files-size': addedBytes,
  };
  const totals = {
    'changed-partition-count': new Set(add.map(partitionKey)).size,
    'total-records': sum(live(0), (manifest) => (manifest.addedRows ?? 0) + (manifest.existingRows ?? 0)),
    'total-data-files': files(0),
    'total-delete-files': files(1),
    ...(before && {
      'total-files-size': before.fileSizeBytes + addedBytes,
      'total-position-deletes': before.positionDeletes,
      'total-equality-deletes': before.equalityDeletes,
    }),
  };
  return { ...request.extra, operation: 'append', ...asTexts(add.length > 0 ? added : {}), ...asTexts(totals) };
}

/** Totals a snapshot's summary states; undefined if one of them is missing or no count. */
export function totalsOf(snapshot: Snapshot | undefined): Totals | undefined {
  if (!snapshot) return { fileSizeBytes: 0, positionDeletes: 0, equalityDeletes: 0 };
  const read = (key: string) => {
    const text = snapshot.summary[key];
    return text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
  };
  const [fileSizeBytes, positionDeletes, equalityDeletes] = [
    read('total-files-size'),
    read('total-position-deletes'),
    read('total-equality-deletes'),
  ];
  if (fileSizeBytes === undefined || positionDeletes === undefined || equalityDeletes === undefined) return undefined;
  return { fileSizeBytes, positionDeletes, equalityDeletes };
}

/** Totals counted from live files. */
export function countTotals(files: readonly DataFile[]): Totals {
  return {
    fileSizeBytes: sum(files, (file) => file.contentSizeBytes ?? file.fileSizeBytes),
    positionDeletes: sum(
      files.filter((file) => file.content === 1),
      (file) => file.recordCount,
    ),
    equalityDeletes: sum(
      files.filter((file) => file.content === 2),
      (file) => file.recordCount,
    ),
  };
}

/**
 * Text that is equal exactly for equal partitions of equal specs. NaN equals NaN, -0.0 differs from 0.0; an int equals the long it
 * was promoted to.
 */
export function partitionKey(file: Pick<DataFile, 'specId' | 'partition'>): string {
  const cells = file.partition.map((cell) => {
    if (cell instanceof Uint8Array) return ['bytes', Buffer.from(cell).toString('hex')];
    if (typeof cell === 'number' || typeof cell === 'bigint') return ['number', Object.is(cell, -0) ? '-0' : String(cell)];
    return [typeof cell, cell === null ? null : String(cell)];
  });
  return stringifyExact([file.specId, cells]);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function asTexts(counts: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(counts).map(([key, value]) => [key, String(value)]));
}
