// `npm run -s mutate -- PATH…`: small changes to the given sources, one at a time; does a test fail? Killers are the unit and property
// tests of the ledger and the jobs, run without a runner in a thread per mutant, and, for what survives them, some schedules of the
// simulation. Prints the survivors and `N killed, N survived of N (N %)`.
//   --sample N   every Nth mutant     --seeds N   schedules for survivors (default 6)     --workers K
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
/** Cheapest first: a mutant's thread ends with its first killer. */
const FIRST = [
  'test/unit/ledger/trim.test.ts',
  'test/unit/ledger/fold.test.ts',
  'test/unit/ledger/!(trim|fold|codecs).test.ts',
  'test/property/ledger/*.test.ts',
];
const OF_CODECS = ['test/unit/ledger/codecs.test.ts'];
const SECOND = [
  'test/unit/ledger/codecs.test.ts',
  'test/unit/jobs/*.test.ts',
  'test/property/jobs/recut.test.ts',
  'test/fault/jobs/*.test.ts',
];
/** A mutant that does not end is a killed one; loading alone takes a second on a busy machine. */
const PATIENCE_MS = 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '6' },
    workers: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
  },
});
const write = (line: string): void => void process.stdout.write(`${line}\n`);
const paths = positionals.flatMap((path) => (path.endsWith('.ts') ? [path] : globSync(`${path}/*.ts`, { cwd: REPOSITORY }).sort()));
const mutants = findMutants(REPOSITORY, paths).filter((_, i) => i % Number(values.sample) === 0);
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const tiers = [filesOf(FIRST), values.quick ? [] : filesOf(SECOND)];
const codecTests = filesOf(OF_CODECS);
const excluded = (await Promise.all(tiers.map((tests) => ask({ mutant: undefined, tests, seeds: [], excluded: [] })))).flatMap(
  ({ failed }) => failed,
);
if (excluded.length > 0) write(`no killers, as they need their runner: ${excluded.join(' · ')}`);

const survivors: Mutant[] = [];
const equivalent: string[] = [];
const killed = new Map<string, number>();
const queue = [...mutants];
await Promise.all(Array.from({ length: Number(values.workers) }, work));
for (const { file, line, before, after } of survivors.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line)))
  write(`survived ${file}:${line}  ${short(before)} → ${short(after)}`);
for (const line of equivalent.sort()) write(`equivalent ${line}`);
const dead = [...killed.values()].reduce((a, b) => a + b, 0);
const counted = dead + survivors.length;
for (const [by, count] of killed) write(`${by}: ${count}`);
write(
  `${dead} killed, ${survivors.length} survived of ${counted} (${((100 * dead) / counted).toFixed(1)} %), ${equivalent.length} equivalent`,
);
process.exitCode = dead >= 0.9 * counted ? 0 : 1;

async function work(): Promise<void> {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const by = await killerOf(mutant);
    if (by !== undefined) {
      killed.set(by, (killed.get(by) ?? 0) + 1);
      continue;
    }
    const reason = equivalentReason(mutant);
    if (reason === undefined) survivors.push(mutant);
    else equivalent.push(`${mutant.file}:${mutant.line}  ${short(mutant.before)} → ${short(mutant.after)}: ${reason}`);
  }
}

/** Which kind of killer it was; undefined for a survivor. */
async function killerOf(mutant: Mutant): Promise<string | undefined> {
  const first = /codec|shapes|json-readers/.test(mutant.file) ? [...codecTests, ...tiers[0]!] : tiers[0]!;
  if ((await ask({ mutant, tests: first, seeds: [], excluded })).killedBy !== undefined) return 'killed by tests of the ledger';
  if (tiers[1]!.length > 0 && (await ask({ mutant, tests: tiers[1]!, seeds: [], excluded })).killedBy !== undefined)
    return 'killed by tests of the jobs';
  if (seeds.length > 0 && (await ask({ mutant, tests: [], seeds, excluded })).killedBy !== undefined) return 'killed by schedules';
  return undefined;
}

function ask(task: KillerTask): Promise<Verdict> {
  const worker = new Worker(new URL('./killer.ts', import.meta.url), { workerData: task, stdout: true, stderr: true });
  return new Promise<Verdict>((answer, fail) => {
    const timer = setTimeout(() => void worker.terminate().then(() => answer({ killedBy: 'it does not end', failed: [] })), PATIENCE_MS);
    worker.on('message', (verdict: Verdict) => {
      clearTimeout(timer);
      void worker.terminate();
      answer(verdict);
    });
    worker.on('error', (error) => {
      clearTimeout(timer);
      if (task.mutant) answer({ killedBy: `thread: ${String(error)}`, failed: [] });
      else fail(error);
    });
  });
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
