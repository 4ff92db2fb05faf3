// The direction of imports as data, checked against every import of src, functions and infra. Upholds the table in AGENTS.md:
// the parts stay usable alone, no SDK outside src/aws, no platform access outside the ports.
import { describe, expect, test } from 'vitest';
import { type ImportFact, listFiles, readSources } from './support/source-files.ts';

/** Ours: what a folder may import besides itself. A trailing `/` is a folder; anything else is one file. */
interface Edges {
  readonly ours: readonly string[];
  /** Of ours, types alone: the import leaves no trace in the running program. */
  readonly oursTypeOnly?: readonly string[];
  /** Packages and `node:` modules; `@scope/*` is a whole scope; `node:*` everything of the platform. */
  readonly external: readonly string[];
}

const SHARED = ['src/errors.ts', 'src/columns.ts', 'src/column-cells.ts'];
const ROOT = [...SHARED, 'src/ports.ts', 'src/kafka-ports.ts'];
/** Platform modules that compute and touch nothing outside the process. */
const PURE = ['node:buffer', 'node:crypto', 'node:string_decoder', 'node:util', 'node:zlib'];
const CORE = [
  'src/contract/',
  'src/decode/',
  'src/pipeline/',
  'src/hot/',
  'src/parquet/',
  'src/iceberg/',
  'src/ledger/',
  'src/jobs/',
  ...ROOT,
];

const EDGES: Readonly<Record<string, Edges>> = {
  'src/contract/': { ours: [], external: ['yaml', 're2js', ...PURE] },
  'src/errors.ts': { ours: ['src/contract/'], external: [] },
  'src/columns.ts': { ours: ['src/contract/', 'src/errors.ts'], external: PURE },
  'src/column-cells.ts': { ours: ['src/contract/', ...SHARED], external: PURE },
  'src/ports.ts': { ours: ['src/contract/', ...SHARED], external: [] },
  'src/kafka-ports.ts': { ours: [], external: [] },
  'src/decode/': { ours: ['src/contract/', 'src/hot/', ...SHARED], external: PURE },
  'src/pipeline/': { ours: ['src/contract/', 'src/decode/records.ts', 'src/hot/', ...SHARED], external: ['re2js', ...PURE] },
  'src/hot/': { ours: ['src/contract/', ...SHARED], external: PURE },
  'src/hot/module-bytes.ts': { ours: [], external: ['node:fs'] },
  'src/parquet/': { ours: ['src/contract/', 'src/hot/', ...SHARED], external: PURE },
  'src/iceberg/': { ours: ['src/contract/', 'src/parquet/types.ts', ...ROOT], oursTypeOnly: ['src/ledger/types.ts'], external: PURE },
  'src/ledger/': { ours: ['src/contract/', ...ROOT], external: PURE },
  'src/jobs/': { ours: CORE, external: [...PURE, 'node:timers/promises'] },
  'src/isolation/': { ours: CORE, external: ['node:*'] },
  'src/local/': { ours: CORE, external: ['node:*'] },
  'src/local/kafka/': { ours: [...CORE, 'src/local/'], external: ['@platformatic/kafka', 'node:*'] },
  'src/rest/': { ours: CORE, external: PURE },
  'src/aws/': { ours: CORE, external: ['@aws-sdk/*', '@smithy/*', '@aws-lambda-powertools/*', 'aws-msk-iam-sasl-signer-js', 'node:*'] },
  'src/cli/': { ours: [...CORE, 'src/isolation/', 'src/local/', 'src/aws/', 'src/rest/'], external: ['@duckdb/node-api', 'node:*'] },
  'src/index.ts': { ours: [...CORE, 'src/local/', 'src/rest/'], external: [] },
  'functions/': {
    ours: [...CORE, 'src/isolation/', 'src/aws/'],
    external: ['@middy/core', '@aws-lambda-powertools/*', 'node:*'],
  },
  // The one function that asks Kafka and Secrets Manager by itself.
  'functions/recover/': {
    ours: [...CORE, 'src/isolation/', 'src/aws/', 'src/local/kafka/', 'src/rest/sigv4.ts', 'functions/shared/'],
    external: ['node:*'],
  },
  'infra/': { ours: ['src/contract/', 'firn.config.ts'], external: ['aws-cdk-lib', 'constructs', 'cdk-nag', 'esbuild', 'node:*'] },
};

