// The rules AWS would only tell at deployment, or never, checked at synthesis: all problems in one error. What a configuration and
// contracts say is checked here and in guard-kafka.ts; what a template says in the end, escape hatches included, in
// guard-mappings.ts. Every rule with its source and its test is in the table of docs/aws.md.

import { DEFAULT_CLUSTER } from '../functions/recover/config.ts';
import type { CompiledContract, SourcePlan } from '../src/contract/compiled.ts';
import { LIMITS } from '../src/contract/limits.ts';
import { brokersOf, type Clusters, clusterOf, type FirnConfig, type MaintenanceConfig } from './config.ts';
import { kafkaProblems } from './guard-kafka.ts';
import { isTopicName } from './guard-mappings.ts';
import { isTopicArn } from './guard-words.ts';
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

/** As much of a configuration as a pipeline is made of. */
export type GuardedConfig = Pick<FirnConfig, 'environment' | 'alarmTopicArn' | 'maintenance'> & Clusters;

/** Throws one error that lists every rule broken. */
export function guardDeployment(config: GuardedConfig, contracts: readonly CompiledContract[], limits: GuardedLimits = LIMITS): void {
  const problems = [...limitProblems(limits), ...configProblems(config), ...contractProblems(config, contracts)];
  if (problems.length === 0) return;
  throw new Error(
    `cannot synthesise: ${problems.length} problem(s) in firn.config.ts, the contracts or the limits:\n  - ${problems.join('\n  - ')}`,
  );
}

/** Bytes of an event: Lambda's synchronous payload. */
const EVENT_BYTES_MAX = 6 * 1024 * 1024;

