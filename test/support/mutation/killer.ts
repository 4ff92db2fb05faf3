// The thread that judges mutants: each source with all of its mutants is put in place while it is loaded, every killer runs once
// without a mutant and is noted with the mutants it reaches and what it costs; then each mutant runs the killers that reach it, cheapest
// first, until one fails. A killer that still fails without the mutant has been left a changed world: the thread says so and ends, and
// a new one goes on.
import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { takeShortcuts } from '../../simulation/shortcuts/hook.ts';
import { active } from './active.ts';
import type { Mutant } from './mutants.ts';
import { withMutants } from './schemata.ts';
import { takeTests } from './shim.ts';

export interface KillerTask {
  /** The texts of the files, as they were when their mutants were found. */
  readonly texts: ReadonlyMap<string, string>;
  /** All mutants of these files, in order. */
  readonly mutants: readonly Mutant[];
  /** Ids (1 and up) to judge. */
  readonly ids: readonly number[];
  /** URLs of test files. */
  readonly tests: readonly string[];
  /** Schedules of the simulation, after the tests. */
  readonly seeds: readonly number[];
  /** Killers that take longer, in CPU time, do not judge. */
  readonly underMs: number;
  /** What an earlier thread found out about the killers. */
  readonly known: readonly KnownKiller[] | undefined;
  /** In force from before the sources are loaded: a mutant of what runs while they are. It is the only one to judge. */
  readonly fixed?: number;
}

export interface KnownKiller {
  readonly name: string;
  /** Without a mutant. */
  readonly cpuMs: number;
  readonly reached: ReadonlySet<number>;
}

export type Verdict =
  /** The killers that pass without any mutant, the names of those that do not, and the mutants reached while sources were loaded. */
  | {
      readonly kind: 'known';
      readonly killers: readonly KnownKiller[];
      readonly useless: readonly string[];
      readonly loading: ReadonlySet<number>;
    }
  /** Begun: what does not come back from here does not end. */
  | { readonly kind: 'judging'; readonly id: number }
  /** A killer of which this is known begins, at this CPU time of the thread. */
  | { readonly kind: 'running'; readonly sinceCpuMs: number; readonly cpuMs: number }
  | { readonly kind: 'judged'; readonly id: number; readonly killedBy: string | undefined }
  | { readonly kind: 'spoilt'; readonly id: number; readonly killedBy: string }
  | { readonly kind: 'done' };

interface Killer extends KnownKiller {
  readonly run: () => unknown;
}

const task = workerData as KillerTask;
const shim = new URL('./shim.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === 'vitest') return { url: shim, shortCircuit: true };
    return nextResolve(specifier, context);
  },
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const text = [...task.texts].find(([file]) => url.endsWith(`/${file}`));
    return text ? { ...loaded, source: withMutants(text[1], { file: text[0], mutants: task.mutants }) } : loaded;
  },
});
// Only where nothing but schedules runs: tests may change a buffer that they read.
if (task.tests.length === 0) takeShortcuts();

// A test that fails in the middle leaves promises behind that nobody looks at any more.
process.on('unhandledRejection', () => undefined);

const say = (verdict: Verdict): void => parentPort?.postMessage(verdict);
if (task.fixed === undefined) await judgeAll();
else await judgeFixed(task.fixed);
say({ kind: 'done' });

async function judgeAll(): Promise<void> {
  let killers = (await usefulKillers()).filter(({ cpuMs }) => cpuMs < task.underMs);
  for (const id of task.ids) {
    say({ kind: 'judging', id });
    const killer = await killerOf(killers, id);
    if (killer && !(await passes(killer.run))) return say({ kind: 'spoilt', id, killedBy: killer.name });
    say({ kind: 'judged', id, killedBy: killer?.name });
    // What killed one mutant kills its neighbours, too.
    if (killer) killers = [killer, ...killers.filter((one) => one !== killer)];
  }
}

/** A source that cannot be loaded with its mutant fails every test of it. */
async function judgeFixed(id: number): Promise<void> {
  say({ kind: 'judging', id });
  active.id = id;
  let killedBy: string | undefined;
  try {
    for (const killer of (await usefulKillers()).filter(({ cpuMs }) => cpuMs < task.underMs)) {
      say({ kind: 'running', sinceCpuMs: cpuNowMs(), cpuMs: killer.cpuMs });
      if (await passes(killer.run)) continue;
      killedBy = killer.name;
      break;
    }
  } catch {
    killedBy = 'loading';
  }
  say({ kind: 'judged', id, killedBy });
}

async function killerOf(killers: readonly Killer[], id: number): Promise<Killer | undefined> {
  for (const killer of killers) {
    if (!killer.reached.has(id)) continue;
    say({ kind: 'running', sinceCpuMs: cpuNowMs(), cpuMs: killer.cpuMs });
    active.id = id;
    const isAlive = await passes(killer.run);
    active.id = 0;
    if (!isAlive) return killer;
  }
  return undefined;
}

/** Those that pass without a mutant, cheapest first. */
async function usefulKillers(): Promise<Killer[]> {
  const useless: string[] = [];
  const killers: Killer[] = [];
  const loading = new Set<number>();
  active.reached = loading;
  const all = await allKillers();
  for (const { name, run } of all) {
    const known = task.known?.find((one) => one.name === name);
    if (task.known) {
      if (known) killers.push({ ...known, run });
      continue;
    }
    const reached = new Set<number>();
    active.reached = reached;
    const beganMs = cpuNowMs();
    if (await passes(run)) killers.push({ name, run, reached, cpuMs: cpuNowMs() - beganMs });
    else useless.push(name);
    active.reached = undefined;
  }
  active.reached = undefined;
  if (!task.known) say({ kind: 'known', killers: killers.map(({ name, cpuMs, reached }) => ({ name, cpuMs, reached })), useless, loading });
  return killers.sort((a, b) => a.cpuMs - b.cpuMs);
}

async function allKillers(): Promise<Pick<Killer, 'name' | 'run'>[]> {
  const killers: Pick<Killer, 'name' | 'run'>[] = [];
  for (const file of task.tests) {
    await import(file);
    const path = file.slice(file.lastIndexOf('/test/') + 1);
    killers.push(...takeTests().map(({ name, run }, i) => ({ name: `${path} ${i + 1} ${name}`, run })));
  }
  if (task.seeds.length > 0) {
    const { runSchedule } = (await import('../../simulation/engine/schedule.ts')) as typeof import('../../simulation/engine/schedule.ts');
    for (const seed of task.seeds) {
      const run = async (): Promise<void> => {
        const { violation } = await runSchedule(seed);
        if (violation !== undefined) throw new Error(violation);
      };
      killers.push({ name: `schedule ${seed}`, run });
    }
  }
  return killers;
}

async function passes(run: () => unknown): Promise<boolean> {
  try {
    await run();
    return true;
  } catch {
    return false;
  }
}

/** CPU time of this thread so far. */
function cpuNowMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
