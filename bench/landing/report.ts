// The landing report as text: one table of speeds in JSON.parse, the peers, cold starts, stages.
import { median, type Rounds } from './measure.ts';
import { DUCKDB, LANDING, PARQUET, ROW_WISE, type ScenarioMeasured, WITH_EVENT, YARDSTICK } from './measure-scenario.ts';
import type { ScenarioName } from './scenarios.ts';
import type { Stages } from './stages.ts';

export interface ScenarioReport {
  readonly name: ScenarioName;
  readonly title: string;
  readonly processes: readonly ScenarioMeasured[];
}

interface ColdRun {
  readonly loadMs: number;
  readonly first: { readonly wallMs: number; readonly cpuMs: number };
  readonly second: { readonly wallMs: number; readonly cpuMs: number };
}

export interface ColdMeasured {
  readonly name: 'flat' | 'gamegen';
  readonly firn: readonly ColdRun[];
  readonly json: readonly ColdRun[];
}

export interface LandingReport {
  readonly machine: string;
  readonly node: string;
  /** Runnable processes when it began. */
  readonly load: number;
  readonly events: number;
  readonly rounds: Rounds;
  readonly scenarios: readonly ScenarioReport[];
  readonly cold: readonly ColdMeasured[];
}

/** Median and range of something over processes. */
export interface Spread {
  readonly middle: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { middle: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Speed of a path in JSON.parse; undefined where the scenario has no such path. */
export function speedSpread(report: ScenarioReport, path: string): Spread | undefined {
  const values = report.processes.flatMap((one) => one.paths[path]?.timesJsonParse ?? []);
  return values.length > 0 ? spreadOf(values) : undefined;
}

export function reportTable(report: LandingReport): string {
  const lines = [
    `${report.machine}, Node ${report.node}, load ${report.load}; ${report.events} events a batch`,
    'speed in JSON.parse of the same bytes in the same process (range over processes); CPU time, paired',
    roundsText(report.rounds),
    '',
    row(['', 'Parquet bytes', 'while it compiles', 'whole landing', '+ event parse', 'MB/s/core', 'bytes/event']),
    ...report.scenarios.map(scenarioRow),
    ...report.scenarios.flatMap(peerLines),
    ...coldLines(report),
  ];
  return `${lines.join('\n')}\n`;
}

function roundsText({ warm, counted, early }: Rounds): string {
  const compiling = early === undefined ? '' : `; while it compiles: rounds ${early + 1} to ${early + counted}, Parquet bytes`;
  return `rounds ${warm + 1} to ${warm + counted} of each path${compiling}`;
}

function scenarioRow(scenario: ScenarioReport): string {
  const first = scenario.processes[0]!;
  const early = scenario.processes.flatMap((one) => one.paths[PARQUET]!.earlyTimes ?? []);
  const speed = median(scenario.processes.map((one) => one.valueBytes / 1e3 / one.paths[PARQUET]!.cpuMs));
  return row([
    scenario.title,
    spreadText(speedSpread(scenario, PARQUET)!),
    early.length > 0 ? spreadText(spreadOf(early)) : '',
    ...[LANDING, WITH_EVENT].map((path) => spreadText(speedSpread(scenario, path)!)),
    speed.toFixed(0),
    (first.paths[PARQUET]!.fileBytes / first.accepted).toFixed(1),
  ]);
}

/** Of scenarios that the ecosystem's paths know. */
function peerLines(scenario: ScenarioReport): string[] {
  const known = [ROW_WISE, DUCKDB].filter((path) => scenario.processes.every((one) => one.paths[path]));
  if (known.length === 0) return [];
  const first = scenario.processes[0]!;
  return [
    '',
    `${scenario.title}: ${first.accepted} accepted, ${first.rejected} rejected`,
    row(['', 'x JSON.parse', "Firn's speed in it", 'CPU ms']),
    ...[YARDSTICK, PARQUET, ...known].map((path) => {
      const times = spreadOf(scenario.processes.map((one) => one.paths[path]!.firnTimes));
      const ms = median(scenario.processes.map((one) => one.paths[path]!.cpuMs));
      return row([`  ${path}`, spreadText(speedSpread(scenario, path)!), spreadText(times), ms.toFixed(1)]);
    }),
  ];
}

function coldLines(report: LandingReport): string[] {
  if (report.cold.length === 0) return [];
  const ms = (values: readonly number[]) => {
    const { middle, least, most } = spreadOf(values);
    return `${middle.toFixed(0)} (${least.toFixed(0)}-${most.toFixed(0)})`;
  };
  const line = (title: string, runs: readonly ColdRun[]) =>
    row([
      title,
      ms(runs.map((run) => run.loadMs)),
      ms(runs.map((run) => run.first.wallMs)),
      ms(runs.map((run) => run.first.cpuMs)),
      ms(runs.map((run) => run.second.wallMs)),
      ms(runs.map((run) => run.second.cpuMs)),
    ]);
  return [
    '',
    row(['cold process, ms', 'load', 'first, wall', 'first, CPU', 'second, wall', 'second, CPU']),
    ...report.cold.flatMap(({ name, firn, json }) => [line(`  ${name}: Firn → Parquet bytes`, firn), line(`  ${name}: JSON.parse`, json)]),
  ];
}

export function stagesTable(title: string, stages: Stages): string {
  const json = stages['JSON.parse']!;
  const lines = Object.entries(stages).map(([stage, ms]) => row([`  ${stage}`, ms.toFixed(2), `${((100 * ms) / json).toFixed(1)} %`]));
  return `${[row([title, 'ms', 'of JSON.parse']), ...lines].join('\n')}\n\n`;
}

function spreadText({ middle, least, most }: Spread): string {
  return least === most ? middle.toFixed(2) : `${middle.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`;
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(36) : cell.padStart(20))).join('');
}