function limitProblems(limits: GuardedLimits): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [limits.landTimeoutS <= 14 * 60, `landTimeoutS is ${limits.landTimeoutS}: a Kafka event source takes functions of at most 840 s`],
    [limits.commitTimeoutS <= 15 * 60, `commitTimeoutS is ${limits.commitTimeoutS}: Lambda runs at most 900 s`],
    [limits.landWindowS >= 0 && limits.landWindowS <= 300, `landWindowS is ${limits.landWindowS}: expected 0 to 300`],
    [
      limits.invocationRecordsMax >= 1 && limits.invocationRecordsMax <= 10_000,
      `invocationRecordsMax is ${limits.invocationRecordsMax}: expected 1 to 10000`,
    ],
    [
      limits.invocationPayloadBytes >= EVENT_BYTES_MAX,
      `invocationPayloadBytes is ${limits.invocationPayloadBytes}: Lambda sends up to ${EVENT_BYTES_MAX} (6 MB)`,
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

function configProblems(config: GuardedConfig): string[] {
  const problems: string[] = [];
  if (!/^[A-Za-z0-9-]{1,32}$/.test(config.environment))
    problems.push(`environment is '${config.environment}': expected 1 to 32 letters, digits or -`);
  if (config.alarmTopicArn !== undefined && !isTopicArn(config.alarmTopicArn)) problems.push('alarmTopicArn is no ARN of an SNS topic');
  problems.push(...maintenanceProblems(config.maintenance ?? {}));
  problems.push(...kafkaProblems('kafka', config.kafka));
  for (const [name, kafka] of Object.entries(config.clusters ?? {})) {
    if (!/^[A-Za-z0-9-]{1,64}$/.test(name)) problems.push(`clusters has '${name}': expected 1 to 64 letters, digits or -`);
    if (name === DEFAULT_CLUSTER) problems.push(`clusters has '${name}', which is what the cluster named by 'kafka' is called`);
    problems.push(...kafkaProblems(`clusters.${name}`, kafka));
  }
  return problems;
}

function maintenanceProblems(maintenance: MaintenanceConfig): string[] {
  return (['everyHours', 'resolveEveryHours'] as const).flatMap((key) => {
    const hours = maintenance[key];
    const isFine = hours === undefined || hours === 'off' || (Number.isSafeInteger(hours) && hours >= 1 && hours <= 24);
    return isFine ? [] : [`maintenance.${key} is ${hours}: expected 1 to 24, or 'off'`];
  });
}

function contractProblems(config: GuardedConfig, contracts: readonly CompiledContract[]): string[] {
  const problems: string[] = contracts.length === 0 ? ['no contract found: put one under schemas/<product>/<dataset>.odcs.yaml'] : [];
  const ids = new Map<string, string>();
  for (const contract of contracts) {
    const readers = new Map<string, string>();
    for (const source of contract.sources) {
      const where = `${contract.name}, source ${source.name}`;
      const id = sourceConstructId(contract.name, source);
      const rival = ids.get(id);
      if (rival !== undefined) problems.push(`${where} and ${rival} get the same id ${id}: rename one`);
      ids.set(id, where);
      problems.push(...sourceProblems(config, { where, contractName: contract.name, source, readers }));
    }
    for (const { identifier, program } of contract.tables) {
      if (program.maxBytes > LIMITS.invocationValueBytesMax)
        problems.push(
          `${contract.name}: maxBytes is ${program.maxBytes}, but Lambda delivers no record of more than ${LIMITS.invocationValueBytesMax} (6 MB of JSON and base64): keep the topic's max.message.bytes below it, and maxBytes, too`,
        );
      if (!/^[a-z0-9_]{1,252}$/.test(identifier.namespace))
        problems.push(`${contract.name}: namespace '${identifier.namespace}' is no name Glue and Athena accept`);
    }
  }
  return [...problems, ...groupProblems(config, contracts)];
}

interface GuardedSource {
  readonly where: string;
  readonly contractName: string;
  readonly source: SourcePlan;
  /** Cluster and topic → source, of the contract's sources so far. */
  readonly readers: Map<string, string>;
}

function sourceProblems(config: GuardedConfig, { where, contractName, source, readers }: GuardedSource): string[] {
  const problems: string[] = [];
  const kafka = clusterOf(config, source);
  if (kafka === undefined) return [`${where}: cluster '${source.cluster}' is not in the configuration's clusters`];
  // Two sources over one topic of one cluster would land each of its records twice, under two ids.
  const reads = JSON.stringify([brokersOf(kafka), source.topic]);
  const reader = readers.get(reads);
  if (reader !== undefined) problems.push(`${where}: topic '${source.topic}' is source ${reader}'s already`);
  readers.set(reads, source.name);
  if (!isTopicName(source.topic))
    problems.push(
      `${where}: topic '${source.topic}' is no name Kafka and Lambda accept (2 to 249 letters, digits, '.', '_', '-', no '.' first)`,
    );
  const destination = kafka.eventSource?.failures?.destination;
  if (destination?.kind === 'kafka' && destination.topic === source.topic)
    problems.push(`${where}: topic '${source.topic}' is also where failed records go: they would come back for ever`);
  const group = consumerGroup(config.environment, contractName, source);
  if (!/^[A-Za-z0-9\-/*:_+=.@]{1,200}$/.test(group))
    problems.push(`${where}: consumer group '${group}' is longer than 200 or has characters Lambda refuses`);
  return problems;
}

/** AWS Lambda API, ProvisionedPollerConfig: at most 100 mappings and 2,000 pollers in a group. */
function groupProblems(config: GuardedConfig, contracts: readonly CompiledContract[]): string[] {
  const groups = new Map<string, { mappings: number; pollers: number }>();
  for (const source of contracts.flatMap(({ sources }) => sources)) {
    const pollers = clusterOf(config, source)?.eventSource?.pollers;
    if (pollers?.kind !== 'provisioned' || pollers.groupName === undefined) continue;
    const group = groups.get(pollers.groupName) ?? { mappings: 0, pollers: 0 };
    groups.set(pollers.groupName, { mappings: group.mappings + 1, pollers: group.pollers + pollers.maximum });
  }
  return [...groups].flatMap(([name, { mappings, pollers }]) => [
    ...(mappings > 100 ? [`poller group '${name}' has ${mappings} event sources: at most 100`] : []),
    ...(pollers > 2_000 ? [`poller group '${name}' has up to ${pollers} pollers: at most 2000, lower maximum`] : []),
  ]);
}
