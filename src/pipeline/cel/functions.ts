// The functions of contract/cel/types.ts, evaluated. A call on operands of other kinds is an error value, never an exception.
import { RE2JS } from 're2js';
import type { CelExpr } from '../../contract/compiled.ts';
import { ContractError } from '../../errors.ts';
import { makeTextMatcher } from '../text-match.ts';
import { type CelEval, compileExpr, lift, noOverload } from './compile.ts';
import { toDoubleValue, toDuration, toInt, toText, toTimestamp } from './conversions.ts';
import type { RowView } from './row-view.ts';
import { CelDuration, CelError, CelTimestamp, type CelValue } from './values.ts';

type Call = CelExpr & { readonly op: 'call' };
type Apply = (operands: readonly CelValue[]) => CelValue | CelError;

/** Compiles a call; target and arguments are evaluated in order, the first error is the result. */
export function compileCall(call: Call, view: RowView): CelEval {
  if (call.name === 'has') return compileHas(call, view);
  const operands = [...(call.target ? [call.target] : []), ...call.args];
  const apply = call.name === 'matches' ? matchesOf(operands[1]) : Object.hasOwn(FUNCTIONS, call.name) ? FUNCTIONS[call.name] : undefined;
  if (!apply)
    throw new ContractError(`a rule calls ${JSON.stringify(call.name)}, which does not exist · correct the contract`, { code: 'cel-call' });
  const evals = operands.map((operand) => compileExpr(operand, view));
  return () => {
    const values: CelValue[] = [];
    for (const evaluate of evals) {
      const value = evaluate();
      if (value instanceof CelError) return value;
      values.push(value);
    }
    return apply(values);
  };
}

/** has(a.b): b is there and not null; missing = null. */
function compileHas(call: Call, view: RowView): CelEval {
  const [argument] = call.args;
  if (argument?.op !== 'select') throw new ContractError('has() takes a selection · correct the contract', { code: 'cel-call' });
  const evaluate = compileExpr(argument, view);
  return () => lift(evaluate(), (value) => value !== null);
}

/** RE2 on any part of the text, as CEL's matches() has it; the pattern is a constant. */
function matchesOf(pattern: CelExpr | undefined): Apply {
  if (pattern?.op !== 'literal' || typeof pattern.value !== 'string') {
    throw new ContractError('the pattern of matches() is a constant · correct the contract', { code: 'cel-call' });
  }
  const compiled = RE2JS.compile(pattern.value);
  const test = makeTextMatcher((text) => compiled.test(text));
  return ([text]) => (typeof text === 'string' ? test(text) : noOverload('matches', text ?? null));
}

const FUNCTIONS: Readonly<Record<string, Apply>> = {
  size: ([value]) => sizeOf(value ?? null),
  startsWith: ofTexts('startsWith', (a, b) => a.startsWith(b)),
  endsWith: ofTexts('endsWith', (a, b) => a.endsWith(b)),
  contains: ofTexts('contains', (a, b) => a.includes(b)),
  lowerAscii: ofText('lowerAscii', (text) => text.replace(/[A-Z]+/g, (run) => run.toLowerCase())),
  upperAscii: ofText('upperAscii', (text) => text.replace(/[a-z]+/g, (run) => run.toUpperCase())),
  duration: ([value]) => toDuration(value ?? null),
  timestamp: ([value]) => toTimestamp(value ?? null),
  int: ([value]) => toInt(value ?? null),
  double: ([value]) => toDoubleValue(value ?? null),
  string: ([value]) => toText(value ?? null),
  getFullYear: ofDate('getFullYear', (date) => date.getUTCFullYear()),
  getMonth: ofDate('getMonth', (date) => date.getUTCMonth()),
  getDate: ofDate('getDate', (date) => date.getUTCDate()),
  getDayOfMonth: ofDate('getDayOfMonth', (date) => date.getUTCDate() - 1),
  getDayOfWeek: ofDate('getDayOfWeek', (date) => date.getUTCDay()),
  getDayOfYear: ofDate('getDayOfYear', dayOfYear),
  getHours: ofClock('getHours', { unit: 3_600_000_000_000n, wrap: 24n }),
  getMinutes: ofClock('getMinutes', { unit: 60_000_000_000n, wrap: 60n }),
  getSeconds: ofClock('getSeconds', { unit: 1_000_000_000n, wrap: 60n }),
  getMilliseconds: ofClock('getMilliseconds', { unit: 1_000_000n, wrap: 1000n, wrapsDuration: true }),
};

function sizeOf(value: CelValue): CelValue | CelError {
  if (typeof value === 'string') {
    let count = 0n;
    for (const _ of value) count++;
    return count;
  }
  if (value instanceof Uint8Array || Array.isArray(value)) return BigInt(value.length);
  return value instanceof Map ? BigInt(value.size) : noOverload('size', value);
}

function ofTexts(name: string, apply: (a: string, b: string) => boolean): Apply {
  return ([a, b]) => (typeof a === 'string' && typeof b === 'string' ? apply(a, b) : noOverload(name, a ?? null, b ?? null));
}

function ofText(name: string, apply: (text: string) => string): Apply {
  return ([text]) => (typeof text === 'string' ? apply(text) : noOverload(name, text ?? null));
}

function ofDate(name: string, part: (date: Date) => number): Apply {
  return ([value]) => {
    if (!(value instanceof CelTimestamp)) return noOverload(name, value ?? null);
    const date = new Date(Number(floorDiv(value.nanos, 1_000_000n)));
    return Number.isNaN(date.getTime()) ? new CelError('timestamp out of range') : BigInt(part(date));
  };
}

function dayOfYear(date: Date): number {
  const first = new Date(date);
  first.setUTCMonth(0, 1);
  return Math.round((date.getTime() - first.getTime()) / 86_400_000);
}

/** The clock part of a timestamp in UTC; of a duration the whole in that unit, truncated. */
function ofClock(name: string, plan: { readonly unit: bigint; readonly wrap: bigint; readonly wrapsDuration?: boolean }): Apply {
  return ([value]) => {
    if (value instanceof CelTimestamp) return floorMod(floorDiv(value.nanos, plan.unit), plan.wrap);
    if (!(value instanceof CelDuration)) return noOverload(name, value ?? null);
    const whole = value.nanos / plan.unit;
    return plan.wrapsDuration ? whole % plan.wrap : whole;
  };
}

function floorDiv(a: bigint, b: bigint): bigint {
  return (a - floorMod(a, b)) / b;
}

function floorMod(a: bigint, b: bigint): bigint {
  return ((a % b) + b) % b;
}
