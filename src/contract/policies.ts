// What happens when a rule fails and under which name it is counted: `firn.onFailure`, `firn.mode` and `severity` → RulePolicy.
import type { OnFailure, RuleMode, RulePolicy } from './compiled.ts';
import { type Place, quoted, type Report, refuse } from './findings.ts';
import { type DocNode, member, needWord, textOf } from './nodes.ts';

const ON_FAILURE = ['quarantine', 'drop', 'warn', 'null-field', 'park'] as const satisfies readonly OnFailure[];
const MODES = ['enforce', 'shadow'] as const satisfies readonly RuleMode[];

/** Constraints of a column; a quality rule may give each a name and policy of its own. */
export const CONSTRAINT_RULES: readonly string[] = [
  'required',
  'type',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'validValues',
  'minItems',
  'maxItems',
  'uniqueItems',
];

/** Names the pipeline counts under by itself; a row rule of such a name would hide among them. */
export const BUILT_IN_RULES: ReadonlySet<string> = new Set([
  ...CONSTRAINT_RULES,
  'no-variant',
  'event-time-ahead',
  'event-time-behind',
  'undeclared',
  'not-json',
  'not-object',
  'empty-value',
  'tombstone',
  'oversize',
  'too-deep',
  'invalid-utf8',
  'duplicate-key',
  'lone-surrogate',
  'internal-error',
  'missing',
  'null',
  'filter',
]);

/** `firn.onFailure` of a property or rule. */
export function onFailureOf(report: Report, firn: ReadonlyMap<string, DocNode>): OnFailure | undefined {
  const node = firn.get('firn.onFailure');
  return node ? needWord(report, node, { what: 'firn.onFailure', words: ON_FAILURE }) : undefined;
}

/** The policy a quality rule asks for: its own `firn.onFailure`, else `warn` for a severity below error, else the fallback. */
export function rulePolicy(
  report: Report,
  rule: { readonly node: DocNode; readonly firn: ReadonlyMap<string, DocNode>; readonly name: string; readonly fallback: OnFailure },
): RulePolicy {
  const modeNode = rule.firn.get('firn.mode');
  const mode = (modeNode && needWord(report, modeNode, { what: 'firn.mode', words: MODES })) ?? 'enforce';
  const severity = textOf(member(rule.node, 'severity'))?.toLowerCase();
  const isMild = severity !== undefined && /^(warn|warning|info|information|low|minor)$/.test(severity);
  const onFailure = onFailureOf(report, rule.firn) ?? (isMild ? 'warn' : rule.fallback);
  return { rule: rule.name, onFailure, mode };
}

/** A rule's name: its `id`, else its `name` where that is fit for one. Undefined when it has neither. */
export function ruleName(report: Report, node: DocNode): string | undefined {
  const idNode = member(node, 'id');
  const id = textOf(idNode);
  if (idNode && id !== undefined && !/^[A-Za-z0-9_-]{1,128}$/.test(id)) {
    return refuse(report, idNode, { rule: 'rule-name', message: `expected an id of letters, digits, '_' and '-', got ${quoted(id)}` });
  }
  const name = textOf(member(node, 'name'));
  return id ?? (name !== undefined && /^[A-Za-z0-9_-]{1,128}$/.test(name) ? name : undefined);
}

/** Rule names of one table, to find those given twice. */
export function claimName(report: Report, at: Place, claim: { readonly name: string; readonly taken: Map<string, Place> }): void {
  const before = claim.taken.get(claim.name);
  if (!before) claim.taken.set(claim.name, at);
  else
    refuse(report, at, {
      rule: 'rule-name',
      message: `the rule name ${quoted(claim.name)} is there twice (first in line ${before.line})`,
      remedy: 'rename one',
    });
}
