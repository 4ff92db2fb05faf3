// Loads a manifest and holds what it says against its line in the manifest list. A table whose list and manifests disagree was damaged
// or written wrongly: rows would be lost or counted twice without a word, and a commit that merged such a manifest would make the
// damage look sound, so both are refused. Source: Iceberg specification, "Manifest Lists" (`manifest_length`, counts, sequence numbers)
// and "Manifest Entry Fields" (`snapshot_id`).
import { InputRefusedError } from '../errors.ts';
import type { FileStore } from '../ports.ts';
import { readReferenced } from './create-file.ts';
import { countsOf, type EntryCounts } from './entry-counts.ts';
import { readManifest } from './manifest-read.ts';
import { plainPath } from './plain-path.ts';
import type { ManifestEntry, ManifestFile, TableMetadata } from './types.ts';

export interface ManifestSource {
  readonly files: Pick<FileStore, 'read'>;
  readonly metadata: Pick<TableMetadata, 'partition-specs' | 'schemas' | 'current-schema-id'>;
}

/**
 * All entries, deleted ones included. Throws TransientIoError `file-missing`; InputRefusedError `avro-malformed`, `manifest-length`,
 * `manifest-partition`, `manifest-content`, `manifest-counts`, `manifest-sequence-number`, `manifest-snapshot-id`, `file-live-twice`.
 * Cost: one read.
 */
export async function loadManifest({ files, metadata }: ManifestSource, line: ManifestFile): Promise<ManifestEntry[]> {
  const bytes = await readReferenced(files, line.path);
  checkEqual(line, { code: 'manifest-length', what: 'bytes', expected: line.lengthBytes, got: bytes.length });
  const spec = metadata['partition-specs'].find((one) => one['spec-id'] === line.specId);
  const schema = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
  const entries = readManifest(bytes, line, spec && schema && { spec, schema });
  checkContent(line, entries);
  checkCounts(line, entries);
  checkNumbers(line, entries);
  checkLiveOnce(entries);
  return entries;
}

/** Throws InputRefusedError `file-live-twice` where live entries name a file, or a blob of a Puffin file, more than once. */
export function checkLiveOnce(entries: readonly ManifestEntry[]): void {
  const seen = new Set<string>();
  for (const { status, file } of entries) {
    if (status === 2) continue;
    const path = plainPath(file.filePath);
    const key = file.contentOffset === undefined ? path : `${path}#${file.contentOffset}`;
    if (seen.has(key)) {
      throw new InputRefusedError('a file is live twice in one snapshot: its rows would count double; remove one of its entries', {
        code: 'file-live-twice',
        details: { uri: file.filePath },
      });
    }
    seen.add(key);
  }
}

/** A delete file among data would be read as rows, and data among deletes not at all. */
function checkContent(line: ManifestFile, entries: readonly ManifestEntry[]): void {
  const stray = entries.find(({ file }) => (file.content === 0) !== (line.content === 0));
  if (!stray) return;
  const [expected, got] = line.content === 0 ? ['data', 'deletes'] : ['deletes', 'data'];
  throw contradiction(line, { code: 'manifest-content', what: 'content of an entry', expected, got });
}

/** Counts that a list of version 1 leaves out are not asked about. */
function checkCounts(line: ManifestFile, entries: readonly ManifestEntry[]): void {
  const code = 'manifest-counts';
  const counted = countsOf(entries);
  for (const [name, what] of COUNTS) checkEqual(line, { code, what, expected: line[name], got: counted[name] });
}

const COUNTS: readonly (readonly [keyof EntryCounts, string])[] = [
  ['addedFiles', 'added files'],
  ['addedRows', 'added rows'],
  ['existingFiles', 'existing files'],
  ['existingRows', 'existing rows'],
  ['deletedFiles', 'deleted files'],
  ['deletedRows', 'deleted rows'],
];

/** Version 1 has no sequence numbers: all count as 0. */
function checkNumbers(line: ManifestFile, entries: readonly ManifestEntry[]): void {
  for (const entry of entries) {
    if (entry.status === 2) continue;
    const { sequenceNumber } = entry;
    if (sequenceNumber > line.sequenceNumber || sequenceNumber < line.minSequenceNumber) {
      const expected = `${line.minSequenceNumber} to ${line.sequenceNumber}`;
      throw contradiction(line, { code: 'manifest-sequence-number', what: 'sequence number of an entry', expected, got: sequenceNumber });
    }
    if (entry.status === 1 && entry.snapshotId !== line.addedSnapshotId) {
      const [expected, got] = [String(line.addedSnapshotId), String(entry.snapshotId)];
      throw contradiction(line, { code: 'manifest-snapshot-id', what: 'snapshot of an added file', expected, got });
    }
  }
}

interface Claim {
  readonly code: string;
  readonly what: string;
  readonly expected: number | string | undefined;
  readonly got: number | string;
}

function checkEqual(line: ManifestFile, claim: Claim): void {
  if (claim.expected !== undefined && claim.expected !== claim.got) throw contradiction(line, claim);
}

function contradiction(line: ManifestFile, { code, what, expected, got }: Claim): InputRefusedError {
  return new InputRefusedError(
    `a manifest is not what its line in the manifest list says: ${what}: expected ${expected}, got ${got}; restore it, or roll back to a snapshot without it`,
    { code, details: { uri: line.path, expected: String(expected), got: String(got) } },
  );
}
