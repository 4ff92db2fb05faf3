// Interfaces of the Parquet writer and reader. Knows column batches and Iceberg types, neither decode nor pipeline.
import type { CellValue, ColumnSet } from '../columns.ts';
import type { StructType } from '../contract/types.ts';
import type { KernelPlace } from './kernels.ts';
import type { ParquetOptions } from './options.ts';

export interface EncodeRequest {
  /** The file's schema with the ids to write as Parquet field ids. Same shape as the layout of `columns`. */
  readonly schema: StructType;
  readonly columns: ColumnSet;
  /** Rows to write, in order; all rows in order when left out. */
  readonly order?: Uint32Array;
  /** Key-value metadata of the footer, e.g. `iceberg.schema`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly rowGroupRowsMax?: number;
  /** The kernels to use; left out, those that suit where the columns lie. Any give the same bytes. */
  readonly kernels?: KernelPlace;
  /** Codec, sizes, Bloom filters: `parquetOptions` of the table's properties. */
  readonly options?: ParquetOptions;
}

/** Statistics of one leaf over the whole file, before any truncation. Strings and binaries as bytes (Uint8Array). */
export interface LeafStats {
  readonly fieldId: number;
  /** Compressed bytes of the column's chunks. */
  readonly columnSizeBytes: number;
  /** Values including nulls and NaN, as Iceberg counts them: one per leaf slot (list elements each count). */
  readonly valueCount: number;
  readonly nullCount: number;
  /** Only for float and double. */
  readonly nanCount?: number;
  /** Smallest and largest non-null, non-NaN value; undefined if there is none, or for a type without order here. −0.0 sorts below 0.0. */
  readonly min?: CellValue;
  readonly max?: CellValue;
  /** True for leaves inside a list or map: Iceberg keeps counts but no bounds for them. */
  readonly isRepeated: boolean;
}

export interface EncodedFile {
  readonly bytes: Buffer;
  readonly recordCount: number;
  readonly stats: readonly LeafStats[];
  /** Byte offset of each row group: Iceberg split_offsets. */
  readonly splitOffsets: readonly number[];
  /** True when the WebAssembly kernels failed on it: a bug of ours, which did no harm. */
  readonly kernelsFailed?: boolean;
}

/** Reads the rows of a Parquet file into columns of `schema` by field id: missing optional fields are null, ints widen to longs,
 * floats to doubles, decimals to higher precision. Wrong or hostile files throw InputRefusedError. */
export type ReadColumns = (bytes: Uint8Array, schema: StructType) => Promise<ColumnSet>;

/** One field of a name mapping: names its column may have in files without field ids. Iceberg specification, "Name Mapping Serialization". */
export interface MappedField {
  readonly 'field-id': number;
  readonly names: readonly string[];
  readonly fields?: readonly MappedField[];
}
