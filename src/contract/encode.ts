// Compiled contracts as plain JSON values and back, exactly: bigint, Uint8Array, Map and undefined travel as tagged objects.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The JSON value of any plain data. Throws on functions, symbols, class instances and numbers that are not finite. */
export function encode(value: unknown): Json {
  switch (typeof value) {
    case 'undefined':
      return { $undefined: true };
    case 'bigint':
      return { $bigint: value.toString() };
    case 'boolean':
    case 'string':
      return value;
    case 'number':
      if (Object.is(value, -0)) return { $number: '-0' };
      if (!Number.isFinite(value)) throw new TypeError('a number that is not finite cannot be serialised');
      return value;
    case 'object':
      return encodeObject(value);
    default:
      throw new TypeError(`a ${typeof value} cannot be serialised`);
  }
}

/** The inverse of `encode`. Throws TypeError on a tag it does not know. */
export function decode(json: unknown): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(decode);
  const keys = Object.keys(json);
  if (keys.length === 1 && keys[0]!.startsWith('$')) return decodeTagged(keys[0]!, (json as Record<string, unknown>)[keys[0]!]);
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, decode(item)]));
}

/** Compact text with the keys of objects in order, so that equal values have equal text. */
export function canonicalText(json: Json): string {
  if (json === null || typeof json !== 'object') return JSON.stringify(json);
  if (isList(json)) return `[${json.map(canonicalText).join(',')}]`;
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`).join(',')}}`;
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function encodeObject(value: object | null): Json {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(encode);
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Map) return { $map: [...value].map(([key, item]) => [encode(key), encode(item)]) };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('only plain data can be serialised');
  const entries = Object.entries(value).map(([key, item]) => [key, encode(item)] as const);
  // An object that looks like a tag is written as its entries.
  if (entries.length === 1 && entries[0]![0].startsWith('$')) return { $object: entries.map(([key, item]) => [key, item]) };
  return Object.fromEntries(entries);
}

function decodeTagged(tag: string, value: unknown): unknown {
  switch (tag) {
    case '$undefined':
      return undefined;
    case '$bigint':
      return BigInt(value as string);
    case '$number':
      return Number(value);
    case '$bytes':
      return new Uint8Array(Buffer.from(value as string, 'base64'));
    case '$map':
      return new Map((value as readonly [unknown, unknown][]).map(([key, item]) => [decode(key), decode(item)]));
    case '$object':
      return Object.fromEntries((value as readonly [string, unknown][]).map(([key, item]) => [key, decode(item)]));
    default:
      throw new TypeError(`the tag ${tag} is unknown: the text was written by another version`);
  }
}
