// CEL's conversion functions: int, double, string, timestamp, duration. Sources: CEL language definition, "Standard Definitions";
// protobuf's JSON forms of Timestamp and Duration.
import { makeInstant, readIso } from '../instant.ts';
import { decimalText, int, toDouble } from './arithmetic.ts';
import { CelDecimal, CelDuration, CelError, CelTimestamp, type CelValue, isNumber, kindOf } from './values.ts';

function cannot(name: string, value: CelValue): CelError {
  return new CelError(`no such overload: ${name} of ${kindOf(value)}`);
}

/** Doubles and decimals are truncated towards zero; out of 64 bits is an error. */
export function toInt(value: CelValue): CelValue | CelError {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? int(BigInt(Math.trunc(value))) : new CelError('integer overflow');
  if (value instanceof CelDecimal) return int(value.unscaled / 10n ** BigInt(value.scale));
  if (value instanceof CelTimestamp) return int(floorSeconds(value.nanos));
  if (typeof value !== 'string') return cannot('int', value);
  return /^[+-]?\d{1,20}$/.test(value) ? int(BigInt(value.replace(/^\+/, ''))) : new CelError('expected text of an integer');
}

function floorSeconds(nanos: bigint): bigint {
  const rest = ((nanos % NANOS) + NANOS) % NANOS;
  return (nanos - rest) / NANOS;
}

const NANOS = 1_000_000_000n;

export function toDoubleValue(value: CelValue): CelValue | CelError {
  if (isNumber(value)) return toDouble(value);
  if (typeof value !== 'string') return cannot('double', value);
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) ? Number(value) : new CelError('expected text of a number');
}

export function toText(value: CelValue): CelValue | CelError {
  if (value instanceof CelDecimal) return decimalText(value);
  if (value instanceof CelTimestamp) return timestampText(value.nanos);
  if (value instanceof CelDuration) return `${decimalText(new CelDecimal(value.nanos, 9)).replace(/\.?0+$/, '')}s`;
  if (value instanceof Uint8Array) return bytesText(value);
  if (value === null || typeof value === 'object') return cannot('string', value);
  return String(value);
}

function bytesText(bytes: Uint8Array): string | CelError {
  try {
    return UTF8.decode(bytes);
  } catch {
    // The decoder's message would say where; the rule only needs to know that this is no text.
    return new CelError('expected bytes of UTF-8 text');
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function timestampText(nanos: bigint): string | CelError {
  const seconds = floorSeconds(nanos);
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return new CelError('timestamp out of range');
  const fraction = (nanos - seconds * NANOS).toString().padStart(9, '0').replace(/0+$/, '');
  return `${date.toISOString().slice(0, -5)}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** RFC 3339 with an offset, or seconds since 1970. */
export function toTimestamp(value: CelValue): CelValue | CelError {
  if (value instanceof CelTimestamp) return value;
  if (typeof value === 'bigint') return new CelTimestamp(value * NANOS);
  if (typeof value !== 'string') return cannot('timestamp', value);
  const bytes = Buffer.from(value);
  const instant = makeInstant();
  // A byte behind the text, so that its end is no digit.
  const isRead = readIso(Buffer.concat([bytes, Buffer.alloc(8)]), 0, bytes.length, 'date-time', instant);
  if (!isRead || !instant.hasOffset) return new CelError('expected text of an RFC 3339 timestamp');
  return new CelTimestamp(BigInt(instant.seconds) * NANOS + BigInt(instant.nanos));
}

const UNIT_NANOS: ReadonlyMap<string, bigint> = new Map([
  ['h', 3600n * NANOS],
  ['m', 60n * NANOS],
  ['s', NANOS],
  ['ms', 1_000_000n],
  ['us', 1_000n],
  ['ns', 1n],
]);

/** `1h30m`, `-1.5s`: numbers with units, added up (Go's ParseDuration, which CEL refers to). */
export function toDuration(value: CelValue): CelValue | CelError {
  if (value instanceof CelDuration) return value;
  if (typeof value !== 'string') return cannot('duration', value);
  const match = /^([+-]?)((?:\d{1,18}(?:\.\d{1,18})?(?:h|ms|m|s|us|ns))+|0)$/.exec(value);
  if (!match) return new CelError('expected text of a duration');
  let nanos = 0n;
  for (const [, whole, fraction = '', unit] of match[2]!.matchAll(/(\d+)(?:\.(\d+))?(h|ms|m|s|us|ns)/g)) {
    nanos += (BigInt(whole! + fraction) * UNIT_NANOS.get(unit!)!) / 10n ** BigInt(fraction.length);
  }
  return new CelDuration(match[1] === '-' ? -nanos : nanos);
}
