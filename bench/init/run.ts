// `npm run bench:init`: how long each function needs from the start of its module to ready, in a process of its own each time, beside
// a handler that does nothing. Lambda counts the same stretch as INIT (on slower, unshared cores of arm64), so the ratio and the CPU
// time are what carries over; wall-clock time of a busy machine is printed and means little.
//   --runs=15   processes a function       --json   one document on standard output
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { CONTRACTS_FILE } from '../../functions/shared/config.ts';
import { bundleFunction, writeBundle } from '../../infra/bundle.ts';
import { loadContracts } from '../../infra/contracts.ts';
import { contractToJson } from '../../src/contract/serialize.ts';

interface Init {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly rssMiB: number;
}

interface Measured extends Init {
  readonly name: string;
  readonly codeKB: number;
  /** CPU time beside the empty handler's. */
  readonly ratio: number;
}

const NAMES = ['land', 'commit', 'watch'] as const;
const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '15' }, json: { type: 'boolean', default: false } } });
const runs = Math.min(200, Math.max(1, Number(options.runs)));
const root = dirname(dirname(import.meta.dirname));
const contracts = loadContracts(root, 'schemas');
const first = contracts[0]!;
const beside = {
  [CONTRACTS_FILE]: JSON.stringify(Object.fromEntries(contracts.map((contract) => [contract.name, contractToJson(contract)]))),
};
const home = mkdtempSync(join(tmpdir(), 'firn-init-'));

const empty = join(home, 'index.mjs');
writeFileSync(empty, 'export const handler = async () => {};\n');
const candidates = [
  { name: 'empty', file: empty, codeKB: 0 },
  ...NAMES.map((name) => {
    const bundle = bundleFunction({ root, name });
    return { name, file: join(writeBundle(bundle, beside), 'index.mjs'), codeKB: bundle.codeBytes / 1000 };
  }),
];
const samples = new Map(candidates.map(({ name }) => [name, [] as Init[]]));
// In turns, so that a busy moment of the machine falls on all of them alike.
for (let run = 0; run < runs; run++) for (const { name, file } of candidates) samples.get(name)!.push(initOf(name, file));
rmSync(home, { recursive: true, force: true });

const base = middle(samples.get('empty')!, 'cpuMs');
const measured: readonly Measured[] = candidates.map(({ name, codeKB }) => {
  const own = samples.get(name)!;
  const cpuMs = middle(own, 'cpuMs');
  return { name, codeKB, wallMs: middle(own, 'wallMs'), cpuMs, rssMiB: middle(own, 'rssMiB'), ratio: cpuMs / base };
});
if (options.json) process.stdout.write(`${JSON.stringify({ runs, measured }, undefined, 2)}\n`);
else {
  process.stdout.write(`median of ${runs} processes each, Node ${process.versions.node}, ${process.arch}\n`);
  process.stdout.write('function   code kB   CPU ms   of an empty handler   wall ms   memory MiB\n');
  for (const { name, codeKB, cpuMs, ratio, wallMs, rssMiB } of measured) {
    const cells = [
      codeKB.toFixed(0).padStart(7),
      cpuMs.toFixed(1).padStart(8),
      `${ratio.toFixed(1)}x`.padStart(21),
      wallMs.toFixed(1).padStart(9),
      rssMiB.toFixed(0).padStart(12),
    ];
    process.stdout.write(`${name.padEnd(9)} ${cells.join(' ')}\n`);
  }
}

/** One cold start: from before the module is read until its exports are there. */
function initOf(name: string, file: string): Init {
  const program = `
    const cpu = process.cpuUsage(), wall = performance.now();
    const { handler } = await import(${JSON.stringify(file)});
    const wallMs = performance.now() - wall, { user, system } = process.cpuUsage(cpu);
    if (typeof handler !== 'function') throw new Error('no handler');
    process.stdout.write('\\n' + JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, rssMiB: process.memoryUsage().rss / 1048576 }));
    process.exit(0);`;
  const ran = spawnSync(process.execPath, ['--enable-source-maps', '--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env['PATH'], NODE_DISABLE_COMPILE_CACHE: '1', ...environmentOf(name) },
  });
  if (ran.status !== 0) throw new Error(`${name} did not start: ${ran.stderr.slice(-1_000)}`);
  return JSON.parse(ran.stdout.slice(ran.stdout.lastIndexOf('\n') + 1)) as Init;
}

function environmentOf(name: string): Record<string, string> {
  if (name === 'empty') return {};
  const all = {
    FIRN_ENVIRONMENT: 'bench',
    FIRN_ROOT: 's3://lake',
    FIRN_DOORBELL_URL: 'https://sqs.eu-central-1.amazonaws.com/111122223333/doorbell.fifo',
    AWS_REGION: 'eu-central-1',
    AWS_LAMBDA_FUNCTION_NAME: name,
  };
  const withContracts = name === 'commit' ? {} : { FIRN_CONTRACTS_FILE: CONTRACTS_FILE };
  const withSource = name === 'land' ? { FIRN_CONTRACT: first.name, FIRN_SOURCE: first.sources[0]!.name } : {};
  return { ...all, ...withContracts, ...withSource };
}

function middle(values: readonly Init[], key: keyof Init): number {
  const sorted = values.map((value) => value[key]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
