// Conditions judged on the columns as they are: no value is made, no string, no bigint. A test knows three answers: the condition holds, it
// does not, or it cannot tell. What it cannot tell (an operand of <, … is null, anything it has no form for) the evaluator of compile.ts
// is asked, so a test is never wrong about a null or an error: it only answers where the evaluator's answer is true or false for certain.
// && and || decide as there: the deciding side wins over an answer that is not known.
import type { CelExpr } from '../../contract/compiled.ts';
import { LIMITS } from '../../contract/limits.ts';
import { type Comparison, compileComparison, compileMembership, constantOf, FAILS, HOLDS, type RowTest, UNSURE } from './column-test.ts';
import { type RowView, slotOf } from './row-view.ts';
import { countNodes } from './walk.ts';

/** The test of a condition; undefined where it would never tell, or where the evaluator's budget may end it. */
export function compileRowTest(expr: CelExpr, view: RowView): RowTest | undefined {
  if (countNodes(expr) + listedItems(expr) > LIMITS.celStepsMax) return undefined;
  const test = compileTest(expr, view);
  return test === neverTells ? undefined : test;
}

/** The first row of [from, to) for which a condition does not hold for certain; `to` where there is none. */
export type RunTest = (from: number, to: number) => number;

/** A condition's test over runs of rows. Most rows have no value of a column that a condition asks only when it is there: those are passed by their bit. */
export function runTestOf(test: RowTest, expr: CelExpr, view: RowView): RunTest {
  const slot = absentSlotOf(expr, view);
  if (slot === undefined) {
    return (from, to) => {
      for (let row = from; row < to; row++) if (test(row) !== HOLDS) return row;
      return to;
    };
  }
  const { set } = view;
  const [word, bit] = [slot >> 5, 1 << (slot & 31)];
  return (from, to) => {
    const words = set.present[word]!;
    for (let row = from; row < to; row++) if ((words[row]! & bit) !== 0 && test(row) !== HOLDS) return row;
    return to;
  };
}

/** The slot without which the condition holds, whatever else it asks: `x == null || …`. */
function absentSlotOf(expr: CelExpr, view: RowView): number | undefined {
  if (expr.op === '||') return absentSlotOf(expr.left, view) ?? absentSlotOf(expr.right, view);
  if (expr.op !== '==') return undefined;
  const isNull = (operand: CelExpr) => operand.op === 'literal' && operand.value === null;
  if (isNull(expr.right)) return slotOf(expr.left, view);
  return isNull(expr.left) ? slotOf(expr.right, view) : undefined;
}

const neverTells: RowTest = () => UNSURE;

function compileTest(expr: CelExpr, view: RowView): RowTest {
  switch (expr.op) {
    case 'literal':
      return expr.value === true ? () => HOLDS : expr.value === false ? () => FAILS : neverTells;
    case 'ident':
    case 'select':
      return compileFlag(expr, view);
    case '!': {
      const operand = compileTest(expr.operand, view);
      return operand === neverTells ? neverTells : negated(operand);
    }
    case '&&':
      return decided(compileTest(expr.left, view), compileTest(expr.right, view), FAILS);
    case '||':
      return decided(compileTest(expr.left, view), compileTest(expr.right, view), HOLDS);
    case '?:':
      return chosen(compileTest(expr.condition, view), compileTest(expr.then, view), compileTest(expr.otherwise, view));
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compileCompared(expr.op, expr, view);
    case 'in':
      return (expr.right.op === 'list' && compileMembership(expr.left, expr.right.items, view)) || neverTells;
    default:
      return neverTells;
  }
}

function negated(operand: RowTest): RowTest {
  return (row) => {
    const truth = operand(row);
    return truth === UNSURE ? UNSURE : truth === HOLDS ? FAILS : HOLDS;
  };
}

function decided(left: RowTest, right: RowTest, deciding: typeof HOLDS | typeof FAILS): RowTest {
  if (left === neverTells && right === neverTells) return neverTells;
  const other = deciding === HOLDS ? FAILS : HOLDS;
  return (row) => {
    const a = left(row);
    if (a === deciding) return deciding;
    const b = right(row);
    if (b === deciding) return deciding;
    return a === UNSURE || b === UNSURE ? UNSURE : other;
  };
}

function chosen(condition: RowTest, then: RowTest, otherwise: RowTest): RowTest {
  if (condition === neverTells) return neverTells;
  return (row) => {
    const truth = condition(row);
    return truth === UNSURE ? UNSURE : truth === HOLDS ? then(row) : otherwise(row);
  };
}

/** A boolean column as a condition; a null one is no boolean. */
function compileFlag(expr: CelExpr, view: RowView): RowTest {
  const slot = slotOf(expr, view);
  const column = slot === undefined ? undefined : view.set.columns[slot]!;
  if (slot === undefined || column?.kind !== 'bool') return neverTells;
  const { set } = view;
  const [word, bit] = [slot >> 5, 1 << (slot & 31)];
  return (row) => ((set.present[word]![row]! & bit) === 0 ? UNSURE : column.bool[row] === 1 ? HOLDS : FAILS);
}

const MIRRORED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** A column beside a constant, on either side, or beside another column. */
function compileCompared(op: Comparison, { left, right }: { readonly left: CelExpr; readonly right: CelExpr }, view: RowView): RowTest {
  const isMirrored = slotOf(left, view) === undefined;
  const [column, other] = isMirrored ? [right, left] : [left, right];
  return compileComparison(isMirrored ? MIRRORED[op] : op, { column, other, constant: constantOf(other, view) }, view) ?? neverTells;
}

/** Elements that `in` may look at, each a step of the budget. */
function listedItems(expr: CelExpr): number {
  switch (expr.op) {
    case 'in':
      return (expr.right.op === 'list' ? expr.right.items.length : LIMITS.celStepsMax) + listedItems(expr.left) + listedItems(expr.right);
    case '!':
    case 'neg':
      return listedItems(expr.operand);
    case '?:':
      return listedItems(expr.condition) + listedItems(expr.then) + listedItems(expr.otherwise);
    case 'select':
      return listedItems(expr.object);
    case 'index':
      return listedItems(expr.object) + listedItems(expr.index);
    case 'call':
      return [...(expr.target ? [expr.target] : []), ...expr.args].reduce((sum, part) => sum + listedItems(part), 0);
    case 'list':
      return expr.items.reduce((sum, item) => sum + listedItems(item), 0);
    case 'map':
      return expr.entries.flat().reduce((sum, part) => sum + listedItems(part), 0);
    case 'literal':
    case 'ident':
      return 0;
    default:
      return listedItems(expr.left) + listedItems(expr.right);
  }
}
