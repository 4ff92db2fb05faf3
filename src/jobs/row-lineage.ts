// Row lineage of version 3: what a row that moves to another file takes along. A row has the id and the number of its last change that
// are stored with it, else those it inherits: its file's first row id and its place, the file's data sequence number. A writer that
// moves rows without changing them stores both in the new file. Source: Iceberg specification, "Row Lineage".
import { type ColumnSet, isPresent, layoutOf } from '../columns.ts';
import type { StructType } from '../contract/types.ts';
import { RESERVED_FIELDS } from '../iceberg/reserved-fields.ts';
import type { ScanTask } from '../iceberg/scan.ts';

const LINEAGE_FIELDS = RESERVED_FIELDS.filter(({ name }) => name === '_row_id' || name === '_last_updated_sequence_number');

/** The columns with those of the lineage behind them: what is read of a file whose rows move, and what is written. */
export function withLineage(struct: StructType): StructType {
  return { ...struct, fields: [...struct.fields, ...LINEAGE_FIELDS] };
}

/**
 * The columns of `withLineage`, all rows of a file in order, with what they inherit where nothing is stored. Rows of a file that has no
 * first row id (from before version 3) get none: they take one in the file they move to.
 */
export function fillLineage(
  columns: ColumnSet,
  struct: StructType,
  task: { readonly file: Pick<ScanTask['file'], 'firstRowId'>; readonly sequenceNumber: number },
): ColumnSet {
  const { firstRowId } = task.file;
  const slots = layoutOf(struct).top.slice(-LINEAGE_FIELDS.length);
  const filled = { ...columns, present: columns.present.map((word) => word.slice()), columns: [...columns.columns] };
  for (const [i, slot] of slots.entries()) {
    const stored = columns.columns[slot]!;
    const v = new BigInt64Array(columns.rows);
    for (let row = 0; row < columns.rows; row++) {
      if (isPresent(columns, slot, row) && stored.kind === 'i64') v[row] = stored.v[row]!;
      else if (firstRowId !== undefined) {
        v[row] = BigInt(i === 0 ? firstRowId + row : task.sequenceNumber);
        filled.present[slot >> 5]![row]! |= 1 << (slot & 31);
      }
    }
    filled.columns[slot] = { kind: 'i64', v };
  }
  return filled;
}
