// Arbitrary filters over the columns of a struct. Literals are drawn from cells near those of the rows, so that filters split tables.
import fc from 'fast-check';
import type { CellValue, NestedField, PrimitiveType } from '../../../src/contract/types.ts';
import type { Expression, Literal, LiteralOperator } from '../../../src/iceberg/expressions/types.ts';
import { cellArbitrary } from './cells.ts';

const COMPARISONS: readonly LiteralOperator[] = ['lt', 'lt-eq', 'gt', 'gt-eq', 'eq', 'not-eq'];

/** Filters of a few predicates; `near` gives cells of a column that rows have. */
export function filterArbitrary(
  fields: readonly NestedField[],
  near: (field: NestedField) => readonly CellValue[],
): fc.Arbitrary<Expression> {
  const predicate = fc.constantFrom(...fields).chain((field) => predicateArbitrary(field, near(field)));
  return fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 4, arbitrary: predicate },
      { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('and', 'or'), left: tie('tree'), right: tie('tree') }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('not'), child: tie('tree') }) },
    ) as fc.Arbitrary<Expression>,
  })).tree;
}

function predicateArbitrary(field: NestedField, near: readonly CellValue[]): fc.Arbitrary<Expression> {
  const type = field.type as PrimitiveType;
  const isFloat = type === 'float' || type === 'double';
  const known = near.filter((cell) => cell !== null && !Number.isNaN(cell));
  const fresh = cellArbitrary(type).filter((cell) => !Number.isNaN(cell));
  const value = (known.length > 0 ? fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, fresh) : fresh) as fc.Arbitrary<Literal>;
  const term = fc.constant(field.name);
  const unary = fc.constantFrom('is-null', 'not-null', ...(isFloat ? ['is-nan', 'not-nan'] : []));
  const shapes: fc.Arbitrary<unknown>[] = [
    fc.record({ type: fc.constantFrom(...COMPARISONS), term, value }),
    fc.record({ type: fc.constantFrom(...COMPARISONS), term, value }),
    fc.record({ type: fc.constantFrom('in', 'not-in'), term, values: fc.array(value, { maxLength: 4 }) }),
    fc.record({ type: unary, term }),
  ];
  if (type === 'string') {
    const prefix = fc.tuple(value, fc.nat({ max: 6 })).map(([text, points]) => Array.from(String(text)).slice(0, points).join(''));
    shapes.push(fc.record({ type: fc.constantFrom('starts-with', 'not-starts-with'), term, value: prefix }));
  }
  return fc.oneof(...shapes) as fc.Arbitrary<Expression>;
}
