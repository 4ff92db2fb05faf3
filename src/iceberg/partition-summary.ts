// Partition field summaries of a manifest: null and NaN seen, smallest and largest value. Source: Iceberg specification,
// "Manifest Lists", field summaries.
import type { CellValue, StructType } from '../contract/types.ts';
import { orderOf } from './cell-order.ts';
import { toSingleValue } from './single-value.ts';
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
