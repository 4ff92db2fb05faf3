// Cells from and to the text of the vectors file: integers, dates, times and floats as text, binaries as hex, null as null.
import { type CellValue, decimalOf, type PrimitiveType } from '../../src/contract/types.ts';
import { decimalText, fromJsonValue, uuidText } from '../../src/iceberg/single-value-json.ts';

/** The cell a vector's text stands for. */
export function cellOf(type: PrimitiveType, text: string | null): CellValue {
  if (text === null) return null;
  switch (type) {
    case 'boolean':
      return text === 'true';
    case 'int':
    case 'date':
    case 'float':
    case 'double':
      return type === 'float' ? Math.fround(Number(text)) : Number(text);
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return BigInt(text);
    case 'string':
      return text;
    case 'uuid':
      return fromJsonValue('uuid', text);
    default:
      return decimalOf(type) ? BigInt(text.replace('.', '')) : new Uint8Array(Buffer.from(text, 'hex'));
  }
}

/** The text of a cell, as the vectors spell it. */
export function textOf(type: PrimitiveType, cell: CellValue): string | null {
  if (cell === null) return null;
  const decimal = decimalOf(type);
  if (decimal) return decimalText(cell as bigint, decimal.scale);
  if (type === 'uuid') return uuidText(cell as Uint8Array);
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
  if (type === 'float' || type === 'double') return Object.is(cell, -0) ? '-0.0' : Number.isInteger(cell) ? `${cell}.0` : String(cell);
  return String(cell);
}
