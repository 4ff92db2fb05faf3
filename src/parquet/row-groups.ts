// Cuts the rows of a batch into row groups by the bytes of their values and by their number. A batch that fits is not cut row by
// row. Sizes are those of the values before encoding; lists and maps count with everything inside them.
import { allRows, type Column, type ColumnSet } from '../columns.ts';
import { assertInvariant } from '../errors.ts';
import { KERNELS, type Kernels } from './kernels.ts';

/** Parts of `rows`, in order; none for no rows. */
export function splitRowGroups(batch: {
  readonly columns: ColumnSet;
  readonly rows: Uint32Array;
  readonly rowsMax: number;
  readonly bytesMax: number;
  readonly kernels?: Kernels;
}): Uint32Array[] {
  const { columns, rows, rowsMax, bytesMax, kernels = KERNELS } = batch;
  assertInvariant(Number.isSafeInteger(rowsMax) && rowsMax > 0, 'a row group holds at least one row');
  if (rows.length === 0) return [];
  // Rows may be asked for twice: then the batch says nothing of their total.
  if (rows.length <= Math.min(rowsMax, columns.rows) && fits({ columns, rows, kernels }, bytesMax)) return [rows];
  const sizes = rowSizes(columns);
  const groups: Uint32Array[] = [];
  let from = 0;
  let size = 0;
  for (let i = 0; i < rows.length; i++) {
    const next = sizes[rows[i]!]!;
    if (i > from && (i - from >= rowsMax || size + next > bytesMax)) {
      groups.push(rows.subarray(from, i));
      from = i;
      size = 0;
    }
    size += next;
  }
  groups.push(rows.subarray(from));
  return groups;
}

interface AskedRows {
  readonly columns: ColumnSet;
  readonly rows: Uint32Array;
  readonly kernels: Kernels;
}

/** A bound of the largest column by column is read off in one pass in order, and settles nearly every batch. */
function fits(asked: AskedRows, bytesMax: number): boolean {
  const isMany = asked.rows.length * FEW_ROWS_SHARE > asked.columns.rows;
  return (isMany && sizeOf(asked, 'bound') <= bytesMax) || sizeOf(asked, 'exact') <= bytesMax;
}

/** With less than this part of a batch's rows it is quicker to look at these alone. */
const FEW_ROWS_SHARE = 4;

/** Bytes of the rows' values, or as many as they are at most; of lists and maps those of all their rows, so that it is no less. */
function sizeOf({ columns, rows, kernels }: AskedRows, how: 'bound' | 'exact'): number {
  let total = 0;
  columns.columns.forEach((column, slot) => {
    if (column.kind === 'list' || column.kind === 'map') {
      total += sizeOf({ columns: column.child, rows: allRows(column.child), kernels }, how);
    } else if (column.kind !== 'view') total += rows.length * VALUE_BYTES[column.kind];
    else {
      const presence = { words: columns.present[slot >> 5]!, bit: slot & 31 };
      total +=
        how === 'bound'
          ? rows.length * kernels.maxLength(column.length, presence, columns.rows)
          : kernels.sumLengths(column.length, presence, rows);
    }
  });
  return total;
}

const VALUE_BYTES = { bool: 1, i32: 4, i64: 8, f64: 8, struct: 0 } as const;

/** Bytes of every row's values. */
function rowSizes(set: ColumnSet): Float64Array {
  const sizes = new Float64Array(set.rows);
  let fixed = 0;
  set.columns.forEach((column, slot) => {
    fixed += addSizes({ set, column, slot }, sizes);
  });
  if (fixed > 0) for (let row = 0; row < sizes.length; row++) sizes[row]! += fixed;
  return sizes;
}

/** Adds what differs by row; gives what every row has. Lengths of absent values are undefined and not read. */
function addSizes(of: { readonly set: ColumnSet; readonly column: Column; readonly slot: number }, sizes: Float64Array): number {
  const { set, column, slot } = of;
  const words = set.present[slot >> 5]!;
  const bit = slot & 31;
  switch (column.kind) {
    case 'bool':
    case 'i32':
    case 'i64':
    case 'f64':
    case 'struct':
      return VALUE_BYTES[column.kind];
    case 'view':
      for (let row = 0; row < sizes.length; row++) if ((words[row]! >>> bit) & 1) sizes[row]! += column.length[row]!;
      return 0;
    case 'list':
    case 'map': {
      const inner = rowSizes(column.child);
      for (let row = 0; row < sizes.length; row++) {
        if (((words[row]! >>> bit) & 1) === 0) continue;
        const from = column.start[row]!;
        const to = Math.min(inner.length, from + column.length[row]!);
        for (let i = from; i < to; i++) sizes[row]! += inner[i]!;
      }
      return 0;
    }
  }
}
