// The rules AWS would only tell at deployment, or never, checked at synthesis: all problems in one error. Sources: AWS Lambda
// developer guide, "Using Lambda with Amazon MSK" and "… self-managed Apache Kafka"; Apache Kafka's topic name rules.
import type { CompiledContract } from '../src/contract/compiled.ts';
import { LIMITS } from '../src/contract/limits.ts';
import type { FirnConfig, KafkaConfig, SecretAuthentication } from './config.ts';
import { consumerGroup, sourceConstructId } from './names.ts';

/** The settings of the functions and event sources, from the limits; a parameter so that each rule can be tested. */
export interface GuardedLimits {
  readonly landTimeoutS: number;
  readonly commitTimeoutS: number;
  readonly landWindowS: number;
  readonly invocationRecordsMax: number;
  readonly invocationPayloadBytes: number;
  readonly landBatchRecordsMax: number;
  readonly landBatchBytesMax: number;
  readonly landDeadlineMs: number;
  readonly commitDeadlineMs: number;
  readonly ioTimeoutMs: number;
  readonly commitIntervalMs: number;
}

/** Throws one error that lists every rule broken. */
export function guardDeployment(config: FirnConfig, contracts: readonly CompiledContract[], limits: GuardedLimits = LIMITS): void {
  const problems = [...limitProblems(limits), ...configProblems(config), ...contractProblems(config, contracts)];
  if (problems.length === 0) return;
  throw new Error(
    `cannot synthesise: ${problems.length} problem(s) in firn.config.ts, the contracts or the limits:\n  - ${problems.join('\n  - ')}`,
  );
}

function limitProblems(limits: GuardedLimits): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [limits.landTimeoutS <= 14 * 60, `landTimeoutS is ${limits.landTimeoutS}: a Kafka event source takes functions of at most 840 s`],
    [limits.commitTimeoutS <= 15 * 60, `commitTimeoutS is ${limits.commitTimeoutS}: Lambda runs at most 900 s`],
    [limits.landWindowS >= 0 && limits.landWindowS <= 300, `landWindowS is ${limits.landWindowS}: expected 0 to 300`],
    [
      limits.invocationRecordsMax >= 1 && limits.invocationRecordsMax <= 10_000,
      `invocationRecordsMax is ${limits.invocationRecordsMax}: expected 1 to 10000`,
    ],
    [limits.invocationRecordsMax <= limits.landBatchRecordsMax, 'an event may hold more records than landBatchRecordsMax'],
    [limits.invocationPayloadBytes <= limits.landBatchBytesMax, 'an event may hold more bytes than landBatchBytesMax'],
    [
      limits.landDeadlineMs + limits.ioTimeoutMs <= limits.landTimeoutS * 1000,
      'landDeadlineMs and one request more do not fit into landTimeoutS',
    ],
    [
      limits.commitDeadlineMs + limits.ioTimeoutMs <= limits.commitTimeoutS * 1000,
      'commitDeadlineMs and one request more do not fit into commitTimeoutS',
    ],
    [limits.commitIntervalMs <= 900_000, `commitIntervalMs is ${limits.commitIntervalMs}: SQS delays by at most 900 s`],
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}

function configProblems(config: FirnConfig): string[] {
  const problems: string[] = [];
  if (!/^[A-Za-z0-9-]{1,32}$/.test(config.environment))
    problems.push(`environment is '${config.environment}': expected 1 to 32 letters, digits or -`);
  if (config.alarmTopicArn !== undefined && !/^arn:[^:]+:sns:/.test(config.alarmTopicArn))
    problems.push('alarmTopicArn is no ARN of an SNS topic');
  return [...problems, ...kafkaProblems(config.kafka)];
}

function kafkaProblems(kafka: KafkaConfig): string[] {
  const problems = secretProblems(kafka.authentication);
  if (kafka.kind === 'msk') {
    const isCluster = /^arn:[^:]+:kafka:[^:]+:\d{12}:(cluster|vpc-connection)\/.+$/.test(kafka.clusterArn);
    if (!isCluster)
      problems.push(`kafka.clusterArn is '${kafka.clusterArn}': expected arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>`);
    if (kafka.authentication.kind === 'plain' || kafka.authentication.kind === 'scram-256') {
      problems.push(`kafka.authentication is ${kafka.authentication.kind}: MSK knows iam, scram-512, client-certificate and none`);
    }
    return problems;
  }
  if (kafka.bootstrapServers.length === 0) problems.push('kafka.bootstrapServers is empty: expected host:port');
  for (const server of kafka.bootstrapServers) {
    if (!/^[A-Za-z0-9.-]+:\d{1,5}$/.test(server)) problems.push(`kafka.bootstrapServers has '${server}': expected host:port`);
  }
  if (kafka.subnetIds.length === 0) problems.push('kafka.subnetIds is empty: the pollers need a subnet that reaches the brokers');
  return problems;
}

function secretProblems(authentication: KafkaConfig['authentication']): string[] {
  const secret = authentication as Partial<SecretAuthentication>;
  if (authentication.kind === 'iam' || authentication.kind === 'none') return [];
  return /^arn:[^:]+:secretsmanager:/.test(secret.secretArn ?? '') ? [] : ['kafka.authentication.secretArn is no ARN of a secret'];
}

function contractProblems(config: FirnConfig, contracts: readonly CompiledContract[]): string[] {
  const problems: string[] = [];
  if (contracts.length === 0) problems.push('no contract found: put one under schemas/<product>/<dataset>.odcs.yaml');
  const ids = new Map<string, string>();
  for (const contract of contracts) {
    const readers = new Map<string, string>();
    for (const source of contract.sources) {
      const where = `${contract.name}, source ${source.name}`;
      const id = sourceConstructId(contract.name, source);
      const rival = ids.get(id);
      if (rival !== undefined) problems.push(`${where} and ${rival} get the same id ${id}: rename one`);
      ids.set(id, where);
      // A record in an event names its topic and no more: of two sources with one topic, one would get the records of both.
      const reader = readers.get(source.topic);
      if (reader !== undefined) problems.push(`${where}: topic '${source.topic}' is source ${reader}'s, and a deployment has one cluster`);
      readers.set(source.topic, source.name);
      if (!/^[A-Za-z0-9._-]{2,249}$/.test(source.topic) || source.topic === '..') {
        problems.push(`${where}: topic '${source.topic}' is no name Kafka and Lambda accept (2 to 249 letters, digits, '.', '_', '-')`);
      }
      const group = consumerGroup(config.environment, contract.name, source);
      if (!/^[A-Za-z0-9\-/*:_+=.@]{1,200}$/.test(group))
        problems.push(`${where}: consumer group '${group}' is longer than 200 or has characters Lambda refuses`);
    }
    for (const { identifier } of contract.tables) {
      if (!/^[a-z0-9_]{1,252}$/.test(identifier.namespace))
        problems.push(`${contract.name}: namespace '${identifier.namespace}' is no name Glue and Athena accept`);
    }
  }
  return problems;
}
