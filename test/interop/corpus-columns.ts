// Columns of the corpus with their interesting values: what a message says, as JSON text, and what every engine must read.
// `undefined` as text leaves the member out; a null reads as null.
import { type Canonical, ofBase64, ofDate, ofDecimal, ofDouble, ofFloat, ofMap, ofTime, ofTimestamp } from './canonical.ts';

export interface ColumnCase {
  readonly name: string;
  /** The property of the contract, but for its name. */
  readonly property: Readonly<Record<string, unknown>>;
  readonly values: readonly (readonly [text: string | undefined, expected: Canonical])[];
}

const MISSING = [undefined, null] as const;
const NULL = ['null', null] as const;

function column(
  name: string,
  property: Readonly<Record<string, unknown>>,
  values: readonly (readonly [string | undefined, Canonical])[],
): ColumnCase {
  return { name, property, values: [...values, MISSING, NULL] };
}

function same(texts: readonly string[]): readonly (readonly [string, Canonical])[] {
  return texts.map((text) => [text, text]);
}

function quoted(texts: readonly string[], expected: (text: string) => Canonical): readonly (readonly [string, Canonical])[] {
  return texts.map((text) => [JSON.stringify(text), expected(text)]);
}

const STRINGS = [
  '',
  'a',
  'naïve',
  '名無し',
  '🐉 beyond the basic plane 𝒳',
  '\u{10FFFF}',
  'x'.repeat(40),
  `${'é'.repeat(15)}\u{1F600}tail`,
  'quote " and \\ and \n',
  '\u0000\u001f\u007f',
];

