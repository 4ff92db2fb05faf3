import { describe, expect, it } from 'vitest';
import type { FirnConfig, MskConfig } from '../../infra/config.ts';
import type { EventSourceConfig } from '../../infra/event-source-config.ts';
import { type SecretRef, secretRef } from '../../infra/secret-ref.ts';
import { CLUSTER_ARN, CONFIG, CONTRACTS, contractOf, deploy, resourcesOf, SECRET, SELF_MANAGED, source } from './support/deployment.ts';
import { allowedTo } from './support/policies.ts';

const MSK: MskConfig = { kind: 'msk', clusterArn: CLUSTER_ARN, authentication: { kind: 'iam' } };
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/k';

/** The mapping and the role of one source of a deployment with this cluster. */
function deployed(kafka: FirnConfig['kafka']) {
  const { ingestTemplate } = deploy({ ...CONFIG, kafka }, CONTRACTS.slice(0, 1));
  const mapping = [...resourcesOf(ingestTemplate, 'AWS::Lambda::EventSourceMapping').values()].find(
    ({ Properties }) => 'Topics' in Properties,
  )!;
  return { mapping: mapping.Properties, allowed: allowedTo(ingestTemplate, 'LandRole') };
}

const actionsOf = (allowed: ReadonlyMap<string, unknown>, service: string) =>
  [...allowed.keys()].filter((action) => action.startsWith(`${service}:`)).sort();

