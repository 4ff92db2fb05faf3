// Which fetched batches were committed (isolation level read_committed): markers carry no record, and a transactional batch is left out
// while its producer has an aborted transaction open. A broker answers with every aborted transaction that touches the fetched
// range, each by producer and first offset, so one answer decides for itself. Pure. Upholds promise 1: an aborted record is no record.
// Source: KIP-98, "Consumer: read_committed"; several aborted transactions of one producer may lie in one answer.
import { type BatchHeader, readControlType } from './record-batch.ts';

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

const ABORT = 0;

/** The data batches of committed and plain records, in order. */
export function committedBatches(batches: readonly BatchHeader[], aborted: readonly AbortedTransaction[]): BatchHeader[] {
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<bigint>();
  const committed: BatchHeader[] = [];
  let next = 0;
  for (const batch of batches) {
    while (next < waiting.length && waiting[next]!.firstOffset <= batch.lastOffset) open.add(waiting[next++]!.producerId);
    if (batch.isControl) {
      if (readControlType(batch) === ABORT) open.delete(batch.producerId);
    } else if (!batch.isTransactional || !open.has(batch.producerId)) committed.push(batch);
  }
  return committed;
}
