// Row filters of a scan. An `Expression` names columns and is plain JSON in the form of the REST catalog specification ("Expression");
// a `Bound` one is held against a schema: fields by id, literals as cells of the field's type, `not` pushed into the predicates.
//
// What a predicate means for a row (two-valued, so that `not` turns each into exactly the rows that are left, nulls aside):
//   = < ≤ > ≥ in starts-with        no null matches
//   ≠ not-in not-starts-with        null matches (add `not-null` for SQL's meaning)
//   floats                          NaN is greater than every number and equal to itself alone; -0.0 equals 0.0
// The order of values is that of the specification ("Sorting"), with these two exceptions, which are SQL's.
import type { CellValue, IcebergType } from '../../contract/types.ts';

/** A value a filter compares with: the type's JSON single value, or the cell itself (bigint, bytes). */
export type Literal = string | number | boolean | bigint | Uint8Array;

export type UnaryOperator = 'is-null' | 'not-null' | 'is-nan' | 'not-nan';
/** Operators that a transform keeping the order of its source can carry over. */
export type OrderedOperator = 'lt' | 'lt-eq' | 'gt' | 'gt-eq' | 'starts-with' | 'not-starts-with';
export type LiteralOperator = OrderedOperator | 'eq' | 'not-eq';
export type SetOperator = 'in' | 'not-in';

/** The operator that holds for the rows for which the other does not, and the other way round. */
export const NEGATED: Readonly<Record<UnaryOperator | LiteralOperator | SetOperator, UnaryOperator | LiteralOperator | SetOperator>> = {
  'is-null': 'not-null',
  'not-null': 'is-null',
  'is-nan': 'not-nan',
  'not-nan': 'is-nan',
  lt: 'gt-eq',
  'gt-eq': 'lt',
  gt: 'lt-eq',
  'lt-eq': 'gt',
  eq: 'not-eq',
  'not-eq': 'eq',
  'starts-with': 'not-starts-with',
  'not-starts-with': 'starts-with',
  in: 'not-in',
  'not-in': 'in',
};

/** `term` is a dotted column name. */
export type Expression =
  | { readonly type: 'true' | 'false' }
  | { readonly type: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly type: 'not'; readonly child: Expression }
  | { readonly type: UnaryOperator; readonly term: string }
  | { readonly type: LiteralOperator; readonly term: string; readonly value: Literal }
  | { readonly type: SetOperator; readonly term: string; readonly values: readonly Literal[] };

export type Cell = Exclude<CellValue, null>;

/** What a predicate looks at: a column of the schema, or one field of a partition tuple (`id` is then its place in the tuple). */
export interface BoundField {
  readonly id: number;
  readonly name: string;
  readonly type: IcebergType;
  /** Inside a struct: its null counts may leave out the rows whose struct is null. */
  readonly isNested: boolean;
}

export interface OrderedPredicate {
  readonly type: OrderedOperator;
  readonly field: BoundField;
  readonly value: Cell;
}
export type BoundPredicate =
  | { readonly type: UnaryOperator; readonly field: BoundField }
  | OrderedPredicate
  | { readonly type: 'eq' | 'not-eq'; readonly field: BoundField; readonly value: Cell }
  /** `values` ascending, without repeats, at least one. */
  | { readonly type: SetOperator; readonly field: BoundField; readonly values: readonly Cell[] };

export type Bound =
  | { readonly type: 'true' | 'false' }
  | { readonly type: 'and' | 'or'; readonly left: Bound; readonly right: Bound }
  | BoundPredicate;

export const ALWAYS_TRUE: Bound = { type: 'true' };
export const ALWAYS_FALSE: Bound = { type: 'false' };

/** Both must hold; constants fold. */
export function both(left: Bound, right: Bound): Bound {
  if (left.type === 'false' || right.type === 'true') return left;
  if (right.type === 'false' || left.type === 'true') return right;
  return { type: 'and', left, right };
}

/** One must hold; constants fold. */
export function either(left: Bound, right: Bound): Bound {
  if (left.type === 'true' || right.type === 'false') return left;
  if (right.type === 'true' || left.type === 'false') return right;
  return { type: 'or', left, right };
}

/** Replaces every predicate and folds what becomes constant. */
export function mapPredicates(expression: Bound, replace: (predicate: BoundPredicate) => Bound): Bound {
  switch (expression.type) {
    case 'true':
    case 'false':
      return expression;
    case 'and':
      return both(mapPredicates(expression.left, replace), mapPredicates(expression.right, replace));
    case 'or':
      return either(mapPredicates(expression.left, replace), mapPredicates(expression.right, replace));
    default:
      return replace(expression);
  }
}

/** Does the expression hold, given what each predicate says? */
export function holds(expression: Bound, predicate: (predicate: BoundPredicate) => boolean): boolean {
  switch (expression.type) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'and':
      return holds(expression.left, predicate) && holds(expression.right, predicate);
    case 'or':
      return holds(expression.left, predicate) || holds(expression.right, predicate);
    default:
      return predicate(expression);
  }
}
