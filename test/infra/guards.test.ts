import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import type { FirnConfig, KafkaConfig, MskConfig } from '../../infra/config.ts';
import type { FailureHandling, ProvisionedPollers } from '../../infra/event-source-config.ts';
import { type GuardedLimits, guardDeployment } from '../../infra/guards.ts';
import { addNag } from '../../infra/nag.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { CLUSTER_ARN, CONFIG, CONTRACTS, contractOf, SECRET, SELF_MANAGED, source } from './support/deployment.ts';

const MSK: MskConfig = { kind: 'msk', clusterArn: CLUSTER_ARN, authentication: { kind: 'iam' } };
const CONNECTION_ARN = 'arn:aws:kafka:eu-central-1:111122223333:vpc-connection/444455556666/game/0a1b2c3d-1111-2222-3333-444455556666-1';
const PROVISIONED: ProvisionedPollers = { kind: 'provisioned', minimum: 1, maximum: 4, groupName: 'firn' };
const FAILURES: FailureHandling = { retryAttemptsMax: 100, destination: { kind: 's3', bucketArn: 'arn:aws:s3:::given-up' } };

/** A configuration as one without types could write it. */
const untyped = (kafka: unknown): Partial<FirnConfig> => ({ kafka: kafka as KafkaConfig });
const withFailures = (changed: object, pollers: object = PROVISIONED) =>
  untyped({ ...MSK, eventSource: { pollers, failures: { ...FAILURES, ...changed } } });

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
    [{ invocationPayloadBytes: 1_000_000 }, 'Lambda sends up to 6291456 (6 MB)'],
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
    [{ clusters: { 'e u': MSK } }, "clusters has 'e u'"],
    [{ clusters: { default: MSK } }, "clusters has 'default', which is what"],
    [{ maintenance: { everyHours: 0 } }, 'maintenance.everyHours is 0: expected 1 to 24'],
    [{ maintenance: { resolveEveryHours: 25 } }, 'maintenance.resolveEveryHours is 25: expected 1 to 24'],
    [{ kafka: { ...MSK, network: { subnetIds: [], securityGroupIds: ['sg-1'] } } }, 'kafka.network.subnetIds has 0: expected 1 to 16'],
    [
      { kafka: { ...MSK, network: { subnetIds: ['10.0.0.0/24'], securityGroupIds: ['sg-1'] } } },
      "kafka.network.subnetIds has '10.0.0.0/24'",
    ],
    [
      { kafka: { ...MSK, network: { subnetIds: ['subnet-1'], securityGroupIds: ['default'] } } },
      "kafka.network.securityGroupIds has 'default'",
    ],
    [{ clusters: { eu: { ...MSK, clusterArn: 'game' } } }, "clusters.eu.clusterArn is 'game'"],
    [{ kafka: { ...MSK, clusterArn: 'game' } }, "kafka.clusterArn is 'game'"],
    [untyped({ ...MSK, authentication: { kind: 'plain', secretArn: SECRET } }), 'MSK knows iam, scram-512'],
    [untyped({ ...MSK, authentication: { kind: 'scram-256', secretArn: SECRET } }), 'MSK knows iam, scram-512'],
    [{ kafka: { ...MSK, clusterType: 'serverless', authentication: { kind: 'none' } } }, 'MSK Serverless knows iam alone'],
    [{ kafka: { ...MSK, clusterType: 'serverless', clusterArn: CONNECTION_ARN } }, 'MSK Serverless in its own account alone'],
    [{ kafka: { ...MSK, clusterArn: CONNECTION_ARN, authentication: { kind: 'none' } } }, 'a VPC connection asks for'],
    [{ kafka: { ...SELF_MANAGED, bootstrapServers: [] } }, 'bootstrapServers is empty'],
    [{ kafka: { ...SELF_MANAGED, bootstrapServers: ['broker'] } }, "has 'broker'"],
    [
      { kafka: { ...SELF_MANAGED, bootstrapServers: Array.from({ length: 11 }, (_, n) => `b-${n}:9092`) } },
      'bootstrapServers has 11: at most 10',
    ],
    [{ kafka: { ...SELF_MANAGED, subnetIds: [] } }, 'subnetIds is empty'],
    [{ kafka: { ...SELF_MANAGED, subnetIds: Array.from({ length: 21 }, (_, n) => `subnet-${n}`) } }, 'subnetIds has 21: at most 20'],
    [{ kafka: { ...SELF_MANAGED, securityGroupId: 'default' } }, "securityGroupId is 'default'"],
    [untyped({ ...SELF_MANAGED, authentication: { kind: 'iam' } }), 'Lambda knows scram-512, scram-256'],
  ])('refuses the configuration %j', (changed, problem) => {
    expect(() => guardDeployment({ ...CONFIG, ...changed }, CONTRACTS)).toThrow(problem);
  });

  it.each<[Partial<FirnConfig>, string]>([
    [
      untyped({ ...MSK, authentication: { kind: 'scram-512', secretArn: 'hunter2' } }),
      'kafka.authentication.secretArn is no ARN: expected',
    ],
    [untyped({ ...MSK, authentication: { kind: 'scram-512' } }), 'a secret is named, never given'],
    [
      untyped({ ...MSK, authentication: { kind: 'scram-512', secretArn: SECRET, password: 'hunter2' } }),
      "has 'password', which is unknown",
    ],
    [untyped({ ...SELF_MANAGED, serverRootCaSecretArn: '-----BEGIN hunter2' }), 'kafka.serverRootCaSecretArn is no ARN'],
    [
      { kafka: { ...MSK, authentication: { kind: 'scram-512', secretArn: SECRET, secretKeyArn: 'hunter2' } } },
      'secretKeyArn is no ARN of a key',
    ],
  ])('refuses a literal where a secret is named, and never repeats it: %#', (changed, problem) => {
    const refused = () => guardDeployment({ ...CONFIG, ...changed }, CONTRACTS);
    expect(refused).toThrow(problem);
    expect(refused).not.toThrow('hunter2');
  });

  it.each<[object, string]>([
    [{ minimum: 0 }, 'minimum is 0: expected 1 to 200'],
    [{ minimum: 201, maximum: 300 }, 'minimum is 201: expected 1 to 200'],
    [{ maximum: 2_001 }, 'maximum is 2001: expected 1 to 2000'],
    [{ minimum: 5 }, 'minimum is 5, more than the maximum 4'],
    [{ groupName: 'all of them' }, "groupName is 'all of them'"],
    [{ groupName: 'x'.repeat(129) }, 'expected 1 to 128 letters'],
  ])('refuses the pollers %j', (changed, problem) => {
    const kafka = { ...MSK, eventSource: { pollers: { ...PROVISIONED, ...changed } } };
    expect(() => guardDeployment({ ...CONFIG, kafka }, CONTRACTS)).toThrow(problem);
  });

  it('refuses a poller group of more than 100 event sources or 2000 pollers, over all contracts', () => {
    const sources = (count: number) => Array.from({ length: count }, (_, n) => source(`s${n}`, `topic-${n}`));
    const grouped = (maximum: number) => ({ ...CONFIG, kafka: { ...MSK, eventSource: { pollers: { ...PROVISIONED, maximum } } } });
    const two = [contractOf('a.b', 't', sources(50)), contractOf('a.c', 'u', sources(51))];
    expect(() => guardDeployment(grouped(10), two)).toThrow("poller group 'firn' has 101 event sources: at most 100");
    expect(() => guardDeployment(grouped(21), two.slice(0, 1).concat(contractOf('a.c', 'u', sources(50))))).toThrow(
      "poller group 'firn' has up to 2100 pollers: at most 2000",
    );
    expect(() => guardDeployment(grouped(20), two.slice(0, 1).concat(contractOf('a.c', 'u', sources(50))))).not.toThrow();
  });

  it.each<[Partial<FirnConfig>, string]>([
    [withFailures({}, { kind: 'on-demand' }), 'failures needs provisioned pollers'],
    [withFailures({ retryAttemptsMax: -1 }), 'Lambda gives up after ten anyway and spills good data'],
    [withFailures({ retryAttemptsMax: 10_001 }), 'retryAttemptsMax is 10001: expected 0 to 10000'],
    [withFailures({ recordAgeMaxS: 59 }), 'recordAgeMaxS is 59: expected 60 to 604800'],
    [withFailures({ destination: undefined }), 'destination is missing: records given up would be lost'],
    [withFailures({ destination: { kind: 'sqs' } }), 'destination is sqs: it carries offsets and no records'],
    [withFailures({ destination: { kind: 'kafka', topic: '..' } }), "destination.topic is '..'"],
    [withFailures({ destination: { kind: 'kafka', topic: 'orders.eu' } }), "source eu: topic 'orders.eu' is also where failed records go"],
    [withFailures({ destination: { kind: 's3', bucketArn: 'given-up' } }), 'destination.bucketArn is no ARN of a bucket'],
    [withFailures({ destination: { ...FAILURES.destination, keyArn: 'k' } }), 'destination.keyArn is no ARN of a key'],
    [untyped({ ...MSK, eventSource: { windowS: 0.5 } }), 'windowS is 0.5: expected 0 to 300'],
    [untyped({ ...MSK, eventSource: { windowS: 301 } }), 'windowS is 301: expected 0 to 300'],
  ])('refuses the event source %j', (changed, problem) => {
    expect(() => guardDeployment({ ...CONFIG, ...changed }, CONTRACTS)).toThrow(problem);
  });

  it.each([
    [[], 'no contract found'],
    [[contractOf('a.b', 't', [source('s', 'x')])], "topic 'x' is no name"],
    [[contractOf('a.b', 't', [source('s', 'spaces are bad')])], "topic 'spaces are bad' is no name"],
    [[contractOf('a.b', 't', [source('s'.repeat(200), 'topic')])], 'is longer than 200'],
    [[contractOf('a.b', 't', [source('x-y', 'one'), source('x.y', 'two')])], 'get the same id AB-XY-G1'],
    [[contractOf('a.b', 't', [source('s', '.hidden')])], "topic '.hidden' is no name"],
    [[contractOf('a.b', 't', [source('eu', 'events'), source('us', 'events')])], "source us: topic 'events' is source eu's already"],
    [
      [contractOf('a.b', 't', [{ ...source('eu', 'events'), cluster: 'eu' }])],
      "source eu: cluster 'eu' is not in the configuration's clusters",
    ],
    [[contractOf('a.b', 't', [{ ...source('eu', 'events'), cluster: 'toString' }])], "cluster 'toString' is not in"],
    [[contractOf('Upper.b', 't', [source('s', 'topic')])], "namespace 'Upper' is no name"],
  ])('refuses the contracts %#', (contracts, problem) => {
    expect(() => guardDeployment(CONFIG, contracts)).toThrow(problem);
  });

  it('refuses a contract that takes larger values than Lambda delivers, and no other', () => {
    const taking = (maxBytes: number) => {
      const [contract] = CONTRACTS;
      return [{ ...contract!, tables: contract!.tables.map((table) => ({ ...table, program: { ...table.program, maxBytes } })) }];
    };
    const { invocationValueBytesMax: most, invocationPayloadBytes: event } = LIMITS;
    expect(() => guardDeployment(CONFIG, taking(most))).not.toThrow();
    expect(() => guardDeployment(CONFIG, taking(most + 1))).toThrow(
      `maxBytes is ${most + 1}, but Lambda delivers no record of more than ${most}`,
    );
    // Its base64 fits into an event, with room for the rest of the record.
    expect(Math.ceil(most / 3) * 4).toBeLessThan(event);
    expect(event - Math.ceil(most / 3) * 4).toBeLessThanOrEqual(16 * 1024);
  });

  it('lists every problem at once', () => {
    const wrong = { ...CONFIG, environment: '', alarmTopicArn: 'alerts' };
    expect(() => guardDeployment(wrong, [], { ...LIMITS, landTimeoutS: 900 })).toThrow(/^cannot synthesise: 4 problem\(s\)/);
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
