// One column beside a constant or another column, judged on its typed array: integers, decimals and times of 64 bits as two halves,
// doubles as they are, strings by their bytes. A constant is brought to the column's unit once: `revenue >= 0.5` of a decimal with four
// digits is "unscaled ≥ 5000"; one that falls between two units turns the comparison, exactly. Null: == is false and != true beside
// anything else, the others are an error, which the evaluator words. Source: contract/cel/types.ts.
import type { CelExpr } from '../../contract/compiled.ts';
import { decimalOf } from '../../contract/types.ts';
import type { ColumnBuilder, SetBuilder } from '../builders.ts';
import { fractionOfDouble } from '../exact-number.ts';
import { compileExpr } from './compile.ts';
import { type RowView, slotOf } from './row-view.ts';
import { CelDecimal, CelDuration, CelError, CelTimestamp, type CelValue } from './values.ts';
import { identifiersOf } from './walk.ts';

export const FAILS = 0;
export const HOLDS = 1;
export const UNSURE = 2;
/** Asked of a row of the view's set. */
export type RowTest = (row: number) => typeof FAILS | typeof HOLDS | typeof UNSURE;
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

interface Operands {
  readonly column: CelExpr;
  readonly other: CelExpr;
  readonly constant: CelValue | undefined;
}

/** `column op other`; undefined where there is no form for it. */
export function compileComparison(op: Comparison, { column, other, constant }: Operands, view: RowView): RowTest | undefined {
  const slot = slotOf(column, view);
  if (slot === undefined) return undefined;
  const place = placeOf(view.set, slot);
  if (constant === null) return besideNull(op, place);
  if (constant === undefined) return besideColumn(op, place, { slot: slotOf(other, view), view });
  const sign = signBeside(place, constant, view);
  return sign && judged(op, place, sign);
}

function besideNull(op: Comparison, place: Place): RowTest | undefined {
  if (op === '==') return (row) => (isThere(place, row) ? FAILS : HOLDS);
  return op === '!=' ? (row) => (isThere(place, row) ? HOLDS : FAILS) : undefined;
}

/** `column in [constants]`. */
export function compileMembership(column: CelExpr, items: readonly CelExpr[], view: RowView): RowTest | undefined {
  const tests = items.map((item) => compileComparison('==', { column, other: item, constant: constantOf(item, view) ?? undefined }, view));
  if (slotOf(column, view) === undefined || items.some((item) => constantOf(item, view) == null) || tests.includes(undefined))
    return undefined;
  return (row) => {
    for (const test of tests) {
      const truth = test!(row);
      if (truth !== FAILS) return truth;
    }
    return FAILS;
  };
}

/** The value of an expression that names nothing; undefined where it names something or is an error. */
export function constantOf(expr: CelExpr, view: RowView): CelValue | undefined {
  if (identifiersOf(expr).size > 0) return undefined;
  const value = compileExpr(expr, view)();
  return value instanceof CelError ? undefined : value;
}

interface Place {
  readonly set: SetBuilder;
  readonly slot: number;
  readonly word: number;
  readonly bit: number;
  readonly column: ColumnBuilder;
  readonly type: string;
}

function placeOf(set: SetBuilder, slot: number): Place {
  const { type } = set.layout.slots[slot]!.field;
  return {
    set,
    slot,
    word: slot >> 5,
    bit: 1 << (slot & 31),
    column: set.columns[slot]!,
    type: typeof type === 'string' ? type : 'nested',
  };
}

function isThere({ set, word, bit }: Place, row: number): boolean {
  return (set.present[word]![row]! & bit) !== 0;
}

/** Sign of a present value against what it is compared with; NaN where there is no order. Exact: may it be equal? */
interface Sign {
  readonly of: (row: number) => number;
  /** False where the constant lies between two values the column can have: then `of` compares with the one below. */
  readonly isExact: boolean;
  /** Strings have equality here and no order. */
  readonly isOrdered: boolean;
}

function judged(op: Comparison, place: Place, { of, isExact, isOrdered }: Sign): RowTest | undefined {
  if (op === '==') return (row) => (isThere(place, row) && isExact && of(row) === 0 ? HOLDS : FAILS);
  if (op === '!=') return (row) => (isThere(place, row) && isExact && of(row) === 0 ? FAILS : HOLDS);
  if (!isOrdered) return undefined;
  const holds = ORDERS[isExact ? op : BETWEEN[op]];
  return (row) => (isThere(place, row) ? (holds(of(row)) ? HOLDS : FAILS) : UNSURE);
}

const ORDERS = {
  '<': (sign: number) => sign < 0,
  '<=': (sign: number) => sign <= 0,
  '>': (sign: number) => sign > 0,
  '>=': (sign: number) => sign >= 0,
} as const;

/** Less than a constant between two units is at most the unit below it. */
const BETWEEN = { '<': '<=', '<=': '<=', '>': '>', '>=': '>' } as const;

