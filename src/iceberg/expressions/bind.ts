// Binds a filter to a schema: names become field ids, literals cells of the field's type, `not` goes into the predicates. A literal
// outside the type's range makes its predicate constant instead of wrapping (`int_column < 3000000000` is `not-null`). Throws
// InputRefusedError where a name, an operator or a literal does not fit: a filter is never silently weakened.
import { LIMITS } from '../../contract/limits.ts';
import type { IcebergType, StructType } from '../../contract/types.ts';
import { InputRefusedError } from '../../errors.ts';
import { type FieldEntry, fieldsById, fieldsByName } from '../schema-fields.ts';
import { comparerOf } from './compare.ts';
import { type BoundLiteral, bindLiteral } from './literal.ts';
import {
  ALWAYS_FALSE,
  ALWAYS_TRUE,
  type Bound,
  type BoundField,
  both,
  type Cell,
  type Expression,
  either,
  type LiteralOperator,
  NEGATED,
  type SetOperator,
  type UnaryOperator,
} from './types.ts';

/** The bound filter, in negation normal form. Cost: one pass over expression and schema. */
export function bindExpression(expression: Expression, schema: StructType): Bound {
  const names = fieldsByName(schema);
  const ids = fieldsById(schema);
  const fields = new Map<string, ColumnRef>();
  const column = (name: string): ColumnRef => {
    let known = fields.get(name);
    if (!known) {
      known = resolve(name, { names, ids });
      fields.set(name, known);
    }
    return known;
  };
  return bind({ column, left: { predicates: LIMITS.filterPredicatesMax } }, expression, { isNegated: false, depth: 0 });
}

interface ColumnRef {
  readonly field: BoundField;
  /** Required, and so is everything around it: no row has null. */
  readonly isNeverNull: boolean;
}

interface Binding {
  readonly column: (name: string) => ColumnRef;
  readonly left: { predicates: number };
}

function bind(binding: Binding, expression: Expression, at: { readonly isNegated: boolean; readonly depth: number }): Bound {
  if (at.depth > LIMITS.filterDepthMax) throw refused('filter-too-large', `a filter nests deeper than ${LIMITS.filterDepthMax} levels`);
  const next = { isNegated: at.isNegated, depth: at.depth + 1 };
  switch (expression.type) {
    case 'true':
    case 'false':
      return (expression.type === 'true') === at.isNegated ? ALWAYS_FALSE : ALWAYS_TRUE;
    case 'not':
      return bind(binding, expression.child, { ...next, isNegated: !at.isNegated });
    case 'and':
    case 'or': {
      const [left, right] = [bind(binding, expression.left, next), bind(binding, expression.right, next)];
      return (expression.type === 'and') === at.isNegated ? either(left, right) : both(left, right);
    }
    default:
      return bindPredicate(binding, expression, at.isNegated);
  }
}

type Predicate = Extract<Expression, { readonly term: string }>;

function bindPredicate(binding: Binding, predicate: Predicate, isNegated: boolean): Bound {
  binding.left.predicates -= 'values' in predicate ? Math.max(1, predicate.values.length) : 1;
  if (binding.left.predicates < 0)
    throw refused('filter-too-large', `a filter has more than ${LIMITS.filterPredicatesMax} predicates and values`);
  if (!(predicate.type in NEGATED)) throw refused('filter-operator', 'a filter has an operator that is not known here');
  const type = isNegated ? NEGATED[predicate.type] : predicate.type;
  const column = binding.column(predicate.term);
  if ('values' in predicate) return bindSet(column, type as SetOperator, predicate.values.map(literalOf(column)));
  if ('value' in predicate) return bindComparison(column, type as LiteralOperator, literalOf(column)(predicate.value));
  return bindUnary(column, type as UnaryOperator);
}

function bindUnary({ field, isNeverNull }: ColumnRef, type: UnaryOperator): Bound {
  const isNull = type === 'is-null' || type === 'not-null';
  if (isNull && field.type === 'unknown') return type === 'is-null' ? ALWAYS_TRUE : ALWAYS_FALSE;
  if (isNull && isNeverNull) return type === 'is-null' ? ALWAYS_FALSE : ALWAYS_TRUE;
  if (!isNull && field.type !== 'float' && field.type !== 'double')
    throw refused('filter-operator', `column ${field.name} is ${nameOf(field.type)}, and only float and double have NaN`);
  return { type, field };
}

function bindComparison(column: ColumnRef, type: LiteralOperator, literal: BoundLiteral): Bound {
  const { field } = column;
  if (field.type === 'unknown') return type === 'not-eq' || type === 'not-starts-with' ? ALWAYS_TRUE : ALWAYS_FALSE;
  if ((type === 'starts-with' || type === 'not-starts-with') && field.type !== 'string')
    throw refused('filter-operator', `column ${field.name} is ${nameOf(field.type)}, and only strings start with something`);
  if (literal.kind === 'cell') return { type, field, value: literal.cell };
  if (type === 'not-eq') return ALWAYS_TRUE;
  const isAllBelow = literal.kind === 'above' && (type === 'lt' || type === 'lt-eq');
  const isAllAbove = literal.kind === 'below' && (type === 'gt' || type === 'gt-eq');
  return isAllBelow || isAllAbove ? bindUnary(column, 'not-null') : ALWAYS_FALSE;
}

function bindSet({ field }: ColumnRef, type: SetOperator, literals: readonly BoundLiteral[]): Bound {
  const order = comparerOf(field.type);
  const sorted = literals.flatMap((literal) => (literal.kind === 'cell' ? [literal.cell] : [])).sort(order);
  const values = sorted.filter((cell, i) => i === 0 || order(sorted[i - 1]!, cell) !== 0);
  if (values.length === 0 || field.type === 'unknown') return type === 'in' ? ALWAYS_FALSE : ALWAYS_TRUE;
  if (values.length === 1) return { type: type === 'in' ? 'eq' : 'not-eq', field, value: values[0] as Cell };
  return { type, field, values };
}

function literalOf({ field }: ColumnRef): (literal: unknown) => BoundLiteral {
  return (literal) => {
    if (typeof field.type !== 'string')
      throw refused('filter-operator', `column ${field.name} is a ${field.type.type} and can only be compared with null`);
    const bound = field.type === 'unknown' ? ({ kind: 'above' } as const) : bindLiteral(literal, field.type);
    if (bound) return bound;
    throw refused('filter-literal', `a filter compares column ${field.name} with something that is no ${field.type}`);
  };
}

function resolve(
  name: string,
  schema: { readonly names: ReadonlyMap<string, FieldEntry>; readonly ids: ReadonlyMap<number, FieldEntry> },
): ColumnRef {
  const entry = schema.names.get(name);
  if (!entry) throw refused('filter-column', `a filter names column ${name.slice(0, 100)}, which the schema does not have`);
  if (entry.isRepeated) throw refused('filter-column', `a filter names column ${name.slice(0, 100)}, which is inside a list or map`);
  const around = entry.ancestors.map((id) => schema.ids.get(id)!.field);
  return {
    field: { id: entry.field.id, name, type: entry.field.type, isNested: around.length > 0 },
    isNeverNull: [entry.field, ...around].every((field) => field.required),
  };
}

function nameOf(type: IcebergType): string {
  return typeof type === 'string' ? type : `a ${type.type}`;
}

function refused(code: string, problem: string): InputRefusedError {
  return new InputRefusedError(`${problem}; correct the filter`, { code });
}
