// CEL source text → CelExpr: the whole grammar of the CEL language definition ("Syntax"), bounded in depth and size. Macros and
// has() parse as plain calls. Only messages (`T{field: v}`) are refused here; what the pipeline cannot evaluate is refused by
// check.ts. Upholds promise 10: nothing recurses deeper than LIMITS.celDepthMax.
import type { CelExpr } from '../compiled.ts';
import { LIMITS } from '../limits.ts';
import { CelSyntaxError, type CelToken, tokenizeCel } from './tokens.ts';

export type CelParseResult =
  | { readonly ok: true; readonly expr: CelExpr }
  /** `at` counts UTF-16 units from the beginning of the source. */
  | { readonly ok: false; readonly message: string; readonly at: number };

/** Parses one expression. Never throws. Cost: linear in the source. */
export function parseCel(source: string): CelParseResult {
  if (Buffer.byteLength(source) > LIMITS.celSourceBytesMax) {
    return { ok: false, message: `the expression is longer than ${LIMITS.celSourceBytesMax} bytes`, at: 0 };
  }
  try {
    const parser: Parser = { source, tokens: tokenizeCel(source), next: 0, depth: 0 };
    const expr = parseExpr(parser);
    const rest = peek(parser);
    if (rest.kind !== 'end') fail(rest, `expected the end of the expression, got ${describe(rest)}`);
    return { ok: true, expr };
  } catch (error) {
    if (error instanceof CelSyntaxError) return { ok: false, message: error.message, at: error.at };
    throw error;
  }
}

interface Parser {
  readonly source: string;
  readonly tokens: readonly CelToken[];
  next: number;
  depth: number;
}

type BinaryOp = Extract<CelExpr, { readonly left: CelExpr }>['op'];

/** Binary operators by precedence, loosest first; all associate to the left. */
const LEVELS: readonly (readonly BinaryOp[])[] = [['||'], ['&&'], ['==', '!=', '<', '<=', '>', '>=', 'in'], ['+', '-'], ['*', '/', '%']];

/** Words the language keeps for itself; no identifiers, but fine as selectors. */
const RESERVED = new Set('as break const continue else for function if import let loop package namespace return var void while'.split(' '));

function parseExpr(parser: Parser): CelExpr {
  return nested(parser, () => {
    const condition = parseBinary(parser, 0);
    const mark = peek(parser);
    if (!take(parser, '?')) return condition;
    const then = parseBinary(parser, 0);
    expect(parser, ':');
    return { op: '?:', condition, then, otherwise: parseExpr(parser), at: mark.at };
  });
}

function parseBinary(parser: Parser, level: number): CelExpr {
  const operators = LEVELS[level];
  if (!operators) return parseUnary(parser);
  let left = parseBinary(parser, level + 1);
  let length = 0;
  for (;;) {
    const token = peek(parser);
    const op = operators.find((operator) => isOperator(token, operator));
    if (op === undefined) return left;
    // A long chain is a deep tree: `a || b || …` nests once per operator.
    if (++length > LIMITS.celChainMax) fail(token, `more than ${LIMITS.celChainMax} operators in one chain`);
    parser.next++;
    left = { op, left, right: parseBinary(parser, level + 1), at: token.at };
  }
}

function parseUnary(parser: Parser): CelExpr {
  const token = peek(parser);
  if (token.kind !== 'operator' || (token.text !== '!' && token.text !== '-')) return parseMember(parser);
  parser.next++;
  const number = peek(parser);
  if (token.text === '-' && number.kind === 'int' && number.value === INT_MAX + 1n) {
    parser.next++;
    return parseSelectors(parser, { op: 'literal', value: -number.value, at: token.at });
  }
  const follows = peek(parser);
  if (follows.kind === 'operator' && (follows.text === '!' || follows.text === '-') && follows.text !== token.text) {
    fail(follows, `expected a value after '${token.text}', got '${follows.text}'; use parentheses`);
  }
  const operand = nested(parser, () => parseUnary(parser));
  if (token.text === '-') return negated(operand, token.at);
  return { op: '!', operand, at: token.at };
}

/** `-5` is the literal −5. */
function negated(operand: CelExpr, at: number): CelExpr {
  if (operand.op === 'literal' && (typeof operand.value === 'bigint' || typeof operand.value === 'number')) {
    return { op: 'literal', value: -operand.value, at };
  }
  return { op: 'neg', operand, at };
}

function parseMember(parser: Parser): CelExpr {
  return parseSelectors(parser, parsePrimary(parser));
}

