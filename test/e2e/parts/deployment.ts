// The deployment as a user does it: `cdk bootstrap`, `cdk deploy` of the repository's own stacks, and the topics that its contracts name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { stackPrefix } from '../scope.ts';
import type { World } from '../world.ts';

const PARTITIONS = 6;
const REPLICAS_LOCAL = 1;
/** The smallest clusters of Amazon MSK have two brokers. */
const REPLICAS_ACCOUNT = 2;

/** Bootstraps and deploys; the topics that the template's mappings read, sorted. */
export async function deployAll(world: World): Promise<readonly string[]> {
  await world.checks.check('cdk bootstrap', async () => {
    await world.project.cdk('bootstrap', `aws://${world.account}/${world.region}`);
  });
  await deploy(world, 'cdk deploy of the unchanged stacks');
  const { Resources } = world.project.template(`${stackPrefix(world.scope)}ingest`);
  const topics = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
    .flatMap(({ Properties }) => (Properties?.['Topics'] as readonly string[] | undefined) ?? []);
  return [...new Set(topics)].sort();
}

export async function makeTopics(world: World, topics: readonly string[]): Promise<void> {
  const admin = new Admin({ clientId: 'e2e', ...world.kafkaConnection });
  const replicas = world.endpoint === undefined ? REPLICAS_ACCOUNT : REPLICAS_LOCAL;
  await admin.createTopics({ topics: [...topics], partitions: PARTITIONS, replicas });
  await admin.close();
}

/** Deploys what the project now says, or what was synthesised of it last. */
export async function deploy(world: World, promise: string, cdk = world.project.cdk): Promise<void> {
  const outputs = join(world.project.root, 'outputs.json');
  await world.checks.check(promise, async () => {
    await cdk('deploy', '--all', '--require-approval', 'never', '--concurrency', '1', '--outputs-file', outputs);
  });
  const stacks = JSON.parse(readFileSync(outputs, 'utf8')) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const values = Object.values(stacks).flatMap((one) => Object.entries(one));
  const warehouse = values.find(([name]) => name === 'Warehouse')?.[1];
  if (warehouse === undefined) throw new Error('no stack says where the warehouse is');
  world.warehouse = warehouse;
}
