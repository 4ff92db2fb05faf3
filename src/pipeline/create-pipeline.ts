// A batch of records → accepted rows as columns, rejected records with all their reasons, filtered ones counted: the whole of
// cleanse → validate → enrich, in one pass over the bytes. Upholds promise 1 (every record has exactly one verdict), 4 (a record on
// which this code itself fails is quarantined as `internal-error`, its neighbours unharmed) and 9 (all that is nulled, dropped or
// not named by the contract is counted).
//
// Order of judgement: the value as a whole (tombstone, empty-value, oversize, invalid-utf8, then not-json, not-object, too-deep:
// the first of these is the only reason) → no-variant (alone) → everything else together: duplicate-key, lone-surrogate, type,
// required, constraints, undeclared, row rules, event time → the filter. Quarantine and park win over drop, drop over the rest.
// Counts are of every record that was judged, whatever its verdict.
import type { CompiledTable } from '../contract/compiled.ts';
import type { KafkaRecords } from '../decode/records.ts';
import { assertInvariant } from '../errors.ts';
import { allSets, beginRow, finishSet, makeSetBuilder, resetSet, restoreMarks, type SetBuilder, setMarks } from './builders.ts';
import { makeRowView, type RowView } from './cel/row-view.ts';
import { addCount, clearFailures, countFailures, outcomeOf, reasonsOf } from './checks.ts';
import { type Decoder, makeDecoder, startBatch } from './decoder.ts';
import { bindEventTime, type EventTime } from './event-time.ts';
import { bindMessageRules, judgeMessage, type MessageRules } from './message-rules.ts';
import { type MessageReader, makeMessageReader } from './read-message.ts';
import { bindRowRules, filterRow, judgeRow, type RowRules } from './row-rules.ts';
import { prepareTechnical, type TechnicalValues, writeTechnical } from './technical.ts';
import { type BatchResult, type ParkRequest, type QuarantinedRecord, type Reason, VERDICT } from './types.ts';
import { judgeWhole, type WholeRules } from './whole-value.ts';

export interface Pipeline {
  /**
   * Judges every record of a batch. Never throws for what a record holds. Not re-entrant; the result is the caller's own.
   * Cost: one pass over the bytes; memory is the batch's bytes once more plus the columns.
   */
  process(records: KafkaRecords, options: { readonly ingestedAtMs: number }): BatchResult;
}

/** Compiles a table's program once, for any number of batches. Throws ContractError for a program that cannot be evaluated. */
export function createPipeline(table: CompiledTable): Pipeline {
  const { program } = table;
  const set = makeSetBuilder(program.struct);
  const d = makeDecoder();
  d.unread.keepsText = program.undeclared === 'capture';
  const view = makeRowView(set, () => d.scan.bytes);
  const parts: Parts = {
    table,
    set,
    sets: allSets(set),
    d,
    view,
    reader: makeMessageReader(program, set, d),
    messageRules: bindMessageRules(program),
    rowRules: bindRowRules(program, view),
    eventTime: bindEventTime(program.eventTime, set),
    auxBytesExpected: AUX_BYTES_MIN,
  };
  return { process: (records, options) => processBatch(parts, records, options.ingestedAtMs) };
}

const AUX_BYTES_MIN = 64 * 1024;

interface Parts {
  readonly table: CompiledTable;
  readonly set: SetBuilder;
  readonly sets: readonly SetBuilder[];
  readonly d: Decoder;
  readonly view: RowView;
  readonly reader: MessageReader;
  readonly messageRules: MessageRules;
  readonly rowRules: RowRules;
  readonly eventTime: EventTime;
  /** What the batch before needed. */
  auxBytesExpected: number;
}

interface Batch {
  readonly records: KafkaRecords;
  readonly technical: TechnicalValues;
  readonly whole: WholeRules;
  readonly verdicts: Uint8Array;
  readonly rowRecord: Uint32Array;
  readonly eventTimeMs: Float64Array;
  readonly quarantined: QuarantinedRecord[];
  readonly parkRequests: ParkRequest[];
  readonly counts: Map<string, number>;
  missing: number;
  nulls: number;
  unread: number;
}

function processBatch(parts: Parts, records: KafkaRecords, ingestedAtMs: number): BatchResult {
  const { d, set } = parts;
  startBatch(d, records.bytes, parts.auxBytesExpected);
  resetSet(set, records.count);
  const batch: Batch = {
    records,
    technical: prepareTechnical(d, records, ingestedAtMs),
    whole: judgeWhole(records, parts.table.program),
    verdicts: new Uint8Array(records.count),
    rowRecord: new Uint32Array(records.count),
    eventTimeMs: new Float64Array(records.count),
    quarantined: [],
    parkRequests: [],
    counts: new Map(),
    missing: 0,
    nulls: 0,
    unread: 0,
  };
  parts.view.records = records;
  processRecords(parts, batch);
  parts.auxBytesExpected = Math.max(AUX_BYTES_MIN, Math.ceil((d.auxTop - records.bytes.length) * 1.25));
  return finishBatch(parts, batch);
}

