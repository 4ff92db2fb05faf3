// The classes of the public JSON test suites: texts every parser must accept, must reject, and those RFC 8259 leaves open, which
// are settled here. Each text stands as an undeclared member, as a JSON column, and by itself; each is judged by the kernels' path and by
// the plain one, which have to agree.
import { describe, expect, it } from 'vitest';
import type { CompiledTable } from '../../../src/contract/compiled.ts';
import { type Outcome, outcomesOf, rulesOf } from '../../support/oracle/outcome.ts';
import { tableOf } from '../../support/oracle/program.ts';

const TABLE = tableOf({ columns: [{ name: 'json', type: 'json' }] });
const bytes = (...list: number[]) => Buffer.from(list);
const inObject = (key: string, text: string | Buffer) => Buffer.concat([Buffer.from(`{"${key}":`), Buffer.from(text), Buffer.from('}')]);

/** What both paths say. */
function outcomeOf(table: CompiledTable, value: Uint8Array | string): Outcome {
  const hot = outcomesOf(table, [value], { path: 'hot' }).outcomes[0]!;
  expect(hot).toEqual(outcomesOf(table, [value], { path: 'plain' }).outcomes[0]!);
  return hot;
}

const ACCEPTED: readonly string[] = [
  '[]',
  '[ ]',
  '{}',
  '{ }',
  '[[]]',
  '[{}]',
  '[""]',
  '[1]',
  '[1,2]',
  '[null, 1, "1", {}]',
  '[ 4]',
  '[\n1\r\n\t]',
  'true',
  'false',
  'null',
  '0',
  '-0',
  '1',
  '-1',
  '123',
  '1.5',
  '-0.5',
  '0e1',
  '0e+1',
  '1E22',
  '1e-2',
  '1E+2',
  '123e45',
  '0.0000000000000000000001',
  '123.456e78',
  '-123123123123123123123123123123',
  '1e400',
  '1e-400',
  '""',
  '" "',
  '"a"',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
  '"\\u0000"',
  '"\\u0060\\u012a\\u12AB"',
  '"\\ud83d\\udc09"',
  '"\\uDBFF\\uDFFF"',
  '"\u007f"',
  '"€𝄞"',
  '"\u2028\u2029"',
  '"\ufeff"',
  '"\uffff"',
  '"\\u0061"',
  '{"a":"b","c":{}}',
  '{"":0}',
  '{"a":[]}',
  '{"a\\u0000b":1}',
  '{"a":"b" , "c":1}',
  '{"__proto__":1,"constructor":2}',
  '[1,null,null,null,2]',
  '[[]   ]',
  '-1e+9999',
  '1.5e+9999',
  '0.4e006699999999999999999999999999999999999999999999',
  '100000000000000000000',
  '-0.000000000000000000000000000000000000000000000000000000000000000000000000000001',
  '"\\uA66D"',
  '"\\\\u0000"',
  '{"min":-1.0e+28,"max":1.0e+28}',
  '{"x":[{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}],"id":"bbbbbbbbbbbbbbbb"}',
]; // prettier-ignore

