// The npm package as a user gets it: packed, installed into an empty project and used, by command and by import. Upholds that
// what is published is complete: nothing works only because the repository happens to be around it.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPOSITORY } from './support/source-files.ts';

const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: urn:consumer:shop:orders
version: 1.0.0
status: active
domain: shop
schema:
  - name: orders
    logicalType: object
    physicalType: table
    properties:
      - {name: order_id, logicalType: integer, required: true, primaryKey: true}
      - {name: ordered_at, logicalType: timestamp, required: true, partitioned: true}
      - {name: amount, logicalType: number, physicalType: "decimal(12,2)", logicalTypeOptions: {minimum: 0}}
customProperties:
  - {property: firn.source, value: {topic: shop.orders, format: json}}
`;

const CONSUMER = `import { loadContract } from 'firn';
import { readFileSync } from 'node:fs';

const file = 'schemas/shop/orders.odcs.yaml';
const loaded = loadContract(readFileSync(file, 'utf8'), { file, assignIds: true });
if (!loaded.ok) throw new Error(loaded.findings.map((finding) => finding.message).join('; '));
const names: readonly string[] = loaded.contract.tables.map((table) => table.identifier.namespace + '.' + table.identifier.name);
process.stdout.write(JSON.stringify(names));
`;

/** Somebody else's CDK application: its own bucket and roles, our pipeline and grants. */
const FOREIGN_APP = `import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { FirnPipeline, type IcebergTable, type KafkaConfig, loadContracts, makeFunctionCode, secretRef } from 'firn/cdk';

