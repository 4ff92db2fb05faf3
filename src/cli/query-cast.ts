// SQL that gives a file's column as the table's type. Columns are read under the file's own type and widened outside the scan: DuckDB
// rounds a filter's literal to the type a scan is told, and would lose the rows of a column widened from float to double. Only
// what DuckDB surely reads as Iceberg means it is said here; all else is undefined, and the file is rewritten by our own reader.
// Source: Iceberg specification, "Schema Evolution" and appendix A "Parquet"; DuckDB documentation, "Parquet".
import { decimalOf, fixedLengthOf, type PrimitiveType } from '../contract/types.ts';
import type { FileElement } from '../parquet/file-element.ts';
import { duckdbType } from './duckdb-types.ts';

export interface Sql {
  readonly sql: string;
  /** The file's column as it is, of the table's type: no cast, no function. */
  readonly isPlain: boolean;
}

/** The column `ref` as `type`; undefined where only our own reader reads it rightly. */
export function castSql(type: PrimitiveType, element: FileElement, ref: string): Sql | undefined {
  const from = storedType(element);
  if (from === undefined) return undefined;
  const isPlain = from === (fixedLengthOf(type) === undefined ? type.replaceAll(' ', '') : 'fixed');
  if (isPlain && fixedLengthOf(type) !== undefined && element.type_length !== fixedLengthOf(type)) return undefined;
  if (!isPlain && !isWidening(from, type)) return undefined;
  return { sql: isPlain ? ref : `CAST(${ref} AS ${duckdbType(type, ref)})`, isPlain };
}

function isWidening(from: string, to: PrimitiveType): boolean {
  if (from === 'small' || from === 'int') return to === 'long' || to === 'int';
  if (from === 'float') return to === 'double';
  if (from === 'date') return to === 'timestamp';
  const [narrow, wide] = [decimalOf(from as PrimitiveType), decimalOf(to)];
  return narrow !== undefined && wide !== undefined && narrow.scale === wide.scale && narrow.precision <= wide.precision;
}

/** The Iceberg type whose DuckDB type the column has when DuckDB reads the file by itself; `small` for integers of 8 and 16 bits. */
function storedType(element: FileElement): string | undefined {
  const logical = element.logical_type?.type;
  const converted = element.converted_type;
  const isBare = element.logical_type === undefined && converted === undefined;
  switch (element.type) {
    case 'BOOLEAN':
      return isBare ? 'boolean' : undefined;
    case 'FLOAT':
      return isBare ? 'float' : undefined;
    case 'DOUBLE':
      return isBare ? 'double' : undefined;
    case 'INT32':
      return isBare ? 'int' : (integerOf(element) ?? decimalOfElement(element) ?? (isDate(element) ? 'date' : undefined));
    case 'INT64':
      return isBare ? 'long' : (integerOf(element) ?? decimalOfElement(element) ?? timeOf(element));
    case 'BYTE_ARRAY':
      if (isBare) return 'binary';
      return logical === 'STRING' || (logical === undefined && converted === 'UTF8') ? 'string' : decimalOfElement(element);
    case 'FIXED_LEN_BYTE_ARRAY':
      if (isBare) return 'fixed';
      if (logical === 'UUID') return element.type_length === 16 ? 'uuid' : undefined;
      return (element.type_length ?? 0) <= 16 ? decimalOfElement(element) : undefined;
    default:
      return undefined;
  }
}

function integerOf({ type, logical_type: logical, converted_type: converted }: FileElement): string | undefined {
  if (logical ? logical.type !== 'INTEGER' || !logical.isSigned : !/^INT_\d+$/.test(converted ?? '')) return undefined;
  return type === 'INT64' ? 'long' : 'small';
}

function isDate({ logical_type: logical, converted_type: converted }: FileElement): boolean {
  return logical ? logical.type === 'DATE' : converted === 'DATE';
}

function decimalOfElement(element: FileElement): string | undefined {
  const { logical_type: logical } = element;
  if (logical ? logical.type !== 'DECIMAL' : element.converted_type !== 'DECIMAL') return undefined;
  const { precision = 0, scale = 0 } = logical ?? element;
  return precision >= 1 && precision <= 38 ? `decimal(${precision},${scale})` : undefined;
}

/** Without a logical type nobody knows whether a time has a zone. */
function timeOf({ logical_type: logical }: FileElement): string | undefined {
  if (logical?.type === 'TIME') return logical.unit === 'MICROS' && !logical.isAdjustedToUtc ? 'time' : undefined;
  if (logical?.type !== 'TIMESTAMP') return undefined;
  if (logical.unit === 'MICROS') return logical.isAdjustedToUtc ? 'timestamptz' : 'timestamp';
  return logical.unit === 'NANOS' && !logical.isAdjustedToUtc ? 'timestamp_ns' : undefined;
}
