// From a filter on columns to one on partition values, through every transform. Inclusive: a partition that holds a matching row always
// matches the projected filter. Strict: a partition that matches holds matching rows only. Source: Iceberg specification, "Scan
// Planning" and "Partition Transforms".
//
// Two kinds of stored partition values break the order of their source and are allowed for:
// - truncating the lowest ints and longs wraps to the top of the range (vectors `transform`: int -2147483648 by 10);
// - iceberg-java up to 0.10 wrote year, month, day and hour before 1970 one too large.
import { comparerOf } from './compare.ts';
import { isTimeUnit, type PartitionTerm } from './partition-terms.ts';
import { projectOrdered, projectOrderedStrictly } from './project-ordered.ts';
import { ALWAYS_FALSE, ALWAYS_TRUE, type Bound, type BoundPredicate, both, type Cell, either, mapPredicates } from './types.ts';

/** True for every partition that may hold a matching row. */
export function projectInclusive(filter: Bound, terms: readonly PartitionTerm[]): Bound {
  return mapPredicates(filter, (predicate) =>
    termsOf(predicate, terms).reduce((all: Bound, term) => both(all, inclusive(term, predicate)), ALWAYS_TRUE),
  );
}

/** True only for partitions all of whose rows match. */
export function projectStrict(filter: Bound, terms: readonly PartitionTerm[]): Bound {
  return mapPredicates(filter, (predicate) =>
    termsOf(predicate, terms).reduce((any: Bound, term) => either(any, strict(term, predicate)), ALWAYS_FALSE),
  );
}

function termsOf(predicate: BoundPredicate, terms: readonly PartitionTerm[]): readonly PartitionTerm[] {
  return terms.filter((term) => term.sourceId === predicate.field.id);
}

function inclusive(term: PartitionTerm, predicate: BoundPredicate): Bound {
  if (term.transform.kind === 'identity') return { ...predicate, field: term.field };
  switch (predicate.type) {
    case 'is-null':
    case 'not-null':
      return { type: predicate.type, field: term.field };
    case 'eq':
      return oneOf(term, 'in', [predicate.value]);
    case 'in':
      return oneOf(term, 'in', predicate.values);
    case 'is-nan':
    case 'not-nan':
    case 'not-eq':
    case 'not-in':
      return ALWAYS_TRUE;
    default:
      return term.transform.kind === 'bucket' ? ALWAYS_TRUE : projectOrdered(term, predicate);
  }
}

function strict(term: PartitionTerm, predicate: BoundPredicate): Bound {
  if (term.transform.kind === 'identity') return { ...predicate, field: term.field };
  switch (predicate.type) {
    case 'is-null':
    case 'not-null':
      return { type: predicate.type, field: term.field };
    case 'not-eq':
      return oneOf(term, 'not-in', [predicate.value]);
    case 'not-in':
      return oneOf(term, 'not-in', predicate.values);
    case 'is-nan':
    case 'not-nan':
    case 'eq':
    case 'in':
      return ALWAYS_FALSE;
    default:
      return term.transform.kind === 'bucket' ? ALWAYS_FALSE : projectOrderedStrictly(term, predicate);
  }
}

function oneOf(term: PartitionTerm, type: 'in' | 'not-in', values: readonly Cell[]): Bound {
  const order = comparerOf(term.field.type);
  const cells = values
    .map(term.apply)
    .flatMap((cell) => (isTimeUnit(term) && (cell as number) < 0 ? [cell, (cell as number) + 1] : [cell]))
    .sort(order);
  const distinct = cells.filter((cell, i) => i === 0 || order(cells[i - 1]!, cell) !== 0);
  if (distinct.length === 1) return { type: type === 'in' ? 'eq' : 'not-eq', field: term.field, value: distinct[0]! };
  return { type, field: term.field, values: distinct };
}
