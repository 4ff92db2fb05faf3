// A batch of records → accepted rows as columns, rejected records with all their reasons, filtered ones counted: the whole of
// cleanse → validate → enrich, in one pass over the bytes. Upholds promise 1 (every record has exactly one verdict), 4 (a record on
// which this code itself fails is quarantined as `internal-error`, its neighbours unharmed) and 9 (all that is nulled, dropped or
// not named by the contract is counted).
//
// Order of judgement: the value as a whole (tombstone, empty-value, oversize, invalid-utf8, then not-json, not-object, too-deep:
// the first of these is the only reason) → no-variant (alone) → everything else together: duplicate-key, lone-surrogate, type,
// required, constraints, undeclared, row rules, event time → the filter. Quarantine and park win over drop, drop over the rest.
// Counts are of every record that was judged, whatever its verdict.
//
// Two ways lead to the same result: the kernels settle what is plainly accepted and leave every other record to the plain path, on the
// same builders (process-hot.ts); a batch they cannot take goes the plain way as a whole.
import type { CompiledTable } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { resetSet } from './builders.ts';
import { startBatch } from './decoder.ts';
import { finishBatch } from './finish-batch.ts';
import { hotSupport } from './hot-support.ts';
import { AUX_BYTES_MIN, type Batch, makeParts, newBatch, type Parts } from './parts.ts';
import { makeHotPath } from './process-hot.ts';
import { processRecord } from './process-record.ts';
import { makeSelfcheck } from './selfcheck.ts';
import type { BatchResult } from './types.ts';

export interface Pipeline {
  /**
   * Judges every record of a batch. Never throws for what a record holds. Not re-entrant. The result is the caller's own until its
   * `release` is called, which gives its memory to the next batch. Cost: one pass over the bytes; memory is the batch's bytes once more
   * plus the columns.
   */
  process(records: KafkaRecords, options: { readonly ingestedAtMs: number }): BatchResult;
}

export interface PipelineOptions {
  /** `plain`: without the WebAssembly kernels. The same results, slower: for comparison. */
  readonly path?: 'hot' | 'plain';
  /** Share of records that the plain path judges again; the contract's when left out. */
  readonly selfcheck?: number;
}

/** Compiles a table's program once, for any number of batches. Throws ContractError for a program that cannot be evaluated. */
export function createPipeline(table: CompiledTable, options: PipelineOptions = {}): Pipeline {
  const parts = makeParts(table);
  const hot = options.path === 'plain' || !hotSupport(table.program).isHot ? undefined : makeHotPath(parts);
  if (!hot) return { process: (records, { ingestedAtMs }) => processPlain(parts, records, ingestedAtMs) };
  // Bound when it is first asked: few batches of a young process are.
  let oracle: Parts | undefined;
  let nowMs = 0;
  const share = options.selfcheck ?? table.selfcheck ?? LIMITS.selfcheckShareDefault;
  const selfcheck = makeSelfcheck(table, share, (records) => processPlain((oracle ??= makeParts(table)), records, nowMs));
  return {
    process(records, { ingestedAtMs }) {
      const result = hot(records, ingestedAtMs);
      if (result === 'no room') return processPlain(parts, records, ingestedAtMs);
      if (result === 'failed') return { ...processPlain(parts, records, ingestedAtMs), selfchecked: FAILED };
      nowMs = ingestedAtMs;
      const selfchecked = selfcheck(records, result);
      if (selfchecked.mismatched === 0) return { ...result, selfchecked };
      result.release?.();
      return { ...processPlain(parts, records, ingestedAtMs), selfchecked };
    },
  };
}

/** Kernels that fail on a batch are counted as one record on which they differ: it raises the same alarm. */
const FAILED = { compared: 1, mismatched: 1 };

function processPlain(parts: Parts, records: KafkaRecords, ingestedAtMs: number): BatchResult {
  const { d, set } = parts;
  startBatch(d, records.bytes, parts.auxBytesExpected);
  resetSet(set, records.count);
  const batch = newBatch(parts, {
    records,
    shift: 0,
    ingestedAtMs,
    rowRecord: new Uint32Array(records.count),
    eventTimeMs: new Float64Array(records.count),
  });
  parts.view.records = records;
  processRecords(parts, batch);
  parts.auxBytesExpected = Math.max(AUX_BYTES_MIN, Math.ceil((d.auxTop - records.bytes.length) * 1.25));
  return finishBatch(parts, batch);
}

/** The loop alone, so that the engine optimises it once and for all batches. */
function processRecords(parts: Parts, batch: Batch): void {
  const { count } = batch.records;
  for (let record = 0; record < count; record++) processRecord(parts, batch, record);
}
