// Rules over rows on the kernels' path: a run of records is decoded, its rows are judged one after the other where they are, and all become
// final together. A row that some rule does not clear takes its run back: the records before it are decoded again, which gives the same
// rows, and it goes the plain way. Where rules often fail, runs are short.
import * as H from '../hot/layout-header.ts';
import { clearFailures } from './checks.ts';
import type { HotBatch } from './hot-batch.ts';
import { setHeader } from './hot-header.ts';
import { processStopped } from './hot-notes.ts';
import type { HotProgram } from './hot-program.ts';
import { handOver, takeBack } from './hot-sync.ts';
import type { Batch, Parts } from './parts.ts';
import { filterRow, firstRefused, judgeRow } from './row-rules.ts';

const RUN_MIN = 4;
/** What rules look at is still in the processor's cache. */
const RUN_MAX = 256;

/** Judges all records of the batch. */
export function decodeWithRules(parts: Parts, program: HotProgram, hot: HotBatch, batch: Batch): void {
  const { count } = batch.records;
  let size = RUN_MAX;
  let record = 0;
  while (record < count) {
    const to = Math.min(count, record + size);
    const { stop, isCleared } = decodeRun(parts, program, hot, batch, { from: record, to });
    size = isCleared ? Math.min(RUN_MAX, size * 2) : Math.max(RUN_MIN, size >> 1);
    record = stop;
    if (stop === to) continue;
    processStopped(parts, program, hot, batch, record++);
    handOver(hot, program, parts);
  }
}

interface Run {
  readonly from: number;
  readonly to: number;
}

interface Decoded {
  /** The record that goes the plain way, or the end of the run. */
  readonly stop: number;
  /** False when a rule did not clear it. */
  readonly isCleared: boolean;
}

/** Decodes records until one that is not settled, or that a rule does not clear. */
function decodeRun(parts: Parts, program: HotProgram, hot: HotBatch, batch: Batch, { from, to }: Run): Decoded {
  const { kernels } = hot.arena;
  const before = placeOf(parts, hot);
  const stop = kernels.decodeRecords(hot.header, from, to);
  takeBack(hot, program, parts);
  const failing = firstFailing(parts, hot, before.rows[0]!);
  if (failing < 0) {
    batch.kernelRecords += stop - from;
    return { stop, isCleared: true };
  }
  goBack(parts, hot, before);
  handOver(hot, program, parts);
  // One that is not settled this time is stopped at itself.
  let again = kernels.decodeRecords(hot.header, from, failing);
  takeBack(hot, program, parts);
  if (again === failing) again = stopAt(parts, program, hot, failing);
  batch.kernelRecords += again - from;
  return { stop: again, isCleared: false };
}

/** Reads the record without settling it, so that its row can be judged where it lies. */
function stopAt(parts: Parts, program: HotProgram, hot: HotBatch, record: number): number {
  handOver(hot, program, parts);
  setHeader(hot, H.H_NOTES_ALL, 1);
  const stop = hot.arena.kernels.decodeRecords(hot.header, record, record + 1);
  setHeader(hot, H.H_NOTES_ALL, 0);
  takeBack(hot, program, parts);
  return stop;
}

/** The record of the first row from `first` on that is not cleared; −1 for none. */
function firstFailing(parts: Parts, { rowRecord }: HotBatch, first: number): number {
  const { set } = parts;
  const end = set.row;
  const row = firstRefused(parts.rowRules, { from: first, to: end }, (asked) => {
    set.row = asked;
    const holds = holdRules(parts, rowRecord[asked]!);
    set.row = end;
    return holds;
  });
  return row < end ? rowRecord[row]! : -1;
}

/** Do all rules hold and does no filter take the row at hand? If not, or if one throws, the plain path judges the record again. */
function holdRules({ d, view, rowRules }: Parts, record: number): boolean {
  view.record = record;
  view.raw = undefined;
  try {
    judgeRow(d.failures, rowRules);
    filterRow(d.failures, rowRules);
  } catch {
    clearFailures(d.failures);
    return false;
  }
  const holds = d.failures.failed.length === 0;
  clearFailures(d.failures);
  return holds;
}

/** What decoding moves: the rows of all sets, the end of aux, the variant that the next message is read as, the batch's sums. */
interface Place {
  readonly rows: readonly number[];
  readonly auxTop: number;
  readonly plan: number;
  readonly sums: readonly number[];
}

const SUMS = [H.H_MISSING_SUM, H.H_NULLS_SUM, H.H_UNREAD_SUM];

function placeOf({ sets, d }: Parts, { words, doubles, header }: HotBatch): Place {
  const plan = words[(header + H.H_PLAN) >> 2]!;
  return { rows: sets.map(({ row }) => row), auxTop: d.auxTop, plan, sums: SUMS.map((sum) => doubles[(header + sum) >> 3]!) };
}

function goBack({ sets, d }: Parts, hot: HotBatch, { rows, auxTop, plan, sums }: Place): void {
  const { doubles, header } = hot;
  setHeader(hot, H.H_PLAN, plan);
  sets.forEach((set, i) => {
    set.row = rows[i]!;
  });
  d.auxTop = auxTop;
  SUMS.forEach((sum, i) => {
    doubles[(header + sum) >> 3] = sums[i]!;
  });
}
