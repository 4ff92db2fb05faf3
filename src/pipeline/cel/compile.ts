// CelExpr → a closure over the row view, made once per pipeline. Semantics: the CEL language definition with the additions of
// contract/cel/types.ts (missing = null; int, double and decimal compare by value). A null operand of anything but == and != is an
// error; && and || absorb an error when the other side decides. Steps of LIMITS.celStepsMax: there are no loops, so every node of the
// expression is one, evaluated or not, and every element that `in` looks at.
import type { CelExpr } from '../../contract/compiled.ts';
import { LIMITS } from '../../contract/limits.ts';
import { ContractError } from '../../errors.ts';
import { arithmetic, negate } from './arithmetic.ts';
import { compileCall } from './functions.ts';
import { type RowView, readKafka, readRaw, readSlot, slotOf } from './row-view.ts';
import { CelError, type CelList, type CelMap, type CelValue, compare, isEqual, kindOf } from './values.ts';
import { countNodes } from './walk.ts';

/** Evaluates over the row the view is at: the boolean, null, or the message of an error. */
export type CelProgram = () => boolean | null | string;
export type CelEval = () => CelValue | CelError;

/** Compiles a checked expression. Throws ContractError for what `checkCel` would have refused. */
export function compileCel(expr: CelExpr, view: RowView): CelProgram {
  const evaluate = compileExpr(expr, view);
  const nodes = countNodes(expr);
  return () => {
    view.steps = nodes;
    const value = evaluate();
    if (view.steps > LIMITS.celStepsMax) return `budget: expected at most ${LIMITS.celStepsMax} evaluation steps, got more`;
    if (value instanceof CelError) return value.message;
    return value === null || typeof value === 'boolean' ? value : `expected bool, got ${kindOf(value)}`;
  };
}

export function compileExpr(expr: CelExpr, view: RowView): CelEval {
  switch (expr.op) {
    case 'literal': {
      const { value } = expr;
      return () => value;
    }
    case 'ident':
    case 'select':
      return compileName(expr, view);
    case 'index':
      return compileIndex(expr, view);
    case 'call':
      return compileCall(expr, view);
    case 'list': {
      const items = expr.items.map((item) => compileExpr(item, view));
      return () => evaluateAll(items);
    }
    case 'map':
      return compileMap(expr, view);
    case '!': {
      const operand = compileExpr(expr.operand, view);
      return () => not(operand());
    }
    case 'neg': {
      const operand = compileExpr(expr.operand, view);
      return () => lift(operand(), negate);
    }
    case '?:':
      return compileChoice(expr, view);
    default:
      return compileBinary(expr, view);
  }
}

/** Applies a function to a value that is no error. */
export function lift(value: CelValue | CelError, apply: (value: CelValue) => CelValue | CelError): CelValue | CelError {
  return value instanceof CelError ? value : apply(value);
}

export function noOverload(name: string, ...operands: readonly CelValue[]): CelError {
  return new CelError(`no such overload: ${name} of ${operands.map(kindOf).join(' and ')}`);
}

function evaluateAll(items: readonly CelEval[]): CelList | CelError {
  const values: CelValue[] = [];
  for (const item of items) {
    const value = item();
    if (value instanceof CelError) return value;
    values.push(value);
  }
  return values;
}

function compileMap(expr: CelExpr & { op: 'map' }, view: RowView): CelEval {
  const entries = expr.entries.map(([key, value]) => [compileExpr(key, view), compileExpr(value, view)] as const);
  return () => {
    const map = new Map<CelValue, CelValue>();
    for (const [key, value] of entries) {
      const [k, v] = [key(), value()];
      if (k instanceof CelError) return k;
      if (v instanceof CelError) return v;
      if (map.has(k)) return new CelError('expected distinct keys in a map, got a repeated one');
      map.set(k, v);
    }
    return map;
  };
}

/** `a`, `a.b.c`: straight to the slot where a chain of structs leads to one. */
function compileName(expr: CelExpr & { op: 'ident' | 'select' }, view: RowView): CelEval {
  const slot = slotOf(expr, view);
  if (slot !== undefined) {
    const read = readSlot(view.set, slot, view.bytes);
    return () => read(view.set.row);
  }
  if (expr.op === 'ident') {
    if (expr.name === 'raw') return () => readRaw(view);
    throw unknown(expr.name);
  }
  if (expr.object.op === 'ident' && expr.object.name === 'kafka') {
    const read = readKafka(view, expr.member);
    if (!read) throw unknown(`kafka.${expr.member}`);
    return read;
  }
  const object = compileExpr(expr.object, view);
  const { member } = expr;
  return () => lift(object(), (value) => selectMember(value, member));
}

