// Rows of a batch in a table's sort order, stable, as a permutation. Nulls go where the order says, whatever the direction; NaN is
// the largest float, -0.0 is below 0.0. Rows already in order cost one pass. Source: Iceberg specification, "Sorting".
import { readCell } from '../column-cells.ts';
import { allRows, type Column, type ColumnSet, isPresent, layoutOf } from '../columns.ts';
import { type CellValue, decimalOf, type IcebergType, type StructType } from '../contract/types.ts';
import { compareFloats, orderOf } from './cell-order.ts';
import { sortIntegers } from './sort-integers.ts';
import { type ColumnRef, halvesOf, slotOfField } from './transform-column.ts';
import { bindTransform, parseTransform } from './transforms.ts';
import type { SortField, SortOrder } from './types.ts';

type RowOrder = (left: number, right: number) => number;

/** `order` (all rows when left out) sorted; the given array is not changed. */
export function sortRows(schema: StructType, sortOrder: SortOrder, columns: ColumnSet, order?: Uint32Array): Uint32Array {
  const rows = order ?? allRows(columns);
  if (sortOrder.fields.length === 0) return rows;
  const layout = layoutOf(schema);
  const sorted = sortOnIntegers({ layout, set: columns }, sortOrder, rows);
  if (sorted) return sorted;
  const compare = chained(
    sortOrder.fields.map((field) => fieldOrder({ set: columns, layout, slot: slotOfField(layout, field['source-id']) }, field)),
  );
  if (isSorted(rows, compare)) return rows;
  const positions = Uint32Array.from(rows, (_row, i) => i);
  // Positions break ties, so stability does not rest on the engine's sort.
  positions.sort((left, right) => compare(rows[left]!, rows[right]!) || left - right);
  return positions.map((position) => rows[position]!);
}

/** One column of integers, as it is: the usual order of a landed table. */
function sortOnIntegers(source: Omit<ColumnRef, 'slot'>, { fields }: SortOrder, rows: Uint32Array): Uint32Array | undefined {
  const [field] = fields;
  if (fields.length !== 1 || parseTransform(field!.transform).kind !== 'identity') return undefined;
  return sortIntegers({ set: source.set, slot: slotOfField(source.layout, field!['source-id']) }, field!, rows);
}

function isSorted(rows: Uint32Array, compare: RowOrder): boolean {
  for (let i = 1; i < rows.length; i += 1) if (compare(rows[i - 1]!, rows[i]!) > 0) return false;
  return true;
}

function chained(orders: readonly RowOrder[]): RowOrder {
  const [first, ...rest] = orders;
  if (rest.length === 0) return first!;
  return (left, right) => {
    for (const order of orders) {
      const sign = order(left, right);
      if (sign !== 0) return sign;
    }
    return 0;
  };
}

function fieldOrder(column: ColumnRef, field: SortField): RowOrder {
  const values = valueOrder(column, field);
  const direction = field.direction === 'asc' ? 1 : -1;
  const nullSign = field['null-order'] === 'nulls-first' ? -1 : 1;
  const { set, slot } = column;
  return (left, right) => {
    const hasLeft = isPresent(set, slot, left);
    const hasRight = isPresent(set, slot, right);
    if (hasLeft && hasRight) return direction * values(left, right);
    if (hasLeft === hasRight) return 0;
    return hasLeft ? -nullSign : nullSign;
  };
}

/** Order of two present rows, ascending. */
function valueOrder(column: ColumnRef, field: SortField): RowOrder {
  const { type } = column.layout.slots[column.slot]!.field;
  const transform = parseTransform(field.transform);
  if (transform.kind === 'identity') return physicalOrder(column.set.columns[column.slot]!, type, column.set.bytes);
  const apply = bindTransform(transform, type);
  if (transform.kind === 'void') return () => 0;
  // Transformed values are computed once per row, not once per comparison.
  const cells: (CellValue | undefined)[] = [];
  const cellOf = (row: number) => (cells[row] ??= apply(readCell(column.set, column.layout, { slot: column.slot, row })))!;
  const order = orderOf(transform.kind === 'truncate' ? type : 'int');
  return (left, right) => order(cellOf(left), cellOf(right));
}

function physicalOrder(column: Column, type: IcebergType, bytes: Buffer): RowOrder {
  switch (column.kind) {
    case 'bool':
    case 'i32':
      return (left, right) => column.v[left]! - column.v[right]!;
    case 'f64':
      return (left, right) => compareFloats(column.v[left]!, column.v[right]!);
    case 'i64': {
      const halves = halvesOf(column.v);
      return (left, right) => halves[left * 2 + 1]! - halves[right * 2 + 1]! || (halves[left * 2]! >>> 0) - (halves[right * 2]! >>> 0);
    }
    case 'view': {
      const { start, length } = column;
      const unsigned: RowOrder = (left, right) =>
        bytes.compare(bytes, start[right]!, start[right]! + length[right]!, start[left]!, start[left]! + length[left]!);
      if (!decimalOf(type)) return unsigned;
      // Big-endian two's complement: the sign first, then as unsigned bytes.
      const sign = (row: number) => bytes.readInt8(start[row]!) >> 7;
      return (left, right) => sign(left) - sign(right) || unsigned(left, right);
    }
    default:
      return () => 0;
  }
}
