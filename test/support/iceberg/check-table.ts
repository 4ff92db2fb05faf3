// The deep check of a table in memory: every claim of metadata, manifest lists and manifests held against the entries themselves,
// snapshot by snapshot and along parents, as outside judges do it. Gives the faults as sentences; none for a sound table.
import { decodeDeletionVector } from '../../../src/iceberg/deletion-vector.ts';
import { readManifestList } from '../../../src/iceberg/manifest-list.ts';
import { readManifest } from '../../../src/iceberg/manifest-read.ts';
import { readPuffinFooter } from '../../../src/iceberg/puffin.ts';
import type { DataFile, ManifestEntry, ManifestFile, Snapshot, TableMetadata } from '../../../src/iceberg/types.ts';

interface Seen {
  readonly snapshot: Snapshot;
  readonly lines: readonly ManifestFile[];
  readonly entries: readonly ManifestEntry[];
  readonly live: ReadonlyMap<string, ManifestEntry>;
}

/** Faults of a table; `objects` are the bytes of its files. */
export function faultsOf(metadata: TableMetadata, objects: ReadonlyMap<string, Buffer>): string[] {
  const faults: string[] = [];
  const claim = (holds: boolean, sentence: string) => {
    if (!holds) faults.push(sentence);
  };
  const seen = new Map<bigint, Seen>();
  for (const snapshot of metadata.snapshots) seen.set(snapshot['snapshot-id'], readSnapshot(snapshot, objects, claim));
  for (const one of seen.values()) {
    checkLines(one, claim);
    checkSummary(one, parentOf(seen, one), claim);
    checkLineage(one, parentOf(seen, one), claim);
    if (metadata['format-version'] >= 3) checkRowIds(metadata, one, claim);
    checkVectors(one, objects, claim);
  }
  checkMetadata(metadata, claim);
  return faults;
}

type Claim = (holds: boolean, sentence: string) => void;

function parentOf(seen: ReadonlyMap<bigint, Seen>, one: Seen): Seen | undefined {
  const id = one.snapshot['parent-snapshot-id'];
  return id === undefined ? undefined : seen.get(id);
}

const keyOf = (file: DataFile) => (file.contentOffset === undefined ? file.filePath : `${file.filePath}#${file.contentOffset}`);

function readSnapshot(snapshot: Snapshot, objects: ReadonlyMap<string, Buffer>, claim: Claim): Seen {
  const id = snapshot['snapshot-id'];
  const lines = readManifestList(objects.get(snapshot['manifest-list'])!);
  const live = new Map<string, ManifestEntry>();
  const all: ManifestEntry[] = [];
  for (const line of lines) {
    const bytes = objects.get(line.path)!;
    claim(bytes.length === line.lengthBytes, `${id}: length of ${line.path}`);
    const entries = readManifest(bytes, line);
    all.push(...entries);
    const count = (status: number) => entries.filter((entry) => entry.status === status).length;
    const rows = (status: number) => entries.reduce((sum, entry) => sum + (entry.status === status ? entry.file.recordCount : 0), 0);
    claim(
      line.addedFiles === count(1) && line.existingFiles === count(0) && line.deletedFiles === count(2),
      `${id}: counts of ${line.path}`,
    );
    claim(line.addedRows === rows(1) && line.existingRows === rows(0) && line.deletedRows === rows(2), `${id}: rows of ${line.path}`);
    const liveHere = entries.filter((entry) => entry.status !== 2);
    const min = Math.min(...(liveHere.length > 0 ? liveHere.map((entry) => entry.sequenceNumber) : [line.sequenceNumber]));
    claim(line.minSequenceNumber === min, `${id}: min sequence number of ${line.path}: ${line.minSequenceNumber}, is ${min}`);
    for (const entry of liveHere) {
      claim(!live.has(keyOf(entry.file)), `${id}: ${keyOf(entry.file)} is live twice`);
      claim((entry.file.content === 0) === (line.content === 0), `${id}: ${entry.file.filePath} is in a manifest of the other kind`);
      live.set(keyOf(entry.file), entry);
    }
  }
  return { snapshot, lines, entries: all, live };
}

