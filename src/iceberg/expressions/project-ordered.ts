// Ranges and prefixes through the transforms that keep order: truncate, year, month, day, hour. `a < v` becomes `a ≤ v - 1` for types
// that count, so the last partition is met exactly; texts and bytes have no predecessor and keep the wider bound.
import { decimalOf, type IcebergType } from '../../contract/types.ts';
import { truncateText } from '../transforms.ts';
import { comparerOf } from './compare.ts';
import { isTimeUnit, type PartitionTerm } from './partition-terms.ts';
import { ALWAYS_FALSE, ALWAYS_TRUE, type Bound, both, type Cell, either, type OrderedPredicate } from './types.ts';

/** Inclusive projection. */
export function projectOrdered(term: PartitionTerm, predicate: OrderedPredicate): Bound {
  const { value } = predicate;
  switch (predicate.type) {
    case 'lt':
      return upTo(term, isCounted(term.sourceType) ? neighbour(term.sourceType, value as number | bigint, -1) : value);
    case 'lt-eq':
      return upTo(term, value);
    case 'gt':
      return from(term, isCounted(term.sourceType) ? neighbour(term.sourceType, value as number | bigint, 1) : value);
    case 'gt-eq':
      return from(term, value);
    default:
      return prefix(term, predicate);
  }
}

/** Strict projection. */
export function projectOrderedStrictly(term: PartitionTerm, predicate: OrderedPredicate): Bound {
  const { value } = predicate;
  switch (predicate.type) {
    case 'lt':
      return before(term, value);
    case 'lt-eq':
      return before(term, isCounted(term.sourceType) ? neighbour(term.sourceType, value as number | bigint, 1) : value);
    case 'gt':
      return after(term, value);
    case 'gt-eq':
      return after(term, isCounted(term.sourceType) ? neighbour(term.sourceType, value as number | bigint, -1) : value);
    default:
      return prefixStrictly(term, predicate);
  }
}

/** Partitions of rows ≤ the bound; no bound: nothing is below the smallest value. */
function upTo(term: PartitionTerm, bound: Cell | undefined): Bound {
  if (bound === undefined) return ALWAYS_FALSE;
  const last = term.apply(bound);
  if (isWrapped(term, bound)) return { type: 'eq', field: term.field, value: last };
  const shifted = isTimeUnit(term) && (last as number) < 0 ? (last as number) + 1 : last;
  return either({ type: 'lt-eq', field: term.field, value: shifted }, wrappedPartition(term, 'eq'));
}

/** Partitions of rows ≥ the bound. */
function from(term: PartitionTerm, bound: Cell | undefined): Bound {
  if (bound === undefined) return ALWAYS_FALSE;
  if (isWrapped(term, bound)) return ALWAYS_TRUE;
  return { type: 'gt-eq', field: term.field, value: term.apply(bound) };
}

/** Partitions with rows < the bound only; no bound: everything that is not null is below it. */
function before(term: PartitionTerm, bound: Cell | undefined): Bound {
  if (bound === undefined) return { type: 'not-null', field: term.field };
  if (isWrapped(term, bound)) return ALWAYS_FALSE;
  return { type: 'lt', field: term.field, value: term.apply(bound) };
}

/** Partitions with rows > the bound only. */
function after(term: PartitionTerm, bound: Cell | undefined): Bound {
  if (bound === undefined) return { type: 'not-null', field: term.field };
  if (isWrapped(term, bound)) return ALWAYS_FALSE;
  const first = term.apply(bound);
  const shifted = isTimeUnit(term) && (first as number) <= 0 ? (first as number) + 1 : first;
  return both({ type: 'gt', field: term.field, value: shifted }, wrappedPartition(term, 'not-eq'));
}

function prefix(term: PartitionTerm, { type, value }: OrderedPredicate): Bound {
  const width = widthOf(term);
  const points = Array.from(String(value)).length;
  if (points < width) return { type: type as 'starts-with', field: term.field, value };
  // Rows that begin with it are all in one partition; those that do not may be anywhere, unless it is the partition's whole text.
  if (type === 'starts-with') return { type: 'eq', field: term.field, value: truncateText(String(value), width) };
  return points === width ? { type: 'not-eq', field: term.field, value } : ALWAYS_TRUE;
}

function prefixStrictly(term: PartitionTerm, { type, value }: OrderedPredicate): Bound {
  const width = widthOf(term);
  if (Array.from(String(value)).length <= width) return { type: type as 'starts-with', field: term.field, value };
  if (type === 'starts-with') return ALWAYS_FALSE;
  return { type: 'not-eq', field: term.field, value: truncateText(String(value), width) };
}

function widthOf({ transform }: PartitionTerm): number {
  return 'width' in transform ? transform.width : 0;
}

const RANGE: Readonly<Record<string, readonly [number | bigint, number | bigint]>> = {
  int: [-(2 ** 31), 2 ** 31 - 1],
  date: [-(2 ** 31), 2 ** 31 - 1],
};
const LONG_RANGE = [-(2n ** 63n), 2n ** 63n - 1n] as const;

function isCounted(type: IcebergType): boolean {
  return type !== 'string' && type !== 'binary';
}

/** The next value up or down; undefined beyond the type's range. Decimals count in units of their last digit. */
function neighbour(type: IcebergType, value: number | bigint, by: 1 | -1): Cell | undefined {
  const next = typeof value === 'bigint' ? value + BigInt(by) : value + by;
  if (decimalOf(type)) return next;
  const [smallest, largest] = RANGE[String(type)] ?? LONG_RANGE;
  return next < smallest || next > largest ? undefined : next;
}

/** Truncated below the smallest multiple, so that the result wrapped to above its source. */
function isWrapped(term: PartitionTerm, value: Cell): boolean {
  if (term.transform.kind !== 'truncate' || (term.sourceType !== 'int' && term.sourceType !== 'long')) return false;
  return comparerOf(term.sourceType)(term.apply(value), value) > 0;
}

/** The partition of the wrapped values, for `eq` to be let in and for `not-eq` to be kept out; the neutral constant where none wrap. */
function wrappedPartition(term: PartitionTerm, type: 'eq' | 'not-eq'): Bound {
  const smallest = term.sourceType === 'int' ? RANGE['int']![0] : LONG_RANGE[0];
  if (!isWrapped(term, smallest)) return type === 'eq' ? ALWAYS_FALSE : ALWAYS_TRUE;
  return { type, field: term.field, value: term.apply(smallest) };
}
