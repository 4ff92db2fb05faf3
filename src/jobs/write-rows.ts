// Column rows → data files of a table: split by table partition, sorted, encoded, written under names no other attempt ever uses
// (rule "unique file names"): `<uuid>-<n>.parquet` where the table's properties put data files, without partition folders, so a file
// is where its name says whatever spec it was written under. One file at a time, so memory is one encoded file however many
// partitions are open (promise 10).
import type { ColumnSet } from '../columns.ts';
import { LIMITS } from '../contract/limits.ts';
import type { StructType } from '../contract/types.ts';
import { TransientIoError } from '../errors.ts';
import { dataLocation } from '../iceberg/data-location.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import { metricsOf } from '../iceberg/metrics.ts';
import { splitByPartition } from '../iceberg/partition-split.ts';
import { sortRows } from '../iceberg/sort-rows.ts';
import type { DataFile, PartitionSpec, SortOrder, TableSchema } from '../iceberg/types.ts';
import { encodeParquet } from '../parquet/encode.ts';
import { parquetOptions } from '../parquet/options.ts';
import type { EncodeRequest } from '../parquet/types.ts';
import type { Ports, Uri } from '../ports.ts';
import { schemaMetadata } from './file-schema.ts';
import { pause } from './pause.ts';

export interface RowTarget {
  readonly location: Uri;
  /** What is written: table ids; every field that `spec` and `sortOrder` name is in it. */
  readonly struct: StructType;
  /** The table's schema, for the file's metadata and the metrics modes. */
  readonly schema: TableSchema;
  readonly spec: PartitionSpec;
  readonly sortOrder: SortOrder;
  readonly properties: Readonly<Record<string, string>>;
}

export interface WrittenRows {
  readonly file: DataFile;
  /** Rows of the column set the file holds, in its order. */
  readonly order: Uint32Array;
  /** The spec it was written under. */
  readonly spec: PartitionSpec;
}

export interface EncodedRows extends WrittenRows {
  readonly bytes: Buffer;
  readonly kernelsFailed: boolean;
}

/** Encodes the rows of one table partition as the file at `path`. Pure. */
export function encodeRows(
  target: RowTarget,
  rows: { readonly columns: ColumnSet; readonly order: Uint32Array; readonly partition: DataFile['partition']; readonly path: Uri },
): EncodedRows {
  const order = sortRows(target.struct, target.sortOrder, rows.columns, rows.order);
  const encoded = encodeParquet({
    schema: target.struct,
    columns: rows.columns,
    order,
    ...fileSettings(target),
  });
  const file: DataFile = {
    content: 0,
    filePath: rows.path,
    fileFormat: 'PARQUET',
    specId: target.spec['spec-id'],
    partition: rows.partition,
    recordCount: encoded.recordCount,
    fileSizeBytes: encoded.bytes.length,
    ...metricsOf({ stats: encoded.stats, schema: target.schema, properties: target.properties, sortOrder: target.sortOrder }),
    splitOffsets: encoded.splitOffsets,
    sortOrderId: target.sortOrder['order-id'],
  };
  return { file, order, spec: target.spec, bytes: encoded.bytes, kernelsFailed: encoded.kernelsFailed === true };
}

type FileSettings = Required<Pick<EncodeRequest, 'options' | 'metadata'>>;

/** What all files of a target share, by the schema and properties it was made of. */
const settings = new WeakMap<RowTarget['properties'], { readonly schema: TableSchema; readonly made: FileSettings }>();

function fileSettings({ schema, properties }: RowTarget): FileSettings {
  const known = settings.get(properties);
  if (known?.schema === schema) return known.made;
  const made = { options: parquetOptions(properties), metadata: schemaMetadata(schema) };
  settings.set(properties, { schema, made });
  return made;
}

/** Splits rows by table partition. */
export function splitRows(
  target: RowTarget,
  columns: ColumnSet,
  order?: Uint32Array,
): { partition: DataFile['partition']; order: Uint32Array }[] {
  return splitByPartition({ schema: target.struct, spec: target.spec, columns, ...(order ? { order } : {}) });
}

/** Gives the next file of a table its URI. */
export type FileNamer = (target: Pick<RowTarget, 'location' | 'properties'>) => Uri;

/** Names for the files of one invocation. */
export function fileNamer(ports: Ports): FileNamer {
  const uuid = ports.ids.uuid();
  let made = 0;
  return (target) => dataLocation(target, `${uuid}-${made++}.parquet`);
}

/**
 * Writes a data file under its unique name; durable when it returns. What is there already can only be an earlier attempt of
 * this call; its size is compared all the same. Throws TransientIoError when it cannot be written within the attempts.
 */
export async function writeFile(ports: Ports, uri: Uri, bytes: Uint8Array): Promise<void> {
  let last: unknown;
  for (let attempt = 1; attempt <= LIMITS.ioAttemptsMax; attempt++) {
    try {
      if ((await ports.files.create(uri, bytes)) === 'created') return;
      const stat = await ports.files.stat(uri);
      if (stat?.sizeBytes === bytes.length) return;
      if (stat) break;
    } catch (error) {
      if (!(error instanceof TransientIoError)) throw error;
      last = error;
    }
    await pause(ports, jitteredMs(ports, { firstMs: LIMITS.conflictPauseMs, attempt }));
  }
  throw new TransientIoError(
    `data file could not be written in ${LIMITS.ioAttemptsMax} attempts; the batch is not acknowledged and comes again`,
    {
      code: 'data-file-not-written',
      details: { uri, attempts: LIMITS.ioAttemptsMax },
      cause: last,
    },
  );
}

/** Writes rows as one file per table partition. */
export async function writeRows(
  ports: Ports,
  target: RowTarget,
  rows: { readonly columns: ColumnSet; readonly order?: Uint32Array; readonly nameFile: FileNamer },
): Promise<WrittenRows[]> {
  const written: WrittenRows[] = [];
  for (const { partition, order } of splitRows(target, rows.columns, rows.order)) {
    const encoded = encodeRows(target, { columns: rows.columns, order, partition, path: rows.nameFile(target) });
    await writeFile(ports, encoded.file.filePath, encoded.bytes);
    written.push({ file: encoded.file, order: encoded.order, spec: encoded.spec });
  }
  return written;
}
