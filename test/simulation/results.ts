// Results of runs, kept for the fault report: one JSON file a command in `.interop/results/`, which is not part of the repository.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../.interop/results');

/** Schedules of consecutive seeds and what came of them. */
export interface SimulationResult {
  readonly from: number;
  readonly to: number;
  readonly run: number;
  readonly failed: number;
  readonly tally: Readonly<Record<string, number>>;
  /** The commit that was played, and what its failing schedules have shown, where somebody has written it down. */
  readonly code?: string;
  readonly found?: string;
}

/** Adds to what is kept if its seeds follow on; else takes its place. */
export function keepSchedules(now: SimulationResult): void {
  const file = join(folder, 'simulation.json');
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SimulationResult[]) : [];
  const last = before.at(-1);
  keepResult('simulation', last && last.to === now.from - 1 ? [...before.slice(0, -1), together(last, now)] : [now]);
}

/** Of two runs as of one. */
export function together(before: SimulationResult, now: SimulationResult): SimulationResult {
  const names = [...new Set([...Object.keys(before.tally), ...Object.keys(now.tally)])].sort();
  const tally = Object.fromEntries(names.map((name) => [name, (before.tally[name] ?? 0) + (now.tally[name] ?? 0)]));
  return { ...before, to: now.to, run: before.run + now.run, failed: before.failed + now.failed, tally };
}

export function keepResult(name: string, result: unknown): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(result, null, 1));
}
