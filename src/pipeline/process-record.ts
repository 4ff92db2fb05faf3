// One record → its verdict, and its row if it is accepted: the plain path, which every reason and message comes from. The order of
// judgement is in create-pipeline.ts.
import { ArenaFullError } from '../hot/memory.ts';
import { beginRow, restoreMarks, setMarks } from './builders.ts';
import { addCount, clearFailures, countFailures, outcomeOf, reasonsOf } from './checks.ts';
import { judgeMessage } from './message-rules.ts';
import type { Batch, Parts } from './parts.ts';
import { filterRow, judgeRow as judgeRules, judgeTested } from './row-rules.ts';
import { writeTechnical } from './technical.ts';
import { type Reason, VERDICT } from './types.ts';

/**
 * One record, whatever happens: an exception here is a bug of ours or the machine's, never a reason to lose the neighbours. Only
 * ArenaFullError goes on: the batch as a whole then goes another way.
 */
export function processRecord(parts: Parts, batch: Batch, record: number): void {
  setMarks(parts.sets);
  attempt(parts, batch, { record, auxMark: parts.d.auxTop, judge: judgeRecord });
}

/**
 * The same for a record whose row is in the builders already, all of it but what `read` completes; it began at the sets' marks and at
 * `auxMark`. Where `read` gives false the record is read from its beginning.
 */
export function processRead(
  parts: Parts,
  batch: Batch,
  record: number,
  { auxMark, read }: { readonly auxMark: number; readonly read: () => boolean },
): void {
  const { d, sets, view } = parts;
  const judge: Judgement = () => {
    view.record = record;
    view.raw = undefined;
    if (read()) {
      judgeTested(d.failures, parts.rowRules, parts.set.row);
      return judgeRow(parts, batch, record);
    }
    clearFailures(d.failures);
    restoreMarks(sets);
    d.auxTop = auxMark;
    return judgeRecord(parts, batch, record);
  };
  attempt(parts, batch, { record, auxMark, judge });
}

type Judgement = (parts: Parts, batch: Batch, record: number) => boolean;

function attempt(
  parts: Parts,
  batch: Batch,
  { record, auxMark, judge }: { readonly record: number; readonly auxMark: number; readonly judge: Judgement },
): void {
  const { d, sets } = parts;
  let isAccepted = false;
  try {
    isAccepted = judge(parts, batch, record);
  } catch (error) {
    if (error instanceof ArenaFullError) throw error;
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
  const fatal = parts.reader(records.valueStart[record]! + batch.shift, records.valueEnd[record]! + batch.shift);
  if (fatal !== undefined) {
    settleWhole(batch, record, fatal);
    return false;
  }
  judgeMessage(parts.messageRules, d, parts.set, records.valueStart[record]! + batch.shift);
  judgeRules(d.failures, parts.rowRules);
  return judgeRow(parts, batch, record);
}

/** What is judged of a row that was read and whose rules are judged. */
function judgeRow(parts: Parts, batch: Batch, record: number): boolean {
  const { d } = parts;
  parts.eventTime.judge(d.failures, batch.records.timestampMs[record]!);
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
