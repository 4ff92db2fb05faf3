// What the readers of quality entries share: the outcome being built, the policy of an entry, entries that are only recorded.
import type { Constraint, OnFailure, RulePolicy } from './compiled.ts';
import type { ConstraintSource } from './constraints.ts';
import { type Place, type Report, refuse, warn } from './findings.ts';
import { type DocNode, member } from './nodes.ts';
import { claimName, ruleName, rulePolicy } from './policies.ts';

/** A CEL rule before its names are known. */
export interface RuleDraft {
  readonly node: DocNode;
  readonly policy: RulePolicy;
  readonly source: string;
}

export interface QualityScope {
  readonly report: Report;
  /** Rule names of the table, across all its properties. */
  readonly taken: Map<string, Place>;
  /** Row rules of the table are added here. */
  readonly rules: RuleDraft[];
}

export interface QualityOutcome {
  /** Policies for constraints the standard names: `required`, `type`, `pattern` … */
  readonly policies: ReadonlyMap<string, RulePolicy>;
  /** Makes the constraints once the column's type is known. */
  readonly constraints: readonly ((source: ConstraintSource) => Constraint | undefined)[];
  readonly isUnique: boolean;
}

/** An outcome being built. */
export interface Building {
  readonly policies: Map<string, RulePolicy>;
  readonly constraints: ((source: ConstraintSource) => Constraint | undefined)[];
  isUnique: boolean;
}
/** One entry of `quality`. */
export interface Rule {
  readonly scope: QualityScope;
  readonly node: DocNode;
  readonly firn: ReadonlyMap<string, DocNode>;
  readonly fallback: OnFailure;
  readonly level: 'property' | 'schema';
}

/** The policy of a rule whose name may be left out. */
export function policyOf(rule: Rule, defaultName: string): RulePolicy {
  const given = ruleName(rule.scope.report, rule.node);
  if (given !== undefined) claimName(rule.scope.report, member(rule.node, 'id') ?? rule.node, { name: given, taken: rule.scope.taken });
  return rulePolicy(rule.scope.report, { ...rule, name: given ?? defaultName });
}

/** An entry that no record is judged by when it lands. */
export function recordOnly(rule: Rule, at: DocNode, what: string): void {
  warn(rule.scope.report, at, { rule: 'not-per-row', message: `${what}: it is not evaluated when records land` });
}

/** Gives a constraint of the standard the name and policy of this entry. */
export function setPolicy(rule: Rule, outcome: Building, target: { readonly kind: string; readonly at: DocNode }): void {
  const { kind, at } = target;
  const policy = policyOf(rule, kind);
  if (outcome.policies.has(kind)) refuse(rule.scope.report, at, { rule: 'quality', message: `two rules name the constraint ${kind}` });
  if (kind === 'required' && policy.onFailure === 'null-field') {
    refuse(rule.scope.report, at, {
      rule: 'policy',
      message: 'a missing value cannot be nulled',
      remedy: 'use quarantine, drop, warn or park',
    });
  }
  outcome.policies.set(kind, policy);
}
