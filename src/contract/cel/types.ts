// The types of CEL values over a contract's columns, and the functions that can be evaluated. This is the whole surface: whatever is
// not here is refused by check.ts, so that the pipeline never meets it (promise 9).
//
// Columns appear as: boolean → bool; int, long → int; float, double → double; decimal → decimal (exact); string, uuid (lower case,
// hyphens), JSON text → string; fixed, binary → bytes; date → timestamp (midnight UTC); timestamps → timestamp; time → duration
// (since midnight); struct → struct; list → list; map → map. A missing value is null, of any type.
// int, double and decimal compare with each other by value. `+ - *` of ints is int, of anything with a double double, else decimal;
// `/` of ints truncates, of anything else is double; `%` is of ints only. A null operand of an operator other than == and != is an
// error, as in CEL; `&&` and `||` absorb it.
import type { IcebergType, StructType } from '../types.ts';

export type CelType =
  | { readonly kind: 'null' | 'bool' | 'int' | 'double' | 'decimal' | 'string' | 'bytes' | 'timestamp' | 'duration' | 'dyn' }
  | { readonly kind: 'list'; readonly element: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | { readonly kind: 'struct'; readonly members: ReadonlyMap<string, CelType> };

export type CelKind = CelType['kind'];

/** `kafka.*`: partition and offset are int, timestamp is the record's; key and header values are bytes or null; of headers of one
 * name the last counts. */
export const KAFKA_MEMBERS: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ['topic', { kind: 'string' }],
  ['partition', { kind: 'int' }],
  ['offset', { kind: 'int' }],
  ['timestamp', { kind: 'timestamp' }],
  ['key', { kind: 'bytes' }],
  ['headers', { kind: 'map', key: { kind: 'string' }, value: { kind: 'bytes' } }],
]);

/** One form of a function: the target's kind (a method) or undefined (a global), the kinds of its arguments, the result. */
export interface CelSignature {
  readonly target: CelKind | undefined;
  readonly args: readonly CelKind[];
  readonly result: CelKind;
}

const global = (args: readonly CelKind[], result: CelKind): CelSignature => ({ target: undefined, args, result });
const method = (target: CelKind, args: readonly CelKind[], result: CelKind): CelSignature => ({ target, args, result });
const sizes: readonly CelKind[] = ['string', 'bytes', 'list', 'map'];
const calendar = [method('timestamp', [], 'int')];
const clock = [method('timestamp', [], 'int'), method('duration', [], 'int')];

/**
 * Every function there is. `has` is a macro: its one argument is a selection. size counts code points of a string, bytes of bytes.
 * getMonth, getDate, getDayOfMonth, getDayOfWeek, getDayOfYear are as CEL has them: months and days of week from 0 (Sunday),
 * getDate from 1, getDayOfMonth and getDayOfYear from 0; all in UTC. getHours … of a duration give the whole duration in that unit,
 * getMilliseconds the part below a second.
 */
export const CEL_FUNCTIONS: Readonly<Record<string, readonly CelSignature[]>> = {
  size: [...sizes.map((kind) => global([kind], 'int')), ...sizes.map((kind) => method(kind, [], 'int'))],
  startsWith: [method('string', ['string'], 'bool')],
  endsWith: [method('string', ['string'], 'bool')],
  contains: [method('string', ['string'], 'bool')],
  matches: [method('string', ['string'], 'bool'), global(['string', 'string'], 'bool')],
  lowerAscii: [method('string', [], 'string')],
  upperAscii: [method('string', [], 'string')],
  duration: [global(['string'], 'duration'), global(['duration'], 'duration')],
  timestamp: [global(['string'], 'timestamp'), global(['int'], 'timestamp'), global(['timestamp'], 'timestamp')],
  int: (['int', 'double', 'decimal', 'string', 'timestamp'] as const).map((kind) => global([kind], 'int')),
  double: (['int', 'double', 'decimal', 'string'] as const).map((kind) => global([kind], 'double')),
  string: (['int', 'double', 'decimal', 'string', 'bool', 'bytes', 'timestamp', 'duration'] as const).map((kind) =>
    global([kind], 'string'),
  ),
  getFullYear: calendar,
  getMonth: calendar,
  getDate: calendar,
  getDayOfMonth: calendar,
  getDayOfWeek: calendar,
  getDayOfYear: calendar,
  getHours: clock,
  getMinutes: clock,
  getSeconds: clock,
  getMilliseconds: clock,
};

/** The CEL type of a column. */
export function celTypeOf(type: IcebergType): CelType {
  if (typeof type !== 'string') {
    if (type.type === 'list') return { kind: 'list', element: celTypeOf(type.element) };
    if (type.type === 'map') return { kind: 'map', key: celTypeOf(type.key), value: celTypeOf(type.value) };
    return celStruct(type);
  }
  const family = type.replace(/[([].*$/, '');
  return { kind: Object.hasOwn(KIND_OF, family) ? KIND_OF[family]! : 'dyn' };
}

export function celStruct(struct: StructType): CelType & { readonly kind: 'struct' } {
  return { kind: 'struct', members: new Map(struct.fields.map((field) => [field.name, celTypeOf(field.type)])) };
}

const KIND_OF: Readonly<Record<string, 'bool' | 'int' | 'double' | 'decimal' | 'string' | 'bytes' | 'timestamp' | 'duration'>> = {
  boolean: 'bool',
  int: 'int',
  long: 'int',
  float: 'double',
  double: 'double',
  decimal: 'decimal',
  string: 'string',
  uuid: 'string',
  fixed: 'bytes',
  binary: 'bytes',
  date: 'timestamp',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  timestamp_ns: 'timestamp',
  timestamptz_ns: 'timestamp',
  time: 'duration',
};
