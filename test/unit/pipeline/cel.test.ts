import { describe, expect, it } from 'vitest';
import { packRecords } from '../../../src/decode/pack-records.ts';
import { createPipeline } from '../../../src/pipeline/create-pipeline.ts';
import { tableOf } from '../../support/oracle/program.ts';

const COLUMNS = [
  { name: 'i', type: 'long' },
  { name: 'n', type: 'long' },
  { name: 'd', type: 'double' },
  { name: 'm', type: 'decimal(18,4)' },
  { name: 'big', type: 'decimal(38,2)' },
  { name: 's', type: 'string' },
  { name: 'b', type: 'boolean' },
  { name: 'u', type: 'uuid' },
  { name: 'bin', type: 'binary' },
  { name: 't', type: 'timestamptz' },
  { name: 'day', type: 'date' },
  { name: 'clock', type: 'time' },
  {
    name: 'o',
    type: 'struct',
    children: [
      { name: 'x', type: 'long' },
      { name: 'y', type: 'string' },
    ],
  },
  { name: 'none', type: 'struct', children: [{ name: 'x', type: 'long' }] },
  { name: 'l', type: 'list', children: [{ name: 'element', type: 'long' }] },
  {
    name: 'map',
    type: 'map',
    children: [
      { name: 'key', type: 'string' },
      { name: 'value', type: 'long' },
    ],
  },
] as const;

const MESSAGE = `{"i":9007199254740993,"d":9007199254740992,"m":12.34,"big":1.5,"s":"Åb🐉","b":true,
  "u":"01234567-89AB-cdef-0123-456789abcdef","bin":"AAE=","t":"2026-03-01T12:34:56.789Z","day":"2026-03-01","clock":"01:00",
  "o":{"x":1,"y":"z"},"l":[1,2,3],"map":{"a":1,"b":null},"extra":{"deep":[1,{"k":"v"}],"n":9007199254740993},"large":[${Array.from({ length: 600 }, () => 1).join(',')}]}`;

/** The verdict of a rule over the message: true, or the message of the reason. */
function evaluate(source: string): true | string {
  const table = tableOf({ columns: COLUMNS, rules: [{ rule: 'r', source }] });
  const records = packRecords([
    {
      source: { id: 'main/events/1', topic: 'events' },
      topicPartition: 4,
      kafkaOffset: 77,
      timestampMs: Date.UTC(2026, 2, 1, 12),
      timestampType: 0,
      key: Buffer.from('key'),
      value: Buffer.from(MESSAGE),
      headers: [
        { name: 'h', value: Buffer.from('1') },
        { name: 'h', value: Buffer.from('2') },
        { name: 'nil', value: null },
      ],
    },
  ]);
  const result = createPipeline(table).process(records, { ingestedAtMs: 1 });
  return result.quarantined[0]?.reasons[0]?.message ?? true;
}

