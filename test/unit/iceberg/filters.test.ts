// Binding of filters and what is refused; literals at the edge of their type; tuples whose Avro type is named twice.
import { describe, expect, test } from 'vitest';
import type { NestedField, PrimitiveType, StructType } from '../../../src/contract/types.ts';
import { InputRefusedError } from '../../../src/errors.ts';
import { bindExpression } from '../../../src/iceberg/expressions/bind.ts';
import type { Expression } from '../../../src/iceberg/expressions/types.ts';
import { planFiles } from '../../../src/iceberg/scan.ts';
import { append, createTable, dataFile } from '../../support/iceberg/tables.ts';

const field = (id: number, name: string, type: NestedField['type'], required = false): NestedField => ({ id, name, required, type });
const SCHEMA: StructType = {
  type: 'struct',
  fields: [
    field(1, 'i', 'int'),
    field(2, 'key', 'long', true),
    field(3, 's', 'string'),
    field(4, 'd', 'date'),
    field(5, 'f', 'float'),
    field(6, 'n', 'decimal(9,2)'),
    field(7, 'u', 'uuid'),
    field(8, 't', 'timestamptz'),
    field(9, 'nothing', 'unknown'),
    field(10, 'device', { type: 'struct', fields: [field(11, 'os', 'string', true)] }),
    field(12, 'tags', { type: 'list', 'element-id': 13, 'element-required': true, element: 'string' }),
    field(14, 'b', 'boolean'),
  ],
};
const bind = (expression: unknown) => bindExpression(expression as Expression, SCHEMA);
const comparison = (type: string, term: string, value: unknown) => ({ type, term, value });

describe('a filter bound to a schema', () => {
  test.each<[PrimitiveType | string, unknown, unknown]>([
    ['i', 7, 7],
    ['key', 7, 7n],
    ['s', 'x', 'x'],
    ['d', '1970-01-02', 1],
    ['f', 0.1, Math.fround(0.1)],
    ['f', -0, 0],
    ['f', 1e39, 1e39],
    ['n', '1.50', 150n],
    ['n', 150n, 150n],
    ['t', '1970-01-01T00:00:01+00:00', 1_000_000n],
    ['b', true, true],
  ])('of column %s takes the literal %s as the cell %s', (term, value, cell) => {
    expect(bind(comparison('eq', term, value))).toMatchObject({ type: 'eq', value: cell });
  });

  test.each([
    ['lt', 2 ** 31, 'not-null'],
    ['lt-eq', 2n ** 63n, 'not-null'],
    ['gt', 2 ** 31, 'false'],
    ['gt', -(2 ** 31) - 1, 'not-null'],
    ['lt', -(2 ** 31) - 1, 'false'],
    ['eq', 2 ** 31, 'false'],
    ['not-eq', 2 ** 31, 'true'],
  ])('comparing an int by %s with %s, which no int is, becomes %s', (type, value, expected) => {
    expect(bind(comparison(type, 'i', value)).type).toBe(expected);
  });

  test.each([
    [{ type: 'is-null', term: 'key' }, 'false'],
    [{ type: 'not-null', term: 'key' }, 'true'],
    [{ type: 'not', child: { type: 'is-null', term: 'key' } }, 'true'],
    [{ type: 'is-null', term: 'nothing' }, 'true'],
    [comparison('eq', 'nothing', 1), 'false'],
    [{ type: 'in', term: 'i', values: [] }, 'false'],
    [{ type: 'not-in', term: 'i', values: [2 ** 40] }, 'true'],
    [{ type: 'in', term: 'i', values: [3, 3] }, 'eq'],
    [{ type: 'not', child: comparison('lt', 'i', 3) }, 'gt-eq'],
    [{ type: 'not', child: { type: 'or', left: comparison('lt', 'i', 3), right: { type: 'true' } } }, 'false'],
    [{ type: 'not', child: { type: 'and', left: { type: 'true' }, right: comparison('starts-with', 's', 'a') } }, 'not-starts-with'],
  ])('%j becomes %s', (expression, expected) => {
    expect(bind(expression).type).toBe(expected);
  });

  test('inside an optional struct a required field may still be null', () => {
    expect(bind({ type: 'is-null', term: 'device.os' })).toMatchObject({ type: 'is-null', field: { id: 11, isNested: true } });
  });

  test.each([
    ['a name the schema lacks', comparison('eq', 'x', 1), 'filter-column'],
    ['an element of a list', comparison('eq', 'tags.element', 'x'), 'filter-column'],
    ['a literal of another type', comparison('eq', 'i', 'x'), 'filter-literal'],
    ['half an int', comparison('lt', 'i', 1.5), 'filter-literal'],
    ['NaN', comparison('eq', 'f', Number.NaN), 'filter-literal'],
    ['null', comparison('eq', 's', null), 'filter-literal'],
    ['a decimal of more digits after the point', comparison('eq', 'n', '1.555'), 'filter-literal'],
    ['a plain number for a decimal', comparison('eq', 'n', 1), 'filter-literal'],
    ['a time without zone', comparison('eq', 't', '1970-01-01T00:00:01'), 'filter-literal'],
    ['no uuid', comparison('eq', 'u', 'f79c3e09'), 'filter-literal'],
    ['NaN of an int', { type: 'is-nan', term: 'i' }, 'filter-operator'],
    ['a prefix of an int', comparison('starts-with', 'i', 1), 'filter-operator'],
    ['a struct compared', comparison('eq', 'device', 'x'), 'filter-operator'],
    ['an operator of the future', comparison('like', 's', 'x'), 'filter-operator'],
  ])('with %s is refused by name', (_what, expression, code) => {
    const attempt = () => bind(expression);
    expect(attempt).toThrow(InputRefusedError);
    expect(attempt).toThrow(expect.objectContaining({ code }));
  });

  test('deeper or larger than its limits is refused, not overflowed', () => {
    const deep = Array.from({ length: 5_000 }).reduce((child) => ({ type: 'not', child }), { type: 'true' } as unknown);
    const attempt = (expression: unknown) => () => bind(expression);
    expect(attempt(deep)).toThrow(/nests deeper/);
    expect(attempt({ type: 'in', term: 'i', values: Array.from({ length: 10_001 }, (_, i) => i) })).toThrow(/more than 10000/);
  });
});

test('two partition values of one fixed Avro type are both read: the second use of a type is its name', async () => {
  const struct: StructType = { type: 'struct', fields: [field(1, 'a', 'decimal(18,2)'), field(2, 'b', 'decimal(18,2)')] };
  const partition = ['a', 'b'].map((column) => ({ column, transform: 'identity', name: column }));
  const table = await createTable({ struct, partition });
  await append(table, [dataFile({ partition: [150n, -275n] })]);
  const [task] = (await planFiles(table)).tasks;
  expect(task!.file.partition).toEqual([150n, -275n]);
});
