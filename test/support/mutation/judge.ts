// Judges mutants in a thread (killer.ts), and in another one after a mutant that broke, blocked or spoilt it; what the first thread
// found out about its killers without a mutant is told to the next. How long a killer may take is counted in the thread's own CPU
// time, so that a busy machine kills no mutant: only a killer that takes many times what it takes without one does not end.
import { Worker } from 'node:worker_threads';
import type { KillerTask, KnownKiller, Verdict } from './killer.ts';

export interface Judged {
  /** Killed by a test, not ended, or neither. */
  readonly end: 'killed' | 'endless' | 'survived';
  readonly killedBy?: string | undefined;
}

const PATIENCE_FACTOR = 10;
const PATIENCE_CPU_MS = 2_000;
/** A killer that waits for what does not come takes no CPU time. */
const PATIENCE_WALL_MS = 300_000;
/** Until the killers have run once without a mutant. */
const START_WALL_MS = 3_600_000;
const LOOK_EVERY_MS = 1_000;
const SPOILT_MAX = 3;

/** How each mutant ended, by id. Names of killers that fail without a mutant are added to `useless`. */
export async function judgeMutants(task: Omit<KillerTask, 'known'>, useless: Set<string>): Promise<ReadonlyMap<number, Judged>> {
  const judged = new Map<number, Judged>();
  const spoilt = new Map<number, number>();
  let known: readonly KnownKiller[] | undefined;
  let loading: ReadonlySet<number> = new Set();
  const hear = (verdict: Verdict): void => {
    if (verdict.kind === 'known') {
      ({ killers: known, loading } = verdict);
      for (const name of verdict.useless) useless.add(name);
    }
    if (verdict.kind === 'judged') {
      judged.set(verdict.id, verdict.killedBy === undefined ? { end: 'survived' } : { end: 'killed', killedBy: verdict.killedBy });
    }
  };
  let { ids } = task;
  while (ids.length > 0) {
    const end = await runThread({ ...task, ids, known }, hear);
    if (end.id === undefined) break;
    const times = (spoilt.get(end.id) ?? 0) + 1;
    if (end.kind === 'spoilt') spoilt.set(end.id, times);
    const isAgain = end.kind === 'spoilt' && times < SPOILT_MAX;
    if (!isAgain) judged.set(end.id, end.kind === 'spoilt' ? { end: 'killed', killedBy: end.killedBy } : { end: 'endless' });
    ids = ids.slice(ids.indexOf(end.id) + (isAgain ? 0 : 1));
  }
  // What runs while a source is loaded is never in force after it.
  for (const id of task.ids.filter((one) => loading.has(one) && judged.get(one)?.end === 'survived')) {
    const end = await runThread({ ...task, ids: [id], known, fixed: id }, hear);
    if (end.id !== undefined) judged.set(id, { end: 'endless' });
  }
  return judged;
}

interface ThreadEnd {
  readonly kind: 'done' | 'endless' | 'spoilt';
  /** The mutant it ended at. */
  readonly id?: number;
  readonly killedBy?: string;
}

function runThread(task: KillerTask, tell: (verdict: Verdict) => void): Promise<ThreadEnd> {
  const worker = new Worker(new URL('./killer.ts', import.meta.url), { workerData: task, stdout: true, stderr: true });
  return new Promise<ThreadEnd>((answer, fail) => {
    let current: number | undefined;
    let isOver = false;
    let running: { readonly sinceMs: number; readonly sinceCpuMs: number; readonly cpuMs: number } | undefined;
    const cpuNow = async (): Promise<number> => {
      const { user, system } = await worker.cpuUsage();
      return (user + system) / 1000;
    };
    const finish = (end: ThreadEnd): void => {
      if (isOver) return;
      isOver = true;
      clearInterval(watch);
      void worker.terminate().then(() => answer(end));
    };
    const giveUp = (why: Error): void => {
      if (isOver) return;
      // A mutant may break the thread itself; without one the killers are broken.
      if (current !== undefined) {
        finish({ kind: 'endless', id: current });
        return;
      }
      clearInterval(watch);
      isOver = true;
      void worker.terminate().then(() => fail(why));
    };
    const startedMs = performance.now();
    const look = async (): Promise<void> => {
      const one = running;
      if (!one) {
        if (current === undefined && performance.now() - startedMs > START_WALL_MS)
          giveUp(new Error('the killers do not end without a mutant'));
        return;
      }
      const spentMs = (await cpuNow()) - one.sinceCpuMs;
      const isLong = spentMs > PATIENCE_CPU_MS + PATIENCE_FACTOR * one.cpuMs || performance.now() - one.sinceMs > PATIENCE_WALL_MS;
      if (isLong && one === running) giveUp(new Error('a killer does not end'));
    };
    const watch = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
    worker.on('error', giveUp);
    worker.on('exit', () => giveUp(new Error('the thread of the killers ended before its time')));
    worker.on('message', (verdict: Verdict) => {
      tell(verdict);
      if (verdict.kind === 'judging') current = verdict.id;
      if (verdict.kind === 'running') running = { sinceMs: performance.now(), sinceCpuMs: verdict.sinceCpuMs, cpuMs: verdict.cpuMs };
      if (verdict.kind === 'judged') running = undefined;
      if (verdict.kind === 'spoilt') finish(verdict);
      if (verdict.kind === 'done') finish({ kind: 'done' });
    });
  });
}
