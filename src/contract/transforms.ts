// Partition and sort fields as text → plans: `day(event_time)`, `bucket(16, user_id)`, `country desc nulls last`. Which transform goes
// with which type, and the default names, are Iceberg's (specification, "Partition Transforms"; PartitionSpec.Builder).
import type { PartitionFieldPlan, SortFieldPlan } from './compiled.ts';
import { type Place, quoted, type Report, refuse } from './findings.ts';
import { type DocNode, needText } from './nodes.ts';
import { findColumn, primitiveColumns } from './plans.ts';
import { suggestion } from './suggest.ts';
import type { StructType } from './types.ts';

interface Term {
  readonly column: string;
  readonly transform: string;
}

const CALL = /^([A-Za-z]+)\s*(?:\[\s*(\d{1,10})\s*\])?\s*\(\s*(?:(\d{1,10})\s*,\s*)?([A-Za-z_][A-Za-z0-9_.]*)\s*\)$/;
const COLUMN = /^[A-Za-z_][A-Za-z0-9_.]*$/;
const WIDTH_MAX = 2 ** 31 - 1;

/** Plural and shortened names of Spark and others. */
const ALIASES: Readonly<Record<string, string>> = { years: 'year', months: 'month', days: 'day', hours: 'hour', trunc: 'truncate' };
const TRANSFORMS = ['identity', 'year', 'month', 'day', 'hour', 'bucket', 'truncate', 'void'];

/** One partition field, or undefined after a finding. */
export function partitionField(report: Report, node: DocNode, struct: StructType): PartitionFieldPlan | undefined {
  const text = needText(report, node, 'a partition field');
  if (text === undefined) return undefined;
  const renamed = /^(.*\S)\s+as\s+([A-Za-z_][A-Za-z0-9_]*)$/i.exec(text.trim());
  const term = readTerm(report, node, { text: (renamed?.[1] ?? text).trim(), struct });
  return term && { ...term, name: renamed?.[2] ?? defaultName(term) };
}

