// Encodes rows so that one that breaks the encoder costs only itself (promise 4): what throws is halved until the row stands alone.
// Lazy: one encoded file exists at a time.
import type { ColumnSet } from '../columns.ts';
import type { PartitionSpec } from '../iceberg/types.ts';
import { type Groups, groupByTablePartition, limitGroups } from './fan-out.ts';
import { type EncodedRows, encodeRows, type FileNamer, type RowTarget } from './write-rows.ts';

export type SafelyEncoded = { readonly kind: 'rows'; readonly rows: EncodedRows } | { readonly kind: 'poisoned'; readonly row: number };

interface Rows {
  readonly columns: ColumnSet;
  readonly order: Uint32Array;
  /** The rows of `order` by table partition, where that is known already. */
  readonly groups?: Groups;
  readonly nameFile: FileNamer;
  /** Where the rows of table partitions beyond the limit go; left out, all partitions stay open. */
  readonly late?: { readonly spec: PartitionSpec; readonly partitionsMax: number };
}

/** Files of the rows, one per table partition, and the rows that cannot be encoded. Cost of a poisoned row: log₂(rows) encodings more. */
export function* encodeSafely(target: RowTarget, rows: Rows): Generator<SafelyEncoded> {
  if (rows.order.length === 0) return;
  const groups = rows.groups ?? groupByTablePartition(target, rows.columns, rows.order);
  if (!groups) {
    yield* encodeHalves(target, withoutGroups(rows));
    return;
  }
  const { open, late } = rows.late ? limitGroups(groups, rows.late.partitionsMax) : { open: groups, late: new Uint32Array() };
  if (rows.late && late.length > 0) {
    yield* encodeSafely({ ...target, spec: rows.late.spec }, { columns: rows.columns, order: late, nameFile: rows.nameFile });
  }
  for (const { partition, order } of open) {
    const encoded = attempt(() => encodeRows(target, { columns: rows.columns, order, partition, path: rows.nameFile(target) }));
    if (encoded) yield { kind: 'rows', rows: encoded };
    else yield* encodeHalves(target, { ...withoutGroups(rows), order });
  }
}

function withoutGroups({ columns, order, nameFile, late }: Rows): Rows {
  return { columns, order, nameFile, ...(late ? { late } : {}) };
}

function* encodeHalves(target: RowTarget, rows: Rows): Generator<SafelyEncoded> {
  const { order } = rows;
  if (order.length === 1) {
    yield { kind: 'poisoned', row: order[0]! };
    return;
  }
  const half = order.length >>> 1;
  yield* encodeSafely(target, { ...rows, order: order.slice(0, half) });
  yield* encodeSafely(target, { ...rows, order: order.slice(half) });
}

/** Undefined when it throws: encoding is pure, so a throw says nothing but that these rows cannot be encoded together. */
function attempt<T>(encode: () => T): T | undefined {
  try {
    return encode();
  } catch {
    return undefined;
  }
}
