// Column plans bound to their builders: what the reader needs at hand for one column, struct member, list element or map entry.
// Made once per pipeline and variant from the contract's data; no code is generated.
import type { Slot } from '../columns.ts';
import type { CleanStep, ColumnPlan, MessagePath, TimeFormat, VariantPlan } from '../contract/compiled.ts';
import { parseTimePattern, type TimeElement } from '../contract/time-pattern.ts';
import { decimalOf, fixedLengthOf, type IcebergType } from '../contract/types.ts';
import { ContractError } from '../errors.ts';
import type { ColumnBuilder, SetBuilder } from './builders.ts';
import { type Check, makeCheck } from './checks.ts';
import { type BoundConstraint, bindConstraints } from './constraints.ts';

export const OP = {
  string: 0,
  jsonText: 1,
  boolean: 2,
  int: 3,
  long: 4,
  float: 5,
  double: 6,
  decimal: 7,
  time: 8,
  uuid: 9,
  fixed: 10,
  binary: 11,
  struct: 12,
  list: 13,
  map: 14,
  never: 15,
} as const;
export type Op = (typeof OP)[keyof typeof OP];

/** What became of a cell in the row at hand. */
export const STATE = { missing: 0, present: 1, null: 2, failed: 3, nulled: 4 } as const;
export type State = (typeof STATE)[keyof typeof STATE];

export type BoundTimeFormat =
  | { readonly kind: 'iso' }
  | { readonly kind: 'epoch'; readonly unitsPerSecond: number }
  | { readonly kind: 'pattern'; readonly elements: readonly TimeElement[] };

/** How text becomes a value of the cell before it is read. */
export interface BoundClean {
  readonly steps: readonly Exclude<CleanStep, 'coerce'>[];
  readonly coerces: boolean;
}

export interface Cell {
  readonly name: string;
  readonly type: IcebergType;
  /** `decimal(18,4)`, `integer`, `object` … for messages. */
  readonly expected: string;
  readonly op: Op;
  readonly set: SetBuilder;
  readonly slot: number;
  readonly word: number;
  readonly bit: number;
  readonly column: ColumnBuilder;
  readonly paths: readonly MessagePath[];
  readonly clean: BoundClean;
  readonly timeFormats: readonly BoundTimeFormat[];
  readonly precision: number;
  readonly scale: number;
  readonly byteLength: number;
  readonly required: Check | undefined;
  readonly typeCheck: Check;
  readonly constraints: readonly BoundConstraint[];
  /** Members of a struct; [element] of a list; [key, value] of a map. */
  readonly children: readonly Cell[];
  state: State;
}

/** Binds the plans of one row space; `overrides` are the variant's. Throws ContractError for a plan that cannot be evaluated. */
export function bindCells(plans: readonly ColumnPlan[], set: SetBuilder, overrides: VariantPlan['columns']): Cell[] {
  return plans.map((plan) => bindCell(plan, set, overrides));
}

function bindCell(plan: ColumnPlan, set: SetBuilder, overrides: VariantPlan['columns']): Cell {
  const slot = set.layout.slots[plan.slot];
  if (!slot || slot.field.name !== plan.field.name) throw contractError(plan.name, 'its slot is not the one of the struct');
  const column = set.columns[plan.slot]!;
  const override = overrides.get(plan.name);
  const decimal = decimalOf(plan.field.type);
  const clean = override?.clean ?? plan.clean;
  return {
    name: plan.name,
    type: plan.field.type,
    expected: expectedOf(plan),
    op: opOf(plan),
    set,
    slot: plan.slot,
    word: plan.slot >> 5,
    bit: 1 << (plan.slot & 31),
    column,
    paths: override?.paths ?? plan.paths,
    clean: { steps: clean.filter((step) => step !== 'coerce'), coerces: clean.includes('coerce') },
    timeFormats: bindFormats(plan, override?.timeFormats ?? plan.timeFormats),
    precision: decimal?.precision ?? 0,
    scale: decimal?.scale ?? 0,
    byteLength: fixedLengthOf(plan.field.type) ?? 0,
    required: requiredCheck(plan),
    typeCheck: makeCheck(plan.type, plan.name),
    constraints: bindConstraints(plan, column),
    children: bindChildren(plan, slot, { set, column, overrides }),
    state: STATE.missing,
  };
}

function bindChildren(
  plan: ColumnPlan,
  slot: Slot,
  at: { readonly set: SetBuilder; readonly column: ColumnBuilder; readonly overrides: VariantPlan['columns'] },
): readonly Cell[] {
  if (slot.kind === 'struct') return bindCells(plan.children, at.set, at.overrides);
  if (!at.column.child) return [];
  const expected = slot.kind === 'list' ? 1 : 2;
  if (plan.children.length !== expected) throw contractError(plan.name, `a ${slot.kind} has ${expected} plans below it`);
  return bindCells(plan.children, at.column.child, at.overrides);
}

/** A column the table requires cannot take a null under any policy, so a milder policy than rejection is a quarantine there. */
function requiredCheck(plan: ColumnPlan): Check | undefined {
  const check = plan.required && makeCheck(plan.required, plan.name);
  if (!plan.field.required || check?.rejects) return check;
  return makeCheck({ rule: plan.required?.rule ?? 'required', onFailure: 'quarantine', mode: 'enforce' }, plan.name);
}

function bindFormats(plan: ColumnPlan, formats: readonly TimeFormat[]): readonly BoundTimeFormat[] {
  const given: readonly TimeFormat[] = formats.length > 0 ? formats : [{ kind: 'iso' }];
  return given.map((format) => bindFormat(plan, format));
}

function bindFormat(plan: ColumnPlan, format: TimeFormat): BoundTimeFormat {
  if (format.kind === 'iso') return format;
  if (format.kind === 'epoch') return { kind: 'epoch', unitsPerSecond: UNITS_PER_SECOND[format.unit] };
  const parsed = parseTimePattern(format.pattern);
  if (!parsed.ok) throw contractError(plan.name, `its time pattern is wrong: ${parsed.message}`);
  return { kind: 'pattern', elements: parsed.elements };
}

const UNITS_PER_SECOND = { seconds: 1, millis: 1e3, micros: 1e6 } as const;

function contractError(column: string, problem: string): ContractError {
  return new ContractError(`column ${column} cannot be compiled · ${problem} · correct the contract`, { code: 'column-plan' });
}

function opOf(plan: ColumnPlan): Op {
  const { type } = plan.field;
  if (typeof type !== 'string') return OP[type.type];
  if (type === 'string') return plan.isJsonText ? OP.jsonText : OP.string;
  if (decimalOf(type)) return OP.decimal;
  if (fixedLengthOf(type) !== undefined) return OP.fixed;
  switch (type) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'uuid':
    case 'binary':
      return OP[type];
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return OP.time;
    default:
      return OP.never;
  }
}

function expectedOf(plan: ColumnPlan): string {
  const { type } = plan.field;
  if (typeof type !== 'string') return type.type === 'list' ? 'array' : 'object';
  if (type === 'int' || type === 'long') return type === 'int' ? 'integer (32 bits)' : 'integer';
  return type;
}
