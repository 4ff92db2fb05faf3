// `npm run test:interop`: other engines and other processes against what Firn writes. Runs every suite even after failures and
// ends with one line `interop: N passed, N failed`; exit 1 when anything failed.
//   --only=corpus,gamegen   some suites
//   --cases=N --seed=N      random files of the `parquet` suite
//   --records=N             size of the generated stream (also INTEROP_RECORDS)
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Checks, makeChecks } from './checks.ts';
import { CORPUS_WAREHOUSE, type ExpectedTable, writeCorpus } from './corpus.ts';
import { checkCrashes } from './crash.ts';
import { checkDemo } from './demo.ts';
import { prepareEnvironment } from './environment.ts';
import { checkEvolution } from './evolution.ts';
import { checkGamegen } from './gamegen.ts';
import { checkKafka } from './kafka/suite.ts';
import { checkMaintenance } from './maintenance.ts';
import { checkOperations } from './operations.ts';
import { checkParquet } from './parquet.ts';
import { checkPlanning } from './planning.ts';
import { INTEROP_HOME, PYTHON, REPOSITORY, run } from './processes.ts';
import { checkReaders } from './readers.ts';
import { checkReadme } from './readme.ts';
import { checkRest } from './rest.ts';
import { checkSqlConcurrency } from './sql-concurrency.ts';
import { checkWriterTable } from './writer-table.ts';
import { checkAlternatingWriters } from './writers/suite.ts';

const RECORDS_DEFAULT = process.env['INTEROP_RECORDS'] ?? '200000';

interface Suite {
  readonly name: string;
  readonly run: (checks: Checks) => Promise<unknown>;
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    records: { type: 'string', default: RECORDS_DEFAULT },
    cases: { type: 'string' },
    seed: { type: 'string' },
  },
});
const only = options.only?.split(',');
let corpus: readonly ExpectedTable[] = [];

const SUITES: readonly Suite[] = [
  {
    name: 'corpus',
    run: async (checks) => {
      corpus = await writeCorpus(checks);
      await checkReaders(checks, CORPUS_WAREHOUSE, corpus);
    },
  },
  { name: 'library', run: checkWriterTable },
  { name: 'operations', run: (checks) => checkOperations(checks) },
  { name: 'planning', run: (checks) => checkPlanning(checks) },
  { name: 'evolution', run: checkEvolution },
  {
    name: 'parquet',
    run: (checks) =>
      checkParquet(checks, {
        ...(options.cases ? { cases: Number(options.cases) } : {}),
        ...(options.seed ? { seed: Number(options.seed) } : {}),
      }),
  },
  { name: 'writers', run: (checks) => checkAlternatingWriters(checks) },
  { name: 'concurrency', run: checkSqlConcurrency },
  { name: 'rest', run: checkRest },
  { name: 'demo', run: (checks) => checkDemo(checks) },
  { name: 'gamegen', run: (checks) => checkGamegen(checks, Number(options.records)) },
  { name: 'maintenance', run: checkMaintenance },
  { name: 'kafka', run: (checks) => checkKafka(checks) },
  { name: 'crash', run: (checks) => checkCrashes(checks) },
  { name: 'readme', run: (checks) => checkReadme(checks) },
  { name: 'aws', run: checkAws },
];

mkdirSync(INTEROP_HOME, { recursive: true });
const checks = makeChecks();
if (await prepareEnvironment(checks)) {
  for (const suite of SUITES.filter(({ name }) => !only || only.includes(name))) await runSuite(suite);
}
for (const name of checks.failures) process.stdout.write(`failed: ${name}\n`);
process.stdout.write(`interop: ${checks.passed} passed, ${checks.failed} failed\n`);
process.exitCode = checks.failed > 0 ? 1 : 0;

async function runSuite({ name, run: suite }: Suite): Promise<void> {
  const started = performance.now();
  const before = { passed: checks.passed, failed: checks.failed };
  await checks.check(`${name}: the suite runs to its end`, async () => {
    await suite(checks);
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${name}: ${checks.passed - before.passed} passed, ${checks.failed - before.failed} failed in ${seconds} s\n`);
}

/** The Lambda handlers against an emulated AWS: a suite of its own, whose totals are taken over. */
async function checkAws(checks: Checks): Promise<void> {
  const script = join(REPOSITORY, 'test/interop/aws/run.ts');
  if (!existsSync(script)) throw new Error('expected test/interop/aws/run.ts');
  const ran = run(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    env: { FIRN_INTEROP_VENV: join(PYTHON, '../..') },
  });
  const passed = lastCount(ran.stdout, 'passed');
  const failed = lastCount(ran.stdout, 'failed');
  if (ran.status !== 0 || passed === 0) process.stdout.write(`${ran.stdout.slice(-6000)}\n${ran.stderr.slice(-3000)}\n`);
  checks.add('aws', passed, failed);
  if ((ran.status !== 0 && failed === 0) || passed === 0)
    throw new Error(`the AWS suite exited ${ran.status} with ${passed} passed, ${failed} failed`);
}

/** The last `<n> passed` or `<n> failed` of a test report; 0 if there is none. */
function lastCount(report: string, word: 'passed' | 'failed'): number {
  const tests = report.split('\n').filter((line) => /^\s*Tests\s|passed, \d+ failed\s*$/.test(line));
  const match = new RegExp(`(\\d+) ${word}`).exec(tests.at(-1) ?? '');
  return match ? Number(match[1]) : 0;
}
