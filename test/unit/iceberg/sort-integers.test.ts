// Sorting by digits: stable, exact up to the border of what a double holds, and by comparison beyond it.
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { sortRows } from '../../../src/iceberg/sort-rows.ts';
import type { SortField } from '../../../src/iceberg/types.ts';
import { seededRandom } from '../../support/fuzz/random.ts';

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

function orderOf(cells: readonly (bigint | null)[], field: SortField): number[] {
  const columns = buildColumns(
    STRUCT,
    cells.map((cell) => [cell]),
  );
  return [...sortRows(STRUCT, { 'order-id': 1, fields: [field] }, columns)];
}

const FIELDS = (['asc', 'desc'] as const).flatMap((direction) =>
  (['nulls-first', 'nulls-last'] as const).map(
    (nullOrder): SortField => ({ transform: 'identity', 'source-id': 1, direction, 'null-order': nullOrder }),
  ),
);

// Twice: the engine's sort is used until the loops over digits are worth compiling. Borders first: they take few rows of what it is used for.
describe.each(['in a new process', 'in one that has sorted many rows'])('rows sorted by one integer column %s', () => {
  it('are all there, in order, at the border of what a double holds', () => {
    const whole = BigInt(Number.MAX_SAFE_INTEGER);
    for (const border of [2n ** 31n, 2n ** 32n, 2n ** 43n, whole / 8n, whole / 7n, whole / 5n, whole / 3n, whole, 2n ** 62n]) {
      for (let below = -3n; below <= 3n; below++) {
        const cells = [border - below, 0n, null, -1n, border - below - 1n, null, 0n, 1n];
        // What fits beside a position ends elsewhere for every number of rows.
        for (const count of [3, 5, 7, 8]) {
          const some = cells.slice(0, count);
          for (const field of FIELDS) expect(orderOf(some, field)).toEqual(expectedOrder(some, field));
        }
      }
    }
  });

  it('keep the order of equal values, whatever the spread of the values and the number of rows', () => {
    const random = seededRandom(7);
    for (const count of [1, 2, 255, 1023, 1024, 2000]) {
      for (const spread of [1, 3, 300, 5000, 2 ** 30, 2 ** 33, 2 ** 45]) {
        const high = Math.max(1, Math.floor(spread / 2 ** 30));
        const cells = Array.from({ length: count }, () =>
          random.chance(20) ? null : BigInt(random.below(high)) * 2n ** 30n + BigInt(random.below(Math.min(spread, 2 ** 30))) - 1000n,
        );
        for (const field of FIELDS) expect(orderOf(cells, field)).toEqual(expectedOrder(cells, field));
      }
    }
  });
});
