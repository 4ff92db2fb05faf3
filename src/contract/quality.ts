// `quality` entries of a property or a schema object → constraints, policies and row rules. The library's metrics hold per row when
// they say `mustBe: 0`; what is about whole tables (counts, duplicates, thresholds, SQL) is recorded by a warning, never silently.
import type { OnFailure } from './compiled.ts';
import { firnProperties } from './custom-properties.ts';
import { quoted, refuse } from './findings.ts';
import { type DocNode, describeNode, itemsOf, member, textOf } from './nodes.ts';
import { BUILT_IN_RULES, CONSTRAINT_RULES, ruleName } from './policies.ts';
import { readLibrary } from './quality-library.ts';
import { type Building, policyOf, type QualityOutcome, type QualityScope, type Rule, recordOnly, setPolicy } from './quality-rule.ts';
import { suggestion } from './suggest.ts';

/** Reads the quality entries of `owner`. `fallback` is what a failure does when the entry does not say. */
export function readQuality(
  scope: QualityScope,
  owner: DocNode,
  options: { readonly fallback: OnFailure; readonly level: 'property' | 'schema' },
): QualityOutcome {
  const outcome: Building = { policies: new Map(), constraints: [], isUnique: false };
  for (const node of itemsOf(member(owner, 'quality'))) {
    if (node.kind !== 'map') continue;
    const rule: Rule = { scope, node, firn: firnProperties(scope.report, node, 'rule'), ...options };
    switch (kindOf(node)) {
      case 'custom':
        readCustom(rule, outcome);
        break;
      case 'sql':
        readSql(rule);
        break;
      case 'library':
        readLibrary(rule, outcome);
        break;
      default:
        break;
    }
  }
  return outcome;
}

function kindOf(node: DocNode): string {
  return textOf(member(node, 'type')) ?? 'library';
}

function readSql(rule: Rule): void {
  const { node, scope } = rule;
  if (textOf(member(node, 'query')) === undefined)
    refuse(scope.report, node, { rule: 'quality', message: "expected 'query' in an sql rule, got none" });
  recordOnly(rule, node, 'an sql rule is about the whole table');
}

function readCustom(rule: Rule, outcome: Building): void {
  const { node, scope } = rule;
  const engineNode = member(node, 'engine');
  const engine = textOf(engineNode);
  const implementation = member(node, 'implementation');
  if (!engineNode || engine === undefined || !implementation) {
    refuse(scope.report, node, { rule: 'quality', message: "expected 'engine' and 'implementation' in a custom rule" });
    return;
  }
  const source = textOf(implementation);
  if (engine === 'cel') readCel(rule, implementation, source);
  else if (engine !== 'firn') recordOnly(rule, engineNode, `a rule of the engine ${quoted(engine)} is for another tool`);
  else if (rule.level === 'property' && source !== undefined && CONSTRAINT_RULES.includes(source)) {
    setPolicy(rule, outcome, { kind: source, at: implementation });
  } else {
    const message = `expected the name of a constraint of the property, got ${describeNode(implementation)}`;
    refuse(scope.report, implementation, { rule: 'quality', message, remedy: suggestion(source ?? '', CONSTRAINT_RULES) });
  }
}

function readCel(rule: Rule, at: DocNode, source: string | undefined): void {
  const { scope, node } = rule;
  if (source === undefined) {
    refuse(scope.report, at, { rule: 'cel', message: `expected a CEL expression as text, got ${describeNode(at)}` });
    return;
  }
  const name = ruleName(scope.report, node);
  if (name === undefined) {
    if (!member(node, 'id'))
      refuse(scope.report, node, {
        rule: 'rule-name',
        message: "expected 'id' of a CEL rule, got none",
        remedy: 'its name is the reason records are rejected for',
      });
    return;
  }
  if (BUILT_IN_RULES.has(name))
    refuse(scope.report, member(node, 'id') ?? node, {
      rule: 'rule-name',
      message: `${quoted(name)} is the name of a built-in rule`,
      remedy: 'rename it',
    });
  const policy = policyOf(rule, name);
  if (policy.onFailure === 'null-field') {
    refuse(scope.report, rule.firn.get('firn.onFailure') ?? node, {
      rule: 'policy',
      message: 'a rule over the row has no field to null',
      remedy: 'use quarantine, drop, warn or park',
    });
  }
  scope.rules.push({ node: at, policy, source });
}
