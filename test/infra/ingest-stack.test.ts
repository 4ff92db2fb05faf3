import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMIT_METRICS, COMMIT_SCHEMA, FAILED_COMMITS_METRIC, PARKED_METRIC } from '../../functions/commit/config.ts';
import { LAND_SCHEMA } from '../../functions/land/config.ts';
import { STAGED_AGE_METRIC, WATCH_SCHEMA } from '../../functions/watch/config.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { CLUSTER_ARN, CONFIG, CONTRACTS, deploy, type Resource, resourcesOf, source } from './support/deployment.ts';

const RUNBOOK = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
const { ingestTemplate: template } = deploy();
const mappings = [...resourcesOf(template, 'AWS::Lambda::EventSourceMapping').values()].map((resource) => resource.Properties);
const kafkaMappings = mappings.filter((properties) => 'Topics' in properties);
const functions = resourcesOf(template, 'AWS::Lambda::Function');

function functionOf(part: string): Resource['Properties'] {
  return [...functions].find(([id]) => id.includes(part))![1].Properties;
}

describe('the Kafka event sources', () => {
  it('are one per source, from the beginning of the topic, with a group that carries environment, contract, source and generation', () => {
    expect(kafkaMappings.map((properties) => [properties['Topics'], properties['AmazonManagedKafkaEventSourceConfig']])).toEqual([
      [['game.access-events'], { ConsumerGroupId: 'firn.test.game.access-events.access.g1' }],
      [['orders.eu'], { ConsumerGroupId: 'firn.test.shop.orders.eu.g1' }],
      [['orders.us'], { ConsumerGroupId: 'firn.test.shop.orders.us.g2' }],
    ]);
    for (const properties of kafkaMappings) {
      expect(properties).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        EventSourceArn: CLUSTER_ARN,
        BatchSize: LIMITS.invocationRecordsMax,
        MaximumBatchingWindowInSeconds: LIMITS.landWindowS,
      });
    }
    expect(JSON.stringify(template.toJSON())).not.toContain('LATEST');
  });

  it('promise 12, idle is free: retry without end: no destination, no bound on retries or age, and on-demand pollers', () => {
    for (const properties of kafkaMappings) {
      for (const key of [
        'DestinationConfig',
        'MaximumRetryAttempts',
        'MaximumRecordAgeInSeconds',
        'ProvisionedPollerConfig',
        'FunctionResponseTypes',
      ]) {
        expect(properties).not.toHaveProperty(key);
      }
    }
  });

  it('get a new function and mapping with a new generation, and a new mapping with a new topic', () => {
    const idsOf = (generation: number, topic: string) => {
      const changed = { ...CONTRACTS[0]!, sources: [{ ...source('access', topic), generation }] };
      const { ingestTemplate } = deploy(CONFIG, [changed]);
      const mapping = [...resourcesOf(ingestTemplate, 'AWS::Lambda::EventSourceMapping')].find(
        ([, { Properties }]) => 'Topics' in Properties,
      )!;
      const land = [...resourcesOf(ingestTemplate, 'AWS::Lambda::Function').keys()].find((id) => id.includes('Land'))!;
      return { mapping: mapping[0], land };
    };
    const first = idsOf(1, 'a.topic');
    const generation = idsOf(2, 'a.topic');
    const topic = idsOf(1, 'b.topic');
    expect(generation.land).not.toBe(first.land);
    expect(generation.mapping).not.toBe(first.mapping);
    expect(topic.land).toBe(first.land);
    expect(topic.mapping).not.toBe(first.mapping);
    expect(idsOf(1, 'a.topic')).toEqual(first);
  });

  it('keep their logical ids, because another id starts another mapping', () => {
    const ids = [...resourcesOf(template, 'AWS::Lambda::EventSourceMapping').keys()].filter((id) => id.includes('Mapping'));
    expect(ids.filter((id) => !id.includes('SqsEventSource')).map((id) => id.slice(0, -8))).toEqual([
      'FirnGameAccessEventsAccessG1Mapping7c751a2d',
      'FirnShopOrdersEuG1Mapping92e64705',
      'FirnShopOrdersUsG2Mappingcd51b045',
    ]);
  });
});

