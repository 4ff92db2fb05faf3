// What a commit says of itself: one line of metrics, by contract alone, and one line of the log with positions and the entry's number. A
// commit that moved nothing says nothing of its time.
import type { LambdaTelemetry } from '../../src/aws/system.ts';
import type { CommitResult } from '../../src/jobs/types.ts';
import { COMMIT_METRICS } from './config.ts';

export function tellCommit(
  telemetry: Pick<LambdaTelemetry, 'countTogether' | 'log'>,
  result: CommitResult,
  time: { readonly startedMs: number; readonly nowMs: number },
): void {
  const { contract, entry, entriesCreated, descriptorsDecided, counts, tables, watermarkMs, unverified } = result;
  const hasMoved = entriesCreated > 0 || tables.some(({ snapshots }) => snapshots > 0);
  const ageS = watermarkMs === undefined ? undefined : Math.max(0, Math.round((time.nowMs - watermarkMs) / 1000));
  const values = {
    ...counts,
    [COMMIT_METRICS.unverified]: unverified,
    ...(hasMoved ? { [COMMIT_METRICS.latency]: time.nowMs - time.startedMs } : {}),
    ...(hasMoved && ageS !== undefined ? { [COMMIT_METRICS.watermarkAge]: ageS } : {}),
  };
  telemetry.countTogether(values, { contract });
  const snapshots = tables.reduce((sum, table) => sum + table.snapshots, 0);
  telemetry.log('info', 'committed', { contract, entry, entriesCreated, descriptorsDecided, snapshots, ...values });
}
