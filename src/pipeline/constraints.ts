// Constraints on present values, as tests over the column memory just written: no value is taken out of the columns unless the
// constraint needs a string. Bounds and lists were converted into the column's own cell type when the contract was compiled.
import { RE2JS } from 're2js';
import type { ColumnPlan, Constraint } from '../contract/compiled.ts';
import { decimalOf } from '../contract/types.ts';
import { ContractError } from '../errors.ts';
import { type ColumnBuilder, loadNumber } from './builders.ts';
import { type Check, makeCheck } from './checks.ts';
import { distinctElements } from './distinct.ts';
import { fractionOfText } from './exact-number.ts';
import { makeTextMatcher } from './text-match.ts';
import { makeTextSet } from './text-set.ts';

export interface BoundConstraint {
  readonly constraint: Constraint;
  readonly check: Check;
  readonly message: string;
  /** Does the value in `row` hold? `bytes` is the work buffer. */
  readonly holds: (bytes: Buffer, row: number) => boolean;
}

/** Binds a plan's constraints to its column. Throws ContractError for one that does not belong to the column's type. */
export function bindConstraints(plan: ColumnPlan, column: ColumnBuilder): readonly BoundConstraint[] {
  return plan.constraints.map((constraint) => {
    const { holds, message } = bind(constraint, plan, column);
    return { constraint, check: makeCheck(constraint, plan.name), message, holds };
  });
}

type Bound = Pick<BoundConstraint, 'holds' | 'message'>;

function bind(constraint: Constraint, plan: ColumnPlan, column: ColumnBuilder): Bound {
  switch (constraint.kind) {
    case 'minLength':
    case 'maxLength':
      return bindLength(constraint, plan, column);
    case 'pattern':
      return bindPattern(constraint.pattern, plan, column);
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return bindBound(constraint, plan, column);
    case 'multipleOf':
      return { message: 'expected a multiple of the divisor', holds: multipleTest(constraint.divisor, plan, column) };
    case 'validValues':
      return {
        message: `expected one of ${constraint.values.length} valid values, got another`,
        holds: valuesTest(constraint.values, plan, column),
      };
    case 'minItems':
      return { message: `expected at least ${constraint.items} items`, holds: (_, row) => column.length[row]! >= constraint.items };
    case 'maxItems':
      return { message: `expected at most ${constraint.items} items`, holds: (_, row) => column.length[row]! <= constraint.items };
    case 'uniqueItems':
      return {
        message: 'expected distinct items, got a repeated one',
        holds: (bytes, row) => distinctElements(column, bytes, { row, ignoresNulls: false }),
      };
  }
}

function bindLength(constraint: Extract<Constraint, { readonly codePoints: number }>, plan: ColumnPlan, column: ColumnBuilder): Bound {
  const { codePoints, kind } = constraint;
  const isText = plan.field.type === 'string';
  const unit = isText ? 'characters' : 'bytes';
  if (kind === 'minLength') {
    return {
      message: `expected at least ${codePoints} ${unit}`,
      holds: (bytes, row) => column.length[row]! >= codePoints && (!isText || countCodePoints(bytes, column, row) >= codePoints),
    };
  }
  return {
    message: `expected at most ${codePoints} ${unit}`,
    holds: (bytes, row) => column.length[row]! <= codePoints || (isText && countCodePoints(bytes, column, row) <= codePoints),
  };
}

/** Bytes that do not continue a sequence. */
function countCodePoints(bytes: Uint8Array, column: ColumnBuilder, row: number): number {
  const start = column.start[row]!;
  const end = start + column.length[row]!;
  let count = 0;
  for (let p = start; p < end; p++) if ((bytes[p]! & 0xc0) !== 0x80) count++;
  return count;
}

function bindPattern(pattern: string, plan: ColumnPlan, column: ColumnBuilder): Bound {
  let matches: (text: string) => boolean;
  try {
    const compiled = RE2JS.compile(pattern);
    // A search, as JSON Schema (which ODCS follows) has it: the pattern holds anywhere unless it is anchored.
    matches = makeTextMatcher((text) => compiled.test(text));
  } catch (cause) {
    throw new ContractError(`the pattern of column ${plan.name} is no RE2 expression · correct the contract`, { code: 'pattern', cause });
  }
  return {
    message: 'expected text that matches the pattern',
    holds: (bytes, row) => matches(bytes.toString('utf8', column.start[row]!, column.start[row]! + column.length[row]!)),
  };
}

