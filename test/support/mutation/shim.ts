// The part of the test API that the killers use, without a runner: tests are collected and run in order, in the thread of a mutant.
// Matching is Node's own (`isDeepStrictEqual`, `partialDeepStrictEqual`) after what `toEqual` ignores, undefined members and
// prototypes, is taken out. A test that does not pass here without a mutant is no killer.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

type Run = () => unknown;
interface Collected {
  readonly name: string;
  readonly run: Run;
}
let collected: Collected[] = [];
let before: Run[] = [];

/** The tests declared since the last call, with what must run before each. */
export function takeTests(): readonly Collected[] {
  const [tests, setups] = [collected, before];
  [collected, before] = [[], []];
  return tests.map(({ name, run }) => ({
    name,
    run: async () => {
      for (const setup of setups) await setup();
      await run();
    },
  }));
}

export const describe = Object.assign((_name: string, body: () => void) => body(), {
  each:
    (cases: readonly unknown[]) =>
    (_name: string, body: (...given: unknown[]) => void): void => {
      for (const one of cases) body(...(Array.isArray(one) ? one : [one]));
    },
});
export const it = Object.assign((name: string, run: Run) => void collected.push({ name, run }), {
  each:
    (cases: readonly unknown[]) =>
    (name: string, run: (...given: unknown[]) => unknown): void => {
      for (const one of cases) collected.push({ name: `${name} ${String(one)}`, run: () => run(...(Array.isArray(one) ? one : [one])) });
    },
});
export const test = it;
export const beforeEach = (run: Run): void => void before.push(run);
export const beforeAll = (run: Run): void => {
  let done: unknown;
  before.push(() => (done ??= Promise.resolve(run())));
};
export const afterEach = (): void => {};
export const afterAll = (): void => {};

interface Asymmetric {
  readonly isAsymmetric: true;
  matches(value: unknown): boolean;
}
const asymmetric = (matches: (value: unknown) => boolean): Asymmetric => ({ isAsymmetric: true, matches });

export const expect = Object.assign((actual: unknown) => matchers(actual, false), {
  any: (type: (...given: never[]) => unknown) =>
    asymmetric((value) => typeof value === type.name.toLowerCase() || (typeof type === 'function' && Object(value) instanceof type)),
  anything: () => asymmetric((value) => value !== undefined && value !== null),
  stringContaining: (part: string) => asymmetric((value) => typeof value === 'string' && value.includes(part)),
  stringMatching: (pattern: RegExp | string) => asymmetric((value) => typeof value === 'string' && new RegExp(pattern).test(value)),
  arrayContaining: (parts: readonly unknown[]) =>
    asymmetric((value) => Array.isArray(value) && parts.every((part) => value.some((one) => matches(one, part, true)))),
  objectContaining: (part: unknown) => asymmetric((value) => matches(value, part, true)),
});

/** Deep comparison; `isPartial`: members that `wanted` does not name are free. */
function matches(actual: unknown, wanted: unknown, isPartial: boolean): boolean {
  if (typeof wanted === 'object' && wanted !== null && 'isAsymmetric' in wanted) return (wanted as Asymmetric).matches(actual);
  if (typeof wanted !== 'object' || wanted === null || typeof actual !== 'object' || actual === null) return Object.is(actual, wanted);
  if (Array.isArray(wanted)) {
    if (!Array.isArray(actual) || actual.length !== wanted.length) return false;
    return wanted.every((one, i) => matches(actual[i], one, isPartial));
  }
  if (wanted instanceof Map || wanted instanceof Set || ArrayBuffer.isView(wanted)) return isDeepStrictEqual(actual, wanted);
  const [left, right] = [actual as Record<string, unknown>, wanted as Record<string, unknown>];
  const keys = new Set([...Object.keys(right), ...(isPartial ? [] : Object.keys(left))]);
  return [...keys].every((key) => matches(left[key], right[key], isPartial));
}

type Matchers = ReturnType<typeof plainMatchers> & {
  readonly not: Matchers;
  readonly rejects: ReturnType<typeof rejection>;
  readonly resolves: ReturnType<typeof resolution>;
};

