// A data file's columns as the table's schema of today sees them, by the specification's order of sources for each field: the file's
// column by id (by name mapping where the file has no ids), else the value its partition fixes by an identity transform, else the
// initial default, else null. Source: Iceberg specification, "Column Projection".
import type { ColumnSet } from '../columns.ts';
import type { NestedField, StructType } from '../contract/types.ts';
import { promotedCell } from '../iceberg/avro-cells.ts';
import { specOf } from '../iceberg/manifest-write.ts';
import { tableNameMapping } from '../iceberg/name-mapping.ts';
import { toJsonValue } from '../iceberg/single-value-json.ts';
import type { DataFile, TableMetadata } from '../iceberg/types.ts';
import { readColumns } from '../parquet/read.ts';

export interface FileRead {
  readonly bytes: Uint8Array;
  readonly file: Pick<DataFile, 'specId' | 'partition'>;
  readonly metadata: TableMetadata;
  /** Columns wanted, with table ids. */
  readonly struct: StructType;
}

/** All rows of the file. Throws InputRefusedError for a file that cannot be read. */
export async function readFileColumns({ bytes, file, metadata, struct }: FileRead): Promise<ColumnSet> {
  const nameMapping = tableNameMapping(metadata);
  return readColumns(bytes, withPartitionValues(struct, { file, metadata }), nameMapping ? { nameMapping } : {});
}

/** A partition value takes the place of the initial default: both are what a file without the column has. */
export function withPartitionValues(
  struct: StructType,
  { file, metadata }: { readonly file: Pick<DataFile, 'specId' | 'partition'>; readonly metadata: TableMetadata },
): StructType {
  const { fields } = specOf(metadata, file.specId);
  const places = new Map(fields.map((field, i) => [field.transform === 'identity' ? field['source-id'] : -1, i]));
  const valued = (field: NestedField): NestedField => {
    if (typeof field.type !== 'string') {
      return field.type.type === 'struct' ? { ...field, type: { ...field.type, fields: field.type.fields.map(valued) } } : field;
    }
    const place = places.get(field.id);
    const cell = place === undefined ? null : promotedCell(field.type, file.partition[place] ?? null);
    // NaN and infinities have no JSON form; a file of such a partition has the column, as every writer of ids does.
    return cell === null || (typeof cell === 'number' && !Number.isFinite(cell))
      ? field
      : { ...field, 'initial-default': toJsonValue(field.type, cell) };
  };
  return fields.some(({ transform }) => transform === 'identity') ? { ...struct, fields: struct.fields.map(valued) } : struct;
}