const app = new App({ outdir: 'cdk.out', builtinCloudFormationValidation: false });
const stack = new Stack(app, 'Lake');
const bucket = new Bucket(stack, 'Bucket', { removalPolicy: RemovalPolicy.RETAIN });
const kafka: KafkaConfig = {
  kind: 'msk',
  clusterArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/theirs/0a1b2c3d-1111-2222-3333-444455556666-1',
  authentication: { kind: 'scram-512', secretArn: secretRef(process.argv[2] ?? '') },
  eventSource: { pollers: { kind: 'provisioned', minimum: 1, maximum: 4, groupName: 'theirs' } },
};
const contracts = loadContracts(process.cwd(), 'schemas');
const pipeline = new FirnPipeline(stack, 'Firn', {
  environment: 'theirs',
  contracts,
  kafka,
  bucket,
  root: 's3://' + bucket.bucketName,
  code: makeFunctionCode(contracts),
  logRetention: RetentionDays.ONE_MONTH,
});
const orders: IcebergTable = pipeline.tables.get('shop.orders')!;
orders.grantRead(new Role(stack, 'Analyst', { assumedBy: new AccountRootPrincipal() }));
orders.grantReadWrite(new Role(stack, 'SparkJob', { assumedBy: new AccountRootPrincipal() }));
app.synth();
`;

let folder = '';
let tarball = '';
const environment = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter), CI: 'true' };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firn-package-'));
  execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: REPOSITORY, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type: 'module' }));
  install();
  mkdirSync(join(folder, 'schemas/shop'), { recursive: true });
  writeFileSync(join(folder, 'schemas/shop/orders.odcs.yaml'), CONTRACT);
  const orders = Array.from({ length: 50 }, (_, n) => ({
    order_id: n,
    ordered_at: `2026-03-0${1 + (n % 3)}T00:00:00Z`,
    amount: n === 7 ? -1 : n,
  }));
  writeFileSync(join(folder, 'orders.ndjson'), orders.map((order) => `${JSON.stringify(order)}\n`).join(''));
}, 240_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the npm package', () => {
  test('holds what it runs on and nothing of the tests', () => {
    const paths = execFileSync('tar', ['-tzf', join(folder, tarball)], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(paths).toEqual(
      expect.arrayContaining(['package/package.json', 'package/dist/src/cli/main.js', 'package/dist/src/index.d.ts', 'package/LICENSE']),
    );
    expect(paths.filter((path) => /^package\/(test|bench|node_modules|\.ci)\//.test(path) || path.endsWith('.tgz'))).toEqual([]);
  });

  test('its command checks a contract, lands a file once and audits the table', () => {
    const check = firn('check', 'schemas', '--write-ids');
    expect(check, check.stderr).toMatchObject({ status: 0 });
    const first = firn('land', 'schemas/shop/orders.odcs.yaml', 'orders.ndjson', '--json');
    expect(first, first.stderr).toMatchObject({ status: 0 });
    const second = firn('land', 'schemas/shop/orders.odcs.yaml', 'orders.ndjson', '--json');
    expect(second, second.stderr).toMatchObject({ status: 0 });
    const query = firn('query', 'select count(*) as n, sum(amount) as total from shop.orders', '--format', 'csv');
    expect(query, query.stderr).toMatchObject({ status: 0 });
    const total = Array.from({ length: 50 }, (_, n) => n)
      .filter((n) => n !== 7)
      .reduce((sum, n) => sum + n, 0);
    expect(query.stdout.trim().split(/\r?\n/)).toEqual(['n,total', `49,${total}.00`]);
    const audit = firn('audit', 'shop.orders', '--json');
    expect(audit, audit.stderr).toMatchObject({ status: 0 });
  }, 120_000);

  test('its version is the one of package.json', () => {
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string };
    expect(firn('--version').stdout).toContain(version);
  }, 60_000);

  test('its library is imported with types by a strict project', () => {
    writeFileSync(join(folder, 'consumer.ts'), CONSUMER);
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      target: 'es2024',
      types: ['node'],
      outDir: 'out',
      rootDir: '.',
      skipLibCheck: false,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
    const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
    const compiled = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json'], { cwd: folder, encoding: 'utf8' });
    expect(compiled.stdout).toBe('');
    expect(compiled.status).toBe(0);
    const ran = spawnSync(process.execPath, ['out/consumer.js'], { cwd: folder, encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    expect(JSON.parse(ran.stdout)).toEqual(['shop.orders']);
  }, 120_000);

  test('its constructs make up somebody else’s CDK application, with bundles, grants and a plan of the deployment', () => {
    for (const name of ['aws-cdk-lib', 'constructs', 'cdk-nag', 'esbuild']) {
      const target = join(folder, 'node_modules', name);
      if (!existsSync(target)) symlinkSync(join(REPOSITORY, 'node_modules', name), target, 'dir');
    }
    writeFileSync(join(folder, 'lake.ts'), FOREIGN_APP);
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      target: 'es2024',
      types: ['node'],
      outDir: 'out',
      rootDir: '.',
      skipLibCheck: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['lake.ts'] }));
    const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
    const compiled = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json'], { cwd: folder, encoding: 'utf8' });
    expect(compiled.stdout).toBe('');
    const synth = (secret: string) =>
      spawnSync(process.execPath, ['out/lake.js', secret], { cwd: folder, encoding: 'utf8', timeout: 120_000 });
    const refused = synth('hunter2');
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('a secret is named, never given')]);
    expect(refused.stderr).not.toContain('hunter2');
    const ran = synth('arn:aws:secretsmanager:eu-central-1:111122223333:secret:AmazonMSK_theirs');
    expect(ran.stderr).toBe('');
    const template = JSON.parse(readFileSync(join(folder, 'cdk.out/Lake.template.json'), 'utf8')) as ForeignTemplate;
    const ofType = (type: string) => Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
    const [[, mapping]] = ofType('AWS::Lambda::EventSourceMapping').filter(([, { Properties }]) => 'Topics' in Properties) as [
      [string, ForeignResource],
    ];
    expect(mapping.Properties).toMatchObject({ Topics: ['shop.orders'], ProvisionedPollerConfig: { PollerGroupName: 'theirs' } });
    const policies = new Map(
      ofType('AWS::IAM::Policy').map(([id, { Properties }]) => [id.replace(/DefaultPolicy.*/, ''), JSON.stringify(Properties)]),
    );
    expect(policies.get('Analyst')).toContain('s3:GetObject');
    expect(policies.get('Analyst')).not.toContain('s3:PutObject');
    expect(policies.get('SparkJob')).toContain('glue:UpdateTable');
    const assets = readdirSync(join(folder, 'cdk.out')).filter((name) => name.startsWith('asset.'));
    // `commit` encodes too, so it carries the kernels as well; the contracts beside them are in `land` alone.
    const has = (name: string, file: string) => existsSync(join(folder, 'cdk.out', name, file));
    const land = assets.filter((name) => has(name, 'firn-hot.wasm') && has(name, 'contracts.json'));
    expect(assets.filter((name) => has(name, 'firn-hot.wasm'))).toHaveLength(2);
    expect(land.flatMap((name) => readdirSync(join(folder, 'cdk.out', name)).sort())).toEqual([
      'contracts.json',
      'firn-hot.wasm',
      'index.mjs',
      'index.mjs.map',
    ]);
    const plan = firn('deploy-plan', '--deployed', 'cdk.out', '--new', 'cdk.out');
    expect([plan.status, plan.stdout]).toEqual([0, 'nothing changes for data or positions\n']);
  }, 240_000);
});

interface ForeignResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

interface ForeignTemplate {
  readonly Resources: Readonly<Record<string, ForeignResource>>;
}

/** Runs the installed command through npx, as a user does. */
function firn(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'firn', ...args], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** `npm install` of the tarball; where no registry or cache answers, the declared dependencies are linked from the lockfile's tree. */
function install(): void {
  const options = { cwd: folder, env: environment, encoding: 'utf8', timeout: 150_000 } as const;
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  const installed = spawnSync('npm', ['install', `./${tarball}`, ...flags], options);
  if (installed.status !== 0) linkDependencies();
  const types = join(folder, 'node_modules/@types');
  mkdirSync(types, { recursive: true });
  for (const name of ['@types/node', 'undici-types']) {
    const target = join(folder, 'node_modules', name);
    if (!existsSync(target)) symlinkSync(join(REPOSITORY, 'node_modules', name), target, 'dir');
  }
}

function linkDependencies(): void {
  const modules = join(folder, 'node_modules');
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(join(modules, '.bin'), { recursive: true });
  execFileSync('tar', ['-xzf', tarball], { cwd: folder });
  cpSync(join(folder, 'package'), join(modules, 'firn'), { recursive: true });
  rmSync(join(folder, 'package'), { recursive: true, force: true });
  symlinkSync('../firn/dist/src/cli/main.js', join(modules, '.bin/firn'));
  const lock = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  for (const [path, entry] of Object.entries(lock.packages)) {
    const isTop = path.startsWith('node_modules/') && !path.slice('node_modules/'.length).includes('node_modules/');
    const source = join(REPOSITORY, path);
    if (!isTop || entry.dev === true || !existsSync(source)) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(source, join(folder, path), 'dir');
  }
}
