// One source of one contract: its own land function and Kafka event source. Unless the cluster's configuration says otherwise:
// on-demand pollers, TRIM_HORIZON (LATEST may skip records while a mapping is made or updated), retries without end and no failure
// destination: with a destination Lambda gives up after ten attempts and spills good data. Bad records never make the function
// fail; they are quarantined inside it.
import { Duration } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { landEnvironmentOf } from '../../functions/land/config.ts';
import type { CompiledContract, SourcePlan } from '../../src/contract/compiled.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { brokersOf, type KafkaConfig } from '../config.ts';
import type { EventSourceConfig, FailureHandling } from '../event-source-config.ts';
import { type BucketArns, grantKey, grantLand } from '../grants.ts';
import { grantKafka, kafkaConnection } from '../kafka-access.ts';
import { consumerGroup, mappingConstructId } from '../names.ts';
import type { Doorbell } from './doorbell.ts';
import { FirnFunction } from './firn-function.ts';

export interface LandSourceProps {
  readonly environment: string;
  readonly contract: CompiledContract;
  readonly source: SourcePlan;
  readonly kafka: KafkaConfig;
  readonly bucket: BucketArns;
  /** @default AWS's own keys */
  readonly encryptionKey?: kms.IKey;
  /** `s3://bucket`: the warehouse. */
  readonly root: string;
  readonly doorbell: Doorbell;
  readonly code: lambda.Code;
  /** Name of the compiled contracts' file in the bundle. */
  readonly contractsFile: string;
  readonly logRetention: logs.RetentionDays;
}

export class LandSource extends Construct {
  readonly land: FirnFunction;

  constructor(scope: Construct, id: string, props: LandSourceProps) {
    super(scope, id);
    const { contract, source, kafka } = props;
    this.land = new FirnFunction(this, 'Land', {
      description: `Lands ${source.topic} for ${contract.name} (generation ${source.generation})`,
      code: props.code,
      environment: landEnvironmentOf({
        environment: props.environment,
        root: props.root,
        doorbellUrl: props.doorbell.queue.queueUrl,
        contractsFile: props.contractsFile,
        contract: contract.name,
        source: source.name,
      }),
      timeout: Duration.seconds(LIMITS.landTimeoutS),
      memoryMiB: LIMITS.landMemoryMiB,
      logRetention: props.logRetention,
      ...(props.encryptionKey === undefined ? {} : { encryptionKey: props.encryptionKey }),
    });
    const target = this.land.function;
    const group = consumerGroup(props.environment, contract.name, source);
    grantLand(target, props.bucket, contract);
    grantKey(target, props.encryptionKey);
    grantKafka(target, kafka, { topic: source.topic, group });
    props.doorbell.grantRing(target);
    new lambda.EventSourceMapping(this, mappingConstructId(source.topic, brokersOf(kafka)), {
      target,
      ...kafkaConnection(kafka),
      ...readingOptions(kafka.eventSource ?? {}),
      kafkaTopic: source.topic,
      kafkaConsumerGroupId: group,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: LIMITS.invocationRecordsMax,
    }).node.addDependency(target.role!);
  }
}

function readingOptions({ pollers, windowS, failures }: EventSourceConfig): Partial<lambda.EventSourceMappingOptions> {
  return {
    maxBatchingWindow: Duration.seconds(windowS ?? LIMITS.landWindowS),
    ...(pollers?.kind === 'provisioned'
      ? {
          provisionedPollerConfig: {
            minimumPollers: pollers.minimum,
            maximumPollers: pollers.maximum,
            ...(pollers.groupName === undefined ? {} : { pollerGroupName: pollers.groupName }),
          },
        }
      : {}),
    ...(failures === undefined ? {} : failureOptions(failures)),
  };
}

function failureOptions({
  retryAttemptsMax,
  recordAgeMaxS,
  bisect,
  destination,
}: FailureHandling): Partial<lambda.EventSourceMappingOptions> {
  const uri = destination.kind === 's3' ? destination.bucketArn : `kafka://${destination.topic}`;
  return {
    retryAttempts: retryAttemptsMax,
    bisectBatchOnError: bisect ?? true,
    ...(recordAgeMaxS === undefined ? {} : { maxRecordAge: Duration.seconds(recordAgeMaxS) }),
    onFailure: { bind: () => ({ destination: uri }) },
    ...(destination.kind === 's3' ? { supportS3OnFailureDestination: true } : {}),
  };
}
