// What the Iceberg manifest needs to know of a column: counts as Parquet counts entries, exact bounds as cells. Leaves inside lists and
// maps have counts only. Decimals are checked against their precision here, on the two bounds instead of on every value.
// Source: Iceberg specification, "Manifests", data_file fields 108 to 128.
import { type CellValue, decimalOf } from '../contract/types.ts';
import { assertInvariant } from '../errors.ts';
import { cellAt } from './bounds.ts';
import type { EncodedChunk } from './chunk.ts';
import { compareFloats } from './extremes.ts';
import { isFloat } from './page-index.ts';
import type { LeafPlan } from './schema-plan.ts';
import type { LeafStats } from './types.ts';

/** Statistics of one chunk. */
export function chunkStats(chunk: EncodedChunk): LeafStats {
  const { leaf, values, extremes } = chunk;
  const isRepeated = leaf.maxRepetition > 0;
  const min = extremes.min < 0 ? undefined : cellAt(leaf, values, extremes.min);
  const max = extremes.max < 0 ? undefined : cellAt(leaf, values, extremes.max);
  if (min !== undefined && max !== undefined) assertPrecision(leaf, [min, max]);
  return {
    fieldId: leaf.field.id,
    columnSizeBytes: chunk.storedBytes,
    valueCount: chunk.entries,
    nullCount: chunk.nulls,
    ...(isFloat(chunk) ? { nanCount: extremes.nanCount } : {}),
    ...(min === undefined || max === undefined || isRepeated ? {} : { min, max }),
    isRepeated,
  };
}

/** Statistics of a file from those of its row groups. */
export function mergeLeafStats(leaf: LeafPlan, parts: readonly LeafStats[]): LeafStats {
  const [only, another] = parts;
  if (only && !another) return only;
  const sum = (count: (part: LeafStats) => number): number => parts.reduce((total, part) => total + count(part), 0);
  const hasNan = leaf.type === 'float' || leaf.type === 'double';
  let min: CellValue | undefined;
  let max: CellValue | undefined;
  for (const part of parts) {
    if (part.min === undefined || part.max === undefined) continue;
    if (min === undefined || compareCells(part.min, min) < 0) min = part.min;
    if (max === undefined || compareCells(part.max, max) > 0) max = part.max;
  }
  return {
    fieldId: leaf.field.id,
    columnSizeBytes: sum((part) => part.columnSizeBytes),
    valueCount: sum((part) => part.valueCount),
    nullCount: sum((part) => part.nullCount),
    ...(hasNan ? { nanCount: sum((part) => part.nanCount ?? 0) } : {}),
    ...(min === undefined || max === undefined ? {} : { min, max }),
    isRepeated: leaf.maxRepetition > 0,
  };
}

/** Order of two cells of one primitive type. */
function compareCells(a: CellValue, b: CellValue): number {
  if (typeof a === 'number' && typeof b === 'number') return compareFloats(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  assertInvariant(a !== null && b !== null && typeof a === typeof b, 'bounds of a column have one type');
  return a < b ? -1 : a > b ? 1 : 0;
}

function assertPrecision(leaf: LeafPlan, bounds: readonly CellValue[]): void {
  const decimal = decimalOf(leaf.type);
  if (!decimal) return;
  const limit = 10n ** BigInt(decimal.precision);
  for (const bound of bounds) {
    assertInvariant(typeof bound === 'bigint' && bound < limit && bound > -limit, 'a decimal has no more digits than its precision');
  }
}
