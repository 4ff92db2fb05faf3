// Which data files a delete file can be about: the one it names, those between the bounds of the paths in it, or its partition.
// Source: Iceberg specification, "Scan Planning" (scope of deletes).
import { plainPath } from './plain-path.ts';
import { RESERVED_FIELDS } from './reserved-fields.ts';
import { partitionKey } from './snapshot-summary.ts';
import type { DataFile, PartitionSpec } from './types.ts';

const FILE_PATH_ID = RESERVED_FIELDS.find((field) => field.name === 'file_path')!.id;

/** The one data file a position delete file is about: stated, or shown by equal bounds of its `file_path` column. */
export function referencedPath(file: DataFile): string | undefined {
  if (file.content !== 1) return undefined;
  if (file.referencedDataFile !== undefined) return file.referencedDataFile;
  const [lower, upper] = [file.lowerBounds?.get(FILE_PATH_ID), file.upperBounds?.get(FILE_PATH_ID)];
  if (!lower || !upper || Buffer.compare(lower, upper) !== 0) return undefined;
  return Buffer.from(lower.buffer, lower.byteOffset, lower.length).toString('utf8');
}

/**
 * Can a delete file apply to a data file, sequence numbers aside? `spec` is the delete file's: equality deletes of an unpartitioned
 * one reach every partition.
 */
export function mayApply(deletes: DataFile, data: DataFile, spec: PartitionSpec): boolean {
  if (deletes.content === 2) {
    const isGlobal = spec.fields.every((field) => field.transform === 'void');
    return isGlobal || partitionKey(deletes) === partitionKey(data);
  }
  if (partitionKey(deletes) !== partitionKey(data)) return false;
  const path = referencedPath(deletes);
  if (path !== undefined) return plainPath(path) === plainPath(data.filePath);
  const text = Buffer.from(plainPath(data.filePath), 'utf8');
  const [lower, upper] = [deletes.lowerBounds?.get(FILE_PATH_ID), deletes.upperBounds?.get(FILE_PATH_ID)];
  const plain = (bound: Uint8Array) => Buffer.from(plainPath(Buffer.from(bound).toString('utf8')), 'utf8');
  return !(lower && Buffer.compare(text, plain(lower)) < 0) && !(upper && Buffer.compare(text, plain(upper)) > 0);
}