function finishBatch({ set, d, table }: Parts, batch: Batch): BatchResult {
  const rows = set.row;
  const filtered = batch.verdicts.reduce((sum, verdict) => sum + (verdict === VERDICT.filtered ? 1 : 0), 0);
  assertInvariant(rows + batch.quarantined.length + filtered === batch.records.count, 'accepted + quarantined + filtered = records');
  addCount(batch.counts, 'missing', batch.missing);
  addCount(batch.counts, 'null', batch.nulls);
  const { undeclared } = table.program;
  if (undeclared !== 'quarantine') addCount(batch.counts, `undeclared:${undeclared}`, batch.unread);
  return {
    verdicts: batch.verdicts,
    columns: finishSet(set, d.scan.bytes),
    rowRecord: batch.rowRecord.subarray(0, rows),
    quarantined: batch.quarantined,
    parkRequests: batch.parkRequests,
    eventTimeMs: batch.eventTimeMs.subarray(0, rows),
    counts: batch.counts,
  };
}

/** The loop alone, so that the engine optimises it once and for all batches. */
function processRecords(parts: Parts, batch: Batch): void {
  const { count } = batch.records;
  for (let record = 0; record < count; record++) processRecord(parts, batch, record);
}

/** One record, whatever happens: an exception here is a bug of ours or the machine's, never a reason to lose the neighbours. */
function processRecord(parts: Parts, batch: Batch, record: number): void {
  const { d, sets } = parts;
  setMarks(sets);
  const auxMark = d.auxTop;
  let isAccepted = false;
  try {
    isAccepted = judgeRecord(parts, batch, record);
  } catch {
    // The message of an unknown error may hold payload, so the record's reason has a fixed text.
    quarantine(batch, record, [{ rule: 'internal-error', field: '', message: 'the record could not be processed; it is kept as it came' }]);
    addCount(batch.counts, 'internal-error:quarantine', 1);
  }
  clearFailures(d.failures);
  if (isAccepted) return;
  restoreMarks(sets);
  d.auxTop = auxMark;
}

/** True when the record became a row. */
function judgeRecord(parts: Parts, batch: Batch, record: number): boolean {
  const whole = batch.whole(record);
  if (whole !== undefined) {
    settleWhole(batch, record, whole);
    return false;
  }
  const { d, view } = parts;
  const { records } = batch;
  view.record = record;
  view.raw = undefined;
  beginRow(parts.set);
  const fatal = parts.reader(records.valueStart[record]!, records.valueEnd[record]!);
  if (fatal !== undefined) {
    settleWhole(batch, record, fatal);
    return false;
  }
  judgeMessage(parts.messageRules, d, parts.set, records.valueStart[record]!);
  judgeRow(d.failures, parts.rowRules);
  parts.eventTime.judge(d.failures, records.timestampMs[record]!);
  if (d.failures.failed.length === 0 || outcomeOf(d.failures) === 'accepted') filterRow(d.failures, parts.rowRules);
  return settle(parts, batch, record);
}

/** A verdict on the value as a whole; `filtered` for a tombstone that is dropped by declaration. */
function settleWhole(batch: Batch, record: number, reason: Reason & { readonly isFiltered?: boolean }): void {
  const { rule, field, message, isFiltered } = reason;
  addCount(batch.counts, `${rule}:${isFiltered ? 'drop' : 'quarantine'}`, 1);
  if (isFiltered) batch.verdicts[record] = VERDICT.filtered;
  else quarantine(batch, record, [{ rule, field, message }]);
}

function quarantine(batch: Batch, record: number, reasons: readonly Reason[]): void {
  batch.verdicts[record] = VERDICT.quarantined;
  batch.quarantined.push({ record, reasons });
}

function settle(parts: Parts, batch: Batch, record: number): boolean {
  const { d, set } = parts;
  batch.missing += d.missing;
  batch.nulls += d.nulls;
  batch.unread += d.unread.count;
  if (d.failures.failed.length > 0) {
    countFailures(d.failures, batch.counts);
    const outcome = outcomeOf(d.failures);
    if (outcome === 'quarantined') {
      quarantine(batch, record, reasonsOf(d.failures));
      const park = d.failures.failed.find(({ action }) => action === 'park');
      if (park) batch.parkRequests.push({ record, rule: park.rule });
      return false;
    }
    if (outcome === 'filtered') {
      batch.verdicts[record] = VERDICT.filtered;
      return false;
    }
  }
  writeTechnical(set, parts.table.program.technical, batch.technical, record);
  batch.eventTimeMs[set.row] = parts.eventTime.readMs();
  batch.rowRecord[set.row] = record;
  set.row++;
  return true;
}
