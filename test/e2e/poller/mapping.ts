// `AWS::Lambda::EventSourceMapping` of a template → the mapping it makes. What Lambda refuses at deployment is refused here, too, with its
// reason; what CloudFormation silently ignores has no place in it. Source: AWS Lambda developer guide, "Kafka event poller scaling modes",
// "Configuring error handling controls for Kafka event sources"; API reference, CreateEventSourceMapping.
import type { ErrorHandling, Mapping, StartPosition } from './types.ts';

export type Properties = Readonly<Record<string, unknown>>;

/** Ids and references the caller has resolved. */
export interface MappingNames {
  readonly id: string;
  readonly functionName: string;
}

const BATCH_DEFAULT = 100;
const WINDOW_DEFAULT_MS = 500;

/** Undefined for a mapping of something that is no Kafka topic. Throws for what Lambda would refuse. */
export function readMapping(properties: Properties, names: MappingNames): Mapping | undefined {
  const topics = properties['Topics'] as readonly string[] | undefined;
  if (topics === undefined) return undefined;
  must(topics.length === 1, `Topics has ${topics.length} names: a mapping reads one topic`);
  const eventSourceArn = properties['EventSourceArn'] as string | undefined;
  const endpoints = properties['SelfManagedEventSource'] as
    | { readonly Endpoints: { readonly KafkaBootstrapServers: readonly string[] } }
    | undefined;
  must((eventSourceArn === undefined) !== (endpoints === undefined), 'expected either EventSourceArn or SelfManagedEventSource');
  const kind = eventSourceArn === undefined ? 'SelfManagedKafkaEventSourceConfig' : 'AmazonManagedKafkaEventSourceConfig';
  const config = properties[kind] as { readonly ConsumerGroupId?: string } | undefined;
  return {
    ...names,
    eventSourceArn,
    bootstrapServers: endpoints?.Endpoints.KafkaBootstrapServers.join(','),
    topic: topics[0]!,
    // Lambda's own default is the mapping's id.
    group: config?.ConsumerGroupId ?? names.id,
    start: startOf(properties),
    isEnabled: properties['Enabled'] !== false,
    batchSize: within('BatchSize', properties['BatchSize'] ?? BATCH_DEFAULT, 1, 10_000),
    windowMs: windowOf(properties['MaximumBatchingWindowInSeconds']),
    provisioned: errorHandling(properties),
    destination: (properties['DestinationConfig'] as { readonly OnFailure?: { readonly Destination?: string } } | undefined)?.OnFailure
      ?.Destination,
  };
}

function startOf(properties: Properties): StartPosition {
  const [kind, timestamp] = [properties['StartingPosition'], properties['StartingPositionTimestamp']];
  must((kind === 'AT_TIMESTAMP') === (timestamp !== undefined), 'StartingPositionTimestamp goes with AT_TIMESTAMP and with nothing else');
  if (kind === 'AT_TIMESTAMP') return { kind, timestampMs: Number(timestamp) * 1000 };
  must(kind === 'TRIM_HORIZON' || kind === 'LATEST', `StartingPosition is ${String(kind)}`);
  return { kind };
}

function windowOf(seconds: unknown): number {
  return seconds === undefined ? WINDOW_DEFAULT_MS : within('MaximumBatchingWindowInSeconds', seconds, 0, 300) * 1000;
}

/** Only provisioned pollers know any. */
function errorHandling(properties: Properties): ErrorHandling | undefined {
  const isProvisioned = properties['ProvisionedPollerConfig'] !== undefined;
  const types = (properties['FunctionResponseTypes'] as readonly string[] | undefined) ?? [];
  const given = ['MaximumRetryAttempts', 'MaximumRecordAgeInSeconds', 'BisectBatchOnFunctionError'].filter(
    (name) => properties[name] !== undefined,
  );
  if (types.length > 0) given.push('FunctionResponseTypes');
  must(isProvisioned || given.length === 0, `${given.join(', ')}: only with ProvisionedPollerConfig`);
  if (!isProvisioned) return undefined;
  const seconds = Number(properties['MaximumRecordAgeInSeconds'] ?? -1);
  return {
    retriesMax: within('MaximumRetryAttempts', properties['MaximumRetryAttempts'] ?? -1, -1, 10_000),
    recordAgeMsMax: seconds === -1 ? -1 : within('MaximumRecordAgeInSeconds', seconds, 60, 604_800) * 1000,
    isBisecting: properties['BisectBatchOnFunctionError'] === true,
    isPartial: types.includes('ReportBatchItemFailures'),
  };
}

function within(name: string, value: unknown, min: number, max: number): number {
  const number = Number(value);
  must(Number.isInteger(number) && number >= min && number <= max, `${name} is ${String(value)}: expected ${min} to ${max}`);
  return number;
}

function must(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(`Lambda would refuse the event source mapping: ${problem}`);
}
