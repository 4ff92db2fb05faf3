// Files and rows of a manifest's entries by status: what its line in the manifest list states. One count for what is written, what is
// checked on reading, and what lists of version 1 leave out. Source: Iceberg specification, "Manifest Lists".
import type { DataFile, ManifestFile } from './types.ts';

export type EntryCounts = Required<
  Pick<ManifestFile, 'addedFiles' | 'existingFiles' | 'deletedFiles' | 'addedRows' | 'existingRows' | 'deletedRows'>
>;

/** The six counts of a line. */
export function countsOf(entries: readonly { readonly status: 0 | 1 | 2; readonly file: Pick<DataFile, 'recordCount'> }[]): EntryCounts {
  const files = [0, 0, 0];
  const rows = [0, 0, 0];
  for (const { status, file } of entries) {
    files[status]! += 1;
    rows[status]! += file.recordCount;
  }
  const [existingFiles, addedFiles, deletedFiles] = files as [number, number, number];
  const [existingRows, addedRows, deletedRows] = rows as [number, number, number];
  return { addedFiles, existingFiles, deletedFiles, addedRows, existingRows, deletedRows };
}
