// Loads a live data or delete file as its manifest entry describes it. A file of another size or with another number of rows is not the
// one that was committed: reading it would give rows that the table never had, or miss some. Source: Iceberg specification, "Data File
// Fields" (`file_size_in_bytes`, `record_count`).
import { InputRefusedError } from '../errors.ts';
import type { DataFile } from '../iceberg/types.ts';
import type { FileStore } from '../ports.ts';

type Described = Pick<DataFile, 'filePath' | 'fileSizeBytes' | 'recordCount'>;

/** The whole file. Throws InputRefusedError `live-file-missing`, `data-file-size`. Cost: one read. */
export async function loadDataFile(files: Pick<FileStore, 'read'>, file: Described): Promise<Buffer> {
  const bytes = await files.read(file.filePath);
  if (!bytes) {
    const details = { uri: file.filePath };
    throw new InputRefusedError(`live data file is missing: ${file.filePath}`, { code: 'live-file-missing', details });
  }
  checkEqual(file, { code: 'data-file-size', what: 'bytes', expected: file.fileSizeBytes, got: bytes.length });
  return bytes;
}

/** Throws InputRefusedError `data-file-rows` where the file, once read, has another number of rows. */
export function checkRows(file: Described, rows: number): void {
  checkEqual(file, { code: 'data-file-rows', what: 'rows', expected: file.recordCount, got: rows });
}

function checkEqual(
  file: Described,
  { code, what, expected, got }: { readonly code: string; readonly what: string; readonly expected: number; readonly got: number },
): void {
  if (expected === got) return;
  throw new InputRefusedError(
    `a live file is not what its manifest says: ${what}: expected ${expected}, got ${got} (${file.filePath}); restore it, or roll back to a snapshot without it`,
    { code, details: { uri: file.filePath, expected: String(expected), got: String(got) } },
  );
}
