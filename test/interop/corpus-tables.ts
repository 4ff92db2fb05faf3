// The tables of the corpus as data: columns, layout, and the messages of each landing. Values are taken from the columns' lists
// by row number with steps that are coprime to the lists' lengths, so that neighbours combine differently in every row.
import { type Canonical, ofDate, ofDecimal, ofDouble, ofTimestamp } from './canonical.ts';
import { type ColumnCase, NESTED, PRIMITIVES, STRUCT_LIST } from './corpus-columns.ts';

export interface CorpusStep {
  readonly version: string;
  readonly columns: readonly ColumnCase[];
  readonly lines: readonly string[];
  /** Expected row per line; undefined: the line is to be rejected. */
  readonly rows: readonly (Readonly<Record<string, Canonical>> | undefined)[];
}

export interface CorpusTable {
  readonly name: string;
  readonly partition?: readonly string[];
  readonly sort?: readonly string[];
  readonly formatVersion?: 2 | 3;
  readonly isReadableByDuckdb?: boolean;
  readonly steps: readonly CorpusStep[];
}

const USER: ColumnCase = {
  name: 'user_id',
  property: { logicalType: 'integer' },
  values: Array.from({ length: 23 }, (_, n) => (n === 0 ? ['null', null] : [String(n * 7919), String(n * 7919)])),
};
const EVENT_TIME: ColumnCase = {
  name: 'event_time',
  property: { logicalType: 'timestamp', required: true },
  values: [
    '2026-03-01T23:59:59.999999Z',
    '2026-03-02T00:00:00Z',
    '1969-12-31T23:59:59.999999Z',
    '1970-01-01T00:00:00Z',
    '2026-03-01T22:30:00-05:00',
  ].map((text) => [JSON.stringify(text), ofTimestamp(text)] as const),
};
const COUNTRY: ColumnCase = {
  name: 'country',
  property: { logicalType: 'string' },
  values: [
    ['"KR"', 'KR'],
    ['"a/b=c %"', 'a/b=c %'],
    ['""', ''],
    ['"日本"', '日本'],
    ['null', null],
  ],
};
const NAME: ColumnCase = {
  name: 'name',
  property: { logicalType: 'string' },
  values: [
    ['"🐉🐲🐍🦎"', '🐉🐲🐍🦎'],
    ['"ab"', 'ab'],
    ['"abcd"', 'abcd'],
    ['"abce"', 'abce'],
    [undefined, null],
  ],
};
const DAY: ColumnCase = {
  name: 'born',
  property: { logicalType: 'date' },
  values: ['1969-12-31', '1970-01-01', '2000-02-29', '0001-01-01'].map((text) => [JSON.stringify(text), ofDate(text)] as const),
};
const AMOUNT: ColumnCase = {
  name: 'amount',
  property: { logicalType: 'number', physicalType: 'decimal(12,2)' },
  values: ['-10.65', '10.65', '0', '9999999999.99'].map((text) => [text, ofDecimal(text, 2)] as const),
};

const pick = (name: string) => PRIMITIVES.find((column) => column.name === name)!;

