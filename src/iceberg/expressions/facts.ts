// What is known of a column over some rows (a data file, a manifest, one partition value), and what follows from it for a predicate.
// `mayMatch` is false only where no row can match (inclusive: what it rejects is left out of a scan); `mustMatch` is true only where
// every row matches (strict: what it accepts may be deleted by metadata alone). Unknown is always the weaker answer.
//
// The strict answer needs no rules of its own: all rows match a predicate where no row can match its opposite, and, for predicates
// that null does not match, no row is null.
import type { IcebergType } from '../../contract/types.ts';
import { bytesOf, comparerOf, startsWith } from './compare.ts';
import { type BoundPredicate, type Cell, NEGATED } from './types.ts';

export interface Facts {
  readonly mayHaveNull: boolean;
  readonly mayHaveNan: boolean;
  /** May hold a value that is neither null nor NaN. */
  readonly mayHaveValue: boolean;
  /** No such value is below or above; strings may be UTF-8 bytes. Undefined: not known. */
  readonly lower?: Cell | undefined;
  readonly upper?: Cell | undefined;
}

export const NOTHING_KNOWN: Facts = { mayHaveNull: true, mayHaveNan: true, mayHaveValue: true };

/** Could one of the rows match? */
export function mayMatch(predicate: BoundPredicate, facts: Facts): boolean {
  const { mayHaveNull, mayHaveNan, mayHaveValue } = facts;
  switch (predicate.type) {
    case 'is-null':
      return mayHaveNull;
    case 'not-null':
      return mayHaveValue || mayHaveNan;
    case 'is-nan':
      return mayHaveNan;
    case 'not-nan':
      return mayHaveValue || mayHaveNull;
    case 'in':
      return mayHaveValue && someWithin(predicate.field.type, predicate.values, facts);
    case 'not-in':
      return mayHaveNull || mayHaveNan || (mayHaveValue && !isAlwaysOneOf(predicate.field.type, predicate.values, facts));
    default:
      return mayCompare(predicate, facts);
  }
}

/** Does every row match? Never claimed for columns inside structs, whose null counts are not reliable. */
export function mustMatch(predicate: BoundPredicate, facts: Facts): boolean {
  if (predicate.field.isNested) return false;
  switch (predicate.type) {
    case 'is-null':
      return !mayMatch({ ...predicate, type: 'not-null' }, facts);
    case 'not-null':
      return !facts.mayHaveNull;
    case 'is-nan':
      return !mayMatch({ ...predicate, type: 'not-nan' }, facts);
    case 'not-nan':
      return !facts.mayHaveNan;
    case 'in':
      return !mayMatch({ ...predicate, type: 'not-in' }, facts);
    case 'not-in':
      return !mayMatch({ ...predicate, type: 'in' }, facts);
    case 'lt':
    case 'lt-eq':
    case 'gt':
    case 'gt-eq':
      return !facts.mayHaveNull && !mayMatch(opposite(predicate), facts);
    default:
      return !mayMatch(opposite(predicate), facts);
  }
}

type Comparison = Extract<BoundPredicate, { readonly value: Cell }>;

/** The comparison that holds for the other values. */
function opposite(predicate: Comparison): Comparison {
  return { ...predicate, type: NEGATED[predicate.type] as Comparison['type'] } as Comparison;
}

function mayCompare({ type, field, value }: Comparison, facts: Facts): boolean {
  const { lower, upper, mayHaveValue } = facts;
  const order = comparerOf(field.type);
  switch (type) {
    case 'lt':
      return mayHaveValue && (lower === undefined || order(lower, value) < 0);
    case 'lt-eq':
      return mayHaveValue && (lower === undefined || order(lower, value) <= 0);
    // NaN is greater than every number.
    case 'gt':
      return facts.mayHaveNan || (mayHaveValue && (upper === undefined || order(upper, value) > 0));
    case 'gt-eq':
      return facts.mayHaveNan || (mayHaveValue && (upper === undefined || order(upper, value) >= 0));
    case 'eq':
      return mayHaveValue && isWithin(field.type, value, facts);
    case 'not-eq':
      return facts.mayHaveNull || facts.mayHaveNan || (mayHaveValue && !isAlwaysOneOf(field.type, [value], facts));
    case 'starts-with':
      return mayHaveValue && mayStartWith(value, facts);
    case 'not-starts-with':
      return facts.mayHaveNull || (mayHaveValue && !(lower !== undefined && upper !== undefined && begin(lower, upper, value)));
  }
}

function isWithin(type: IcebergType, value: Cell, { lower, upper }: Facts): boolean {
  const order = comparerOf(type);
  return (lower === undefined || order(lower, value) <= 0) && (upper === undefined || order(upper, value) >= 0);
}

/** Is one of the ascending values between the bounds? The first one not below the lower bound decides. */
function someWithin(type: IcebergType, values: readonly Cell[], facts: Facts): boolean {
  const order = comparerOf(type);
  let [from, to] = [0, values.length];
  while (facts.lower !== undefined && from < to) {
    const middle = (from + to) >> 1;
    if (order(values[middle]!, facts.lower) < 0) from = middle + 1;
    else to = middle;
  }
  return from < values.length && isWithin(type, values[from]!, facts);
}

/** Equal bounds leave one value only. */
function isAlwaysOneOf(type: IcebergType, values: readonly Cell[], { lower, upper }: Facts): boolean {
  const order = comparerOf(type);
  if (lower === undefined || upper === undefined || order(lower, upper) !== 0) return false;
  return values.some((value) => order(value, lower) === 0);
}

/** Texts with the prefix lie from the prefix itself up to the last text that begins with it. */
function mayStartWith(prefix: Cell, { lower, upper }: Facts): boolean {
  const start = bytesOf(prefix);
  const cut = (bound: Cell) => bytesOf(bound).subarray(0, start.length);
  return (lower === undefined || Buffer.compare(cut(lower), start) <= 0) && (upper === undefined || Buffer.compare(cut(upper), start) >= 0);
}

/** Both bounds begin with the prefix, so everything between them does. */
function begin(lower: Cell, upper: Cell, prefix: Cell): boolean {
  return startsWith(lower, prefix) && startsWith(upper, prefix);
}
