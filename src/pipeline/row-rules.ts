// Row rules and the filter: CEL over the row just read. A rule over a column that could not be read is not evaluated (its failure
// has its own reason); every other rule is, so that a rejected record names all that is wrong with it.
import type { CelExpr, TableProgram } from '../contract/compiled.ts';
import { HOLDS, type RowTest } from './cel/column-test.ts';
import { type CelProgram, compileCel } from './cel/compile.ts';
import { compileRowTest, type RunTest, runTestOf } from './cel/row-test.ts';
import type { RowView } from './cel/row-view.ts';
import { identifiersOf } from './cel/walk.ts';
import { type Check, type Failures, fail, makeCheck } from './checks.ts';

interface BoundRule {
  readonly check: Check;
  readonly columns: readonly string[];
  readonly program: CelProgram;
}

export interface RowRules {
  readonly rules: readonly BoundRule[];
  readonly filter: CelProgram | undefined;
  readonly filterCheck: Check;
  readonly filterErrorCheck: Check;
  /** Tests of all rules and, negated, of the filter: a row that passes them needs no evaluation. Undefined where one has none. */
  readonly tests: readonly RowTest[] | undefined;
  /** The same over runs of rows. */
  readonly runTests: readonly RunTest[] | undefined;
}

export function bindRowRules(program: TableProgram, view: RowView): RowRules {
  const conditions: CelExpr[] = program.rules.map(({ expr }) => expr);
  if (program.filter) conditions.push({ op: '!', operand: program.filter.expr, at: 0 });
  const found = conditions.map((expr) => compileRowTest(expr, view));
  const tests = found.includes(undefined) ? undefined : (found as RowTest[]);
  return {
    tests,
    runTests: tests?.map((test, i) => runTestOf(test, conditions[i]!, view)),
    rules: program.rules.map((rule) => ({
      check: makeCheck(rule, ''),
      columns: [...identifiersOf(rule.expr)],
      program: compileCel(rule.expr, view),
    })),
    filter: program.filter && compileCel(program.filter.expr, view),
    filterCheck: makeCheck({ rule: 'filter', onFailure: 'drop', mode: 'enforce' }, ''),
    filterErrorCheck: makeCheck({ rule: 'filter', onFailure: 'warn', mode: 'enforce' }, ''),
  };
}

/**
 * The first row of [from, to) for which `holds` says no, asked of those alone of which it is not certain that all rules hold and the filter
 * does not take them; `to` for none. A test goes on from where it came to, however many rows another one does not clear.
 */
export function firstRefused(
  { runTests }: RowRules,
  { from, to }: { readonly from: number; readonly to: number },
  holds: (row: number) => boolean,
): number {
  const cleared = new Uint32Array(runTests?.length ?? 0);
  for (let row = from; row < to; row++) {
    if (runTests) row = nextUncleared(runTests, cleared, { from: row, to });
    if (row < to && !holds(row)) return row;
  }
  return to;
}

/** The first row of [from, to) that some test does not clear. `cleared`: by test, where the rows end that it is known to clear. */
function nextUncleared(
  tests: readonly RunTest[],
  cleared: Uint32Array,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  let first = to;
  for (let i = 0; i < tests.length; i++) {
    const start = Math.max(from, cleared[i]!);
    if (start < first) first = cleared[i] = tests[i]!(start, first);
  }
  return first;
}

/** Every rule must be true; false, null and an error are failures. */
export function judgeRow(failures: Failures, { rules }: RowRules): void {
  for (const rule of rules) judgeRule(failures, rule);
}

/** The same of the row at hand, where its tests are asked first: a rule that one clears for certain is not evaluated. */
export function judgeTested(failures: Failures, { rules, tests }: RowRules, row: number): void {
  rules.forEach((rule, i) => {
    if (tests?.[i]?.(row) !== HOLDS) judgeRule(failures, rule);
  });
}

function judgeRule(failures: Failures, { check, columns, program }: BoundRule): void {
  if (failures.unreadable.size > 0 && columns.some((column) => failures.unreadable.has(column))) return;
  const outcome = program();
  if (outcome === true) return;
  fail(failures, check, typeof outcome === 'string' ? outcome : `expected true, got ${outcome === false ? 'false' : 'null'}`);
}

/** Rows for which the filter is true are dropped; one it cannot judge is kept and counted as `filter:warn`. */
export function filterRow(failures: Failures, { filter, filterCheck, filterErrorCheck }: RowRules): void {
  const outcome = filter?.();
  if (outcome === true) fail(failures, filterCheck, 'dropped by the filter');
  else if (typeof outcome === 'string') fail(failures, filterErrorCheck, outcome);
}
