// Strict readers of plain JSON data: each takes a parsed value and gives it typed, or throws InputRefusedError naming where, what
// was expected and of what kind the value is, never the value. Members nobody declared are refused, so a newer writer's meaning
// is never silently lost (promise 9).
import { InputRefusedError } from '../errors.ts';
import { isCanonical, type Ranges } from './ranges.ts';

export type Reader<T> = (value: unknown, at: string) => T;

/** Throws the refusal of a value at a path. */
export function refuse(at: string, expected: string, value: unknown): never {
  const got = value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
  throw new InputRefusedError(`ledger object at ${at}: expected ${expected}, got ${got}; it is kept as it is and not used`, {
    code: 'ledger-object-malformed',
    details: { expected, got },
  });
}

export const text: Reader<string> = (value, at) => (typeof value === 'string' ? value : refuse(at, 'text', value));

export const flag: Reader<boolean> = (value, at) => (typeof value === 'boolean' ? value : refuse(at, 'boolean', value));

/** A count, offset, size or entry number. */
export const count: Reader<number> = (value, at) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : refuse(at, 'an integer from 0', value);

/** A timestamp or any other integer that may be negative. */
export const integer: Reader<number> = (value, at) =>
  Number.isSafeInteger(value) ? (value as number) : refuse(at, 'a safe integer', value);

export const anything: Reader<unknown> = (value) => value;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
export const base64: Reader<string> = (value, at) =>
  typeof value === 'string' && BASE64.test(value) ? value : refuse(at, 'base64 text', value);

export function literal<const T extends string | number>(...allowed: readonly T[]): Reader<T> {
  return (value, at) => (allowed.includes(value as T) ? (value as T) : refuse(at, `one of ${allowed.join(', ')}`, value));
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, at) => (value === null ? null : reader(value, at));
}

export function list<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, at) => (Array.isArray(value) ? value.map((item, i) => reader(item, `${at}[${i}]`)) : refuse(at, 'a list', value));
}

/** A fixed-length list. */
export function tuple<T extends readonly unknown[]>(...readers: { readonly [K in keyof T]: Reader<T[K]> }): Reader<T> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length !== readers.length) refuse(at, `a list of ${readers.length}`, value);
    return (value as unknown[]).map((item, i) => readers[i]!(item, `${at}[${i}]`)) as unknown as T;
  };
}

export function record<T>(reader: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, at) => {
    const entries = Object.entries(membersOf(value, at)).map(([key, member]) => [key, reader(member, `${at}.${key}`)] as const);
    return Object.fromEntries(entries);
  };
}

/** An object with exactly these members; those named in `optional` may be missing. */
export function object<T extends object>(
  shape: { readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>> },
  optional: readonly (keyof T & string)[] = [],
): Reader<T> {
  const names = Object.keys(shape) as (keyof T & string)[];
  return (value, at) => {
    const members = membersOf(value, at);
    for (const key of Object.keys(members)) if (!Object.hasOwn(shape, key)) refuse(`${at}.${key}`, 'no such member', members[key]);
    const made: Partial<Record<string, unknown>> = {};
    for (const name of names) {
      if (Object.hasOwn(members, name)) made[name] = shape[name](members[name], `${at}.${name}`);
      else if (!optional.includes(name)) refuse(`${at}.${name}`, 'a value', undefined);
    }
    return made as T;
  };
}

const bareRanges = list(tuple<readonly [number, number]>(count, count));
/** Canonical ranges. */
export const ranges: Reader<Ranges> = (value, at) => {
  const read = bareRanges(value, at);
  return isCanonical(read) ? read : refuse(at, 'ascending ranges that do not touch', value);
};

/** Parses JSON text; broken JSON is refused without showing it: not as a cause either, as V8 quotes the text in its message (promise 11). */
export function parseJson(bytes: Uint8Array, at: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    throw new InputRefusedError(`ledger object ${at} is no JSON; it is kept as it is and not used`, { code: 'ledger-object-malformed' });
  }
}

function membersOf(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) refuse(at, 'an object', value);
  return value as Readonly<Record<string, unknown>>;
}
