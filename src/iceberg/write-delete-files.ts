// Delete files: positions of deleted rows as Parquet sorted by file and position (version 2), or as deletion vectors in one Puffin
// file (version 3). The Parquet encoder is the caller's, so that this folder needs none. Source: Iceberg specification, "Position
// Delete Files", "Deletion Vectors"; notes on `referenced_data_file` under "Data File Fields".
import type { ColumnSet } from '../columns.ts';
import type { StructType } from '../contract/types.ts';
import { assertInvariant } from '../errors.ts';
import type { EncodedFile, EncodeRequest } from '../parquet/types.ts';
import type { FileStore, Ids, Uri } from '../ports.ts';
import { createFile } from './create-file.ts';
import { dataLocation } from './data-location.ts';
import { encodeDeletionVector } from './deletion-vector.ts';
import { metricsOf } from './metrics.ts';
import { writePuffin } from './puffin.ts';
import { RESERVED_FIELDS } from './reserved-fields.ts';
import { type PositionSet, positionsOf } from './roaring.ts';
import type { DataFile, TableMetadata } from './types.ts';

export type EncodeParquet = (request: EncodeRequest) => EncodedFile;

export interface DeleteFileBase {
  readonly metadata: TableMetadata;
  readonly files: FileStore;
  readonly ids: Ids;
}

/** Positions to delete of one data file. */
export interface RowDeletes {
  readonly file: DataFile;
  readonly positions: PositionSet;
}

export interface WrittenDeletes {
  readonly files: readonly DataFile[];
  /** Every name tried: what this attempt may have left behind. */
  readonly tried: readonly Uri[];
}

/** Rows of a position delete file. */
export const POSITION_DELETE_STRUCT: StructType = {
  type: 'struct',
  fields: ['file_path', 'pos'].map((name) => RESERVED_FIELDS.find((field) => field.name === name)!),
};

/**
 * One position delete file for data files of one partition. The bounds of its paths are whole, never truncated: readers find by them
 * which data files it is about.
 */
export async function writePositionDeletes(
  base: DeleteFileBase,
  given: { readonly deletes: readonly RowDeletes[]; readonly encode: EncodeParquet },
): Promise<WrittenDeletes> {
  const first = given.deletes[0]?.file;
  assertInvariant(first, 'a position delete file is about some data file');
  const sorted = given.deletes.toSorted((a, b) => Buffer.compare(Buffer.from(a.file.filePath), Buffer.from(b.file.filePath)));
  const encoded = given.encode({ schema: POSITION_DELETE_STRUCT, columns: deleteColumns(sorted), metadata: { 'delete-type': 'position' } });
  const { uri, tried } = await createFile(base.files, () => deleteName(base, 'parquet'), encoded.bytes);
  const file: DataFile = {
    content: 1,
    filePath: uri,
    fileFormat: 'PARQUET',
    specId: first.specId,
    partition: first.partition,
    recordCount: encoded.recordCount,
    fileSizeBytes: encoded.bytes.length,
    splitOffsets: encoded.splitOffsets,
    ...metricsOf({ stats: encoded.stats, schema: POSITION_DELETE_STRUCT, properties: { 'write.metadata.metrics.default': 'full' } }),
    ...(sorted.length === 1 ? { referencedDataFile: first.filePath } : {}),
  };
  return { files: [file], tried };
}

/** One Puffin file with a vector for each data file; an entry for each vector. */
export async function writeDeletionVectors(base: DeleteFileBase, deletes: readonly RowDeletes[]): Promise<WrittenDeletes> {
  const puffin = writePuffin({
    blobs: deletes.map(({ file, positions }) => encodeDeletionVector(positions, file.filePath)),
    properties: { 'created-by': 'Firn' },
  });
  const { uri, tried } = await createFile(base.files, () => deleteName(base, 'puffin'), puffin.bytes);
  const files = deletes.map(({ file, positions }, i): DataFile => {
    const { offset, length } = puffin.blobs[i]!;
    return {
      content: 1,
      filePath: uri,
      fileFormat: 'PUFFIN',
      specId: file.specId,
      partition: file.partition,
      recordCount: positions.cardinality,
      fileSizeBytes: puffin.bytes.length,
      referencedDataFile: file.filePath,
      contentOffset: offset,
      contentSizeBytes: length,
    };
  });
  return { files, tried };
}

/** Paths and positions as columns; every path's bytes are there once. */
function deleteColumns(deletes: readonly RowDeletes[]): ColumnSet {
  const rows = deletes.reduce((sum, { positions }) => sum + positions.cardinality, 0);
  const [start, length, pos] = [new Uint32Array(rows), new Uint32Array(rows), new BigInt64Array(rows)];
  const paths = deletes.map(({ file }) => Buffer.from(file.filePath, 'utf8'));
  let [row, offset] = [0, 0];
  for (const [i, { positions }] of deletes.entries()) {
    for (const position of positionsOf(positions)) {
      start[row] = offset;
      length[row] = paths[i]!.length;
      pos[row++] = BigInt(position);
    }
    offset += paths[i]!.length;
  }
  return {
    rows,
    present: [new Uint32Array(rows).fill(0b11)],
    columns: [
      { kind: 'view', start, length },
      { kind: 'i64', v: pos },
    ],
    bytes: Buffer.concat(paths),
  };
}

function deleteName({ metadata, ids }: DeleteFileBase, extension: string): Uri {
  return dataLocation(metadata, `${ids.uuid()}-deletes.${extension}`);
}
