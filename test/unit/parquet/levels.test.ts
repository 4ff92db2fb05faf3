import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import type { CellValue, StructType } from '../../../src/contract/types.ts';
import { planSchema } from '../../../src/parquet/schema-plan.ts';
import { shredRows } from '../../../src/parquet/shred.ts';
import { field, listOf, structOf } from './all-types.ts';

/** Path → [repetition levels, definition levels, number of values]. */
function levelsOf(
  schema: StructType,
  rows: readonly (readonly CellValue[])[],
): Record<string, [number[] | undefined, number[] | undefined, number]> {
  const plan = planSchema(schema);
  const set = buildColumns(schema, rows);
  const found: Record<string, [number[] | undefined, number[] | undefined, number]> = {};
  shredRows(plan, { set, rows: Uint32Array.from(rows.keys()) }, (leaf, shredded) => {
    const { path, maxDefinition } = plan.leaves[leaf]!;
    const list = (levels: Uint8Array | undefined) => (levels ? [...levels] : undefined);
    // Where every entry has its value, the levels are left unsaid: all are at the maximum.
    const full = maxDefinition > 0 ? new Array<number>(shredded.entries).fill(maxDefinition) : undefined;
    found[path.join('.')] = [list(shredded.repetition), list(shredded.definition) ?? full, shredded.rows.length];
  });
  return found;
}

describe('definition and repetition levels', () => {
  it('a required column has none, an optional one a bit', () => {
    const schema = structOf(field(1, 'r', 'int', true), field(2, 'o', 'int'));
    expect(
      levelsOf(schema, [
        [1, 7],
        [2, null],
      ]),
    ).toEqual({ r: [undefined, undefined, 2], o: [undefined, [1, 0], 1] });
  });

  it('a null struct, a null member and a value differ', () => {
    const schema = structOf(field(1, 's', structOf(field(2, 'a', 'int'), field(3, 'b', 'int', true))));
    expect(levelsOf(schema, [[null], [[null, 4]], [[5, 6]]])).toEqual({
      's.a': [undefined, [0, 1, 2], 1],
      's.b': [undefined, [0, 1, 1], 2],
    });
  });

  it('a null list, an empty list, a null element and elements differ', () => {
    const schema = structOf(field(1, 'l', listOf(2, 'string')));
    expect(levelsOf(schema, [[null], [[]], [[null]], [['a', null, 'b']]])).toEqual({
      'l.list.element': [[0, 0, 0, 0, 1, 1], [0, 1, 2, 3, 2, 3], 2],
    });
  });

  it('a list of lists repeats at the level of the list that goes on', () => {
    const schema = structOf(field(1, 'l', listOf(2, listOf(3, 'int'))));
    // Optional list 1, repeated 2, optional inner list 3, repeated 4, optional element 5.
    expect(levelsOf(schema, [[[[1, 2], [3]]], [[[], null]], [[[null]]]])).toEqual({
      'l.list.element.list.element': [[0, 2, 1, 0, 1, 0], [5, 5, 5, 3, 2, 4], 3],
    });
  });

  it('the two documents of the Dremel paper have the levels the paper prints', () => {
    // message Document { required int64 DocId; optional group Links { repeated Backward; repeated Forward };
    //   repeated group Name { repeated group Language { required Code; optional Country }; optional Url } }
    // with each repeated field as a required list of required elements, so that its levels are those of the paper.
    const repeated = (id: number, name: string, elementId: number, element: StructType | 'long') =>
      field(id, name, { type: 'list', 'element-id': elementId, 'element-required': true, element }, true);
    const language = structOf(field(9, 'Code', 'string', true), field(10, 'Country', 'string'));
    const schema = structOf(
      field(1, 'DocId', 'long', true),
      field(2, 'Links', structOf(repeated(3, 'Backward', 4, 'long'), repeated(5, 'Forward', 6, 'long'))),
      repeated(7, 'Name', 8, structOf(repeated(11, 'Language', 12, language), field(13, 'Url', 'string'))),
    );
    const r1: CellValue[] = [
      10n,
      [[], [20n, 40n, 60n]],
      [
        [
          [
            ['en-us', 'us'],
            ['en', null],
          ],
          'http://A',
        ],
        [[], 'http://B'],
        [[['en-gb', 'gb']], null],
      ],
    ];
    const r2: CellValue[] = [20n, [[10n, 30n], [80n]], [[[], 'http://C']]];
    expect(levelsOf(schema, [r1, r2])).toEqual({
      DocId: [undefined, undefined, 2],
      'Links.Backward.list.element': [[0, 0, 1], [1, 2, 2], 2],
      'Links.Forward.list.element': [[0, 1, 1, 0], [2, 2, 2, 2], 4],
      'Name.list.element.Language.list.element.Code': [[0, 2, 1, 1, 0], [2, 2, 1, 2, 1], 3],
      'Name.list.element.Language.list.element.Country': [[0, 2, 1, 1, 0], [3, 2, 1, 3, 1], 2],
      'Name.list.element.Url': [[0, 1, 1, 0], [2, 2, 1, 2], 3],
    });
  });

  it('map keys and values have the same repetition levels', () => {
    const schema = structOf(
      field(1, 'm', { type: 'map', 'key-id': 2, key: 'string', 'value-id': 3, 'value-required': false, value: 'int' }),
    );
    expect(
      levelsOf(schema, [
        [null],
        [[]],
        [
          [
            ['a', 1],
            ['b', null],
          ],
        ],
      ]),
    ).toEqual({
      'm.key_value.key': [[0, 0, 0, 1], [0, 1, 2, 2], 2],
      'm.key_value.value': [[0, 0, 0, 1], [0, 1, 3, 2], 1],
    });
  });

  it('rows are taken in the order asked for, children with them', () => {
    const schema = structOf(field(1, 'l', listOf(2, 'int')));
    const plan = planSchema(schema);
    const set = buildColumns(schema, [[[1]], [[2, 3]], [null], [[4]]]);
    shredRows(plan, { set, rows: Uint32Array.of(3, 1, 2) }, (_leaf, shredded) => {
      expect([...shredded.rows]).toEqual([3, 1, 2]);
      expect([...shredded.repetition!]).toEqual([0, 0, 1, 0]);
      expect([...shredded.definition!]).toEqual([3, 3, 3, 0]);
    });
  });

  it('a required value that is missing is a broken invariant, not a file', () => {
    const schema = structOf(field(1, 'r', 'int', true));
    const set = buildColumns(schema, [[null]]);
    expect(() => shredRows(planSchema(schema), { set, rows: Uint32Array.of(0) }, () => {})).toThrow(
      'a required field is present in every row',
    );
  });
});
