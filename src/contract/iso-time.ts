// ISO 8601 constants of a contract (bounds, literals) → cells: days, microseconds or nanoseconds. Strict: the day must exist, and a
// fraction must fit the unit.

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/;
const STAMP = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:\d{2})?)?$/;
const DAY_NANOS = 86_400_000_000_000n;

/** Days since 1970-01-01, or undefined. */
export function parseIsoDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = year >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? Math.floor(date.getTime() / 86_400_000) : undefined;
}

/** Microseconds since midnight, or undefined. */
export function parseIsoTime(text: string): bigint | undefined {
  const nanos = nanosOfDay(text);
  return nanos === undefined || nanos % 1000n !== 0n ? undefined : nanos / 1000n;
}

/** Micro- or nanoseconds since the epoch. A text without an offset is UTC; `hasOffset` says whether there was one. */
export function parseIsoTimestamp(
  text: string,
  unit: 'micros' | 'nanos',
): { readonly value: bigint; readonly hasOffset: boolean } | undefined {
  const match = STAMP.exec(text);
  const days = match ? parseIsoDate(match[1]!) : undefined;
  if (!match || days === undefined) return undefined;
  const time = match[2] === undefined ? 0n : nanosOfDay(match[2]);
  const offset = offsetNanos(match[3]);
  if (time === undefined || offset === undefined) return undefined;
  const nanos = BigInt(days) * DAY_NANOS + time - offset;
  const hasOffset = match[3] !== undefined;
  if (unit === 'nanos') return { value: nanos, hasOffset };
  return nanos % 1000n === 0n ? { value: nanos / 1000n, hasOffset } : undefined;
}

function nanosOfDay(text: string): bigint | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return BigInt((hour * 60 + minute) * 60 + second) * 1_000_000_000n + BigInt((match[4] ?? '').padEnd(9, '0'));
}

function offsetNanos(text: string | undefined): bigint | undefined {
  if (text === undefined || text === 'Z' || text === 'z') return 0n;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(4, 6))];
  if (hours > 18 || minutes > 59) return undefined;
  return BigInt((text[0] === '-' ? -1 : 1) * (hours * 60 + minutes)) * 60_000_000_000n;
}