describe('a CEL rule that holds', () => {
  it.each([
    // Numbers compare by value, whatever their type, without rounding.
    'i > d',
    'i != d',
    'i == 9007199254740993',
    'd == 9007199254740992',
    'm == 12.34 || m != 12.34',
    'm > 12 && m < 13',
    'big == 1.5',
    '1 == 1.0',
    'm + 1 > 13',
    'i + 1 == 9007199254740994',
    '7 / 2 == 3',
    '-7 / 2 == -3',
    '-7 % 3 == -1',
    '7.0 / 2 == 3.5',
    "m * 2 == double('24.68') || m * 2 > 24",
    '-o.x == -1',
    // Missing is null, all the way down.
    'n == null',
    'none == null',
    'none.x == null',
    'raw.nothing == null',
    'raw.nothing.below == null',
    'o.x != null',
    '!has(none.x)',
    'has(o.y)',
    'has(raw.extra.deep)',
    'map.b == null',
    '!has(map.zz)',
    // Errors are absorbed by the side that decides.
    'n > 1 || true',
    'true || n > 1',
    '!(n > 1 && false)',
    '!(false && n > 1)',
    'i / 0 > 1 || b',
    '(n == null) || n > 5',
    'b ? true : 1 / 0 == 1',
    // Text.
    "s.startsWith('Å')",
    "s.endsWith('🐉')",
    "s.contains('b')",
    'size(s) == 3',
    's.size() == 3',
    "s.lowerAscii() == 'Åb🐉'",
    "s.upperAscii() == 'ÅB🐉'",
    "s.matches('^.b')",
    "matches(s, 'b.$')",
    "'\\uffff' < '🐉'",
    "'a' + 'b' == 'ab'",
    "u == '01234567-89ab-cdef-0123-456789abcdef'",
    'size(bin) == 2',
    "bin == b'\\x00\\x01'",
    "s in ['x', s]",
    "!('c' in map)",
    "'a' in map",
    '2 in l',
    '2.0 in l',
    // Containers.
    'l[0] == 1',
    'l.size() == 3',
    "map['a'] == 1",
    'map.a == 1',
    'l == [1, 2, 3]',
    "{'a': 1} == {'a': 1.0}",
    'size({}) == 0',
    "o == {'x': 1, 'y': 'z'}",
    '[1] + [2] == [1, 2]',
    // Time.
    "t > timestamp('2026-03-01T12:34:56Z')",
    "t - timestamp('2026-03-01T12:00:00Z') < duration('1h')",
    "t < kafka.timestamp + duration('35m')",
    "duration('1h30m') == duration('90m')",
    "duration('-1.5s') == duration('-1500ms')",
    't.getFullYear() == 2026',
    't.getMonth() == 2',
    't.getDate() == 1',
    't.getDayOfMonth() == 0',
    't.getDayOfWeek() == 0',
    't.getDayOfYear() == 59',
    't.getHours() == 12',
    't.getMinutes() == 34',
    't.getSeconds() == 56',
    't.getMilliseconds() == 789',
    "day == timestamp('2026-03-01T00:00:00Z')",
    "clock == duration('1h')",
    "duration('90m').getHours() == 1",
    "duration('90m').getMinutes() == 90",
    'int(t) == 1772368496',
    'timestamp(0) < t',
    // Conversions.
    "int('42') == 42",
    'int(3.9) == 3',
    'int(-3.9) == -3',
    "double('1e3') == 1000",
    "string(12) == '12'",
    "string(m) == '12.3400'",
    "string(true) == 'true'",
    "string(t) == '2026-03-01T12:34:56.789Z'",
    "string(duration('1.50s')) == '1.5s'",
    "string(b'ab') == 'ab'",
    // Where the record came from, and the message as sent.
    "kafka.topic == 'events'",
    'kafka.partition == 4',
    'kafka.offset == 77',
    "kafka.key == b'key'",
    "kafka.headers.h == b'2'",
    "kafka.headers['nil'] == null",
    'kafka.headers.zz == null',
    "raw.extra.deep[1].k == 'v'",
    'raw.extra.n == 9007199254740993',
    'raw.s == s',
  ])('%s', (source) => {
    expect(evaluate(source)).toBe(true);
  }); // prettier-ignore
});

describe('a CEL rule that does not', () => {
  it.each([
    ['i == d', 'expected true, got false'],
    ['b ? null : b', 'expected true, got null'],
    ['n > 1', 'no such overload: > of null and int'],
    ['n + 1 == 2', 'no such overload: + of null and int'],
    ['!n', 'no such overload: ! of null'],
    ['raw.s > 1', 'no such overload: > of string and int'],
    ['raw.s.below == 1', 'no such overload: .below of string'],
    ['i / 0 == 1', 'division by zero'],
    ['i % 0 == 1', 'modulus by zero'],
    ['9223372036854775807 + 1 > 0', 'integer overflow'],
    ['l[3] == 1', 'index out of range'],
    ['l[-1] == 1', 'index out of range'],
    ['n > 1 && b', 'no such overload: > of null and int'],
    ['n && b', 'no such overload: && of null and bool'],
    ['int(s) == 1', 'expected text of an integer'],
    ['timestamp(s) == t', 'expected text of an RFC 3339 timestamp'],
    ['size(i) == 1', 'no such overload: size of int'],
    ["'x' + s", 'expected bool, got string'],
  ])('%s: %s', (source, message) => {
    expect(evaluate(source)).toBe(message);
  });

  it('is stopped by the step budget, which nothing absorbs', () => {
    const source = Array.from({ length: 20 }, () => '(2 in raw.large)').join(' || ');
    expect(evaluate(`${source} || true`)).toMatch(/^budget: expected at most 10000 evaluation steps/);
  });

  it('names something that does not exist when the pipeline is made', () => {
    for (const source of ['nope == 1', 'kafka.nope == 1', 'nope(1)', 'has(s)']) {
      expect(() => createPipeline(tableOf({ columns: COLUMNS, rules: [{ rule: 'r', source }] }))).toThrow(/correct the contract/);
    }
  });
});
