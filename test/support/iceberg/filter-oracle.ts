// What a filter means for one row, said a second time and as simply as can be: Kleene's three-valued logic over the unbound expression
// and plain cells by column name. Ordered comparisons with null are unknown; all the rest is true or false.
import type { CellValue } from '../../../src/contract/types.ts';
import type { Expression } from '../../../src/iceberg/expressions/types.ts';

export type Row = Readonly<Record<string, CellValue>>;

/** Literals of the expression must be cells of their column's type. */
export function rowMatches(expression: Expression, row: Row): boolean {
  return evaluate(expression, row) === true;
}

function evaluate(expression: Expression, row: Row): boolean | undefined {
  switch (expression.type) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'not': {
      const inner = evaluate(expression.child, row);
      return inner === undefined ? undefined : !inner;
    }
    case 'and':
    case 'or': {
      const parts = [evaluate(expression.left, row), evaluate(expression.right, row)];
      const decisive = expression.type === 'or';
      if (parts.includes(decisive)) return decisive;
      return parts.includes(undefined) ? undefined : !decisive;
    }
    default:
      return evaluatePredicate(expression, row[expression.term] ?? null);
  }
}

function evaluatePredicate(expression: Extract<Expression, { readonly term: string }>, cell: CellValue): boolean | undefined {
  switch (expression.type) {
    case 'is-null':
      return cell === null;
    case 'not-null':
      return cell !== null;
    case 'is-nan':
      return Number.isNaN(cell);
    case 'not-nan':
      return !Number.isNaN(cell);
    case 'in':
      return cell !== null && expression.values.some((value) => rank(cell, value) === 0);
    case 'not-in':
      return cell === null || expression.values.every((value) => rank(cell, value) !== 0);
    case 'eq':
      return cell !== null && rank(cell, expression.value) === 0;
    case 'not-eq':
      return cell === null || rank(cell, expression.value) !== 0;
    case 'starts-with':
      return cell !== null && String(cell).startsWith(String(expression.value));
    case 'not-starts-with':
      return cell === null || !String(cell).startsWith(String(expression.value));
    default: {
      if (cell === null) return undefined;
      const sign = rank(cell, expression.value);
      const strictly = { lt: sign < 0, 'lt-eq': sign <= 0, gt: sign > 0, 'gt-eq': sign >= 0 };
      return strictly[expression.type];
    }
  }
}

/** Below, equal or above; NaN above every number, texts by code points, bytes unsigned. */
function rank(left: CellValue, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number') {
    const [a, b] = [Number.isNaN(left) ? 1 : 0, Number.isNaN(right) ? 1 : 0];
    return a !== b ? a - b : a === 1 || left === right ? 0 : left < right ? -1 : 1;
  }
  if (typeof left === 'string') return ranked(points(left), points(String(right)));
  if (left instanceof Uint8Array) return ranked([...left], [...(right as Uint8Array)]);
  return left === right ? 0 : (left as bigint) < (right as bigint) ? -1 : 1;
}

function points(text: string): number[] {
  return Array.from(text, (point) => point.codePointAt(0)!);
}

function ranked(left: readonly number[], right: readonly number[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) if (left[i] !== right[i]) return left[i]! - right[i]!;
  return left.length - right.length;
}
