// The hunt for planted bugs: schedules from a seed on until one breaks a promise. A table of rules, after how many schedules each was
// caught, and by what; false when one that should be caught was not.
import type { Length } from '../engine/lengths.ts';
import { runPool } from '../engine/pool.ts';
import { keepResult } from '../results.ts';
import { PLANTED_BUGS, type PlantedBug } from './bugs.ts';

export interface HuntOptions {
  readonly from: number;
  readonly countMax: number;
  readonly workers: number;
  readonly rule: string | undefined;
  readonly length?: Length;
  readonly write: (line: string) => void;
}

export interface Catch {
  readonly schedules: number;
  readonly seed: number;
  readonly violation: string;
}

export async function huntBugs(options: HuntOptions): Promise<boolean> {
  const bugs = PLANTED_BUGS.filter(({ rule }) => options.rule === undefined || rule === options.rule);
  options.write('| rule removed | caught after | seed | violation |\n|---|---|---|---|');
  let [caught, missed] = [0, 0];
  const results: unknown[] = [];
  for (const bug of bugs) {
    const found = await huntBug(bug, options);
    if (found) caught++;
    else missed++;
    const isScenario = bug.isScenario === true;
    results.push({ rule: bug.rule, ...found, isScenario, most: options.countMax });
    const what = found ? withoutStack(found.violation).slice(0, 110) : '';
    const after = isScenario ? 'its scenario' : (found?.schedules ?? `not in ${options.countMax}`);
    options.write(`| ${bug.rule} | ${after} | ${isScenario ? '' : (found?.seed ?? '')} | ${what.replaceAll('|', ':')} |`);
  }
  if (options.rule === undefined) keepResult('planted', results);
  options.write(`${caught} caught, ${missed} missed`);
  return missed === 0;
}

/** The first schedule that catches the bug, in the order of seeds. */
export async function huntBug(
  bug: PlantedBug,
  { from, countMax, workers, length }: Omit<HuntOptions, 'rule' | 'write'>,
): Promise<Catch | undefined> {
  let next = from;
  let found: Catch | undefined;
  const end = from + (bug.isScenario ? 1 : countMax);
  await runPool({
    workers: bug.isScenario ? 1 : workers,
    bug,
    next: () => {
      // Small parts first: most bugs are caught within a few schedules.
      const count = Math.min(next < from + 20 ? 2 : 10, end - next);
      if (found || count <= 0) return undefined;
      next += count;
      return { from: next - count, count, isHunt: true, ...(length ? { length } : {}) };
    },
    report: ({ failed }) => {
      const [one] = failed;
      if (one && (!found || one.seed < found.seed)) found = { schedules: one.seed - from + 1, seed: one.seed, violation: one.violation! };
    },
  });
  return found;
}

/** A violation that is a bug carries its stack, and that the paths of whoever ran it. */
function withoutStack(violation: string): string {
  return violation.split('\n', 1)[0]!;
}
