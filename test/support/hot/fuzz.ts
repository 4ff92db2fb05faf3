// `npm run -s fuzz:hot -- [--minutes N | --runs N] [--seed S] [--save]`: random contracts × random and mutated messages, judged by the
// kernels and by the plain path; any difference is printed with its seed and the message alone that makes it. Minutes are of processor
// time. `--save` keeps found seeds in the corpus, which the tests replay. Exit 1 when there are any.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { caseOf, compareBatch, pipelinesOf, smallestBatch, textOf } from './differ.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    save: { type: 'boolean', default: false },
  },
});
const FINDINGS_MAX = 20;
const CORPUS = join(import.meta.dirname, 'corpus');
const untilMs =
  options.minutes === undefined ? (options.runs === undefined ? 60_000 : Number.POSITIVE_INFINITY) : Number(options.minutes) * 60_000;
const runsMax = options.runs === undefined ? Number.MAX_SAFE_INTEGER : Number(options.runs);
const total = { runs: 0, records: 0, kernelRecords: 0, findings: 0 };
for (let seed = Number(options.seed); total.runs < runsMax && cpuMs() < untilMs && total.findings < FINDINGS_MAX; seed++) run(seed);
const share = ((100 * total.kernelRecords) / Math.max(1, total.records)).toFixed(1);
process.stdout.write(
  `fuzz:hot: ${total.runs} contracts, ${total.records} records, ${share} % settled by the kernels, ${total.findings} differences\n`,
);
process.stdout.write(`fuzzhot: ${total.findings === 0 ? 1 : 0} passed, ${total.findings} failed\n`);
process.exitCode = total.findings > 0 ? 1 : 0;

function run(seed: number): void {
  const { table, values } = caseOf(seed);
  total.runs++;
  const { difference, kernelRecords, records } = compareBatch(table, pipelinesOf(table), values);
  total.records += records;
  total.kernelRecords += kernelRecords;
  if (!difference) return;
  total.findings++;
  const { what, hot, plain } = difference;
  const smallest = smallestBatch(table, values);
  process.stdout.write(`seed ${seed}: ${what} differs\n  hot   ${textOf(hot).slice(0, 600)}\n  plain ${textOf(plain).slice(0, 600)}\n`);
  if (smallest.length === 1) process.stdout.write(`  message ${smallest[0]?.toString('latin1')}\n`);
  if (!options.save) return;
  mkdirSync(CORPUS, { recursive: true });
  writeFileSync(join(CORPUS, `${seed}.json`), `${JSON.stringify({ seed, what })}\n`);
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
