import { describe, expect, it } from 'vitest';
import { checkCel } from '../../../src/contract/cel/check.ts';
import { parseCel } from '../../../src/contract/cel/parse.ts';
import { CEL_FUNCTIONS } from '../../../src/contract/cel/types.ts';
import type { IcebergType, StructType } from '../../../src/contract/types.ts';

const types: Readonly<Record<string, IcebergType>> = {
  b: 'boolean',
  i: 'int',
  l: 'long',
  f: 'float',
  d: 'double',
  m: 'decimal(18,4)',
  s: 'string',
  u: 'uuid',
  bytes_: 'binary',
  date_: 'date',
  time_: 'time',
  ts: 'timestamptz',
  list: { type: 'list', 'element-id': 0, 'element-required': false, element: 'string' },
  map: { type: 'map', 'key-id': 0, key: 'string', 'value-id': 0, 'value-required': false, value: 'long' },
  st: { type: 'struct', fields: [{ id: 0, name: 'os', required: false, type: 'string' }] },
};
const columns: StructType = {
  type: 'struct',
  fields: Object.entries(types).map(([name, type]) => ({ id: 0, name, required: false, type })),
};

function problems(source: string): readonly string[] {
  const parsed = parseCel(source);
  if (!parsed.ok) throw new Error(parsed.message);
  return checkCel(parsed.expr, { columns }).map(({ message, remedy }) => (remedy ? `${message} (${remedy})` : message));
}

describe('what can be evaluated passes', () => {
  it.each([
    'i == l && f < d && m >= 0 && l > 1.5 && m == 1',
    'i + l * 2 > 3 && -i < 0 && i % 2 == 0 && d / 2.0 < m',
    "s == 'a' || s != null || null == s",
    's < "b" && s + "x" == "yx"',
    "u == '00000000-0000-0000-0000-000000000000'",
    "ts <= kafka.timestamp + duration('10m')",
    "ts - kafka.timestamp < duration('-1h30m')",
    "date_ >= timestamp('2020-01-01T00:00:00Z')",
    "time_ < duration('12h')",
    'date_.getFullYear() > 2000 && ts.getHours() < 12 && time_.getMinutes() == 0 && ts.getDayOfWeek() != 0',
    "s in ['a', 'b'] && i in [1, 2.5] && 'k' in map && s in list",
    'size(s) > 1 && s.size() > 1 && list.size() == size(list) && size(map) < 9 && size(bytes_) > 0',
    "s.startsWith('a') && s.endsWith('b') && s.contains('c') && s.matches('^a+$') && matches(s, r'\\d')",
    's.lowerAscii() == s.upperAscii()',
    "int(s) == 1 && double(i) > 0.5 && string(m) == '1' && int(ts) > 0",
    "timestamp(s) < ts && timestamp(i) < ts && duration(s) > duration('1s')",
    "st.os == 'ios' && has(st.os) && has(map.k)",
    "list[0] == 'a' && map['k'] == 1 && map.k == 1",
    'b ? b : !b',
    "raw.anything[0].x == 1 && raw.y.startsWith('z') && has(raw.q)",
    "kafka.topic == 't' && kafka.partition == 0 && kafka.offset >= 0 && kafka.key != b'' && kafka.headers['h'] == b'x'",
    "{'a': 1, 'b': 2}[s] == 1",
    '(b ? 1 : null) == 1',
    'raw.flag',
  ])('%s', (source) => {
    expect(problems(source)).toEqual([]);
  });
});

describe('what cannot be evaluated, or is never true, is refused', () => {
  it.each([
    ['lits == null', "unknown name 'lits' (did you mean 'list'?)"],
    ['nothing == 1', "unknown name 'nothing' (known: b, i, l, f, d, m, s, u, bytes_, date_, time_, ts, list, map, st, kafka, raw)"],
    ['st.oss == null', "unknown member 'oss' (did you mean 'os'?)"],
    ['kafka.offsets == 1', "unknown member 'offsets' (did you mean 'offset'?)"],
    ['s.x == 1', "a string has no member 'x'"],
    ['s == 1', 'a string and an int are never equal'],
    ['s > 1', 'a string and an int have no order'],
    ["ts > '2020-01-01'", "a timestamp and a string have no order (write timestamp('2026-01-31T00:00:00Z'))"],
    ['ts + 10 > ts', "'+' of a timestamp and an int is not defined (add a duration: duration('10m'))"],
    ['s < null', 'a string and a null have no order'],
    ['list < list', 'a list of string and a list of string have no order'],
    ['i + null == 1', "'+' of an int and a null is not defined"],
    ['d % 2 == 0', "'%' of a double and an int is not defined"],
    ['!i', "expected bool for '!', got an int"],
    ['i && b', "expected bool for '&&', got an int"],
    ['s ? b : b', "expected bool for the condition of '?:', got a string"],
    ['i', 'expected an expression that is true or false, got an int (compare it with something)'],
    ['1 in s', "expected a list or a map after 'in', got a string"],
    ["1 in ['a']", 'an int is never in a list of string'],
    ["list['a'] == 'x'", 'expected an int as the index of a list, got a string'],
    ['map[1] == 1', 'expected a string as the key of this map, got an int'],
    ["st['os'] == 'x'", 'a struct cannot be indexed (select a member: a.b)'],
    ['s.length() > 1', "unknown function 'length'"],
    ["list.all(x, x != '')", 'the macro all() is not supported in this version (state the rule over single values)'],
    ['list.exists(x, true)', 'the macro exists() is not supported'],
    ['size(i) > 0', 'there is no size(int)'],
    ["i.startsWith('a')", 'there is no an int.startsWith(string)'],
    ["ts.getHours('Asia/Seoul') == 1", 'getHours() takes no time zone in this version: it is UTC'],
    ['s.matches(s)', 'the pattern of matches() must be a constant'],
    ["s.matches('(?=a)')", 'no RE2 expression'],
    ["ts < ts + duration('1d')", 'no duration'],
    ["ts < timestamp('2020-01-01')", 'no timestamp'],
    ['has(s)', 'expected a selection in has(): has(a.b)'],
    ['{1.5: 2} == {}', 'expected string or int or bool for a map (as a key), got a double'],
  ])('%s', (source, expected) => {
    const found = problems(source);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('several mistakes are reported together', () => {
    expect(problems('xx == 1 && s > 1 && i')).toHaveLength(3);
  });
});

describe('the table of functions', () => {
  it('has a form for every function and none twice', () => {
    for (const [name, forms] of Object.entries(CEL_FUNCTIONS)) {
      const keys = forms.map((form) => `${form.target}.${name}(${form.args})`);
      expect(keys.length).toBeGreaterThan(0);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});
