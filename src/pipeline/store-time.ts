// Dates, times and timestamps → days, microseconds or nanoseconds. The contract's formats are tried in order; the first that
// reads the whole value wins. Exact: a value with a finer part than the column keeps is a violation, never cut.
import { LIMITS } from '../contract/limits.ts';
import { storeSafe } from './builders.ts';
import type { Cell } from './cells.ts';
import { type Decoder, reserve, textOf } from './decoder.ts';
import { type Integer, scaledInteger } from './exact-number.ts';
import { DAY_SECONDS, type Instant, type IsoShape, makeInstant, readIso, SECONDS_END, SECONDS_MIN } from './instant.ts';
import { readPattern } from './pattern-time.ts';
import type { Stored } from './read-scalar.ts';

const instant = makeInstant();
const integer: Integer = { small: 0, big: 0n };

/** Stores the text read last; false when it is of none of the formats. */
export function storeTimeText(d: Decoder, cell: Cell): Stored {
  let text: string | undefined;
  endText(d);
  for (const format of cell.timeFormats) {
    if (format.kind === 'iso') {
      if (!readIso(d.scan.bytes, d.textStart, d.textStart + d.textLength, shapeOf(cell), instant)) continue;
      if (!fitsZone(cell, instant)) continue;
      return storeInstant(cell, instant);
    }
    if (format.kind === 'pattern') {
      text ??= textOf(d);
      if (!readPattern(text, format.elements, instant) || !hasParts(cell, instant)) continue;
      return storeInstant(cell, instant);
    }
  }
  return 'a string of another format';
}

/** Text in place ends in its quote; text in aux is given an end, so that no digit left behind by another record is read with it. */
function endText(d: Decoder): void {
  const end = d.textStart + d.textLength;
  if (end < d.auxTop) return;
  reserve(d, 1);
  d.scan.bytes[end] = 0;
}

function shapeOf(cell: Cell): IsoShape {
  return cell.type === 'date' || cell.type === 'time' ? cell.type : 'date-time';
}

function isZoned(cell: Cell): boolean {
  return cell.type === 'timestamptz' || cell.type === 'timestamptz_ns';
}

/** RFC 3339 text: a timestamptz needs an offset, a timestamp must not have one. */
function fitsZone(cell: Cell, value: Instant): boolean {
  return shapeOf(cell) !== 'date-time' || value.hasOffset === isZoned(cell);
}

/** Pattern text: dates need a day, times an hour, timestamps both; without a zone a timestamptz is UTC (time-pattern.ts). */
function hasParts(cell: Cell, value: Instant): boolean {
  if (cell.type === 'date') return value.hasDate && !value.hasTime;
  if (cell.type === 'time') return value.hasTime && !value.hasDate && !value.hasOffset;
  return value.hasDate && value.hasTime && (isZoned(cell) || !value.hasOffset);
}

/** Stores the number just scanned as an epoch time. */
export function storeEpoch(d: Decoder, cell: Cell, start: number, end: number): Stored {
  let result: Stored = false;
  for (const format of cell.timeFormats) {
    if (format.kind !== 'epoch') continue;
    const scaled = scaledInteger(d.scan, start, end, { scale: 0, out: integer });
    if (scaled === 'too-long') return `a number of more than ${LIMITS.jsonNumberDigitsMax} digits`;
    if (scaled === 'inexact') return 'a number with a fraction';
    if (scaled === 'too-large') return 'a number out of range';
    setEpoch(scaled === 'small' ? integer.small : integer.big, format.unitsPerSecond);
    result = storeInstant(cell, instant);
    if (result === true) return true;
  }
  return result;
}

function setEpoch(value: number | bigint, unitsPerSecond: number): void {
  if (typeof value === 'number') {
    instant.seconds = Math.floor(value / unitsPerSecond);
    instant.nanos = (value - instant.seconds * unitsPerSecond) * (1e9 / unitsPerSecond);
    return;
  }
  const per = BigInt(unitsPerSecond);
  const rest = ((value % per) + per) % per;
  instant.seconds = Number((value - rest) / per);
  instant.nanos = Number(rest) * (1e9 / unitsPerSecond);
}

function storeInstant(cell: Cell, value: Instant): Stored {
  const { seconds, nanos } = value;
  switch (cell.type) {
    case 'date':
      if (seconds < SECONDS_MIN || seconds >= SECONDS_END) return OUT_OF_RANGE;
      if (nanos !== 0 || seconds % DAY_SECONDS !== 0) return 'a time within a day';
      cell.column.i32[cell.set.row] = seconds / DAY_SECONDS;
      return true;
    case 'time':
      return seconds < 0 || seconds >= DAY_SECONDS ? OUT_OF_RANGE : storeMicros(cell, seconds, nanos);
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return storeNanos(cell, seconds, nanos);
    default:
      return seconds < SECONDS_MIN || seconds >= SECONDS_END ? OUT_OF_RANGE : storeMicros(cell, seconds, nanos);
  }
}

const OUT_OF_RANGE = 'a time out of range';
/** Below this many seconds, microseconds are exact doubles. */
const SAFE_SECONDS = 9_000_000_000;

function storeMicros(cell: Cell, seconds: number, nanos: number): Stored {
  if (nanos % 1000 !== 0) return 'a time finer than microseconds';
  const { column, set } = cell;
  if (Math.abs(seconds) < SAFE_SECONDS) storeSafe(column, set.row, seconds * 1e6 + nanos / 1000);
  else column.i64[set.row] = BigInt(seconds) * 1_000_000n + BigInt(nanos / 1000);
  return true;
}

const LONG_MAX = 2n ** 63n;

function storeNanos(cell: Cell, seconds: number, nanos: number): Stored {
  if (!Number.isSafeInteger(seconds)) return OUT_OF_RANGE;
  const value = BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
  if (value >= LONG_MAX || value < -LONG_MAX) return OUT_OF_RANGE;
  cell.column.i64[cell.set.row] = value;
  return true;
}
