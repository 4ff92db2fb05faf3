// The mutants of a source file: one small change each, found in the compiler's own syntax tree. Operators and their bounds, conditions
// taken or not, returned values, off-by-one numbers, removed statements. Types, imports, texts and assertions of our own invariants
// are left alone: the first three have no behaviour, the last speak of states that must not occur.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The text of that line without what it is indented by, where in it the mutant begins, and the line above. */
  readonly code: string;
  readonly offset: number;
  readonly above: string;
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
  /** The smallest expression or statement that can stand for both texts, and its changed text. */
  readonly whole: { readonly start: number; readonly end: number; readonly after: string; readonly isStatement: boolean };
}

/** All mutants of some files, in order; paths are the repository's. */
export function findMutants(repository: string, paths: readonly string[]): Mutant[] {
  const folder = mkdtempSync(join(tmpdir(), 'firn-mutants-'));
  const config = join(folder, 'tsconfig.json');
  const files = paths.map((path) => join(repository, path));
  const compilerOptions = { noResolve: true, noLib: true, types: [], allowImportingTsExtensions: true, noEmit: true };
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const api = new API({ cwd: folder });
  try {
    const project = api.updateSnapshot({ openProject: config }).getProjects()[0];
    return paths.flatMap((path) => {
      const tree = project?.program.getSourceFile(join(repository, path));
      if (!tree) throw new Error(`expected a syntax tree of ${path}, got none`);
      return mutantsOf(path, readFileSync(join(repository, path), 'utf8'), tree as unknown as Node);
    });
  } finally {
    api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Anatomy {
  readonly operatorToken?: Node;
  readonly left?: Node;
  readonly right?: Node;
  readonly expression?: Node;
  readonly condition?: Node;
  readonly operator?: SyntaxKind;
  readonly operand?: Node;
  readonly name?: Node & { readonly text?: string };
  readonly arguments?: readonly Node[];
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '%': ['*'],
  '+=': ['-='],
  '-=': ['+='],
};
const CALLS: ReadonlyMap<string, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['max', 'min'],
  ['min', 'max'],
  ['findLast', 'find'],
]);
/** Nothing below these has a behaviour. */
const SILENT: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.ImportDeclaration,
  SyntaxKind.InterfaceDeclaration,
  SyntaxKind.TypeAliasDeclaration,
  SyntaxKind.TypeLiteral,
  SyntaxKind.TypeReference,
  SyntaxKind.TupleType,
  SyntaxKind.LiteralType,
  SyntaxKind.ArrayType,
  SyntaxKind.UnionType,
  SyntaxKind.TemplateExpression,
]);
const ASSERTIONS = /^(assertInvariant|expectFile)\(/;

function mutantsOf(path: string, text: string, root: Node): Mutant[] {
  const found: Mutant[] = [];
  const lines = text.split('\n');
  const startOf = (node: Node): number =>
    node.pos + /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*/.exec(text.slice(node.pos, node.end))![0].length;
  const textOf = (node: Node): string => text.slice(startOf(node), node.end);
  const visit = (node: Node, above: readonly Node[]): void => {
    if (SILENT.has(node.kind) || (node.kind === SyntaxKind.ExpressionStatement && ASSERTIONS.test(textOf(node)))) return;
    const add = (part: Node, after: string): void => {
      const start = startOf(part);
      const before = textOf(part);
      const holder = holderOf(part, node, above);
      const from = startOf(holder);
      const changed = text.slice(from, start) + after + text.slice(part.end, holder.end);
      const whole = { start: from, end: holder.end, after: changed, isStatement: STATEMENTS.has(holder.kind) };
      const line = text.slice(0, start).split('\n').length;
      const column = start - text.lastIndexOf('\n', start - 1);
      const code = lines[line - 1]!.trim();
      const offset = column - 1 - lines[line - 1]!.indexOf(code);
      found.push({
        file: path,
        line,
        column,
        code,
        offset,
        above: (lines[line - 2] ?? '').trim(),
        start,
        end: part.end,
        before,
        after,
        whole,
      });
    };
    mutate(node as Node & Anatomy, { add, textOf });
    node.forEachChild((child: Node) => {
      visit(child, [node, ...above]);
    });
  };
  visit(root, []);
  return found;
}

const STATEMENTS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.ExpressionStatement,
  SyntaxKind.ReturnStatement,
  SyntaxKind.ContinueStatement,
  SyntaxKind.BreakStatement,
]);

/** An operator stands for its expression; the name of a method for the call, which alone keeps what it is called on. */
function holderOf(part: Node, node: Node, above: readonly Node[]): Node {
  if (node.kind === SyntaxKind.PropertyAccessExpression) return above[0]!.kind === SyntaxKind.CallExpression ? above[0]! : node;
  return node.kind === SyntaxKind.BinaryExpression ? node : part;
}

function mutate(
  node: Node & Anatomy,
  { add, textOf }: { readonly add: (node: Node, after: string) => void; readonly textOf: (node: Node) => string },
): void {
  switch (node.kind) {
    case SyntaxKind.BinaryExpression: {
      const { operatorToken } = node;
      for (const after of operatorToken ? (OPERATORS[textOf(operatorToken)] ?? []) : []) add(operatorToken!, after);
      if (operatorToken && textOf(operatorToken) === '??') add(node, `(${textOf(node.right!)})`);
      return;
    }
    case SyntaxKind.IfStatement:
      for (const after of ['true', 'false']) if (node.expression) add(node.expression, after);
      return;
    case SyntaxKind.WhileStatement:
      if (node.expression) add(node.expression, 'false');
      return;
    case SyntaxKind.ConditionalExpression:
      for (const after of ['true', 'false']) if (node.condition) add(node.condition, after);
      return;
    case SyntaxKind.ReturnStatement:
      if (node.expression && textOf(node.expression) !== 'undefined') add(node, 'return undefined as never;');
      return;
    case SyntaxKind.ExpressionStatement:
    case SyntaxKind.ContinueStatement:
    case SyntaxKind.BreakStatement:
      add(node, ';');
      return;
    case SyntaxKind.PrefixUnaryExpression:
      if (textOf(node).startsWith('!') && node.operand) add(node, textOf(node.operand));
      return;
    case SyntaxKind.NumericLiteral:
      add(node, String(Number(textOf(node).replaceAll('_', '')) + 1));
      return;
    case SyntaxKind.TrueKeyword:
      add(node, 'false');
      return;
    case SyntaxKind.FalseKeyword:
      add(node, 'true');
      return;
    case SyntaxKind.PropertyAccessExpression: {
      const after = CALLS.get(node.name?.text ?? '');
      if (after && node.name) add(node.name, after);
    }
  }
}
