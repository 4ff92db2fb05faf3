// What the reader asks of a cluster besides records: topics with their UUIDs and leaders, ends of partitions, versions. Answers come from
// the brokers; leaders alone are remembered, until a read shows that they have moved.
import type { ClusterMetadata, ConnectionPool, Consumer } from '@platformatic/kafka';
import { InputRefusedError } from '../../errors.ts';
import type { KafkaTopic, PartitionEnds } from '../../kafka-ports.ts';
import { kafkaError } from './errors.ts';
import { FETCH_VERSIONS } from './fetch-protocol.ts';
import type { TlsAlerts } from './tls-alerts.ts';

export interface Client {
  readonly consumer: Consumer;
  readonly pool: ConnectionPool;
  readonly alerts: TlsAlerts;
  version: number | undefined;
  /** Topics as they were described. */
  readonly known: Map<string, KafkaTopic>;
  /** Leaders; undefined when they must be asked for again. */
  metadata: ClusterMetadata | undefined;
  turn: number;
}

/** Topics as they are now; throws InputRefusedError for one that is missing. */
export async function describe(client: Client, topics: readonly string[]): Promise<readonly KafkaTopic[]> {
  const metadata = await askMetadata(client, topics);
  const described = topics.map((topic): KafkaTopic => {
    const found = metadata.topics.get(topic);
    if (!found)
      throw new InputRefusedError(
        `cannot read topic ${topic}: the cluster has no such topic; check --brokers and the contract's firn.source`,
        { code: 'topic-missing' },
      );
    const topicId = found.id === topic || /^[0-]+$/.test(found.id) ? undefined : found.id;
    return { topic, topicId, clusterId: metadata.id || undefined, partitions: found.partitionsCount };
  });
  for (const one of described) client.known.set(one.topic, one);
  return described;
}

/** Fresh leaders. */
export async function askMetadata(client: Client, topics: readonly string[]): Promise<ClusterMetadata> {
  const what = `read topic ${topics.join(', ')}`;
  client.metadata = undefined;
  const metadata = await asked(client, what, client.consumer.metadata({ topics: [...topics], forceUpdate: true }));
  client.metadata = metadata;
  return metadata;
}

/** First offset and end of what is committed, by partition. */
export async function ends(client: Client, topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, PartitionEnds>> {
  if (partitions.length === 0) return new Map();
  const ask = (timestamp: bigint) =>
    asked(
      client,
      `ask for the ends of ${topic}`,
      client.consumer.listOffsets({ topics: [topic], partitions: { [topic]: [...partitions] }, timestamp, isolationLevel: 1 }),
    );
  const [earliest, latest] = [await ask(EARLIEST), await ask(LATEST)];
  const at = (offsets: typeof latest, partition: number) => Number(offsets.get(topic)?.[partition] ?? 0n);
  return new Map(partitions.map((partition) => [partition, { startOffset: at(earliest, partition), endOffset: at(latest, partition) }]));
}

/** ListOffsets: special timestamps. */
const EARLIEST = -2n;
const LATEST = -1n;

/** A broker that has just started does not know its topics yet; only another UUID, or a cluster that denies the topic, is a change. */
export async function isStillTheTopic(client: Client, topic: string): Promise<boolean> {
  const before = client.known.get(topic)?.topicId;
  try {
    const metadata = await askMetadata(client, [...client.known.keys()]);
    return before === undefined || metadata.topics.get(topic)?.id === before;
  } catch (error) {
    if (error instanceof InputRefusedError && error.code === 'topic-missing') return false;
    throw error;
  }
}

/** The highest version of Fetch that both sides speak. */
export async function fetchVersion(client: Client): Promise<number> {
  const fetch = (await asked(client, 'ask the broker for its versions', client.consumer.listApis())).find(({ name }) => name === 'Fetch');
  const version = Math.min(FETCH_VERSIONS.max, fetch?.maxVersion ?? 0);
  if (version >= FETCH_VERSIONS.min) return version;
  throw new InputRefusedError(`the broker is too old: expected Fetch version ${FETCH_VERSIONS.min} (Kafka 2.7) or later, got ${version}`, {
    code: 'broker-too-old',
  });
}

/** The answer, or an error of ours; `what` reads on after "cannot". */
export async function asked<T>({ alerts }: Pick<Client, 'alerts'>, what: string, answer: Promise<T>): Promise<T> {
  try {
    const given = await answer;
    alerts.clear();
    return given;
  } catch (error) {
    throw kafkaError(alerts.explain(error), what);
  }
}
