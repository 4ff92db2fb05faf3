// The deployment as a user does it: `cdk bootstrap`, `cdk deploy` of the repository's own stacks, and the topics that its contracts name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { ACCOUNT, REGION } from '../emulator/emulator.ts';
import type { Fleet } from '../poller/fleet.ts';
import type { Flow } from '../settle.ts';
import type { LocalWorld, World } from '../world.ts';

export const GAME: Flow = { topic: 'game-events', group: 'firn.dev.game.game-events.game-events.g1', contract: 'game.game-events' };
export const ACCESS: Flow = {
  topic: 'game.access-events',
  group: 'firn.dev.game.access-events.access-events.g1',
  contract: 'game.access-events',
};
const PARTITIONS = 6;

/** Bootstraps, deploys, makes the topics, starts the pollers of the deployed mappings. */
export async function deployAll(world: LocalWorld): Promise<Fleet> {
  await world.checks.check('cdk bootstrap', async () => {
    await world.project.cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
  });
  await deploy(world, 'cdk deploy of the unchanged stacks');
  const topics = mappedTopics(world);
  const admin = new Admin({ clientId: 'e2e', bootstrapBrokers: [world.brokers] });
  await admin.createTopics({ topics: [...topics], partitions: PARTITIONS, replicas: 1 });
  await admin.close();
  const fleet = await world.startPolling();
  await world.checks.equal(
    'the pollers read the topics of the template',
    fleet
      .pollers()
      .map(({ mapping }) => mapping.topic)
      .sort(),
    topics,
  );
  return fleet;
}

/** Deploys what the project now says. */
export async function deploy(world: World, promise: string): Promise<void> {
  const outputs = join(world.project.root, 'outputs.json');
  await world.checks.check(promise, async () => {
    await world.project.cdk('deploy', '--all', '--require-approval', 'never', '--concurrency', '1', '--outputs-file', outputs);
  });
  const stacks = JSON.parse(readFileSync(outputs, 'utf8')) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const warehouse = Object.values(stacks)
    .flatMap((one) => Object.entries(one))
    .find(([name]) => name === 'Warehouse')?.[1];
  if (warehouse === undefined) throw new Error('no stack says where the warehouse is');
  world.warehouse = warehouse;
}

/** Of the template as it was synthesised: what must be polled. */
function mappedTopics(world: World): readonly string[] {
  const { Resources } = world.project.template('firn-dev-ingest');
  const topics = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
    .flatMap(({ Properties }) => (Properties?.['Topics'] as readonly string[] | undefined) ?? []);
  return [...new Set(topics)].sort();
}