function besideColumn(
  op: Comparison,
  place: Place,
  other: { readonly slot: number | undefined; readonly view: RowView },
): RowTest | undefined {
  if (other.slot === undefined) return undefined;
  const right = placeOf(other.view.set, other.slot);
  const unit = unitOf(place);
  if (unit === undefined || unit !== unitOf(right)) return undefined;
  const { column: a } = place;
  const { column: b } = right;
  const of =
    a.kind === 'i32'
      ? (row: number) => a.i32[row]! - b.i32[row]!
      : (row: number) => a.lohi[row * 2 + 1]! - b.lohi[row * 2 + 1]! || (a.lohi[row * 2]! >>> 0) - (b.lohi[row * 2]! >>> 0);
  const both = judged(op, place, { of, isExact: true, isOrdered: true })!;
  // Two nulls are equal; one beside a value is for the evaluator.
  return (row) => (isThere(place, row) && isThere(right, row) ? both(row) : UNSURE);
}

/** Columns of one unit compare by their halves; undefined for those that have none. */
function unitOf({ column, type }: Place): string | undefined {
  if (column.kind === 'i32') return type === 'date' ? 'date' : 'i32';
  if (column.kind !== 'i64') return undefined;
  const decimal = decimalOf(type as `decimal(${number},${number})`);
  return decimal ? `decimal ${decimal.scale}` : type.replace('timestamptz', 'timestamp');
}

function signBeside(place: Place, constant: CelValue, view: RowView): Sign | undefined {
  const { column, type } = place;
  if (column.kind === 'view') return type === 'string' && typeof constant === 'string' ? textSign(column, constant, view) : undefined;
  if (column.kind === 'f64') return doubleSign(column, constant);
  if (column.kind === 'bool') {
    if (typeof constant !== 'boolean') return undefined;
    return { of: (row) => column.bool[row]! - Number(constant), isExact: true, isOrdered: true };
  }
  if (column.kind !== 'i32' && column.kind !== 'i64') return undefined;
  const units = unitsOf(type, constant);
  return units && integerSign(column, units);
}

/** Bytes of well-formed UTF-8 are equal exactly when the texts are. */
function textSign(column: ColumnBuilder, text: string, { bytes }: RowView): Sign | undefined {
  if (!text.isWellFormed()) return undefined;
  const wanted = Buffer.from(text, 'utf8');
  const { length } = wanted;
  const of = (row: number): number => {
    if (column.length[row] !== length) return 1;
    const memory = bytes();
    const from = column.start[row]!;
    for (let i = 0; i < length; i++) if (memory[from + i] !== wanted[i]) return 1;
    return 0;
  };
  return { of, isExact: true, isOrdered: false };
}

/** Doubles beside doubles, and beside integers that are exact as doubles: JavaScript's own order, NaN included. */
function doubleSign(column: ColumnBuilder, constant: CelValue): Sign | undefined {
  const other = typeof constant === 'bigint' && Number.isSafeInteger(Number(constant)) ? Number(constant) : constant;
  if (typeof other !== 'number') return undefined;
  const of = (row: number): number => {
    const value = column.f64[row]!;
    return value < other ? -1 : value > other ? 1 : value === other ? 0 : Number.NaN;
  };
  return { of, isExact: true, isOrdered: true };
}

interface Units {
  readonly floor: bigint;
  readonly isExact: boolean;
}

/** A constant in units of the column, rounded down. */
function unitsOf(type: string, constant: CelValue): Units | undefined {
  if (type === 'date' || type === 'time' || type.startsWith('timestamp')) return timeUnits(type, constant);
  const { numerator, denominator } = fractionOf(constant) ?? {};
  if (numerator === undefined || denominator === undefined) return undefined;
  const scale = decimalOf(type as `decimal(${number},${number})`)?.scale ?? 0;
  return floorOf(numerator * 10n ** BigInt(scale), denominator);
}

const DAY_NANOS = 86_400_000_000_000n;

function timeUnits(type: string, constant: CelValue): Units | undefined {
  const isDuration = type === 'time';
  if (isDuration ? !(constant instanceof CelDuration) : !(constant instanceof CelTimestamp)) return undefined;
  const nanosPerUnit = type === 'date' ? DAY_NANOS : type.endsWith('_ns') ? 1n : 1000n;
  return floorOf((constant as CelTimestamp).nanos, nanosPerUnit);
}

function fractionOf(constant: CelValue): { readonly numerator: bigint; readonly denominator: bigint } | undefined {
  if (typeof constant === 'bigint') return { numerator: constant, denominator: 1n };
  if (typeof constant === 'number') return Number.isFinite(constant) ? fractionOfDouble(constant) : undefined;
  return constant instanceof CelDecimal ? { numerator: constant.unscaled, denominator: 10n ** BigInt(constant.scale) } : undefined;
}

function floorOf(numerator: bigint, denominator: bigint): Units | undefined {
  const rest = ((numerator % denominator) + denominator) % denominator;
  const floor = (numerator - rest) / denominator;
  return BigInt.asIntN(64, floor) === floor ? { floor, isExact: rest === 0n } : undefined;
}

function integerSign(column: ColumnBuilder, { floor, isExact }: Units): Sign {
  const high = Number(floor >> 32n);
  const low = Number(BigInt.asUintN(32, floor));
  const wide = Number(floor);
  const of =
    column.kind === 'i32'
      ? (row: number) => column.i32[row]! - wide
      : (row: number) => column.lohi[row * 2 + 1]! - high || (column.lohi[row * 2]! >>> 0) - low;
  return { of, isExact, isOrdered: true };
}
