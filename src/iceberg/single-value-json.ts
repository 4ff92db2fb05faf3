// JSON single-value serialisation: default values, and partition cells of staged files. Source: Iceberg specification,
// Appendix D, "JSON single-value serialization". JSON numbers of longs stay exact by travelling as `bigint` in memory; callers
// that write JSON use json-exact.ts.
import { type CellValue, decimalOf, fixedLengthOf, type IcebergType, type NestedField, type PrimitiveType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import { dayOfCivil, isoDate, isoTime, isoTimestamp, unitsPerSecond } from './calendar.ts';

/** JSON value of a cell: numbers, texts and booleans; longs as bigint; structs as `{"<id>": …}`, maps as keys and values. */
export function toJsonValue(type: IcebergType, cell: CellValue): unknown {
  if (cell === null) return null;
  if (typeof type !== 'string') return nestedToJson(type, cell);
  switch (type) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
      return cell;
    case 'date':
      return isoDate(cell as number);
    case 'time':
      return isoTime(cell as bigint, 1_000_000n);
    case 'timestamp':
    case 'timestamp_ns':
      return isoTimestamp(cell as bigint, type);
    case 'timestamptz':
    case 'timestamptz_ns':
      return `${isoTimestamp(cell as bigint, type)}+00:00`;
    case 'uuid':
      return uuidText(cell as Uint8Array);
    default: {
      const decimal = decimalOf(type);
      return decimal ? decimalText(cell as bigint, decimal.scale) : hexOf(cell as Uint8Array).toUpperCase();
    }
  }
}

/** The cell of a JSON value. Throws InputRefusedError where the value is none of the type. */
export function fromJsonValue(type: IcebergType, json: unknown): CellValue {
  if (json === null || json === undefined) return null;
  if (typeof type !== 'string') return nestedFromJson(type, json);
  const cell = primitiveFromJson(type, json);
  if (cell === undefined) throw refused(type, json);
  return cell;
}

function refused(type: IcebergType, json: unknown): InputRefusedError {
  const expected = typeof type === 'string' ? type : type.type;
  return new InputRefusedError(`JSON single value is no ${expected}: got ${typeof json} of another shape or range`, {
    code: 'single-value-json',
    details: { expected },
  });
}

