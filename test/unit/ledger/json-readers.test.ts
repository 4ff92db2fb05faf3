// Readers of JSON data: each takes exactly its own values, and a refusal names where, what was expected and the kind of what was got.
import { describe, expect, it } from 'vitest';
import { InputRefusedError } from '../../../src/errors.ts';
import {
  anything,
  base64,
  count,
  flag,
  integer,
  list,
  literal,
  nullable,
  object,
  type Reader,
  ranges,
  record,
  text,
  tuple,
} from '../../../src/ledger/json-readers.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;
interface Case {
  readonly name: string;
  readonly reader: Reader<unknown>;
  readonly takes: readonly unknown[];
  /** Value → what the refusal says. */
  readonly refuses: readonly (readonly [unknown, string])[];
}

const CASES: readonly Case[] = [
  {
    name: 'text',
    reader: text,
    takes: ['', 'a'],
    refuses: [
      [1, 'at: expected text, got number;'],
      [null, 'at: expected text, got null;'],
      [['a'], 'at: expected text, got list;'],
      [{}, 'at: expected text, got object;'],
      [undefined, 'at: expected text, got undefined;'],
    ],
  },
  {
    name: 'a boolean',
    reader: flag,
    takes: [true, false],
    refuses: [
      ['true', 'expected boolean, got string'],
      [null, 'expected boolean, got null'],
      [0, 'expected boolean, got number'],
    ],
  },
  {
    name: 'a count',
    reader: count,
    takes: [0, 1, LARGEST],
    refuses: [
      [-1, 'expected an integer from 0, got number'],
      [0.5, 'expected an integer from 0'],
      [LARGEST + 1, 'expected an integer from 0'],
      ['1', 'expected an integer from 0, got string'],
    ],
  },
  {
    name: 'an integer',
    reader: integer,
    takes: [0, -1, -LARGEST, LARGEST],
    refuses: [
      [0.5, 'expected a safe integer, got number'],
      [-LARGEST - 1, 'expected a safe integer'],
      ['1', 'expected a safe integer, got string'],
    ],
  },
  {
    name: 'base64',
    reader: base64,
    takes: ['', 'QQ==', 'QUI=', 'QUJD', 'QUJDQQ==', '+/+/'],
    refuses: [
      ['Q', 'expected base64 text, got string'],
      ['QUJ', 'expected base64 text'],
      ['QQ==QQ==', 'expected base64 text'],
      ['Q-_=', 'expected base64 text'],
      [1234, 'expected base64 text, got number'],
    ],
  },
  {
    name: 'one of some values',
    reader: literal<string | number>('a', 2),
    takes: ['a', 2],
    refuses: [
      ['b', 'expected one of a, 2, got string'],
      ['2', 'expected one of a, 2'],
      [null, 'expected one of a, 2, got null'],
    ],
  },
  {
    name: 'a value or null',
    reader: nullable(count),
    takes: [null, 3],
    refuses: [
      [undefined, 'expected an integer from 0, got undefined'],
      ['', 'expected an integer from 0, got string'],
    ],
  },
  {
    name: 'a list',
    reader: list(count),
    takes: [[], [1, 2]],
    refuses: [
      [{ length: 0 }, 'at: expected a list, got object'],
      [null, 'at: expected a list, got null'],
      [[1, 'x'], 'at[1]: expected an integer from 0'],
    ],
  },
  {
    name: 'a list of fixed length',
    reader: tuple<readonly [number, string]>(count, text),
    takes: [[1, 'a']],
    refuses: [
      [[1], 'at: expected a list of 2, got list'],
      [[1, 'a', 'b'], 'at: expected a list of 2, got list'],
      [{ length: 2, 0: 1, 1: 'a' }, 'at: expected a list of 2, got object'],
      [null, 'at: expected a list of 2, got null'],
      [['a', 1], 'at[0]: expected an integer from 0'],
    ],
  },
  {
    name: 'a record',
    reader: record(count),
    takes: [{}, { a: 1, b: 2 }],
    refuses: [
      [[1], 'at: expected an object, got list'],
      [null, 'at: expected an object, got null'],
      ['a', 'at: expected an object, got string'],
      [{ a: 'x' }, 'at.a: expected an integer from 0'],
    ],
  },
  {
    name: 'an object',
    reader: object<{ a: number; b?: string }>({ a: count, b: text }, ['b']),
    takes: [{ a: 1 }, { a: 1, b: 'x' }],
    refuses: [
      [{}, 'at.a: expected a value, got undefined'],
      [{ a: 1, c: 2 }, 'at.c: expected no such member, got number'],
      [{ a: 1, b: null }, 'at.b: expected text, got null'],
      [[], 'at: expected an object, got list'],
      [null, 'at: expected an object, got null'],
      [7, 'at: expected an object, got number'],
    ],
  },
  {
    name: 'canonical ranges',
    reader: ranges,
    takes: [
      [],
      [
        [0, 1],
        [2, 4],
      ],
    ],
    refuses: [
      [
        [
          [0, 2],
          [2, 4],
        ],
        'expected ascending ranges that do not touch, got list',
      ],
      [[[3, 3]], 'expected ascending ranges'],
      [[[0, 1, 2]], 'at[0]: expected a list of 2'],
    ],
  },
];

describe('a reader of JSON data', () => {
  it.each(CASES.map((one) => [one.name, one] as const))('of %s takes its values as they are and refuses all others', (_, one) => {
    for (const value of one.takes) expect(one.reader(value, 'at')).toEqual(value);
    for (const [value, message] of one.refuses) {
      expect(() => one.reader(value, 'at')).toThrow(InputRefusedError);
      expect(() => one.reader(value, 'at')).toThrow(message);
    }
  });

  it('of anything takes anything', () => {
    for (const value of [null, 1, 'a', [{}]]) expect(anything(value, 'at')).toBe(value);
  });
});
