// The suite `kafka` by itself, at any size:
//   node test/interop/kafka/run.ts [--records=2000000] [--partitions=8] [--kills=30] [--restarts=10] [--rebalances=10] [--seed=N]
import { parseArgs } from 'node:util';
import { makeChecks } from '../checks.ts';
import { prepareEnvironment } from '../environment.ts';
import { checkKafka, SHORT } from './suite.ts';

const { values } = parseArgs({
  options: Object.fromEntries(Object.keys(SHORT).map((name) => [name, { type: 'string' as const }])),
});
const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
const checks = makeChecks();
const startedMs = performance.now();
if (!(await prepareEnvironment(checks))) process.exit(3);
await checkKafka(checks, { ...SHORT, ...given });
for (const name of checks.failures) process.stdout.write(`failed: ${name}\n`);
process.stdout.write(
  `kafka: ${checks.passed} passed, ${checks.failed} failed in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`,
);
process.exitCode = checks.failed > 0 ? 1 : 0;
