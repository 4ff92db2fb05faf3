// Results kept by what they were made of, for functions whose result depends on nothing else. Objects of the protocol never change, and
// with the shortcuts the in-memory store gives every reader the buffer it stores, so the second reader of an object is given what the
// first one parsed; schemas are made one object by their text, so what is derived from a schema is derived once.

type Fn<A extends readonly unknown[], R> = (...args: A) => R;

/** Kept by the buffer, and by what else the result depends on; `fresh` makes of what is kept what a caller may change. */
export function byBytes<A extends readonly unknown[], R>(
  make: Fn<[Uint8Array, ...A], R>,
  options: { readonly keyOf?: (...rest: A) => string; readonly fresh?: (kept: R) => R } = {},
): Fn<[Uint8Array, ...A], R> {
  const kept = new WeakMap<Uint8Array, Map<string, R>>();
  return (bytes, ...rest) => {
    const key = options.keyOf?.(...rest) ?? '';
    const results = kept.get(bytes) ?? new Map<string, R>();
    kept.set(bytes, results);
    if (!results.has(key)) results.set(key, make(bytes, ...rest));
    const result = results.get(key)!;
    return options.fresh ? options.fresh(result) : result;
  };
}

/** Kept by the object that comes first, and by another one where the function has two. */
export function byObject<A extends readonly object[], R>(make: Fn<A, R>, secondOf?: (...args: A) => object): Fn<A, R> {
  const kept = new WeakMap<object, WeakMap<object, R>>();
  return (...args) => {
    const first: object = args[0]!;
    const results = kept.get(first) ?? new WeakMap<object, R>();
    kept.set(first, results);
    const second = secondOf ? secondOf(...args) : first;
    const known = results.get(second) ?? make(...args);
    results.set(second, known);
    return known;
  };
}

/** Texts of schemas and the like repeat from schedule to schedule; should they ever not, this bounds what is kept. */
const TEXTS_MAX = 5000;

/** Kept by all arguments as text. */
export function byText<A extends readonly unknown[], R>(make: Fn<A, R>): Fn<A, R> {
  const kept = new Map<string, R>();
  return (...args) => {
    const key = textOf(args);
    if (!kept.has(key)) {
      if (kept.size >= TEXTS_MAX) kept.clear();
      kept.set(key, make(...args));
    }
    return kept.get(key)!;
  };
}

/** Kept by an object that never changes, and by a text. */
export function byNamed<A extends object, R>(make: Fn<[A, string], R>): Fn<[A, string], R> {
  const kept = new WeakMap<A, Map<string, R>>();
  return (object, name) => {
    const results = kept.get(object) ?? new Map<string, R>();
    kept.set(object, results);
    if (!results.has(name)) results.set(name, make(object, name));
    return results.get(name)!;
  };
}

const textOfOne = byObject((object: object) => textOf(object));

/** The text of arguments of which the first is a schema: most are one object, used often. */
export function schemaKey(schema: object, ...rest: readonly unknown[]): string {
  return rest.length === 0 ? textOfOne(schema) : `${textOfOne(schema)} ${textOf(rest)}`;
}

export function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // Beyond 2^53 integers are bigint, which JSON has not; asking of every member costs ten times as much.
    return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `${member}n` : member));
  }
}

interface Placed {
  readonly sequenceNumber: number;
  readonly addedSnapshotId: bigint;
  readonly firstRowId?: number | bigint | undefined;
  readonly specId?: number;
}

/** What the entries of a manifest take from its line in the list. */
export function lineKey({ sequenceNumber, addedSnapshotId, firstRowId, specId }: Placed): string {
  return `${sequenceNumber} ${addedSnapshotId} ${firstRowId} ${specId}`;
}

export function copied<T>(list: T[]): T[] {
  return [...list];
}
