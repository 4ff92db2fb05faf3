// The rows that are live in a snapshot, by file and position, read back through manifests, vectors and position delete files: what
// a reader sees, for comparison with a model. Rows have no content here but where they are.

import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { loadDeletionVector } from '../../../src/iceberg/deletion-vector.ts';
import { type PositionSet, positionSetOf, positionsOf } from '../../../src/iceberg/roaring.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { POSITION_DELETE_STRUCT } from '../../../src/iceberg/write-delete-files.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import type { FileStore } from '../../../src/ports.ts';

/** Live positions of every data file of a snapshot, by path. */
export async function liveRows(files: FileStore, metadata: TableMetadata, snapshotId: bigint): Promise<Map<string, number[]>> {
  const live = new Map<string, number[]>();
  for (const task of await planScan({ metadata, files, snapshotId })) {
    const gone = new Set<number>();
    for (const file of task.deletes)
      for (const position of positionsOf(await deletedIn(files, file, task.file.filePath))) gone.add(position);
    live.set(
      task.file.filePath,
      Array.from({ length: task.file.recordCount }, (_, i) => i).filter((position) => !gone.has(position)),
    );
  }
  return live;
}

/** Positions that a delete file deletes of one data file. */
export async function deletedIn(files: FileStore, file: DataFile, dataFilePath: string): Promise<PositionSet> {
  if (file.fileFormat === 'PUFFIN') return loadDeletionVector(files, file);
  const columns = await readColumns((await files.read(file.filePath))!, POSITION_DELETE_STRUCT);
  const rows = Array.from(
    { length: columns.rows },
    (_, row) => readRow(columns, layoutOf(POSITION_DELETE_STRUCT), row) as [string, bigint],
  );
  return positionSetOf(rows.filter(([path]) => path === dataFilePath).map(([, pos]) => Number(pos)));
}
