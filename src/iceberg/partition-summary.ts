// Partition field summaries of a manifest: null and NaN seen, smallest and largest value. Source: Iceberg specification,
// "Manifest Lists", field summaries.
import type { CellValue, StructType } from '../contract/types.ts';
import { promotedCell } from './avro-cells.ts';
import { orderOf } from './cell-order.ts';
import { fromSingleValue, toSingleValue } from './single-value.ts';
import type { DataFile, PartitionSummary } from './types.ts';

/** One summary per partition field, over all files of a manifest. */
export function summarizePartitions(partition: StructType, files: readonly Pick<DataFile, 'partition'>[]): PartitionSummary[] {
  return partition.fields.map((field, i) => {
    const order = orderOf(field.type);
    let containsNull = false;
    let containsNan = false;
    let min: Exclude<CellValue, null> | undefined;
    let max: Exclude<CellValue, null> | undefined;
    for (const file of files) {
      const cell = file.partition[i] ?? null;
      if (cell === null) containsNull = true;
      else if (Number.isNaN(cell)) containsNan = true;
      else {
        if (min === undefined || order(cell, min) < 0) min = cell;
        if (max === undefined || order(cell, max) > 0) max = cell;
      }
    }
    return {
      containsNull,
      containsNan,
      ...(min === undefined ? {} : { lowerBound: toSingleValue(field.type, min) }),
      ...(max === undefined ? {} : { upperBound: toSingleValue(field.type, max) }),
    };
  });
}

/** Can a manifest of these summaries hold a file of the partition? True where a summary does not say. */
export function mayHoldPartition(types: StructType, summaries: readonly PartitionSummary[], tuple: readonly CellValue[]): boolean {
  return types.fields.every((field, i) => {
    const summary = summaries[i];
    const cell = promotedCell(field.type, tuple[i] ?? null);
    if (!summary) return true;
    if (cell === null) return summary.containsNull;
    if (Number.isNaN(cell)) return summary.containsNan !== false;
    const { lowerBound, upperBound } = summary;
    if (!lowerBound || !upperBound) return false;
    const order = orderOf(field.type);
    const [lower, upper] = [fromSingleValue(field.type, lowerBound), fromSingleValue(field.type, upperBound)];
    // Zeros of either sign are one partition to some writers.
    const isBelow = lower !== null && order(cell, lower) < 0 && cell !== lower;
    const isAbove = upper !== null && order(cell, upper) > 0 && cell !== upper;
    return !isBelow && !isAbove;
  });
}
