// Library rules of `quality`: metrics that hold per row become constraints and policies; the rest is about whole tables.
import { patternConstraint, validValues } from './constraints.ts';
import { quoted, refuse } from './findings.ts';
import { type DocNode, describeNode, isNull, itemsOf, member, textOf } from './nodes.ts';
import { ruleName, rulePolicy } from './policies.ts';
import { type Building, policyOf, type Rule, recordOnly, setPolicy } from './quality-rule.ts';
import { suggestion } from './suggest.ts';

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

/** Reads one library rule. */
export function readLibrary(rule: Rule, outcome: Building): void {
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