function unknown(name: string): ContractError {
  return new ContractError(`a rule names ${JSON.stringify(name)}, which is no column, kafka or raw · correct the contract`, {
    code: 'cel-name',
  });
}

/** A member of null is null: missing = null, all the way. */
function selectMember(value: CelValue, member: string): CelValue | CelError {
  if (value === null) return null;
  return value instanceof Map ? ((value as CelMap).get(member) ?? null) : noOverload(`.${member}`, value);
}

function compileIndex(expr: CelExpr & { op: 'index' }, view: RowView): CelEval {
  const object = compileExpr(expr.object, view);
  const index = compileExpr(expr.index, view);
  return () => lift(object(), (value) => lift(index(), (at) => selectIndex(value, at)));
}

function selectIndex(value: CelValue, at: CelValue): CelValue | CelError {
  if (value === null) return null;
  if (value instanceof Map) return (value as CelMap).get(at) ?? null;
  if (!Array.isArray(value) || typeof at !== 'bigint') return noOverload('[]', value, at);
  const item = (value as CelList)[Number(at)];
  return item === undefined ? new CelError('index out of range') : item;
}

function not(value: CelValue | CelError): CelValue | CelError {
  return lift(value, (operand) => (typeof operand === 'boolean' ? !operand : noOverload('!', operand)));
}

function compileChoice(expr: CelExpr & { op: '?:' }, view: RowView): CelEval {
  const condition = compileExpr(expr.condition, view);
  const then = compileExpr(expr.then, view);
  const otherwise = compileExpr(expr.otherwise, view);
  return () =>
    lift(condition(), (value) => {
      if (typeof value !== 'boolean') return noOverload('?:', value);
      return value ? then() : otherwise();
    });
}

type Binary = Extract<CelExpr, { readonly left: CelExpr }>;

function compileBinary(expr: Binary, view: RowView): CelEval {
  const left = compileExpr(expr.left, view);
  const right = compileExpr(expr.right, view);
  const { op } = expr;
  switch (op) {
    case '&&':
      return () => decide(left, right, false);
    case '||':
      return () => decide(left, right, true);
    case '==':
      return isNullLiteral(expr.right) ? isNull(left) : binary(left, right, isEqual);
    case '!=':
      return isNullLiteral(expr.right) ? isNotNull(left) : binary(left, right, (a, b) => !isEqual(a, b));
    case '<':
      return ordered('<', left, right, (sign) => sign < 0);
    case '<=':
      return ordered('<=', left, right, (sign) => sign <= 0);
    case '>':
      return ordered('>', left, right, (sign) => sign > 0);
    case '>=':
      return ordered('>=', left, right, (sign) => sign >= 0);
    case 'in':
      return binary(left, right, (a, b) => isIn(a, b, view));
    default:
      return binary(left, right, (a, b) => arithmetic(op, a, b));
  }
}

function isNullLiteral(expr: CelExpr): boolean {
  return expr.op === 'literal' && expr.value === null;
}

/** `x == null`, the guard most rules begin with. */
function isNull(operand: CelEval): CelEval {
  return () => {
    const value = operand();
    return value instanceof CelError ? value : value === null;
  };
}

function isNotNull(operand: CelEval): CelEval {
  const test = isNull(operand);
  return () => not(test());
}

/** && (`deciding` false) and || (true): the deciding value on either side wins over an error on the other. */
function decide(left: CelEval, right: CelEval, deciding: boolean): CelValue | CelError {
  const a = left();
  if (a === deciding) return deciding;
  const b = right();
  if (b === deciding) return deciding;
  if (a instanceof CelError) return a;
  if (b instanceof CelError) return b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return !deciding;
  return noOverload(deciding ? '||' : '&&', a, b);
}

function binary(left: CelEval, right: CelEval, apply: (a: CelValue, b: CelValue) => CelValue | CelError): CelEval {
  return () => lift(left(), (a) => lift(right(), (b) => apply(a, b)));
}

function ordered(name: string, left: CelEval, right: CelEval, holds: (sign: number) => boolean): CelEval {
  return binary(left, right, (a, b) => {
    const sign = compare(a, b);
    return sign === undefined ? noOverload(name, a, b) : holds(sign);
  });
}

function isIn(value: CelValue, container: CelValue, view: RowView): boolean | CelError {
  if (Array.isArray(container)) {
    view.steps += container.length;
    // Over budget nothing more is looked at; the program's result is then the budget's, whatever this is.
    if (view.steps > LIMITS.celStepsMax) return false;
    return (container as CelList).some((item) => isEqual(value, item));
  }
  return container instanceof Map ? (container as CelMap).has(value) : noOverload('in', value, container);
}
