// What the parts of the CEL type check share: the names in scope, the problems found, types in words.
import type { CelExpr } from '../compiled.ts';
import type { CelType } from './types.ts';

export interface CelProblem {
  readonly message: string;
  readonly remedy: string;
  /** UTF-16 units from the beginning of the expression. */
  readonly at: number;
}

export interface CelScope {
  readonly columns: ReadonlyMap<string, CelType>;
  readonly problems: CelProblem[];
  readonly typeOf: (expr: CelExpr) => CelType;
}

export const DYN: CelType = { kind: 'dyn' };

/** Adds a problem; the expression counts as dyn from there, so that one mistake is one problem. */
export function problem(scope: CelScope, expr: CelExpr, what: { readonly message: string; readonly remedy?: string }): CelType {
  scope.problems.push({ message: what.message, remedy: what.remedy ?? '', at: expr.at });
  return DYN;
}

/** A type in words. */
export function typeName(type: CelType): string {
  if (type.kind === 'list') return `a list of ${type.element.kind}`;
  return type.kind === 'int' ? 'an int' : `a ${type.kind}`;
}
