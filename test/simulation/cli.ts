// `npm run -s simulate`: any number of schedules, or the hunt for planted bugs.
//   --from SEED --count N     N schedules from a seed (default 1, 1000)
//   --minutes N               as many as fit, instead of a count
//   --workers K               threads (default 2)
//   --trace SEED              one schedule, step by step, from its beginning
//   --length long|brief       schedules of one kind, whatever their seeds say (up to a million: long; beyond: brief, but every fortieth)
//   --planted [RULE]          removes each rule in turn: after how many schedules is it caught? (--count: at most)
// A failing seed is printed with its last steps; the last line is `N passed, N failed`. Exit 1 when anything failed.
import { parseArgs } from 'node:util';
import { BLOCK, type Length, LONG_UNTIL } from './engine/lengths.ts';
import { runPool } from './engine/pool.ts';
import type { PartReport } from './engine/worker.ts';
import { huntBugs } from './planted/hunt.ts';
import { keepSchedules } from './results.ts';

/** Brief schedules of a block share their beginning: a thread plays them all. */
const PART = 10;
const REPORTED_MAX = 5;

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '1000' },
    minutes: { type: 'string' },
    workers: { type: 'string', default: '2' },
    trace: { type: 'string' },
    length: { type: 'string' },
    planted: { type: 'boolean', default: false },
    rule: { type: 'string' },
  },
});
const write = (line: string): void => void process.stdout.write(`${line}\n`);
const from = Number(values.from);
const count = Number(values.count);
const workers = Number(values.workers);
const length: { readonly length?: Length } = values.length === 'long' || values.length === 'brief' ? { length: values.length } : {};

if (values.trace !== undefined) await traceOne(Number(values.trace));
else if (values.planted)
  process.exitCode = (await huntBugs({ from, countMax: count, workers, rule: values.rule, write, ...length })) ? 0 : 1;
else await runMany();

async function traceOne(seed: number): Promise<void> {
  const { runSchedule } = await import('./engine/schedule.ts');
  const result = await runSchedule(seed, { isWholeTrace: true, ...length });
  for (const line of result.trace) write(line);
  write(result.violation === undefined ? '1 passed, 0 failed' : `${result.violation}\n0 passed, 1 failed`);
  process.exitCode = result.violation === undefined ? 0 : 1;
}

async function runMany(): Promise<void> {
  const started = performance.now();
  const untilMs = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes) * 60_000;
  let seed = from;
  let [run, failed] = [0, 0];
  const tally = new Map<string, number>();
  const report = (part: PartReport): void => {
    run += part.run;
    for (const [what, times] of Object.entries(part.tally)) tally.set(what, (tally.get(what) ?? 0) + times);
    for (const { seed: bad, violation, trace } of part.failed) {
      failed++;
      if (failed <= REPORTED_MAX) write([`seed ${bad}: ${violation}`, ...trace.map((line) => `  ${line}`)].join('\n'));
    }
  };
  const next = () => {
    const isOver = values.minutes === undefined ? seed >= from + count : performance.now() - started > untilMs;
    if (isOver) return undefined;
    const most = seed > LONG_UNTIL || values.length === 'brief' ? BLOCK - ((seed - 1) % BLOCK) : PART;
    const part = { from: seed, count: values.minutes === undefined ? Math.min(most, from + count - seed) : most, ...length };
    seed += part.count;
    return part;
  };
  await runPool({ workers, next, report });
  const seconds = (performance.now() - started) / 1000;
  write(
    [...tally]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, times]) => `${what} ${times}`)
      .join(' · '),
  );
  write(`seeds ${from} to ${seed - 1}, ${seconds.toFixed(1)} s, ${Math.round((run / seconds) * 60)} a minute`);
  write(`${run - failed} passed, ${failed} failed`);
  keepSchedules({ from, to: seed - 1, run, failed, tally: Object.fromEntries([...tally].sort(([a], [b]) => (a < b ? -1 : 1))) });
  process.exitCode = failed > 0 ? 1 : 0;
}
