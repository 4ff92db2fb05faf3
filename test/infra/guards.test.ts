import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import type { FirnConfig, MskConfig, SelfManagedKafkaConfig } from '../../infra/config.ts';
import { type GuardedLimits, guardDeployment } from '../../infra/guards.ts';
import { addNag } from '../../infra/nag.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { CLUSTER_ARN, CONFIG, CONTRACTS, contractOf, deploy, resourcesOf, source } from './support/deployment.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:kafka';
const SELF_MANAGED: SelfManagedKafkaConfig = {
  kind: 'self-managed',
  bootstrapServers: ['b-1.example.net:9096', 'b-2.example.net:9096'],
  authentication: { kind: 'scram-256', secretArn: SECRET },
  subnetIds: ['subnet-1'],
  securityGroupId: 'sg-1',
};

describe('the guard', () => {
  it('lets a right deployment pass', () => {
    expect(() => guardDeployment(CONFIG, CONTRACTS)).not.toThrow();
    expect(() => guardDeployment({ ...CONFIG, kafka: SELF_MANAGED }, CONTRACTS)).not.toThrow();
  });

  it.each<[Partial<GuardedLimits>, string]>([
    [{ landTimeoutS: 900 }, 'a Kafka event source takes functions of at most 840 s'],
    [{ commitTimeoutS: 901 }, 'Lambda runs at most 900 s'],
    [{ landWindowS: 301 }, 'expected 0 to 300'],
    [{ invocationRecordsMax: 10_001 }, 'expected 1 to 10000'],
    [{ landBatchRecordsMax: 9_999 }, 'more records than landBatchRecordsMax'],
    [{ landBatchBytesMax: 1 }, 'more bytes than landBatchBytesMax'],
    [{ landDeadlineMs: LIMITS.landTimeoutS * 1000 }, 'do not fit into landTimeoutS'],
    [{ commitDeadlineMs: LIMITS.commitTimeoutS * 1000 }, 'do not fit into commitTimeoutS'],
    [{ commitIntervalMs: 900_001 }, 'SQS delays by at most 900 s'],
  ])('refuses the limits %j', (changed, problem) => {
    expect(() => guardDeployment(CONFIG, CONTRACTS, { ...LIMITS, ...changed })).toThrow(problem);
  });

  it.each<[Partial<FirnConfig>, string]>([
    [{ environment: 'no spaces' }, "environment is 'no spaces'"],
    [{ environment: '' }, "environment is ''"],
    [{ alarmTopicArn: 'alerts' }, 'alarmTopicArn is no ARN'],
    [{ kafka: { kind: 'msk', clusterArn: 'game', authentication: { kind: 'iam' } } }, "kafka.clusterArn is 'game'"],
    [{ kafka: { kind: 'msk', clusterArn: CLUSTER_ARN, authentication: { kind: 'plain', secretArn: SECRET } } }, 'MSK knows iam'],
    [{ kafka: { kind: 'msk', clusterArn: CLUSTER_ARN, authentication: { kind: 'scram-512', secretArn: 'x' } } }, 'secretArn is no ARN'],
    [{ kafka: { ...SELF_MANAGED, bootstrapServers: [] } }, 'bootstrapServers is empty'],
    [{ kafka: { ...SELF_MANAGED, bootstrapServers: ['broker'] } }, "has 'broker'"],
    [{ kafka: { ...SELF_MANAGED, subnetIds: [] } }, 'subnetIds is empty'],
  ])('refuses the configuration %j', (changed, problem) => {
    expect(() => guardDeployment({ ...CONFIG, ...changed }, CONTRACTS)).toThrow(problem);
  });

  it.each([
    [[], 'no contract found'],
    [[contractOf('a.b', 't', [source('s', 'x')])], "topic 'x' is no name"],
    [[contractOf('a.b', 't', [source('s', 'spaces are bad')])], "topic 'spaces are bad' is no name"],
    [[contractOf('a.b', 't', [source('s'.repeat(200), 'topic')])], 'is longer than 200'],
    [[contractOf('a.b', 't', [source('x-y', 'one'), source('x.y', 'two')])], 'get the same id AB-XY-G1'],
    [[contractOf('a.b', 't', [source('eu', 'events'), source('us', 'events')])], "source us: topic 'events' is source eu's"],
    [[contractOf('Upper.b', 't', [source('s', 'topic')])], "namespace 'Upper' is no name"],
  ])('refuses the contracts %#', (contracts, problem) => {
    expect(() => guardDeployment(CONFIG, contracts)).toThrow(problem);
  });

  it('lists every problem at once', () => {
    const wrong = { ...CONFIG, environment: '', alarmTopicArn: 'alerts' };
    expect(() => guardDeployment(wrong, [], { ...LIMITS, landTimeoutS: 900 })).toThrow(/^cannot synthesise: 4 problem\(s\)/);
  });
});

describe('access to Kafka', () => {
  const mappingOf = (kafka: FirnConfig['kafka']) => {
    const { ingestTemplate } = deploy({ ...CONFIG, kafka }, CONTRACTS.slice(0, 1));
    const mapping = [...resourcesOf(ingestTemplate, 'AWS::Lambda::EventSourceMapping').values()].find(
      ({ Properties }) => 'Topics' in Properties,
    )!;
    return { mapping: mapping.Properties, policies: JSON.stringify([...resourcesOf(ingestTemplate, 'AWS::IAM::Policy').values()]) };
  };

  it('by SCRAM on MSK names the secret, may read it and lists the cluster’s secrets', () => {
    const kafka: MskConfig = {
      kind: 'msk',
      clusterArn: CLUSTER_ARN,
      authentication: { kind: 'scram-512', secretArn: SECRET, secretKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/k' },
    };
    const { mapping, policies } = mappingOf(kafka);
    expect(mapping['SourceAccessConfigurations']).toEqual([{ Type: 'SASL_SCRAM_512_AUTH', URI: SECRET }]);
    for (const action of ['secretsmanager:GetSecretValue', 'kms:Decrypt', 'kafka:ListScramSecrets']) expect(policies).toContain(action);
    expect(policies).not.toContain('kafka-cluster:');
  });

  it('of one’s own brokers names servers, network and secret, and needs no permission of MSK', () => {
    const { mapping, policies } = mappingOf({ ...SELF_MANAGED, serverRootCaSecretArn: `${SECRET}-ca` });
    expect(mapping).not.toHaveProperty('EventSourceArn');
    expect(mapping['SelfManagedEventSource']).toEqual({ Endpoints: { KafkaBootstrapServers: SELF_MANAGED.bootstrapServers } });
    expect(mapping['SelfManagedKafkaEventSourceConfig']).toEqual({ ConsumerGroupId: 'firn.test.game.access-events.access.g1' });
    expect(mapping['SourceAccessConfigurations']).toEqual([
      { Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' },
      { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-1' },
      { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: `${SECRET}-ca` },
      { Type: 'SASL_SCRAM_256_AUTH', URI: SECRET },
    ]);
    expect(policies).not.toContain('kafka:');
  });
});

describe('the rule pack', () => {
  it('fails the synthesis on a finding nobody has set aside', () => {
    const app = new App({ builtinCloudFormationValidation: false });
    addNag(app);
    const role = new iam.Role(new Stack(app, 'Other'), 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));
    expect(() => app.synth()).toThrow(/AwsSolutions-IAM5/);
  });
});
