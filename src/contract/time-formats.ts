// `logicalTypeOptions.format` of date, time and timestamp columns: `iso`, `epoch-…`, JDK patterns, several joined by ` | `. A pattern
// must set what the type needs and nothing the type would drop (promise 9).
import type { TimeFormat } from './compiled.ts';
import { quoted, type Report, refuse } from './findings.ts';
import { type DocNode, textOf } from './nodes.ts';
import { nearestName } from './suggest.ts';
import { parseTimePattern, timePatternFields } from './time-pattern.ts';
import type { PrimitiveType } from './types.ts';

const FORMATS_MAX = 16;
const ISO: readonly TimeFormat[] = [{ kind: 'iso' }];
const WORDS: Readonly<Record<string, TimeFormat>> = {
  iso: { kind: 'iso' },
  'epoch-seconds': { kind: 'epoch', unit: 'seconds' },
  'epoch-millis': { kind: 'epoch', unit: 'millis' },
  'epoch-micros': { kind: 'epoch', unit: 'micros' },
};

/** Is this a type whose values are read through time formats? */
export function isTimeType(type: unknown): type is PrimitiveType {
  return typeof type === 'string' && /^(date|time|timestamp(tz)?(_ns)?)$/.test(type);
}

/** The formats of a column in the order they are tried; `iso` when none is given. */
export function timeFormats(report: Report, node: DocNode | undefined, type: PrimitiveType): readonly TimeFormat[] {
  const text = textOf(node);
  if (!node || text === undefined) return ISO;
  const parts = text.split(' | ').map((part) => part.trim());
  if (parts.length > FORMATS_MAX) {
    refuse(report, node, { rule: 'time-format', message: `expected at most ${FORMATS_MAX} formats, got ${parts.length}` });
    return ISO;
  }
  return parts.map((part) => oneFormat(report, node, { part, type })).filter((format) => format !== undefined);
}

function oneFormat(report: Report, node: DocNode, one: { readonly part: string; readonly type: PrimitiveType }): TimeFormat | undefined {
  const { part, type } = one;
  if (Object.hasOwn(WORDS, part)) {
    const format = WORDS[part]!;
    if (format.kind !== 'epoch' || type.startsWith('timestamp')) return format;
    return refuse(report, node, {
      rule: 'time-format',
      message: `the format ${part} is for timestamps, the column is a ${type}`,
      remedy: 'use iso or a pattern',
    });
  }
  const parsed = parseTimePattern(part);
  if (!parsed.ok) {
    const word = nearestName(part, Object.keys(WORDS));
    const remedy = word ? `did you mean '${word}'?` : 'a JDK DateTimeFormatter pattern, iso, epoch-seconds, epoch-millis or epoch-micros';
    return refuse(report, node, { rule: 'time-format', message: `no time format ${quoted(part)}: ${parsed.message}`, remedy });
  }
  const problem = patternMismatch(timePatternFields(parsed.elements).ever, type);
  if (!problem) return { kind: 'pattern', pattern: part };
  return refuse(report, node, { rule: 'time-format', message: `the pattern ${quoted(part)} does not go with ${type}: ${problem}` });
}

const DATE_FIELDS = ['year', 'month', 'dayOfMonth', 'dayOfYear', 'dayOfWeek'];
const TIME_FIELDS = ['hour', 'clockHour', 'clockHourOfAmPm', 'hourOfAmPm', 'ampm', 'minute', 'second', 'fraction', 'nanoOfSecond'];

function patternMismatch(fields: ReadonlySet<string>, type: PrimitiveType): string | undefined {
  const hasDate = fields.has('year') && ((fields.has('month') && fields.has('dayOfMonth')) || fields.has('dayOfYear'));
  const halfDay = fields.has('clockHourOfAmPm') || fields.has('hourOfAmPm');
  if (halfDay !== fields.has('ampm')) return halfDay ? "h and K need 'a' (AM or PM)" : "'a' needs h or K";
  const hasHour = fields.has('hour') || fields.has('clockHour') || halfDay;
  const dropped = (names: readonly string[]): string | undefined => names.find((name) => fields.has(name));
  if (type === 'date') {
    const extra = dropped([...TIME_FIELDS, 'offset']);
    if (extra) return `it reads ${extra}, which a date has no place for; use logicalType timestamp`;
    return hasDate ? undefined : 'it needs year, month and day';
  }
  if (type === 'time') {
    const extra = dropped([...DATE_FIELDS, 'offset']);
    if (extra) return `it reads ${extra}, which a time has no place for; use logicalType timestamp`;
    return hasHour ? undefined : 'it needs an hour';
  }
  if (!hasDate) return 'it needs year, month and day';
  if (!hasHour) return 'it needs an hour; use logicalType date';
  if (fields.has('offset') && !type.startsWith('timestamptz')) return 'it reads an offset, which a timestamp without zone has no place for';
  return undefined;
}
