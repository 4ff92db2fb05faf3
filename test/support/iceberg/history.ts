// The line of a table's snapshots from the first to the current one: what tests of concurrent commits ask about.
import type { TableMetadata } from '../../../src/iceberg/types.ts';

export interface HistoryLine {
  /** Snapshot ids as text, the oldest first. */
  readonly ids: readonly string[];
  readonly sequenceNumbers: readonly number[];
}

/** Walked back from the current snapshot by parents, as far as they are there. */
export function historyLine(metadata: TableMetadata): HistoryLine {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const ids: string[] = [];
  const sequenceNumbers: number[] = [];
  for (let at = byId.get(metadata['current-snapshot-id']!); at !== undefined; at = byId.get(at['parent-snapshot-id']!)) {
    ids.unshift(String(at['snapshot-id']));
    sequenceNumbers.unshift(at['sequence-number']);
  }
  return { ids, sequenceNumbers };
}
