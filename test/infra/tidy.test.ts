// The house rules as tests: ambient state only at the edges, exact dependencies with a reason each, every test file run by a
// project, functions and files that stay readable, no unfinished work, nothing in the repository that names a machine.
import { readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, expect, test } from 'vitest';
import vitestConfig from '../../vitest.config.ts';
import { FILE_LINES, FILE_LINES_EXCEPTIONS, FUNCTION_LINES, FUNCTION_LINES_EXCEPTIONS } from './support/size-limits.ts';
import { listFiles, REPOSITORY, readSources } from './support/source-files.ts';

/** Where time, chance, ids, the environment and the terminal may be touched. */
const AMBIENT: Readonly<Record<string, readonly RegExp[]>> = {
  'process.env': [/^src\/(aws|local|cli)\//, /^functions\/[^/]+\/config\.ts$/, /^(test|bench|scripts)\//],
  console: [],
  'Date.now': [/^src\/(aws|local)\//, /^(test|bench|scripts)\//],
  'new Date()': [/^src\/(aws|local)\//, /^(test|bench|scripts)\//],
  'Math.random': [/^src\/(aws|local)\//, /^test\/(interop|conformance)\//, /^bench\//],
  'crypto.randomUUID': [/^src\/(aws|local)\//, /^(test|bench|scripts)\//],
};

/** What a folder directly under test/ is for; a new one is added here and, if it holds tests, to vitest.config.ts. */
const TEST_FOLDERS = ['unit', 'property', 'golden', 'conformance', 'fault', 'simulation', 'infra', 'interop', 'e2e', 'support'];

const files = listFiles();
const sources = readSources(files.filter((path) => /\.[mc]?ts$/.test(path)));
const product = sources.filter(({ path }) => /^(src|functions|infra|scripts)\//.test(path));
const manifest = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies' | 'peerDependencies' | 'engines' | 'scripts',
  Record<string, string>
> & { readonly peerDependenciesMeta: Record<string, { readonly optional?: boolean }> };

describe('tidy', () => {
  test.each(Object.entries(AMBIENT))('%s appears only where it is allowed', (what, allowed) => {
    const wrong = sources
      .filter(({ path }) => !allowed.some((pattern) => pattern.test(path)))
      .flatMap(({ path, uses }) => uses.filter((use) => use.what === what).map((use) => `${path}:${use.line} ${use.what}`));
    expect(wrong).toEqual([]);
  });

  test('every dependency has an exact version and its line of reason', () => {
    const declared = { ...manifest.dependencies, ...manifest.devDependencies };
    const loose = Object.entries(declared).filter(([, version]) => !/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version));
    expect(loose).toEqual([]);
    expect(documentedPackages('## At run time')).toEqual(Object.keys(manifest.dependencies).sort());
    expect(documentedPackages('## For development')).toEqual(Object.keys(manifest.devDependencies).sort());
  });

  test('what infra needs of its user is an optional peer, in a range that begins at the version the tests run against', () => {
    const imported = product
      .filter(({ path }) => path.startsWith('infra/'))
      .flatMap(({ imports }) => imports.filter((fact) => !fact.isRelative && !fact.target.startsWith('node:')).map((fact) => fact.target));
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual([...new Set(imported.map(packageOf))].sort());
    for (const [name, range] of Object.entries(manifest.peerDependencies)) {
      expect([name, range]).toEqual([name, `^${manifest.devDependencies[name]}`]);
      expect([name, manifest.peerDependenciesMeta[name]]).toEqual([name, { optional: true }]);
    }
  });

  test('the manifest asks for the Node that the command asks for, and the lockfile agrees with the manifest', () => {
    const [, major, minor] = /NODE_MIN = \[(\d+), (\d+)\]/.exec(read('src/cli/main.ts'))!;
    expect(manifest.engines).toEqual({ node: `>=${major}.${minor}` });
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, Record<string, unknown>> };
    const { dependencies, devDependencies, peerDependencies, peerDependenciesMeta, engines } = manifest;
    expect(lock.packages['']).toMatchObject({ dependencies, devDependencies, peerDependencies, peerDependenciesMeta, engines });
  });

  test('a package that the product imports is a run-time dependency', () => {
    const bundled = ['aws-cdk-lib', 'constructs', 'cdk-nag', 'esbuild', 'aws-cdk'];
    const imported = product
      .filter(({ path }) => /^(src|functions)\//.test(path))
      .flatMap(({ imports }) => imports.filter((fact) => !fact.isRelative && !fact.target.startsWith('node:')).map((fact) => fact.target));
    const missing = [...new Set(imported)].filter((name) => !(name in manifest.dependencies));
    expect(missing).toEqual([]);
    expect(bundled.filter((name) => name in manifest.dependencies && imported.includes(name))).toEqual([]);
  });

  test('the lockfile names no registry', () => {
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { resolved?: string; integrity?: string; inBundle?: boolean }>;
    };
    const entries = Object.entries(lock.packages).filter(([path]) => path !== '');
    expect(entries.length).toBeGreaterThan(50);
    expect(entries.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([]);
    expect(entries.filter(([, entry]) => entry.integrity === undefined && entry.inBundle !== true).map(([path]) => path)).toEqual([]);
  });

  test('every test file is run by a project and every test folder is known', () => {
    const globs = projectGlobs();
    const orphans = files.filter(
      (path) => path.startsWith('test/') && path.endsWith('.test.ts') && !globs.some((glob) => matchesGlob(path, glob)),
    );
    expect(orphans).toEqual([]);
    const strangers = files.filter((path) => path.startsWith('test/') && !TEST_FOLDERS.includes(path.split('/')[1]!));
    expect(strangers).toEqual([]);
    const misplaced = files.filter((path) => path.endsWith('.test.ts') && !path.startsWith('test/'));
    expect(misplaced).toEqual([]);
  });

  test(`no function is longer than ${FUNCTION_LINES} lines but for the exceptions, which only shrink`, () => {
    const long = product.flatMap(({ path, functions }) =>
      functions.filter(({ lineCount }) => lineCount > FUNCTION_LINES).map((fact) => [`${path} ${fact.name}`, fact.lineCount] as const),
    );
    expect(overLimit(long, FUNCTION_LINES_EXCEPTIONS)).toEqual([]);
    expect(stale(long, FUNCTION_LINES_EXCEPTIONS)).toEqual([]);
  });

  test(`no product file is longer than ${FILE_LINES} lines but for the exceptions, which only shrink`, () => {
    const long = product.filter(({ lineCount }) => lineCount > FILE_LINES).map(({ path, lineCount }) => [path, lineCount] as const);
    expect(overLimit(long, FILE_LINES_EXCEPTIONS)).toEqual([]);
    expect(stale(long, FILE_LINES_EXCEPTIONS)).toEqual([]);
  });

  test('nothing is left unfinished, skipped or singled out', () => {
    const marks = [`${'FIX'}ME`, `${'TO'}DO`, `${'X'}XX:`].map((mark) => new RegExp(`\\b${mark}`));
    const calls = /\b(?:describe|it|test|suite)\s*\.\s*(?:only|skip|todo|fails)\b/;
    const wrong = sources
      .filter(({ path }) => path !== 'test/infra/tidy.test.ts')
      .flatMap(({ path, text }) =>
        text
          .split('\n')
          .flatMap((line, index) => (calls.test(line) || marks.some((mark) => mark.test(line)) ? [`${path}:${index + 1}`] : [])),
      );
    expect(wrong).toEqual([]);
  });

  test('every source file begins by saying what it is', () => {
    const silent = sources
      .filter(({ path, text }) => !/\.(test|config)\.ts$/.test(path) && !/^(#![^\n]*\n)?(\/\/|\/\*)/.test(text))
      .map(({ path }) => path);
    expect(silent).toEqual([]);
  });

  test('nothing names a machine, a registry or a home folder', () => {
    const patterns = [
      /(?:^|[\s"'`(=])\/(?:home|Users|root|work)\/[a-z]/m,
      /registry\.(?:npmjs|yarnpkg)\.org/,
      /\b(?:artifactory|nexus)\.[a-z]/i,
    ];
    const text = files.filter((path) => TEXT.test(path) && !path.startsWith('test/golden/data/'));
    const wrong = text.filter((path) => {
      const content = path === 'test/infra/tidy.test.ts' ? '' : read(path);
      return patterns.some((pattern) => pattern.test(content));
    });
    expect(wrong).toEqual([]);
    expect(text.length).toBeGreaterThan(20);
  });

  test('no file is larger than a reviewer can open', () => {
    const allowed = /^(package-lock\.json|test\/golden\/data\/)/;
    const large = files.filter((path) => !allowed.test(path) && read(path).length > 512 * 1024);
    expect(large).toEqual([]);
  });

  test('every script of the package names a file that exists', () => {
    const named = Object.values(manifest.scripts).flatMap((script) =>
      [...script.matchAll(/\b(?:node|bash|sh) ([\w./-]+\.(?:ts|mjs|sh))/g)].map((m) => m[1]!),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !files.includes(path))).toEqual([]);
  });
});

const TEXT = /\.(?:[mc]?[jt]s|json|md|ya?ml|py|sh|toml)$|(?:^|\/)(?:run|Dockerfile|\.gitignore|LICENSE)$/;

function read(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}

/** `@scope/name/path` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Packages in the table under a heading of docs/dependencies.md, sorted. */
function documentedPackages(heading: string): readonly string[] {
  const section = read('docs/dependencies.md').split(heading)[1]?.split('\n## ')[0] ?? '';
  const rows = [...section.matchAll(/^\| `([^`]+)`\s*\| (.*?)\s*\|$/gm)];
  expect(rows.filter((row) => row[2]!.trim().length < 10)).toEqual([]);
  return rows.map((row) => row[1]!).sort();
}

function projectGlobs(): readonly string[] {
  const projects = (vitestConfig.test?.projects ?? []) as readonly { readonly test?: { readonly include?: readonly string[] } }[];
  return projects.flatMap((project) => project.test?.include ?? []);
}

/** What is over its limit: not excepted at all, or grown past its exception. */
function overLimit(found: readonly (readonly [string, number])[], exceptions: Readonly<Record<string, number>>): readonly string[] {
  return found.filter(([name, lines]) => lines > (exceptions[name] ?? 0)).map(([name, lines]) => `${name}: ${lines} lines`);
}

/** Exceptions for what is within the limit, or no longer there. */
function stale(found: readonly (readonly [string, number])[], exceptions: Readonly<Record<string, number>>): readonly string[] {
  const long = new Set(found.map(([name]) => name));
  return Object.keys(exceptions).filter((name) => !long.has(name));
}
