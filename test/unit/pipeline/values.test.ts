import { describe, expect, it } from 'vitest';
import type { CleanStep, TimeFormat } from '../../../src/contract/compiled.ts';
import type { PrimitiveType } from '../../../src/contract/types.ts';
import { type Outcome, outcomeOf, rulesOf } from '../../support/oracle/outcome.ts';
import { type ColumnSpec, tableOf } from '../../support/oracle/program.ts';

function read(
  type: ColumnSpec['type'],
  text: string,
  more: { readonly clean?: readonly CleanStep[]; readonly formats?: readonly TimeFormat[] } = {},
): Outcome {
  return outcomeOf(tableOf({ columns: [{ name: 'c', type, ...more }] }), `{"c":${text}}`);
}

const MISFIT = ['type@c'];
const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;

describe('a number becomes exactly the value it is written as, or a violation', () => {
  it.each<[PrimitiveType, string, unknown]>([
    ['long', '9007199254740993', 9_007_199_254_740_993n],
    ['long', '-9223372036854775808', -(2n ** 63n)],
    ['long', '9223372036854775807', 2n ** 63n - 1n],
    ['long', '1.0', 1n],
    ['long', '1e2', 100n],
    ['long', '-0', 0n],
    ['int', '2147483647', 2_147_483_647],
    ['int', '100000000000000000000e-20', 1],
    ['decimal(18,4)', '0.1e1', 10_000n],
    ['decimal(18,4)', '99999999999999.9999', 999_999_999_999_999_999n],
    ['decimal(38,2)', '-123456789012345678901234567890123456.78', -12_345_678_901_234_567_890_123_456_789_012_345_678n],
    ['double', '-0', -0],
    ['double', '0.1', 0.1],
    ['double', '2.2250738585072011e-308', Number('2.2250738585072011e-308')],
    ['float', '16777217', 16_777_216],
    // Midway between two singles as a double, above it as written: rounding twice would go down.
    ['float', '1.00000005960464477539062500001', 1 + 2 ** -23],
  ])('%s %s', (type, text, expected) => {
    expect(read(type, text).row['c']).toBe(expected);
  });

  it.each<[PrimitiveType, string]>([
    ['long', '3.7'],
    ['long', '9223372036854775808'],
    ['long', '1e-1'],
    ['long', '1e1000000000'],
    ['long', '"5"'],
    ['long', 'true'],
    ['long', '1'.repeat(401)],
    ['int', '2147483648'],
    ['decimal(18,4)', '12.34567'],
    ['decimal(18,4)', '100000000000000'],
    ['decimal(38,0)', '1e38'],
    ['double', '1e400'],
    ['float', '3.4028235677973367e38'],
    ['double', '"NaN"'],
    ['boolean', '1'],
    ['boolean', '"true"'],
    ['string', '1'],
  ])('%s refuses %s', (type, text) => {
    expect(rulesOf(read(type, text))).toEqual(MISFIT);
  });
});

