// Exact JSON against another reader of the same documents: JSON is YAML, too, and that reader can make every integer a bigint. The
// engine's own parser is no judge of keys with escapes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseExact, stringifyExact } from '../../../src/iceberg/json-exact.ts';

function parseSlowly(text: string): unknown {
  return narrow(parse(text, { intAsBigInt: true, schema: 'json', maxAliasCount: 0 }));
}

function narrow(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(narrow);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, narrow(member)]));
}

/** Texts that look like what the parser marks: digits, quotes, backslashes, its own marker. */
const texts = fc
  .array(fc.constantFrom('"', '\\', '#integer:', '#', '9223372036854775807', '-', ',', ':', '[', ' 12345678901234567890 ', 'é'), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''));
const scalars = fc.oneof(
  texts,
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(null, true, 1e300, 2 ** 53, -(2 ** 60)),
);
const documents = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, scalars, fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(texts, tie('tree'), { maxKeys: 4 })),
})).tree;

describe('exact JSON', () => {
  test('reads every document as another reader does', () => {
    fc.assert(
      fc.property(documents, fc.constantFrom('', ' ', '\n  '), (value, space) => {
        const text = JSON.stringify(value, withRawNumbers, space);
        expect(parseExact(text)).toEqual(parseSlowly(text));
      }),
      { numRuns: 500 },
    );
  });

  test('a key with an escape is read as itself, whatever keys were read before after the same ones', () => {
    const pairs = [
      ['{"p":1,"\\\\":1}', '{"p":1,"\\n":2}'],
      ['{"q":1,"a\\\\\\"":1}', '{"q":1,"a\\"b":2,"__proto__":3,"c":4}'],
    ] as const;
    for (const [before, text] of pairs) {
      JSON.parse(before);
      expect(JSON.stringify(parseExact(before))).toBe(before);
      expect(JSON.stringify(parseExact(text))).toBe(text);
    }
  });

  test('a text that only looks like a marked integer when its escapes are read stays a text', () => {
    for (const escaped of ['\\u0023integer:5', '#\\u0069nteger:5', '##\\u0069\\u006E\\u0074\\u0065\\u0067\\u0065\\u0072\\u003A5']) {
      const text = `{"big":12345678901234567890,"text":"${escaped}","list":["${escaped}"]}`;
      const decoded = JSON.parse(`"${escaped}"`) as string;
      expect(decoded).toMatch(/^#+integer:5$/);
      expect(parseExact(text)).toEqual({ big: 12345678901234567890n, text: decoded, list: [decoded] });
    }
  });

  test('writes what it reads again, and changes nothing of what it is given', () => {
    fc.assert(
      fc.property(documents, (value) => {
        const text = stringifyExact(value);
        expect(text).toBe(JSON.stringify(value, withRawNumbers));
        expect(stringifyExact(parseExact(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test.each(['12345678901234567.5', '1e-12345678901234567', '12345678901234567e2', '0.12345678901234567', '-9007199254740993'])(
    'the number %s is read as the slow way reads it',
    (text) => {
      expect(parseExact(`{"a":${text},"b":[${text}]}`)).toEqual(parseSlowly(`{"a":${text},"b":[${text}]}`));
    },
  );

  test.each(['{"a": 12345678901234567890', '"open', '{"a":1}}', '"\\', ''])('the text %j is refused as the engine refuses it', (text) => {
    expect(() => parseExact(text)).toThrow(SyntaxError);
  });
});

function withRawNumbers(_key: string, member: unknown): unknown {
  return typeof member === 'bigint' ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(member.toString()) : member;
}