const REJECTED: readonly string[] = [
  '',
  ' ',
  '[',
  ']',
  '{',
  '}',
  '[1',
  '[1,',
  '[,1]',
  '[1,]',
  '[1,,2]',
  '[1 2]',
  '[1:2]',
  '["a" "b"]',
  '[a]',
  '[1]]',
  '{]',
  '[}',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{,"a":1}',
  '{"a":1,,"b":2}',
  '{a:1}',
  "{'a':1}",
  '{1:1}',
  '{"a" "b"}',
  '{"a":"b"}/**/',
  '{"a":1 "b":2}',
  '{"a"::1}',
  '{"a",1}',
  '{null:1}',
  '{"a":1;}',
  'nul',
  'nulll',
  'NULL',
  'True',
  'tru',
  'truee',
  'fals',
  'NaN',
  'Infinity',
  '-Infinity',
  'undefined',
  'None',
  '+1',
  '01',
  '-01',
  '00',
  '1.',
  '.5',
  '-.5',
  '1.e1',
  '1e',
  '1e+',
  '1E-',
  '1e1.5',
  '0x1',
  '1_000',
  '1 000',
  '--1',
  '-',
  '-a',
  '1a',
  '1.2.3',
  '2.e3',
  '0e',
  '1eE2',
  '\uff11',
  '"',
  '"a',
  '"\\"',
  '"\\',
  '"\\a"',
  '"\\x41"',
  '"\\u"',
  '"\\u12"',
  '"\\u12G4"',
  '"\\U0041"',
  '"\\\u0000"',
  '"\n"',
  '"\t"',
  '"\u0000"',
  '"\u001f"',
  '"\\ud800\\u"',
  '"\\🌀"',
  "'a'",
  '`a`',
  '/* */1',
  '// x\n1',
  '#1',
  '<null>',
  '[1]x',
  '{}x',
  '1,2',
  '{} {}',
  '""x',
  '\u00a01',
  '\u2060',
  '\f1',
  '\v1',
  '\ufeff1',
  '1\u0000',
  '@',
  '*',
  '$',
  '\\u0061',
  '{"a":1}}',
  '["",',
  '["x"',
  '[3',
  '{[',
  '{"a',
  '{"',
  '{"":',
  '[\\u000A""]',
  '["\\{["\\{',
  '2@',
  '[1],',
  '[ false, nu',
  '[ true, fals',
  '123\u0000',
  '[][]',
  '{"a":/*x*/"b"}',
  '["a\u0000a"]',
  '{"a":"b"}#',
  '{"a":"a" 123}',
]; // prettier-ignore

describe('texts that RFC 8259 calls JSON', () => {
  it.each(ACCEPTED)('%j is accepted wherever it stands, and kept as sent', (text) => {
    const undeclared = outcomeOf(TABLE, inObject('other', text));
    expect([undeclared.verdict, undeclared.row['undeclared']]).toEqual(['accepted', `{"other":${text}}`]);
    const column = outcomeOf(TABLE, inObject('json', text));
    expect([column.verdict, column.row['json']]).toEqual(['accepted', text === 'null' ? null : text]);
    const alone = outcomeOf(TABLE, text);
    expect(alone.verdict === 'accepted' || rulesOf(alone)[0] === 'not-object@').toBe(true);
    expect(alone.verdict === 'accepted').toBe(text.startsWith('{'));
  });
});

