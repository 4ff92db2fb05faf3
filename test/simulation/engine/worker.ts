// A thread that runs schedules, with the shortcuts. With a planted bug its sources are changed while they are loaded, so the engine is
// imported only after the hooks are in place. Messages in: a part of the seeds. Messages out: a report per part.
import { createHash } from 'node:crypto';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { PlantedBug } from '../planted/bugs.ts';
import { plant } from '../planted/hook.ts';
import { takeShortcuts } from '../shortcuts/hook.ts';
import type { Length } from './lengths.ts';
import type { ScheduleResult } from './schedule.ts';

export interface Part {
  readonly from: number;
  readonly count: number;
  /** Stop at the first violation. */
  readonly isHunt?: boolean;
  /** In place of what the seeds say. */
  readonly length?: Length;
}

export interface PartReport {
  readonly from: number;
  readonly run: number;
  readonly failed: readonly Pick<ScheduleResult, 'seed' | 'violation' | 'trace'>[];
  readonly tally: Readonly<Record<string, number>>;
  /** Hash of all results, which are the same on every machine. */
  readonly sha256: string;
}

const TRACE_LINES = 40;
const POOL_BYTES = 1 << 20;

const { bug } = (workerData ?? {}) as { readonly bug?: PlantedBug };
// Threads are started by the dozen, each with its own rule removed; all but that is compiled once.
enableCompileCache();
// Most objects of a schedule are a few kilobytes: cut from large pieces of memory they cost no allocation of their own.
Buffer.poolSize = POOL_BYTES;
// Errors are part of what is played, by the thousand; the stack of one that is a bug is told by `--trace`.
Error.stackTraceLimit = 0;
takeShortcuts();
if (bug) plant(bug);
type Run = (seed: number, part: Part) => Promise<ScheduleResult>;
const run: Run = bug?.isScenario ? await scenarioOf(bug.rule) : await schedules();
flushCompileCache();

parentPort?.on('message', (part: Part) => {
  void runPart(part).then((report) => parentPort?.postMessage(report));
});

async function runPart(part: Part): Promise<PartReport> {
  const { from, count, isHunt } = part;
  const failed: PartReport['failed'][number][] = [];
  const tally: Record<string, number> = {};
  const hash = createHash('sha256');
  let done = 0;
  for (let seed = from; seed < from + count; seed++) {
    const result = await run(seed, part);
    done++;
    hash.update(JSON.stringify(result));
    for (const [what, times] of Object.entries(result.tally)) tally[what] = (tally[what] ?? 0) + times;
    if (result.violation === undefined) continue;
    failed.push({ seed, violation: result.violation, trace: result.trace.slice(-TRACE_LINES) });
    if (isHunt) break;
  }
  return { from, run: done, failed, tally, sha256: hash.digest('hex') };
}

async function schedules(): Promise<Run> {
  const { runSchedule } = await import('./schedule.ts');
  const focus = bug?.focus ? { focus: bug.focus } : {};
  return (seed, { length }) => runSchedule(seed, { ...focus, ...(length ? { length } : {}) });
}

/** A scenario is the same whatever the seed. */
async function scenarioOf(rule: string): Promise<Run> {
  const { playScenario } = await import('../planted/play.ts');
  return (seed) => playScenario(rule, seed);
}
