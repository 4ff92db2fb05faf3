// Durations as contracts write them: `10m`, `30d`, `1h30m`, ISO `PT10M`, `P30D`. Whole milliseconds.

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const SHORT = /^(?:\d{1,12}(?:ms|s|m|h|d|w))+$/;
const ISO = /^P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12})(?:\.(\d{1,3}))?S)?)?$/;
/** A hundred years: above it, a duration is a mistake. */
const DURATION_MS_MAX = 100 * 366 * 86_400_000;

/** Milliseconds of a duration, or undefined when the text is none or is longer than a hundred years. */
export function parseDurationMs(text: string): number | undefined {
  const ms = SHORT.test(text) ? shortMs(text) : isoMs(text);
  return ms !== undefined && ms <= DURATION_MS_MAX ? ms : undefined;
}

function shortMs(text: string): number {
  let ms = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|s|m|h|d|w)/g)) ms += Number(count) * UNIT_MS[unit!]!;
  return ms;
}

function isoMs(text: string): number | undefined {
  const match = ISO.exec(text);
  if (!match?.slice(1).some((part) => part !== undefined) || text.endsWith('T')) return undefined;
  const [, weeks, days, hours, minutes, seconds, fraction] = match;
  const part = (count: string | undefined, unit: string): number => Number(count ?? 0) * UNIT_MS[unit]!;
  const millis = Number((fraction ?? '').padEnd(3, '0'));
  return part(weeks, 'w') + part(days, 'd') + part(hours, 'h') + part(minutes, 'm') + part(seconds, 's') + millis;
}

const CEL_DURATION = /^[+-]?(?:0|(?:\d{1,18}(?:\.\d{1,18})?(?:h|ms|m|s|us|ns))+)$/;

/** Is this the text of a CEL duration (the language definition's `duration(string)`: h, m, s, ms, us, ns)? */
export function isCelDuration(text: string): boolean {
  return text.length <= 64 && CEL_DURATION.test(text);
}
