// The version 3 tables of the suite `evolution`: nanosecond timestamps as columns and partition sources, columns added with defaults over
// files that lack them, `unknown` that gets a type, deletion vectors; and dates promoted to timestamps.
import type { StructType } from '../../src/contract/types.ts';
import type { Ports } from '../../src/ports.ts';
import { ofDecimal, ofDouble } from './canonical.ts';
import { append, deleteRows, type EvolvingTable, evolve, type GivenRow, openEvolvingTable } from './evolution-table.ts';

const DAY_NS = 86_400_000_000_000n;
/** 2024-02-29T23:59:59.123456789. */
const LEAP_NS = 1_709_251_199_123_456_789n;
/** About 2262-04-11: the last nanosecond that a long can hold. */
const LAST_NS = 2n ** 63n - 1n;

const STRUCT: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'kafka_offset', required: true, type: 'long' },
    { id: 2, name: 'happened', required: false, type: 'timestamp_ns' },
    { id: 3, name: 'seen', required: false, type: 'timestamptz_ns' },
    { id: 4, name: 'nothing', required: false, type: 'unknown' },
    {
      id: 5,
      name: 'inner',
      required: false,
      type: {
        type: 'struct',
        fields: [
          { id: 6, name: 'at', required: false, type: 'timestamptz_ns' },
          { id: 7, name: 'void', required: false, type: 'unknown' },
        ],
      },
    },
  ],
};

const LATER_DEFAULTS = {
  grade: '7',
  tag: 'né',
  ratio: ofDouble(0.5),
  price: ofDecimal('-1.50', 2),
  day: '19782',
  moment: String(LEAP_NS / 1000n),
  is_new: false,
  raw: 'c0ff',
};

/** Writes the table: rows before, with and after defaults, some of them deleted by vectors. */
export async function writeVersion3(ports: Ports, name: string): Promise<EvolvingTable> {
  const table = await openEvolvingTable(ports, {
    name,
    formatVersion: 3,
    struct: STRUCT,
    partition: [{ column: 'seen', transform: 'day', name: 'seen_day' }],
  });
  const first = await append(table, FIRST);
  await evolve(
    table,
    [
      { kind: 'add', name: 'grade', type: 'int', required: true, default: 7 },
      { kind: 'add', name: 'tag', type: 'string', required: true, default: 'né' },
      { kind: 'add', name: 'ratio', type: 'double', default: 0.5 },
      { kind: 'add', name: 'price', type: 'decimal(9,2)', default: '-1.50' },
      { kind: 'add', name: 'day', type: 'date', default: '2024-02-29' },
      { kind: 'add', name: 'moment', type: 'timestamp', default: '2024-02-29T23:59:59.123456' },
      { kind: 'add', name: 'is_new', type: 'boolean', default: false },
      { kind: 'add', name: 'raw', type: 'binary', default: 'c0ff' },
      { kind: 'add', parent: 'inner', name: 'depth', type: 'int', required: true, default: -1 },
      { kind: 'write-default', column: 'tag', value: 'later' },
    ],
    [{ kind: 'add', column: 'happened', transform: 'bucket[2]', name: 'happened_bucket' }],
  );
  const second = await append(table, SECOND);
  await evolve(table, [
    { kind: 'widen', column: 'grade', type: 'long' },
    { kind: 'widen', column: 'price', type: 'decimal(12,2)' },
  ]);
  await append(table, THIRD);
  await deleteRows(table, first.find(({ recordCount }) => recordCount === 3)!, { positions: [1], offsets: [2n] });
  await deleteRows(table, first.find(({ recordCount }) => recordCount === 3)!, { positions: [2], offsets: [3n] });
  await deleteRows(table, second.find(({ recordCount }) => recordCount === 1)!, { positions: [0], offsets: [12n] });
  return table;
}

