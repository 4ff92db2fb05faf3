// Changes of columns between two versions of a program: dropped, added, another type, another need, other constraints and places.
import { breaking, type Change, comparePolicy, compatible, rejects, same } from './change.ts';
import type { ColumnPlan, Constraint, TableProgram } from './compiled.ts';
import { decimalOf, type IcebergType } from './types.ts';

/** Compares the contract's own columns at every depth, and the technical ones by presence. */
export function compareColumns(old: TableProgram, next: TableProgram): readonly Change[] {
  const changes = [...comparePlans(old.columns, next.columns)];
  const technical = (program: TableProgram): ReadonlySet<string> =>
    new Set(program.struct.fields.slice(program.columns.length).map((field) => field.name));
  const [before, after] = [technical(old), technical(next)];
  for (const name of before)
    if (!after.has(name))
      changes.push(breaking('consumers', { rule: 'column-dropped', path: name, message: `the column ${name} is gone` }));
  for (const name of after)
    if (!before.has(name)) changes.push(compatible({ rule: 'column-added', path: name, message: `the column ${name} is new` }));
  return changes;
}

function comparePlans(old: readonly ColumnPlan[], next: readonly ColumnPlan[]): readonly Change[] {
  const changes: Change[] = [];
  const after = new Map(next.map((plan) => [plan.name, plan]));
  for (const plan of old) {
    const now = after.get(plan.name);
    after.delete(plan.name);
    if (!now) changes.push(breaking('consumers', { rule: 'column-dropped', path: plan.name, message: `the column ${plan.name} is gone` }));
    else changes.push(...comparePlan(plan, now));
  }
  for (const plan of after.values()) changes.push(addedColumn(plan));
  const shared = old.filter((plan) => next.some((now) => now.name === plan.name)).map((plan) => plan.name);
  const order = next.filter((plan) => shared.includes(plan.name)).map((plan) => plan.name);
  if (!same(shared, order))
    changes.push(compatible({ rule: 'columns-reordered', path: shared[0] ?? '', message: 'columns are in another order' }));
  return changes;
}

function addedColumn(plan: ColumnPlan): Change {
  const words = { rule: 'column-added', path: plan.name, message: `the column ${plan.name} is new` };
  if (plan.field.required)
    return breaking('table', {
      ...words,
      rule: 'required-added',
      message: `${words.message} and required: rows landed before have no value`,
    });
  return compatible(words);
}

function comparePlan(old: ColumnPlan, next: ColumnPlan): readonly Change[] {
  const path = next.name;
  if (old.field.id !== next.field.id) {
    return [
      breaking('consumers', {
        rule: 'column-replaced',
        path,
        message: `the column ${path} was removed and added again: older rows show null`,
      }),
    ];
  }
  const changes = [
    ...compareType(old, next),
    ...compareRequired(old, next),
    ...compareConstraints(old, next),
    ...compareReading(old, next),
  ];
  changes.push(...comparePolicy(path, old.type, next.type));
  if (kindOf(old.field.type) === kindOf(next.field.type)) changes.push(...comparePlans(old.children, next.children));
  return changes;
}

function kindOf(type: IcebergType): string {
  return typeof type === 'string' ? 'primitive' : type.type;
}

function typeText(type: IcebergType): string {
  return typeof type === 'string' ? type : type.type;
}

/** Iceberg's promotions: int → long, float → double, decimal to more precision of the same scale. */
function isPromotion(from: IcebergType, to: IcebergType): boolean {
  if ((from === 'int' && to === 'long') || (from === 'float' && to === 'double')) return true;
  const [a, b] = [decimalOf(from), decimalOf(to)];
  return a !== undefined && b !== undefined && a.scale === b.scale && b.precision >= a.precision;
}

function compareType(old: ColumnPlan, next: ColumnPlan): readonly Change[] {
  const [from, to] = [old.field.type, next.field.type];
  const path = next.name;
  const words = { path, message: `${path} is ${typeText(to)}, was ${typeText(from)}` };
  if (kindOf(from) !== 'primitive' || kindOf(to) !== 'primitive') {
    return kindOf(from) === kindOf(to) ? [] : [breaking('table', { ...words, rule: 'type-changed' })];
  }
  if (from !== to) {
    if (isPromotion(from, to)) return [compatible({ ...words, rule: 'type-widened' })];
    const rule = isPromotion(to, from) ? 'type-narrowed' : 'type-changed';
    return [breaking('table', { ...words, rule, message: `${words.message}: Iceberg has no such evolution` })];
  }
  if (old.isJsonText === next.isJsonText) return [];
  return [
    breaking('consumers', {
      rule: 'type-changed',
      path,
      message: `${path} is ${next.isJsonText ? 'JSON text' : 'text'}, was ${old.isJsonText ? 'JSON text' : 'text'}`,
    }),
  ];
}

