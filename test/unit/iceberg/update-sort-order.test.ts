// The default sort order of a table, changed and changed back: which changes are refused and by which code, and which ids are given.
import { describe, expect, test } from 'vitest';
import type { SortFieldPlan } from '../../../src/contract/compiled.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { CommitRefusedError } from '../../../src/errors.ts';
import { parseMetadata, serializeMetadata } from '../../../src/iceberg/metadata-json.ts';
import { newTableMetadata } from '../../../src/iceberg/new-table.ts';
import { updateSchema } from '../../../src/iceberg/update-schema.ts';
import { updateSortOrder } from '../../../src/iceberg/update-sort-order.ts';

const STRUCT: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'at', required: false, type: 'timestamptz' },
    { id: 2, name: 'place', required: false, type: { type: 'struct', fields: [{ id: 4, name: 'city', required: false, type: 'string' }] } },
    {
      id: 3,
      name: 'stops',
      required: false,
      type: {
        type: 'list',
        'element-id': 5,
        'element-required': false,
        element: { type: 'struct', fields: [{ id: 6, name: 'n', required: false, type: 'int' }] },
      },
    },
  ],
};
const table = newTableMetadata({
  uuid: 'u',
  location: 's3://b/t',
  struct: STRUCT,
  partition: [],
  sort: [],
  formatVersion: 2,
  properties: {},
  nowMs: 0,
}).metadata;

const by = (column: string, transform = 'identity', more: Partial<SortFieldPlan> = {}): SortFieldPlan => ({
  column,
  transform,
  direction: 'asc',
  nullOrder: 'nulls-first',
  ...more,
});

describe('the sort order of a table', () => {
  test('changes to a new order, back to one of before under its id, and to none', () => {
    const first = updateSortOrder(table, [by('at', 'day'), by('place.city', 'bucket[8]', { direction: 'desc', nullOrder: 'nulls-last' })]);
    expect(first['sort-orders'].find((order) => order['order-id'] === first['default-sort-order-id'])?.fields).toEqual([
      { 'source-id': 1, transform: 'day', direction: 'asc', 'null-order': 'nulls-first' },
      { 'source-id': 4, transform: 'bucket[8]', direction: 'desc', 'null-order': 'nulls-last' },
    ]);
    const second = updateSortOrder(first, [by('at')]);
    expect(second['default-sort-order-id']).not.toBe(first['default-sort-order-id']);
    const back = updateSortOrder(second, [by('at', 'day'), by('place.city', 'bucket[8]', { direction: 'desc', nullOrder: 'nulls-last' })]);
    expect(back['default-sort-order-id']).toBe(first['default-sort-order-id']);
    expect(back['sort-orders']).toEqual(second['sort-orders']);
    expect(updateSortOrder(back, [])['default-sort-order-id']).toBe(0);
    expect(updateSortOrder(second, [by('at')])).toBe(second);
    expect(parseMetadata(serializeMetadata(second))).toEqual(second);
  });

  test.each<[string, SortFieldPlan]>([
    ['column-unknown', by('nowhere')],
    ['column-unknown', by('city')],
    ['transform-type', by('place')],
    ['transform-type', by('stops.element.n')],
    ['transform-type', by('place.city', 'day')],
    ['transform-type', by('at', 'truncate[4]')],
  ])('refuses with %s what cannot be sorted by: %j', (code, field) => {
    expect(() => updateSortOrder(table, [by('at'), field])).toThrow(CommitRefusedError);
    expect(() => updateSortOrder(table, [by('at'), field])).toThrow(expect.objectContaining({ code }));
  });

  test('keeps its columns: one of it is dropped only once the table is sorted otherwise', () => {
    const sorted = updateSortOrder(table, [by('place.city')]);
    const drop = { kind: 'drop', column: 'place.city' } as const;
    expect(() => updateSchema(sorted, [drop])).toThrow(expect.objectContaining({ code: 'sort-source' }));
    expect(updateSchema(updateSortOrder(sorted, []), [drop])['current-schema-id']).toBe(1);
  });
});
