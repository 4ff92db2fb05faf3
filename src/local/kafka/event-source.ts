// EventSource: the reader as a member of a consumer group. Membership, heartbeats and cooperative rebalancing (KIP-429) are the client's;
// which offset is read next is never the group's. A member whose client gave up (a heartbeat that stalled, a rejoin that failed) is made
// anew by the next `assignment`.
import type { Assignment, EventSource, KafkaReader } from '../../kafka-ports.ts';
import type { ClientOptions } from './client-options.ts';
import { kafkaError } from './errors.ts';
import { makeKafkaReader, type ReadingClient } from './reader.ts';

/** A member of group `options.groupId` for these topics; joins with the first `assignment`. */
export function makeEventSource(options: ClientOptions, topics: readonly string[]): EventSource {
  const membership: Membership = { options, topics, client: undefined, isJoined: false, isBroken: false, epoch: 0 };
  const reader = (): ReadingClient => (membership.client ??= connect(membership));
  return {
    describe: (names) => reader().describe(names),
    ends: (topic, partitions) => reader().ends(topic, partitions),
    read: (...args: Parameters<KafkaReader['read']>) => reader().read(...args),
    assignment: () => assignment(membership, reader),
    acknowledge: (positions) => acknowledge(membership, positions),
    close: () => close(membership),
  };
}

interface Membership {
  readonly options: ClientOptions;
  readonly topics: readonly string[];
  client: ReadingClient | undefined;
  isJoined: boolean;
  /** The client will not come back by itself. */
  isBroken: boolean;
  epoch: number;
}

function connect(membership: Membership): ReadingClient {
  const client = makeKafkaReader(membership.options);
  const { consumer } = client;
  const isCurrent = () => membership.client === client;
  consumer.on('consumer:group:join', () => {
    if (isCurrent()) membership.epoch++;
  });
  const broken = () => {
    if (isCurrent()) membership.isBroken = true;
  };
  consumer.on('error', broken);
  consumer.on('consumer:heartbeat:stalled', broken);
  consumer.topics.trackAll(...membership.topics);
  return client;
}

async function assignment(membership: Membership, reader: () => ReadingClient): Promise<Assignment> {
  if (membership.isBroken) await discard(membership);
  const { consumer, alerts } = reader();
  if (!membership.isJoined) {
    try {
      await consumer.joinGroup({});
    } catch (error) {
      await discard(membership);
      const { groupId, bootstrapBrokers } = membership.options;
      throw kafkaError(alerts.explain(error), `join group ${groupId} at ${bootstrapBrokers.join(', ')}`);
    }
    membership.isJoined = true;
  }
  const assigned = consumer.assignments ?? [];
  const partitions = assigned.flatMap(({ topic, partitions: numbers }) => numbers.map((partition) => ({ topic, partition })));
  return { epoch: membership.epoch, partitions };
}

async function acknowledge(membership: Membership, positions: Parameters<EventSource['acknowledge']>[0]): Promise<void> {
  const { client } = membership;
  if (!client || positions.length === 0) return;
  const assigned = new Map((client.consumer.assignments ?? []).map(({ topic, partitions }) => [topic, new Set(partitions)]));
  const offsets = positions
    .filter(({ topic, partition }) => assigned.get(topic)?.has(partition))
    .map(({ topic, partition, next }) => ({ topic, partition, offset: BigInt(next), leaderEpoch: -1 }));
  if (offsets.length === 0) return;
  try {
    await client.consumer.commit({ offsets });
  } catch (error) {
    throw kafkaError(client.alerts.explain(error), `acknowledge in group ${membership.options.groupId}`);
  }
}

/** Lets go of a client that failed; what it could not say to a broker that is gone, the session's end says. */
async function discard(membership: Membership): Promise<void> {
  const { client } = membership;
  membership.client = undefined;
  membership.isJoined = false;
  membership.isBroken = false;
  membership.epoch++;
  await client?.close().catch(() => undefined);
}

async function close(membership: Membership): Promise<void> {
  const { client } = membership;
  membership.client = undefined;
  try {
    await client?.close();
  } catch (error) {
    throw kafkaError(error, `leave group ${membership.options.groupId}`);
  }
}
