// The literal of a filter as a cell of the column's type. Whole numbers may be numbers or bigint; everything else is its JSON
// single value (specification, Appendix D) or the cell itself (CellValue).
import { decimalOf, type PrimitiveType } from '../../contract/types.ts';
import { InputRefusedError } from '../../errors.ts';
import { fromJsonValue } from '../single-value-json.ts';
import type { Cell } from './types.ts';

/** `above` and `below`: outside the range of the type. */
export type BoundLiteral = { readonly kind: 'cell'; readonly cell: Cell } | { readonly kind: 'above' | 'below' };

/** Undefined where the literal is none of the type (null and NaN are of none). */
export function bindLiteral(literal: unknown, type: PrimitiveType): BoundLiteral | undefined {
  if (literal === null || literal === undefined || Number.isNaN(literal)) return undefined;
  switch (type) {
    case 'int':
    case 'date':
      return typeof literal === 'string' ? fromText(literal, type) : ranged(literal, { bits: 32, toCell: Number });
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return typeof literal === 'string' ? fromText(literal, type) : ranged(literal, { bits: 64, toCell: (value) => value });
    case 'float':
    case 'double':
      return floating(literal, type);
    case 'boolean':
    case 'string':
      return typeof literal === type ? { kind: 'cell', cell: literal as Cell } : undefined;
    default:
      if (literal instanceof Uint8Array && decimalOf(type) === undefined) return { kind: 'cell', cell: literal };
      // A bigint is the cell, which is unscaled; a plain number would leave that open, so it is none.
      if (typeof literal === 'bigint' && decimalOf(type)) return { kind: 'cell', cell: literal };
      return typeof literal === 'string' ? fromText(literal, type) : undefined;
  }
}

function ranged(
  literal: unknown,
  range: { readonly bits: 32 | 64; readonly toCell: (value: bigint) => number | bigint },
): BoundLiteral | undefined {
  if (typeof literal !== 'bigint' && !Number.isInteger(literal)) return undefined;
  const value = BigInt(literal as number | bigint);
  if (BigInt.asIntN(range.bits, value) === value) return { kind: 'cell', cell: range.toCell(value) };
  return { kind: value > 0n ? 'above' : 'below' };
}

/** A float column is compared with the nearest float, as the reference implementation does; beyond the largest one with the double. */
function floating(literal: unknown, type: 'float' | 'double'): BoundLiteral | undefined {
  if (typeof literal !== 'number' && typeof literal !== 'bigint') return undefined;
  const value = Number(literal);
  const nearest = type === 'float' && Number.isFinite(Math.fround(value)) ? Math.fround(value) : value;
  return { kind: 'cell', cell: nearest === 0 ? 0 : nearest };
}

function fromText(literal: unknown, type: PrimitiveType): BoundLiteral | undefined {
  try {
    const cell = fromJsonValue(type, literal);
    return cell === null ? undefined : { kind: 'cell', cell };
  } catch (error) {
    if (error instanceof InputRefusedError) return undefined;
    throw error;
  }
}
