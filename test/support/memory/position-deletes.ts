// A delete file of some rows of one data file, as another engine writes it: position deletes in version 2, a vector in version 3.
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import type { DataFile } from '../../../src/iceberg/types.ts';
import { writeDeletionVectors, writePositionDeletes } from '../../../src/iceberg/write-delete-files.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import type { Ports } from '../../../src/ports.ts';

/** Written, not committed. */
export async function positionDeletes(
  ports: Ports,
  of: { readonly table: string; readonly file: DataFile; readonly positions: readonly number[] },
): Promise<DataFile> {
  const { metadata } = (await loadTable(ports, identifierOf(of.table)))!;
  const base = { metadata, files: ports.files, ids: ports.ids };
  const deletes = [{ file: of.file, positions: positionSetOf(of.positions) }];
  const written =
    metadata['format-version'] >= 3
      ? await writeDeletionVectors(base, deletes)
      : await writePositionDeletes(base, { deletes, encode: encodeParquet });
  return written.files[0]!;
}
