// A batch all of whose records have been judged → its result. Upholds promise 1: the verdicts add up, always.
import { assertInvariant } from '../errors.ts';
import { finishSet } from './builders.ts';
import { addCount } from './checks.ts';
import type { Batch, Parts } from './parts.ts';
import { type BatchResult, VERDICT } from './types.ts';

/** The result of a batch all of whose records have been judged. */
export function finishBatch({ set, d, table }: Parts, batch: Batch): BatchResult {
  const rows = set.row;
  let filtered = 0;
  for (const verdict of batch.verdicts) if (verdict === VERDICT.filtered) filtered++;
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
    kernelRecords: batch.kernelRecords,
  };
}
