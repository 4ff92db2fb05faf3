// The version 2 table of the suite `evolution`: structs inside a struct, a list element and a map value, each with members added,
// dropped, renamed, moved, widened and made optional, names dropped and given again, under three partition specs. No list or map of structs
// is null: PyIceberg 0.12.0 reads those as empty.
import type { StructType } from '../../src/contract/types.ts';
import type { Ports } from '../../src/ports.ts';
import { type Canonical, ofDecimal, ofDouble, ofFloat, ofMap } from './canonical.ts';
import { append, deleteRows, type EvolvingTable, evolve, type GivenRow, openEvolvingTable } from './evolution-table.ts';

const STRUCT: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'kafka_offset', required: true, type: 'long' },
    {
      id: 2,
      name: 'place',
      required: false,
      type: {
        type: 'struct',
        fields: [
          { id: 5, name: 'city', required: true, type: 'string' },
          { id: 6, name: 'zip', required: true, type: 'int' },
        ],
      },
    },
    {
      id: 3,
      name: 'items',
      required: true,
      type: {
        type: 'list',
        'element-id': 7,
        'element-required': false,
        element: {
          type: 'struct',
          fields: [
            { id: 10, name: 'sku', required: true, type: 'string' },
            { id: 11, name: 'qty', required: false, type: 'int' },
            { id: 12, name: 'weight', required: false, type: 'float' },
          ],
        },
      },
    },
    {
      id: 4,
      name: 'prices',
      required: false,
      type: {
        type: 'map',
        'key-id': 8,
        key: 'string',
        'value-id': 9,
        'value-required': false,
        value: {
          type: 'struct',
          fields: [
            { id: 13, name: 'amount', required: true, type: 'decimal(9,2)' },
            { id: 14, name: 'currency', required: false, type: 'string' },
          ],
        },
      },
    },
  ],
};

/** Writes the table: four rows under each of three schemas, one of each deleted at the end. */
export async function writeNested(ports: Ports, name: string): Promise<EvolvingTable> {
  const table = await openEvolvingTable(ports, {
    name,
    formatVersion: 2,
    struct: STRUCT,
    partition: [{ column: 'kafka_offset', transform: 'bucket[2]', name: 'offset_bucket' }],
  });
  await append(table, FIRST);
  await evolve(
    table,
    [
      { kind: 'make-optional', column: 'place.zip' },
      { kind: 'move', column: 'place.zip', to: 'first' },
      { kind: 'add', parent: 'items.element', name: 'note', type: 'string' },
      { kind: 'rename', column: 'items.element.qty', name: 'count' },
      { kind: 'widen', column: 'items.element.count', type: 'long' },
      { kind: 'widen', column: 'items.element.weight', type: 'double' },
      { kind: 'move', column: 'items.element.weight', to: 'first' },
      { kind: 'make-optional', column: 'items.element.sku' },
      { kind: 'widen', column: 'prices.value.amount', type: 'decimal(18,2)' },
      { kind: 'drop', column: 'prices.value.currency' },
      { kind: 'add', parent: 'prices.value', name: 'since', type: 'date' },
      { kind: 'move', column: 'prices.value.since', to: { before: 'prices.value.amount' } },
    ],
    [
      { kind: 'remove', name: 'offset_bucket' },
      { kind: 'add', column: 'kafka_offset', transform: 'truncate[10]' },
    ],
  );
  const middle = await append(table, SECOND);
  await evolve(
    table,
    [
      { kind: 'drop', column: 'items.element.note' },
      { kind: 'add', parent: 'items.element', name: 'note', type: 'int' },
      { kind: 'add', parent: 'prices.value', name: 'currency', type: 'string', doc: 'not the one of before' },
      { kind: 'make-optional', column: 'prices.value.amount' },
      { kind: 'rename', column: 'place', name: 'site' },
      {
        kind: 'add',
        parent: 'site',
        name: 'geo',
        type: {
          type: 'struct',
          fields: [
            { id: 1, name: 'lat', required: true, type: 'double' },
            { id: 2, name: 'lon', required: true, type: 'double' },
          ],
        },
      },
      { kind: 'move', column: 'prices', to: { after: 'kafka_offset' } },
    ],
    [
      { kind: 'remove', name: 'kafka_offset_trunc_10' },
      { kind: 'add', column: 'site.city', transform: 'identity', name: 'city' },
    ],
  );
  const last = await append(table, THIRD);
  await deleteRows(table, middle[0]!, { positions: [3], offsets: [13n] });
  await deleteRows(table, last.find(({ partition }) => partition[0] === 'Oslo')!, { positions: [1], offsets: [23n] });
  return table;
}

