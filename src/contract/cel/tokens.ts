// CEL's lexical grammar: identifiers, numbers, strings in all their forms, operators, comments. Source: CEL language definition,
// "Syntax" and "String and Bytes Values".

export type CelToken = { readonly at: number } & (
  | { readonly kind: 'end' }
  | { readonly kind: 'ident'; readonly text: string }
  | { readonly kind: 'quoted-ident'; readonly text: string }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'int'; readonly value: bigint; readonly isUnsigned: boolean }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
);

/** A place where the text is no CEL; caught by parseCel and by nobody else. */
export class CelSyntaxError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const OPERATORS = [
  '&&',
  '||',
  '==',
  '!=',
  '<=',
  '>=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '!',
  '?',
  ':',
  '.',
  ',',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
];
const SPACE = /[\t\n\f\r ]/;
const STRING_START = /([bB]?)([rR]?)("""|'''|"|')/y;
const NUMBER = /0[xX][0-9a-fA-F]+[uU]?|(?:[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)|[0-9]+[uU]?/y;
const IDENT = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const QUOTED_IDENT = /`([a-zA-Z0-9_.\-/ ]+)`/y;
const UINT_MAX = 2n ** 64n - 1n;
const INT_MIN_MAGNITUDE = 2n ** 63n;

/** All tokens of the source, the last one `end`. Throws CelSyntaxError. */
export function tokenizeCel(source: string): readonly CelToken[] {
  const tokens: CelToken[] = [];
  let at = 0;
  for (;;) {
    at = skipSpace(source, at);
    if (at >= source.length) {
      tokens.push({ kind: 'end', at: source.length });
      return tokens;
    }
    const read = readToken(source, at);
    tokens.push(read.token);
    at = read.end;
  }
}

interface ReadToken {
  readonly token: CelToken;
  readonly end: number;
}

function readToken(source: string, at: number): ReadToken {
  const string = matchAt(STRING_START, source, at);
  if (string)
    return readString(source, at, { prefix: string[0].length, isBytes: string[1] !== '', isRaw: string[2] !== '', quote: string[3]! });
  const number = matchAt(NUMBER, source, at);
  if (number) return readNumber(source, at, number[0]);
  const ident = matchAt(IDENT, source, at);
  if (ident) return { token: { kind: 'ident', text: ident[0], at }, end: at + ident[0].length };
  const quoted = matchAt(QUOTED_IDENT, source, at);
  if (quoted) return { token: { kind: 'quoted-ident', text: quoted[1]!, at }, end: at + quoted[0].length };
  const operator = OPERATORS.find((text) => source.startsWith(text, at));
  if (operator) return { token: { kind: 'operator', text: operator, at }, end: at + operator.length };
  const hint =
    source[at] === '='
      ? "; equality is '=='"
      : source[at] === '&' || source[at] === '|'
        ? `; the operator is '${source[at]!.repeat(2)}'`
        : '';
  throw new CelSyntaxError(`the character '${String.fromCodePoint(source.codePointAt(at)!)}' is not expected${hint}`, at);
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function skipSpace(source: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < source.length && SPACE.test(source[at]!)) at++;
    if (!source.startsWith('//', at)) return at;
    while (at < source.length && source[at] !== '\n') at++;
  }
}

function readNumber(source: string, at: number, text: string): ReadToken {
  const end = at + text.length;
  if (/[_a-zA-Z0-9]/.test(source[end] ?? '')) throw new CelSyntaxError('a number runs into a name', at);
  if (!/^0[xX]/.test(text) && /[.eE]/.test(text)) {
    const value = Number(text);
    if (!Number.isFinite(value)) throw new CelSyntaxError('the number does not fit a double', at);
    return { token: { kind: 'double', value, at }, end };
  }
  const isUnsigned = /[uU]$/.test(text);
  const value = BigInt(isUnsigned ? text.slice(0, -1) : text);
  // 2^63 itself is let through for the literal −2^63; the parser refuses it anywhere else.
  if (value > (isUnsigned ? UINT_MAX : INT_MIN_MAGNITUDE)) throw new CelSyntaxError('the integer does not fit 64 bits', at);
  return { token: { kind: 'int', value, isUnsigned, at }, end };
}

interface StringForm {
  readonly prefix: number;
  readonly isBytes: boolean;
  readonly isRaw: boolean;
  readonly quote: string;
}

function readString(source: string, at: number, form: StringForm): ReadToken {
  const parts: (string | number)[] = [];
  let i = at + form.prefix;
  while (!source.startsWith(form.quote, i)) {
    const char = source[i];
    if (char === undefined || (form.quote.length === 1 && (char === '\n' || char === '\r'))) {
      throw new CelSyntaxError('a string is not closed', at);
    }
    if (char === '\\' && !form.isRaw) {
      const read = readEscape(source, i, form.isBytes);
      parts.push(read.value);
      i = read.end;
    } else if (char === '\\') {
      if (source[i + 1] === undefined) throw new CelSyntaxError('a string is not closed', at);
      parts.push(source.slice(i, i + 2));
      i += 2;
    } else {
      parts.push(char);
      i++;
    }
  }
  const end = i + form.quote.length;
  if (!form.isBytes) return { token: { kind: 'string', value: parts.join(''), at }, end };
  return { token: { kind: 'bytes', value: joinBytes(parts), at }, end };
}

/** Text parts are UTF-8, numbers are octets. */
function joinBytes(parts: readonly (string | number)[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    chunks.push(Buffer.from(text, 'utf8'), Uint8Array.of(part));
    text = '';
  }
  chunks.push(Buffer.from(text, 'utf8'));
  return new Uint8Array(Buffer.concat(chunks));
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};
const HEX_ESCAPE = /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/y;

function readEscape(source: string, at: number, isBytes: boolean): { readonly value: string | number; readonly end: number } {
  const letter = source[at + 1] ?? '';
  if (Object.hasOwn(SIMPLE_ESCAPES, letter)) return { value: SIMPLE_ESCAPES[letter]!, end: at + 2 };
  const match = matchAt(HEX_ESCAPE, source, at);
  if (!match) throw new CelSyntaxError('an unknown escape in a string; write \\\\ for a backslash, or r"…" for a raw string', at);
  const end = at + match[0].length;
  const isUnicode = match[2] !== undefined || match[3] !== undefined;
  const code = match[4] === undefined ? Number.parseInt(match[1] ?? match[2] ?? match[3]!, 16) : Number.parseInt(match[4], 8);
  if (isBytes && isUnicode) throw new CelSyntaxError('\\u and \\U do not belong in bytes', at);
  if (isBytes) return { value: code, end };
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new CelSyntaxError('an escape is no Unicode character', at);
  return { value: String.fromCodePoint(code), end };
}
