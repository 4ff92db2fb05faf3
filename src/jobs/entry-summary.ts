// The snapshot summary keys of ours (DESIGN §5.3): which entries a commit applied, their counts, how far event time has come.
// Readers and alarms take them from the table alone; the ledger stays the authority.
import { LIMITS } from '../contract/limits.ts';
import { SUMMARY } from '../contract/names.ts';
import type { DataFile, TableMetadata } from '../iceberg/types.ts';
import { isQuarantineTable } from '../ledger/descriptor-codec.ts';
import type { LedgerState } from '../ledger/state.ts';
import type { EntryEffect } from './entry-effect.ts';

export const APPLY_JOB = 'apply';

/** Keys for the commit of some entries to one table. `accepted` and `quarantined` are rows of this table; `filtered` and `absent` of the entries. */
export function summaryOf(given: {
  readonly state: LedgerState;
  readonly effects: readonly EntryEffect[];
  readonly table: string;
  readonly nowMs: number;
  readonly lateRows?: number;
}): Record<string, string> {
  const { state, effects, table, nowMs } = given;
  const sum = (of: (effect: EntryEffect) => number): number => effects.reduce((total, one) => total + of(one), 0);
  const rows = sum((effect) => effect.rows);
  const isQuarantine = isQuarantineTable(table);
  const watermark = watermarkMs(state, nowMs);
  const [first, last] = [effects[0]!.n, effects.at(-1)!.n];
  const version = effects.findLast(({ contractVersion }) => contractVersion !== undefined)?.contractVersion;
  return {
    [SUMMARY.job]: APPLY_JOB,
    [SUMMARY.entries]: first === last ? String(last) : `${first}-${last}`,
    [SUMMARY.accepted]: String(isQuarantine ? 0 : rows),
    [SUMMARY.quarantined]: String(isQuarantine ? rows : 0),
    [SUMMARY.filtered]: String(sum(({ filtered }) => filtered)),
    [SUMMARY.absent]: String(sum(({ absent }) => absent)),
    ...(given.lateRows ? { [SUMMARY.late]: String(given.lateRows) } : {}),
    ...(watermark === undefined ? {} : { [SUMMARY.watermarkMs]: String(watermark) }),
    ...(version === undefined ? {} : { [SUMMARY.contractVersion]: version }),
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

/** Rows of files that lie outside the table's partitioning. */
export function lateRowsOf(metadata: TableMetadata, add: readonly DataFile[]): number {
  const bare = new Set(metadata['partition-specs'].filter(({ fields }) => fields.length === 0).map((spec) => spec['spec-id']));
  bare.delete(metadata['default-spec-id']);
  return add.reduce((sum, file) => sum + (bare.has(file.specId) ? file.recordCount : 0), 0);
}
