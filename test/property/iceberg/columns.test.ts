// Column-at-a-time partitioning and sorting against the row-at-a-time definitions.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildColumns, readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import type { CellValue, PrimitiveType, StructType } from '../../../src/contract/types.ts';
import { orderOf } from '../../../src/iceberg/cell-order.ts';
import { splitByPartition } from '../../../src/iceberg/partition-split.ts';
import { partitionKey } from '../../../src/iceberg/snapshot-summary.ts';
import { sortRows } from '../../../src/iceberg/sort-rows.ts';
import { bindTransform, canTransform, parseTransform } from '../../../src/iceberg/transforms.ts';
import { cellArbitrary, TYPES } from '../../support/iceberg/cells.ts';

const TRANSFORMS = ['identity', 'void', 'bucket[7]', 'truncate[3]', 'year', 'month', 'day', 'hour'];
const COMBINATIONS = TYPES.flatMap((type) =>
  TRANSFORMS.filter((text) => canTransform(parseTransform(text), type)).map((text) => [type, text] as const),
);

const structOf = (type: PrimitiveType): StructType => ({
  type: 'struct',
  fields: [
    { id: 1, name: 'st', required: false, type: { type: 'struct', fields: [{ id: 2, name: 'c', required: false, type }] } },
    { id: 3, name: 'n', required: true, type: 'int' },
  ],
});

/** Rows of {st: {c}, n}: the column sits in a struct that may be null itself. */
function rowsArbitrary(type: PrimitiveType): fc.Arbitrary<CellValue[][]> {
  const cell = fc.option(cellArbitrary(type), { nil: null });
  const struct = fc.option(fc.tuple(cell), { nil: null });
  return fc.array(struct, { maxLength: 40 }).map((cells) => cells.map((one, i) => [one as CellValue, i % 3]));
}

const cellOf = (row: readonly CellValue[]) => ((row[0] as readonly CellValue[] | null)?.[0] ?? null) as CellValue;

describe('partition split', () => {
  test.each(COMBINATIONS)('%s by %s puts every row into the partition its own value gives, in order', (type, text) => {
    const struct = structOf(type);
    const spec = {
      'spec-id': 0,
      fields: [
        { 'source-id': 2, 'field-id': 1000, name: 'p', transform: text },
        { 'source-id': 3, 'field-id': 1001, name: 'n', transform: 'identity' },
      ],
    };
    const apply = bindTransform(parseTransform(text), type);
    fc.assert(
      fc.property(rowsArbitrary(type), (rows) => {
        const columns = buildColumns(struct, rows);
        const parts = splitByPartition({ schema: struct, spec, columns });
        const expected = new Map<string, number[]>();
        const stored = rows.map((_, row) => readRow(columns, layoutOf(struct), row));
        stored.forEach((row, i) => {
          const key = partitionKey({ specId: 0, partition: [apply(cellOf(row)), row[1]!] });
          expected.set(key, [...(expected.get(key) ?? []), i]);
        });
        expect(parts.map((part) => [partitionKey({ specId: 0, partition: part.partition }), Array.from(part.order)])).toEqual(
          Array.from(expected),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('takes only the rows it is given', () => {
    const struct = structOf('int');
    const columns = buildColumns(struct, [
      [[1], 0],
      [[2], 0],
      [[1], 0],
      [[3], 0],
    ]);
    const spec = { 'spec-id': 0, fields: [{ 'source-id': 2, 'field-id': 1000, name: 'p', transform: 'identity' }] };
    const parts = splitByPartition({ schema: struct, spec, columns, order: Uint32Array.of(3, 2, 0) });
    expect(parts.map((part) => [part.partition, Array.from(part.order)])).toEqual([
      [[3], [3]],
      [[1], [2, 0]],
    ]);
    expect(splitByPartition({ schema: struct, spec, columns, order: new Uint32Array() })).toEqual([]);
    expect(splitByPartition({ schema: struct, spec: { 'spec-id': 0, fields: [] }, columns })).toEqual([
      { partition: [], order: Uint32Array.of(0, 1, 2, 3) },
    ]);
  });

  test('timestamps beyond 2^53 microseconds fall into the right day and hour', () => {
    const struct = structOf('timestamptz');
    const values = [
      2n ** 53n,
      2n ** 53n - 1n,
      -(2n ** 53n),
      -(2n ** 53n) - 1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      104_249n * 86_400_000_000n - 1n,
    ];
    const columns = buildColumns(
      struct,
      values.map((value, i) => [[value], i]),
    );
    for (const text of ['day', 'hour', 'month', 'year']) {
      const spec = { 'spec-id': 0, fields: [{ 'source-id': 2, 'field-id': 1000, name: 'p', transform: text }] };
      const byRow = new Map(
        splitByPartition({ schema: struct, spec, columns }).flatMap((part) =>
          Array.from(part.order, (row) => [row, part.partition[0]] as const),
        ),
      );
      expect(values.map((_, row) => byRow.get(row))).toEqual(values.map(bindTransform(parseTransform(text), 'timestamptz')));
    }
  });
});

describe('sort', () => {
  const orders = (['asc', 'desc'] as const).flatMap((direction) =>
    (['nulls-first', 'nulls-last'] as const).map((nulls) => ({ direction, nulls })),
  );

  test.each(COMBINATIONS.filter(([, text]) => text !== 'void'))(
    '%s by %s is stable and follows the order of values, nulls and NaN',
    (type, text) => {
      const struct = structOf(type);
      const apply = bindTransform(parseTransform(text), type);
      const resultOrder = orderOf(text === 'identity' || text.startsWith('truncate') ? type : 'int');
      fc.assert(
        fc.property(rowsArbitrary(type), fc.constantFrom(...orders), (rows, { direction, nulls }) => {
          const columns = buildColumns(struct, rows);
          const sortOrder = {
            'order-id': 1,
            fields: [
              { 'source-id': 3, transform: 'identity', direction: 'asc' as const, 'null-order': 'nulls-first' as const },
              { 'source-id': 2, transform: text, direction, 'null-order': nulls },
            ],
          };
          const stored = rows.map((_, row) => readRow(columns, layoutOf(struct), row));
          const keys = stored.map((row) => ({ n: row[1] as number, cell: apply(cellOf(row)) }));
          const compare = (a: number, b: number) => {
            const [left, right] = [keys[a]!, keys[b]!];
            if (left.n !== right.n) return left.n - right.n;
            if (left.cell === null || right.cell === null) {
              const sign = nulls === 'nulls-first' ? -1 : 1;
              return left.cell === right.cell ? 0 : left.cell === null ? sign : -sign;
            }
            return (direction === 'asc' ? 1 : -1) * resultOrder(left.cell, right.cell);
          };
          const expected = stored.map((_, i) => i).sort((a, b) => compare(a, b) || a - b);
          expect(Array.from(sortRows(struct, sortOrder, columns))).toEqual(expected);
        }),
        { numRuns: 25 },
      );
    },
  );

  test('leaves rows alone when the table is not sorted', () => {
    const struct = structOf('int');
    const columns = buildColumns(struct, [
      [[2], 0],
      [[1], 0],
    ]);
    expect(Array.from(sortRows(struct, { 'order-id': 0, fields: [] }, columns))).toEqual([0, 1]);
  });
});