const FIRST: readonly GivenRow[] = [
  {
    cells: [1n, LEAP_NS, 0n, null, [1n, null]],
    shown: { happened: String(LEAP_NS), seen: '0', nothing: null, inner: { at: '1', void: null, depth: '-1' }, ...LATER_DEFAULTS },
  },
  { cells: [2n, -1n, 1n, null, null], shown: {} },
  { cells: [3n, null, DAY_NS - 1n, null, null], shown: {} },
  {
    cells: [4n, -1n, -1n, null, null],
    shown: { happened: '-1', seen: '-1', nothing: null, inner: null, ...LATER_DEFAULTS },
  },
];

/** Columns of the first rows with `inner.depth`, then grade, tag, ratio, price, day, moment, is_new, raw. */
const SECOND: readonly GivenRow[] = [
  {
    cells: [10n, LAST_NS, -DAY_NS, null, [null, null, 5], 1, 'later', null, null, null, null, null, null],
    shown: {
      happened: String(LAST_NS),
      seen: String(-DAY_NS),
      nothing: null,
      inner: { at: null, void: null, depth: '5' },
      grade: '1',
      tag: 'later',
      ratio: null,
      price: null,
      day: null,
      moment: null,
      is_new: null,
      raw: null,
    },
  },
  {
    cells: [11n, LAST_NS, -DAY_NS + 1n, null, null, -7, '', -0, 0n, -1, -1n, true, new Uint8Array(0)],
    shown: {
      happened: String(LAST_NS),
      seen: String(1n - DAY_NS),
      nothing: null,
      inner: null,
      grade: '-7',
      tag: '',
      ratio: ofDouble(-0),
      price: ofDecimal('0.00', 2),
      day: '-1',
      moment: '-1',
      is_new: true,
      raw: '',
    },
  },
  { cells: [12n, null, null, null, null, 0, '', null, null, null, null, null, null], shown: {} },
];

const THIRD: readonly GivenRow[] = [
  {
    cells: [20n, null, LEAP_NS, null, null, 2n ** 40n, 'x', 1e-300, 10n ** 11n, 0, 0n, false, Uint8Array.of(0, 255)],
    shown: {
      happened: null,
      seen: String(LEAP_NS),
      nothing: null,
      inner: null,
      grade: '1099511627776',
      tag: 'x',
      ratio: ofDouble(1e-300),
      price: ofDecimal('1000000000.00', 2),
      day: '0',
      moment: '0',
      is_new: false,
      raw: '00ff',
    },
  },
];

/** Dates that became timestamps of both precisions, and `unknown` that became an int, read from files of before and after. */
export async function writePromoted(ports: Ports, name: string): Promise<EvolvingTable> {
  const table = await openEvolvingTable(ports, {
    name,
    formatVersion: 3,
    struct: {
      type: 'struct',
      fields: [
        { id: 1, name: 'kafka_offset', required: true, type: 'long' },
        { id: 2, name: 'born', required: false, type: 'date' },
        { id: 3, name: 'exact', required: false, type: 'date' },
        { id: 4, name: 'blank', required: false, type: 'unknown' },
      ],
    },
  });
  await append(table, [
    {
      cells: [1n, -1, 19_782, null],
      shown: { born: '-86400000000', exact: String(19_782n * DAY_NS), blank: null, moment: String(LEAP_NS) },
    },
    { cells: [2n, null, null, null], shown: { born: null, exact: null, blank: null, moment: String(LEAP_NS) } },
  ]);
  await evolve(table, [
    { kind: 'widen', column: 'born', type: 'timestamp' },
    { kind: 'widen', column: 'exact', type: 'timestamp_ns' },
    { kind: 'widen', column: 'blank', type: 'int' },
    // PyIceberg 0.12.0 cannot even load a table with a default in nanoseconds.
    { kind: 'add', name: 'moment', type: 'timestamptz_ns', required: true, default: '2024-02-29T23:59:59.123456789+00:00' },
  ]);
  await append(table, [{ cells: [10n, -1n, LEAP_NS, 5, -1n], shown: { born: '-1', exact: String(LEAP_NS), blank: '5', moment: '-1' } }]);
  return table;
}
