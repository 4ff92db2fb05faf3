// `npm run e2e`: the unchanged stacks deployed by the CDK to an emulated AWS, real Kafka before them, event-triggered functions, and
// independent readers after them. Nothing outside loopback is touched but package registries on the first run. Ends with one line
// `e2e: N passed, M failed`; exit 1 when anything failed, also when it was interrupted.
//   --records=N   size of the stream (default 100,000)
import { parseArgs } from 'node:util';
import { makeChecks } from '../interop/checks.ts';
import { prepareEnvironment } from '../interop/environment.ts';
import { ACCESS, deployAll, GAME } from './parts/deployment.ts';
import { checkStream, makeStream, producePart } from './parts/stream.ts';
import { auditClean } from './reading.ts';
import { servicesOf } from './services.ts';
import { settle } from './settle.ts';
import { type LocalWorld, openWorld } from './world.ts';

const { values: options } = parseArgs({ options: { records: { type: 'string', default: '100000' } } });
const checks = makeChecks();
const startedMs = performance.now();
if (await prepareEnvironment(checks)) await checks.check('the run comes to its end', runAll);
for (const name of checks.failures) process.stdout.write(`failed: ${name}\n`);
process.stdout.write(`e2e: ${checks.passed} passed, ${checks.failed} failed\n`);
process.exitCode = checks.failed > 0 ? 1 : 0;

async function runAll(): Promise<void> {
  const world = await openWorld(checks);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupted(world));
  try {
    await tell(world);
  } finally {
    await world.close();
  }
  say('everything is stopped and removed');
}

async function interrupted(world: LocalWorld): Promise<void> {
  say('interrupted');
  await world.close();
  process.exit(130);
}

async function tell(world: LocalWorld): Promise<void> {
  say('emulator and broker are up');
  const services = servicesOf(world);
  const stream = await makeStream(world, { records: Number(options.records), parts: 3 });
  await deployAll(world);
  say('deployed');
  for (const part of stream.parts.keys()) await producePart(world, stream, part);
  say('produced');
  await settle(world, services, [GAME, ACCESS]);
  say(`settled ${JSON.stringify(world.fleet?.total())}`);
  await checkStream(world, stream);
  await checks.check('audit', async () => void (await auditClean(world, '--all')));
  say('judged');
}

function say(what: string): void {
  process.stdout.write(`  ${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s  ${what}\n`);
}