function parseSelectors(parser: Parser, primary: CelExpr): CelExpr {
  let object = primary;
  let length = 0;
  for (;;) {
    const mark = peek(parser);
    if (!isOperator(mark, '.') && !isOperator(mark, '[')) return object;
    if (++length > LIMITS.celDepthMax) fail(mark, `more than ${LIMITS.celDepthMax} selections in one chain`);
    parser.next++;
    if (mark.kind === 'operator' && mark.text === '[') {
      const index = parseExpr(parser);
      expect(parser, ']');
      object = { op: 'index', object, index, at: mark.at };
      continue;
    }
    const name = nextToken(parser);
    if (name.kind !== 'ident' && name.kind !== 'quoted-ident') fail(name, `expected a member name after '.', got ${describe(name)}`);
    object = take(parser, '(')
      ? { op: 'call', name: name.text, target: object, args: parseArguments(parser, ')'), at: name.at }
      : { op: 'select', object, member: name.text, at: name.at };
  }
}

function parsePrimary(parser: Parser): CelExpr {
  const token = nextToken(parser);
  switch (token.kind) {
    case 'int':
      if (token.value > INT_MAX && !token.isUnsigned) fail(token, 'the integer does not fit 64 bits');
      return { op: 'literal', value: token.value, at: token.at };
    case 'double':
    case 'string':
    case 'bytes':
      return { op: 'literal', value: token.value, at: token.at };
    case 'ident':
      return parseIdent(parser, token);
    case 'operator':
      return parsePunctuated(parser, token);
    default:
      return fail(token, `expected a value, got ${describe(token)}`);
  }
}

function parsePunctuated(parser: Parser, token: CelToken & { kind: 'operator' }): CelExpr {
  if (token.text === '(') {
    const inner = parseExpr(parser);
    expect(parser, ')');
    return inner;
  }
  if (token.text === '[') return { op: 'list', items: parseArguments(parser, ']'), at: token.at };
  if (token.text === '{') return { op: 'map', entries: parseEntries(parser), at: token.at };
  if (token.text === '.') {
    const name = nextToken(parser);
    if (name.kind === 'ident') return parseIdent(parser, name);
  }
  return fail(token, `expected a value, got '${token.text}'`);
}

function parseIdent(parser: Parser, token: CelToken & { kind: 'ident' }): CelExpr {
  if (token.text === 'true' || token.text === 'false') return { op: 'literal', value: token.text === 'true', at: token.at };
  if (token.text === 'null') return { op: 'literal', value: null, at: token.at };
  if (token.text === 'in') fail(token, "expected a value, got 'in'");
  if (RESERVED.has(token.text)) fail(token, `'${token.text}' is a reserved word`);
  if (isOperator(peek(parser), '{')) fail(peek(parser), 'messages (`Type{…}`) are not supported');
  if (take(parser, '(')) return { op: 'call', name: token.text, args: parseArguments(parser, ')'), at: token.at };
  return { op: 'ident', name: token.text, at: token.at };
}

/** Expressions up to `close`; lists may end in a comma, argument lists may not. */
function parseArguments(parser: Parser, close: ')' | ']'): readonly CelExpr[] {
  const items: CelExpr[] = [];
  if (take(parser, close)) return items;
  for (;;) {
    items.push(parseExpr(parser));
    if (take(parser, close)) return items;
    expect(parser, ',', `',' or '${close}'`);
    if (close === ']' && take(parser, close)) return items;
  }
}

function parseEntries(parser: Parser): readonly (readonly [CelExpr, CelExpr])[] {
  const entries: (readonly [CelExpr, CelExpr])[] = [];
  while (!take(parser, '}')) {
    const key = parseExpr(parser);
    expect(parser, ':');
    entries.push([key, parseExpr(parser)]);
    if (take(parser, '}')) break;
    expect(parser, ',', "',' or '}'");
  }
  return entries;
}

const INT_MAX = 2n ** 63n - 1n;

function nested<T>(parser: Parser, parse: () => T): T {
  if (++parser.depth > LIMITS.celDepthMax) fail(peek(parser), `nested deeper than ${LIMITS.celDepthMax}`);
  const result = parse();
  parser.depth--;
  return result;
}

function peek(parser: Parser): CelToken {
  return parser.tokens[parser.next]!;
}

function nextToken(parser: Parser): CelToken {
  const token = peek(parser);
  if (token.kind !== 'end') parser.next++;
  return token;
}

function isOperator(token: CelToken, text: string): boolean {
  return (token.kind === 'operator' || (token.kind === 'ident' && token.text === 'in')) && token.text === text;
}

function take(parser: Parser, text: string): boolean {
  const token = peek(parser);
  if (token.kind !== 'operator' || token.text !== text) return false;
  parser.next++;
  return true;
}

function expect(parser: Parser, text: string, wanted = `'${text}'`): void {
  if (!take(parser, text)) fail(peek(parser), `expected ${wanted}, got ${describe(peek(parser))}`);
}

function describe(token: CelToken): string {
  switch (token.kind) {
    case 'end':
      return 'the end';
    case 'ident':
    case 'quoted-ident':
    case 'operator':
      return `'${token.text.slice(0, 40)}'`;
    case 'string':
      return 'a string';
    case 'bytes':
      return 'bytes';
    case 'int':
    case 'double':
      return 'a number';
  }
}

function fail(token: CelToken, message: string): never {
  throw new CelSyntaxError(message, token.at);
}
