// Rules about mappings as the template has them in the end: each broken by hand, past the types, and the guard seen at work in a
// synthesis.
import type { CfnResource } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { buildApp } from '../../infra/build-app.ts';
import { isTopicName, mappingProblems } from '../../infra/guard-mappings.ts';
import { CONFIG, CONTRACTS, deploy, plainCode, resourcesOf } from './support/deployment.ts';

const BUCKET = { OnFailure: { Destination: 'arn:aws:s3:::given-up' } };
const POLLERS = { MinimumPollers: 1, MaximumPollers: 2 };
const ONE = CONTRACTS.slice(0, 1);
const { ingestTemplate: template } = deploy(CONFIG, ONE);
const [[LAND, LAND_FUNCTION]] = [...resourcesOf(template, 'AWS::Lambda::Function')].filter(([id]) => id.includes('Land')) as [
  [string, object],
];
const [OURS] = [...resourcesOf(template, 'AWS::Lambda::EventSourceMapping').values()].filter(({ Properties }) => 'Topics' in Properties);

/** Problems of our own mapping with these properties changed; undefined removes one. */
function problemsWith(changed: Readonly<Record<string, unknown>>, timeoutS?: number): readonly string[] {
  const properties = Object.fromEntries(Object.entries({ ...OURS!.Properties, ...changed }).filter(([, value]) => value !== undefined));
  const { Type, Properties } = LAND_FUNCTION as typeof OURS & object;
  const land = { Type, Properties: { ...Properties, ...(timeoutS === undefined ? {} : { Timeout: timeoutS }) } };
  return mappingProblems({ [LAND]: land, Mapping: { Type: OURS!.Type, Properties: properties } });
}

/** A deployment, its Kafka mapping and its app, for changes past the types. */
function built() {
  const app = buildApp({ config: CONFIG, contracts: ONE, code: plainCode(ONE), app: { builtinCloudFormationValidation: false } });
  const all = app.ingest.node.findAll();
  const mapping = all.find(
    (one) => one instanceof lambda.CfnEventSourceMapping && one.topics !== undefined,
  ) as lambda.CfnEventSourceMapping;
  return { ...app, mapping };
}

describe('a mapping', () => {
  it('as we make it breaks no rule', () => {
    expect(problemsWith({})).toEqual([]);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ StartingPosition: 'LATEST' }, 'LATEST can skip records'],
    [{ StartingPosition: undefined }, 'expected TRIM_HORIZON or AT_TIMESTAMP'],
    [{ FilterCriteria: { Filters: [{ Pattern: '{}' }] } }, 'has FilterCriteria: what they hide looks like missing offsets'],
    [{ AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'g', SchemaRegistryConfig: {} } }, 'has a SchemaRegistryConfig'],
    [{ SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' } }, 'has a ConsumptionMode'],
    [{ MaximumRetryAttempts: 3 }, 'has MaximumRetryAttempts without ProvisionedPollerConfig'],
    [{ BisectBatchOnFunctionError: true }, 'has BisectBatchOnFunctionError without ProvisionedPollerConfig'],
    [{ FunctionResponseTypes: ['ReportBatchItemFailures'] }, 'has FunctionResponseTypes without ProvisionedPollerConfig'],
    [{ MaximumRecordAgeInSeconds: 60 }, 'has MaximumRecordAgeInSeconds without ProvisionedPollerConfig'],
    [
      { DestinationConfig: { OnFailure: { Destination: 'kafka://other' } } },
      'a Kafka topic for failed records without ProvisionedPollerConfig',
    ],
    [{ DestinationConfig: BUCKET }, 'retries without end and has a failure destination: Lambda gives up after ten'],
    [{ DestinationConfig: BUCKET, ProvisionedPollerConfig: POLLERS }, 'retries without end and has a failure destination'],
    [{ MaximumRetryAttempts: 3, ProvisionedPollerConfig: POLLERS }, 'has nowhere to put them: they would be lost'],
    [{ MaximumRecordAgeInSeconds: 60, ProvisionedPollerConfig: POLLERS }, 'has nowhere to put them: they would be lost'],
    [{ BatchSize: 10_001 }, 'has BatchSize 10001: expected 1 to 10000'],
    [{ MaximumBatchingWindowInSeconds: 301 }, 'has MaximumBatchingWindowInSeconds 301: expected 0 to 300'],
    [{ ProvisionedPollerConfig: { MinimumPollers: 0, MaximumPollers: 2_001 } }, 'has MaximumPollers 2001: expected 1 to 2000'],
    [{ ProvisionedPollerConfig: { MinimumPollers: 0, MaximumPollers: 1 } }, 'has MinimumPollers 0: expected 1 to 200'],
    [{ ParallelizationFactor: 2 }, 'Kafka event sources have none'],
    [{ Topics: ['one', 'two'] }, 'reads 2 topics: a mapping reads exactly one'],
    [{ Topics: ['.hidden'] }, 'no name of a topic'],
    [{ AmazonManagedKafkaEventSourceConfig: {} }, 'names no ConsumerGroupId'],
    [{ AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'no spaces' } }, "has the consumer group 'no spaces', which Lambda refuses"],
  ])('with %j breaks a rule', (changed, problem) => {
    expect(problemsWith(changed).join('\n')).toContain(problem);
  });

  it('of a function that lives longer than 14 minutes breaks a rule', () => {
    expect(problemsWith({}, 841)).toEqual(['Mapping invokes a function of 841 s: a Kafka event source takes at most 840 s']);
    expect(problemsWith({}, 840)).toEqual([]);
  });

  it.each([
    { DestinationConfig: BUCKET, ProvisionedPollerConfig: POLLERS, MaximumRetryAttempts: 5 },
    { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000 },
    { MaximumRetryAttempts: -1, BisectBatchOnFunctionError: false },
  ])('with %j loses nothing and passes', (changed) => {
    expect(problemsWith(changed)).toEqual([]);
  });

  it('of a queue is none of our business', () => {
    expect(mappingProblems({ Queue: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { StartingPosition: 'LATEST' } } })).toEqual([]);
  });
});

describe('the synthesis', () => {
  it('fails on a mapping changed past the types', () => {
    const { app, mapping } = built();
    (mapping as CfnResource).addPropertyOverride('StartingPosition', 'LATEST');
    expect(() => app.synth()).toThrow('LATEST can skip records');
  });

  it('fails on a mapping beside ours that reads the same topic for the same function', () => {
    const { app, ingest, mapping } = built();
    const { functionName, eventSourceArn, topics, amazonManagedKafkaEventSourceConfig } = mapping;
    new lambda.CfnEventSourceMapping(ingest, 'Twin', {
      functionName,
      eventSourceArn: eventSourceArn!,
      topics: topics!,
      amazonManagedKafkaEventSourceConfig: amazonManagedKafkaEventSourceConfig!,
      startingPosition: 'TRIM_HORIZON',
    });
    expect(() => app.synth()).toThrow('reads the same topic for the same function as');
  });
});

describe('the name of a topic', () => {
  it.each([
    ['orders', true],
    ['a'.repeat(249), true],
    ['_internal.x-1', true],
    ['x', false],
    ['a'.repeat(250), false],
    ['.hidden', false],
    ['..', false],
    ['with space', false],
    ['', false],
  ])('%j: %s', (topic, isName) => {
    expect(isTopicName(topic)).toBe(isName);
  });
});
