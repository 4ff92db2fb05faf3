// The tasks of a scan → files DuckDB reads as they are, by shape, and the rows of them that are deleted. A file that DuckDB cannot be
// told to read rightly (query-columns.ts says which) is read by our own reader and written anew, without its deleted rows,
// under the schema of today. So every row is the one `readTask` gives. Bounded (promise 10): the rows to leave out by
// LIMITS.deleteKeysMax, the files written anew by LIMITS.queryRewriteBytesMax.
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { mapBounded } from '../iceberg/map-bounded.ts';
import { tableNameMapping } from '../iceberg/name-mapping.ts';
import type { ScanTask } from '../iceberg/scan.ts';
import { listFields } from '../iceberg/schema-fields.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { type DeletesReader, newDeletesReader } from '../jobs/read-deletes.ts';
import { withPartitionValues } from '../jobs/read-file.ts';
import { readTask } from '../jobs/read-task.ts';
import { ioError, isAbsent } from '../local/io-errors.ts';
import { encodeParquet } from '../parquet/encode.ts';
import { mapNames } from '../parquet/map-names.ts';
import { type FileFooter, readFooter } from '../parquet/read-footer.ts';
import type { FileStore, Uri } from '../ports.ts';
import { type FileColumns, fileColumns } from './query-columns.ts';
import { currentSchema, type Scan } from './query-view.ts';
import { formatBytes } from './table-text.ts';

export interface ScansRequest {
  readonly files: FileStore;
  readonly metadata: TableMetadata;
  readonly tasks: readonly ScanTask[];
  readonly pathOf: (uri: Uri) => string;
  /** A folder for files written anew, made when first asked for. */
  readonly scratch: () => Promise<string>;
}

export interface PreparedScans {
  readonly scans: readonly Scan[];
  readonly deleted: readonly { readonly path: string; readonly rows: Uint32Array }[];
}

/** Cost: the footer of every file, every delete file; of files with equality deletes, and of those written anew, all bytes. */
export async function prepareScans(request: ScansRequest): Promise<PreparedScans> {
  const context: Context = {
    ...request,
    schema: currentSchema(request.metadata),
    deletes: newDeletesReader(request.files, request.metadata),
    budget: { rewriteBytes: LIMITS.queryRewriteBytesMax, deletedRows: LIMITS.deleteKeysMax, written: 0 },
  };
  const footers = await mapBounded(request.tasks, LIMITS.queryFetchesAtOnce, (task) => planFile(context, task));
  const prepared: FileScan[] = [];
  for (const [i, task] of request.tasks.entries()) prepared.push(await prepareFile(context, task, footers[i]!));
  const live = prepared.filter(({ deleted, rows }) => deleted.length < rows);
  return {
    scans: groupScans(live),
    deleted: live.flatMap(({ path, deleted }) => (deleted.length > 0 ? [{ path, rows: deleted }] : [])),
  };
}

interface Context extends ScansRequest {
  readonly schema: StructType;
  readonly deletes: DeletesReader;
  readonly budget: { rewriteBytes: number; deletedRows: number; written: number };
}

interface Planned {
  readonly rows: number;
  /** Undefined: to be written anew. */
  readonly columns: FileColumns | undefined;
}

interface FileScan {
  readonly path: string;
  readonly columns: FileColumns;
  readonly rows: number;
  /** Ascending. */
  readonly deleted: Uint32Array;
}

async function planFile({ metadata, schema, pathOf }: Context, { file }: ScanTask): Promise<Planned> {
  if (file.fileFormat !== 'PARQUET') {
    throw new InputRefusedError(
      `it has ${file.fileFormat} files, which firn query does not read; query it with Spark, or rewrite its files as Parquet`,
      { code: 'data-file-format', details: { uri: file.filePath } },
    );
  }
  const footer = mapNames(await footerOf(pathOf(file.filePath)), tableNameMapping(metadata));
  const own = withPartitionValues(schema, { file, metadata });
  return { rows: footer.rows, columns: fileColumns(own, footer, changedFields(schema, own)) };
}

/** Fields to which a partition gave its value. */
function changedFields(schema: StructType, own: StructType): ReadonlySet<number> {
  if (own === schema) return new Set();
  const before = listFields(schema);
  return new Set(
    listFields(own).flatMap(({ field }, i) => (typeof field.type === 'string' && field !== before[i]!.field ? [field.id] : [])),
  );
}

