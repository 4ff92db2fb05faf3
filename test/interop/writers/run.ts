// The alternation with other writers by itself, as long as wanted and with the writers named.
//   node test/interop/writers/run.ts [--rounds 50] [--writers pyiceberg,java,spark]
import { parseArgs } from 'node:util';
import { makeChecks } from '../checks.ts';
import { prepareEnvironment } from '../environment.ts';
import type { ForeignWriter } from './foreign-writers.ts';
import { checkAlternatingWriters } from './suite.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '50' }, writers: { type: 'string', default: 'pyiceberg,java,spark' } },
});
const checks = makeChecks();
const started = performance.now();
if (await prepareEnvironment(checks)) {
  await checkAlternatingWriters(checks, { rounds: Number(values.rounds), writers: values.writers.split(',') as ForeignWriter['name'][] });
}
for (const name of checks.failures) process.stdout.write(`failed: ${name}\n`);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(`writers: ${checks.passed} passed, ${checks.failed} failed in ${seconds} s\n`);
process.exitCode = checks.failed > 0 ? 1 : 0;
