// `npm run bench`: how fast a landing is, as a ratio to JSON.parse of the same values in the same process, with commit latency and
// memory. Prints one table beside the baseline; `--json` one document; `--quick` leaves out the million events; `--save` writes the baseline.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { REPOSITORY } from './batches.ts';
import { commitMany, landLong, landSmall, type ScenarioResult } from './scenarios.ts';

const BASELINE = join(REPOSITORY, 'bench/baseline.json');

const SCENARIOS: Readonly<Record<string, () => Promise<ScenarioResult>>> = {
  'land 10,000 events': () => landSmall(10_000),
  'commit 100 times': commitMany,
  'land 1,000,000 events': () => landLong(1_000_000),
};
const QUICK = ['land 10,000 events', 'commit 100 times'];

interface Report {
  readonly machine: string;
  readonly node: string;
  /** Runnable processes when it began: above the number of CPUs, times on the wall say little. */
  readonly load: number;
  readonly scenarios: Readonly<Record<string, ScenarioResult>>;
}

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    scenario: { type: 'string' },
  },
});

if (options.scenario !== undefined) {
  process.stdout.write(JSON.stringify(await SCENARIOS[options.scenario]!()));
} else {
  const baseline = readBaseline();
  const report = runAll(options.quick ? QUICK : Object.keys(SCENARIOS));
  if (options.save) writeFileSync(BASELINE, `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : table(report, baseline));
}

function runAll(names: readonly string[]): Report {
  const load = Math.round(loadavg()[0]! * 10) / 10;
  const scenarios = Object.fromEntries(names.map((name) => [name, runScenario(name)]));
  return { machine: `${cpus().length} vCPU ${process.arch} VM`, node: process.version, load, scenarios };
}

/** A process per scenario: its peak memory and its compiled code are its own. */
function runScenario(name: string): ScenarioResult {
  const self = fileURLToPath(import.meta.url);
  const ran = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', self, '--scenario', name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (ran.status !== 0) throw new Error(`scenario ${name} exited ${ran.status}`);
  return JSON.parse(ran.stdout) as ScenarioResult;
}

function readBaseline(): Report | undefined {
  try {
    return JSON.parse(readFileSync(BASELINE, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

function table(report: Report, baseline: Report | undefined): string {
  const lines = [
    `${report.machine}, Node ${report.node}, load ${report.load}`,
    '',
    row(['', 'events/s/core', 'MB/s/core', '× JSON.parse', 'baseline']),
  ];
  for (const [name, result] of Object.entries(report.scenarios)) {
    const old = baseline?.scenarios[name];
    lines.push(name);
    for (const [index, one] of result.throughput.entries()) {
      const before = old?.throughput[index]?.timesJsonParse;
      lines.push(
        row([
          `  ${one.name}`,
          rounded(one.eventsPerCpuSecond),
          one.valueMegabytesPerCpuSecond.toFixed(1),
          one.timesJsonParse.toFixed(2),
          before?.toFixed(2) ?? '-',
        ]),
      );
    }
    const { commitLatencyMs: latency } = result;
    if (latency) {
      lines.push(
        row([
          `  commit p50 / p99, ms (${latency.commits})`,
          `${latency.p50.toFixed(1)} / ${latency.p99.toFixed(1)}`,
          '',
          '',
          latencyText(old),
        ]),
      );
    }
    lines.push(row(['  peak memory, MB', result.peakRssMegabytes.toFixed(0), '', '', old?.peakRssMegabytes.toFixed(0) ?? '-']));
    lines.push(row(['  data file bytes per event', result.bytesPerEvent.toFixed(1), '', '', old?.bytesPerEvent.toFixed(1) ?? '-']));
  }
  return `${lines.join('\n')}\n`;
}

function latencyText(result: ScenarioResult | undefined): string {
  const latency = result?.commitLatencyMs;
  return latency ? `${latency.p50.toFixed(1)} / ${latency.p99.toFixed(1)}` : '-';
}

function rounded(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => (index === 0 ? cell.padEnd(44) : cell.padStart(15))).join('');
}
