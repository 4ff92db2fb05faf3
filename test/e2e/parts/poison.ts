// The doorbell is sent what is no ring, in the group of a contract, too: it ends in the dead-letter queue, and neither that contract nor any
// other waits for it for long.
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { objectKeys, type Services } from '../services.ts';
import type { LocalWorld } from '../world.ts';
import { until } from './faults.ts';

const WITHIN_MS = 3 * 60_000;

/** Records must flow on both topics. */
export async function poisonDoorbell(world: LocalWorld, services: Services, QueueUrl: string): Promise<void> {
  const { sqs } = services;
  // Bodies that name no contract, by the group they are sent in.
  const poison = [
    { group: world.game.contract, body: '{"contract":' },
    { group: 'strangers', body: '{"not":"a ring"}' },
  ];
  const entriesOf = async (contract: string) => (await objectKeys(services, world.warehouse, `_firn/${contract}/ledger/`)).length;
  const before = { game: await entriesOf(world.game.contract), access: await entriesOf(world.access.contract) };
  for (const [i, { group, body }] of poison.entries())
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: group, MessageDeduplicationId: `poison-${i}` }));
  const unknown = JSON.stringify({ contract: 'nobody.knows' });
  await sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody: unknown, MessageGroupId: 'nobody.knows', MessageDeduplicationId: 'unknown' }),
  );
  await world.checks.check('a poisoned doorbell: another contract goes on at once', () =>
    until('entries of another contract', async () => (await entriesOf(world.access.contract)) > before.access, 60_000),
  );
  await world.checks.check('a poisoned doorbell: what is no ring ends in the dead-letter queue', async () => {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }));
    const { deadLetterTargetArn } = JSON.parse(Attributes?.['RedrivePolicy'] ?? '{}') as { readonly deadLetterTargetArn: string };
    const deadUrl = `${QueueUrl.slice(0, QueueUrl.lastIndexOf('/'))}/${deadLetterTargetArn.split(':').at(-1)}`;
    const count = async () => {
      const asked = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ['ApproximateNumberOfMessages'] }));
      return Number(asked.Attributes?.['ApproximateNumberOfMessages'] ?? 0);
    };
    await until('dead letters', async () => (await count()) >= poison.length, WITHIN_MS);
  });
  const left = await objectKeys(services, world.warehouse, '_firn/nobody.knows/');
  await world.checks.equal('a poisoned doorbell: a ring for a contract that does not exist leaves nothing behind', left, []);
  await world.checks.check('a poisoned doorbell: the contract whose group was poisoned goes on', () =>
    until('entries of the poisoned contract', async () => (await entriesOf(world.game.contract)) > before.game, WITHIN_MS),
  );
}