/** One column of every primitive type a contract can name in format version 2. */
export const PRIMITIVES: readonly ColumnCase[] = [
  column('c_boolean', { logicalType: 'boolean' }, [
    ['true', true],
    ['false', false],
  ]),
  column('c_int', { logicalType: 'integer', physicalType: 'int' }, [
    ...same(['0', '-1', '2147483647', '-2147483648']),
    ['1e2', '100'],
    ['7.0', '7'],
  ]),
  column('c_long', { logicalType: 'integer' }, same(['0', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808'])),
  column('c_float', { logicalType: 'number', physicalType: 'float' }, [
    ...['0.0', '1.5', '-3.4028234663852886e38', '1.401298464324817e-45', '0.1'].map((text) => [text, ofFloat(Number(text))] as const),
    ['-0.0', ofFloat(-0)],
  ]),
  column('c_double', { logicalType: 'number' }, [
    ...['0.1', '1e308', '5e-324', '-2.2250738585072014e-308', '9007199254740993', '123456789.987654321'].map(
      (text) => [text, ofDouble(Number(text))] as const,
    ),
    ['-0.0', ofDouble(-0)],
  ]),
  column('c_decimal9', { logicalType: 'number', physicalType: 'decimal(9,2)' }, [
    ...['0', '1.5', '-9999999.99', '9999999.99'].map((text) => [text, ofDecimal(text, 2)] as const),
    ['1.2e1', ofDecimal('12', 2)],
  ]),
  column(
    'c_decimal18',
    { logicalType: 'number', physicalType: 'decimal(18,4)' },
    ['0.0001', '-0.0001', '99999999999999.9999', '-99999999999999.9999'].map((text) => [text, ofDecimal(text, 4)] as const),
  ),
  column(
    'c_decimal38',
    { logicalType: 'number', physicalType: 'decimal(38,10)' },
    ['0', '1234567890123456789012345678.0123456789', '-9999999999999999999999999999.9999999999', '18446744073709551616'].map(
      (text) => [text, ofDecimal(text, 10)] as const,
    ),
  ),
  column(
    'c_date',
    { logicalType: 'date' },
    quoted(['1970-01-01', '1969-12-31', '2026-02-28', '0001-01-01', '9999-12-31', '2024-02-29'], ofDate),
  ),
  column('c_time', { logicalType: 'time' }, quoted(['00:00:00', '23:59:59.999999', '12:34:56.7'], ofTime)),
  column(
    'c_timestamp',
    { logicalType: 'timestamp', physicalType: 'timestamp' },
    quoted(['1970-01-01T00:00:00', '1969-12-31T23:59:59.999999', '9999-12-31T23:59:59.999999', '2026-03-01T12:00:00.5'], ofTimestamp),
  ),
  column(
    'c_timestamptz',
    { logicalType: 'timestamp' },
    quoted(
      ['1970-01-01T00:00:00Z', '1969-12-31T23:59:59.999999Z', '2026-03-01T12:00:00+09:00', '2026-03-01T00:00:00.000001-11:30'],
      ofTimestamp,
    ),
  ),
  column('c_string', { logicalType: 'string' }, [...quoted(STRINGS, (text) => text), ['"\\ud83d\\ude00 \\u00e9"', '😀 é']]),
  column(
    'c_uuid',
    { logicalType: 'string', physicalType: 'uuid' },
    quoted(
      ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '0191A2B3-C4D5-7E6F-8A9B-0C1D2E3F4A5B'],
      (text) => text.toLowerCase(),
    ),
  ),
  column('c_fixed', { logicalType: 'string', physicalType: 'fixed(4)' }, quoted(['AAAAAA==', '/////w==', '3q2+7w=='], ofBase64)),
  column(
    'c_binary',
    { logicalType: 'string', physicalType: 'binary' },
    quoted(['', 'AA==', '/+8=', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'], ofBase64),
  ),
];

const POINT = {
  logicalType: 'object',
  properties: [
    { name: 'x', logicalType: 'number' },
    { name: 'label', logicalType: 'string' },
  ],
};

/** Structs, lists and maps in one another, with nulls at each level. */
export const NESTED: readonly ColumnCase[] = [
  column('n_struct', POINT, [
    ['{"x":1.5,"label":"é"}', { x: ofDouble(1.5), label: 'é' }],
    ['{}', { x: null, label: null }],
    ['{"x":null,"label":""}', { x: null, label: '' }],
  ]),
  column(
    'n_deep',
    {
      logicalType: 'object',
      properties: [
        { name: 'inner', ...POINT },
        { name: 'n', logicalType: 'integer' },
      ],
    },
    [
      ['{"inner":{"x":-0.0},"n":3}', { inner: { x: ofDouble(-0), label: null }, n: '3' }],
      ['{"inner":null,"n":4}', { inner: null, n: '4' }],
    ],
  ),
  column('n_list', { logicalType: 'array', items: { logicalType: 'integer' } }, [
    ['[1,2,3]', ['1', '2', '3']],
    ['[]', []],
    ['[null,9007199254740993]', [null, '9007199254740993']],
  ]),
  column('n_matrix', { logicalType: 'array', items: { logicalType: 'array', items: { logicalType: 'string' } } }, [
    ['[["a"],[],["b","🐉"]]', [['a'], [], ['b', '🐉']]],
    ['[]', []],
    ['[[null]]', [[null]]],
  ]),
  column('n_map', { logicalType: 'object', physicalType: 'map<string,long>' }, [
    [
      '{"b":2,"a":1}',
      ofMap([
        ['b', '2'],
        ['a', '1'],
      ]),
    ],
    ['{}', []],
    ['{"né":null}', ofMap([['né', null]])],
  ]),
];

/** A list of structs apart: PyIceberg 0.12.0 reads a null one as an empty list, so that here every row has one. */
export const STRUCT_LIST: ColumnCase = {
  name: 'n_points',
  property: { logicalType: 'array', items: POINT },
  values: [
    [
      '[{"x":1.0,"label":"a"},{"x":null}]',
      [
        { x: ofDouble(1), label: 'a' },
        { x: null, label: null },
      ],
    ],
    ['[]', []],
  ],
};
