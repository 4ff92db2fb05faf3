// The text of `physicalType` → an Iceberg type without ids: primitives, `json`, and list, map and struct written out as
// `map<string,long>`, `list<struct<a: int>>`. Source: Iceberg specification, "Schemas and Data Types".
import { LIMITS } from './limits.ts';
import type { PrimitiveType } from './types.ts';

export type TypeSpec =
  | { readonly kind: 'primitive'; readonly type: PrimitiveType; readonly isJsonText: boolean }
  | { readonly kind: 'list'; readonly element: TypeSpec }
  | { readonly kind: 'map'; readonly key: TypeSpec; readonly value: TypeSpec }
  | { readonly kind: 'struct'; readonly members: readonly { readonly name: string; readonly type: TypeSpec }[] };

export type TypeTextResult =
  | { readonly ok: true; readonly type: TypeSpec }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/** Parses a type text; never throws. */
export function parseTypeText(text: string): TypeTextResult {
  const parser: Parser = { text, at: 0 };
  const parsed = readType(parser, 0);
  if (parsed.ok && rest(parser) !== '') return wrong(`'${rest(parser).slice(0, 20)}' follows the type`);
  return parsed;
}

const PLAIN: ReadonlySet<string> = new Set<PrimitiveType>([
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'timestamp_ns',
  'timestamptz_ns',
  'string',
  'uuid',
  'binary',
]);

/** Names of other systems, for suggestions only. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  bigint: 'long',
  int64: 'long',
  int8: 'int',
  int16: 'int',
  int32: 'int',
  integer: 'int',
  smallint: 'int',
  tinyint: 'int',
  real: 'float',
  number: 'double',
  numeric: 'decimal(p,s)',
  varchar: 'string',
  char: 'string',
  text: 'string',
  str: 'string',
  bool: 'boolean',
  bytes: 'binary',
  varbinary: 'binary',
  blob: 'binary',
  datetime: 'timestamptz',
  timestamp_tz: 'timestamptz',
  timestamp_ltz: 'timestamptz',
  timestamp_ntz: 'timestamp',
  array: 'list<…>',
  object: 'struct<…>, or json',
  variant: 'json',
  jsonb: 'json',
  guid: 'uuid',
};

interface Parser {
  readonly text: string;
  at: number;
}

function readType(parser: Parser, depth: number): TypeTextResult {
  if (depth > LIMITS.columnDepthMax) return wrong(`types nest deeper than ${LIMITS.columnDepthMax}`);
  const name = take(parser, /\s*([A-Za-z_][A-Za-z0-9_]*)\s*/y)?.[1]?.toLowerCase();
  if (name === undefined) return wrong('expected the name of a type');
  if (name === 'list' || name === 'array' || name === 'map' || name === 'struct') return readNested(parser, name, depth);
  if (name === 'decimal') return readDecimal(parser);
  if (name === 'fixed') return readFixed(parser);
  if (name === 'json') return { ok: true, type: { kind: 'primitive', type: 'string', isJsonText: true } };
  if (PLAIN.has(name)) return { ok: true, type: { kind: 'primitive', type: name as PrimitiveType, isJsonText: false } };
  const other = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
  const remedy = other
    ? `Iceberg's name is ${other}`
    : `known: ${[...PLAIN].join(', ')}, decimal(p,s), fixed(n), list<…>, map<…,…>, struct<…>, json`;
  return { ok: false, message: `'${name.slice(0, 40)}' is no Iceberg type`, remedy };
}

function readNested(parser: Parser, name: 'list' | 'array' | 'map' | 'struct', depth: number): TypeTextResult {
  if (!take(parser, /<\s*/y)) return wrong(`expected '<' after ${name}`);
  if (name === 'struct') return readStruct(parser, depth);
  const first = readType(parser, depth + 1);
  if (!first.ok) return first;
  if (name !== 'map') {
    if (!take(parser, /\s*>\s*/y)) return wrong(`expected '>' after the element of a list`);
    return { ok: true, type: { kind: 'list', element: first.type } };
  }
  if (!take(parser, /\s*,\s*/y)) return wrong("expected ',' between key and value of a map");
  const value = readType(parser, depth + 1);
  if (!value.ok) return value;
  if (!take(parser, /\s*>\s*/y)) return wrong(`expected '>' after the value of a map`);
  return { ok: true, type: { kind: 'map', key: first.type, value: value.type } };
}

function readStruct(parser: Parser, depth: number): TypeTextResult {
  const members: { name: string; type: TypeSpec }[] = [];
  for (;;) {
    const name = take(parser, /\s*([A-Za-z_][A-Za-z0-9_]*)\s*:\s*/y)?.[1];
    if (name === undefined) return wrong("expected 'name: type' in a struct");
    const type = readType(parser, depth + 1);
    if (!type.ok) return type;
    members.push({ name, type: type.type });
    if (take(parser, /\s*>\s*/y)) return { ok: true, type: { kind: 'struct', members } };
    if (!take(parser, /\s*,\s*/y)) return wrong("expected ',' or '>' in a struct");
  }
}

function readDecimal(parser: Parser): TypeTextResult {
  const match = take(parser, /\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)\s*/y);
  if (!match) return wrong('expected decimal(precision,scale)');
  const precision = Number(match[1]);
  const scale = Number(match[2]);
  if (precision < 1 || precision > 38) return wrong(`expected a precision from 1 to 38, got ${precision}`);
  if (scale > precision) return wrong(`expected a scale of at most the precision ${precision}, got ${scale}`);
  return { ok: true, type: { kind: 'primitive', type: `decimal(${precision},${scale})`, isJsonText: false } };
}

function readFixed(parser: Parser): TypeTextResult {
  const match = take(parser, /(?:\(\s*(\d{1,9})\s*\)|\[\s*(\d{1,9})\s*\])\s*/y);
  const length = Number(match?.[1] ?? match?.[2] ?? 0);
  if (length < 1 || length > LIMITS.recordValueBytesMax) return wrong(`expected fixed(n) with n from 1 to ${LIMITS.recordValueBytesMax}`);
  return { ok: true, type: { kind: 'primitive', type: `fixed[${length}]`, isJsonText: false } };
}

function take(parser: Parser, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = parser.at;
  const match = pattern.exec(parser.text);
  if (!match) return undefined;
  parser.at += match[0].length;
  return match;
}

function rest(parser: Parser): string {
  return parser.text.slice(parser.at).trim();
}

function wrong(message: string): TypeTextResult {
  return { ok: false, message, remedy: '' };
}
