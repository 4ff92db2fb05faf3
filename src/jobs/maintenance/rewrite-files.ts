// The rows of some data files in fewer files, under the table's schema, partition spec and sort order of today. Step by step:
//   1  the files in the order of their smallest sort key, row group by row group, deleted rows left out
//   2  gathered up to LIMITS.compactionChunkBytes of decoded values, then joined, split by table partition and sorted
//   3  each part becomes a row group of its partition's file; at the end the files are written under fresh names
// Rows read less rows deleted are the rows written, or nothing is. Memory is bounded by the target size and the chunk (promise 10).
import { LIMITS } from '../../contract/limits.ts';
import type { StructType } from '../../contract/types.ts';
import { assertInvariant, InputRefusedError } from '../../errors.ts';
import { metricsOf } from '../../iceberg/metrics.ts';
import type { ScanTask } from '../../iceberg/scan.ts';
import { partitionKey } from '../../iceberg/snapshot-summary.ts';
import { sortRows } from '../../iceberg/sort-rows.ts';
import type { DataFile, TableMetadata } from '../../iceberg/types.ts';
import { parquetOptions } from '../../parquet/options.ts';
import { ParquetWriter } from '../../parquet/writer.ts';
import type { Ports } from '../../ports.ts';
import type { Deadline } from '../deadline.ts';
import { schemaMetadata } from '../file-schema.ts';
import { targetOf } from '../materialise-files.ts';
import { OffsetCollector, type OffsetMap } from '../offset-map.ts';
import { newDeletesReader } from '../read-deletes.ts';
import { withLineage } from '../row-lineage.ts';
import { positionStruct, visitPositions } from '../row-positions.ts';
import { fileNamer, type RowTarget, splitRows, writeFile } from '../write-rows.ts';
import { joinColumns, sizeOfColumns } from './join-columns.ts';
import { type FilePart, readParts } from './read-parts.ts';

export interface RewriteRequest {
  readonly ports: Ports;
  readonly metadata: TableMetadata;
  /** In the order their rows are to come, as far as the sort order does not say. */
  readonly tasks: readonly ScanTask[];
  readonly deadline: Deadline;
}

export interface RewrittenFiles {
  readonly files: readonly DataFile[];
  readonly rowsIn: number;
  readonly rowsDeleted: number;
  readonly rowsOut: number;
  /** Positions of the rows left out, where the table has the columns that say them. */
  readonly removed: OffsetMap;
}

/** Writes the files; nothing refers to them yet. Cost: one read of each input and its deletes, one write of each output. */
export async function rewriteFiles(request: RewriteRequest): Promise<RewrittenFiles> {
  const { ports, metadata, tasks, deadline } = request;
  const current = targetOf(metadata);
  const struct = metadata['format-version'] >= 3 ? withLineage(current.struct) : current.struct;
  const target: RowTarget = { ...current, struct };
  const deletes = newDeletesReader(ports.files, metadata);
  const open = new Map<string, OpenFile>();
  let gathered: FilePart[] = [];
  let gatheredBytes = 0;
  let rowsIn = 0;
  let rowsLive = 0;
  const removed = new OffsetCollector();
  const flush = (): void => {
    if (gathered.length > 0) writeChunk(target, open, gathered);
    gathered = [];
    gatheredBytes = 0;
  };
  for (const task of tasks) {
    for await (const part of readParts({ files: ports.files, metadata, task, struct, deletes })) {
      const bytes = sizeOfColumns(part.columns);
      if (gatheredBytes + bytes > LIMITS.compactionChunkBytes) flush();
      gathered.push(part);
      gatheredBytes += bytes;
      rowsIn += part.columns.rows;
      rowsLive += part.live.length;
      collectRemoved(removed, struct, part);
    }
  }
  flush();
  const files = await writeAll({ ports, target, deadline }, open);
  const rowsOut = files.reduce((sum, { recordCount }) => sum + recordCount, 0);
  assertInvariant(rowsOut === rowsLive, 'a compaction writes the rows that it read and that are not deleted, no more and no less');
  return { files, rowsIn, rowsDeleted: rowsIn - rowsLive, rowsOut, removed: removed.finish().offsets };
}

/** A table whose technical columns somebody changed is compacted all the same; no audit can read it anyway. */
function collectRemoved(removed: OffsetCollector, struct: StructType, { columns, live }: FilePart): void {
  if (live.length === columns.rows || !positionStruct(struct)) return;
  let next = 0;
  try {
    visitPositions(columns, struct, (position, row) => {
      if (live[next] === row) next++;
      else if (position) removed.add(position);
    });
  } catch (error) {
    if (!(error instanceof InputRefusedError)) throw error;
  }
}

interface OpenFile {
  readonly partition: DataFile['partition'];
  readonly writer: ParquetWriter;
  readonly parts: Buffer[];
  chunks: number;
}

/** Rows gathered from several files, as one row group (or more, where it is large) of each table partition they are of. */
function writeChunk(target: RowTarget, open: Map<string, OpenFile>, gathered: readonly FilePart[]): void {
  const columns = joinColumns(gathered.map((part) => part.columns));
  const live = joinLive(gathered);
  for (const { partition, order } of splitRows(target, columns, live)) {
    const file = openFile(target, open, partition);
    file.writer.add(columns, sortRows(target.struct, target.sortOrder, columns, order));
    file.chunks++;
  }
}

function joinLive(gathered: readonly FilePart[]): Uint32Array {
  const rows = new Uint32Array(gathered.reduce((sum, { live }) => sum + live.length, 0));
  let to = 0;
  let first = 0;
  for (const { columns, live } of gathered) {
    for (const row of live) rows[to++] = first + row;
    first += columns.rows;
  }
  return rows;
}

function openFile(target: RowTarget, open: Map<string, OpenFile>, partition: DataFile['partition']): OpenFile {
  const key = partitionKey({ specId: target.spec['spec-id'], partition });
  const known = open.get(key);
  if (known) return known;
  const parts: Buffer[] = [];
  const writer = new ParquetWriter({
    schema: target.struct,
    options: parquetOptions(target.properties),
    metadata: schemaMetadata(target.schema),
    sink: (part) => void parts.push(part),
  });
  const made: OpenFile = { partition, writer, parts, chunks: 0 };
  open.set(key, made);
  return made;
}

async function writeAll(
  { ports, target, deadline }: { readonly ports: Ports; readonly target: RowTarget; readonly deadline: Deadline },
  open: ReadonlyMap<string, OpenFile>,
): Promise<DataFile[]> {
  const nameFile = fileNamer(ports);
  const files: DataFile[] = [];
  for (const { partition, writer, parts, chunks } of open.values()) {
    const { sizeBytes, recordCount, stats, splitOffsets } = writer.close();
    const path = nameFile(target);
    deadline.check('write of a compacted data file');
    await writeFile(ports, path, Buffer.concat(parts));
    parts.length = 0;
    files.push({
      content: 0,
      filePath: path,
      fileFormat: 'PARQUET',
      specId: target.spec['spec-id'],
      partition,
      recordCount,
      fileSizeBytes: sizeBytes,
      ...metricsOf({ stats, schema: target.schema, properties: target.properties, sortOrder: target.sortOrder }),
      splitOffsets,
      // Row groups of several chunks are sorted each for itself: no reader may take the file for sorted.
      sortOrderId: chunks === 1 ? target.sortOrder['order-id'] : 0,
    });
  }
  return files;
}
