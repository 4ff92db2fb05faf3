// Partition cells between the conventions of CellValue and Avro's: bigint for every 64-bit type, decimals as sized big-endian
// bytes, everything else as it is.
import { type CellValue, decimalOf, type IcebergType } from '../contract/types.ts';
import { refused } from './avro-source.ts';
import { bytesOfPrecision, integerOf, sizedBytes } from './decimal-bytes.ts';

const LONGS = new Set<IcebergType>(['long', 'time', 'timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns']);

/** What the Avro encoder of `type` takes. */
export function toAvroCell(type: IcebergType, cell: CellValue): unknown {
  const decimal = decimalOf(type);
  return decimal && cell !== null ? sizedBytes(cell as bigint, bytesOfPrecision(decimal.precision)) : cell;
}

/** The cell of what the Avro decoder of `type` gave. */
export function fromAvroCell(type: IcebergType, value: unknown): CellValue {
  if (value === null || value === undefined) return null;
  if (!isOfKind(type, value)) throw refused(`a value of ${typeof type === 'string' ? type : type.type} is stored as another kind`);
  if (LONGS.has(type)) return BigInt(value as number | bigint);
  return decimalOf(type) ? integerOf(value as Uint8Array) : (value as CellValue);
}

/** 38 digits take 16 bytes. */
const DECIMAL_BYTES_MAX = 16;

/** A schema may annotate any Avro type as any logical one; only the kinds the specification pairs can be converted. */
function isOfKind(type: IcebergType, value: unknown): boolean {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
    case 'date':
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'unknown':
      return false;
    default:
      if (LONGS.has(type)) return typeof value === 'number' || typeof value === 'bigint';
      return value instanceof Uint8Array && (decimalOf(type) === undefined || value.length <= DECIMAL_BYTES_MAX);
  }
}

/** A cell in the convention of `type`: a value written before a promotion from int to long becomes a bigint. */
export function promotedCell(type: IcebergType, cell: CellValue): CellValue {
  return typeof cell === 'number' && LONGS.has(type) ? BigInt(cell) : cell;
}
