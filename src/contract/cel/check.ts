// Type check of a CEL expression against a contract's columns: unknown names with a suggestion, operands that never go together,
// functions that do not exist, patterns that are no RE2. What passes here is all that the pipeline evaluates.
import type { CelExpr } from '../compiled.ts';
import { suggestion } from '../suggest.ts';
import type { StructType } from '../types.ts';
import { checkCall } from './check-call.ts';
import { type CelProblem, type CelScope, DYN, problem, typeName } from './scope.ts';
import { type CelType, celStruct, KAFKA_MEMBERS } from './types.ts';

/** What an expression may name. */
export interface CelEnv {
  /** The contract's own columns. */
  readonly columns: StructType;
}

/** All problems of an expression whose result must be a bool. Never throws. Cost: one pass. */
export function checkCel(expr: CelExpr, env: CelEnv): readonly CelProblem[] {
  const scope: CelScope = { columns: celStruct(env.columns).members, problems: [], typeOf: (inner) => typeOf(scope, inner) };
  const type = typeOf(scope, expr);
  if (scope.problems.length === 0 && type.kind !== 'bool' && type.kind !== 'dyn') {
    problem(scope, expr, {
      message: `expected an expression that is true or false, got ${typeName(type)}`,
      remedy: 'compare it with something',
    });
  }
  return scope.problems;
}

const BOOL: CelType = { kind: 'bool' };

/** The type of an expression; problems are added to the scope, and an expression with one is dyn. */
function typeOf(scope: CelScope, expr: CelExpr): CelType {
  switch (expr.op) {
    case 'literal':
      return literalType(expr.value);
    case 'ident':
      return identType(scope, expr);
    case 'select':
      return selectType(scope, expr);
    case 'index':
      return indexType(scope, expr);
    case 'call':
      return checkCall(scope, expr);
    case 'list':
      return { kind: 'list', element: joined(expr.items.map((item) => typeOf(scope, item))) };
    case 'map':
      return mapType(scope, expr);
    case '!':
      need(scope, expr.operand, { kinds: ['bool'], by: "'!'" });
      return BOOL;
    case 'neg':
      return need(scope, expr.operand, { kinds: ['int', 'double', 'decimal', 'duration'], by: "'-'" });
    case '?:': {
      need(scope, expr.condition, { kinds: ['bool'], by: "the condition of '?:'" });
      return joined([typeOf(scope, expr.then), typeOf(scope, expr.otherwise)]);
    }
    default:
      return binaryType(scope, expr);
  }
}

function literalType(value: null | boolean | string | bigint | number | Uint8Array): CelType {
  if (value === null) return { kind: 'null' };
  switch (typeof value) {
    case 'boolean':
      return BOOL;
    case 'string':
      return { kind: 'string' };
    case 'bigint':
      return { kind: 'int' };
    case 'number':
      return { kind: 'double' };
    default:
      return { kind: 'bytes' };
  }
}

function identType(scope: CelScope, expr: CelExpr & { op: 'ident' }): CelType {
  const column = scope.columns.get(expr.name);
  if (column) return column;
  if (expr.name === 'kafka') return { kind: 'struct', members: KAFKA_MEMBERS };
  if (expr.name === 'raw') return DYN;
  return problem(scope, expr, {
    message: `unknown name '${expr.name}'`,
    remedy: suggestion(expr.name, [...scope.columns.keys(), 'kafka', 'raw']),
  });
}

function selectType(scope: CelScope, expr: CelExpr & { op: 'select' }): CelType {
  const object = typeOf(scope, expr.object);
  switch (object.kind) {
    case 'dyn':
      return DYN;
    case 'struct':
      return (
        object.members.get(expr.member) ??
        problem(scope, expr, { message: `unknown member '${expr.member}'`, remedy: suggestion(expr.member, [...object.members.keys()]) })
      );
    case 'map':
      if (object.key.kind === 'string' || object.key.kind === 'dyn') return object.value;
      return problem(scope, expr, { message: `the keys of this map are ${object.key.kind}`, remedy: 'use an index: m[key]' });
    default:
      return problem(scope, expr, { message: `${typeName(object)} has no member '${expr.member}'` });
  }
}

function indexType(scope: CelScope, expr: CelExpr & { op: 'index' }): CelType {
  const object = typeOf(scope, expr.object);
  const index = typeOf(scope, expr.index);
  if (object.kind === 'dyn') return DYN;
  if (object.kind === 'list') {
    if (index.kind === 'int' || index.kind === 'dyn') return object.element;
    return problem(scope, expr, { message: `expected an int as the index of a list, got ${typeName(index)}` });
  }
  if (object.kind === 'map') {
    if (canBeEqual(object.key, index)) return object.value;
    return problem(scope, expr, { message: `expected ${typeName(object.key)} as the key of this map, got ${typeName(index)}` });
  }
  return problem(scope, expr, {
    message: `${typeName(object)} cannot be indexed`,
    remedy: object.kind === 'struct' ? 'select a member: a.b' : '',
  });
}

function mapType(scope: CelScope, expr: CelExpr & { op: 'map' }): CelType {
  const keys = expr.entries.map(([key]) => need(scope, key, { kinds: ['string', 'int', 'bool'], by: 'a map (as a key)' }));
  const values = expr.entries.map(([, value]) => typeOf(scope, value));
  return { kind: 'map', key: joined(keys), value: joined(values) };
}

/** Refuses an operand that is of none of the kinds. */
function need(scope: CelScope, expr: CelExpr, wanted: { readonly kinds: readonly CelType['kind'][]; readonly by: string }): CelType {
  const type = typeOf(scope, expr);
  if (type.kind === 'dyn' || wanted.kinds.includes(type.kind)) return type;
  return problem(scope, expr, { message: `expected ${wanted.kinds.join(' or ')} for ${wanted.by}, got ${typeName(type)}` });
}

