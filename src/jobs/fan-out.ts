// How many table partitions a batch's rows are spread over, and which of them stay open: those with the most rows, so that as few rows
// as possible are late. One wrong clock or a back-dated backlog must not make hundreds of files of one row (promise 10).
import type { ColumnSet } from '../columns.ts';
import { LIMITS } from '../contract/limits.ts';
import { type RowTarget, splitRows } from './write-rows.ts';

export type Groups = ReturnType<typeof splitRows>;

/** Cost: one pass over the partition columns. Undefined for rows that cannot be split together: encoding will tell which they are. */
export function groupByTablePartition(target: RowTarget, columns: ColumnSet, order: Uint32Array): Groups | undefined {
  try {
    return splitRows(target, columns, order);
  } catch {
    return undefined;
  }
}

/** The groups that stay open, and the rows of all others in their order. */
export function limitGroups(groups: Groups, partitionsMax: number): { readonly open: Groups; readonly late: Uint32Array } {
  if (groups.length <= partitionsMax) return { open: groups, late: new Uint32Array() };
  const bySize = [...groups.keys()].sort((a, b) => groups[b]!.order.length - groups[a]!.order.length || a - b);
  const kept = new Set(bySize.slice(0, partitionsMax - 1));
  const late = groups.filter((_, i) => !kept.has(i)).flatMap(({ order }) => [...order]);
  return { open: groups.filter((_, i) => kept.has(i)), late: Uint32Array.from(late).sort() };
}

/** Open partitions for each of the tables that get rows: together those of one invocation, and never fewer than two. */
export function openPartitionsOf(tables: readonly (readonly unknown[])[]): number {
  const filled = tables.filter((parts) => parts.length > 0).length;
  return Math.max(2, Math.floor(LIMITS.openPartitionsMax / Math.max(1, filled)));
}
