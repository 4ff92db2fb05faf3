// Partition and sort transforms: which types they accept, what type they give, and their value. Null in, null out; void is
// always null. Source: Iceberg specification, "Partition Transforms" and Appendix B (hash requirements). The column-at-a-time
// side is transform-column.ts, which must agree with this one value for value.
import { type CellValue, decimalOf, type IcebergType, type PrimitiveType } from '../contract/types.ts';
import { InputRefusedError, InvariantError } from '../errors.ts';
import { dayOfTimestamp, floorDiv, hourOfTimestamp, monthOfDay, yearOfDay } from './calendar.ts';
import { minimalBytes } from './decimal-bytes.ts';
import { murmur3, murmur3Long } from './murmur3.ts';

export type Transform =
  | { readonly kind: 'identity' | 'void' | 'year' | 'month' | 'day' | 'hour' }
  | { readonly kind: 'bucket' | 'truncate'; readonly width: number }
  /** A transform of a later specification: kept, its values compared, never computed. */
  | { readonly kind: 'unknown'; readonly text: string };

const SIMPLE = ['identity', 'void', 'year', 'month', 'day', 'hour'] as const;
const TIMESTAMPS = ['timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns'];
const WIDTH_MAX = 2 ** 31 - 1;

/** The transform of its JSON text; what is not known is `unknown`, as the specification asks of readers. */
export function parseTransform(text: string): Transform {
  const lower = text.toLowerCase();
  const simple = SIMPLE.find((name) => name === lower);
  if (simple) return { kind: simple };
  const match = /^(bucket|truncate)\[(\d+)\]$/.exec(lower);
  const width = Number(match?.[2] ?? 0);
  if (match && width > 0 && width <= WIDTH_MAX) return { kind: match[1] as 'bucket' | 'truncate', width };
  return { kind: 'unknown', text };
}

/** May this transform be applied to this type? */
export function canTransform(transform: Transform, type: IcebergType): boolean {
  if (typeof type !== 'string' || type === 'unknown') return transform.kind === 'void';
  switch (transform.kind) {
    case 'identity':
    case 'void':
      return true;
    case 'bucket':
      return !['boolean', 'float', 'double'].includes(type);
    case 'truncate':
      return ['int', 'long', 'string', 'binary'].includes(type) || decimalOf(type) !== undefined;
    case 'year':
    case 'month':
    case 'day':
      return type === 'date' || TIMESTAMPS.includes(type);
    case 'hour':
      return TIMESTAMPS.includes(type);
    case 'unknown':
      return false;
  }
}

/** Type of the transform's values. `day` gives a date, as every implementation writes it. */
export function resultTypeOf(transform: Transform, type: IcebergType): IcebergType {
  switch (transform.kind) {
    case 'identity':
    case 'void':
    case 'truncate':
      return type;
    case 'bucket':
    case 'year':
    case 'month':
    case 'hour':
      return 'int';
    case 'day':
      return 'date';
    case 'unknown':
      return 'string';
  }
}

/** Does the transform keep the order of its source (sort orders, inferred metrics)? */
export function isOrderPreserving(transform: Transform): boolean {
  return transform.kind !== 'bucket' && transform.kind !== 'void' && transform.kind !== 'unknown';
}

/** The transform as a function of cells of `type`. Throws InputRefusedError where the pair is not allowed. */
export function bindTransform(transform: Transform, type: IcebergType): (cell: CellValue) => CellValue {
  if (!canTransform(transform, type)) {
    throw new InputRefusedError(`transform ${textOf(transform)} cannot be applied to ${typeof type === 'string' ? type : type.type}`, {
      code: 'transform-not-allowed',
    });
  }
  const apply = bound(transform, type as PrimitiveType);
  return (cell) => (cell === null ? null : apply(cell));
}

/** JSON text of a transform. */
export function textOf(transform: Transform): string {
  if (transform.kind === 'unknown') return transform.text;
  return 'width' in transform ? `${transform.kind}[${transform.width}]` : transform.kind;
}

/** The 32-bit hash of a value, Appendix B; defined for every primitive type, also those that may not be bucketed. */
export function hashCell(type: PrimitiveType, cell: Exclude<CellValue, null>): number {
  switch (type) {
    case 'boolean':
      return hashLong(cell === true ? 1n : 0n);
    case 'int':
    case 'date':
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return hashLong(BigInt(cell as number | bigint));
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return hashLong(floorDiv(cell as bigint, 1000n));
    case 'float':
    case 'double':
      return hashDouble(cell as number);
    case 'string':
      return murmur3(Buffer.from(cell as string, 'utf8'));
    default:
      return murmur3(decimalOf(type) ? minimalBytes(cell as bigint) : (cell as Uint8Array));
  }
}

/** Bucket number of a hash. */
export function bucketOf(hash: number, width: number): number {
  return (hash & 0x7fffffff) % width;
}

/** The first `length` code points of a text. */
export function truncateText(text: string, length: number): string {
  let at = 0;
  for (let points = 0; points < length && at < text.length; points += 1) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return text.slice(0, at);
}

function bound(transform: Transform, type: PrimitiveType): (cell: Exclude<CellValue, null>) => CellValue {
  switch (transform.kind) {
    case 'identity':
      return (cell) => cell;
    case 'void':
      return () => null;
    case 'bucket':
      return (cell) => bucketOf(hashCell(type, cell), transform.width);
    case 'truncate':
      return truncation(type, transform.width);
    case 'year':
      return (cell) => yearOfDay(dayOf(cell, type));
    case 'month':
      return (cell) => monthOfDay(dayOf(cell, type));
    case 'day':
      return (cell) => dayOf(cell, type);
    case 'hour':
      return (cell) => hourOfTimestamp(cell as bigint, type);
    case 'unknown':
      throw new InvariantError('invariant broken: an unknown transform is never applied', { code: 'invariant' });
  }
}

function truncation(type: PrimitiveType, width: number): (cell: Exclude<CellValue, null>) => CellValue {
  const by = BigInt(width);
  const floorTo = (value: bigint) => floorDiv(value, by) * by;
  switch (type) {
    // Below the type's smallest multiple the subtraction wraps, as in every implementation (vectors: int -2147483648 by 10).
    case 'int':
      return (cell) => (Math.floor((cell as number) / width) * width) | 0;
    case 'long':
      return (cell) => BigInt.asIntN(64, floorTo(cell as bigint));
    case 'string':
      return (cell) => truncateText(cell as string, width);
    case 'binary':
      return (cell) => (cell as Uint8Array).subarray(0, width);
    default:
      return (cell) => floorTo(cell as bigint);
  }
}

function dayOf(cell: Exclude<CellValue, null>, type: PrimitiveType): number {
  return type === 'date' ? (cell as number) : dayOfTimestamp(cell as bigint, type);
}

function hashLong(value: bigint): number {
  return murmur3Long(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

const DOUBLE = new DataView(new ArrayBuffer(8));

function hashDouble(value: number): number {
  DOUBLE.setFloat64(0, value === 0 ? 0 : value);
  if (Number.isNaN(value)) DOUBLE.setBigUint64(0, 0x7ff8000000000000n);
  return murmur3Long(DOUBLE.getInt32(4), DOUBLE.getInt32(0));
}
