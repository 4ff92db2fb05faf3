// A data file row group by row group: what is in memory is the file as it is and one row group of it decoded, however large the file.
// Each part says which of its rows are live, all deletes of the scan task applied, and carries the lineage its rows take along (version 3).
import type { ColumnSet } from '../../columns.ts';
import type { StructType } from '../../contract/types.ts';
import { tableNameMapping } from '../../iceberg/name-mapping.ts';
import type { ScanTask } from '../../iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../../iceberg/types.ts';
import { readColumns } from '../../parquet/read.ts';
import { readFooter } from '../../parquet/read-footer.ts';
import type { FileStore } from '../../ports.ts';
import { checkRows, loadDataFile } from '../load-data-file.ts';
import type { DeletesReader } from '../read-deletes.ts';
import { withPartitionValues } from '../read-file.ts';
import { fillLineage } from '../row-lineage.ts';

export interface PartsRequest {
  readonly files: Pick<FileStore, 'read'>;
  readonly metadata: TableMetadata;
  readonly task: ScanTask;
  /** What is read and written: the table's columns, with those of the lineage behind them where it has one. */
  readonly struct: StructType;
  readonly deletes: DeletesReader;
}

export interface FilePart {
  readonly columns: ColumnSet;
  /** Rows of `columns` that are not deleted, ascending. */
  readonly live: Uint32Array;
}

/** The parts in order. Throws InputRefusedError for a file that is missing, damaged or not what its manifest says. */
export async function* readParts({ files, metadata, task, struct, deletes }: PartsRequest): AsyncGenerator<FilePart> {
  const bytes = await loadDataFile(files, task.file);
  const footer = readFooter(bytes);
  checkRows(task.file, footer.rows);
  const isDeleted = await deletes(task, bytes);
  const nameMapping = tableNameMapping(metadata);
  const wanted = withPartitionValues(struct, { file: task.file, metadata });
  let first = 0;
  for (const [group, { rows }] of footer.rowGroups.entries()) {
    const columns = await readColumns(bytes, wanted, { rowGroups: [group], ...(nameMapping ? { nameMapping } : {}) });
    const live = new Uint32Array(rows);
    let count = 0;
    for (let row = 0; row < rows; row++) if (!isDeleted(first + row)) live[count++] = row;
    yield { columns: withOwnLineage(columns, { metadata, task, struct, first }), live: live.subarray(0, count) };
    first += rows;
  }
}

function withOwnLineage(
  columns: ColumnSet,
  { metadata, task, struct, first }: Pick<PartsRequest, 'metadata' | 'task' | 'struct'> & { readonly first: number },
): ColumnSet {
  if (metadata['format-version'] < 3) return columns;
  const { firstRowId } = task.file;
  const file: Pick<DataFile, 'firstRowId'> = firstRowId === undefined ? {} : { firstRowId: firstRowId + first };
  return fillLineage(columns, struct, { file, sequenceNumber: task.sequenceNumber });
}
