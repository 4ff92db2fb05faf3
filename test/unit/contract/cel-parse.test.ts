import { describe, expect, it } from 'vitest';
import { parseCel } from '../../../src/contract/cel/parse.ts';
import type { CelExpr } from '../../../src/contract/compiled.ts';
import { LIMITS } from '../../../src/contract/limits.ts';

/** The expression with every parenthesis written. */
function full(expr: CelExpr): string {
  switch (expr.op) {
    case 'literal':
      if (expr.value instanceof Uint8Array) return `b<${[...expr.value].join(' ')}>`;
      return typeof expr.value === 'bigint'
        ? `${expr.value}`
        : typeof expr.value === 'number'
          ? `${expr.value}d`
          : JSON.stringify(expr.value);
    case 'ident':
      return expr.name;
    case 'select':
      return `${full(expr.object)}.${expr.member}`;
    case 'index':
      return `${full(expr.object)}[${full(expr.index)}]`;
    case 'call':
      return `${expr.target ? `${full(expr.target)}.` : ''}${expr.name}(${expr.args.map(full).join(', ')})`;
    case 'list':
      return `[${expr.items.map(full).join(', ')}]`;
    case 'map':
      return `{${expr.entries.map(([key, value]) => `${full(key)}: ${full(value)}`).join(', ')}}`;
    case '!':
      return `(!${full(expr.operand)})`;
    case 'neg':
      return `(-${full(expr.operand)})`;
    case '?:':
      return `(${full(expr.condition)} ? ${full(expr.then)} : ${full(expr.otherwise)})`;
    default:
      return `(${full(expr.left)} ${expr.op} ${full(expr.right)})`;
  }
}

function read(source: string): string {
  const parsed = parseCel(source);
  return parsed.ok ? full(parsed.expr) : `! ${parsed.message} @${parsed.at}`;
}

describe('operators bind as the language definition says', () => {
  it.each([
    ['a || b && c', '(a || (b && c))'],
    ['a && b || c && d', '((a && b) || (c && d))'],
    ['a == b && c < d', '((a == b) && (c < d))'],
    ['a + b * c - d', '((a + (b * c)) - d)'],
    ['a - b - c', '((a - b) - c)'],
    ['a / b % c', '((a / b) % c)'],
    ['!a && b', '((!a) && b)'],
    ['!!a', '(!(!a))'],
    ['-a.b', '(-a.b)'],
    ['- -a', '(-(-a))'],
    ['a in [1, 2] == true', '((a in [1, 2]) == true)'],
    ['a ? b : c ? d : e', '(a ? b : (c ? d : e))'],
    ['a || b ? c : d', '((a || b) ? c : d)'],
    ['(a || b) && c', '((a || b) && c)'],
    ['a.b[0].c("x").d', 'a.b[0].c("x").d'],
    ['a < b == c', '((a < b) == c)'],
    ['x.all(e, e > 0)', 'x.all(e, (e > 0))'],
    ['.a.b', 'a.b'],
    ['a.`b-c`', 'a.b-c'],
    ['a.package', 'a.package'],
    ['a // words\n + b', '(a + b)'],
    ["{'a': 1, 'b': [2,],}", '{"a": 1, "b": [2]}'],
    ['[]', '[]'],
    ['{}', '{}'],
    ['f()', 'f()'],
  ])('%s', (source, expected) => {
    expect(read(source)).toBe(expected);
  });
});

describe('literals keep their value', () => {
  it.each([
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['-5', '-5'],
    ['0xFF', '255'],
    ['0xffu', '255'],
    ['18446744073709551615u', '18446744073709551615'],
    ['1.5', '1.5d'],
    ['.5', '0.5d'],
    ['1e3', '1000d'],
    ['-2.5E-1', '-0.25d'],
    ['true', 'true'],
    ['null', 'null'],
    ["'it''s'", '! expected the end of the expression, got a string @4'],
    [`"a\\tb\\x41\\u00e9\\U0001F600\\101\\\\"`, JSON.stringify('a\tbAé😀A\\')],
    [`r'\\d+'`, JSON.stringify('\\d+')],
    [`"""a"b\nc"""`, JSON.stringify('a"b\nc')],
    [`b'a\\xff\\377é'`, 'b<97 255 255 195 169>'],
    [`br'\\x'`, 'b<92 120>'],
  ])('%s', (source, expected) => {
    expect(read(source)).toBe(expected);
  });
});

describe('what is no expression is refused with the place', () => {
  it.each([
    ['', '! expected a value, got the end @0'],
    ['a b', "! expected the end of the expression, got 'b' @2"],
    ['a = b', "! the character '=' is not expected; equality is '==' @2"],
    ['a & b', "! the character '&' is not expected; the operator is '&&' @2"],
    ['a +', '! expected a value, got the end @3'],
    ['(a', "! expected ')', got the end @2"],
    ['f(a,)', "! expected a value, got ')' @4"],
    ['a ? b', "! expected ':', got the end @5"],
    ["'abc", '! a string is not closed @0'],
    ["'a\nb'", '! a string is not closed @0'],
    ["'\\q'", '! an unknown escape in a string; write \\\\ for a backslash, or r"…" for a raw string @1'],
    ["'\\ud800'", '! an escape is no Unicode character @1'],
    ["b'\\u0041'", '! \\u and \\U do not belong in bytes @2'],
    ['9223372036854775808', '! the integer does not fit 64 bits @0'],
    ['18446744073709551616u', '! the integer does not fit 64 bits @0'],
    ['1e999', '! the number does not fit a double @0'],
    ['1abc', '! a number runs into a name @0'],
    ['for', "! 'for' is a reserved word @0"],
    ['T{a: 1}', '! messages (`Type{…}`) are not supported @1'],
    ['a.1', '! expected the end of the expression, got a number @1'],
    ['!-a', "! expected a value after '!', got '-'; use parentheses @1"],
  ])('%s', (source, expected) => {
    expect(read(source)).toBe(expected);
  });

  it('nesting, chains and length are bounded', () => {
    expect(read(`${'('.repeat(100)}a${')'.repeat(100)}`)).toContain(`nested deeper than ${LIMITS.celDepthMax}`);
    expect(read(`${'!'.repeat(100)}a`)).toContain(`nested deeper than ${LIMITS.celDepthMax}`);
    expect(
      read(
        Array(LIMITS.celChainMax + 2)
          .fill('a')
          .join('||'),
      ),
    ).toContain(`more than ${LIMITS.celChainMax} operators`);
    expect(read(`a${'.b'.repeat(100)}`)).toContain('selections in one chain');
    expect(read(`'${'x'.repeat(LIMITS.celSourceBytesMax)}'`)).toContain('longer than');
  });
});
