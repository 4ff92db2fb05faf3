// A template's event source mapping as the end-to-end run reads it, and what Lambda would refuse of it. Source: AWS Lambda developer guide,
// "Kafka event poller scaling modes", "Configuring error handling controls for Kafka event sources"; API reference, CreateEventSourceMapping.
import { describe, expect, it } from 'vitest';
import { type Properties, readMapping } from '../../e2e/poller/mapping.ts';

const NAMES = { id: '11111111-2222-3333-4444-555555555555', functionName: 'land' };
const MSK: Properties = {
  EventSourceArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/example/uuid',
  Topics: ['events'],
  StartingPosition: 'TRIM_HORIZON',
};

describe('a mapping', () => {
  it('has the documented defaults: 100 records, 500 ms, the mapping itself as its group, on-demand', () => {
    expect(readMapping(MSK, NAMES)).toEqual({
      ...NAMES,
      eventSourceArn: MSK['EventSourceArn'],
      bootstrapServers: undefined,
      topic: 'events',
      group: NAMES.id,
      start: { kind: 'TRIM_HORIZON' },
      isEnabled: true,
      batchSize: 100,
      windowMs: 500,
      provisioned: undefined,
      destination: undefined,
    });
  });

  it('takes group, sizes, state, pollers and destination from the template', () => {
    const given = {
      ...MSK,
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'firn.dev.game.g2' },
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 1,
      Enabled: false,
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: 1_700_000_000,
      ProvisionedPollerConfig: { MinimumPollers: 1 },
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 3,
      MaximumRecordAgeInSeconds: 3_600,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:eu-central-1:111122223333:failures' } },
    };
    expect(readMapping(given, NAMES)).toMatchObject({
      group: 'firn.dev.game.g2',
      batchSize: 10_000,
      windowMs: 1_000,
      isEnabled: false,
      start: { kind: 'AT_TIMESTAMP', timestampMs: 1_700_000_000_000 },
      provisioned: { retriesMax: 3, recordAgeMsMax: 3_600_000, isBisecting: true, isPartial: true },
      destination: 'arn:aws:sqs:eu-central-1:111122223333:failures',
    });
  });

  it('of self-managed Kafka has servers instead of a cluster', () => {
    const { EventSourceArn: _, ...rest } = MSK;
    const given = { ...rest, SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['a:9092', 'b:9092'] } } };
    expect(readMapping(given, NAMES)).toMatchObject({ eventSourceArn: undefined, bootstrapServers: 'a:9092,b:9092' });
  });

  it('of something that is no topic is none of ours', () => {
    expect(readMapping({ EventSourceArn: 'arn:aws:sqs:eu-central-1:111122223333:doorbell.fifo' }, NAMES)).toBeUndefined();
  });

  it.each<[string, Properties]>([
    ['partial answers without provisioned pollers', { FunctionResponseTypes: ['ReportBatchItemFailures'] }],
    ['splitting without provisioned pollers', { BisectBatchOnFunctionError: true }],
    ['an end of retries without provisioned pollers', { MaximumRetryAttempts: 3 }],
    ['an age without provisioned pollers', { MaximumRecordAgeInSeconds: 60 }],
    ['a batch of more than 10,000', { BatchSize: 10_001 }],
    ['a window of more than 300 s', { MaximumBatchingWindowInSeconds: 301 }],
    ['a timestamp without AT_TIMESTAMP', { StartingPositionTimestamp: 1 }],
    ['AT_TIMESTAMP without a timestamp', { StartingPosition: 'AT_TIMESTAMP' }],
    ['two topics', { Topics: ['a', 'b'] }],
    ['an age under a minute', { ProvisionedPollerConfig: {}, MaximumRecordAgeInSeconds: 59 }],
  ])('%s is refused, as Lambda would', (_name, more) => {
    expect(() => readMapping({ ...MSK, ...more }, NAMES)).toThrow(/^Lambda would refuse the event source mapping: /);
  });
});