describe('the doorbell', () => {
  const queues = [...resourcesOf(template, 'AWS::SQS::Queue').values()].map((resource) => resource.Properties);
  const queue = queues.find((properties) => 'RedrivePolicy' in properties)!;

  it('is a FIFO queue that delays by the commit interval, does not deduplicate by content and ends in a FIFO dead-letter queue', () => {
    expect(queue).toMatchObject({
      FifoQueue: true,
      ContentBasedDeduplication: false,
      DeduplicationScope: 'messageGroup',
      DelaySeconds: Math.max(1, Math.ceil(LIMITS.commitIntervalMs / 1000)),
      RedrivePolicy: { maxReceiveCount: LIMITS.ringDeliveriesMax },
      SqsManagedSseEnabled: true,
    });
    expect(queues.every((properties) => properties['FifoQueue'] === true && properties['SqsManagedSseEnabled'] === true)).toBe(true);
    template.resourceCountIs('AWS::SQS::QueuePolicy', queues.length);
  });

  it('hides a ring for longer than its function lives', () => {
    expect(queue['VisibilityTimeout']).toBe(LIMITS.ringVisibilityS);
    expect(LIMITS.ringVisibilityS).toBeGreaterThan(LIMITS.commitTimeoutS);
  });

  it('hands rings to the committer in batches of at most ten with partial answers and bounded concurrency', () => {
    const [mapping] = mappings.filter((properties) => !('Topics' in properties));
    expect(mapping).toMatchObject({
      BatchSize: LIMITS.ringsPerInvocationMax,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: LIMITS.commitConcurrencyMax },
    });
    expect(LIMITS.ringsPerInvocationMax).toBeLessThanOrEqual(10);
  });
});

describe('the functions', () => {
  it('run on Node 24 on arm64, with a log group of their own that forgets', () => {
    for (const { Properties } of functions.values()) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      });
    }
    const groups = [...resourcesOf(template, 'AWS::Logs::LogGroup').values()];
    expect(groups).toHaveLength(functions.size);
    expect(groups.every(({ Properties }) => Properties['RetentionInDays'] === 30)).toBe(true);
  });

  it.each([
    ['AccessG1Land', LAND_SCHEMA],
    ['CommitFunction', COMMIT_SCHEMA],
    ['WatchFunction', WATCH_SCHEMA],
  ])('%s gets exactly the keys its config reads', (part, schema) => {
    const { Variables } = functionOf(part)['Environment'] as { Variables: object };
    const own = Object.keys(Variables).filter((key) => key.startsWith('FIRN_'));
    expect(own.sort()).toEqual(
      Object.values(schema)
        .map(({ key }) => key)
        .sort(),
    );
    expect(own.length).toBeLessThanOrEqual(8);
  });

  it('live longer than their deadlines and one request more, and no longer than Lambda allows', () => {
    expect(functionOf('AccessG1Land')['Timeout']).toBe(LIMITS.landTimeoutS);
    expect(functionOf('CommitFunction')['Timeout']).toBe(LIMITS.commitTimeoutS);
    expect(LIMITS.landDeadlineMs + LIMITS.ioTimeoutMs).toBeLessThanOrEqual(LIMITS.landTimeoutS * 1000);
    expect(LIMITS.commitDeadlineMs + LIMITS.ioTimeoutMs).toBeLessThanOrEqual(LIMITS.commitTimeoutS * 1000);
    expect(LIMITS.landTimeoutS).toBeLessThanOrEqual(14 * 60);
    expect(LIMITS.watchTimeoutS).toBeLessThan(60);
  });

  it('are watched every minute', () => {
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' });
  });
});

describe('the alarms', () => {
  const alarms = [...resourcesOf(template, 'AWS::CloudWatch::Alarm').values()].map((resource) => resource.Properties);

  it('notify the topic, treat silence as good and name a section of the runbook', () => {
    expect(alarms.length).toBeGreaterThan(0);
    for (const alarm of alarms) {
      // Offsets stay missing while nothing is committed.
      const silence = alarm['MetricName'] === COMMIT_METRICS.unverified ? 'ignore' : 'notBreaching';
      expect(alarm).toMatchObject({ AlarmActions: [CONFIG.alarmTopicArn], TreatMissingData: silence });
      const [, section] = / See docs\/runbook\.md#([a-z-]+)\.$/.exec(String(alarm['AlarmDescription'])) ?? [];
      expect(RUNBOOK).toContain(`\n## ${section}\n`);
    }
  });

  it('watch dead letters, waiting rings, errors and throttles of every function, and of every contract staged and parked data, freshness and holes', () => {
    const names = alarms.map((alarm) => alarm['MetricName']);
    const count = (name: string) => names.filter((metric) => metric === name).length;
    expect(count('Errors')).toBe(functions.size);
    expect(count('Throttles')).toBe(functions.size);
    expect(count('ApproximateNumberOfMessagesVisible')).toBe(1);
    expect(count('ApproximateAgeOfOldestMessage')).toBe(1);
    expect(count(STAGED_AGE_METRIC)).toBe(CONTRACTS.length);
    expect(count(PARKED_METRIC)).toBe(CONTRACTS.length);
    expect(count(COMMIT_METRICS.watermarkAge)).toBe(CONTRACTS.length);
    expect(count(COMMIT_METRICS.unverified)).toBe(CONTRACTS.length);
    expect(count(FAILED_COMMITS_METRIC)).toBe(CONTRACTS.length);
  });

  it('are there without a topic, too', () => {
    const { alarmTopicArn: _none, ...quiet } = CONFIG;
    const { ingestTemplate } = deploy(quiet);
    expect(resourcesOf(ingestTemplate, 'AWS::CloudWatch::Alarm').size).toBe(alarms.length);
  });
});