/** `0.10` for 10 at scale 2. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Lower case with dashes. */
export function uuidText(bytes: Uint8Array): string {
  return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function nestedToJson(type: Exclude<IcebergType, PrimitiveType>, cell: CellValue): unknown {
  switch (type.type) {
    case 'struct': {
      const cells = cell as readonly CellValue[];
      return Object.fromEntries(type.fields.map((field, i) => [String(field.id), toJsonValue(field.type, cells[i] ?? null)]));
    }
    case 'list':
      return (cell as readonly CellValue[]).map((element) => toJsonValue(type.element, element));
    case 'map': {
      const pairs = cell as readonly (readonly [CellValue, CellValue])[];
      return { keys: pairs.map(([key]) => toJsonValue(type.key, key)), values: pairs.map(([, value]) => toJsonValue(type.value, value)) };
    }
  }
}

function nestedFromJson(type: Exclude<IcebergType, PrimitiveType>, json: unknown): CellValue {
  if (typeof json !== 'object') throw refused(type, json);
  const members = json as { readonly [key: string]: unknown };
  switch (type.type) {
    case 'struct':
      return type.fields.map((field: NestedField) => fromJsonValue(field.type, members[String(field.id)]));
    case 'list':
      if (!Array.isArray(json)) throw refused(type, json);
      return json.map((element) => fromJsonValue(type.element, element));
    case 'map': {
      const { keys, values } = members;
      if (!Array.isArray(keys) || !Array.isArray(values) || keys.length !== values.length) throw refused(type, json);
      return keys.map((key, i) => [fromJsonValue(type.key, key), fromJsonValue(type.value, values[i])] as const);
    }
  }
}

function primitiveFromJson(type: PrimitiveType, json: unknown): CellValue | undefined {
  switch (type) {
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined;
    case 'int':
      return json === ((json as number) | 0) ? (json as number) : undefined;
    case 'long':
      return typeof json === 'bigint' || Number.isSafeInteger(json) ? within64(BigInt(json as bigint)) : undefined;
    case 'float':
    case 'double':
      return floatOf(json);
    case 'string':
      return typeof json === 'string' ? json : undefined;
    default:
      return typeof json === 'string' ? textToCell(type, json) : undefined;
  }
}

/** NaN and infinities have no JSON number; writers that keep partition tuples as JSON spell them as text. */
function floatOf(json: unknown): number | undefined {
  if (typeof json === 'number') return json;
  if (typeof json === 'bigint') return Number(json);
  return json === 'NaN' || json === 'Infinity' || json === '-Infinity' || json === '-0' ? Number(json) : undefined;
}

function textToCell(type: PrimitiveType, text: string): CellValue | undefined {
  switch (type) {
    case 'date':
      return dateOf(text);
    case 'time':
      return timeOf(text, 1_000_000n);
    case 'timestamp':
    case 'timestamp_ns':
    case 'timestamptz':
    case 'timestamptz_ns':
      return timestampOf(type, text);
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? bytesOfHex(text.replaceAll('-', '')) : undefined;
    default: {
      const decimal = decimalOf(type);
      if (decimal) return decimalOfText(text, decimal);
      const length = fixedLengthOf(type);
      const isHex = /^([0-9a-f]{2})*$/i.test(text) && (length === undefined || text.length === length * 2);
      return isHex ? bytesOfHex(text) : undefined;
    }
  }
}

function timestampOf(type: string, text: string): bigint | undefined {
  const match = /^(.+)T([\d:.]+)(Z|\+00:00)?$/.exec(text);
  const hasOffset = match?.[3] !== undefined;
  if (!match || hasOffset !== type.startsWith('timestamptz')) return undefined;
  const units = unitsPerSecond(type);
  const [day, time] = [dateOf(match[1]!), timeOf(match[2]!, units)];
  return day === undefined || time === undefined ? undefined : within64(BigInt(day) * 86_400n * units + time);
}

/** Years of any length are ISO 8601; those whose days do not fit the type are none of it. */
function dateOf(text: string): number | undefined {
  const match = /^([+-]?\d{4,})-(\d{2})-(\d{2})$/.exec(text);
  const day = match ? dayOfCivil({ year: Number(match[1]), month: Number(match[2]), dayOfMonth: Number(match[3]) }) : undefined;
  return day !== undefined && day === (day | 0) ? day : undefined;
}

function within64(value: bigint): bigint | undefined {
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function timeOf(text: string, units: bigint): bigint | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?$/.exec(text);
  if (!match) return undefined;
  const seconds = BigInt(match[1]!) * 3600n + BigInt(match[2]!) * 60n + BigInt(match[3] ?? 0);
  const nanos = BigInt((match[4] ?? '').padEnd(9, '0'));
  const perUnit = 1_000_000_000n / units;
  return nanos % perUnit === 0n ? seconds * units + nanos / perUnit : undefined;
}

/** Sign, point, a leading zero and 38 digits, with room for zeros that say nothing. */
const DECIMAL_CHARS_MAX = 80;

function decimalOfText(text: string, type: { readonly precision: number; readonly scale: number }): bigint | undefined {
  const match = text.length > DECIMAL_CHARS_MAX ? null : /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match || (match[3] ?? '').length !== type.scale) return undefined;
  const unscaled = BigInt(`${match[2]}${match[3] ?? ''}`);
  if (unscaled >= 10n ** BigInt(type.precision)) return undefined;
  return match[1] === '-' ? -unscaled : unscaled;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

function bytesOfHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
