// Proleptic Gregorian calendar on plain integers: years, months, days and hours of Iceberg's time transforms, and their ISO
// 8601 text. All divisions floor, so times before 1970 fall into the unit they begin in (specification, "Partition Transforms").

const SECONDS_PER_DAY = 86_400n;

/** Units per second of a time type's integer. */
export function unitsPerSecond(type: string): bigint {
  return type.endsWith('_ns') ? 1_000_000_000n : 1_000_000n;
}

export function floorDiv(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** Midnight of a day in the unit of a timestamp type. */
export function timestampOfDay(day: number, type: string): bigint {
  return BigInt(day) * SECONDS_PER_DAY * unitsPerSecond(type);
}

/** Days since 1970-01-01 of a timestamp in its own unit. */
export function dayOfTimestamp(value: bigint, type: string): number {
  return Number(floorDiv(value, unitsPerSecond(type) * SECONDS_PER_DAY));
}

/** Hours since 1970-01-01T00 of a timestamp in its own unit. */
export function hourOfTimestamp(value: bigint, type: string): number {
  return Number(floorDiv(value, unitsPerSecond(type) * 3600n));
}

/** Year, month (1–12) and day of month of a day number. Days are counted in 400-year eras from 0000-03-01. */
export function civilOf(day: number): { readonly year: number; readonly month: number; readonly dayOfMonth: number } {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, dayOfMonth: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1 };
}

/** Day number of a civil date; undefined for a date that does not exist. */
export function dayOfCivil(date: { readonly year: number; readonly month: number; readonly dayOfMonth: number }): number | undefined {
  const year = date.month <= 2 ? date.year - 1 : date.year;
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5) + date.dayOfMonth - 1;
  const day = era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
  const back = civilOf(day);
  return back.year === date.year && back.month === date.month && back.dayOfMonth === date.dayOfMonth ? day : undefined;
}

/** Years since 1970. */
export function yearOfDay(day: number): number {
  return civilOf(day).year - 1970;
}

/** Months since 1970-01. */
export function monthOfDay(day: number): number {
  const { year, month } = civilOf(day);
  return (year - 1970) * 12 + month - 1;
}

/** `2017-11-16`; years outside 0000–9999 carry a sign, as ISO 8601 extended years do. */
export function isoDate(day: number): string {
  const { year, month, dayOfMonth } = civilOf(day);
  return `${isoYear(year)}-${pad(month, 2)}-${pad(dayOfMonth, 2)}`;
}

export function isoYear(year: number): string {
  if (year >= 0 && year <= 9999) return pad(year, 4);
  return `${year < 0 ? '-' : '+'}${pad(Math.abs(year), 4)}`;
}

/** `22:31:08` with as many fraction digits as are not zero. `units` per second: 10^6 or 10^9. */
export function isoTime(value: bigint, units: bigint): string {
  const seconds = Number(value / units);
  const fraction = (value % units)
    .toString()
    .padStart(units === 1_000_000n ? 6 : 9, '0')
    .replace(/0+$/, '');
  const clock = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  return fraction === '' ? clock : `${clock}.${fraction}`;
}

/** `2017-11-16T22:31:08.000001`, without offset. */
export function isoTimestamp(value: bigint, type: string): string {
  const units = unitsPerSecond(type);
  const day = floorDiv(value, units * SECONDS_PER_DAY);
  return `${isoDate(Number(day))}T${isoTime(value - day * units * SECONDS_PER_DAY, units)}`;
}

export function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
