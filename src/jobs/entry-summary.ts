// The snapshot summary keys of ours (DESIGN §5.3): which entries a commit applied, their counts, how far event time has come.
// Readers and alarms take them from the table alone; the ledger stays the authority.
import { LIMITS } from '../contract/limits.ts';
import { SUMMARY } from '../contract/names.ts';
import { isQuarantineTable } from '../ledger/descriptor-codec.ts';
import type { DecidedDescriptor, LandEntry } from '../ledger/entries.ts';
import { countOffsets } from '../ledger/ranges.ts';
import type { LedgerState } from '../ledger/state.ts';
import { keptOffsets } from '../ledger/trim.ts';

export const APPLY_JOB = 'apply';

/** Keys for the commit of some entries to one table. `accepted` and `quarantined` are rows of this table; `filtered` and `absent` of the entries. */
export function summaryOf(given: {
  readonly state: LedgerState;
  readonly entries: readonly LandEntry[];
  readonly table: string;
  readonly nowMs: number;
}): Record<string, string> {
  const { state, entries, table, nowMs } = given;
  const descriptors = entries.flatMap((entry) => entry.descriptors);
  const rows = rowsFor(descriptors, table);
  const isQuarantine = isQuarantineTable(table);
  const sum = (of: (descriptor: DecidedDescriptor) => number): string => String(descriptors.reduce((total, one) => total + of(one), 0));
  const watermark = watermarkMs(state, nowMs);
  const [first, last] = [entries[0]!.n, entries.at(-1)!.n];
  return {
    [SUMMARY.job]: APPLY_JOB,
    [SUMMARY.entries]: first === last ? String(last) : `${first}-${last}`,
    [SUMMARY.accepted]: String(isQuarantine ? 0 : rows),
    [SUMMARY.quarantined]: String(isQuarantine ? rows : 0),
    [SUMMARY.filtered]: sum(({ counts }) => counts.filtered),
    [SUMMARY.absent]: sum(({ counts }) => counts.absent),
    ...(watermark === undefined ? {} : { [SUMMARY.watermarkMs]: String(watermark) }),
    [SUMMARY.contractVersion]: descriptors.at(-1)!.contractVersion,
  };
}

/** Smallest, over topic partitions active lately, of the largest event time; undefined when none has one. */
export function watermarkMs(state: LedgerState, nowMs: number): number | undefined {
  let watermark: number | undefined;
  for (const source of state.sources.values()) {
    for (const partition of source.partitions.values()) {
      const isActive = partition.lastAtMs >= nowMs - LIMITS.activePartitionMs;
      if (!isActive || partition.maxEventTimeMs === undefined) continue;
      watermark = Math.min(watermark ?? partition.maxEventTimeMs, partition.maxEventTimeMs);
    }
  }
  return watermark;
}

function rowsFor(descriptors: readonly DecidedDescriptor[], table: string): number {
  return descriptors
    .flatMap(({ tables }) => tables)
    .filter((decided) => decided.table === table)
    .flatMap(({ files }) => files)
    .reduce((sum, file) => sum + countOffsets(keptOffsets(file).flatMap(({ ranges }) => ranges)), 0);
}
