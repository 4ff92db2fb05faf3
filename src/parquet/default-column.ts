// A column of one value: the initial default of a field that was added after the file was written.
// Source: Iceberg specification, "Default values" and appendix D "JSON single-value serialization".
import type { Column } from '../columns.ts';
import { decimalOf, fixedLengthOf, type NestedField, type PrimitiveType } from '../contract/types.ts';
import { assertInvariant } from '../errors.ts';
import type { Arena } from './dense.ts';

/** Fills every row with the field's `initial-default`. */
export function defaultColumn(field: NestedField, place: { readonly rows: number; readonly arena: Arena }): Column {
  const type = field.type as PrimitiveType;
  const value = field['initial-default'];
  const { rows } = place;
  switch (type) {
    case 'boolean':
      return { kind: 'bool', v: new Uint8Array(rows).fill(value === true ? 1 : 0) };
    case 'int':
      return { kind: 'i32', v: new Int32Array(rows).fill(Number(value)) };
    case 'date':
      return { kind: 'i32', v: new Int32Array(rows).fill(Number(epochNanos(`${textOf(value)}T00:00:00`) / NANOS_PER_DAY)) };
    case 'float':
      return { kind: 'f64', v: new Float64Array(rows).fill(Math.fround(Number(value))) };
    case 'double':
      return { kind: 'f64', v: new Float64Array(rows).fill(Number(value)) };
    case 'string':
      return constantView(Buffer.from(textOf(value), 'utf8'), place);
    case 'binary':
      return constantView(Buffer.from(textOf(value), 'hex'), place);
    case 'uuid':
      return constantView(Buffer.from(textOf(value).replaceAll('-', ''), 'hex'), place);
    default:
      return fixedLengthOf(type) === undefined ? constantLong(type, value, place) : constantView(Buffer.from(textOf(value), 'hex'), place);
  }
}

const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_DAY = 86_400n * NANOS_PER_SECOND;

function constantLong(type: PrimitiveType, value: unknown, place: { readonly rows: number; readonly arena: Arena }): Column {
  const decimal = decimalOf(type);
  const number = decimal ? unscaled(textOf(value), decimal.scale) : longOf(type, value);
  if (!decimal || decimal.precision <= 18) return { kind: 'i64', v: new BigInt64Array(place.rows).fill(number) };
  return constantView(Buffer.from(BigInt.asUintN(128, number).toString(16).padStart(32, '0'), 'hex'), place);
}

function longOf(type: PrimitiveType, value: unknown): bigint {
  switch (type) {
    case 'long':
      return BigInt(value as number | bigint);
    case 'time':
      return epochNanos(`1970-01-01T${textOf(value)}`) / 1000n;
    case 'timestamp':
    case 'timestamptz':
      return epochNanos(textOf(value)) / 1000n;
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return epochNanos(textOf(value));
    default:
      assertInvariant(false, `the type ${type} has a default`);
  }
}

/** ISO text with any number of fraction digits; defaults of zoned timestamps are in UTC (`+00:00`). Fractions round nothing. */
function epochNanos(text: string): bigint {
  const match = /^([^.+Z]+?)(?:\.(\d{1,9}))?(?:Z|\+00:00)?$/.exec(text);
  assertInvariant(match, 'a default of a time type is ISO text in UTC');
  const seconds = Date.parse(`${match[1]}Z`) / 1000;
  assertInvariant(Number.isSafeInteger(seconds), 'a default of a time type is ISO text in UTC');
  return BigInt(seconds) * NANOS_PER_SECOND + BigInt((match[2] ?? '').padEnd(9, '0'));
}

function unscaled(text: string, scale: number): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  assertInvariant(match && (match[3] ?? '').length <= scale, 'a default of a decimal is its text in the scale of the type');
  const digits = BigInt(match[2]! + (match[3] ?? '').padEnd(scale, '0'));
  return match[1] === '-' ? -digits : digits;
}

function textOf(value: unknown): string {
  assertInvariant(typeof value === 'string', 'the default of this type is text');
  return value;
}

function constantView(bytes: Buffer, place: { readonly rows: number; readonly arena: Arena }): Column {
  const start = new Uint32Array(place.rows).fill(place.arena.add(bytes));
  return { kind: 'view', start, length: new Uint32Array(place.rows).fill(bytes.length) };
}
