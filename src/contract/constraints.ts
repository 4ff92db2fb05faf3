// Constraints of a property from its `logicalTypeOptions` (and `enum` of v3.2) → Constraint values with bounds as cells of the
// column's own type. What a type cannot have is refused; contradicting bounds are refused.
import type { Constraint, IcebergType, RulePolicy } from './compiled.ts';
import { constantCell } from './constants.ts';
import { type Report, refuse } from './findings.ts';
import { LIMITS } from './limits.ts';
import { type DocNode, entriesOf, flagOf, integerOf, itemsOf, member, textOf } from './nodes.ts';
import { OPTION_SHAPES } from './option-shapes.ts';
import { patternProblem } from './patterns.ts';
import { decimalOf, type PrimitiveType } from './types.ts';

export interface ConstraintSource {
  readonly report: Report;
  readonly node: DocNode;
  readonly type: IcebergType;
  readonly isJsonText: boolean;
  /** Policy of a constraint of the standard, by its kind. */
  readonly policyOf: (kind: string) => RulePolicy;
}

/** All constraints of a property's options, in a fixed order. */
export function optionConstraints(source: ConstraintSource): readonly Constraint[] {
  const options = member(source.node, 'logicalTypeOptions');
  const found: Constraint[] = [];
  const logical = textOf(member(source.node, 'logicalType'));
  const known = logical !== undefined && Object.hasOwn(OPTION_SHAPES, logical) ? OPTION_SHAPES[logical] : undefined;
  for (const key of ORDER) {
    // An option of another type is a finding of the standard's shapes already.
    const node = known && !Object.hasOwn(known, key) ? undefined : member(options, key);
    const constraint = node && oneConstraint(source, { key, node });
    if (constraint) found.push(constraint);
  }
  found.push(...integerFormat(source, options), ...enumConstraint(source));
  refuseUnsupported(source.report, options);
  checkOrder(source, found);
  return found;
}

const ORDER = [
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'uniqueItems',
] as const;
type Key = (typeof ORDER)[number];

interface Option {
  readonly key: Key;
  readonly node: DocNode;
}

function oneConstraint(source: ConstraintSource, option: Option): Constraint | undefined {
  const { key, node } = option;
  switch (key) {
    case 'minLength':
    case 'maxLength': {
      const codePoints = integerOf(node);
      return isPlainString(source, node, key) && codePoints !== undefined ? { ...source.policyOf(key), kind: key, codePoints } : undefined;
    }
    case 'pattern':
      return isPlainString(source, node, key) ? patternConstraint(source, node) : undefined;
    case 'minItems':
    case 'maxItems': {
      const items = integerOf(node);
      return items === undefined ? undefined : { ...source.policyOf(key), kind: key, items };
    }
    case 'uniqueItems':
      return flagOf(node) === true ? uniqueItems(source, node) : undefined;
    case 'multipleOf':
      return multipleOf(source, node);
    default:
      return boundConstraint(source, { key, node });
  }
}

function isPlainString(source: ConstraintSource, node: DocNode, key: string): boolean {
  if (source.type === 'string' && !source.isJsonText) return true;
  const type = source.isJsonText ? 'json' : typeof source.type === 'string' ? source.type : source.type.type;
  refuse(source.report, node, {
    rule: 'constraint',
    message: `${key} needs a string column, this one is a ${type}`,
    remedy: 'drop the constraint',
  });
  return false;
}

/** A pattern by itself: of an option or of a quality rule. */
export function patternConstraint(source: ConstraintSource, node: DocNode, policy?: RulePolicy): Constraint | undefined {
  const pattern = textOf(node);
  if (pattern === undefined) return undefined;
  const problem = patternProblem(pattern);
  if (!problem) return { ...(policy ?? source.policyOf('pattern')), kind: 'pattern', pattern };
  return refuse(source.report, node, { rule: 'pattern', message: problem, remedy: 'patterns are RE2 expressions' });
}

function uniqueItems(source: ConstraintSource, node: DocNode): Constraint | undefined {
  if (typeof source.type !== 'string' && source.type.type === 'list' && typeof source.type.element === 'string') {
    return { ...source.policyOf('uniqueItems'), kind: 'uniqueItems' };
  }
  return refuse(source.report, node, {
    rule: 'unsupported',
    message: 'uniqueItems needs elements of a primitive type in this version',
    remedy: 'drop it',
  });
}

