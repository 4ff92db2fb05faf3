// Small files share a batch: a folder of a thousand files of ten lines is one descriptor and a few data files, not a thousand.
// Bounded like any batch; what is pending is durable only once it is landed, with the progress of every file in it.
import { LIMITS } from '../contract/limits.ts';
import type { KafkaRecords } from '../decode/records.ts';
import type { FileProgress } from '../ledger/types.ts';
import type { EventBatch } from './land-events.ts';
import { joinRecords } from './land-positioned.ts';

export interface JoinedBatch {
  readonly records: KafkaRecords;
  readonly files: readonly FileProgress[];
}

export interface Pending {
  /** Takes the batch in; gives what must be landed first, if there is not room for both. */
  add(batch: EventBatch): JoinedBatch | undefined;
  /** Everything that is pending. */
  take(): JoinedBatch | undefined;
}

export function makePending(): Pending {
  let parts: KafkaRecords[] = [];
  let files = new Map<string, FileProgress>();
  let size = { records: 0, bytes: 0 };
  const take = (): JoinedBatch | undefined => {
    if (parts.length === 0) return undefined;
    const joined = { records: joinRecords(parts), files: [...files.values()] };
    parts = [];
    files = new Map();
    size = { records: 0, bytes: 0 };
    return joined;
  };
  return {
    take,
    add({ records, progress }) {
      const hasRoom =
        size.records + records.count <= LIMITS.landBatchRecordsMax &&
        size.bytes + records.bytes.length <= LIMITS.landBatchBytesMax &&
        files.size < LIMITS.landBatchSourcesMax;
      const full = hasRoom ? undefined : take();
      parts.push(records);
      // Batches of one file come in order, so the last says how far all of them reach.
      files.set(progress.sourceId, progress);
      size = { records: size.records + records.count, bytes: size.bytes + records.bytes.length };
      return full;
    },
  };
}
