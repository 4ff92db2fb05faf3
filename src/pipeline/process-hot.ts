// The kernels' path of a pipeline: they decode records until the first that they do not settle as plainly accepted, that one is judged by
// the plain path's functions on the same builders (hot-notes.ts), and they go on behind it. Rules over rows are judged behind the decoding
// of a run of them (hot-rules.ts).
import { isUtf8 } from 'node:buffer';
import { type KafkaRecords, NULL_POSITION } from '../decode/records.ts';
import * as H from '../hot/layout-header.ts';
import { ArenaFullError } from '../hot/memory.ts';
import { hotModule, isCanaryIntact } from '../hot/module.ts';
import { releaseArena } from '../hot/pool.ts';
import { WASM } from '../hot/webassembly.ts';
import { clearFailures } from './checks.ts';
import { finishBatch } from './finish-batch.ts';
import { closeHotBatch, type HotBatch, type HotSizes, openHotBatch } from './hot-batch.ts';
import { writeHeader } from './hot-header.ts';
import { hostFunctions } from './hot-host.ts';
import { processStopped } from './hot-notes.ts';
import { type HotProgram, makeHotProgram } from './hot-program.ts';
import { decodeWithRules } from './hot-rules.ts';
import { handOver, takeBack } from './hot-sync.ts';
import { type Batch, newBatch, type Parts } from './parts.ts';
import type { BatchResult } from './types.ts';

/**
 * Judges a batch, or says why it has to go the plain way: there is no room for it, or the kernels failed (a trap, a write into the canary
 * page), which is a mismatch as a wrong answer is.
 */
export type HotPath = (records: KafkaRecords, ingestedAtMs: number) => BatchResult | 'no room' | 'failed';

export function makeHotPath(parts: Parts): HotPath {
  // Here, not at the first batch: a process without its kernels fails when it starts, instead of quarantining every record.
  hotModule();
  const program = makeHotProgram(parts.table.program, parts.set, parts.plans);
  const sizes: HotSizes = { rows: new Map(), auxFactor: 1 };
  const { rules, filter } = parts.rowRules;
  const hasRules = rules.length > 0 || filter !== undefined;
  return (records, ingestedAtMs) => {
    try {
      return processHot(parts, program, sizes, { records, ingestedAtMs, hasRules });
    } catch (error) {
      if (error instanceof WASM.RuntimeError) return 'failed';
      if (!(error instanceof ArenaFullError)) throw error;
      sizes.auxFactor = Math.min(sizes.auxFactor * 2, AUX_FACTOR_MAX);
      return 'no room';
    }
  };
}

/** Sixteen bytes of a decimal for one digit and its comma. */
const AUX_FACTOR_MAX = 16;

interface Given {
  readonly records: KafkaRecords;
  readonly ingestedAtMs: number;
  readonly hasRules: boolean;
}

function processHot(parts: Parts, program: HotProgram, sizes: HotSizes, given: Given): BatchResult | 'failed' {
  const hot = openHotBatch(parts, program, given.records, sizes);
  try {
    return decodeBatch(parts, program, sizes, { hot, ...given });
  } catch (error) {
    // The record at hand may have failed already; the next way to judge the batch begins with another one.
    clearFailures(parts.d.failures);
    if (error instanceof WASM.RuntimeError) hot.arena.isSound = false;
    releaseArena(hot.arena);
    throw error;
  }
}

function decodeBatch(
  parts: Parts,
  program: HotProgram,
  sizes: HotSizes,
  given: Given & { readonly hot: HotBatch },
): BatchResult | 'failed' {
  const { records, ingestedAtMs, hasRules, hot } = given;
  if (records.valuesAreAscii !== true) hideOtherThanText(records, hot.valueStart);
  const { shift, rowRecord, eventTimeMs } = hot;
  const batch = newBatch(parts, { records, shift, ingestedAtMs, rowRecord, eventTimeMs });
  writeHeader(parts, program, hot, batch);
  Object.assign(hot.arena.host, hostFunctions(parts, program, hot));
  parts.view.records = records;
  handOver(hot, program, parts);
  if (hasRules) decodeWithRules(parts, program, hot, batch);
  else decodeAll(parts, program, hot, batch);
  batch.missing += hot.doubles[(hot.header + H.H_MISSING_SUM) >> 3]!;
  batch.nulls += hot.doubles[(hot.header + H.H_NULLS_SUM) >> 3]!;
  batch.unread += hot.doubles[(hot.header + H.H_UNREAD_SUM) >> 3]!;
  if (!isCanaryIntact(hot.arena.memory)) {
    hot.arena.isSound = false;
    releaseArena(hot.arena);
    return 'failed';
  }
  closeHotBatch(sizes, program, parts, hot);
  const result = finishBatch(parts, batch);
  return {
    ...result,
    rowRecord: result.rowRecord.slice(),
    eventTimeMs: result.eventTimeMs.slice(),
    release: () => releaseArena(hot.arena),
  };
}

const RUN_RECORDS = 64;

/** The kernels read UTF-8 alone. It is checked natively for a run of records at once, for each of a run that is not all text. */
function hideOtherThanText({ bytes, count, valueStart, valueEnd }: KafkaRecords, seen: Uint32Array): void {
  for (let first = 0; first < count; first += RUN_RECORDS) {
    const end = Math.min(count, first + RUN_RECORDS);
    let from = bytes.length;
    let to = 0;
    for (let i = first; i < end; i++) {
      if (valueStart[i] === NULL_POSITION) continue;
      from = Math.min(from, valueStart[i]!);
      to = Math.max(to, valueEnd[i]!);
    }
    if (isUtf8(bytes.subarray(from, to))) continue;
    for (let i = first; i < end; i++) {
      if (valueStart[i] !== NULL_POSITION && !isUtf8(bytes.subarray(valueStart[i], valueEnd[i]))) seen[i] = NULL_POSITION;
    }
  }
}

function decodeAll(parts: Parts, program: HotProgram, hot: HotBatch, batch: Batch): void {
  const { kernels } = hot.arena;
  const { count } = batch.records;
  let record = 0;
  while (record < count) {
    const from = record;
    record = kernels.decodeRecords(hot.header, from, count);
    batch.kernelRecords += record - from;
    takeBack(hot, program, parts);
    if (record === count) return;
    processStopped(parts, program, hot, batch, record++);
    handOver(hot, program, parts);
  }
}
