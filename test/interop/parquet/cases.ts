// Random cases of the `parquet` suite from one seed: a schema, rows, the settings our file is written with, and those the others
// write their copies with. Expected values are canonical cells made from the generated cells alone.
import fc from 'fast-check';
import { type CellValue, decimalOf, type IcebergType, type StructType } from '../../../src/contract/types.ts';
import { planSchema } from '../../../src/parquet/schema-plan.ts';
import { batchArbitrary } from '../../property/parquet/arbitraries.ts';

export interface ParquetCase {
  readonly struct: StructType;
  readonly rows: readonly (readonly CellValue[])[];
  readonly order: readonly number[];
  /** Table properties. */
  readonly properties: Readonly<Record<string, string>>;
  readonly pyarrow: Readonly<Record<string, unknown>>;
  readonly rowGroup: number;
  /** version, codec, dictionary, page bytes, row group bytes, stream split */
  readonly java: readonly string[];
}

/** `count` cases; the same seed gives the same ones. */
export function makeCases(seed: number, count: number): readonly ParquetCase[] {
  const random = fc.infiniteStream(fc.nat());
  return fc.sample(
    fc.tuple(batchArbitrary, random).map(([batch, numbers]) => {
      const pick = <T>(of: readonly T[]): T => of[numbers.next().value! % of.length]!;
      // Rows again and again, so that there are pages and row groups of all sizes.
      const order = Array.from({ length: pick([1, 1, 5, 20]) }, () => batch.order).flat();
      return {
        ...batch,
        order,
        properties: ourSettings(batch.struct, pick),
        pyarrow: pyarrowSettings(batch.struct, pick),
        rowGroup: pick([1, 7, 100, 100_000]),
        java: javaSettings(pick),
      };
    }),
    { seed, numRuns: count },
  );
}

type Pick = <T>(of: readonly T[]) => T;

function ourSettings(struct: StructType, pick: Pick): Record<string, string> {
  const settings: Record<string, string> = {
    // Not brotli: parquet-java has no codec for it.
    'write.parquet.compression-codec': pick(['zstd', 'snappy', 'gzip', 'uncompressed']),
    'write.parquet.page-version': pick(['1', '1', '2']),
    'write.parquet.page-row-limit': pick(['1', '3', '20', '20000']),
    'write.parquet.page-size-bytes': pick(['1', '100', '1048576']),
    'write.parquet.dict-size-bytes': pick(['30', '2097152']),
    'write.parquet.row-group-size-bytes': pick(['100', '3000', '134217728']),
  };
  for (const { name, type } of struct.fields) {
    if (pick([true, false])) settings[`write.parquet.dict-encoding-enabled.column.${name}`] = 'false';
    if (typeof type === 'string' && type !== 'boolean' && pick([true, false]))
      settings[`write.parquet.bloom-filter-enabled.column.${name}`] = 'true';
  }
  return settings;
}

function pyarrowSettings(struct: StructType, pick: Pick): Record<string, unknown> {
  const settings = {
    compression: pick(['zstd', 'snappy', 'gzip', 'brotli', 'lz4', 'none']),
    data_page_version: pick(['1.0', '2.0']),
    data_page_size: pick([10, 200, 1_000_000]),
    write_page_index: pick([true, false]),
    write_page_checksum: pick([true, false]),
  };
  if (pick([true, false])) return { ...settings, use_dictionary: true };
  const encodings = planSchema(struct).leaves.map(({ path, type }) => [path.join('.'), pick(encodingsOf(type))]);
  return { ...settings, use_dictionary: false, column_encoding: Object.fromEntries(encodings) };
}

function encodingsOf(type: IcebergType): readonly string[] {
  switch (type) {
    case 'boolean':
      return ['PLAIN', 'RLE'];
    case 'float':
    case 'double':
      return ['PLAIN', 'BYTE_STREAM_SPLIT'];
    case 'string':
    case 'binary':
      return ['PLAIN', 'DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'];
    default:
      if (type === 'uuid' || (typeof type === 'string' && decimalOf(type)) || String(type).startsWith('fixed'))
        return ['PLAIN', 'BYTE_STREAM_SPLIT', 'DELTA_BYTE_ARRAY'];
      return ['PLAIN', 'DELTA_BINARY_PACKED', 'BYTE_STREAM_SPLIT'];
  }
}

function javaSettings(pick: Pick): readonly string[] {
  return [
    pick(['1', '2']),
    pick(['ZSTD', 'SNAPPY', 'GZIP', 'LZ4_RAW', 'UNCOMPRESSED']),
    pick(['true', 'false']),
    pick(['100', '1000', '1048576']),
    pick(['2000', '134217728']),
    pick(['true', 'false']),
  ];
}

/** The canonical form of swap.py: numbers as decimal text, floats as hex of a double, bytes hex. */
export function canonicalCell(type: IcebergType, cell: CellValue): unknown {
  if (cell === null) return null;
  if (typeof type !== 'string') {
    const cells = cell as readonly CellValue[];
    if (type.type === 'struct') return type.fields.map((field, i) => canonicalCell(field.type, cells[i]!));
    if (type.type === 'list') return cells.map((each) => canonicalCell(type.element, each));
    return cells.map((entry) => {
      const [key, value] = entry as readonly [CellValue, CellValue];
      return [canonicalCell(type.key, key), canonicalCell(type.value, value)];
    });
  }
  if (type === 'float' || type === 'double') return hexOf(type === 'float' ? Math.fround(cell as number) : (cell as number));
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
  return typeof cell === 'boolean' || typeof cell === 'string' ? cell : String(cell);
}

function hexOf(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}
