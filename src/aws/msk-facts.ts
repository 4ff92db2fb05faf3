// What Amazon MSK says of a cluster and a topic: for plans alone, never on the way of a record. Topics are known of Provisioned and
// Express clusters (Kafka ≥ 3.6) and about a minute old; of Serverless MSK says nothing (Amazon MSK developer guide, "Topic APIs").
import { DescribeClusterV2Command, DescribeTopicCommand, type KafkaClient } from '@aws-sdk/client-kafka';
import { makeMskClient } from './msk-client.ts';

export interface MskFacts {
  /** undefined: MSK did not say; `why` has the class of its answer. */
  readonly cluster: { readonly type: string; readonly state: string; readonly logins: readonly string[] | undefined } | undefined;
  readonly partitions: number | 'absent' | undefined;
  readonly why?: string;
}

export interface MskReader {
  describe(clusterArn: string, topic: string): Promise<MskFacts>;
  destroy(): void;
}

/** Region, credentials and endpoint are the SDK's. Reads alone, so the SDK may retry. */
export function makeMskReader(client: Pick<KafkaClient, 'send' | 'destroy'> = makeMskClient()): MskReader {
  return {
    describe: async (clusterArn, topic) => {
      const cluster = await ask(() => describeCluster(client, clusterArn));
      const partitions = await ask(() => describeTopic(client, clusterArn, topic));
      const why = cluster.why ?? partitions.why;
      return {
        cluster: cluster.value,
        partitions: partitions.isAbsent ? 'absent' : partitions.value,
        ...(why === undefined ? {} : { why }),
      };
    },
    destroy: () => client.destroy(),
  };
}

async function describeCluster(client: Pick<KafkaClient, 'send'>, clusterArn: string): Promise<MskFacts['cluster']> {
  const { ClusterInfo: info } = await client.send(new DescribeClusterV2Command({ ClusterArn: clusterArn }));
  if (info === undefined) return undefined;
  const known = info.Provisioned?.ClientAuthentication;
  const logins = [
    ...(info.Serverless !== undefined || known?.Sasl?.Iam?.Enabled === true ? ['iam'] : []),
    ...(known?.Sasl?.Scram?.Enabled === true ? ['scram-512'] : []),
    ...(known?.Tls?.Enabled === true ? ['client-certificate'] : []),
    ...(known?.Unauthenticated?.Enabled === true ? ['none'] : []),
  ];
  // A cluster without any of these settings takes everybody (Amazon MSK API, ClientAuthentication).
  const isOpen = info.Serverless === undefined && known === undefined;
  return { type: info.ClusterType ?? 'unknown', state: info.State ?? 'unknown', logins: isOpen ? undefined : logins };
}

async function describeTopic(client: Pick<KafkaClient, 'send'>, clusterArn: string, topic: string): Promise<number | undefined> {
  return (await client.send(new DescribeTopicCommand({ ClusterArn: clusterArn, TopicName: topic }))).PartitionCount;
}

interface Answer<T> {
  readonly value: T | undefined;
  readonly isAbsent: boolean;
  readonly why?: string;
}

/** A plan goes on without an answer and says that it had none. */
async function ask<T>(question: () => Promise<T | undefined>): Promise<Answer<T>> {
  try {
    return { value: await question(), isAbsent: false };
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    return { value: undefined, isAbsent: /^(NotFound|UnknownTopicOrPartition)/.test(name), why: name };
  }
}