describe('the kernels themselves', () => {
  it('settle every accepted text but members whose names have escapes', () => {
    for (const text of ACCEPTED) {
      const { result } = outcomesOf(TABLE, [inObject('other', text), inObject('json', text)], { path: 'hot' });
      expect([text, result.kernelRecords]).toEqual([text, /\\u[^"]*":/.test(text) ? 0 : 2]);
    }
  });
});

describe('texts that are no JSON', () => {
  it.each(REJECTED)('%j is rejected wherever it stands, for that one reason', (text) => {
    for (const key of ['other', 'json']) expect(rulesOf(outcomeOf(TABLE, inObject(key, text)))).toEqual(['not-json@']);
    expect(rulesOf(outcomeOf(TABLE, text))).toEqual([text === '' ? 'empty-value@' : 'not-json@']);
  });

  it('name the byte where the text stops being JSON', () => {
    expect(outcomeOf(TABLE, '{"a":tru}').reasons[0]!.message).toBe('expected JSON, got another byte at 8');
    expect(outcomeOf(TABLE, '{"a":1').reasons[0]!.message).toBe('expected JSON, got the end of the value');
  });

  it('have that reason alone, whatever else is wrong with them', () => {
    const table = tableOf({ columns: [{ name: 'n', type: 'int' }] });
    expect(rulesOf(outcomeOf(table, '{"n":"x","n":1,"s":"\\ud800",'))).toEqual(['not-json@']);
  });
});

describe('bytes that are no UTF-8', () => {
  it.each<[string, Buffer]>([
    ['a lone continuation byte', bytes(0x80)],
    ['a sequence cut short', bytes(0xe2, 0x82)],
    ['an overlong slash', bytes(0xc0, 0xaf)],
    ['an overlong NUL', bytes(0xc0, 0x80)],
    ['an overlong three-byte form', bytes(0xe0, 0x80, 0xaf)],
    ['half a surrogate pair', bytes(0xed, 0xa0, 0x80)],
    ['a surrogate pair in CESU-8', bytes(0xed, 0xa0, 0xbd, 0xed, 0xb0, 0x89)],
    ['a code point above U+10FFFF', bytes(0xf4, 0x90, 0x80, 0x80)],
    ['a five-byte form', bytes(0xf8, 0x88, 0x80, 0x80, 0x80)],
    ['0xff', bytes(0xff)],
    ['latin-1 text', bytes(0xe9)],
  ])('%s is rejected in a value, a key and a column, even in broken JSON', (_, bad) => {
    const quoted = Buffer.concat([bytes(0x22), bad, bytes(0x22)]);
    for (const value of [
      inObject('other', quoted),
      inObject('json', quoted),
      Buffer.concat([Buffer.from('{'), quoted, Buffer.from(':1}')]),
      bad,
    ]) {
      expect(rulesOf(outcomeOf(TABLE, value))).toEqual(['invalid-utf8@']);
    }
  });

  it('are found when a neighbour in the batch would complete them', () => {
    // The last bytes of one value and the first of the next are one character only if the border between them is ignored.
    const table = tableOf({ columns: [{ name: 'json', type: 'json' }] });
    expect(rulesOf(outcomeOf(table, bytes(0x82, 0xac, 0x7b, 0x7d)))).toEqual(['invalid-utf8@']);
  });
});

describe('what RFC 8259 leaves open is settled', () => {
  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":{"c":1,"c":2}}',
    '{"x":[{"a":1,"a":2}]}',
    '{"a":1,"\\u0061":2}',
    '{"json":1,"js\\u006fn":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
  ])('%s repeats a key', (text) => {
    expect(rulesOf(outcomeOf(TABLE, text))).toEqual(['duplicate-key@']);
  });

  it('a key that is repeated among very many is found, and one that is not is not', () => {
    const members = Array.from({ length: 5_000 }, (_, i) => `"k${i}":${i}`);
    expect(outcomeOf(TABLE, `{${members.join(',')}}`).verdict).toBe('accepted');
    expect(rulesOf(outcomeOf(TABLE, `{${members.join(',')},"k77":0}`))).toEqual(['duplicate-key@']);
  });

  it.each(['"\\ud800"', '"\\udc00"', '"\\ud800\\ud800"', '"\\udc00\\ud800"', '"\\ud800x\\udc00"', '{"\\ud83d":1}', '["a","\\uDBFF"]'])(
    '%s has a lone surrogate',
    (text) => {
      for (const key of ['other', 'json']) expect(rulesOf(outcomeOf(TABLE, inObject(key, text)))).toEqual(['lone-surrogate@']);
    },
  );

  it('64 levels of nesting are read, 65 are too deep, and broken JSON below is broken JSON', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    expect(outcomeOf(TABLE, nested(64)).verdict).toBe('accepted');
    expect(rulesOf(outcomeOf(TABLE, nested(65)))).toEqual(['too-deep@']);
    expect(rulesOf(outcomeOf(TABLE, nested(100_000)))).toEqual(['too-deep@']);
    expect(rulesOf(outcomeOf(TABLE, `{"a":${'['.repeat(70)}`))).toEqual(['not-json@']);
    expect(rulesOf(outcomeOf(TABLE, `${'['.repeat(70)}${']'.repeat(70)}`))).toEqual(['not-object@']);
  });

  it('a byte order mark is no JSON', () => {
    expect(rulesOf(outcomeOf(TABLE, '\ufeff{}'))).toEqual(['not-json@']);
  });
});