function compareRequired(old: ColumnPlan, next: ColumnPlan): readonly Change[] {
  const path = next.name;
  if (!old.required && next.required) {
    const words = { rule: 'required-added', path, message: `${path} is required, was optional` };
    if (next.field.required && !old.field.required)
      return [breaking('table', { ...words, message: `${words.message}: rows landed before may hold null` })];
    return [rejects(next.required) ? breaking('producers', words) : compatible(words)];
  }
  if (old.field.required && !next.field.required)
    return [breaking('consumers', { rule: 'required-removed', path, message: `${path} may be null, never was` })];
  if (old.required && next.required) return comparePolicy(path, old.required, next.required);
  return [];
}

function compareReading(old: ColumnPlan, next: ColumnPlan): readonly Change[] {
  const path = next.name;
  const changes: Change[] = [];
  const isLonger = (before: readonly unknown[], after: readonly unknown[]): boolean => before.every((one, i) => same(one, after[i]));
  if (!same(old.paths, next.paths)) {
    const words = { rule: 'path-changed', path, message: `${path} is read from another place of the message` };
    changes.push(isLonger(old.paths, next.paths) ? compatible(words) : breaking('producers', words));
  }
  if (!same(old.timeFormats, next.timeFormats)) {
    const words = { rule: 'format-changed', path, message: `${path} is read by other time formats` };
    changes.push(isLonger(old.timeFormats, next.timeFormats) ? compatible(words) : breaking('producers', words));
  }
  if (!same(old.clean, next.clean))
    changes.push(breaking('consumers', { rule: 'clean-changed', path, message: `values of ${path} are cleaned otherwise` }));
  return changes;
}

function keyOf(constraint: Constraint): string {
  return `${constraint.kind} ${constraint.rule}`;
}

function compareConstraints(old: ColumnPlan, next: ColumnPlan): readonly Change[] {
  const changes: Change[] = [];
  const path = next.name;
  // Under another type the bounds are of another kind: the change of the type says it all.
  if (old.field.type !== next.field.type && kindOf(old.field.type) === 'primitive' && !isPromotion(old.field.type, next.field.type))
    return [];
  const after = new Map(next.constraints.map((one) => [keyOf(one), one]));
  for (const constraint of old.constraints) {
    const now = after.get(keyOf(constraint));
    after.delete(keyOf(constraint));
    if (!now) changes.push(compatible({ rule: 'rule-loosened', path, message: `${constraint.rule} of ${path} is gone` }));
    else changes.push(...compareConstraint(path, constraint, now));
  }
  for (const constraint of after.values()) {
    const words = { rule: 'rule-tightened', path, message: `${constraint.rule} of ${path} is new` };
    changes.push(rejects(constraint) ? breaking('producers', words) : compatible({ ...words, rule: 'rule-added' }));
  }
  return changes;
}

function compareConstraint(path: string, old: Constraint, next: Constraint): readonly Change[] {
  const policy = comparePolicy(path, old, next);
  const direction = strictness(old, next);
  if (direction === 0) return policy;
  const words = { path, message: `${next.rule} of ${path} is ${direction > 0 ? 'tighter' : 'looser'}` };
  if (direction > 0 && rejects(next)) return [...policy, breaking('producers', { ...words, rule: 'rule-tightened' })];
  return [...policy, compatible({ ...words, rule: direction > 0 ? 'rule-added' : 'rule-loosened' })];
}

/** Above 0: `next` rejects something `old` lets through; below: it only lets more through; 0: the same. */
function strictness(old: Constraint, next: Constraint): number {
  const withoutPolicy = ({ rule: _rule, onFailure: _onFailure, mode: _mode, ...rest }: Constraint): unknown => rest;
  if (same(withoutPolicy(old), withoutPolicy(next))) return 0;
  if (old.kind === 'validValues' && next.kind === 'validValues') {
    // As text: 1 of an int and 1n of a long are one value.
    const allowed = new Set(next.values.map(String));
    return old.values.every((value) => allowed.has(String(value))) ? (next.values.length === old.values.length ? 0 : -1) : 1;
  }
  const [before, after] = [limitOf(old), limitOf(next)];
  if (before === undefined || after === undefined) return 1;
  if (before <= after && before >= after) return 0;
  const isLower = /^(min|exclusiveMin)/.test(next.kind);
  return after > before === isLower ? 1 : -1;
}

/** The number of a bound; undefined where two constraints cannot be ordered (patterns, divisors). */
function limitOf(constraint: Constraint): number | bigint | undefined {
  if ('bound' in constraint) return constraint.bound;
  if ('codePoints' in constraint) return constraint.codePoints;
  return 'items' in constraint ? constraint.items : undefined;
}
