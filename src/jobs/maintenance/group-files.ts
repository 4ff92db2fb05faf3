// Which data files of a table are rewritten together (DESIGN §7). Pure. Taken are Parquet files that are small, that many of their rows
// are deleted from, or that lie outside the table's partitioning (late files); by table partition; in groups of at most the target size
// in the order of their smallest sort key, so that the new files overlap little.
//   closed window     all of them at once: two files, or one with deletes, are enough
//   open window       files of like size, once there are so many: a row is rewritten a logarithmic number of times, not at every run
//   late files        always: their new files are in the right partitions and are taken again with the rest there
// Closed windows come first, then what has most files.
import { LIMITS } from '../../contract/limits.ts';
import type { CellValue } from '../../contract/types.ts';
import { promotedCell } from '../../iceberg/avro-cells.ts';
import { orderOf } from '../../iceberg/cell-order.ts';
import { referencedPath } from '../../iceberg/delete-scope.ts';
import { specOf } from '../../iceberg/manifest-write.ts';
import type { ScanTask } from '../../iceberg/scan.ts';
import { fieldsById } from '../../iceberg/schema-fields.ts';
import { fromSingleValue } from '../../iceberg/single-value.ts';
import { partitionKey } from '../../iceberg/snapshot-summary.ts';
import type { DataFile, TableMetadata } from '../../iceberg/types.ts';
import { targetOf } from '../materialise-files.ts';
import { isWindowClosed } from './closed-window.ts';

export interface GroupingRequest {
  readonly metadata: TableMetadata;
  readonly tasks: readonly ScanTask[];
  readonly nowMs: number;
  readonly targetBytes: number;
  readonly isEager: boolean;
}

export interface FileGroup {
  readonly tasks: readonly ScanTask[];
  readonly isClosed: boolean;
  readonly bytes: number;
}

/** Bytes below which a file is small. */
export function smallBelow(targetBytes: number): number {
  return Math.floor((targetBytes * LIMITS.compactionSmallPercent) / 100);
}

/** The groups, most urgent first; every file in at most one. */
export function groupFiles(request: GroupingRequest): readonly FileGroup[] {
  const { metadata, nowMs } = request;
  const wanted = request.tasks.filter((task) => isWanted(request, task));
  const compare = sortKeyOrder(metadata);
  const groups: FileGroup[] = [];
  for (const tasks of Map.groupBy(wanted, ({ file }) => partitionKey(file)).values()) {
    const { file } = tasks[0]!;
    const isLate = isOutside(metadata, file);
    const isClosed = isLate || isWindowClosed(specOf(metadata, file.specId), file.partition, nowMs);
    const lots = isClosed || request.isEager ? [tasks] : likeSized(tasks);
    for (const lot of lots) {
      for (const group of packed(lot.toSorted(compare), request.targetBytes)) {
        if (isLate || group.length > 1 || isDirty(group[0]!)) groups.push({ tasks: group, isClosed, bytes: bytesOf(group) });
      }
    }
  }
  return groups.sort((a, b) => Number(b.isClosed) - Number(a.isClosed) || b.tasks.length - a.tasks.length);
}

function isWanted({ metadata, targetBytes }: GroupingRequest, task: ScanTask): boolean {
  const { file } = task;
  if (file.fileFormat !== 'PARQUET' || file.keyMetadata) return false;
  // What does not fit into one file of the largest size is not read either.
  if (file.fileSizeBytes > LIMITS.compactionTargetBytesMax) return false;
  return file.fileSizeBytes < smallBelow(targetBytes) || isDirty(task) || isOutside(metadata, file);
}

/** Many deletes for its rows: readers pay for them at every scan. */
function isDirty({ file, deletes }: ScanTask): boolean {
  if (deletes.length >= LIMITS.compactionDeletesMin) return true;
  const deleted = deletes.reduce((sum, one) => sum + (referencedPath(one) === undefined ? 0 : one.recordCount), 0);
  return deleted > 0 && deleted * 100 >= file.recordCount * LIMITS.compactionDeletedPercent;
}

/** A late file: under a spec that divides nothing, where the table's own does. */
function isOutside(metadata: TableMetadata, file: DataFile): boolean {
  const current = targetOf(metadata).spec;
  return file.specId !== current['spec-id'] && current.fields.length > 0 && specOf(metadata, file.specId).fields.length === 0;
}

/** Files of an open window by powers of eight of their size; lots that are large enough, and dirty files. */
function likeSized(tasks: readonly ScanTask[]): readonly (readonly ScanTask[])[] {
  const tiers = Map.groupBy(tasks, ({ file }) => Math.floor(Math.log2(Math.max(1, file.fileSizeBytes)) / 3));
  return Array.from(tiers.values()).flatMap((lot) => {
    if (lot.length >= LIMITS.compactionOpenFilesMin) return [lot];
    const dirty = lot.filter(isDirty);
    return dirty.length > 0 ? [dirty] : [];
  });
}

/** Cut, in order, where the target size or the number of files is reached. */
function packed(tasks: readonly ScanTask[], targetBytes: number): ScanTask[][] {
  const groups: ScanTask[][] = [];
  let bytes = 0;
  for (const task of tasks) {
    const group = groups.at(-1);
    const isFull = !group || bytes + task.file.fileSizeBytes > targetBytes || group.length >= LIMITS.compactionGroupFilesMax;
    if (isFull) groups.push([task]);
    else group.push(task);
    bytes = (isFull ? 0 : bytes) + task.file.fileSizeBytes;
  }
  return groups;
}

function bytesOf(tasks: readonly ScanTask[]): number {
  return tasks.reduce((sum, { file }) => sum + file.fileSizeBytes, 0);
}

/** By the lower bound of the first sort column; files without one last, and always by name in the end. */
function sortKeyOrder(metadata: TableMetadata): (a: ScanTask, b: ScanTask) => number {
  const { schema, sortOrder } = targetOf(metadata);
  const first = sortOrder.fields[0];
  const field = first && fieldsById(schema).get(first['source-id'])?.field;
  const byName = (a: ScanTask, b: ScanTask) => (a.file.filePath < b.file.filePath ? -1 : 1);
  if (!field || typeof field.type !== 'string') return byName;
  const { id, type } = field;
  const order = orderOf(type);
  const keys = new Map<DataFile, CellValue>();
  const keyOf = ({ file }: ScanTask): CellValue => {
    if (!keys.has(file)) {
      const bound = file.lowerBounds?.get(id);
      keys.set(file, bound ? promotedCell(type, fromSingleValue(type, bound)) : null);
    }
    return keys.get(file)!;
  };
  return (a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null) || byName(a, b);
    return order(left, right) || byName(a, b);
  };
}
