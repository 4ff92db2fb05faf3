// `npm run e2e`: the unchanged stacks deployed by the CDK to an emulated AWS, real Kafka before them, event-triggered functions, and
// independent readers after them. Nothing outside loopback is touched but package registries on the first run. Ends with one line
// `e2e: N passed, M failed`; exit 1 when anything failed, 130 when it was interrupted.
//   --records=N             size of the stream (default 100,000)
//   --freshness-seconds=N   how long freshness is measured, twice (default 45)
import { parseArgs } from 'node:util';
import { makeChecks } from '../interop/checks.ts';
import { prepareEnvironment } from '../interop/environment.ts';
import { tellStory } from './story.ts';
import { type LocalWorld, openWorld } from './world.ts';

const { values } = parseArgs({
  options: { records: { type: 'string', default: '100000' }, 'freshness-seconds': { type: 'string', default: '45' } },
});
const options = { records: Number(values.records), freshnessSeconds: Number(values['freshness-seconds']), say };
const checks = makeChecks();
const startedMs = performance.now();
if (await prepareEnvironment(checks)) await checks.check('the story comes to its end', run);
for (const name of checks.failures) process.stdout.write(`failed: ${name}\n`);
process.stdout.write(`e2e: ${checks.passed} passed, ${checks.failed} failed\n`);
process.exitCode = checks.failed > 0 ? 1 : 0;

async function run(): Promise<void> {
  const world = await openWorld(checks);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupted(world, signal));
  say('emulator and broker are up');
  try {
    await tellStory(world, options);
  } finally {
    await world.close();
  }
  say('everything is stopped and removed');
}

async function interrupted(world: LocalWorld, signal: string): Promise<void> {
  say(`${signal}: stopping`);
  await world.close();
  process.exit(130);
}

function say(what: string): void {
  process.stdout.write(`  ${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s  ${what}\n`);
}