describe('a time is a real instant in the declared form, or a violation', () => {
  it.each<[PrimitiveType, string, unknown]>([
    ['timestamptz', '"2026-02-28T23:59:59.123456Z"', micros('2026-02-28T23:59:59.123Z') + 456n],
    ['timestamptz', '"2026-01-01t00:00:00+05:30"', micros('2025-12-31T18:30:00Z')],
    ['timestamptz', '"9999-12-31T23:59:59.999999Z"', micros('9999-12-31T23:59:59.999Z') + 999n],
    ['timestamptz', '"0001-01-01T00:00:00z"', micros('0001-01-01T00:00:00Z')],
    ['timestamptz', '"2026-01-01T00:00:00.123456000Z"', micros('2026-01-01T00:00:00.123Z') + 456n],
    ['timestamp', '"2024-02-29T12:00:00"', micros('2024-02-29T12:00:00Z')],
    ['timestamptz_ns', '"2026-01-01T00:00:00.123456789Z"', micros('2026-01-01T00:00:00.123Z') * 1000n + 456_789n],
    ['date', '"1969-12-31"', -1],
    ['time', '"23:59"', 86_340_000_000n],
    ['time', '"00:00:00.5"', 500_000n],
  ])('%s %s', (type, text, expected) => {
    expect(read(type, text).row['c']).toBe(expected);
  });

  it.each<[PrimitiveType, string]>([
    ['timestamptz', '"2026-02-30T00:00:00Z"'],
    ['timestamptz', '"2026-01-01T24:00:00Z"'],
    ['timestamptz', '"2026-12-31T23:59:60Z"'],
    ['timestamptz', '"2026-01-01T00:00:00"'],
    ['timestamptz', '"2026-01-01 00:00:00Z"'],
    ['timestamptz', '"2026-01-01T00:00Z"'],
    ['timestamptz', '"2026-01-01T00:00:00.1234567Z"'],
    ['timestamptz', '"2026-01-01T00:00:00.0000000000Z"'],
    ['timestamptz', '"0000-01-01T00:00:00Z"'],
    ['timestamptz', '"0001-01-01T00:00:00+00:01"'],
    ['timestamptz', '1700000000000'],
    ['timestamp', '"2026-01-01T00:00:00Z"'],
    ['date', '"2025-02-29"'],
    ['date', '"2026-01-01T00:00:00Z"'],
    ['time', '"24:00:00"'],
    ['timestamptz_ns', '"2300-01-01T00:00:00Z"'],
  ])('%s refuses %s', (type, text) => {
    expect(rulesOf(read(type, text))).toEqual(MISFIT);
  });

  it('the formats of a column are tried in order, numbers by unit, texts by pattern', () => {
    const formats: TimeFormat[] = [{ kind: 'epoch', unit: 'millis' }, { kind: 'pattern', pattern: 'yyyy/MM/dd HH:mm' }, { kind: 'iso' }];
    for (const text of ['1767225600000', '1.7672256e12', '"2026/01/01 00:00"', '"2026-01-01T00:00:00Z"']) {
      expect(read('timestamptz', text, { formats }).row['c']).toBe(micros('2026-01-01T00:00:00Z'));
    }
    expect(rulesOf(read('timestamptz', '1767225600000.5', { formats }))).toEqual(MISFIT);
    expect(rulesOf(read('timestamptz', '"2026/02/30 00:00"', { formats }))).toEqual(MISFIT);
  });
});

describe('text is kept byte for byte, unless it is to be cleaned', () => {
  it('escapes become the characters they stand for', () => {
    expect(read('string', '"\\u00e9\\ud83d\\udc09\\n\\/\\u0000"').row['c']).toBe('é🐉\n/\0');
  });

  it('cleaning goes in the declared order, by Unicode, and before validation', () => {
    expect(read('string', '"\\u00a0 straße\\u2003"', { clean: ['trim', 'upper'] }).row['c']).toBe('STRASSE');
    expect(read('string', '"\\ufeffx"', { clean: ['trim'] }).row['c']).toBe('\ufeffx');
    expect(read('string', '" "', { clean: ['trim', 'empty-to-null'] }).row['c']).toBeNull();
    expect(read('string', '" "', { clean: ['empty-to-null', 'trim'] }).row['c']).toBe('');
    expect(read('string', '"e\\u0301"', { clean: ['nfc'] }).row['c']).toBe('é');
    expect(read('uuid', '" 01234567-89AB-cdef-0123-456789abcdef "', { clean: ['trim'] }).row['c']).toEqual(
      Uint8Array.from(Buffer.from('0123456789abcdef0123456789abcdef', 'hex')),
    );
  });

  it('coerce reads numbers, booleans and epoch times in strings, and nothing else', () => {
    const clean: CleanStep[] = ['trim', 'coerce'];
    expect(read('long', '" 9007199254740993 "', { clean }).row['c']).toBe(9_007_199_254_740_993n);
    expect(read('decimal(18,4)', '"-0.9900"', { clean }).row['c']).toBe(-9_900n);
    expect(read('boolean', '"true"', { clean }).row['c']).toBe(true);
    expect(read('timestamptz', '"1000"', { clean, formats: [{ kind: 'epoch', unit: 'seconds' }] }).row['c']).toBe(1_000_000_000n);
    for (const text of ['"+5"', '"05"', '"5x"', '""', '"0x10"', '"1 "']) {
      expect(rulesOf(read('long', text, { clean: ['coerce'] }))).toEqual(MISFIT);
    }
  });

  it('uuid and base64 text is strict', () => {
    expect(read('binary', '"AAEC"').row['c']).toEqual(Uint8Array.of(0, 1, 2));
    expect(read('fixed[2]', '"AAE="').row['c']).toEqual(Uint8Array.of(0, 1));
    for (const text of ['"AAE"', '"AB=="', '"A-_A"', '"AAE= "', '"===="']) expect(rulesOf(read('binary', text))).toEqual(MISFIT);
    expect(rulesOf(read('fixed[2]', '"AAEC"'))).toEqual(MISFIT);
    expect(rulesOf(read('uuid', '"0123456789abcdef0123456789abcdef"'))).toEqual(MISFIT);
  });
});

