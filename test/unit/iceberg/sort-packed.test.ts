// Value and position in one double: exact up to the border, refused beyond it.
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { sortRows } from '../../../src/iceberg/sort-rows.ts';
import type { SortField } from '../../../src/iceberg/types.ts';

const STRUCT: StructType = { type: 'struct', fields: [{ id: 1, name: 'n', type: 'long', required: false }] };

/** The rows by comparison: stable, nulls where the field says. */
function expectedOrder(cells: readonly (bigint | null)[], field: SortField): number[] {
  const sign = field.direction === 'asc' ? 1 : -1;
  const nullSign = field['null-order'] === 'nulls-first' ? -1 : 1;
  const compare = (a: bigint | null, b: bigint | null) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? nullSign : -nullSign;
    return a < b ? -sign : a > b ? sign : 0;
  };
  return [...cells.keys()].sort((left, right) => compare(cells[left]!, cells[right]!) || left - right);
}

describe('rows sorted by one integer column', () => {
  it('are all there, in order, at the border of what a double holds', () => {
    for (const count of [2, 3, 5, 7, 11]) {
      for (const below of [0, 1, 2, 3, 4]) {
        const border = BigInt(Math.floor(Number.MAX_SAFE_INTEGER / count)) - BigInt(below);
        const cells = Array.from({ length: count }, (_, i) => (i === 0 ? border : i === 1 ? 0n : null));
        for (const direction of ['asc', 'desc'] as const) {
          for (const nullOrder of ['nulls-first', 'nulls-last'] as const) {
            const field = { transform: 'identity', 'source-id': 1, direction, 'null-order': nullOrder };
            const columns = buildColumns(
              STRUCT,
              cells.map((cell) => [cell]),
            );
            expect([...sortRows(STRUCT, { 'order-id': 1, fields: [field] }, columns)]).toEqual(expectedOrder(cells, field));
          }
        }
      }
    }
  });
});
