// One source of one contract: its own land function and Kafka event source. On-demand pollers, TRIM_HORIZON (LATEST may skip
// records while a mapping is made or updated), retries without end and no failure destination: with a destination Lambda gives up
// after ten attempts and spills good data. Bad records never make the function fail; they are quarantined inside it.
import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { landEnvironmentOf } from '../../functions/land/config.ts';
import type { CompiledContract, SourcePlan } from '../../src/contract/compiled.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import type { KafkaConfig } from '../config.ts';
import { type BucketArns, grantLand } from '../grants.ts';
import { brokersText, grantKafka, kafkaConnection } from '../kafka-access.ts';
import { consumerGroup, mappingConstructId } from '../names.ts';
import { FirnFunction } from './firn-function.ts';

export interface LandSourceProps {
  readonly environment: string;
  readonly contract: CompiledContract;
  readonly source: SourcePlan;
  readonly kafka: KafkaConfig;
  readonly bucket: BucketArns;
  /** `s3://bucket`: the warehouse. */
  readonly root: string;
  readonly doorbell: Pick<IQueue, 'queueUrl' | 'grantSendMessages'>;
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
        doorbellUrl: props.doorbell.queueUrl,
        contractsFile: props.contractsFile,
        contract: contract.name,
      }),
      timeout: Duration.seconds(LIMITS.landTimeoutS),
      memoryMiB: LIMITS.landMemoryMiB,
      logRetention: props.logRetention,
    });
    const target = this.land.function;
    const group = consumerGroup(props.environment, contract.name, source);
    grantLand(target, props.bucket, contract);
    grantKafka(target, kafka, { topic: source.topic, group });
    props.doorbell.grantSendMessages(target);
    new lambda.EventSourceMapping(this, mappingConstructId(source.topic, brokersText(kafka)), {
      target,
      ...kafkaConnection(kafka),
      kafkaTopic: source.topic,
      kafkaConsumerGroupId: group,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: LIMITS.invocationRecordsMax,
      maxBatchingWindow: Duration.seconds(LIMITS.landWindowS),
    }).node.addDependency(target.role!);
  }
}