/** Lambda configuration schemas are the one part of functions that infra shares. */
const FUNCTION_CONFIG = /^functions\/[^/]+\/config\.ts$/;

const sources = readSources(listFiles().filter((path) => /^(src|functions|infra)\/.*\.[mc]?tsx?$/.test(path)));

describe('import edges', () => {
  test('every source file belongs to a folder of the table', () => {
    expect(sources.filter(({ path }) => ownerOf(path) === undefined).map(({ path }) => path)).toEqual([]);
    expect(sources.length).toBeGreaterThan(10);
  });

  test('every import goes in an allowed direction', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports.filter((fact) => !isAllowed(path, fact)).map((fact) => `${path}:${fact.line} imports ${fact.target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('relative imports name an existing file with its extension', () => {
    const known = new Set(listFiles());
    const wrong = sources.flatMap(({ path, imports }) =>
      imports.filter((fact) => fact.isRelative && !known.has(fact.target)).map((fact) => `${path}:${fact.line} ${fact.specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  test('what infra shares of a function imports contracts alone', () => {
    const shared = sources.filter(({ path }) => FUNCTION_CONFIG.test(path));
    const wrong = shared.flatMap(({ path, imports }) =>
      imports.filter((fact) => !isConfigImport(fact)).map((fact) => `${path}:${fact.line} imports ${fact.target}`),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    ['src/iceberg/append.ts', 'src/ledger/types.ts', false],
    ['src/iceberg/append.ts', 'src/pipeline/types.ts', true],
    ['src/contract/load-contract.ts', 'src/errors.ts', true],
    ['src/decode/ndjson.ts', 'src/ports.ts', true],
    ['src/local/file-store.ts', 'src/aws/s3-file-store.ts', true],
    ['infra/stacks/ingest.ts', 'functions/land/handler.ts', true],
    ['functions/land/handler.ts', 'infra/app.ts', true],
    ['src/jobs/commit-contract.ts', 'src/local/file-store.ts', true],
  ])('the table refuses what it must: %s → %s', (path, target, isTypeOnly) => {
    expect(isAllowed(path, { specifier: '', target, isRelative: true, isTypeOnly, line: 1 })).toBe(false);
  });

  test.each([
    ['src/jobs/land-batch.ts', '@aws-sdk/client-s3'],
    ['src/local/file-store.ts', '@aws-sdk/client-s3'],
    ['functions/land/handler.ts', '@aws-sdk/client-s3'],
    ['src/iceberg/append.ts', 'node:fs'],
    ['src/index.ts', '@duckdb/node-api'],
    ['src/aws/clients.ts', 'aws-cdk-lib'],
  ])('the table refuses a package in the wrong place: %s → %s', (path, target) => {
    expect(isAllowed(path, { specifier: target, target, isRelative: false, isTypeOnly: false, line: 1 })).toBe(false);
  });
});

/** The longest entry of the table the path lies in. */
function ownerOf(path: string): string | undefined {
  return Object.keys(EDGES)
    .filter((entry) => isIn(path, entry))
    .sort((a, b) => b.length - a.length)[0];
}

function isIn(path: string, entry: string): boolean {
  return entry.endsWith('/') ? path.startsWith(entry) : path === entry;
}

function isConfigImport(fact: ImportFact): boolean {
  return (
    fact.isRelative &&
    (fact.target.startsWith('src/contract/') ||
      fact.target === 'src/errors.ts' ||
      FUNCTION_CONFIG.test(fact.target) ||
      fact.target === 'functions/shared/environment.ts')
  );
}

function isAllowed(path: string, fact: ImportFact): boolean {
  const owner = ownerOf(path);
  if (owner === undefined) return false;
  const { ours, oursTypeOnly = [], external } = EDGES[owner]!;
  if (fact.isRelative) {
    if (isIn(fact.target, owner) || ours.some((entry) => isIn(fact.target, entry))) return true;
    if (owner === 'infra/' && FUNCTION_CONFIG.test(fact.target)) return true;
    return fact.isTypeOnly && oursTypeOnly.some((entry) => isIn(fact.target, entry));
  }
  return external.some((entry) => (entry.endsWith('*') ? fact.target.startsWith(entry.slice(0, -1)) : fact.target === entry));
}
