// The commands on a warehouse on S3 with the Glue catalog: the real process with the real SDK against services on 127.0.0.1.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeAws, startFakeAws } from '../aws/support/fake-aws.ts';
import { type FirnRun, makeProject, readings, runFirn } from './run-firn.ts';

const ROOT = 's3://lake/firn';
const RUN = fileURLToPath(new URL('../../../src/cli/run.ts', import.meta.url));
const BAD = '{"id":"x","note":"n","at":"2026-01-01T00:00:00Z","tags":[]}\n';

describe('firn --catalog glue', { timeout: 240_000 }, () => {
  let folder: string;
  let aws: FakeAws;
  let temporary: string;

  const environment = () => ({
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: 'eu-north-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    TMPDIR: temporary,
  });
  const copies = () => readdirSync(temporary).filter((name) => name.startsWith('firn-query-'));
  const firn = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<FirnRun> =>
    runFirn([...args, '--catalog', 'glue', '--warehouse', ROOT], { cwd: folder, env: { ...environment(), ...env } });

  beforeAll(async () => {
    folder = await makeProject();
    aws = await startFakeAws();
    temporary = `${folder}/temporary`;
    mkdirSync(temporary);
    writeFileSync(`${folder}/day.ndjson`, readings(0, 500) + BAD);
    const landed = await firn(['land', 'readings', 'day.ndjson', '--json']);
    expect(landed.stderr).toBe('');
    expect(landed.json()).toMatchObject({ accepted: 500, quarantined: 1, filtered: 0, alreadyLanded: 0, parked: [] });
    expect(landed.code).toBe(0);
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  it('lands under the prefix and in Glue, rings for nobody, and landing again adds nothing', async () => {
    expect([...aws.objects.keys()].every((key) => key.startsWith('lake/firn/'))).toBe(true);
    expect([...aws.databases.get('lab')!.keys()].sort()).toEqual(['readings', 'readings__quarantine']);
    const data = () => [...aws.objects.keys()].filter((key) => key.endsWith('.parquet')).sort();
    const before = data();
    const again = await firn(['land', 'readings', 'day.ndjson', '--json']);
    expect(again.json()).toMatchObject({ accepted: 0, quarantined: 0, alreadyLanded: 501, snapshots: 0 });
    expect(data()).toEqual(before);
    expect(before.length).toBeGreaterThan(0);
    expect(aws.count('SendMessage')).toBe(0);
    expect(readdirSync(folder)).not.toContain('warehouse');
  });

  it('tables and show tell what is there, and leave out tables of other warehouses', async () => {
    const other = { Name: 'elsewhere', Parameters: { table_type: 'ICEBERG', metadata_location: 's3://lake/firn2/x.metadata.json' } };
    aws.databases.set('others', new Map([['elsewhere', { ...other, VersionId: '0' }]]));
    const tables = await firn(['tables', '--json']);
    expect(tables.stderr).toBe('');
    const { warehouse, tables: rows } = tables.json<{ warehouse: string; tables: { table: string; rows: number; location: string }[] }>();
    expect(warehouse).toBe(ROOT);
    expect(rows.map(({ table, rows: count }) => [table, count])).toEqual([
      ['lab.readings', 500],
      ['lab.readings__quarantine', 1],
    ]);
    expect(rows[0]!.location).toMatch(/^s3:\/\/lake\/firn\//);
    const shown = await firn(['show', 'readings']);
    expect(shown.stdout).toMatch(/rows +500 in \d+ files/);
    expect(shown.code).toBe(0);
  });

  it('a query reads copies of the files it names, and leaves none behind', async () => {
    aws.requests.length = 0;
    const run = await firn(['query', 'select count(*) as n, sum(id) as total from readings', '--json']);
    expect(run.stderr).toBe('');
    expect(run.json()).toEqual([{ n: 500, total: (499 * 500) / 2 }]);
    expect(copies()).toEqual([]);
    const fetched = aws.requests.filter(({ operation, url }) => operation === 'GetObject' && url.pathname.endsWith('.parquet'));
    expect(fetched.length).toBeGreaterThan(0);
    expect(fetched.filter(({ url }) => url.pathname.includes('quarantine'))).toEqual([]);
    const wrong = await firn(['query', 'select nothing_like_it from readings']);
    expect(wrong.code).toBe(3);
    expect(copies()).toEqual([]);
  });

  it('a query that is stopped while it fetches leaves no copy behind', async () => {
    let kill: (signal: NodeJS.Signals) => void = () => undefined;
    const stopAtFirstCopy = () => {
      if (copies().length === 0) return aws.beforeNext('GetObject', stopAtFirstCopy);
      aws.failNext('GetObject', { kind: 'hang', applied: false });
      kill('SIGTERM');
    };
    aws.beforeNext('GetObject', stopAtFirstCopy);
    const run = await runFirn(['query', 'from readings', '--catalog', 'glue', '--warehouse', ROOT], {
      cwd: folder,
      env: environment(),
      onStart: (send) => {
        kill = send;
      },
    });
    expect(run.signal).toBe('SIGTERM');
    expect(copies()).toEqual([]);
  });

  it('the quarantine tells rules and examples, and does not fetch the table beside it', async () => {
    aws.requests.length = 0;
    const run = await firn(['quarantine', 'readings', '--json', '--values']);
    expect(run.stderr).toBe('');
    expect(run.json()).toMatchObject({
      table: 'lab.readings__quarantine',
      records: 1,
      rules: [{ field: 'id', count: 1, examples: [{ source: expect.stringContaining('day.ndjson'), offset: 500, value: BAD.trim() }] }],
    });
    const fetched = aws.requests.filter(({ operation, url }) => operation === 'GetObject' && url.pathname.endsWith('.parquet'));
    expect(fetched.length).toBeGreaterThan(0);
    expect(fetched.filter(({ url }) => !url.pathname.includes('quarantine'))).toEqual([]);
    expect(copies()).toEqual([]);
  });

  it('the audit is clean, and says no when a file is gone, which a query names', async () => {
    const clean = await firn(['audit', 'lab.readings', '--json']);
    expect(clean.json()).toMatchObject({ clean: true });
    expect(clean.code).toBe(0);
    const [key, object] = [...aws.objects].find(([path]) => path.endsWith('.parquet') && !path.includes('quarantine'))!;
    aws.objects.delete(key);
    try {
      const audit = await firn(['audit', 'lab.readings', '--json']);
      expect([audit.code, audit.json()]).toEqual([1, expect.objectContaining({ clean: false })]);
      const query = await firn(['query', 'select count(*) from readings']);
      expect(query.stderr).toContain(`s3://${key}`);
      expect(query.code).toBe(3);
      expect(copies()).toEqual([]);
    } finally {
      aws.objects.set(key, object);
    }
  });

  it('check compares with the deployed tables', async () => {
    const run = await firn(['check', '--json']);
    expect(run.json()).toMatchObject({ ok: true, contracts: [{ deployed: [{ table: 'lab.readings', state: 'same' }] }] });
  });

  it('a command on a directory does not load the AWS SDK, one on S3 does', async () => {
    const probe = `
      import { registerHooks } from 'node:module';
      const names = new Set();
      registerHooks({ resolve: (name, context, next) => (names.add(name), next(name, context)) });
      const { runCli } = await import(process.argv[1]);
      await runCli(process.argv.slice(2));
      process.stderr.write(JSON.stringify([...names].filter((name) => name.startsWith('@aws-sdk/client-')).sort()));`;
    const sdkOf = (args: readonly string[]) => {
      const nodeArgs = ['--input-type=module', '-e', probe, RUN, ...args];
      const { stderr, stdout } = spawnSync(process.execPath, nodeArgs, {
        cwd: folder,
        env: { ...process.env, AWS_REGION: '' },
        encoding: 'utf8',
      });
      return { stdout, loaded: stderr.slice(stderr.lastIndexOf('\n') + 1) };
    };
    expect(sdkOf(['check'])).toEqual({ stdout: expect.stringContaining('1 contract, 0 errors'), loaded: '[]' });
    expect(sdkOf(['tables', '--catalog', 'glue', '--warehouse', ROOT]).loaded).toContain('@aws-sdk/client-s3');
  });

  it('no region and no credentials are said plainly', async () => {
    const bare = { AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
    const region = await firn(['tables', '--json'], { ...bare, AWS_REGION: '', AWS_DEFAULT_REGION: '' });
    expect(region.json()).toMatchObject({ error: { code: 'aws-region' } });
    const credentials = await firn(['tables', '--json'], { ...bare, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
    expect(credentials.json()).toMatchObject({ error: { code: 'aws-credentials' } });
    expect([region.code, credentials.code]).toEqual([3, 3]);
  });
});
