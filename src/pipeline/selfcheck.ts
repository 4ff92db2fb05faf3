// The kernels checked in production (`firn.selfcheck`): a share of the records they judged is judged again by the plain path, and the
// answers are compared: verdict, reasons, every cell, event time. Every so-manieth record is taken, counted on over batches, so a share
// of 0.001 compares one in a thousand however small batches are.
import { isDeepStrictEqual } from 'node:util';
import { readRow } from '../column-cells.ts';
import { type Layout, layoutOf } from '../columns.ts';
import type { CompiledTable } from '../contract/compiled.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { selectRecords } from './select-records.ts';
import { type BatchResult, VERDICT } from './types.ts';

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
    let mismatched = 0;
    for (const [i, record] of taken.entries()) {
      if (!isSame(answerOf(result, layout, record), answerOf(expected, layout, i))) mismatched++;
    }
    return { compared: taken.length, mismatched };
  };
}

/** All that a result says of a record: numbers are compared as such, so that −0 is not 0 and NaN is NaN. */
function answerOf({ verdicts, quarantined, rowRecord, columns, eventTimeMs }: BatchResult, layout: Layout, record: number): unknown[] {
  const row = rowOf(rowRecord, record);
  const cells = row < 0 ? [] : [...readRow(columns, layout, row), eventTimeMs[row]!];
  const isRejected = verdicts[record] === VERDICT.quarantined;
  return [verdicts[record], isRejected ? quarantined.find((rejected) => rejected.record === record)?.reasons : undefined, cells];
}

/** Lists and cells one by one: the engine's comparison looks for cycles in every one of them. What is neither is bytes or reasons. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!Array.isArray(a) || !Array.isArray(b)) return typeof a === 'object' && isDeepStrictEqual(a, b);
  return a.length === b.length && a.every((each, i) => isSame(each, b[i]));
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
