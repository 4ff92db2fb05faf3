// `npm run e2e:aws`: the story of `npm run e2e` without its faults, on a real account and an existing MSK cluster; or on an emulator that
// somebody else runs (AWS_ENDPOINT_URL). Does not start before the account is confirmed in words. Everything it makes has names of its own; what
// is retained by design (bucket, database, topics) is listed at the end with the commands that remove it.
//   --records=N   --freshness-seconds=N
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kafkaOptions } from '../../../src/cli/kafka-place.ts';
import { makeChecks } from '../../interop/checks.ts';
import { prepareEnvironment } from '../../interop/environment.ts';
import { PYTHON } from '../../interop/processes.ts';
import { startFleet } from '../poller/fleet.ts';
import { makeRealKafka } from '../poller/kafka-side.ts';
import { makeLambdaSide } from '../poller/lambda-side.ts';
import { killAll, plainEnvironment } from '../processes.ts';
import { accessFlow, gameFlow, type Scope, stackPrefix } from '../scope.ts';
import { tellShortStory } from '../story.ts';
import type { World } from '../world.ts';
import { makeAccountProject, scopeOf } from './project.ts';
import { type AccountRequest, readAccountRequest } from './request.ts';

/** Lambda takes minutes to begin with a new mapping, and up to three to add pollers. */
const STANDSTILL_MS = 15 * 60_000;
const POLLERS = 2;

const { values } = parseArgs({
  options: { records: { type: 'string', default: '100000' }, 'freshness-seconds': { type: 'string', default: '120' } },
});
const checks = makeChecks();
const startedMs = performance.now();
const request = requestOrExit();
if (await prepareEnvironment(checks)) await checks.check('the story comes to its end', run);
process.stdout.write(`e2e: ${checks.passed} passed, ${checks.failed} failed\n`);
process.exitCode = checks.failed > 0 ? 1 : 0;

function requestOrExit(): AccountRequest {
  try {
    return readAccountRequest(process.env);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}

async function run(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'firn-e2e-aws-'));
  process.once('exit', killAll);
  const scope = scopeOf(Date.now().toString(36));
  say(`stacks ${stackPrefix(scope)}…, database ${scope.namespace}, topics ${scope.topicPrefix}…`);
  try {
    const world = await openAccount(home, scope);
    const options = { records: Number(values.records), freshnessSeconds: Number(values['freshness-seconds']), say };
    if (request.isPolling) await withOwnPollers(world, () => tellShortStory(world, options));
    else await tellShortStory(world, options);
    sayWhatStays(world);
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function openAccount(home: string, scope: Scope): Promise<World> {
  const environment = { ...plainEnvironment(), ...awsVariables(), NO_COLOR: '1' };
  const { bootstrapBrokers, tls, tlsServerName, sasl } = await kafkaOptions(
    { brokers: request.brokers.split(','), configFile: request.kafkaConfig },
    'firn-e2e',
  );
  return {
    checks,
    home,
    python: PYTHON,
    region: request.region,
    account: request.account,
    endpoint: request.endpoint,
    environment,
    kafkaConnection: {
      bootstrapBrokers: bootstrapBrokers as string[],
      ...(tls === undefined ? {} : { tls }),
      ...(tlsServerName === undefined ? {} : { tlsServerName }),
      ...(sasl === undefined ? {} : { sasl }),
    },
    project: makeAccountProject({ root: join(home, 'project'), scope, request, environment: awsVariables() }),
    scope,
    game: gameFlow(scope),
    access: accessFlow(scope),
    warehouse: '',
    standstillMs: STANDSTILL_MS,
  };
}

/** Credentials, region and endpoint as the AWS SDK finds them; the CDK finds them likewise. */
function awsVariables(): Record<string, string> {
  const given = Object.entries(process.env).filter(([name, value]) => name.startsWith('AWS_') && value !== undefined);
  return Object.fromEntries(given) as Record<string, string>;
}

/** For an emulator whose own event sources read no Kafka: follows the deployed mappings until the story ends. */
async function withOwnPollers(world: World, story: () => Promise<void>): Promise<void> {
  if (world.endpoint === undefined) throw new Error('FIRN_E2E_POLLER=own is for an emulator: on an account Lambda polls');
  const kafka = makeRealKafka(request.brokers);
  const lambda = makeLambdaSide({ endpoint: world.endpoint, region: world.region });
  const fleet = await startFleet({ endpoint: world.endpoint, stackPrefix: stackPrefix(world.scope), kafka, lambda, pollers: POLLERS });
  const timer = setInterval(() => void fleet.refresh().catch((error: Error) => say(`the pollers: ${error.message}`)), 2_000);
  try {
    await story();
  } finally {
    clearInterval(timer);
    await fleet.stop();
    lambda.close();
    await kafka.close();
  }
}

function sayWhatStays({ warehouse, scope, game, access }: World): void {
  say('retained by design; to remove it:');
  const lines = [
    `aws s3 rb --force ${warehouse}`,
    `aws glue delete-database --name ${scope.namespace}`,
    `kafka-topics.sh --bootstrap-server … --delete --topic '${game.topic}|${access.topic}'`,
  ];
  for (const line of lines) process.stdout.write(`        ${line}\n`);
}

function say(what: string): void {
  process.stdout.write(`  ${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s  ${what}\n`);
}
