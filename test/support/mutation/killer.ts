// The thread of one mutant: the changed source is put in place while it is loaded, then the killers run until one fails. It answers
// which killer that was, or that the mutant survived.
import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { takeShortcuts } from '../../simulation/shortcuts/hook.ts';
import type { Mutant } from './mutants.ts';
import { takeTests } from './shim.ts';

export interface KillerTask {
  readonly mutant: Mutant | undefined;
  /** URLs of test files. */
  readonly tests: readonly string[];
  /** Schedules of the simulation, after the tests. */
  readonly seeds: readonly number[];
  /** Tests that fail without a mutant. */
  readonly excluded: readonly string[];
}

export interface Verdict {
  readonly killedBy: string | undefined;
  /** Without a mutant: every test that failed. */
  readonly failed: readonly string[];
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
    const { mutant } = task;
    if (!mutant || !url.endsWith(`/${mutant.file}`)) return loaded;
    const source = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString('utf8');
    if (source.slice(mutant.start, mutant.end) !== mutant.before) throw new Error(`${mutant.file} changed since its mutants were found`);
    return { ...loaded, source: source.slice(0, mutant.start) + mutant.after + source.slice(mutant.end) };
  },
});

// Only where nothing but schedules runs: tests may change a buffer that they read.
if (task.tests.length === 0) takeShortcuts();
parentPort?.postMessage(await judge());

async function judge(): Promise<Verdict> {
  const failed: string[] = [];
  for (const file of task.tests) {
    try {
      await import(file);
    } catch (error) {
      if (task.mutant) return { killedBy: `loading: ${String(error).slice(0, 80)}`, failed };
      throw error;
    }
    for (const { name, run } of takeTests()) {
      const id = `${file.slice(file.lastIndexOf('/test/') + 1)} ${name}`;
      if (task.excluded.includes(id)) continue;
      try {
        await run();
      } catch {
        if (task.mutant) return { killedBy: id, failed };
        failed.push(id);
      }
    }
  }
  if (task.seeds.length > 0) {
    const { runSchedule } = (await import('../../simulation/engine/schedule.ts')) as typeof import('../../simulation/engine/schedule.ts');
    for (const seed of task.seeds) {
      const { violation } = await runSchedule(seed);
      if (violation !== undefined) return { killedBy: `seed ${seed}: ${violation.slice(0, 60)}`, failed };
    }
  }
  return { killedBy: undefined, failed };
}