describe('access to Kafka', () => {
  it('by IAM needs no secret: any kind of MSK cluster, described by what serves every kind', () => {
    for (const clusterType of ['provisioned', 'express', 'serverless'] as const) {
      const { mapping, allowed } = deployed({ ...MSK, clusterType });
      expect(mapping).not.toHaveProperty('SourceAccessConfigurations');
      expect(actionsOf(allowed, 'kafka')).toEqual(['kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers']);
      expect(actionsOf(allowed, 'kafka-cluster')).toEqual([
        'kafka-cluster:AlterGroup',
        'kafka-cluster:Connect',
        'kafka-cluster:DescribeClusterDynamicConfiguration',
        'kafka-cluster:DescribeGroup',
        'kafka-cluster:DescribeTopic',
        'kafka-cluster:ReadData',
      ]);
    }
  });

  it('by SCRAM on MSK names the secret, may read it and lists the cluster’s secrets', () => {
    const { mapping, allowed } = deployed({ ...MSK, authentication: { kind: 'scram-512', secretArn: SECRET, secretKeyArn: KEY } });
    expect(mapping['SourceAccessConfigurations']).toEqual([{ Type: 'SASL_SCRAM_512_AUTH', URI: SECRET }]);
    expect(allowed.get('secretsmanager:GetSecretValue')).toEqual([SECRET]);
    expect(allowed.get('kms:Decrypt')).toEqual([KEY]);
    expect(allowed.get('kafka:ListScramSecrets')).toEqual([CLUSTER_ARN]);
    expect(actionsOf(allowed, 'kafka-cluster')).toEqual([]);
  });

  it('by client certificate names the secret and needs no permission within Kafka', () => {
    const { mapping, allowed } = deployed({ ...MSK, authentication: { kind: 'client-certificate', secretArn: SECRET } });
    expect(mapping['SourceAccessConfigurations']).toEqual([{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: SECRET }]);
    expect(actionsOf(allowed, 'kafka-cluster')).toEqual([]);
    expect(allowed.has('kms:Decrypt')).toBe(false);
  });

  it('of another account goes through its connection, with permissions on the cluster of that account', () => {
    const id = 'game/0a1b2c3d-1111-2222-3333-444455556666-1';
    const connection = `arn:aws:kafka:eu-central-1:111122223333:vpc-connection/444455556666/${id}`;
    const { mapping, allowed } = deployed({ ...MSK, clusterArn: connection });
    const owner = 'arn:aws:kafka:eu-central-1:444455556666';
    expect(mapping['EventSourceArn']).toBe(connection);
    expect(allowed.get('kafka:DescribeVpcConnection')).toEqual([connection]);
    expect(allowed.get('kafka-cluster:Connect')).toEqual([`${owner}:cluster/${id}`]);
    expect(allowed.get('kafka-cluster:ReadData')).toEqual([`${owner}:topic/${id}/game.access-events`]);
    expect(allowed.get('kafka-cluster:AlterGroup')).toEqual([`${owner}:group/${id}/firn.test.game.access-events.access.g1`]);
  });

  it('of one’s own brokers names servers, network and secret, and needs no permission of MSK', () => {
    const ca = `${SECRET}-ca` as const;
    const { mapping, allowed } = deployed({ ...SELF_MANAGED, serverRootCaSecretArn: ca });
    expect(mapping).not.toHaveProperty('EventSourceArn');
    expect(mapping['SelfManagedEventSource']).toEqual({ Endpoints: { KafkaBootstrapServers: SELF_MANAGED.bootstrapServers } });
    expect(mapping['SelfManagedKafkaEventSourceConfig']).toEqual({ ConsumerGroupId: 'firn.test.game.access-events.access.g1' });
    expect(mapping['SourceAccessConfigurations']).toEqual([
      { Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' },
      { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-1' },
      { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: ca },
      { Type: 'SASL_SCRAM_256_AUTH', URI: SECRET },
    ]);
    expect(allowed.get('secretsmanager:GetSecretValue')).toEqual([SECRET, ca].sort());
    expect(actionsOf(allowed, 'kafka')).toEqual([]);
  });

  it('is by the name of one cluster whatever the order its brokers are listed in, because another list replaces the mapping', () => {
    const ids = (bootstrapServers: readonly string[]) =>
      resourcesOf(deploy({ ...CONFIG, kafka: { ...SELF_MANAGED, bootstrapServers } }).ingestTemplate, 'AWS::Lambda::EventSourceMapping');
    expect([...ids(SELF_MANAGED.bootstrapServers.toReversed())]).toEqual([...ids(SELF_MANAGED.bootstrapServers)]);
  });
});

describe('several clusters', () => {
  const eu = { ...MSK, clusterArn: CLUSTER_ARN.replace('/game/', '/eu/') };
  const config: FirnConfig = { ...CONFIG, clusters: { eu, own: SELF_MANAGED } };
  const sources = [source('home', 'orders'), { ...source('eu', 'orders'), cluster: 'eu' }, { ...source('own', 'orders'), cluster: 'own' }];
  const { ingestTemplate } = deploy(config, [contractOf('shop.orders', 'orders', sources)]);
  const mappings = [...resourcesOf(ingestTemplate, 'AWS::Lambda::EventSourceMapping').values()]
    .map(({ Properties }) => Properties)
    .filter((properties) => 'Topics' in properties);

  it('are read by one contract side by side, the same topic on each', () => {
    expect(mappings.map((properties) => [properties['Topics'], properties['EventSourceArn'] ?? 'own brokers'])).toEqual([
      [['orders'], CLUSTER_ARN],
      [['orders'], eu.clusterArn],
      [['orders'], 'own brokers'],
    ]);
  });

  it('each have a function that knows its source, because a record names its topic alone', () => {
    const known = [...resourcesOf(ingestTemplate, 'AWS::Lambda::Function').values()]
      .map(({ Properties }) => (Properties['Environment'] as { Variables: Record<string, string> }).Variables['FIRN_SOURCE'])
      .filter((name) => name !== undefined);
    expect(known).toEqual(['home', 'eu', 'own']);
  });

  it('are each permitted to their own source alone', () => {
    const allowed = allowedTo(ingestTemplate, 'ShopOrdersEuG1Land');
    expect(allowed.get('kafka-cluster:Connect')).toEqual([eu.clusterArn]);
  });
});

describe('an event source', () => {
  const reading = (eventSource: EventSourceConfig, kafka: MskConfig = MSK) => deployed({ ...kafka, eventSource });

  it('gets the pollers of its configuration, which share their units by the group’s name', () => {
    const { mapping } = reading({ pollers: { kind: 'provisioned', minimum: 2, maximum: 8, groupName: 'firn' }, windowS: 5 });
    expect(mapping).toMatchObject({
      ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 8, PollerGroupName: 'firn' },
      MaximumBatchingWindowInSeconds: 5,
    });
    expect(mapping).not.toHaveProperty('DestinationConfig');
  });

  it('that gives up puts whole records into a bucket it may write to', () => {
    const destination = { kind: 's3', bucketArn: 'arn:aws:s3:::given-up', keyArn: KEY } as const;
    const pollers = { kind: 'provisioned', minimum: 1, maximum: 2 } as const;
    const { mapping, allowed } = reading({ pollers, failures: { retryAttemptsMax: 50, recordAgeMaxS: 3_600, destination } });
    expect(mapping).toMatchObject({
      MaximumRetryAttempts: 50,
      MaximumRecordAgeInSeconds: 3_600,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: destination.bucketArn } },
    });
    expect(allowed.get('s3:PutObject')).toContain('arn:aws:s3:::given-up/aws/lambda/*');
    expect(allowed.get('kms:GenerateDataKey')).toEqual([KEY]);
  });

  it('that gives up to a topic may write to that topic and to no other', () => {
    const destination = { kind: 'kafka', topic: 'game.given-up' } as const;
    const pollers = { kind: 'provisioned', minimum: 1, maximum: 2 } as const;
    const { mapping, allowed } = reading({ pollers, failures: { retryAttemptsMax: 50, bisect: false, destination } });
    expect(mapping).toMatchObject({
      BisectBatchOnFunctionError: false,
      DestinationConfig: { OnFailure: { Destination: 'kafka://game.given-up' } },
    });
    const topic = `${CLUSTER_ARN.replace(':cluster/', ':topic/')}/game.given-up`;
    expect(allowed.get('kafka-cluster:WriteData')).toEqual([topic]);
    expect(allowed.get('kafka-cluster:ReadData')).not.toContain(topic);
  });
});

describe('the type of a secret', () => {
  it('takes the ARN of a secret and refuses a literal, in the compiler and when it is computed', () => {
    const named: SecretRef = SECRET;
    // @ts-expect-error a password is no SecretRef
    const given: SecretRef = 'hunter2';
    // @ts-expect-error neither is a string that nobody has looked at
    const unchecked: SecretRef = `${given}` as string;
    expect(secretRef(named)).toBe(SECRET);
    for (const literal of [given, unchecked, `${SECRET}:`, 'arn:aws:iam::111122223333:role/x', '']) {
      expect(() => secretRef(literal)).toThrow(TypeError);
      expect(() => secretRef(literal)).not.toThrow('hunter2');
    }
  });
});