const item = (sku: Canonical, count: Canonical, weight: Canonical, note: Canonical): Canonical => ({ weight, sku, count, note });
const price = (amount: Canonical, since: Canonical, currency: Canonical): Canonical => ({ since, amount, currency });
const site = (zip: Canonical, city: Canonical, geo: Canonical): Canonical => ({ zip, city, geo });

const FIRST: readonly GivenRow[] = [
  {
    cells: [
      1n,
      ['Bern', 3000],
      [
        ['a', 2 ** 31 - 1, 0.1],
        ['b', null, null],
      ],
      [['chf', [999_999_999n, 'CHF']]],
    ],
    shown: {
      prices: ofMap([['chf', price(ofDecimal('9999999.99', 2), null, null)]]),
      site: site('3000', 'Bern', null),
      items: [item('a', '2147483647', ofFloat(0.1), null), item('b', null, null, null)],
    },
  },
  { cells: [2n, null, [], []], shown: { prices: [], site: null, items: [] } },
  {
    cells: [3n, ['', -1], [null, ['', -1, -0]], []],
    shown: { prices: [], site: site('-1', '', null), items: [null, item('', '-1', ofDouble(-0), null)] },
  },
  {
    cells: [
      4n,
      ['Zürich', 8001],
      [['c', 0, Infinity]],
      [
        ['eur', [-1n, null]],
        ['none', null],
      ],
    ],
    shown: {
      prices: ofMap([
        ['eur', price(ofDecimal('-0.01', 2), null, null)],
        ['none', null],
      ]),
      site: site('8001', 'Zürich', null),
      items: [item('c', '0', ofDouble(Infinity), null)],
    },
  },
];

/** place {zip, city}, items {weight, sku, count, note: string}, prices {since, amount}. */
const SECOND: readonly GivenRow[] = [
  {
    cells: [10n, [null, 'Bern'], [[0.1, null, 2n ** 40n, 'dropped later']], [['usd', [19_000, 10n ** 17n]]]],
    shown: {
      prices: ofMap([['usd', price(ofDecimal('1000000000000000.00', 2), '19000', null)]]),
      site: site(null, 'Bern', null),
      items: [item(null, '1099511627776', ofDouble(0.1), null)],
    },
  },
  { cells: [11n, null, [null], []], shown: { prices: [], site: null, items: [null] } },
  {
    cells: [12n, [12, 'Oslo'], [], [['nok', [null, 5n]]]],
    shown: { prices: ofMap([['nok', price(ofDecimal('0.05', 2), null, null)]]), site: site('12', 'Oslo', null), items: [] },
  },
  { cells: [13n, null, [], null], shown: {} },
];

/** prices {since, amount, currency}, site {zip, city, geo {lat, lon}}, items {weight, sku, count, note: int}. */
const THIRD: readonly GivenRow[] = [
  {
    cells: [20n, [['sek', [-1, null, 'SEK']]], [1, 'Oslo', [59.9, 10.75]], [[null, 'd', 1n, 7]]],
    shown: {
      prices: ofMap([['sek', price(null, '-1', 'SEK')]]),
      site: site('1', 'Oslo', { lat: ofDouble(59.9), lon: ofDouble(10.75) }),
      items: [item('d', '1', null, '7')],
    },
  },
  { cells: [21n, [], null, []], shown: { prices: [], site: null, items: [] } },
  {
    cells: [22n, [], [null, 'Bern', null], [[NaN, null, null, null], null]],
    shown: { prices: [], site: site(null, 'Bern', null), items: [item(null, null, 'nan', null), null] },
  },
  { cells: [23n, null, [2, 'Oslo', null], []], shown: {} },
];
