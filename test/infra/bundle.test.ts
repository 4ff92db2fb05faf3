import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Bundle, bundleFunction, writeBundle } from '../../infra/bundle.ts';

const ROOT = join(import.meta.dirname, '../..');
const MIB = 1024 * 1024;
const NAMES = ['land', 'commit', 'watch'] as const;
const bundles = Object.fromEntries(NAMES.map((name) => [name, bundleFunction({ root: ROOT, name })])) as Record<
  (typeof NAMES)[number],
  Bundle
>;

describe.each(NAMES)('the bundle of %s', (name) => {
  const bundle = bundles[name];
  const directory = writeBundle(bundle, { 'contracts.json': '{}' });

  it('has at most 1.5 MB of code', () => {
    expect(bundle.codeBytes).toBeLessThanOrEqual(1.5 * MIB);
    expect(statSync(join(directory, 'index.mjs')).size).toBe(bundle.codeBytes);
  });

  it('carries no contract compiler, no DuckDB, no CDK and nothing of the command line', () => {
    const unwanted =
      /node_modules\/(yaml|@duckdb|aws-cdk-lib|constructs|vitest)\/|^src\/(cli|local)\/|^infra\/|src\/contract\/load-contract/;
    expect(bundle.inputs.filter((input) => unwanted.test(input))).toEqual([]);
  });

  it('carries the AWS SDK, so that the runtime’s own copy cannot change it', () => {
    expect(bundle.inputs.some((input) => input.includes('node_modules/@aws-sdk/client-s3/'))).toBe(true);
    expect(readFileSync(join(directory, 'index.mjs'), 'utf8')).not.toMatch(/from\s*["']@aws-sdk/);
  });

  it('is the same for the same sources', () => {
    const again = writeBundle(bundleFunction({ root: ROOT, name }), { 'contracts.json': '{}' });
    const kernels = bundle.inputs.includes('src/hot/module-bytes.ts') ? ['firn-hot.wasm'] : [];
    expect(readdirSync(again).sort()).toEqual(['contracts.json', ...kernels, 'index.mjs', 'index.mjs.map']);
    for (const file of readdirSync(again)) expect(readFileSync(join(again, file)).equals(readFileSync(join(directory, file)))).toBe(true);
  });

  it('starts by itself and says everything that is wrong with its environment', () => {
    const started = spawnSync(process.execPath, ['--enable-source-maps', join(directory, 'index.mjs')], {
      env: { PATH: process.env['PATH'], FIRN_TYPO: '1', AWS_REGION: 'eu-north-1' },
      encoding: 'utf8',
    });
    expect(started.status).not.toBe(0);
    expect(started.stderr).toContain("the function's environment is wrong: FIRN_ENVIRONMENT is missing");
    expect(started.stderr).toContain('FIRN_TYPO is unknown');
    expect(started.stderr).toContain('ContractError');
  });
});