function matchers(actual: unknown, isNot: boolean): Matchers {
  return {
    ...plainMatchers(actual, isNot),
    get not() {
      return matchers(actual, !isNot);
    },
    rejects: rejection(actual, isNot),
    resolves: resolution(actual, isNot),
  };
}

function matchesError(error: unknown, wanted: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  if (wanted === undefined) return true;
  if (wanted instanceof RegExp) return wanted.test(message);
  if (typeof wanted === 'string') return message.includes(wanted);
  return typeof wanted === 'function' ? error instanceof wanted : matches(error, wanted, true);
}

function plainMatchers(actual: unknown, isNot: boolean) {
  const check = (isTrue: boolean): void => assert.ok(isTrue !== isNot);
  const thrownBy = (): unknown => {
    try {
      (actual as Run)();
    } catch (error) {
      return { error };
    }
    return undefined;
  };
  return {
    toBe: (wanted: unknown) => check(Object.is(actual, wanted)),
    toEqual: (wanted: unknown) => check(matches(actual, wanted, false)),
    toStrictEqual: (wanted: unknown) => check(isDeepStrictEqual(actual, wanted)),
    toMatchObject: (wanted: unknown) => check(matches(actual, wanted, true)),
    toBeUndefined: () => check(actual === undefined),
    toBeDefined: () => check(actual !== undefined),
    toBeNull: () => check(actual === null),
    toBeTruthy: () => check(Boolean(actual)),
    toBeInstanceOf: (type: new (...given: never[]) => unknown) => check(actual instanceof type),
    toHaveLength: (length: number) => check((actual as ArrayLike<unknown>).length === length),
    toHaveProperty: (name: string) => check(typeof actual === 'object' && actual !== null && name in actual),
    toContain: (part: unknown) => check((actual as string & unknown[]).includes(part as string)),
    toContainEqual: (part: unknown) => check((actual as unknown[]).some((one) => matches(one, part, false))),
    toMatch: (pattern: RegExp | string) =>
      check(pattern instanceof RegExp ? pattern.test(String(actual)) : String(actual).includes(pattern)),
    toBeGreaterThan: (than: number) => check(Number(actual) > than),
    toBeGreaterThanOrEqual: (than: number) => check(Number(actual) >= than),
    toBeLessThan: (than: number) => check(Number(actual) < than),
    toBeLessThanOrEqual: (than: number) => check(Number(actual) <= than),
    toThrow: (wanted?: unknown) => {
      const thrown = thrownBy() as { readonly error: unknown } | undefined;
      check(thrown !== undefined && matchesError(thrown.error, wanted));
    },
  };
}

function rejection(actual: unknown, isNot: boolean) {
  const rejected = async (judge: (error: unknown) => boolean): Promise<void> => {
    let error: unknown = NOTHING;
    await (actual as Promise<unknown>).catch((caught: unknown) => {
      error = caught;
    });
    assert.ok((error !== NOTHING && judge(error)) !== isNot);
  };
  return {
    toBe: (wanted: unknown) => rejected((error) => Object.is(error, wanted)),
    toThrow: (wanted?: unknown) => rejected((error) => matchesError(error, wanted)),
    toMatchObject: (wanted: unknown) => rejected((error) => matches(error, wanted, true)),
    toBeInstanceOf: (type: new (...given: never[]) => unknown) => rejected((error) => error instanceof type),
  };
}

function resolution(actual: unknown, isNot: boolean) {
  const resolved = async (judge: (value: unknown) => boolean): Promise<void> =>
    assert.ok(judge(await (actual as Promise<unknown>)) !== isNot);
  return {
    toBe: (wanted: unknown) => resolved((value) => Object.is(value, wanted)),
    toEqual: (wanted: unknown) => resolved((value) => matches(value, wanted, false)),
    toMatchObject: (wanted: unknown) => resolved((value) => matches(value, wanted, true)),
    toBeUndefined: () => resolved((value) => value === undefined),
  };
}

const NOTHING = Symbol('nothing');
