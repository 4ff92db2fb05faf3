// What a snapshot's summary says of its size, held against its manifest list and against its parent: a line that is gone from the list
// takes files out of the table without a word. Only what the writer states is compared; a total is what the parent had, plus what was
// added, less what was removed. Source: Iceberg specification, "Snapshot Summary", metrics; SnapshotProducer of iceberg-java.
import { InputRefusedError } from '../errors.ts';
import { findSnapshot } from './find-snapshot.ts';
import type { ManifestFile, Snapshot, TableMetadata } from './types.ts';

const METRICS = [
  { total: 'total-data-files', added: 'added-data-files', removed: 'deleted-data-files', of: filesOf },
  { total: 'total-records', added: 'added-records', removed: 'deleted-records', of: rowsOf },
] as const;

/** Throws InputRefusedError `snapshot-totals`. `manifests` are all lines of the snapshot's list. */
export function checkTotals(metadata: TableMetadata, snapshot: Snapshot, manifests: readonly ManifestFile[]): void {
  const parentId = snapshot['parent-snapshot-id'] ?? undefined;
  const parent = parentId === undefined ? undefined : findSnapshot(metadata, parentId);
  const data = manifests.filter((line) => line.content === 0);
  for (const { total, added, removed, of } of METRICS) {
    const stated = countIn(snapshot, total);
    if (stated === undefined) continue;
    checkTotal(snapshot, { total, stated, got: sumOf(data.map(of)), source: 'its manifest list' });
    const before = parent && countIn(parent, total);
    if (before === undefined) continue;
    const change = (countIn(snapshot, added) ?? 0) - (countIn(snapshot, removed) ?? 0);
    checkTotal(snapshot, { total, stated, got: before + change, source: 'its parent and what it changed' });
  }
}

function checkTotal(
  snapshot: Snapshot,
  given: { readonly total: string; readonly stated: number; readonly got: number | undefined; readonly source: string },
): void {
  const { total, stated, got, source } = given;
  if (got === undefined || got === stated) return;
  throw new InputRefusedError(
    `snapshot ${snapshot['snapshot-id']} is not of the size it states: ${total}: expected ${stated}, got ${got} by ${source}; files were lost or come twice: roll back to an earlier snapshot`,
    { code: 'snapshot-totals', details: { uri: snapshot['manifest-list'], expected: String(stated), got: String(got) } },
  );
}

function filesOf(line: ManifestFile): number | undefined {
  return line.addedFiles === undefined || line.existingFiles === undefined ? undefined : line.addedFiles + line.existingFiles;
}

function rowsOf(line: ManifestFile): number | undefined {
  return line.addedRows === undefined || line.existingRows === undefined ? undefined : line.addedRows + line.existingRows;
}

/** Undefined where a line does not say. */
function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
}

/** Undefined where the writer does not say, or says something that is no count. */
function countIn(snapshot: Snapshot, key: string): number | undefined {
  const text = snapshot.summary[key];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