function checkLines({ snapshot, lines }: Seen, claim: Claim): void {
  const id = snapshot['snapshot-id'];
  for (const line of lines) {
    const isOwn = line.addedSnapshotId === id;
    claim((line.addedFiles ?? 0) + (line.existingFiles ?? 0) > 0 || isOwn, `${id}: an old manifest without live files is carried on`);
    claim(!isOwn || line.sequenceNumber === snapshot['sequence-number'], `${id}: sequence number of its own manifest`);
  }
}

/** What appeared is ADDED, what went is DELETED by this snapshot, what stayed kept its numbers. */
function checkLineage(one: Seen, parent: Seen | undefined, claim: Claim): void {
  const id = one.snapshot['snapshot-id'];
  if (one.snapshot['parent-snapshot-id'] !== undefined && !parent) return;
  const before = parent?.live ?? new Map<string, ManifestEntry>();
  for (const [key, entry] of one.live) {
    const earlier = before.get(key);
    if (!earlier) claim(entry.status === 1 && entry.snapshotId === id, `${id}: ${key} appeared with status ${entry.status}`);
    else {
      const isSame = earlier.sequenceNumber === entry.sequenceNumber && earlier.fileSequenceNumber === entry.fileSequenceNumber;
      claim(isSame && earlier.snapshotId === entry.snapshotId, `${id}: ${key} changed its numbers`);
      const keepsRows = earlier.file.firstRowId === undefined || earlier.file.firstRowId === entry.file.firstRowId;
      claim(keepsRows, `${id}: ${key} changed its row ids`);
    }
  }
  const deleted = new Set(one.entries.filter((entry) => entry.status === 2 && entry.snapshotId === id).map((entry) => keyOf(entry.file)));
  for (const key of before.keys()) claim(one.live.has(key) || deleted.has(key), `${id}: ${key} vanished without a DELETED entry`);
  for (const key of deleted) claim(before.has(key), `${id}: ${key} is DELETED and was not live`);
}

function checkSummary(one: Seen, parent: Seen | undefined, claim: Claim): void {
  const { snapshot } = one;
  if (snapshot['parent-snapshot-id'] !== undefined && !parent) return;
  const id = snapshot['snapshot-id'];
  const before = parent?.live ?? new Map<string, ManifestEntry>();
  const added = [...one.live].filter(([key]) => !before.has(key)).map(([, entry]) => entry.file);
  const removed = [...before].filter(([key]) => !one.live.has(key)).map(([, entry]) => entry.file);
  const expected = {
    ...counters(added, 'added', { dataFiles: 'added-data-files', records: 'added-records' }),
    ...counters(removed, 'removed', { dataFiles: 'deleted-data-files', records: 'deleted-records' }),
    ...totals([...one.live.values()].map((entry) => entry.file)),
  };
  for (const [key, value] of Object.entries(expected)) {
    const got = snapshot.summary[key] ?? '0';
    claim(got === String(value), `${id}: summary ${key} is ${got}, counted ${value}`);
  }
}

const isVector = (file: DataFile) => file.fileFormat === 'PUFFIN';
const sizeOf = (file: DataFile) => file.contentSizeBytes ?? file.fileSizeBytes;
const sum = (files: readonly DataFile[], of: (file: DataFile) => number) => files.reduce((total, file) => total + of(file), 0);
const ofContent = (files: readonly DataFile[], content: number) => files.filter((file) => file.content === content);

function counters(files: readonly DataFile[], prefix: string, names: { readonly dataFiles: string; readonly records: string }) {
  const [data, positions, equalities] = [ofContent(files, 0), ofContent(files, 1), ofContent(files, 2)];
  return {
    [names.dataFiles]: data.length,
    [names.records]: sum(data, (file) => file.recordCount),
    [`${prefix}-delete-files`]: positions.length + equalities.length,
    [`${prefix}-position-delete-files`]: positions.filter((file) => !isVector(file)).length,
    [`${prefix}-dvs`]: positions.filter(isVector).length,
    [`${prefix}-equality-delete-files`]: equalities.length,
    [`${prefix}-position-deletes`]: sum(positions, (file) => file.recordCount),
    [`${prefix}-equality-deletes`]: sum(equalities, (file) => file.recordCount),
    [`${prefix}-files-size`]: sum(files, sizeOf),
  };
}