function boundConstraint(
  source: ConstraintSource,
  option: { readonly key: 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum'; readonly node: DocNode },
): Constraint | undefined {
  const { key, node } = option;
  if (typeof source.type !== 'string') return undefined;
  const flag = flagOf(node);
  // v3.0: `exclusiveMinimum: true` makes `minimum` exclusive.
  const options = member(source.node, 'logicalTypeOptions');
  if (flag !== undefined) {
    const inclusive = member(options, key === 'exclusiveMinimum' ? 'minimum' : 'maximum');
    return flag && inclusive ? boundConstraint(source, { key, node: inclusive }) : undefined;
  }
  if (
    (key === 'minimum' && flagOf(member(options, 'exclusiveMinimum'))) ||
    (key === 'maximum' && flagOf(member(options, 'exclusiveMaximum')))
  )
    return undefined;
  const bound = constantCell(source.report, node, source.type as PrimitiveType);
  return typeof bound === 'number' || typeof bound === 'bigint' ? { ...source.policyOf(key), kind: key, bound } : undefined;
}

function multipleOf(source: ConstraintSource, node: DocNode): Constraint | undefined {
  if (typeof source.type !== 'string') return undefined;
  const divisor = constantCell(source.report, node, source.type as PrimitiveType);
  if (typeof divisor !== 'number' && typeof divisor !== 'bigint') return undefined;
  if (divisor > 0) return { ...source.policyOf('multipleOf'), kind: 'multipleOf', divisor };
  return refuse(source.report, node, { rule: 'constraint', message: 'expected multipleOf above 0' });
}

const INTEGER_RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  i8: [-128n, 127n],
  i16: [-32768n, 32767n],
  u8: [0n, 255n],
  u16: [0n, 65535n],
  u32: [0n, 4294967295n],
  u64: [0n, 18446744073709551615n],
};

/** `format: u16` and the like bound the value; i32 and i64 are the ranges of int and long themselves. */
function integerFormat(source: ConstraintSource, options: DocNode | undefined): readonly Constraint[] {
  const format = textOf(member(options, 'format'));
  if (format === undefined || typeof source.type !== 'string' || !Object.hasOwn(INTEGER_RANGES, format)) return [];
  const [least, most] = INTEGER_RANGES[format]!;
  const scale = decimalOf(source.type)?.scale ?? 0;
  const cell = (value: bigint): number | bigint => (source.type === 'int' ? Number(value) : value * 10n ** BigInt(scale));
  const policy = source.policyOf('format');
  return [
    { ...policy, kind: 'minimum', bound: cell(least) },
    { ...policy, kind: 'maximum', bound: cell(most) },
  ];
}

/** v3.2: `enum: [{value: …}]`. */
function enumConstraint(source: ConstraintSource): readonly Constraint[] {
  const node = member(source.node, 'enum');
  if (node?.kind !== 'list') return [];
  const values = node.items.map((item) => member(item, 'value')).filter((value) => value !== undefined);
  const constraint = validValues(source, { node, values, policy: source.policyOf('validValues') });
  return constraint ? [constraint] : [];
}

/** Allowed values as cells of the column's type. */
export function validValues(
  source: ConstraintSource,
  list: { readonly node: DocNode; readonly values: readonly DocNode[]; readonly policy: RulePolicy },
): Constraint | undefined {
  const { node, values, policy } = list;
  const { type } = source;
  if (typeof type !== 'string' || type === 'binary' || type.startsWith('fixed') || source.isJsonText) {
    return refuse(source.report, node, { rule: 'constraint', message: 'allowed values need a column of text, numbers, booleans or times' });
  }
  if (values.length === 0 || values.length > LIMITS.validValuesMax) {
    return refuse(source.report, node, {
      rule: 'constraint',
      message: `expected 1 to ${LIMITS.validValuesMax} values, got ${values.length}`,
    });
  }
  const cells = values.map((value) => constantCell(source.report, value, type as PrimitiveType));
  if (!cells.every((cell) => cell !== undefined)) return undefined;
  const repeated = values.find((_, i) => cells.indexOf(cells[i]!) !== i);
  if (repeated) refuse(source.report, repeated, { rule: 'constraint', message: 'the value is there twice' });
  return { ...policy, kind: 'validValues', values: cells };
}

function refuseUnsupported(report: Report, options: DocNode | undefined): void {
  for (const entry of entriesOf(options)) {
    if (entry.key !== 'minProperties' && entry.key !== 'maxProperties') continue;
    refuse(report, entry.keyPlace, { rule: 'unsupported', message: `${entry.key} is not supported by this version`, remedy: 'drop it' });
  }
}

/** A lower bound above the upper one lets nothing through: surely a mistake. */
function checkOrder(source: ConstraintSource, found: readonly Constraint[]): void {
  const low = found.find(
    (one) => one.kind === 'minimum' || one.kind === 'exclusiveMinimum' || one.kind === 'minLength' || one.kind === 'minItems',
  );
  const high = found.find(
    (one) => one.kind === 'maximum' || one.kind === 'exclusiveMaximum' || one.kind === 'maxLength' || one.kind === 'maxItems',
  );
  if (!low || !high) return;
  const [least, most] = [amountOf(low), amountOf(high)];
  const isStrict = low.kind === 'exclusiveMinimum' || high.kind === 'exclusiveMaximum';
  if (least < most || (least === most && !isStrict)) return;
  const at = member(member(source.node, 'logicalTypeOptions'), low.kind) ?? source.node;
  refuse(source.report, at, { rule: 'constraint', message: `no value can hold ${low.kind} and ${high.kind} at once` });
}

function amountOf(constraint: Constraint): number | bigint {
  if ('bound' in constraint) return constraint.bound;
  if ('codePoints' in constraint) return constraint.codePoints;
  return 'items' in constraint ? constraint.items : 0;
}

/** Names of an object's members that its options require. */
export function requiredMembers(node: DocNode): ReadonlySet<string> {
  const names = itemsOf(member(member(node, 'logicalTypeOptions'), 'required')).map((item) => textOf(item));
  return new Set(names.filter((name) => name !== undefined));
}
