// `npm run -s mutate -- PATH…`: small changes to the given sources, one at a time; does a test fail? Killers are the unit and property
// tests of the ledger and the jobs, run without a runner in a thread per file, and, for what survives them, some schedules of the
// simulation. Prints a line per file, the survivors, and `N killed, N survived of N (N %)`.
//   --sample N   every Nth mutant     --seeds N   schedules for survivors (default 6)
//   --quick      without the tests of the jobs
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { equivalentReason } from './equivalent.ts';
import type { KillerTask, Verdict } from './killer.ts';
import { findMutants, type Mutant } from './mutants.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
/** Cheapest first; a tier is for what survives the one before it. */
const FIRST = ['test/unit/ledger/*.test.ts', 'test/property/ledger/*.test.ts'];
const SECOND = ['test/unit/jobs/*.test.ts', 'test/property/jobs/recut.test.ts', 'test/fault/jobs/*.test.ts'];
/** A mutant that does not end is a killed one. */
const PATIENCE_MS = 20_000;
/** Until the killers have run once without a mutant. */
const START_PATIENCE_MS = 600_000;
const SPOILT_MAX = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '6' },
    quick: { type: 'boolean', default: false },
  },
});
const write = (line: string): void => void process.stdout.write(`${line}\n`);
const paths = positionals.flatMap((path) => (path.endsWith('.ts') ? [path] : globSync(`${path}/*.ts`, { cwd: REPOSITORY }).sort()));
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const tiers: readonly (readonly [string, readonly string[], readonly number[]])[] = [
  ['killed by tests of the ledger', filesOf(FIRST), []],
  ['killed by tests of the jobs', values.quick ? [] : filesOf(SECOND), []],
  ['killed by schedules', [], seeds],
];
const useless = new Set<string>();
const total = { dead: 0, survived: 0, equivalent: 0 };
for (const path of paths) await judgeFile(path);
if (useless.size > 0) write(`no killers, as they fail here without a mutant: ${[...useless].join(' · ')}`);
write(
  `${total.dead} killed, ${total.survived} survived of ${total.dead + total.survived} (${percent(total.dead, total.survived)} %), ${total.equivalent} equivalent`,
);
process.exitCode = total.dead >= 0.9 * (total.dead + total.survived) ? 0 : 1;

async function judgeFile(file: string): Promise<void> {
  const mutants = findMutants(REPOSITORY, [file]);
  let ids: readonly number[] = mutants.map((_, i) => i + 1).filter((id) => id % Number(values.sample) === 0);
  const by: string[] = [];
  for (const [tier, tests, schedules] of tiers) {
    if (ids.length === 0 || tests.length + schedules.length === 0) continue;
    const left = await survivorsOf({ file, mutants, ids, tests, seeds: schedules });
    if (left.length < ids.length) by.push(`${tier}: ${ids.length - left.length}`);
    total.dead += ids.length - left.length;
    ids = left;
  }
  const survived: Mutant[] = [];
  for (const mutant of ids.map((id) => mutants[id - 1]!)) {
    const reason = equivalentReason(mutant);
    const { line, before, after } = mutant;
    if (reason === undefined) survived.push(mutant);
    else total.equivalent++;
    write(
      `${reason === undefined ? 'survived' : 'equivalent'} ${file}:${line}  ${short(before)} → ${short(after)}${reason ? `: ${reason}` : ''}`,
    );
  }
  total.survived += survived.length;
  const judged = mutants.filter((_, i) => (i + 1) % Number(values.sample) === 0).length - (ids.length - survived.length);
  write(`${file}: ${percent(judged - survived.length, survived.length)} % of ${judged} (${by.join(', ')})`);
}

/** Ids of the mutants that no killer of the task finds. A thread that hangs or is spoilt is followed by another. */
async function survivorsOf(task: KillerTask): Promise<readonly number[]> {
  let ids = task.ids;
  const alive: number[] = [];
  const spoilt = new Map<number, number>();
  while (ids.length > 0) {
    const end = await judgeSome({ ...task, ids }, alive);
    const at = end.id === undefined ? ids.length : ids.indexOf(end.id);
    const isAgain = end.kind === 'spoilt' && (spoilt.get(end.id!) ?? 0) < SPOILT_MAX;
    if (end.kind === 'spoilt') spoilt.set(end.id!, (spoilt.get(end.id!) ?? 0) + 1);
    ids = ids.slice(isAgain ? at : at + 1);
  }
  return alive;
}

interface ThreadEnd {
  readonly kind: 'done' | 'hung' | 'spoilt';
  /** The mutant it ended at. */
  readonly id: number | undefined;
}

function judgeSome(task: KillerTask, alive: number[]): Promise<ThreadEnd> {
  const worker = new Worker(new URL('./killer.ts', import.meta.url), { workerData: task, stdout: true, stderr: true });
  return new Promise<ThreadEnd>((answer, fail) => {
    let current: number | undefined;
    const finish = (end: ThreadEnd): void => {
      clearTimeout(timer);
      void worker.terminate().then(() => answer(end));
    };
    const giveUp = (): void => {
      if (current === undefined) fail(new Error(`the killers of ${task.file} do not end without a mutant`));
      else finish({ kind: 'hung', id: current });
    };
    let timer = setTimeout(giveUp, START_PATIENCE_MS);
    worker.on('error', (error) => {
      // A mutant may break the thread itself; without one the killers are broken.
      if (current === undefined) fail(error);
      else finish({ kind: 'hung', id: current });
    });
    worker.on('message', (verdict: Verdict) => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, PATIENCE_MS);
      if (verdict.kind === 'judging') current = verdict.id;
      if (verdict.kind === 'judged' && verdict.killedBy === undefined) alive.push(verdict.id);
      if (verdict.kind === 'useless') for (const name of verdict.killers) useless.add(name);
      if (verdict.kind === 'spoilt') finish({ kind: 'spoilt', id: verdict.id });
      if (verdict.kind === 'done') finish({ kind: 'done', id: undefined });
    });
  });
}

function percent(dead: number, survived: number): string {
  return ((100 * dead) / Math.max(1, dead + survived)).toFixed(1);
}

function filesOf(patterns: readonly string[]): string[] {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: REPOSITORY }).sort())
    .map((path) => pathToFileURL(resolve(REPOSITORY, path)).href);
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 87)}…` : line;
}
