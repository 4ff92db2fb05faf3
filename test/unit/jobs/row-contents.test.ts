// What is in a row as a number: equal for rows that are equal but for where they came from, and for no others.
import { describe, expect, it } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import { QUARANTINE_STRUCT } from '../../../src/contract/names.ts';
import type { CellValue, NestedField, StructType } from '../../../src/contract/types.ts';
import { readContents } from '../../../src/jobs/row-contents.ts';
import { ROW } from '../../../src/ledger/match-contents.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';

const UNKNOWN = `${ROW.unknown} 0`;
const TECHNICAL: readonly NestedField[] = [
  { id: 101, name: 'source_id', required: true, type: 'string' },
  { id: 102, name: 'kafka_partition', required: true, type: 'int' },
  { id: 103, name: 'kafka_offset', required: true, type: 'long' },
  { id: 104, name: 'kafka_timestamp', required: true, type: 'timestamptz' },
  { id: 105, name: 'kafka_topic', required: false, type: 'string' },
  { id: 106, name: 'ingested_at', required: false, type: 'timestamptz' },
];
const field = (id: number, name: string, type: NestedField['type']): NestedField => ({ id, name, required: false, type });
const structOf = (fields: readonly NestedField[]): StructType => ({ type: 'struct', fields: [...fields, ...TECHNICAL] });
const place = (row: number): CellValue[] => [`s/t/${row}`, row, BigInt(row), BigInt(row) * 1000n, `topic${row}`, BigInt(row)];

/** Contents by row of a file with these columns, which differ in where every row came from. */
async function contentsOf(
  fields: readonly NestedField[],
  rows: readonly (readonly CellValue[])[],
  options: {
    readonly schema?: StructType;
    readonly table?: string;
    readonly isWanted?: (row: number) => boolean;
    readonly rowGroupRowsMax?: number;
  } = {},
): Promise<string[]> {
  const schema = structOf(fields);
  const { rowGroupRowsMax = 100 } = options;
  const { bytes } = encodeParquet({
    schema,
    rowGroupRowsMax,
    columns: buildColumns(
      schema,
      rows.map((row, i) => [...row, ...place(i)]),
    ),
  });
  const { isWanted = () => true } = options;
  const found: string[] = [];
  await readContents(
    { bytes, schema: options.schema ?? schema, table: options.table ?? 'a.b', isWanted: ({ offset }) => isWanted(offset) },
    ({ offset }, content) => void (found[offset] = content.join(' ')),
  );
  return found;
}

const CASES: readonly (readonly [NestedField['type'], readonly CellValue[]])[] = [
  ['boolean', [null, true, false]],
  ['int', [null, 0, -1, 1]],
  ['long', [null, 0n, 2n ** 53n, 2n ** 53n + 1n, -1n]],
  ['double', [null, 0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY]],
  ['decimal(30,2)', [null, 0n, 10n ** 25n, -(10n ** 25n)]],
  ['string', [null, '', 'a', 'b', 'ab', 'a\u0000', 'ä', '\ufffd']],
  ['binary', [null, new Uint8Array(), Uint8Array.of(0), Uint8Array.of(255), Uint8Array.of(254)]],
  [
    { type: 'struct', fields: [field(11, 'x', 'string'), field(12, 'y', 'string')] },
    [null, [null, null], ['a', null], [null, 'a'], ['ab', 'c'], ['a', 'bc']],
  ],
  [
    { type: 'list', 'element-id': 11, 'element-required': false, element: 'string' },
    [null, [], [null], [''], ['', ''], ['ab'], ['a', 'b'], ['b', 'a']],
  ],
  [
    { type: 'map', 'key-id': 11, key: 'string', 'value-id': 12, 'value-required': false, value: 'long' },
    [
      null,
      [],
      [['a', null]],
      [['a', 1n]],
      [['b', 1n]],
      [
        ['a', 1n],
        ['b', 2n],
      ],
    ],
  ],
];

