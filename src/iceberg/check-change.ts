// What a change may not ask for, whatever the table's history: the forms of files by operation and format version. A wrong request of
// ours is an invariant; what depends on the table is a refusal. Source: Iceberg specification, "Snapshots", "Delete Formats".
import { assertInvariant, InputRefusedError } from '../errors.ts';
import { fileKey } from './filter-manifests.ts';
import { plainPath } from './plain-path.ts';
import { refusal } from './refusals.ts';
import type { SnapshotChange } from './snapshot-change.ts';
import type { DataFile, TableMetadata } from './types.ts';

/** Throws where the change cannot be, before anything is read or written. */
export function checkChange(request: SnapshotChange & { readonly metadata: TableMetadata }): void {
  const { metadata, add = [], remove = [] } = request;
  const keys = new Set(add.map(fileKey));
  assertInvariant(keys.size === add.length, 'no file is added twice in one commit');
  const addsOnlyData = add.every((file) => file.content === 0) && remove.length === 0;
  assertInvariant(request.operation !== 'append' || addsOnlyData, 'an append adds data files with rows');
  assertInvariant(
    add.every((file) => file.recordCount > 0),
    'an added file has rows: an append adds data files with rows',
  );
  assertInvariant(!remove.some((file) => keys.has(fileKey(file))), 'no file is added and removed in one commit');
  for (const file of add) checkDeleteForm(file, metadata['format-version']);
  const vectorOf = add.flatMap((file) => (file.fileFormat === 'PUFFIN' ? [plainPath(file.referencedDataFile!)] : []));
  assertInvariant(new Set(vectorOf).size === vectorOf.length, 'a data file gets one deletion vector');
  const { dataSequenceNumber: number } = request;
  assertInvariant(
    number === undefined || (number >= 0 && number <= metadata['last-sequence-number']),
    'rewritten rows are no newer than the table',
  );
  if (metadata['encryption-keys'] !== undefined) {
    throw new InputRefusedError('table is encrypted: its manifests cannot be written here; write it with an engine that holds its keys', {
      code: 'table-encrypted',
    });
  }
}

/** Version 2 has position delete files, version 3 deletion vectors. */
function checkDeleteForm(file: DataFile, formatVersion: number): void {
  if (file.content !== 1) return;
  const isVector = file.fileFormat === 'PUFFIN';
  if (isVector !== formatVersion >= 3) {
    throw refusal('delete-form', `version ${formatVersion}, ${isVector ? 'a deletion vector' : 'a position delete file'}`, {
      uri: file.filePath,
    });
  }
  const isPlaced = file.referencedDataFile !== undefined && file.contentOffset !== undefined && file.contentSizeBytes !== undefined;
  assertInvariant(!isVector || isPlaced, 'a deletion vector says its data file and where it lies');
}
