// Has the window of a table partition ended? By the first transform of time in its spec: rows may still come late, but no more by the
// second, so its files are brought to their final size at once, while those of a partition that still gets rows wait for company.
import { LIMITS } from '../../contract/limits.ts';
import { parseTransform } from '../../iceberg/transforms.ts';
import type { DataFile, PartitionSpec } from '../../iceberg/types.ts';

const HOUR_MS = 3_600_000;

/** False for partitions that are not of time. */
export function isWindowClosed(spec: PartitionSpec, partition: DataFile['partition'], nowMs: number): boolean {
  for (const [i, field] of spec.fields.entries()) {
    const value = partition[i];
    if (typeof value !== 'number') continue;
    const endMs = windowEndMs(parseTransform(field.transform).kind, value);
    if (endMs !== undefined) return endMs + LIMITS.compactionGraceMs <= nowMs;
  }
  return false;
}

/** End of a window by the number of its transform: years, months, days or hours since 1970. */
function windowEndMs(kind: string, value: number): number | undefined {
  switch (kind) {
    case 'year':
      return Date.UTC(1970 + value + 1, 0, 1);
    case 'month':
      return Date.UTC(1970, value + 1, 1);
    case 'day':
      return (value + 1) * 24 * HOUR_MS;
    case 'hour':
      return (value + 1) * HOUR_MS;
    default:
      return undefined;
  }
}
