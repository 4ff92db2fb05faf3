import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { type Bundle, bundleFunction, writeBundle } from '../../infra/bundle.ts';
import { decodeLambdaEvent } from '../../src/decode/lambda-event.ts';
import { PROBE_DONE, type ProbeTask } from '../../src/jobs/probe-records.ts';
import { kafkaEvent, scoresContract } from '../interop/aws/support/events.ts';

const ROOT = join(import.meta.dirname, '../..');
const MIB = 1024 * 1024;
const LOCK = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, { readonly cpu?: readonly string[]; readonly os?: readonly string[] }>>;
};
const NAMES = ['land', 'commit', 'watch', 'maintain', 'recover'] as const;
const bundles = Object.fromEntries(NAMES.map((name) => [name, bundleFunction({ root: ROOT, name })])) as Record<
  (typeof NAMES)[number],
  Bundle
>;

describe.each(NAMES)('the bundle of %s', (name) => {
  const bundle = bundles[name];
  const directory = writeBundle(bundle, { 'contracts.json': '{}' });

  // Recovery carries the Kafka client and all of its compressions; it starts when a person or an alarm asks for it.
  const bytesMax = (name === 'recover' ? 2.25 : 1.5) * MIB;
  it(`has at most ${bytesMax / MIB} MiB of code`, () => {
    expect(bundle.codeBytes).toBeLessThanOrEqual(bytesMax);
    expect(statSync(join(directory, 'index.mjs')).size).toBe(bundle.codeBytes);
  });

  it('carries no contract compiler, no DuckDB, no CDK and nothing of the command line', () => {
    // Of what is local, recovery has the Kafka client.
    const local = name === 'recover' ? 'cli\\/|src\\/local\\/(?!kafka\\/|io-errors\\.)' : '(cli|local)\\/';
    const unwanted = new RegExp(
      `node_modules\\/(yaml|@duckdb|aws-cdk-lib|constructs|vitest)\\/|^src\\/${local}|^infra\\/|src\\/contract\\/load-contract`,
    );
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

  it('carries no native part, so that one made on any machine runs on arm64', () => {
    const platforms = Object.entries(LOCK.packages).flatMap(([path, { cpu, os }]) =>
      cpu === undefined && os === undefined ? [] : [`${path}/`],
    );
    expect(platforms.length).toBeGreaterThan(0);
    expect(bundle.inputs.filter((input) => input.endsWith('.node') || platforms.some((path) => input.includes(path)))).toEqual([]);
    for (const [file, content] of Object.entries(bundle.files)) {
      const [isElf, isArchive] = [Buffer.from(content).subarray(1, 4).toString() === 'ELF', /\.(node|so)$/.test(file)];
      expect([file, isElf, isArchive]).toEqual([file, false, false]);
    }
    expect(readFileSync(join(directory, 'index.mjs'), 'utf8')).not.toMatch(/require\(["'][^"']+\.node["']\)|process\.dlopen/);
  });

  it('comes with a source map that names our sources', () => {
    const map = JSON.parse(readFileSync(join(directory, 'index.mjs.map'), 'utf8')) as { readonly sources: readonly string[] };
    expect(map.sources.some((source) => source.endsWith(`functions/${name}/handler.ts`))).toBe(true);
    expect(readFileSync(join(directory, 'index.mjs'), 'utf8')).toContain('//# sourceMappingURL=index.mjs.map');
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

describe('the bundle of land, as a process of its own', () => {
  const contract = scoresContract({ namespace: 'game' });
  const records = decodeLambdaEvent(kafkaEvent({ partition: 0, from: 0, count: 6 }), {
    resolveSource: (topic) => ({ id: `${topic}/1`, topic }),
  });

  /** Judges the records as the bundle does in isolation: decoder, kernels, rules; no service is asked. */
  function judged(directory: string) {
    const task: ProbeTask = {
      contract,
      records,
      members: Uint32Array.from({ length: records.count }, (_, n) => n),
      from: 0,
      judgeModule: undefined,
    };
    return spawnSync(process.execPath, [join(directory, 'index.mjs'), '--firn-probe'], {
      input: serialize(task),
      encoding: 'utf8',
      timeout: 60_000,
    });
  }

  it('decodes and judges records with what lies in it and nothing else', () => {
    const ran = judged(writeBundle(bundles.land));
    expect(ran.stderr).toBe('');
    expect(ran.stdout.trim().split('\n')).toEqual([...Array.from({ length: records.count }, (_, n) => String(n)), PROBE_DONE]);
  });

  it('really loads the kernels it carries: without them, or with others, it does not decode', () => {
    const directory = writeBundle(bundles.land);
    expect(Buffer.from(bundles.land.files['firn-hot.wasm']!).equals(readFileSync(join(ROOT, 'src/hot/firn-hot.wasm')))).toBe(true);
    rmSync(join(directory, 'firn-hot.wasm'));
    const ran = judged(directory);
    expect([ran.status === 0, ran.stdout.includes(PROBE_DONE)]).toEqual([false, false]);
    expect(ran.stderr).toContain('firn-hot.wasm');
  });
});
