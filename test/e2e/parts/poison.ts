// The doorbell is sent what is no ring, in the group of a contract, too: it ends in the dead-letter queue, and neither that contract nor any
// other waits for it for long. A ring for a contract that does not exist makes nothing; behind it, in its group, follows what is no ring, so
// that a dead letter says that the ring was handled: a queue in order delivers nothing of a group before what precedes it is done with.
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { objectKeys, type Services } from '../services.ts';
import { until } from '../until.ts';
import type { LocalWorld } from '../world.ts';
import { entriesOf } from './entries.ts';

const WITHIN_MS = 3 * 60_000;
const NOBODY = 'nobody.knows';

/** Records must flow on both topics, and both contracts commit. */
export async function poisonDoorbell(world: LocalWorld, services: Services, QueueUrl: string): Promise<void> {
  const { checks, game, access } = world;
  const poison = [
    { group: game.contract, body: '{"contract":' },
    { group: NOBODY, body: '{"not":"a ring"}' },
  ];
  const entries = async () => ({
    game: await entriesOf(world, services, game.contract),
    access: await entriesOf(world, services, access.contract),
  });
  const before = await entries();
  let asked = 0;
  const watched = world.proxy.trouble((_call, url) => void (asked += url.includes(NOBODY) ? 1 : 0));
  await send(services, QueueUrl, { group: NOBODY, body: JSON.stringify({ contract: NOBODY }) });
  for (const one of poison) await send(services, QueueUrl, one);
  await checks.check('a poisoned doorbell: another contract goes on', () =>
    until('entries of another contract', async () => (await entries()).access > before.access, { withinMs: WITHIN_MS, seen: entries }),
  );
  await checks.check('a poisoned doorbell: what is no ring ends in the dead-letter queue', async () => {
    const dead = await deadLetters(services, QueueUrl);
    const seen = new Set<string>();
    const isThere = async () => {
      for (const body of await dead()) seen.add(body);
      return poison.every(({ body }) => seen.has(body));
    };
    await until('dead letters', isThere, { withinMs: WITHIN_MS, everyMs: 500, seen: () => [...seen] });
  });
  watched();
  const left = await objectKeys(services, world.warehouse, `_firn/${NOBODY}/`);
  await checks.equal(
    'a poisoned doorbell: a ring for a contract that does not exist is looked into and leaves nothing behind',
    {
      isLookedInto: asked > 0,
      left,
    },
    { isLookedInto: true, left: [] },
  );
  await checks.check('a poisoned doorbell: the contract whose group was poisoned goes on', () =>
    until('entries of the poisoned contract', async () => (await entries()).game > before.game, { withinMs: WITHIN_MS, seen: entries }),
  );
}

async function send(
  { sqs }: Services,
  QueueUrl: string,
  { group, body }: { readonly group: string; readonly body: string },
): Promise<void> {
  const MessageDeduplicationId = `poison-${group}-${body.length}`;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: group, MessageDeduplicationId }));
}

/** Looks at some of the messages that were given up, and leaves them there. */
async function deadLetters({ sqs }: Services, QueueUrl: string): Promise<() => Promise<readonly string[]>> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }));
  const { deadLetterTargetArn } = JSON.parse(Attributes?.['RedrivePolicy'] ?? '{}') as { readonly deadLetterTargetArn: string };
  const deadUrl = `${QueueUrl.slice(0, QueueUrl.lastIndexOf('/'))}/${deadLetterTargetArn.split(':').at(-1)}`;
  return async () => {
    const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl: deadUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }));
    return (received.Messages ?? []).map(({ Body }) => Body ?? '');
  };
}
