// The rows of a set in their order, where nobody asked for others.
import type { ColumnSet } from '../columns.ts';

export function allRows({ rows }: Pick<ColumnSet, 'rows'>): Uint32Array {
  const all = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) all[row] = row;
  return all;
}
