// DuckDB values → JSON and text without loss: all digits of 64-bit integers and decimals, ISO 8601 times in UTC, bytes as base64
// in JSON and as hex in text, nested values as JSON. Pure.
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { rawJson } from './terminal.ts';

/** A value as JSON.stringify takes it. Maps are lists of {key, value}, because keys need not be text. */
export function jsonOf(value: DuckDBValue, type?: DuckDBType): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return rawJson(value.toString());
  if (typeof value === 'number') return jsonNumber(value, type);
  if (value instanceof DuckDBDecimalValue) return rawJson(value.toString());
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
    return value.items.map((item) => jsonOf(item, elementType(type)));
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, jsonOf(item, memberType(type, name))]));
  }
  if (value instanceof DuckDBMapValue) return value.entries.map((entry) => ({ key: jsonOf(entry.key), value: jsonOf(entry.value) }));
  if (value instanceof DuckDBUnionValue) return { [value.tag]: jsonOf(value.value) };
  return timeText(value) ?? value.toString();
}

/** A value as a cell of a table or a CSV file; null is the empty text. */
export function textOf(value: DuckDBValue, type?: DuckDBType): string {
  if (value === null) return '';
  if (typeof value === 'number') return numberText(value, type);
  if (value instanceof DuckDBBlobValue) return `\\x${Buffer.from(value.bytes).toString('hex')}`;
  const isNested =
    value instanceof DuckDBListValue ||
    value instanceof DuckDBArrayValue ||
    value instanceof DuckDBStructValue ||
    value instanceof DuckDBMapValue ||
    value instanceof DuckDBUnionValue;
  if (isNested) return JSON.stringify(jsonOf(value, type));
  return timeText(value) ?? String(value);
}

/** JSON has no NaN and no infinity: they are text. −0 keeps its sign. */
function jsonNumber(value: number, type: DuckDBType | undefined): unknown {
  const text = numberText(value, type);
  return Number.isFinite(value) ? rawJson(text) : text;
}

function numberText(value: number, type: DuckDBType | undefined): string {
  if (Object.is(value, -0)) return '-0';
  return type?.typeId === DuckDBTypeId.FLOAT ? shortestFloat(value) : String(value);
}

/** The shortest text that is this single-precision number: 0.1, not 0.10000000149011612. */
function shortestFloat(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

function timeText(value: DuckDBValue): string | undefined {
  if (value instanceof DuckDBTimestampTZValue) return `${isoText(value.micros * 1000n, value)}Z`;
  if (value instanceof DuckDBTimestampValue) return isoText(value.micros * 1000n, value);
  if (value instanceof DuckDBTimestampMillisecondsValue) return isoText(value.millis * 1_000_000n, value);
  if (value instanceof DuckDBTimestampSecondsValue) return isoText(value.seconds * 1_000_000_000n, value);
  if (value instanceof DuckDBTimestampNanosecondsValue) return isoText(value.nanos, value);
  return undefined;
}

const SECOND_NS = 1_000_000_000n;

/** `2026-01-02T03:04:05.123456`; outside the years Date knows, and for infinity, what DuckDB says. */
function isoText(nanos: bigint, value: { toString(): string }): string {
  const fraction = ((nanos % SECOND_NS) + SECOND_NS) % SECOND_NS;
  const date = new Date(Number((nanos - fraction) / 1_000_000n));
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999) return value.toString();
  const digits = fraction.toString().padStart(9, '0').replace(/0+$/, '');
  return date.toISOString().slice(0, 19) + (digits === '' ? '' : `.${digits}`);
}

function elementType(type: DuckDBType | undefined): DuckDBType | undefined {
  return type?.typeId === DuckDBTypeId.LIST || type?.typeId === DuckDBTypeId.ARRAY
    ? (type as { valueType?: DuckDBType }).valueType
    : undefined;
}

function memberType(type: DuckDBType | undefined, name: string): DuckDBType | undefined {
  if (type?.typeId !== DuckDBTypeId.STRUCT) return undefined;
  const { entryNames, entryTypes } = type as unknown as { entryNames: readonly string[]; entryTypes: readonly DuckDBType[] };
  return entryTypes[entryNames.indexOf(name)];
}
