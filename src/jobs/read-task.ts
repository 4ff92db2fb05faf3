// The rows of a scan task: the columns asked for, and which rows are there: not deleted, and matching what the plan left of the filter.
// Files of any schema of the table: columns by field id, those the file lacks by their initial default or null, narrower types widened.
import { readCell } from '../column-cells.ts';
import { type ColumnSet, type Layout, layoutOf } from '../columns.ts';
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { fieldsOf, matchesRow } from '../iceberg/expressions/evaluate.ts';
import type { ScanTask } from '../iceberg/scan.ts';
import { selectFields } from '../iceberg/select-fields.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import type { FileStore } from '../ports.ts';
import { checkRows, loadDataFile } from './load-data-file.ts';
import type { DeletesReader } from './read-deletes.ts';
import { readFileColumns } from './read-file.ts';

export interface TaskRequest {
  readonly files: FileStore;
  readonly metadata: TableMetadata;
  readonly task: ScanTask;
  /** Columns wanted, with table ids. */
  readonly struct: StructType;
  /** The schema the scan's filter speaks of. */
  readonly schema: StructType;
  readonly deletes: DeletesReader;
}

export interface TaskRows {
  readonly columns: ColumnSet;
  readonly layout: Layout;
  /** Rows of `columns` that are part of the result, ascending. */
  readonly rows: Uint32Array;
}

/** Cost: one read of the file, its deletes where they are not known yet. Throws InputRefusedError for a file that is missing or cannot be read. */
export async function readTask(request: TaskRequest): Promise<TaskRows> {
  const { files, metadata, task, struct } = request;
  const bytes = await loadDataFile(files, task.file);
  if (task.file.fileFormat !== 'PARQUET') {
    throw new InputRefusedError(`a data file of format ${task.file.fileFormat} cannot be read here: expected PARQUET`, {
      code: 'data-file-format',
      details: { uri: task.file.filePath },
    });
  }
  const columns = await readFileColumns({ bytes, file: task.file, metadata, struct });
  checkRows(task.file, columns.rows);
  const isDeleted = await request.deletes(task, bytes);
  const matches = await residualTest(request, bytes);
  const rows = new Uint32Array(columns.rows);
  let count = 0;
  for (let row = 0; row < columns.rows; row++) if (!isDeleted(row) && matches(row)) rows[count++] = row;
  return { columns, layout: layoutOf(struct), rows: rows.subarray(0, count) };
}

async function residualTest({ metadata, task, schema }: TaskRequest, bytes: Uint8Array): Promise<(row: number) => boolean> {
  const { residual } = task;
  if (residual.type === 'true' || residual.type === 'false') return () => residual.type === 'true';
  const struct = selectFields(schema, fieldsOf(residual));
  const columns = await readFileColumns({ bytes, file: task.file, metadata, struct });
  const layout = layoutOf(struct);
  const slots = new Map(layout.slots.map((slot) => [slot.field.id, slot.slot]));
  return (row) => matchesRow(residual, (field) => readCell(columns, layout, { slot: slots.get(field.id)!, row }));
}