function totals(files: readonly DataFile[]) {
  return {
    'total-data-files': ofContent(files, 0).length,
    'total-records': sum(ofContent(files, 0), (file) => file.recordCount),
    'total-delete-files': files.length - ofContent(files, 0).length,
    'total-position-deletes': sum(ofContent(files, 1), (file) => file.recordCount),
    'total-equality-deletes': sum(ofContent(files, 2), (file) => file.recordCount),
    'total-files-size': sum(files, sizeOf),
  };
}

function checkRowIds(metadata: TableMetadata, one: Seen, claim: Claim): void {
  const id = one.snapshot['snapshot-id'];
  if (one.snapshot['first-row-id'] === undefined) return;
  const data = [...one.live.values()].filter((entry) => entry.file.content === 0);
  const ranges = data
    .map(({ file }) => [file.firstRowId ?? -1, (file.firstRowId ?? -1) + file.recordCount] as const)
    .sort((a, b) => a[0] - b[0]);
  claim(
    ranges.every(([from]) => from >= 0),
    `${id}: a data file without row ids`,
  );
  for (let i = 1; i < ranges.length; i += 1) claim(ranges[i]![0] >= ranges[i - 1]![1], `${id}: row ids overlap`);
  const next = metadata['next-row-id'] as number;
  claim((ranges.at(-1)?.[1] ?? 0) <= next, `${id}: row ids beyond next-row-id`);
  const [first, rows] = [one.snapshot['first-row-id'] as number, one.snapshot['added-rows'] as number];
  claim(first + rows <= next, `${id}: first-row-id and added-rows reach beyond next-row-id`);
  const own = data.filter((entry) => entry.snapshotId === id && entry.status === 1);
  claim(
    own.every(({ file }) => file.firstRowId! >= first && file.firstRowId! + file.recordCount <= first + rows),
    `${id}: a new file's row ids are not of its snapshot`,
  );
}

function checkVectors(one: Seen, objects: ReadonlyMap<string, Buffer>, claim: Claim): void {
  const id = one.snapshot['snapshot-id'];
  const vectors = [...one.live.values()].filter((entry) => isVector(entry.file));
  const paths = vectors.map((entry) => entry.file.referencedDataFile!);
  claim(new Set(paths).size === paths.length, `${id}: two vectors of one data file`);
  for (const { file, sequenceNumber } of vectors) {
    const data = one.live.get(file.referencedDataFile!);
    claim(data !== undefined, `${id}: a vector of a data file that is not live`);
    claim(data === undefined || data.sequenceNumber <= sequenceNumber, `${id}: a vector older than its data file`);
    const bytes = objects.get(file.filePath)!;
    const blob = readPuffinFooter(bytes).blobs.find((candidate) => candidate.offset === file.contentOffset);
    claim(blob?.length === file.contentSizeBytes, `${id}: a vector's place is not a blob of its file`);
    claim(blob?.properties['referenced-data-file'] === file.referencedDataFile, `${id}: a blob names another data file`);
    decodeDeletionVector(bytes.subarray(file.contentOffset!, file.contentOffset! + file.contentSizeBytes!), file);
  }
}

function checkMetadata(metadata: TableMetadata, claim: Claim): void {
  const ids = new Set(metadata.snapshots.map((snapshot) => snapshot['snapshot-id']));
  claim(ids.size === metadata.snapshots.length, 'a snapshot id twice');
  for (const [name, ref] of Object.entries(metadata.refs ?? {})) claim(ids.has(ref['snapshot-id']), `ref ${name} points nowhere`);
  const current = metadata['current-snapshot-id'] ?? undefined;
  claim(current === metadata.refs?.['main']?.['snapshot-id'], 'main is not the current snapshot');
  claim(current === undefined || ids.has(current), 'the current snapshot is unknown');
  const numbers = metadata.snapshots.map((snapshot) => snapshot['sequence-number']);
  claim(
    new Set(numbers).size === numbers.length && Math.max(0, ...numbers) <= metadata['last-sequence-number'],
    'sequence numbers repeat or run ahead',
  );
  const log = metadata['snapshot-log'];
  claim(
    log.every((entry) => ids.has(entry['snapshot-id'])),
    'the snapshot log names an expired snapshot',
  );
  claim(log.length === 0 || log.at(-1)!['snapshot-id'] === current, 'the snapshot log does not end with the current snapshot');
  const times = [...log.map((entry) => entry['timestamp-ms']), metadata['last-updated-ms']];
  claim(
    times.every((time, i) => i === 0 || times[i - 1]! <= time),
    'times run backwards',
  );
}
