// The summary of a snapshot: what it added and removed, and the table's totals after it. Counts of files and rows come from the
// manifest list, so a wrong or missing total of another writer is not carried on; sizes and delete counts continue the parent's.
// Source: Iceberg specification, Appendix F, "Optional Snapshot Summary Fields"; SnapshotSummary of iceberg-java.
import { stringifyExact } from './json-exact.ts';
import type { SnapshotOperation } from './snapshot-change.ts';
import type { DataFile, ManifestFile, Snapshot } from './types.ts';

export interface Totals {
  readonly fileSizeBytes: number;
  readonly positionDeletes: number;
  readonly equalityDeletes: number;
}

export interface SummaryRequest {
  readonly operation: SnapshotOperation;
  readonly added: readonly DataFile[];
  readonly removed: readonly DataFile[];
  /** All manifests of the new snapshot. */
  readonly manifests: readonly ManifestFile[];
  /** Before this snapshot; undefined where nobody knows them cheaply: those totals are left out. */
  readonly before: Totals | undefined;
  readonly extra: Readonly<Record<string, string>>;
}

/** The summary; keys of `extra` that Iceberg defines are overruled. */
export function snapshotSummary(request: SummaryRequest): Record<string, string> {
  const { added, removed, manifests, before } = request;
  const live = (content: number) => manifests.filter((manifest) => manifest.content === content);
  const files = (content: number) => sum(live(content), (manifest) => (manifest.addedFiles ?? 0) + (manifest.existingFiles ?? 0));
  const [plus, minus] = [countTotals(added), countTotals(removed)];
  const totals = {
    'changed-partition-count': new Set([...added, ...removed].map(partitionKey)).size,
    'total-records': sum(live(0), (manifest) => (manifest.addedRows ?? 0) + (manifest.existingRows ?? 0)),
    'total-data-files': files(0),
    'total-delete-files': files(1),
    ...(before && {
      'total-files-size': before.fileSizeBytes + plus.fileSizeBytes - minus.fileSizeBytes,
      'total-position-deletes': before.positionDeletes + plus.positionDeletes - minus.positionDeletes,
      'total-equality-deletes': before.equalityDeletes + plus.equalityDeletes - minus.equalityDeletes,
    }),
  };
  return {
    ...request.extra,
    operation: request.operation,
    ...asTexts(positive(changeCounts(added, ADDED))),
    ...asTexts(positive(changeCounts(removed, REMOVED))),
    ...asTexts(totals),
  };
}

/** Names of the counters, in one order: data files, rows, delete files, their kinds, their rows, bytes. */
const ADDED = {
  dataFiles: 'added-data-files',
  records: 'added-records',
  deleteFiles: 'added-delete-files',
  positionFiles: 'added-position-delete-files',
  vectors: 'added-dvs',
  equalityFiles: 'added-equality-delete-files',
  positionDeletes: 'added-position-deletes',
  equalityDeletes: 'added-equality-deletes',
  sizeBytes: 'added-files-size',
};
const REMOVED: typeof ADDED = {
  dataFiles: 'deleted-data-files',
  records: 'deleted-records',
  deleteFiles: 'removed-delete-files',
  positionFiles: 'removed-position-delete-files',
  vectors: 'removed-dvs',
  equalityFiles: 'removed-equality-delete-files',
  positionDeletes: 'removed-position-deletes',
  equalityDeletes: 'removed-equality-deletes',
  sizeBytes: 'removed-files-size',
};

function changeCounts(files: readonly DataFile[], names: typeof ADDED): Record<string, number> {
  const data = files.filter((file) => file.content === 0);
  const positions = files.filter((file) => file.content === 1);
  const vectors = positions.filter((file) => file.fileFormat === 'PUFFIN');
  const totals = countTotals(files);
  return {
    [names.dataFiles]: data.length,
    [names.records]: sum(data, (file) => file.recordCount),
    [names.deleteFiles]: files.length - data.length,
    [names.positionFiles]: positions.length - vectors.length,
    [names.vectors]: vectors.length,
    [names.equalityFiles]: files.length - data.length - positions.length,
    [names.positionDeletes]: totals.positionDeletes,
    [names.equalityDeletes]: totals.equalityDeletes,
    [names.sizeBytes]: totals.fileSizeBytes,
  };
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

function positive(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

function asTexts(counts: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(counts).map(([key, value]) => [key, String(value)]));
}
