import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../../firn.config.ts';
import { loadDeployedContract } from '../../functions/shared/contracts-file.ts';
import { loadContracts } from '../../infra/contracts.ts';

const ROOT = join(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'firn-synth-'));
const out = join(home, 'cdk.out');
const MINUTE_MS = 60_000;

beforeAll(() => {
  const ran = spawnSync(process.execPath, ['infra/app.ts'], {
    cwd: ROOT,
    env: { PATH: dirname(process.execPath), HOME: home, CDK_OUTDIR: out, CDK_VALIDATION: 'false', AWS_EC2_METADATA_DISABLED: 'true' },
    encoding: 'utf8',
    timeout: 2 * MINUTE_MS,
  });
  expect(ran.stderr).toBe('');
  expect(ran.status).toBe(0);
}, 3 * MINUTE_MS);
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the synthesis of this repository', () => {
  it('works without credentials and asks for nothing to be looked up', () => {
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    expect(Object.keys(manifest.artifacts)).toEqual(
      expect.arrayContaining([`firn-${config.environment}-data`, `firn-${config.environment}-ingest`]),
    );
    expect(manifest.missing ?? []).toEqual([]);
    expect(existsSync(join(home, '.aws'))).toBe(false);
  });

  it('has a Kafka event source for every source of every contract', () => {
    const contracts = loadContracts(ROOT, 'schemas');
    const template = JSON.parse(readFileSync(join(out, `firn-${config.environment}-ingest.template.json`), 'utf8'));
    const resources = Object.values(template.Resources) as { Type: string; Properties: { Topics?: string[] } }[];
    const topics = resources
      .filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
      .flatMap(({ Properties }) => Properties.Topics ?? []);
    expect(topics.sort()).toEqual(contracts.flatMap(({ sources }) => sources.map(({ topic }) => topic)).sort());
  });

  it('ships each contract with its own land function, compiled, as it is in the repository', () => {
    const shipped = readdirSync(out)
      .filter((name) => name.startsWith('asset.') && existsSync(join(out, name, 'contracts.json')))
      .map((name) => join(out, name, 'contracts.json'));
    const contracts = loadContracts(ROOT, 'schemas');
    const single = shipped.filter((file) => Object.keys(JSON.parse(readFileSync(file, 'utf8'))).length === 1);
    expect(single).toHaveLength(contracts.length === 1 ? shipped.length : contracts.length);
    for (const file of shipped) {
      for (const name of Object.keys(JSON.parse(readFileSync(file, 'utf8')))) {
        expect(loadDeployedContract(file, name)).toEqual(contracts.find((contract) => contract.name === name));
      }
    }
  });
});
