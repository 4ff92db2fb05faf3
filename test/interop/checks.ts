// Counts what the interop suites prove: each check has a name that is a promise, a failure keeps its message, and nothing stops
// at the first one. Output goes to the terminal as it happens; the last line is for machines.
import { isDeepStrictEqual } from 'node:util';

export interface Checks {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly string[];
  /** Passes when `run` returns; its error is the failure's message. */
  check(name: string, run: () => void | Promise<void>): Promise<boolean>;
  equal(name: string, actual: unknown, expected: unknown): Promise<boolean>;
  /** Adds the counts another process reported. */
  add(name: string, passed: number, failed: number): void;
}

/** Starts an empty tally that writes each failure to stdout. */
export function makeChecks(): Checks {
  let passed = 0;
  const failures: string[] = [];
  let foreignFailures = 0;
  const fail = (name: string, message: string) => {
    failures.push(name);
    process.stdout.write(`  ✗ ${name}\n${indent(message)}\n`);
  };
  const check = async (name: string, run: () => void | Promise<void>) => {
    try {
      await run();
    } catch (error) {
      fail(name, error instanceof Error ? error.message : String(error));
      return false;
    }
    passed += 1;
    return true;
  };
  return {
    get passed() {
      return passed;
    },
    get failed() {
      return failures.length + foreignFailures;
    },
    failures,
    check,
    equal: (name, actual, expected) =>
      check(name, () => {
        if (!isDeepStrictEqual(actual, expected)) throw new Error(difference(actual, expected));
      }),
    add(name, more, broken) {
      passed += more;
      foreignFailures += broken;
      if (broken > 0) process.stdout.write(`  ✗ ${name}: ${broken} failed\n`);
    },
  };
}

/** Throws with the message unless the condition holds. */
export function must(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

function difference(actual: unknown, expected: unknown): string {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    const at = expected.findIndex((value, index) => !isDeepStrictEqual(value, actual[index]));
    const where = at < 0 ? expected.length : at;
    return `${actual.length} elements, expected ${expected.length}; first difference at ${where}:\n  got      ${show(actual[where])}\n  expected ${show(expected[where])}`;
  }
  return `got      ${show(actual)}\nexpected ${show(expected)}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? String(value);
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}

function indent(message: string): string {
  return message
    .split('\n')
    .slice(0, 40)
    .map((line) => `      ${line}`)
    .join('\n');
}
