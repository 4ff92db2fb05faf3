// The last step of a column: policies, constraints, path and cleaning, once its type is known.
import { cleanSteps } from './clean.ts';
import type { ColumnDraft, ColumnScope, Parts, Spot } from './column-draft.ts';
import type { OnFailure, RulePolicy } from './compiled.ts';
import { optionConstraints } from './constraints.ts';
import { type Report, refuse, warn } from './findings.ts';
import { messagePaths } from './message-path.ts';
import { type DocNode, describeNode, flagOf, integerOf, member, textOf } from './nodes.ts';
import type { QualityOutcome } from './quality-rule.ts';
import { isTimeType, timeFormats } from './time-formats.ts';

export interface Built extends Parts {
  readonly scope: ColumnScope;
  readonly node: DocNode;
  readonly spot: Spot;
  readonly fallback: OnFailure;
  readonly quality: QualityOutcome | undefined;
}

/** Completes a column. */
export function finishColumn(built: Built, firn: ReadonlyMap<string, DocNode>): ColumnDraft {
  const { scope, node, spot, quality, type } = built;
  const { report } = scope;
  const policyOf = (kind: string): RulePolicy => quality?.policies.get(kind) ?? { rule: kind, onFailure: built.fallback, mode: 'enforce' };
  const source = { report, node, type, isJsonText: built.isJsonText, policyOf };
  const own = spot.role === 'member' || quality ? optionConstraints(source) : [];
  const fromQuality = (quality?.constraints ?? []).map((make) => make(source)).filter((one) => one !== undefined);
  const required = requiredPolicy(built, policyOf);
  const pathNode = firn.get('firn.path');
  if (pathNode && spot.role !== 'member') {
    refuse(report, pathNode, {
      rule: 'path',
      message: `a list's elements and a map's entries have no path of their own`,
      remedy: 'remove firn.path',
    });
  }
  const paths = pathNode ? messagePaths(report, pathNode) : undefined;
  const cleanNode = firn.get('firn.clean');
  return {
    name: spot.name,
    dotted: spot.dotted,
    node,
    type,
    // A column whose missing values are let through has nulls, whatever the contract calls it.
    isRequired: required !== undefined && required.mode === 'enforce' && /^(quarantine|drop|park)$/.test(required.onFailure),
    doc: textOf(member(node, 'description')),
    paths: paths ?? (spot.role === 'member' ? [[spot.name]] : [[]]),
    clean: cleanNode ? cleanSteps(report, cleanNode, { type, isJsonText: built.isJsonText }) : [],
    timeFormats: isTimeType(type) ? timeFormats(report, member(member(node, 'logicalTypeOptions'), 'format'), type) : [],
    required,
    typePolicy: policyOf('type'),
    constraints: [...own, ...fromQuality],
    children: built.children,
    isJsonText: built.isJsonText,
    isUnique: flagOf(member(node, 'unique')) === true || quality?.isUnique === true,
    partitionPosition: flagOf(member(node, 'partitioned')) === true ? (integerOf(member(node, 'partitionKeyPosition')) ?? -1) : undefined,
  };
}

function requiredPolicy(built: Built, policyOf: (kind: string) => RulePolicy): RulePolicy | undefined {
  const { spot, node, quality } = built;
  if (spot.role === 'key') return undefined;
  const isNamed = quality?.policies.has('required') === true;
  const isRequired = flagOf(member(node, 'required')) === true || spot.isRequiredByParent;
  if (!isNamed && (!isRequired || !quality)) return undefined;
  const policy = policyOf('required');
  // There is no field to null when none is there: such a record is quarantined.
  return policy.onFailure === 'null-field' ? { ...policy, onFailure: 'quarantine' } : policy;
}

/** What other tools may read and Firn does not act on. */
export function warnIgnored(report: Report, node: DocNode, logical: string): void {
  const format = member(member(node, 'logicalTypeOptions'), 'format');
  if (logical === 'string' && format) {
    const remedy = textOf(format) === 'uuid' ? 'set physicalType: uuid' : 'add a pattern';
    warn(report, format, { rule: 'not-enforced', message: `the format ${describeNode(format)} of a string is not enforced`, remedy });
  }
  const physicalName = member(node, 'physicalName');
  if (physicalName && textOf(physicalName) !== textOf(member(node, 'name'))) {
    warn(report, physicalName, { rule: 'not-used', message: 'physicalName is not used: the column has the name of the property' });
  }
}
