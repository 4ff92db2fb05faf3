// Rules about event source mappings as a template has them in the end, whoever wrote it: a mapping changed by hand, or one of
// another construct in the same stack, is judged like ours. CloudFormation checks none of them before it deploys, and two of them
// (filters, LATEST) never. Sources: AWS Lambda developer guide, "Kafka scaling modes", "error handling controls", "Kafka starting
// positions"; AWS Lambda API, CreateEventSourceMapping.

/** A template's resources, references unresolved. */
export type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>>;

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const FUNCTION = 'AWS::Lambda::Function';
const RETRY_KEYS = ['MaximumRetryAttempts', 'MaximumRecordAgeInSeconds', 'BisectBatchOnFunctionError', 'FunctionResponseTypes'];

/** One line for each rule broken, with the mapping's logical id. Mappings of queues and streams are passed over. */
export function mappingProblems(resources: Resources): string[] {
  const problems: string[] = [];
  const readers = new Map<string, string>();
  for (const [id, { Type, Properties = {} }] of Object.entries(resources)) {
    if (Type !== MAPPING || !('Topics' in Properties)) continue;
    const own = [
      ...positionProblems(Properties),
      ...filterProblems(Properties),
      ...retryProblems(Properties),
      ...sizeProblems(Properties),
      ...topicProblems(Properties),
      ...timeoutProblems(Properties, resources),
    ];
    const reads = JSON.stringify([
      Properties['FunctionName'],
      Properties['EventSourceArn'],
      Properties['SelfManagedEventSource'],
      Properties['Topics'],
    ]);
    const rival = readers.get(reads);
    if (rival !== undefined) own.push(`reads the same topic for the same function as ${rival}: Lambda answers 409`);
    readers.set(reads, id);
    problems.push(...own.map((problem) => `${id} ${problem}`));
  }
  return problems;
}

/** Lambda: `[^.]([a-zA-Z0-9\-_.]+)`, 249 at most, so at least two characters; Kafka: none of them but these. */
export function isTopicName(topic: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{1,248}$/.test(topic);
}

type Properties = Readonly<Record<string, unknown>>;

function positionProblems(mapping: Properties): string[] {
  const position = mapping['StartingPosition'];
  if (position === 'TRIM_HORIZON' || position === 'AT_TIMESTAMP') return [];
  return [
    `starts at ${JSON.stringify(position)}: LATEST can skip records while a mapping is made or updated; expected TRIM_HORIZON or AT_TIMESTAMP`,
  ];
}

function filterProblems(mapping: Properties): string[] {
  const problems: string[] = [];
  if ('FilterCriteria' in mapping)
    problems.push('has FilterCriteria: what they hide looks like missing offsets; filter in the contract (firn.filter)');
  const config = {
    ...(mapping['AmazonManagedKafkaEventSourceConfig'] as object),
    ...(mapping['SelfManagedKafkaEventSourceConfig'] as object),
  };
  if ('SchemaRegistryConfig' in config)
    problems.push(
      'has a SchemaRegistryConfig: Lambda would rewrite the bytes of keys and values, and every change of it replaces the mapping',
    );
  if ('ConsumptionMode' in config) problems.push('has a ConsumptionMode: a share group keeps no order and no offsets');
  return problems;
}

function retryProblems(mapping: Properties): string[] {
  const problems: string[] = [];
  const destination = (mapping['DestinationConfig'] as { readonly OnFailure?: { readonly Destination?: unknown } } | undefined)?.OnFailure
    ?.Destination;
  const isProvisioned = 'ProvisionedPollerConfig' in mapping;
  const needing = RETRY_KEYS.filter((key) => key in mapping && mapping[key] !== false && mapping[key] !== -1);
  if (!isProvisioned && needing.length > 0) problems.push(`has ${needing.join(', ')} without ProvisionedPollerConfig: Lambda refuses it`);
  if (!isProvisioned && typeof destination === 'string' && destination.startsWith('kafka://'))
    problems.push('has a Kafka topic for failed records without ProvisionedPollerConfig: Lambda refuses it');
  const retries = mapping['MaximumRetryAttempts'] ?? -1;
  if (destination !== undefined && retries === -1)
    problems.push('retries without end and has a failure destination: Lambda gives up after ten and spills good data');
  const givesUp = retries !== -1 || (mapping['MaximumRecordAgeInSeconds'] ?? -1) !== -1;
  if (destination === undefined && givesUp) problems.push('gives up on records and has nowhere to put them: they would be lost');
  return problems;
}

function sizeProblems(mapping: Properties): string[] {
  const problems: string[] = [];
  const within = (key: string, value: unknown, least: number, most: number): void => {
    if (typeof value === 'number' && (value < least || value > most)) problems.push(`has ${key} ${value}: expected ${least} to ${most}`);
  };
  within('BatchSize', mapping['BatchSize'], 1, 10_000);
  within('MaximumBatchingWindowInSeconds', mapping['MaximumBatchingWindowInSeconds'], 0, 300);
  const pollers = (mapping['ProvisionedPollerConfig'] ?? {}) as Properties;
  within('MinimumPollers', pollers['MinimumPollers'], 1, 200);
  within('MaximumPollers', pollers['MaximumPollers'], 1, 2_000);
  if ('ParallelizationFactor' in mapping) problems.push('has a ParallelizationFactor: Kafka event sources have none');
  return problems;
}

function topicProblems(mapping: Properties): string[] {
  const topics = mapping['Topics'] as readonly unknown[];
  const group = {
    ...(mapping['AmazonManagedKafkaEventSourceConfig'] as Properties),
    ...(mapping['SelfManagedKafkaEventSourceConfig'] as Properties),
  }['ConsumerGroupId'];
  const problems: string[] = [];
  if (topics.length !== 1) problems.push(`reads ${topics.length} topics: a mapping reads exactly one`);
  if (topics.some((topic) => typeof topic === 'string' && !isTopicName(topic)))
    problems.push(`reads ${JSON.stringify(topics)}: no name of a topic`);
  if (group === undefined) problems.push('names no ConsumerGroupId: Lambda would make one up, and a new mapping would begin anew');
  if (typeof group === 'string' && !/^[A-Za-z0-9\-/*:_+=.@]{1,200}$/.test(group))
    problems.push(`has the consumer group '${group}', which Lambda refuses`);
  return problems;
}

function timeoutProblems(mapping: Properties, resources: Resources): string[] {
  const name = mapping['FunctionName'] as { readonly Ref?: string; readonly 'Fn::GetAtt'?: readonly string[] } | undefined;
  const target = resources[name?.Ref ?? name?.['Fn::GetAtt']?.[0] ?? ''];
  const timeout = target?.Type === FUNCTION ? target.Properties?.['Timeout'] : undefined;
  return typeof timeout === 'number' && timeout > 14 * 60
    ? [`invokes a function of ${timeout} s: a Kafka event source takes at most 840 s`]
    : [];
}