describe('what the contract does not name is captured as sent', () => {
  const table = tableOf({
    columns: [
      { name: 'a', type: 'int' },
      { name: 'o', type: 'struct', children: [{ name: 'x', type: 'int' }] },
      { name: 'deep', type: 'string', paths: [['p', 'q', 'r']] },
      { name: 'l', type: 'list', children: [{ name: 'element', type: 'struct', children: [{ name: 'k', type: 'int' }] }] },
    ],
  });

  it.each([
    ['{"a":1}', null],
    ['{"z": { "y" : 1.50 }, "a":1}', '{"z":{ "y" : 1.50 }}'],
    ['{"o":{"x":1,"y":2},"b":"\\u0041"}', '{"o":{"y":2},"b":"\\u0041"}'],
    ['{"p":{"q":{"r":"s","t":1},"u":[]}}', '{"p":{"q":{"t":1},"u":[]}}'],
    ['{"p":7}', '{"p":7}'],
    ['{"p":null}', null],
    ['{"l":[{"k":1},{"k":2,"m":3},{"m":{}}]}', '{"l":[null,{"m":3},{"m":{}}]}'],
    ['{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}'],
    ['{"\\u007a":1}', '{"\\u007a":1}'],
  ])('%s leaves %s', (text, undeclared) => {
    const outcome = outcomeOf(table, text);
    expect([outcome.verdict, outcome.row['undeclared']]).toEqual(['accepted', undeclared]);
  });

  it('ignored or refused instead where the contract says so, and counted in every mode', () => {
    const columns: ColumnSpec[] = [{ name: 'a', type: 'int' }];
    expect(outcomeOf(tableOf({ columns, undeclared: 'ignore' }), '{"b":1,"c":2}')).toMatchObject({
      verdict: 'accepted',
      counts: { 'undeclared:ignore': 2 },
    });
    const refused = outcomeOf(tableOf({ columns, undeclared: 'quarantine' }), '{"b":1,"c":2}');
    expect(rulesOf(refused)).toEqual(['undeclared@']);
    expect(refused.counts['undeclared:quarantine']).toBe(2);
    expect(outcomeOf(tableOf({ columns }), '{"b":1,"c":2}').counts['undeclared:capture']).toBe(2);
  });

  it('of several paths the first that is there wins, even with null', () => {
    const two = tableOf({ columns: [{ name: 'c', type: 'string', paths: [['a', 'b'], ['c']] }] });
    expect(outcomeOf(two, '{"c":"2","a":{"b":"1"}}').row['c']).toBe('1');
    expect(outcomeOf(two, '{"c":"2","a":{}}').row['c']).toBe('2');
    expect(outcomeOf(two, '{"c":"2","a":{"b":null}}').row['c']).toBeNull();
  });
});
