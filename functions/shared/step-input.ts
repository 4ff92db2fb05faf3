// The input of a function behind a state machine: one object with a `step` and that step's members. A machine that was started by hand, or a
// graph and a function of different deployments, are told apart from faults by name. No value is repeated.
import { InputRefusedError } from '../../src/errors.ts';

/** What one member must be, in words, and whether a value is. */
export interface Member {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

const isText = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);

export const MEMBERS = {
  contract: { expected: '<namespace>.<dataset>', holds: (value) => isText(value, /^[A-Za-z0-9_-]{1,200}\.[A-Za-z0-9_.-]{1,200}$/) },
  /** Step Functions: a name has at most 80 characters and none of these. */
  execution: { expected: 'the name of an execution', holds: (value) => isText(value, /^[A-Za-z0-9_.-]{1,80}$/) },
  plan: { expected: 'the name of a plan', holds: (value) => isText(value, /^[a-z-]{1,40}-[0-9a-f]{16}$/) },
  table: { expected: '<namespace>.<table>', holds: (value) => isText(value, /^[A-Za-z0-9_]{1,255}\.[A-Za-z0-9_]{1,255}$/) },
  number: { expected: 'a whole number from 0', holds: (value) => Number.isSafeInteger(value) && (value as number) >= 0 },
  answers: { expected: 'a list of answers with a status', holds: (value) => Array.isArray(value) && value.every(hasStatus) },
} as const satisfies Readonly<Record<string, Member>>;

function hasStatus(value: unknown): boolean {
  return typeof (value as { readonly status?: unknown } | null)?.status === 'string';
}

/** The input as one of its steps. Throws InputRefusedError that names what is missing, wrong or unknown. */
export function parseStep<I extends { readonly step: string }>(
  event: unknown,
  steps: { readonly [S in I['step']]: Readonly<Record<Exclude<keyof Extract<I, { step: S }>, 'step'>, Member>> },
): I {
  const input = (typeof event === 'object' && event !== null ? event : {}) as Readonly<Record<string, unknown>>;
  const { step, ...given } = input;
  const members = Object.hasOwn(steps, String(step)) ? (steps[step as I['step']] as Readonly<Record<string, Member>>) : undefined;
  if (members === undefined) throw refused(`expected a step of ${Object.keys(steps).join(', ')}`);
  const problems = [
    ...Object.entries(members).flatMap(([name, { expected, holds }]) => (holds(given[name]) ? [] : [`${name} is not ${expected}`])),
    ...Object.keys(given).flatMap((name) => (Object.hasOwn(members, name) ? [] : [`${name} is unknown`])),
  ];
  if (problems.length > 0) throw refused(`step ${String(step)}: ${problems.join('; ')}`);
  return input as unknown as I;
}

function refused(what: string): InputRefusedError {
  return new InputRefusedError(`the input of the function is refused: ${what}; start the state machine with what docs/aws.md says`, {
    code: 'malformed-step',
  });
}