/** The value in a row as a number or bigint, exact: what bounds of the column's type compare with. */
export function exactValue(plan: Pick<ColumnPlan, 'field'>, column: ColumnBuilder): (bytes: Buffer, row: number) => number | bigint {
  switch (column.kind) {
    case 'i32':
      return (_, row) => column.i32[row]!;
    case 'f64':
      return (_, row) => column.f64[row]!;
    case 'i64':
      return (_, row) => {
        const value = loadNumber(column, row);
        return Number.isSafeInteger(value) ? value : column.i64[row]!;
      };
    case 'bool':
      return (_, row) => column.bool[row]!;
    default:
      if (!decimalOf(plan.field.type)) throw new ContractError(`a bound does not fit column ${plan.field.name}`, { code: 'constraint' });
      return (bytes, row) => {
        const at = column.start[row]!;
        return (bytes.readBigInt64BE(at) << 64n) | bytes.readBigUInt64BE(at + 8);
      };
  }
}

function bindBound(constraint: Extract<Constraint, { readonly bound: number | bigint }>, plan: ColumnPlan, column: ColumnBuilder): Bound {
  const value = exactValue(plan, column);
  // Number and bigint compare by mathematical value in JavaScript, without rounding.
  const { bound, kind } = constraint;
  switch (kind) {
    case 'minimum':
      return { message: 'expected at least the minimum, got less', holds: (bytes, row) => value(bytes, row) >= bound };
    case 'maximum':
      return { message: 'expected at most the maximum, got more', holds: (bytes, row) => value(bytes, row) <= bound };
    case 'exclusiveMinimum':
      return { message: 'expected more than the minimum', holds: (bytes, row) => value(bytes, row) > bound };
    case 'exclusiveMaximum':
      return { message: 'expected less than the maximum', holds: (bytes, row) => value(bytes, row) < bound };
  }
}

/** Exact: integers by remainder; doubles as the decimals they are written as (0.3 is a multiple of 0.1). */
function multipleTest(divisor: number | bigint, plan: ColumnPlan, column: ColumnBuilder): BoundConstraint['holds'] {
  const value = exactValue(plan, column);
  if (column.kind !== 'f64') {
    const exact = BigInt(divisor);
    return (bytes, row) => BigInt(value(bytes, row)) % exact === 0n;
  }
  const by = fractionOfText(String(divisor));
  return (bytes, row) => {
    const of = fractionOfText(String(value(bytes, row)));
    return (of.numerator * by.denominator) % (by.numerator * of.denominator) === 0n;
  };
}

function valuesTest(
  values: readonly (string | number | bigint | boolean)[],
  plan: ColumnPlan,
  column: ColumnBuilder,
): BoundConstraint['holds'] {
  if (plan.field.type === 'string') {
    const set = makeTextSet(values.map(String));
    return (bytes, row) => set(bytes, column.start[row]!, column.start[row]! + column.length[row]!);
  }
  if (column.kind === 'view' && !decimalOf(plan.field.type)) {
    const known = new Set(values.map((value) => String(value)));
    const isUuid = plan.field.type === 'uuid';
    const lower = new Set([...known].map((value) => value.toLowerCase().replaceAll('-', '')));
    return (bytes, row) => {
      const slice = bytes.subarray(column.start[row]!, column.start[row]! + column.length[row]!);
      return isUuid ? lower.has(slice.toString('hex')) : known.has(slice.toString('base64'));
    };
  }
  return numbersTest(values, exactValue(plan, column));
}

/** Integers up to 53 bits are numbers on both sides, larger ones bigints; a Set takes −0 for 0. */
function numbersTest(
  values: readonly (string | number | bigint | boolean)[],
  value: (bytes: Buffer, row: number) => number | bigint,
): BoundConstraint['holds'] {
  const known = new Set(
    values.map((each) => (typeof each === 'bigint' || typeof each === 'string' ? narrowed(BigInt(each)) : Number(each))),
  );
  return (bytes, row) => {
    const given = value(bytes, row);
    return known.has(typeof given === 'bigint' ? narrowed(given) : given);
  };
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
