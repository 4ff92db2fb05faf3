// Facts about the repository's source files, taken from the compiler's own syntax trees (never from patterns over text, which
// see comments and strings as code): imports, functions with their length, and uses of ambient state. What the import-edge
// and tidy tests judge. The compiler is pinned to an exact version, so its unstable syntax API is a fixed one here.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Node, SyntaxKind, type SourceFile as SyntaxTree } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

export interface ImportFact {
  /** As written: `./x.ts`, `node:fs`, `@aws-sdk/client-s3`. */
  readonly specifier: string;
  /** Repository path for relative imports, package name for others (`node:…` as written). */
  readonly target: string;
  readonly isRelative: boolean;
  readonly isTypeOnly: boolean;
  readonly line: number;
}

export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly lineCount: number;
}

export interface UseFact {
  /** `process.env`, `console`, `Date.now`, `new Date()`, `Math.random`, `crypto.randomUUID`. */
  readonly what: string;
  readonly line: number;
}

export interface SourceFacts {
  /** Repository path with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lineCount: number;
  readonly imports: readonly ImportFact[];
  readonly functions: readonly FunctionFact[];
  readonly uses: readonly UseFact[];
}

/** Files git knows or would add, as repository paths; a folder without git is walked by the caller's list alone. */
export function listFiles(): readonly string[] {
  const text = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: REPOSITORY, encoding: 'utf8' });
  return text
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(REPOSITORY, path)))
    .sort();
}

/** Parses the given TypeScript files in one compiler process; nothing is resolved or type-checked. */
export function readSources(paths: readonly string[]): readonly SourceFacts[] {
  const folder = mkdtempSync(join(tmpdir(), 'firn-sources-'));
  const config = join(folder, 'tsconfig.json');
  const files = paths.map((path) => join(REPOSITORY, path));
  const compilerOptions = { noResolve: true, noLib: true, types: [], allowJs: true, allowImportingTsExtensions: true, noEmit: true };
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const api = new API({ cwd: folder });
  try {
    const project = api.updateSnapshot({ openProject: config }).getProjects()[0];
    if (!project) throw new Error('expected the compiler to open one project, got none');
    return paths.map((path) => {
      const tree = project.program.getSourceFile(join(REPOSITORY, path));
      if (!tree) throw new Error(`expected a syntax tree of ${path}, got none`);
      return factsOf(path, tree);
    });
  } finally {
    api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function factsOf(path: string, tree: SyntaxTree): SourceFacts {
  const text = readFileSync(join(REPOSITORY, path), 'utf8');
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  const lineOf = (position: number) => {
    let low = 0;
    let high = lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (lineStarts[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
  const startOf = (node: Node) => firstCodeAt(text, node.pos);
  const imports: ImportFact[] = [];
  const functions: FunctionFact[] = [];
  const uses: UseFact[] = [];
  const visit = (node: Node, parent: Node | undefined): void => {
    const line = lineOf(startOf(node));
    const imported = importOf(path, node);
    if (imported) imports.push({ ...imported, line });
    if (FUNCTION_KINDS.has(node.kind)) functions.push({ name: nameOf(node, parent), line, lineCount: lineOf(node.end) - line + 1 });
    const what = ambientUseOf(node, parent);
    if (what) uses.push({ what, line });
    node.forEachChild((child: Node) => {
      visit(child, node);
    });
  };
  visit(tree as unknown as Node, undefined);
  return { path, text, lineCount: text === '' ? 0 : text.trimEnd().split('\n').length, imports, functions, uses };
}

const FUNCTION_KINDS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.Constructor,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
]);

interface Named {
  readonly name?: { readonly text?: string };
}
interface WithSpecifier {
  readonly moduleSpecifier?: { readonly text?: string };
  readonly importClause?: { readonly phaseModifier?: SyntaxKind; readonly isTypeOnly?: boolean };
  readonly isTypeOnly?: boolean;
}
interface Call {
  readonly expression: Node;
  readonly arguments?: readonly (Node & { readonly text?: string })[];
}
interface Access {
  readonly expression: Node & { readonly text?: string };
  readonly name: { readonly text?: string };
}

function importOf(path: string, node: Node): Omit<ImportFact, 'line'> | undefined {
  if (node.kind === SyntaxKind.ImportDeclaration || node.kind === SyntaxKind.ExportDeclaration) {
    const declaration = node as unknown as WithSpecifier;
    const specifier = declaration.moduleSpecifier?.text;
    if (specifier === undefined) return undefined;
    const clause = declaration.importClause;
    const isTypeOnly = declaration.isTypeOnly === true || clause?.isTypeOnly === true || clause?.phaseModifier === SyntaxKind.TypeKeyword;
    return { specifier, ...targetOf(path, specifier), isTypeOnly };
  }
  if (node.kind === SyntaxKind.CallExpression) {
    const call = node as unknown as Call;
    const specifier = call.arguments?.[0]?.text;
    if (call.expression.kind === SyntaxKind.ImportKeyword && specifier !== undefined) {
      return { specifier, ...targetOf(path, specifier), isTypeOnly: false };
    }
  }
  return undefined;
}

function targetOf(path: string, specifier: string): { readonly target: string; readonly isRelative: boolean } {
  if (specifier.startsWith('.')) return { target: posix.normalize(posix.join(posix.dirname(path), specifier)), isRelative: true };
  if (specifier.startsWith('node:')) return { target: specifier, isRelative: false };
  const parts = specifier.split('/');
  return { target: specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!, isRelative: false };
}

function ambientUseOf(node: Node, parent: Node | undefined): string | undefined {
  if (node.kind === SyntaxKind.PropertyAccessExpression) {
    const { expression, name } = node as unknown as Access;
    const text = `${expression.kind === SyntaxKind.Identifier ? expression.text : ''}.${name.text}`;
    if (text === 'process.env' || text === 'Date.now' || text === 'Math.random') return text;
    if (name.text === 'randomUUID') return 'crypto.randomUUID';
    if (text.startsWith('console.')) return 'console';
  }
  if (node.kind === SyntaxKind.Identifier && (node as unknown as { text?: string }).text === 'randomUUID') {
    return parent?.kind === SyntaxKind.ImportSpecifier ? 'crypto.randomUUID' : undefined;
  }
  if (node.kind === SyntaxKind.NewExpression) {
    const { expression, arguments: args } = node as unknown as Call;
    if ((expression as unknown as { text?: string }).text === 'Date' && (args?.length ?? 0) === 0) return 'new Date()';
  }
  return undefined;
}

function nameOf(node: Node, parent: Node | undefined): string {
  const own = (node as unknown as Named).name?.text;
  if (own !== undefined) return own;
  if (node.kind === SyntaxKind.Constructor) return 'constructor';
  return (parent as unknown as Named | undefined)?.name?.text ?? '(anonymous)';
}

/** Position of the first character at or after `from` that is neither blank nor comment. */
function firstCodeAt(text: string, from: number): number {
  let at = from;
  for (;;) {
    const rest = text.slice(at, at + 2);
    if (/^\s/.test(rest)) at += 1;
    else if (rest === '//' || (rest === '#!' && at === 0)) at = endOf(text, '\n', at);
    else if (rest === '/*') at = endOf(text, '*/', at + 2);
    else return Math.min(at, text.length);
  }
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}
