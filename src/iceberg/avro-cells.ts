// Partition cells between the conventions of CellValue and Avro's: bigint for every 64-bit type, decimals as sized big-endian
// bytes, everything else as it is.
import { type CellValue, decimalOf, type IcebergType } from '../contract/types.ts';
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
  if (LONGS.has(type)) return BigInt(value as number | bigint);
  return decimalOf(type) ? integerOf(value as Uint8Array) : (value as CellValue);
}

/** A cell in the convention of `type`: a value written before a promotion from int to long becomes a bigint. */
export function promotedCell(type: IcebergType, cell: CellValue): CellValue {
  return typeof cell === 'number' && LONGS.has(type) ? BigInt(cell) : cell;
}
