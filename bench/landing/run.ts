// `npm run bench:landing`: a landing beside JSON.parse of the same bytes in the same process, as ratios (README of this folder's files:
// scenarios.ts what, paths.ts ways, measure.ts how). Quick by default: one process a scenario and few rounds; `--full` is what claims
// are made of: four processes, 24 rounds after 60, the range over processes printed, and 24 rounds after 10 for themselves.
//   --full           --only=flat,gamegen   --processes=4   --rounds=24   --events=7000   --no-peers
//   --stages         where the time goes, stage by stage
//   --json           one document on standard output       --plot=FILE.svg       a plot of it
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { REPOSITORY } from '../batches.ts';
import type { Rounds } from './measure.ts';
import { measureScenario } from './measure-scenario.ts';
import { plotReport } from './plot.ts';
import { type ColdMeasured, type LandingReport, reportTable, type ScenarioReport, stagesTable } from './report.ts';
import { makeScenario, SCENARIOS, type ScenarioName } from './scenarios.ts';
import { measureStages } from './stages.ts';

const QUICK = { processes: 1, rounds: { warm: 6, counted: 7 }, batches: 3 };
/** By round 60 nearly all loops are compiled: before, that takes a fifth of a landing, on threads beside. */
const FULL = { processes: 4, rounds: { early: 10, warm: 60, counted: 24 }, batches: 6 };

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    processes: { type: 'string' },
    rounds: { type: 'string' },
    events: { type: 'string', default: '7000' },
    'no-peers': { type: 'boolean', default: false },
    stages: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    plot: { type: 'string' },
    measure: { type: 'string' },
  },
});

const size = options.full ? FULL : QUICK;
const rounds: Rounds = { ...size.rounds, counted: options.rounds === undefined ? size.rounds.counted : Number(options.rounds) };
const measuring = { rounds, batches: size.batches, events: Number(options.events), peers: !options['no-peers'] };
const processes = options.processes === undefined ? size.processes : Number(options.processes);
const names = (options.only?.split(',') ?? Object.keys(SCENARIOS)) as ScenarioName[];

if (options.measure !== undefined) {
  const name = options.measure as ScenarioName;
  const measured = options.stages
    ? await measureStages(await makeScenario(name, measuring), rounds)
    : await measureScenario(name, measuring);
  process.stdout.write(JSON.stringify(measured));
} else if (options.stages) {
  for (const name of names) process.stdout.write(stagesTable(SCENARIOS[name].title, child(name)));
} else {
  const report = await runAll();
  if (options.plot !== undefined) writeFileSync(options.plot, plotReport(report));
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : reportTable(report));
}

async function runAll(): Promise<LandingReport> {
  const load = Math.round(loadavg()[0]! * 10) / 10;
  const scenarios: ScenarioReport[] = names.map((name) => ({
    name,
    title: SCENARIOS[name].title,
    processes: Array.from({ length: processes }, () => child(name)),
  }));
  const cold = await Promise.all((['flat', 'gamegen'] as const).filter((name) => names.includes(name)).map(measureCold));
  return {
    machine: `${cpus().length} vCPU ${process.arch}`,
    node: process.version,
    load,
    events: measuring.events,
    rounds,
    scenarios,
    cold,
  };
}

/** The scenario measured in a process of its own. */
function child<T>(name: ScenarioName): T {
  const flags = process.argv.slice(2).filter((flag) => !/^--(json|plot|only)/.test(flag));
  return runNode([fileURLToPath(import.meta.url), `--measure=${name}`, ...flags]);
}

function runNode<T>(command: readonly string[]): T {
  const ran = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (ran.status !== 0) throw new Error(`a measuring process exited ${ran.status}`);
  return JSON.parse(ran.stdout) as T;
}

async function measureCold(name: 'flat' | 'gamegen'): Promise<ColdMeasured> {
  const { batches } = await makeScenario(name, { batches: 1, events: measuring.events });
  const file = join(REPOSITORY, '.bench', `cold-${name}.json`);
  mkdirSync(join(REPOSITORY, '.bench'), { recursive: true });
  const { event, texts, records, valueBytes } = batches[0]!;
  writeFileSync(file, JSON.stringify({ event, texts, records, valueBytes }));
  const script = join(REPOSITORY, 'bench/landing/cold.ts');
  const runs = Math.max(3, processes);
  const times = (way: 'firn' | 'json') =>
    Array.from({ length: runs }, () => runNode<ColdMeasured['firn'][number]>([script, file, name, way]));
  return { name, firn: times('firn'), json: times('json') };
}
