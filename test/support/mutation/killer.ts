// The thread that judges the mutants of one file: the source with all of them is put in place while it is loaded, every killer runs once
// without a mutant and is noted with the mutants it reaches; then each mutant runs the killers that reach it, until one fails. A killer
// that still fails without the mutant has been left a changed world: the thread says so and ends, and a new one goes on.
import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { takeShortcuts } from '../../simulation/shortcuts/hook.ts';
import { active } from './active.ts';
import type { Mutant } from './mutants.ts';
import { withMutants } from './schemata.ts';
import { takeTests } from './shim.ts';

export interface KillerTask {
  readonly file: string;
  /** All mutants of the file, in order. */
  readonly mutants: readonly Mutant[];
  /** Ids (1 and up) to judge. */
  readonly ids: readonly number[];
  /** URLs of test files. */
  readonly tests: readonly string[];
  /** Schedules of the simulation, after the tests. */
  readonly seeds: readonly number[];
}

export type Verdict =
  /** Begun: what does not come back from here does not end. */
  | { readonly kind: 'judging'; readonly id: number }
  | { readonly kind: 'judged'; readonly id: number; readonly killedBy: string | undefined }
  /** Killers that fail without any mutant. */
  | { readonly kind: 'useless'; readonly killers: readonly string[] }
  | { readonly kind: 'spoilt'; readonly id: number }
  | { readonly kind: 'done' };

interface Killer {
  readonly name: string;
  readonly run: () => unknown;
  readonly reached: ReadonlySet<number>;
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
    if (!url.endsWith(`/${task.file}`)) return loaded;
    const source = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString('utf8');
    return { ...loaded, source: withMutants(source, task.mutants) };
  },
});
// Only where nothing but schedules runs: tests may change a buffer that they read.
if (task.tests.length === 0) takeShortcuts();

const say = (verdict: Verdict): void => parentPort?.postMessage(verdict);
await judgeAll();
say({ kind: 'done' });

async function judgeAll(): Promise<void> {
  let killers = await usefulKillers();
  for (const id of task.ids) {
    say({ kind: 'judging', id });
    const killer = await killerOf(killers, id);
    if (killer && !(await passes(killer))) return say({ kind: 'spoilt', id });
    say({ kind: 'judged', id, killedBy: killer?.name });
    // What killed one mutant kills its neighbours, too.
    if (killer) killers = [killer, ...killers.filter((one) => one !== killer)];
  }
}

async function killerOf(killers: readonly Killer[], id: number): Promise<Killer | undefined> {
  for (const killer of killers) {
    if (!killer.reached.has(id)) continue;
    active.id = id;
    const isAlive = await passes(killer);
    active.id = 0;
    if (!isAlive) return killer;
  }
  return undefined;
}

async function usefulKillers(): Promise<Killer[]> {
  const useless: string[] = [];
  const killers: Killer[] = [];
  for (const { name, run } of await allKillers()) {
    const reached = new Set<number>();
    active.reached = reached;
    if (await passes({ name, run, reached })) killers.push({ name, run, reached });
    else useless.push(name);
    active.reached = undefined;
  }
  if (useless.length > 0) say({ kind: 'useless', killers: useless });
  return killers;
}

async function allKillers(): Promise<Pick<Killer, 'name' | 'run'>[]> {
  const killers: Pick<Killer, 'name' | 'run'>[] = [];
  for (const file of task.tests) {
    await import(file);
    const path = file.slice(file.lastIndexOf('/test/') + 1);
    killers.push(...takeTests().map(({ name, run }) => ({ name: `${path} ${name}`, run })));
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

async function passes({ run }: Killer): Promise<boolean> {
  try {
    await run();
    return true;
  } catch {
    return false;
  }
}
