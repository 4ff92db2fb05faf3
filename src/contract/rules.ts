// CEL texts of a table (row rules, filter) → checked expressions. The place of a problem is the line of the text it is in.

import { checkCel } from './cel/check.ts';
import { parseCel } from './cel/parse.ts';
import type { CelExpr, CompiledTable, RowRule, TableProgram } from './compiled.ts';
import { type Place, type Report, refuse } from './findings.ts';
import { type DocNode, needText } from './nodes.ts';
import type { RuleDraft } from './quality-rule.ts';
import type { StructType } from './types.ts';

/** Compiles the row rules; `struct` holds the contract's own columns. */
export function rowRules(report: Report, drafts: readonly RuleDraft[], struct: StructType): readonly RowRule[] {
  return drafts
    .map(({ node, policy, source }) => {
      const expr = compile(report, { at: node, source, struct });
      return expr && { ...policy, source, expr };
    })
    .filter((rule) => rule !== undefined);
}

/** Compiles `firn.filter`. */
export function readFilter(report: Report, node: DocNode | undefined, struct: StructType): TableProgram['filter'] {
  const source = node && needText(report, node, 'firn.filter');
  if (!node || source === undefined) return undefined;
  const expr = compile(report, { at: node, source, struct });
  return expr && { source, expr };
}

/** Compiles `firn.route`: over `raw` and `kafka.*` alone, as it decides which columns there are. */
export function readRoute(report: Report, node: DocNode | undefined): CompiledTable['route'] {
  const source = node && needText(report, node, 'firn.route');
  if (!node || source === undefined) return undefined;
  const expr = compile(report, { at: node, source, struct: { type: 'struct', fields: [] } });
  return expr && { source, expr };
}

function compile(report: Report, rule: { readonly at: Place; readonly source: string; readonly struct: StructType }): CelExpr | undefined {
  const { at, source, struct } = rule;
  const parsed = parseCel(source);
  if (!parsed.ok) {
    return refuse(report, at, { rule: 'cel', message: `no CEL expression: ${parsed.message}${where(source, parsed.at)}` });
  }
  const problems = checkCel(parsed.expr, { columns: struct });
  for (const one of problems) refuse(report, at, { rule: 'cel', message: `${one.message}${where(source, one.at)}`, remedy: one.remedy });
  return problems.length === 0 ? parsed.expr : undefined;
}

function where(source: string, at: number): string {
  const before = source.slice(0, at);
  const line = before.split('\n').length;
  const character = at - before.lastIndexOf('\n');
  return source.includes('\n')
    ? ` (line ${line}, character ${character} of the expression)`
    : ` (character ${character} of the expression)`;
}
