// `npm run -s mutate -- PATH…`: small changes to the given sources, one at a time; does a test fail? Killers are the unit and property
// tests of the ledger and the jobs, run without a runner in a thread of their own, and, for what survives them, some schedules of the
// simulation. Prints the survivors, a line per file and `N killed, N survived of N (N %), N equivalent`. A mutant listed as equivalent
// (equivalent.ts) is judged like all others: one that a test kills, and an entry of the list that fits no mutant, fail the run.
//   --sample N    every Nth mutant     --seeds N   schedules for survivors (default 6)
//   --quick       without the tests of the jobs
//   --tests GLOB  these killers in place of the usual ones; may be given again
//   --under MS    no killers that take longer than so many CPU milliseconds: what survives may still be killed by them
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { addMutants } from '../../fault/report/mutants.ts';
import { equivalentOf, unusedEquivalents } from './equivalent.ts';
import { type Judged, judgeMutants } from './judge.ts';
import { findMutants, type Mutant } from './mutants.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
/** Read by the fault report. */
const RESULTS = resolve(REPOSITORY, '.interop/results/mutants.json');
/** Cheapest first; a tier is for what survives the one before it. */
const FIRST = ['test/unit/ledger/*.test.ts', 'test/property/ledger/*.test.ts'];
const SECOND = ['test/unit/jobs/*.test.ts', 'test/property/jobs/recut.test.ts', 'test/fault/jobs/*.test.ts'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '6' },
    quick: { type: 'boolean', default: false },
    tests: { type: 'string', multiple: true },
    under: { type: 'string', default: 'Infinity' },
  },
});
const write = (line: string): void => void process.stdout.write(`${line}\n`);
const paths = positionals.flatMap((path) => (path.endsWith('.ts') ? [path] : globSync(`${path}/*.ts`, { cwd: REPOSITORY }).sort()));
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const tiers: readonly (readonly [string, readonly string[], readonly number[]])[] = values.tests
  ? [['given tests', filesOf(values.tests), []]]
  : [
      ['tests of the ledger', filesOf(FIRST), []],
      ['tests of the jobs', values.quick ? [] : filesOf(SECOND), []],
      ['schedules', [], seeds],
    ];

const texts = new Map(paths.map((path) => [path, readFileSync(resolve(REPOSITORY, path), 'utf8')]));
const mutants = findMutants(REPOSITORY, paths);
const killers = new Map<number, { readonly tier: string; readonly how: Judged }>();
const useless = new Set<string>();
const sample = mutants.map((_, i) => i + 1).filter((id) => id % Number(values.sample) === 0);
let left: readonly number[] = sample;
for (const [tier, tests, schedules] of tiers) {
  if (left.length === 0 || tests.length + schedules.length === 0) continue;
  const judged = await judgeMutants({ texts, mutants, ids: left, tests, seeds: schedules, underMs: Number(values.under) }, useless);
  for (const [id, how] of judged) if (how.end !== 'survived') killers.set(id, { tier, how });
  left = left.filter((id) => !killers.has(id));
}
report();

function report(): void {
  const wrong: string[] = unusedEquivalents(mutants, paths).map((text) => `no mutant fits the equivalent ${text}`);
  const total = { killed: 0, survived: 0, equivalent: 0 };
  for (const file of paths) {
    const count = { killed: 0, survived: 0, equivalent: 0 };
    const by = new Map<string, number>();
    for (const id of sample.filter((one) => mutants[one - 1]!.file === file)) {
      const mutant = mutants[id - 1]!;
      const killer = killers.get(id);
      const reason = equivalentOf(mutant)?.reason;
      if (killer) {
        count.killed++;
        by.set(killer.tier, (by.get(killer.tier) ?? 0) + 1);
        if (killer.how.end === 'endless') write(`endless ${textOf(mutant)}`);
        if (reason !== undefined) wrong.push(`listed as equivalent, but killed (${killer.how.killedBy ?? 'endless'}): ${textOf(mutant)}`);
      } else if (reason === undefined) {
        count.survived++;
        write(`survived ${textOf(mutant)}`);
      } else {
        count.equivalent++;
        write(`equivalent ${textOf(mutant)}: ${reason}`);
      }
    }
    for (const key of ['killed', 'survived', 'equivalent'] as const) total[key] += count[key];
    const date = new Date().toISOString().slice(0, 10);
    if (values.sample === '1') addMutants(RESULTS, [{ file, ...count, date }]);
    const tiersOf = [...by].map(([tier, one]) => `${tier}: ${one}`).join(', ');
    write(
      `${file}: ${count.killed} killed of ${count.killed + count.survived} (${percent(count)} %), ${count.equivalent} equivalent (${tiersOf})`,
    );
  }
  if (useless.size > 0) write(`no killers, as they fail here without a mutant: ${[...useless].join(' · ')}`);
  for (const line of wrong) write(line);
  const { killed, survived, equivalent } = total;
  write(`${killed} killed, ${survived} survived of ${killed + survived} (${percent(total)} %), ${equivalent} equivalent`);
  process.exitCode = wrong.length === 0 && killed >= 0.9 * (killed + survived) ? 0 : 1;
}

function percent({ killed, survived }: { readonly killed: number; readonly survived: number }): string {
  return ((100 * killed) / Math.max(1, killed + survived)).toFixed(1);
}

function filesOf(patterns: readonly string[]): string[] {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: REPOSITORY }).sort())
    .map((path) => pathToFileURL(resolve(REPOSITORY, path)).href);
}

function textOf({ file, line, column, before, after }: Mutant): string {
  return `${file}:${line}:${column}  ${short(before)} → ${short(after)}`;
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 87)}…` : line;
}
