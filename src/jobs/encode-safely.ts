// Encodes rows so that one that breaks the encoder costs only itself (promise 4): what throws is halved until the row stands alone.
// Lazy: one encoded file exists at a time.
import type { ColumnSet } from '../columns.ts';
import type { PartitionSpec } from '../iceberg/types.ts';
import { KernelFailure } from '../parquet/open-kernels.ts';
import { type Groups, groupByTablePartition, limitGroups } from './fan-out.ts';
import { type EncodedRows, encodeRows, type FileNamer, type RowTarget } from './write-rows.ts';

export type SafelyEncoded =
  | { readonly kind: 'rows'; readonly rows: EncodedRows }
  /** `kernelsFailed`: so did the WebAssembly kernels, on these rows or on those that were halved into them. */
  | { readonly kind: 'poisoned'; readonly row: number; readonly kernelsFailed: boolean };

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
    yield* encodeHalves(target, withoutGroups(rows), false);
    return;
  }
  const { open, late } = rows.late ? limitGroups(groups, rows.late.partitionsMax) : { open: groups, late: new Uint32Array() };
  if (rows.late && late.length > 0) {
    yield* encodeSafely({ ...target, spec: rows.late.spec }, { columns: rows.columns, order: late, nameFile: rows.nameFile });
  }
  for (const { partition, order } of open) {
    const encoded = attempt(() => encodeRows(target, { columns: rows.columns, order, partition, path: rows.nameFile(target) }));
    if (encoded.rows) yield { kind: 'rows', rows: encoded.rows };
    else yield* encodeHalves(target, { ...withoutGroups(rows), order }, encoded.kernelsFailed);
  }
}

function withoutGroups({ columns, order, nameFile, late }: Rows): Rows {
  return { columns, order, nameFile, ...(late ? { late } : {}) };
}

/** A failure of the kernels goes with the first of what comes of the rows. */
function* encodeHalves(target: RowTarget, rows: Rows, kernelsFailed: boolean): Generator<SafelyEncoded> {
  const { order } = rows;
  if (order.length === 1) {
    yield { kind: 'poisoned', row: order[0]!, kernelsFailed };
    return;
  }
  const half = order.length >>> 1;
  let isUntold = kernelsFailed;
  for (const part of [order.slice(0, half), order.slice(half)]) {
    for (const encoded of encodeSafely(target, { ...rows, order: part })) {
      yield isUntold ? withFailure(encoded) : encoded;
      isUntold = false;
    }
  }
}

function withFailure(encoded: SafelyEncoded): SafelyEncoded {
  return encoded.kind === 'rows'
    ? { kind: 'rows', rows: { ...encoded.rows, kernelsFailed: true } }
    : { kind: 'poisoned', row: encoded.row, kernelsFailed: true };
}

/** No rows when it throws: encoding is pure, so a throw says nothing but that these cannot be encoded together, and whether the kernels failed before. */
function attempt(
  encode: () => EncodedRows,
): { readonly rows: EncodedRows } | { readonly rows?: undefined; readonly kernelsFailed: boolean } {
  try {
    return { rows: encode() };
  } catch (error) {
    return { kernelsFailed: error instanceof KernelFailure };
  }
}
