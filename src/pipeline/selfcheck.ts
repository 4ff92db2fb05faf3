// The kernels checked in production (`firn.selfcheck`): a share of the records they judged is judged again by the plain path, and the
// answers are compared: verdict, reasons, every cell, event time. Every so-manieth record is taken, counted on over batches, so a share
// of 0.001 compares one in a thousand however small batches are.
import { readRow } from '../column-cells.ts';
import { layoutOf } from '../columns.ts';
import type { CompiledTable } from '../contract/compiled.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { selectRecords } from './select-records.ts';
import type { BatchResult } from './types.ts';

/** Records compared, and those that differed. */
export interface Selfchecked {
  readonly compared: number;
  readonly mismatched: number;
}

export type Selfcheck = (records: KafkaRecords, result: BatchResult) => Selfchecked;

/** `judge` is the plain path. Cost: the plain path's for the share of records. */
export function makeSelfcheck({ program }: CompiledTable, share: number, judge: (records: KafkaRecords) => BatchResult): Selfcheck {
  const step = share > 0 ? Math.max(1, Math.round(1 / share)) : Number.POSITIVE_INFINITY;
  const layout = layoutOf(program.struct);
  let next = step - 1;
  return (records, result) => {
    const taken: number[] = [];
    for (; next < records.count; next += step) taken.push(next);
    next -= records.count;
    if (taken.length === 0) return { compared: 0, mismatched: 0 };
    const expected = judge(selectRecords(records, Uint32Array.from(taken)));
    const got = describe(result, layout, taken);
    const wanted = describe(
      expected,
      layout,
      taken.map((_, i) => i),
    );
    const mismatched = got.reduce((sum, text, i) => sum + (text === wanted[i] ? 0 : 1), 0);
    return { compared: taken.length, mismatched };
  };
}

/** A text per record that two results share exactly when they agree on it. */
function describe(result: BatchResult, layout: ReturnType<typeof layoutOf>, records: readonly number[]): string[] {
  return records.map((record) => {
    const row = rowOf(result.rowRecord, record);
    const cells = row < 0 ? [] : [...readRow(result.columns, layout, row), result.eventTimeMs[row]!];
    const reasons = result.quarantined.find((rejected) => rejected.record === record)?.reasons ?? [];
    return JSON.stringify([result.verdicts[record], reasons, cells], exact);
  });
}

/** The row a record became, -1 for none: rows are in the order of records, so a few steps find one among all of a batch. */
function rowOf(rowRecord: Uint32Array, record: number): number {
  let from = 0;
  let to = rowRecord.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (rowRecord[middle]! < record) from = middle + 1;
    else to = middle;
  }
  return rowRecord[from] === record ? from : -1;
}

/** Numbers, bigints and bytes as texts that tell them apart. */
function exact(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}d`;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