export const CORPUS_TABLES: readonly CorpusTable[] = [
  { name: 'all_types', steps: [step('1.0.0', PRIMITIVES, 120)] },
  { name: 'all_types_v3', formatVersion: 3, steps: [step('1.0.0', PRIMITIVES, 60), step('1.0.0', PRIMITIVES, 30, 7)] },
  { name: 'nested', steps: [step('1.0.0', [...NESTED, STRUCT_LIST], 90)] },
  {
    name: 'by_day_bucket',
    partition: ['day(event_time)', 'bucket(8, user_id)'],
    sort: ['user_id desc nulls last', 'event_time'],
    steps: [step('1.0.0', [EVENT_TIME, USER, pick('c_uuid')], 120), step('1.0.0', [EVENT_TIME, USER, pick('c_uuid')], 77, 3)],
  },
  {
    name: 'by_truncate_identity_hour',
    partition: ['truncate(3, name)', 'country', 'hour(event_time)'],
    steps: [step('1.0.0', [EVENT_TIME, COUNTRY, NAME], 50)],
  },
  {
    name: 'by_year_month_bucket',
    partition: ['year(born)', 'month(event_time)', 'bucket(4, c_string)', 'truncate(1000, amount)'],
    steps: [step('1.0.0', [DAY, EVENT_TIME, AMOUNT, pick('c_string')], 48)],
  },
  {
    name: 'nothing_accepted',
    steps: [
      { version: '1.0.0', columns: [EVENT_TIME], lines: ['{}', 'not json', '{"event_time":7}'], rows: [undefined, undefined, undefined] },
    ],
  },
  { name: 'never_landed', steps: [{ version: '1.0.0', columns: [EVENT_TIME], lines: [], rows: [] }] },
  {
    name: 'many_commits',
    partition: ['identity(country)'],
    steps: Array.from({ length: 12 }, (_, n) => step('1.0.0', [COUNTRY, USER], 3 + n, n)),
  },
  { name: 'evolving', partition: ['bucket(4, a_int)'], steps: evolution() },
];

/** Three versions of one contract: columns are added at both levels and widened, and each landing is under the version of its time. */
function evolution(): readonly CorpusStep[] {
  const before: readonly ColumnCase[] = [
    { ...pick('c_int'), name: 'a_int' },
    {
      name: 'ratio',
      property: { logicalType: 'number', physicalType: 'float' },
      values: [
        ['0.5', ofDouble(0.5)],
        ['-2', ofDouble(-2)],
        ['null', null],
      ],
    },
    {
      name: 'price',
      property: { logicalType: 'number', physicalType: 'decimal(9,2)' },
      values: [
        ['1.25', ofDecimal('1.25', 2)],
        ['null', null],
      ],
    },
    {
      name: 'place',
      property: object(['city']),
      values: [
        ['{"city":"Ulm"}', { city: 'Ulm', zip: null }],
        ['null', null],
      ],
    },
  ];
  const widened: readonly ColumnCase[] = [
    {
      name: 'a_int',
      property: { logicalType: 'integer' },
      values: [
        ['4294967296', '4294967296'],
        ['-1', '-1'],
        ['null', null],
      ],
    },
    {
      name: 'ratio',
      property: { logicalType: 'number' },
      values: [
        ['1e300', ofDouble(1e300)],
        ['null', null],
      ],
    },
    {
      name: 'price',
      property: { logicalType: 'number', physicalType: 'decimal(18,2)' },
      values: [['9999999999999999.99', ofDecimal('9999999999999999.99', 2)]],
    },
    {
      name: 'place',
      property: object(['city', 'zip']),
      values: [
        ['{"city":"Ulm","zip":"89073"}', { city: 'Ulm', zip: '89073' }],
        ['{"zip":null}', { city: null, zip: null }],
      ],
    },
  ];
  const added: ColumnCase = {
    name: 'added',
    property: { logicalType: 'array', items: { logicalType: 'string' } },
    values: [
      ['["x",null]', ['x', null]],
      [undefined, null],
    ],
  };
  return [step('1.0.0', before, 20), step('1.1.0', widened, 15, 2), step('1.2.0', [...widened, added], 25, 5)];
}

function object(members: readonly string[]): Readonly<Record<string, unknown>> {
  return { logicalType: 'object', properties: members.map((name) => ({ name, logicalType: 'string' })) };
}

function step(version: string, columns: readonly ColumnCase[], count: number, shift = 0): CorpusStep {
  const lines: string[] = [];
  const rows: Record<string, Canonical>[] = [];
  for (let n = 0; n < count; n++) {
    const row: Record<string, Canonical> = {};
    const members: string[] = [];
    columns.forEach((column, index) => {
      const [text, expected] = column.values[(n + shift + Math.floor(n / column.values.length) * index) % column.values.length]!;
      row[column.name] = expected;
      if (text !== undefined) members.push(`${JSON.stringify(column.name)}:${text}`);
    });
    lines.push(`{${members.join(',')}}`);
    rows.push(row);
  }
  return { version, columns, lines, rows };
}
