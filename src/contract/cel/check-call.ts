// Calls in CEL: functions and methods by the table of types.ts, the `has` macro, literal arguments that can be judged now.
import type { CelExpr } from '../compiled.ts';
import { isCelDuration } from '../durations.ts';
import { parseIsoTimestamp } from '../iso-time.ts';
import { patternProblem } from '../patterns.ts';
import { suggestion } from '../suggest.ts';
import { type CelScope, problem, typeName } from './scope.ts';
import { CEL_FUNCTIONS, type CelSignature, type CelType } from './types.ts';

type Call = CelExpr & { readonly op: 'call' };

const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter']);

/** The type of a call. */
export function checkCall(scope: CelScope, call: Call): CelType {
  if (call.target && MACROS.has(call.name)) {
    scope.typeOf(call.target);
    return problem(scope, call, {
      message: `the macro ${call.name}() is not supported in this version`,
      remedy: 'state the rule over single values',
    });
  }
  if (call.name === 'has' && !call.target) return checkHas(scope, call);
  const signatures = Object.hasOwn(CEL_FUNCTIONS, call.name) ? CEL_FUNCTIONS[call.name]! : undefined;
  const target = call.target && scope.typeOf(call.target);
  const args = call.args.map((arg) => scope.typeOf(arg));
  if (!signatures) {
    const remedy = suggestion(call.name, [...Object.keys(CEL_FUNCTIONS), 'has']);
    return problem(scope, call, { message: `unknown function '${call.name}'`, remedy });
  }
  const fitting = signatures.find((signature) => fits(signature, target, args));
  if (!fitting) return wrongCall(scope, call, { signatures, target, args });
  checkLiterals(scope, call);
  return { kind: fitting.result } as CelType;
}

function checkHas(scope: CelScope, call: Call): CelType {
  const arg = call.args[0];
  if (call.args.length === 1 && arg?.op === 'select') scope.typeOf(arg);
  else problem(scope, call, { message: 'expected a selection in has(): has(a.b)', remedy: 'for a column write: a != null' });
  return { kind: 'bool' };
}

function fits(signature: CelSignature, target: CelType | undefined, args: readonly CelType[]): boolean {
  if ((signature.target === undefined) !== (target === undefined) || signature.args.length !== args.length) return false;
  if (target && target.kind !== 'dyn' && target.kind !== signature.target) return false;
  return signature.args.every((kind, i) => args[i]!.kind === 'dyn' || args[i]!.kind === kind);
}

interface Given {
  readonly signatures: readonly CelSignature[];
  readonly target: CelType | undefined;
  readonly args: readonly CelType[];
}

function wrongCall(scope: CelScope, call: Call, given: Given): CelType {
  const { signatures, target, args } = given;
  if (target?.kind === 'timestamp' && args.length === 1 && /^get/.test(call.name)) {
    return problem(scope, call, {
      message: `${call.name}() takes no time zone in this version: it is UTC`,
      remedy: 'add or subtract a duration first',
    });
  }
  const got = `${target ? `${typeName(target)}.` : ''}${call.name}(${args.map((arg) => arg.kind).join(', ')})`;
  const forms = signatures.map((one) => `${one.target ? `${one.target}.` : ''}${call.name}(${one.args.join(', ')})`);
  return problem(scope, call, { message: `there is no ${got}`, remedy: `there is ${[...new Set(forms)].join(', ')}` });
}

/** Patterns must be known now, to be proven RE2; constant durations and timestamps must be some. */
function checkLiterals(scope: CelScope, call: Call): void {
  const arg = call.args[call.args.length - 1];
  if (!arg) return;
  const text = arg.op === 'literal' && typeof arg.value === 'string' ? arg.value : undefined;
  if (call.name === 'matches') {
    const wrong = text === undefined ? 'the pattern of matches() must be a constant' : patternProblem(text);
    if (wrong) problem(scope, arg, { message: wrong, remedy: 'patterns are RE2 expressions' });
  } else if (text !== undefined && call.name === 'duration' && !isCelDuration(text)) {
    problem(scope, arg, { message: 'no duration: expected numbers with h, m, s, ms, us or ns', remedy: "'10m', '1h30m'; a day is '24h'" });
  } else if (text !== undefined && call.name === 'timestamp' && !isRfc3339(text)) {
    problem(scope, arg, { message: 'no timestamp: expected RFC 3339 with an offset', remedy: "'2026-01-31T00:00:00Z'" });
  }
}

/** Seconds and an offset must be there, as when the text of a record is read. */
function isRfc3339(text: string): boolean {
  return /[Tt]\d\d:\d\d:\d\d/.test(text) && parseIsoTimestamp(text, 'nanos')?.hasOffset === true;
}
