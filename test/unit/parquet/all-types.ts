// One table with every type and every shape of nesting, and rows for each way a value can be there or not.
import type { CellValue, IcebergType, NestedField, StructType } from '../../../src/contract/types.ts';

export function field(id: number, name: string, type: IcebergType, required = false): NestedField {
  return { id, name, required, type };
}

export function listOf(elementId: number, element: IcebergType): IcebergType {
  return { type: 'list', 'element-id': elementId, 'element-required': false, element };
}

export function structOf(...fields: readonly NestedField[]): StructType {
  return { type: 'struct', fields };
}

export const ALL_TYPES: StructType = structOf(
  field(1, 'id', 'long', true),
  field(2, 'b', 'boolean'),
  field(3, 'i', 'int'),
  field(4, 'f', 'float'),
  field(5, 'd', 'double'),
  field(6, 'dec9', 'decimal(9,2)'),
  field(7, 'dec18', 'decimal(18,6)'),
  field(8, 'dec38', 'decimal(38,10)'),
  field(9, 'dt', 'date'),
  field(10, 'tm', 'time'),
  field(11, 'ts', 'timestamp'),
  field(12, 'tstz', 'timestamptz'),
  field(13, 's', 'string'),
  field(14, 'u', 'uuid'),
  field(15, 'fx', 'fixed[5]'),
  field(16, 'bin', 'binary'),
  field(17, 'st', structOf(field(18, 'x', 'int'), field(19, 'y', structOf(field(20, 'z', 'string'))))),
  field(21, 'li', listOf(22, 'string')),
  field(23, 'mp', { type: 'map', 'key-id': 24, key: 'string', 'value-id': 25, 'value-required': false, value: 'long' }),
  field(26, 'ls', listOf(27, structOf(field(28, 'k', 'string'), field(29, 'v', 'double')))),
  field(30, 'allnull', 'string'),
  field(31, 'll', listOf(32, listOf(33, 'int'))),
  field(34, 'tsns', 'timestamp_ns'),
  field(35, 'tstzns', 'timestamptz_ns'),
);

const HIGH = 10n ** 38n - 1n;

/** A full row, a row of nulls, a row of empty and zero values, a row of lowest values. */
export const ALL_TYPES_ROWS: readonly (readonly CellValue[])[] = [
  [
    1n,
    true,
    2147483647,
    1.5,
    2.5,
    12345n,
    999999999999999999n,
    HIGH,
    19000,
    86399999999n,
    1700000000123456n,
    1700000000123457n,
    'héllo 🐉',
    Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
    Buffer.from('abcde'),
    Buffer.from([0, 255, 128]),
    [5, ['zz']],
    ['a', null, '', 'b'],
    [
      ['k', 9007199254740993n],
      ['l', null],
    ],
    [['k', 1], null, [null, 2]],
    null,
    [[1, null], null, [], [2]],
    1700000000123456789n,
    -5n,
  ],
  [2n, ...new Array<null>(23).fill(null)],
  [
    3n,
    false,
    0,
    -0,
    -0,
    0n,
    0n,
    0n,
    0,
    0n,
    0n,
    0n,
    '',
    Buffer.alloc(16),
    Buffer.alloc(5),
    Buffer.alloc(0),
    [null, null],
    [],
    [],
    [],
    null,
    [],
    0n,
    0n,
  ],
  [
    9007199254740995n,
    false,
    -2147483648,
    -1.5,
    -1e300,
    -12345n,
    -999999999999999999n,
    -HIGH,
    -1,
    1n,
    -1n,
    -62135596800000000n,
    'z',
    Buffer.alloc(16, 0xff),
    Buffer.alloc(5, 0xff),
    Buffer.alloc(1, 0xff),
    [null, [null]],
    [null],
    [['', null]],
    [null],
    null,
    [null],
    -1n,
    1n,
  ],
];
