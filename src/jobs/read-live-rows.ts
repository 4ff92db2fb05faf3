// The positions of a table's live rows: every data file, all deletes applied (positions, vectors, equality). Streams file by file; what
// stays is ranges. A table with a file that cannot be read is said to be unread, never half read.
import { InputRefusedError } from '../errors.ts';
import { currentSchema } from '../iceberg/evolve.ts';
import { tableNameMapping } from '../iceberg/name-mapping.ts';
import { planScan, type ScanTask } from '../iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../iceberg/types.ts';
import type { ReadOptions } from '../parquet/read.ts';
import type { Ports } from '../ports.ts';
import { checkRows, loadDataFile } from './load-data-file.ts';
import { OffsetCollector, OffsetMap } from './offset-map.ts';
import { type DeletesReader, newDeletesReader } from './read-deletes.ts';
import { type RowPosition, readPositions } from './row-positions.ts';

export interface LiveRows {
  readonly rows: number;
  readonly offsets: OffsetMap;
  /** Positions with more than one live row. */
  readonly doubles: OffsetMap;
  /** Offsets of rows in files that a snapshot added of which `isOurs` says no. */
  readonly ofOthers: OffsetMap;
  /** Offsets of rows that delete files removed from live files. */
  readonly deleted: OffsetMap;
  readonly rowsWithoutPosition: number;
}

/** Reads the live rows' positions; a text says why they cannot be read. Cost: every live file, only its technical columns decoded. */
export async function readLiveRows(
  ports: Ports,
  metadata: TableMetadata,
  isOurs: (snapshotId: bigint) => boolean,
): Promise<LiveRows | string> {
  const offsets = new OffsetMap();
  const doubles = new OffsetMap();
  const ofOthers = new OffsetMap();
  const deleted = new OffsetMap();
  let rows = 0;
  let rowsWithoutPosition = 0;
  const deletes = newDeletesReader(ports.files, metadata);
  try {
    for (const task of await planScan({ metadata, files: ports.files, hasTrueTotals: true })) {
      const file = await readFile(ports, metadata, { task, deletes });
      rows += file.rows;
      rowsWithoutPosition += file.rowsWithoutPosition;
      for (const one of file.repeated) doubles.add(one);
      for (const one of file.offsets.and(offsets)) doubles.add(one);
      for (const one of file.offsets) offsets.add(one);
      for (const one of file.deleted) deleted.add(one);
      if (!isOurs(task.snapshotId)) for (const one of file.offsets) ofOthers.add(one);
    }
  } catch (error) {
    if (error instanceof InputRefusedError) return `its files cannot be read: ${error.message}`;
    throw error;
  }
  return { rows, offsets, doubles, ofOthers, deleted, rowsWithoutPosition };
}

export type LiveFileReader = (
  task: ScanTask,
) => Promise<{ readonly live: OffsetMap; readonly isWhole: boolean; readonly rowsWithoutPosition: number } | string>;

/** Reads the live offsets of single data files; `isWhole`: no row of it is deleted or without a position. A text says why it cannot. */
export function liveFileReader(ports: Ports, metadata: TableMetadata): LiveFileReader {
  const deletes = newDeletesReader(ports.files, metadata);
  return async (task) => {
    try {
      const { offsets, rows, rowsWithoutPosition } = await readFile(ports, metadata, { task, deletes });
      return { rowsWithoutPosition, live: offsets, isWhole: rows === task.file.recordCount && offsets.count() === rows };
    } catch (error) {
      if (error instanceof InputRefusedError && UNREADABLE_DELETES.has(error.code)) return error.message;
      throw error;
    }
  };
}

const UNREADABLE_DELETES = new Set(['equality-columns', 'delete-file-format', 'deletes-too-many']);

/** Offsets of the rows of data files; a file that is gone gives none. */
export async function readFileOffsets(ports: Ports, metadata: TableMetadata, files: readonly DataFile[]): Promise<OffsetMap> {
  const all = new OffsetMap();
  for (const file of files) {
    const bytes = await ports.files.read(file.filePath);
    if (!bytes) continue;
    const collector = new OffsetCollector();
    await readPositions(bytes, currentSchema(metadata), (position) => position && collector.add(position), namesOf(metadata));
    for (const one of collector.finish().offsets) all.add(one);
  }
  return all;
}

/** Offsets of rows of data files that delete files removed; a file that is gone, or whose deletes cannot be read, gives none. */
export async function readDeletedOffsets(ports: Ports, metadata: TableMetadata, tasks: readonly ScanTask[]): Promise<OffsetMap> {
  const deletes = newDeletesReader(ports.files, metadata);
  const all = new OffsetMap();
  for (const task of tasks) {
    if (task.deletes.length === 0) continue;
    try {
      for (const one of (await readFile(ports, metadata, { task, deletes })).deleted) all.add(one);
    } catch (error) {
      if (!(error instanceof InputRefusedError)) throw error;
    }
  }
  return all;
}

async function readFile(ports: Ports, metadata: TableMetadata, given: { readonly task: ScanTask; readonly deletes: DeletesReader }) {
  const { task, deletes } = given;
  const bytes = await loadDataFile(ports.files, task.file);
  const isDeleted = await deletes(task, bytes);
  const live = new OffsetCollector();
  const removed = new OffsetCollector();
  let rows = 0;
  let rowsWithoutPosition = 0;
  let visited = 0;
  const visit = (position: RowPosition | undefined, row: number): void => {
    visited++;
    const isDead = isDeleted(row);
    if (!isDead) rows++;
    if (position) (isDead ? removed : live).add(position);
    else if (!isDead) rowsWithoutPosition++;
  };
  await readPositions(bytes, currentSchema(metadata), visit, namesOf(metadata));
  checkRows(task.file, visited);
  const { offsets, repeated } = live.finish();
  return { rows, rowsWithoutPosition, offsets, repeated, deleted: removed.finish().offsets };
}

/** For files without field ids. */
function namesOf(metadata: TableMetadata): ReadOptions {
  const nameMapping = tableNameMapping(metadata);
  return nameMapping ? { nameMapping } : {};
}
