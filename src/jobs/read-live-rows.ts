// The positions of a table's live rows: every data file, position deletes applied. Streams file by file; what stays is ranges.
// Equality deletes and deletion vectors are not evaluated: a table with such is said to be unread, never half read.

import { readCell } from '../column-cells.ts';
import { layoutOf } from '../columns.ts';
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { currentSchema } from '../iceberg/evolve.ts';
import { planScan, type ScanTask } from '../iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../iceberg/types.ts';
import { readColumns } from '../parquet/read.ts';
import type { Ports } from '../ports.ts';
import { OffsetCollector, OffsetMap } from './offset-map.ts';
import { readPositions } from './row-positions.ts';

export interface LiveRows {
  readonly rows: number;
  readonly offsets: OffsetMap;
  /** Positions with more than one live row. */
  readonly doubles: OffsetMap;
  /** Offsets of rows in files that a snapshot added of which `isOurs` says no. */
  readonly ofOthers: OffsetMap;
  /** Offsets of rows that position deletes removed from live files. */
  readonly deleted: OffsetMap;
  readonly rowsWithoutPosition: number;
}

/** Position delete files: Iceberg specification, "Reserved Field IDs". */
const POSITION_DELETE: StructType = {
  type: 'struct',
  fields: [
    { id: 2_147_483_546, name: 'file_path', required: true, type: 'string' },
    { id: 2_147_483_545, name: 'pos', required: true, type: 'long' },
  ],
};

/** Reads the live rows' positions; a text says why they cannot be read. Cost: every live file, only its technical columns decoded. */
export async function readLiveRows(
  ports: Ports,
  metadata: TableMetadata,
  isOurs: (snapshotId: bigint) => boolean,
): Promise<LiveRows | string> {
  const tasks = await planScan({ metadata, files: ports.files });
  const unread = unreadDeletes(tasks);
  if (unread) return unread;
  const offsets = new OffsetMap();
  const doubles = new OffsetMap();
  const ofOthers = new OffsetMap();
  const deleted = new OffsetMap();
  let rows = 0;
  let rowsWithoutPosition = 0;
  const deletes = new DeletesCache(ports);
  try {
    for (const task of tasks) {
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
    if (error instanceof InputRefusedError) return `a file cannot be read: ${error.message}`;
    throw error;
  }
  return { rows, offsets, doubles, ofOthers, deleted, rowsWithoutPosition };
}

export type LiveFileReader = (
  task: ScanTask,
) => Promise<{ readonly live: OffsetMap; readonly isWhole: boolean; readonly rowsWithoutPosition: number } | string>;

/** Reads the live offsets of single data files; `isWhole`: no row of it is deleted or without a position. A text says why it cannot. */
export function liveFileReader(ports: Ports, metadata: TableMetadata): LiveFileReader {
  const deletes = new DeletesCache(ports);
  return async (task) => {
    const unread = unreadDeletes([task]);
    if (unread) return unread;
    const { offsets, rows, rowsWithoutPosition } = await readFile(ports, metadata, { task, deletes });
    return { rowsWithoutPosition, live: offsets, isWhole: rows === task.file.recordCount && offsets.count() === rows };
  };
}

function unreadDeletes(tasks: readonly ScanTask[]): string | undefined {
  const unread = tasks.flatMap(({ deletes }) => deletes).find((file) => file.content === 2 || file.fileFormat !== 'PARQUET');
  return unread && `it has ${unread.content === 2 ? 'equality deletes' : `${unread.fileFormat} deletes`}, which are not evaluated here`;
}

/** Offsets of the rows of data files; a file that is gone gives none. */
export async function readFileOffsets(ports: Ports, metadata: TableMetadata, files: readonly DataFile[]): Promise<OffsetMap> {
  const all = new OffsetMap();
  for (const file of files) {
    const bytes = await ports.files.read(file.filePath);
    if (!bytes) continue;
    const collector = new OffsetCollector();
    await readPositions(bytes, currentSchema(metadata), (position) => position && collector.add(position));
    for (const one of collector.finish().offsets) all.add(one);
  }
  return all;
}

async function readFile(ports: Ports, metadata: TableMetadata, given: { readonly task: ScanTask; readonly deletes: DeletesCache }) {
  const { task, deletes } = given;
  const bytes = await ports.files.read(task.file.filePath);
  if (!bytes) {
    throw new InputRefusedError(`live data file is missing: ${task.file.filePath}`, {
      code: 'live-file-missing',
      details: { uri: task.file.filePath },
    });
  }
  const dead = await deletes.positionsOf(task);
  const live = new OffsetCollector();
  const removed = new OffsetCollector();
  let rows = 0;
  let rowsWithoutPosition = 0;
  await readPositions(bytes, currentSchema(metadata), (position, row) => {
    const isDead = dead.has(row);
    if (!isDead) rows++;
    if (position) (isDead ? removed : live).add(position);
    else if (!isDead) rowsWithoutPosition++;
  });
  const { offsets, repeated } = live.finish();
  return { rows, rowsWithoutPosition, offsets, repeated, deleted: removed.finish().offsets };
}

/** Position deletes by data file; each delete file is read once. */
class DeletesCache {
  readonly #ports: Ports;
  readonly #byDelete = new Map<string, Map<string, Set<number>>>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async positionsOf(task: ScanTask): Promise<ReadonlySet<number>> {
    const dead = new Set<number>();
    for (const file of task.deletes) {
      for (const row of (await this.#read(file)).get(task.file.filePath) ?? []) dead.add(row);
    }
    return dead;
  }

  async #read(file: DataFile): Promise<Map<string, Set<number>>> {
    const known = this.#byDelete.get(file.filePath);
    if (known) return known;
    const bytes = await this.#ports.files.read(file.filePath);
    if (!bytes) throw new InputRefusedError(`delete file is missing: ${file.filePath}`, { code: 'delete-file-missing' });
    const columns = await readColumns(bytes, POSITION_DELETE);
    const layout = layoutOf(POSITION_DELETE);
    const byPath = new Map<string, Set<number>>();
    for (let row = 0; row < columns.rows; row++) {
      const path = String(readCell(columns, layout, { slot: 0, row }));
      const rows = byPath.get(path) ?? new Set();
      rows.add(Number(readCell(columns, layout, { slot: 1, row })));
      byPath.set(path, rows);
    }
    this.#byDelete.set(file.filePath, byPath);
    return byPath;
  }
}