async function prepareFile(context: Context, task: ScanTask, { rows, columns }: Planned): Promise<FileScan> {
  if (columns === undefined) return rewriteFile(context, task);
  const path = context.pathOf(task.file.filePath);
  return { path, columns, rows, deleted: await deletedRows(context, task, rows) };
}

async function deletedRows({ files, deletes, budget }: Context, task: ScanTask, rows: number): Promise<Uint32Array> {
  if (task.deletes.length === 0) return new Uint32Array();
  // Only equality deletes look into the data file.
  const needsBytes = task.deletes.some(({ content }) => content === 2);
  const bytes = needsBytes ? await files.read(task.file.filePath) : Buffer.alloc(0);
  if (!bytes) throw new InputRefusedError(`live data file is missing: ${task.file.filePath}`, { code: 'live-file-missing' });
  const isDeleted = await deletes(task, bytes);
  const found = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (isDeleted(row)) found[count++] = row;
  // Of a file without a live row none is looked up.
  if (count < rows) budget.deletedRows -= count;
  if (budget.deletedRows < 0) {
    throw new InputRefusedError(`it has more than ${LIMITS.deleteKeysMax} deleted rows in live files; compact it first`, {
      code: 'deletes-too-many',
    });
  }
  return found.slice(0, count);
}

async function rewriteFile(context: Context, task: ScanTask): Promise<FileScan> {
  const { files, metadata, schema, deletes, budget } = context;
  budget.rewriteBytes -= task.file.fileSizeBytes;
  if (budget.rewriteBytes < 0) {
    throw new InputRefusedError(
      `more than ${formatBytes(LIMITS.queryRewriteBytesMax)} of its files have columns that DuckDB cannot read as they are; ` +
        'query it with Spark, or rewrite its files',
      { code: 'query-too-large', details: { uri: task.file.filePath } },
    );
  }
  const struct = { type: 'struct' as const, fields: schema.fields.map((field, i) => ({ ...field, name: `c${i}` })) };
  const read = await readTask({ files, metadata, task: { ...task, residual: { type: 'true' } }, struct, schema, deletes });
  const encoded = encodeParquet({ schema: struct, columns: read.columns, order: read.rows });
  const path = join(await context.scratch(), `rewritten-${budget.written++}.parquet`);
  await writeFile(path, encoded.bytes).catch((error: unknown) => {
    throw ioError(error, 'write', path);
  });
  const columns = fileColumns(schema, readFooter(encoded.bytes), new Set());
  if (!columns)
    throw new InputRefusedError('it has a column that DuckDB cannot hold; query it with another engine', { code: 'query-type' });
  return { path, columns, rows: read.rows.length, deleted: new Uint32Array() };
}

/** Files whose columns are made by the same expressions share one scan, which is one for nearly all tables. */
function groupScans(files: readonly FileScan[]): readonly Scan[] {
  const groups = new Map<string, FileScan[]>();
  for (const file of files) {
    const key = JSON.stringify([file.columns.sql, file.columns.shape, file.deleted.length > 0]);
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  return [...groups.values()].map((group) => {
    const { columns, deleted } = group[0]!;
    return {
      paths: group.map(({ path }) => path),
      columns: columns.sql,
      hasDeletes: deleted.length > 0,
      constantIds: columns.constants.map(({ id }) => id),
      constants: group.map(({ path, columns: own }) => ({ path, sql: own.constants.map(({ sql }) => sql) })),
    };
  });
}

/** The footer of a file on this machine: its last bytes, and more where they do not hold it. */
async function footerOf(path: string): Promise<FileFooter> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if (isAbsent(error))
      throw new InputRefusedError(`live data file is missing: ${path}`, {
        code: 'live-file-missing',
        details: { file: path },
        cause: error,
      });
    throw ioError(error, 'read', path);
  });
  try {
    const { size } = await handle.stat();
    const tail = async (bytes: number) => {
      const part = Buffer.alloc(Math.min(size, bytes));
      const { bytesRead } = await handle.read(part, 0, part.length, size - part.length);
      return part.subarray(0, bytesRead);
    };
    const last = await tail(LIMITS.queryFooterBytes);
    const length = last.length >= 8 ? last.readUInt32LE(last.length - 8) + 12 : 0;
    const isWhole = length <= last.length || length > LIMITS.parquetFooterBytesMax;
    return readFooter(isWhole ? last : await tail(length), { fileSizeBytes: size });
  } finally {
    await handle.close();
  }
}
