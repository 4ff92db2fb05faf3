// Binary single-value serialisation: bounds in manifests, partition summaries. Source: Iceberg specification, Appendix D.
import { type CellValue, decimalOf, type IcebergType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { timestampOfDay } from './calendar.ts';
import { integerOf, minimalBytes } from './decimal-bytes.ts';

/** Bytes of one non-null value of a primitive type. */
export function toSingleValue(type: IcebergType, cell: Exclude<CellValue, null>): Uint8Array {
  switch (type) {
    case 'boolean':
      return Uint8Array.of(cell === true ? 1 : 0);
    case 'int':
    case 'date':
      return numberBytes(4, (view) => view.setInt32(0, cell as number, true));
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return numberBytes(8, (view) => view.setBigInt64(0, cell as bigint, true));
    case 'float':
      return numberBytes(4, (view) => view.setFloat32(0, cell as number, true));
    case 'double':
      return numberBytes(8, (view) => view.setFloat64(0, cell as number, true));
    case 'string':
      // Bounds may come as bytes already: column statistics keep strings as UTF-8.
      return typeof cell === 'string' ? new Uint8Array(Buffer.from(cell, 'utf8')) : (cell as Uint8Array);
    default:
      return decimalOf(type) ? minimalBytes(cell as bigint) : (cell as Uint8Array);
  }
}

/**
 * The value of its bytes. A bound written before a promotion keeps the narrower form: 4 bytes of a long are an int, of a double a
 * float, of a timestamp without zone a date (specification, "Schema Evolution"). Any other length that does not fit throws
 * InputRefusedError.
 */
export function fromSingleValue(type: IcebergType, bytes: Uint8Array): CellValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (type) {
    case 'boolean':
      return sized(type, bytes, 1) && bytes[0] !== 0;
    case 'int':
    case 'date':
      return sized(type, bytes, 4) && view.getInt32(0, true);
    case 'long':
      if (bytes.length === 4) return BigInt(view.getInt32(0, true));
      return sized(type, bytes, 8) && view.getBigInt64(0, true);
    case 'timestamp':
    case 'timestamp_ns':
      if (bytes.length === 4) return timestampOfDay(view.getInt32(0, true), type);
      return sized(type, bytes, 8) && view.getBigInt64(0, true);
    case 'time':
    case 'timestamptz':
    case 'timestamptz_ns':
      return sized(type, bytes, 8) && view.getBigInt64(0, true);
    case 'float':
      return sized(type, bytes, 4) && view.getFloat32(0, true);
    case 'double':
      if (bytes.length === 4) return view.getFloat32(0, true);
      return sized(type, bytes, 8) && view.getFloat64(0, true);
    case 'string':
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    case 'uuid':
      return sized(type, bytes, 16) && bytes;
    default:
      return decimalOf(type) ? decimalValue(bytes) : bytes;
  }
}

/** 38 digits take 16 bytes; more would only cost memory. */
function decimalValue(bytes: Uint8Array): bigint {
  if (bytes.length >= 1 && bytes.length <= 16) return integerOf(bytes);
  throw new InputRefusedError(`single value of decimal: expected 1 to 16 bytes, got ${bytes.length}; the manifest is damaged`, {
    code: 'single-value-length',
  });
}

function numberBytes(length: number, write: (view: DataView) => void): Uint8Array {
  write(SCRATCH);
  return SCRATCH_BYTES.slice(0, length);
}

/** Numbers are made here: a file has two bounds of each of its columns. */
const SCRATCH = new DataView(new ArrayBuffer(8));
const SCRATCH_BYTES = new Uint8Array(SCRATCH.buffer);

function sized(type: string, bytes: Uint8Array, length: number): true {
  if (bytes.length === length) return true;
  throw new InputRefusedError(`single value of ${type}: expected ${length} bytes, got ${bytes.length}; the manifest is damaged`, {
    code: 'single-value-length',
  });
}
