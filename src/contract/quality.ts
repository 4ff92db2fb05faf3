// `quality` entries of a property or a schema object → constraints, policies and row rules. The library's metrics hold per row when
// they say `mustBe: 0`; what is about whole tables (counts, duplicates, thresholds, SQL) is recorded by a warning, never silently.
import type { Constraint, OnFailure, RulePolicy } from './compiled.ts';
import { type ConstraintSource, patternConstraint, validValues } from './constraints.ts';
import { firnProperties } from './custom-properties.ts';
import { type Place, quoted, type Report, refuse, warn } from './findings.ts';
import { type DocNode, describeNode, isNull, itemsOf, member, textOf } from './nodes.ts';
import { BUILT_IN_RULES, claimName, ruleName, rulePolicy } from './policies.ts';
import { suggestion } from './suggest.ts';

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

interface Building {
  readonly policies: Map<string, RulePolicy>;
  readonly constraints: ((source: ConstraintSource) => Constraint | undefined)[];
  isUnique: boolean;
}
interface Rule {
  readonly scope: QualityScope;
  readonly node: DocNode;
  readonly firn: ReadonlyMap<string, DocNode>;
  readonly fallback: OnFailure;
  readonly level: 'property' | 'schema';
}

function kindOf(node: DocNode): string {
  return textOf(member(node, 'type')) ?? 'library';
}

/** The policy of a rule whose name may be left out. */
function policyOf(rule: Rule, defaultName: string): RulePolicy {
  const given = ruleName(rule.scope.report, rule.node);
  if (given !== undefined) claimName(rule.scope.report, member(rule.node, 'id') ?? rule.node, { name: given, taken: rule.scope.taken });
  return rulePolicy(rule.scope.report, { ...rule, name: given ?? defaultName });
}

const OPERATORS = [
  'mustBe',
  'mustNotBe',
  'mustBeGreaterThan',
  'mustBeGreaterOrEqualTo',
  'mustBeLessThan',
  'mustBeLessOrEqualTo',
  'mustBeBetween',
  'mustNotBeBetween',
] as const;

/** v3.0 writes `rule` with names of its own; the metrics of v3.1 take their place. */
const OLD_RULES: Readonly<Record<string, string>> = {
  nullCheck: 'nullValues',
  validValues: 'invalidValues',
  duplicateCount: 'duplicateValues',
  uniqueCheck: 'duplicateValues',
  countCheck: 'rowCount',
};

function readLibrary(rule: Rule, outcome: Building): void {
  const { node, scope } = rule;
  const metricNode = member(node, 'metric') ?? member(node, 'rule');
  const written = textOf(metricNode);
  if (!metricNode || written === undefined) {
    refuse(scope.report, node, {
      rule: 'quality',
      message: "expected 'metric' in a library rule, got none",
      remedy: 'add metric, or type: custom',
    });
    return;
  }
  const metric = Object.hasOwn(OLD_RULES, written) ? OLD_RULES[written]! : written;
  const operators = OPERATORS.filter((operator) => member(node, operator) !== undefined);
  if (member(node, 'metric') && operators.length !== 1) {
    const message = `expected exactly one of ${OPERATORS.join(', ')}, got ${operators.length}`;
    refuse(scope.report, node, { rule: 'quality', message, remedy: 'mustBe: 0 holds for every row' });
    return;
  }
  if (metric === 'rowCount' || rule.level === 'schema') {
    recordOnly(rule, metricNode, `${metric} is about the whole table`);
    return;
  }
  const isPerRow = operators.length === 0 || isZero(member(node, 'mustBe'));
  if (!isPerRow) recordOnly(rule, member(node, operators[0]!)!, `a threshold on ${metric} is about the whole table`);
  else readMetric(rule, outcome, { metric, metricNode });
}

function isZero(node: DocNode | undefined): boolean {
  return node?.kind === 'scalar' && (node.value === 0n || node.value === 0);
}

function recordOnly(rule: Rule, at: DocNode, what: string): void {
  warn(rule.scope.report, at, { rule: 'not-per-row', message: `${what}: it is not evaluated when records land` });
}