/** One type for all, or dyn. Null joins with anything. */
function joined(types: readonly CelType[]): CelType {
  const some = types.filter((type) => type.kind !== 'null');
  const first = some[0];
  if (!first) return types.length > 0 ? { kind: 'null' } : DYN;
  return some.every((type) => type.kind === first.kind) ? first : DYN;
}

type Binary = Extract<CelExpr, { readonly left: CelExpr }>;

function binaryType(scope: CelScope, expr: Binary): CelType {
  if (expr.op === '&&' || expr.op === '||') {
    for (const side of [expr.left, expr.right]) need(scope, side, { kinds: ['bool'], by: `'${expr.op}'` });
    return BOOL;
  }
  const left = typeOf(scope, expr.left);
  const right = typeOf(scope, expr.right);
  if (expr.op === 'in') return inType(scope, expr, { left, right });
  if (expr.op === '==' || expr.op === '!=') {
    if (canBeEqual(left, right)) return BOOL;
    return problem(scope, expr, { message: `${typeName(left)} and ${typeName(right)} are never equal`, remedy: remedyFor(left, right) });
  }
  if (expr.op === '<' || expr.op === '<=' || expr.op === '>' || expr.op === '>=') {
    if (isOrdered(left, right)) return BOOL;
    return problem(scope, expr, { message: `${typeName(left)} and ${typeName(right)} have no order`, remedy: remedyFor(left, right) });
  }
  const result = arithmetic(expr.op, { left: left.kind, right: right.kind });
  if (result)
    return result === 'list' && left.kind === 'list' && right.kind === 'list'
      ? { kind: 'list', element: joined([left.element, right.element]) }
      : ({ kind: result } as CelType);
  return problem(scope, expr, {
    message: `'${expr.op}' of ${typeName(left)} and ${typeName(right)} is not defined`,
    remedy: remedyFor(left, right),
  });
}

function inType(scope: CelScope, expr: CelExpr, sides: { readonly left: CelType; readonly right: CelType }): CelType {
  const { left, right } = sides;
  if (right.kind === 'dyn') return BOOL;
  const inside = right.kind === 'list' ? right.element : right.kind === 'map' ? right.key : undefined;
  if (!inside) return problem(scope, expr, { message: `expected a list or a map after 'in', got ${typeName(right)}` });
  if (canBeEqual(left, inside)) return BOOL;
  return problem(scope, expr, {
    message: `${typeName(left)} is never in ${right.kind === 'list' ? typeName(right) : 'this map'}`,
    remedy: remedyFor(left, inside),
  });
}

const NUMBERS: ReadonlySet<string> = new Set(['int', 'double', 'decimal']);
const ORDERED: ReadonlySet<string> = new Set(['bool', 'string', 'bytes', 'timestamp', 'duration']);

function canBeEqual(a: CelType, b: CelType): boolean {
  if (a.kind === 'dyn' || b.kind === 'dyn' || a.kind === 'null' || b.kind === 'null') return true;
  if (NUMBERS.has(a.kind) && NUMBERS.has(b.kind)) return true;
  if (a.kind === 'list' && b.kind === 'list') return canBeEqual(a.element, b.element);
  return a.kind === b.kind;
}

function isOrdered(a: CelType, b: CelType): boolean {
  if (a.kind === 'dyn') return b.kind === 'dyn' || NUMBERS.has(b.kind) || ORDERED.has(b.kind);
  if (b.kind === 'dyn') return isOrdered(b, a);
  return (NUMBERS.has(a.kind) && NUMBERS.has(b.kind)) || (a.kind === b.kind && ORDERED.has(a.kind));
}

function remedyFor(a: CelType, b: CelType): string {
  const kinds = [a.kind, b.kind];
  if (kinds.includes('string') && kinds.includes('timestamp')) return "write timestamp('2026-01-31T00:00:00Z')";
  if (kinds.includes('string') && kinds.includes('duration')) return "write duration('10m')";
  if (kinds.includes('int') && kinds.includes('timestamp')) return "add a duration: duration('10m')";
  return '';
}

type ArithmeticOp = '+' | '-' | '*' | '/' | '%';

function arithmetic(
  op: ArithmeticOp,
  sides: { readonly left: CelType['kind']; readonly right: CelType['kind'] },
): CelType['kind'] | undefined {
  const { left, right } = sides;
  if (left === 'null' || right === 'null') return undefined;
  if (left === 'dyn' || right === 'dyn') return 'dyn';
  if (NUMBERS.has(left) && NUMBERS.has(right)) return numeric(op, sides);
  if (op === '+') {
    if (left === right && (left === 'string' || left === 'bytes' || left === 'list' || left === 'duration')) return left;
    if ((left === 'timestamp' && right === 'duration') || (left === 'duration' && right === 'timestamp')) return 'timestamp';
  }
  if (op === '-') {
    if (left === 'timestamp' && right === 'timestamp') return 'duration';
    if ((left === 'timestamp' || left === 'duration') && right === 'duration') return left;
  }
  return undefined;
}

function numeric(
  op: ArithmeticOp,
  sides: { readonly left: CelType['kind']; readonly right: CelType['kind'] },
): CelType['kind'] | undefined {
  const { left, right } = sides;
  if (left === 'int' && right === 'int') return 'int';
  if (op === '%') return undefined;
  return op === '/' || left === 'double' || right === 'double' ? 'double' : 'decimal';
}

export type { CelProblem };