describe('the content of a row', () => {
  it.each(CASES)('of type %j is equal for equal values and for no others', async (type, values) => {
    const first = await contentsOf(
      [field(1, 'v', type)],
      values.map((value) => [value]),
    );
    const again = await contentsOf(
      [field(1, 'v', type)],
      values.toReversed().map((value) => [value]),
    );
    expect(again.toReversed()).toEqual(first);
    expect(new Set(first).size).toBe(values.length);
    for (const half of [0, 1]) {
      const numbers = first.map((content) => Number(content.split(' ')[half]));
      expect(new Set(numbers).size).toBe(values.length);
      expect(numbers.every((one) => one > ROW.none && one <= 2 ** 53 && Number.isInteger(one))).toBe(true);
    }
  });

  it('is that of all its columns in their places', async () => {
    const fields = [field(1, 'a', 'string'), field(2, 'b', 'string')];
    const all = await contentsOf(fields, [
      ['x', 'y'],
      ['y', 'x'],
      ['xy', ''],
      ['', 'xy'],
      ['x', null],
      [null, 'x'],
    ]);
    expect(new Set(all).size).toBe(6);
  });

  it('is another in another table, and where the file lacks a column, whatever the column would be', async () => {
    const [a, b] = [field(1, 'a', 'string'), field(2, 'b', 'string')];
    const schema = structOf([a, b]);
    const [here] = await contentsOf([a, b], [['x', null]]);
    expect(await contentsOf([a, b], [['x', null]], { table: 'a.c' })).not.toEqual([here]);
    expect(await contentsOf([a], [['x']], { schema })).not.toEqual([here]);
    expect(await contentsOf([a, b], [['x', null]], { schema })).toEqual([here]);
  });

  it('is the same under another name of a column, and in another order of the columns', async () => {
    const [here] = await contentsOf([field(1, 'a', 'string'), field(2, 'b', 'string')], [['x', 'y']]);
    const schema = structOf([field(1, 'renamed', 'string'), field(2, 'b', 'string')]);
    expect(await contentsOf([field(2, 'b', 'string'), field(1, 'a', 'string')], [['y', 'x']], { schema })).toEqual([here]);
  });

  it('is the same after a column has been widened', async () => {
    const [here] = await contentsOf([field(1, 'a', 'long')], [[7n]]);
    expect(await contentsOf([field(1, 'a', 'int')], [[7]], { schema: structOf([field(1, 'a', 'long')]) })).toEqual([here]);
  });

  it('is unknown where the table has dropped a column of the file, at any level, and of rows that nobody asks for', async () => {
    const inner = field(2, 'b', { type: 'struct', fields: [field(3, 'c', 'string'), field(4, 'd', 'string')] });
    const rows = [['x', ['y', 'z']]];
    const less = field(2, 'b', { type: 'struct', fields: [field(3, 'c', 'string')] });
    expect(await contentsOf([field(1, 'a', 'string'), inner], rows, { schema: structOf([inner]) })).toEqual([UNKNOWN]);
    expect(await contentsOf([field(1, 'a', 'string'), inner], rows, { schema: structOf([field(1, 'a', 'string'), less]) })).toEqual([
      UNKNOWN,
    ]);
    const some = await contentsOf([field(1, 'a', 'string')], [['x'], ['y'], ['x']], { isWanted: (row) => row > 0 });
    expect(some[0]).toBe(UNKNOWN);
    expect(some[1]).not.toBe(some[2]);
    expect(await contentsOf([field(1, 'a', 'string')], [['x'], ['y']], { isWanted: () => false })).toEqual([UNKNOWN, UNKNOWN]);
  });

  it('reads the row ids of a version 3 file as no column of the table', async () => {
    const rowId = { id: 2_147_483_540, name: '_row_id', required: false, type: 'long' } as const;
    const schema = structOf([field(1, 'a', 'string')]);
    const [here] = await contentsOf([field(1, 'a', 'string')], [['x']]);
    expect(await contentsOf([field(1, 'a', 'string'), rowId], [['x', 5n]], { schema })).toEqual([here]);
  });

  it('is the same in whatever row group the row is, and where only one of them is asked for', async () => {
    const fields = [field(1, 'a', 'string')];
    const rows = [['u'], ['v'], ['w'], ['x'], ['y']];
    const whole = await contentsOf(fields, rows);
    expect(await contentsOf(fields, rows, { rowGroupRowsMax: 2 })).toEqual(whole);
    const one = await contentsOf(fields, rows, { rowGroupRowsMax: 2, isWanted: (row) => row === 3 });
    expect(one).toEqual(whole.map((content, row) => (row === 3 ? content : UNKNOWN)));
  });
});

describe('the content of a quarantined row', () => {
  const row = (over: Readonly<Record<string, CellValue>> = {}): CellValue[] => {
    const cells: Record<string, CellValue> = {
      source_id: 's/t/1',
      kafka_topic: 't',
      kafka_partition: 0,
      kafka_offset: 0n,
      kafka_timestamp: 0n,
      key: Uint8Array.of(1),
      value: Uint8Array.of(2),
      headers: [['h', Uint8Array.of(3)]],
      reasons: [['required', 'id', 'missing']],
      contract: 'c 1',
      quarantined_at: 5n,
      ...over,
    };
    return QUARANTINE_STRUCT.fields.map(({ name }) => cells[name] ?? null);
  };
  const contentOf = async (over: Readonly<Record<string, CellValue>> = {}): Promise<string> => {
    const { bytes } = encodeParquet({ schema: QUARANTINE_STRUCT, columns: buildColumns(QUARANTINE_STRUCT, [row(over)]) });
    let found = UNKNOWN;
    await readContents({ bytes, schema: QUARANTINE_STRUCT, table: 'a.b__quarantine', isWanted: () => true }, (_, content) => {
      found = content.join(' ');
    });
    return found;
  };

  it('is that of key, value and headers, whyever and whenever it was rejected', async () => {
    const same = await contentOf();
    expect(await contentOf({ reasons: [['type', 'id', 'no number']], contract: 'c 2', quarantined_at: 6n, source_id: 's/t/2' })).toBe(same);
    for (const over of [
      { key: null },
      { key: Uint8Array.of(2) },
      { value: Uint8Array.of(3) },
      { value: null },
      { headers: null },
      { headers: [] },
    ])
      expect(await contentOf(over)).not.toBe(same);
  });

  it('is that of the whole value where the quarantine has its beginning alone', async () => {
    const truncated = (sha: string): CellValue => [
      ['truncated', '', `got 99 bytes, SHA-256 of all: ${sha}`],
      ['type', 'id', sha],
    ];
    const same = await contentOf({ reasons: truncated('aa') });
    expect(await contentOf({ reasons: truncated('bb') })).not.toBe(same);
    expect(await contentOf({ reasons: [(truncated('aa') as CellValue[])[0]!] })).toBe(same);
    expect(await contentOf()).not.toBe(same);
  });
});