function readMetric(rule: Rule, outcome: Building, one: { readonly metric: string; readonly metricNode: DocNode }): void {
  switch (one.metric) {
    case 'invalidValues':
      readInvalidValues(rule, outcome);
      return;
    case 'nullValues':
      setPolicy(rule, outcome, { kind: 'required', at: one.metricNode });
      return;
    case 'missingValues':
      readMissingValues(rule, outcome, one.metricNode);
      return;
    case 'duplicateValues':
      outcome.isUnique = true;
      recordOnly(rule, one.metricNode, 'duplicateValues is about the whole table');
      return;
    default:
      refuse(rule.scope.report, one.metricNode, {
        rule: 'quality',
        message: `unknown rule ${quoted(one.metric)}`,
        remedy: suggestion(one.metric, ['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount']),
      });
  }
}

function setPolicy(rule: Rule, outcome: Building, target: { readonly kind: string; readonly at: DocNode }): void {
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

function readInvalidValues(rule: Rule, outcome: Building): void {
  const { node, scope } = rule;
  const found = member(node, 'arguments');
  const values = member(found, 'validValues') ?? member(node, 'validValues');
  const pattern = member(found, 'pattern');
  if (values?.kind !== 'list' && !pattern) {
    refuse(scope.report, found ?? node, { rule: 'quality', message: 'expected arguments with validValues or pattern, got neither' });
    return;
  }
  if (values?.kind === 'list') {
    const policy = policyOf(rule, 'validValues');
    outcome.constraints.push((source) => validValues(source, { node: values, values: values.items, policy }));
  }
  if (!pattern) return;
  const policy = values
    ? rulePolicy(scope.report, { ...rule, name: ruleName(scope.report, node) ?? 'pattern' })
    : policyOf(rule, 'pattern');
  outcome.constraints.push((source) => {
    if (source.type === 'string' && !source.isJsonText) return patternConstraint(source, pattern, policy);
    return refuse(scope.report, pattern, { rule: 'constraint', message: 'a pattern needs a string column' });
  });
}

/** Null and '' are the missing values a row can be judged by: required, and at least one character. */
function readMissingValues(rule: Rule, outcome: Building, at: DocNode): void {
  const values = itemsOf(member(member(rule.node, 'arguments'), 'missingValues'));
  const other = values.find((value) => !isNull(value) && textOf(value) !== '');
  if (other) {
    refuse(rule.scope.report, other, {
      rule: 'unsupported',
      message: `only null and '' are supported as missing values by this version, got ${describeNode(other)}`,
      remedy: 'use a CEL rule',
    });
    return;
  }
  setPolicy(rule, outcome, { kind: 'required', at });
  if (!values.some((value) => textOf(value) === '')) return;
  const policy = rulePolicy(rule.scope.report, { ...rule, name: ruleName(rule.scope.report, rule.node) ?? 'minLength' });
  outcome.constraints.push((source) => {
    if (source.type === 'string' && !source.isJsonText) return { ...policy, kind: 'minLength', codePoints: 1 };
    return refuse(rule.scope.report, at, { rule: 'constraint', message: "'' as a missing value needs a string column" });
  });
}

function readSql(rule: Rule): void {
  const { node, scope } = rule;
  if (textOf(member(node, 'query')) === undefined)
    refuse(scope.report, node, { rule: 'quality', message: "expected 'query' in an sql rule, got none" });
  recordOnly(rule, node, 'an sql rule is about the whole table');
}

/** Constraints that `engine: firn` gives an own name and policy. */
const NAMEABLE = [
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
  else if (rule.level === 'property' && source !== undefined && NAMEABLE.includes(source)) {
    setPolicy(rule, outcome, { kind: source, at: implementation });
  } else {
    const message = `expected the name of a constraint of the property, got ${describeNode(implementation)}`;
    refuse(scope.report, implementation, { rule: 'quality', message, remedy: suggestion(source ?? '', NAMEABLE) });
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