/** One sort field, or undefined after a finding. Nulls come first ascending and last descending, as in Iceberg, unless said. */
export function sortField(report: Report, node: DocNode, struct: StructType): SortFieldPlan | undefined {
  const text = needText(report, node, 'a sort field');
  if (text === undefined) return undefined;
  const match = /^(.*?)(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?$/i.exec(text.trim())!;
  const direction = match[2]?.toLowerCase() === 'desc' ? 'desc' : 'asc';
  const nulls = match[3]?.toLowerCase() ?? (direction === 'asc' ? 'first' : 'last');
  const term = readTerm(report, node, { text: match[1]!.trim(), struct });
  return term && { ...term, direction, nullOrder: nulls === 'first' ? 'nulls-first' : 'nulls-last' };
}

/** Refuses fields that Iceberg refuses: one name twice, a name that is another column's, two time transforms of one column. */
export function checkPartition(
  report: Report,
  at: Place,
  spec: { readonly fields: readonly PartitionFieldPlan[]; readonly struct: StructType },
): void {
  const names = new Set<string>();
  const terms = new Set<string>();
  const bad = (message: string): void => refuse(report, at, { rule: 'partition', message, remedy: "rename a field with 'as'" });
  for (const field of spec.fields) {
    if (names.has(field.name)) bad(`two partition fields are named '${field.name}'`);
    names.add(field.name);
    const isTime = /^(year|month|day|hour)$/.test(field.transform);
    const term = `${isTime ? 'time' : field.transform}(${field.column})`;
    if (terms.has(term))
      refuse(report, at, {
        rule: 'partition',
        message: `two partition fields say the same of '${field.column}'`,
        remedy: 'keep the finer one',
      });
    terms.add(term);
    const isColumn = spec.struct.fields.some((column) => column.name === field.name);
    if (isColumn && !(field.transform === 'identity' && field.column === field.name))
      bad(`the partition field '${field.name}' has the name of a column`);
  }
}

function readTerm(report: Report, node: DocNode, term: { readonly text: string; readonly struct: StructType }): Term | undefined {
  const { text, struct } = term;
  const call = CALL.exec(text);
  if (!call && !COLUMN.test(text)) {
    return refuse(report, node, {
      rule: 'transform',
      message: `${quoted(text)} is no transform`,
      remedy: 'write a column, day(column), bucket(16, column), truncate(4, column)',
    });
  }
  const written = (call?.[1] ?? 'identity').toLowerCase();
  const name = Object.hasOwn(ALIASES, written) ? ALIASES[written]! : written;
  if (!TRANSFORMS.includes(name)) {
    return refuse(report, node, {
      rule: 'transform',
      message: `unknown transform ${quoted(written)}`,
      remedy: suggestion(written, TRANSFORMS),
    });
  }
  const width = call ? (call[2] ?? call[3]) : undefined;
  const transform = withWidth(report, node, { name, width });
  return transform === undefined ? undefined : checkColumn(report, node, { column: call?.[4] ?? text, name, transform, struct });
}

function withWidth(report: Report, node: DocNode, part: { readonly name: string; readonly width: string | undefined }): string | undefined {
  const { name, width } = part;
  if (name !== 'bucket' && name !== 'truncate') {
    if (width === undefined) return name;
    return refuse(report, node, { rule: 'transform', message: `${name} takes no number` });
  }
  const value = Number(width);
  if (width !== undefined && value >= 1 && value <= WIDTH_MAX) return `${name}[${value}]`;
  return refuse(report, node, {
    rule: 'transform',
    message: `expected a number from 1 to ${WIDTH_MAX} in ${name}`,
    remedy: `write ${name}(16, column)`,
  });
}

interface Wanted {
  readonly column: string;
  readonly name: string;
  readonly transform: string;
  readonly struct: StructType;
}

function checkColumn(report: Report, node: DocNode, wanted: Wanted): Term | undefined {
  const found = findColumn(wanted.struct, wanted.column);
  if (!found) {
    const remedy = suggestion(wanted.column, primitiveColumns(wanted.struct));
    return refuse(report, node, { rule: 'transform', message: `unknown column ${quoted(wanted.column)}`, remedy });
  }
  const { type } = found.field;
  const family = typeof type === 'string' ? type.replace(/[([].*$/, '') : type.type;
  if (isLegal(wanted.name, family)) return { column: wanted.column, transform: wanted.transform };
  return refuse(report, node, {
    rule: 'transform',
    message: `${wanted.name} does not go with the ${family} column '${wanted.column}'`,
    remedy: LEGAL_WORDS[wanted.name] ?? '',
  });
}

const STAMPS = ['timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns'];
const NO_BUCKET = ['boolean', 'float', 'double', 'struct', 'list', 'map'];
const LEGAL_WORDS: Readonly<Record<string, string>> = {
  identity: 'it needs a column of single values',
  year: 'it needs a date or a timestamp',
  month: 'it needs a date or a timestamp',
  day: 'it needs a date or a timestamp',
  hour: 'it needs a timestamp',
  bucket: 'it needs int, long, decimal, date, time, a timestamp, string, uuid, fixed or binary',
  truncate: 'it needs int, long, decimal, string or binary',
};

function isLegal(transform: string, family: string): boolean {
  switch (transform) {
    case 'year':
    case 'month':
    case 'day':
      return family === 'date' || STAMPS.includes(family);
    case 'hour':
      return STAMPS.includes(family);
    case 'bucket':
      return !NO_BUCKET.includes(family);
    case 'truncate':
      return ['int', 'long', 'decimal', 'string', 'binary'].includes(family);
    default:
      return !['struct', 'list', 'map'].includes(family);
  }
}

/** PartitionSpec.Builder's names: the source column, then the transform. */
export function defaultName(term: Term): string {
  const base = term.transform.replace(/\[.*$/, '');
  if (base === 'identity') return term.column;
  const suffix = base === 'truncate' ? 'trunc' : base === 'void' ? 'null' : base;
  return `${term.column}_${suffix}`;
}
