// Breaks exactly one claim of a sound table of two commits, making right again what stands around it (lengths, counts, totals), so that
// each defect is found by the check meant for it.
import { buildColumns } from '../../../src/column-cells.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { currentSnapshot } from '../../../src/iceberg/find-snapshot.ts';
import { readManifestList, writeManifestList } from '../../../src/iceberg/manifest-list.ts';
import { readManifest } from '../../../src/iceberg/manifest-read.ts';
import { writeManifest } from '../../../src/iceberg/manifest-write.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import type { ManifestEntry, ManifestFile, Snapshot } from '../../../src/iceberg/types.ts';
import { newDeletesReader } from '../../../src/jobs/read-deletes.ts';
import { readTask } from '../../../src/jobs/read-task.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { append, createTable, dataFile, type TestTable } from './tables.ts';

const ROWS_PER_FILE = 3;
export const ROWS = 4 * ROWS_PER_FILE;

/** Two commits of two files each, merged by nobody. */
export async function soundTable(formatVersion: 2 | 3 = 2): Promise<TestTable> {
  const table = await createTable({ formatVersion });
  for (let commit = 0; commit < 2; commit += 1) await append(table, [realFile(table), realFile(table)]);
  return table;
}

function realFile(table: TestTable, rows = ROWS_PER_FILE) {
  const schema = currentSchema(table.metadata);
  const cells = Array.from({ length: rows }, (_, i) => [BigInt(i), `user-${i}`, i]);
  const encoded = encodeParquet({ schema, columns: buildColumns(schema, cells) });
  const file = dataFile({ recordCount: encoded.recordCount, fileSizeBytes: encoded.bytes.length });
  table.files.objects.set(file.filePath, encoded.bytes);
  return file;
}

/** Live rows as a reader sees them. */
export async function countRows(table: TestTable): Promise<number> {
  const { metadata, files } = table;
  const schema = currentSchema(metadata);
  const deletes = newDeletesReader(files, metadata);
  let rows = 0;
  for (const task of await planScan({ metadata, files, hasTrueTotals: true }))
    rows += (await readTask({ files, metadata, task, struct: schema, schema, deletes })).rows.length;
  return rows;
}

/** Writes the current list anew. */
export function editList(table: TestTable, edit: (lines: readonly ManifestFile[]) => readonly ManifestFile[]): void {
  const snapshot = currentSnapshot(table.metadata)!;
  const lines = readManifestList(table.files.objects.get(snapshot['manifest-list'])!);
  const { bytes } = writeManifestList({
    formatVersion: table.metadata['format-version'],
    manifests: edit(lines),
    snapshotId: snapshot['snapshot-id'],
    sequenceNumber: snapshot['sequence-number'],
    ...(table.metadata['format-version'] === 3 ? { nextRowId: 0 } : {}),
  });
  table.files.objects.set(snapshot['manifest-list'], bytes);
}

/** Writes the newest manifest anew, and its line unless told to leave it. */
export function editManifest(
  table: TestTable,
  edit: (entries: readonly ManifestEntry[]) => readonly ManifestEntry[],
  line: (written: ManifestFile, before: ManifestFile) => ManifestFile = (written) => written,
): void {
  editList(table, ([newest, ...others]) => {
    const entries = readManifest(table.files.objects.get(newest!.path)!, newest!);
    const { addedSnapshotId: snapshotId, sequenceNumber, specId, content } = newest!;
    const written = writeManifest({ metadata: table.metadata, specId, content, entries: edit(entries), snapshotId, sequenceNumber });
    table.files.objects.set(newest!.path, written.bytes);
    return [line({ path: newest!.path, ...written.line }, newest!), ...others];
  });
}

/** Adds to counts of the current summary. */
export function editSummary(table: TestTable, deltas: Readonly<Record<string, number>>): void {
  const current = currentSnapshot(table.metadata)!;
  const changed = Object.entries(deltas).map(([key, delta]) => [key, String(Number(current.summary[key]) + delta)]);
  const snapshot: Snapshot = { ...current, summary: { ...current.summary, ...Object.fromEntries(changed) } };
  table.metadata = { ...table.metadata, snapshots: table.metadata.snapshots.map((one) => (one === current ? snapshot : one)) };
}

/** Paths of the live data files, newest commit first. */
export async function livePaths({ metadata, files }: TestTable): Promise<readonly string[]> {
  return (await planScan({ metadata, files })).map(({ file }) => file.filePath);
}

/** In the place of a live file, one of the same writer with another number of rows; the entry is of its size. */
export async function swapFile(table: TestTable): Promise<void> {
  const [path] = await livePaths(table);
  const other = realFile(table, ROWS_PER_FILE + 1);
  table.files.objects.set(path!, table.files.objects.get(other.filePath)!);
  editManifest(table, (entries) => {
    const fileSizeBytes = other.fileSizeBytes;
    return entries.map((entry) => (entry.file.filePath === path ? { ...entry, file: { ...entry.file, fileSizeBytes } } : entry));
  });
}
