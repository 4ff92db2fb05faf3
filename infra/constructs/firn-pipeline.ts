// Everything that runs: a land function and event source per source, the doorbell, one commit function for all contracts, and the
// watch that rings every minute for what is staged. Nothing here holds data; it may be torn down and made again at any time.
import { type CfnResource, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { commitEnvironmentOf } from '../../functions/commit/config.ts';
import { watchEnvironmentOf } from '../../functions/watch/config.ts';
import type { CompiledContract } from '../../src/contract/compiled.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { quarantineIdentifier, tableKey } from '../../src/contract/names.ts';
import { clusterOf, type KafkaConfig } from '../config.ts';
import { recordDeployment } from '../deployment-record.ts';
import { type BucketArns, grantCommit, grantKey, grantWatch } from '../grants.ts';
import { mappingProblems, type Resources } from '../guard-mappings.ts';
import { guardDeployment } from '../guards.ts';
import { sourceConstructId } from '../names.ts';
import { Alarms } from './alarms.ts';
import { Doorbell } from './doorbell.ts';
import { FirnFunction } from './firn-function.ts';
import { IcebergTable } from './iceberg-table.ts';
import { LandSource } from './land-source.ts';
import { addPipelineAlarms } from './pipeline-alarms.ts';

/** Code of the functions, bundled; `contractsFile` lies in those of land, watch and recover. */
export interface FunctionCode {
  /** By contract name. */
  readonly land: ReadonlyMap<string, lambda.Code>;
  readonly commit: lambda.Code;
  readonly watch: lambda.Code;
  /** Of FirnMaintenance. */
  readonly maintain: lambda.Code;
  readonly recover: lambda.Code;
  readonly contractsFile: string;
}

export interface FirnPipelineProps {
  readonly environment: string;
  readonly contracts: readonly CompiledContract[];
  /** The cluster of every source that names none. */
  readonly kafka: KafkaConfig;
  /** Further clusters, by the name sources call them. @default none */
  readonly clusters?: Readonly<Record<string, KafkaConfig>>;
  readonly bucket: BucketArns;
  /** The key the bucket is encrypted with, if it is a customer's; the doorbell and the logs take it, too. @default AWS's own keys */
  readonly encryptionKey?: kms.IKey;
  /** `s3://bucket`: the warehouse. */
  readonly root: string;
  readonly code: FunctionCode;
  readonly logRetention: logs.RetentionDays;
  /** ARN of an SNS topic. @default alarms notify nobody */
  readonly alarmTopicArn?: string;
}

export class FirnPipeline extends Construct {
  readonly doorbell: Doorbell;
  readonly commit: FirnFunction;
  readonly watch: FirnFunction;
  readonly sources: ReadonlyMap<string, LandSource>;
  /** Every table of the contracts and every quarantine, by `<namespace>.<name>`: grant others what they may do with it. */
  readonly tables: ReadonlyMap<string, IcebergTable>;

  /** Throws with every rule of guards.ts that is broken; those of guard-mappings.ts are told at synthesis. */
  constructor(scope: Construct, id: string, props: FirnPipelineProps) {
    super(scope, id);
    guardDeployment(props, props.contracts);
    this.doorbell = new Doorbell(this, 'Doorbell', keyed(props));
    this.commit = this.#makeCommit(props);
    this.watch = this.#makeWatch(props);
    this.sources = this.#makeSources(props);
    const alarms = new Alarms(this, 'Alarms', props.alarmTopicArn === undefined ? {} : { topicArn: props.alarmTopicArn });
    addPipelineAlarms(alarms, this, props);
    this.tables = this.#makeTables(props);
    const stack = Stack.of(this);
    recordDeployment(stack, this.node.path.slice(stack.node.path.length + 1), props);
    this.node.addValidation({ validate: () => mappingProblems(resourcesOf(stack)) });
  }

  #makeCommit(props: FirnPipelineProps): FirnFunction {
    const { environment, root } = props;
    const commit = new FirnFunction(this, 'Commit', {
      description: 'Decides staged descriptors and commits the tables of the contract that rang',
      code: props.code.commit,
      environment: commitEnvironmentOf({ environment, root, doorbellUrl: this.doorbell.queue.queueUrl }),
      timeout: Duration.seconds(LIMITS.commitTimeoutS),
      memoryMiB: LIMITS.commitMemoryMiB,
      logRetention: props.logRetention,
      ...keyed(props),
    });
    grantCommit(commit.function, props.bucket, props.contracts);
    grantKey(commit.function, props.encryptionKey);
    this.doorbell.grantRing(commit.function);
    commit.function.addEventSource(
      new SqsEventSource(this.doorbell.queue, {
        batchSize: LIMITS.ringsPerInvocationMax,
        maxConcurrency: LIMITS.commitConcurrencyMax,
        reportBatchItemFailures: true,
      }),
    );
    return commit;
  }

  #makeWatch(props: FirnPipelineProps): FirnFunction {
    const { environment, root } = props;
    const watch = new FirnFunction(this, 'Watch', {
      description: 'Rings contracts with staged descriptors, every minute',
      code: props.code.watch,
      environment: watchEnvironmentOf({
        environment,
        root,
        doorbellUrl: this.doorbell.queue.queueUrl,
        contractsFile: props.code.contractsFile,
      }),
      timeout: Duration.seconds(LIMITS.watchTimeoutS),
      memoryMiB: LIMITS.watchMemoryMiB,
      logRetention: props.logRetention,
      ...keyed(props),
    });
    grantWatch(watch.function, props.bucket);
    this.doorbell.grantRing(watch.function);
    const schedule = new events.Rule(this, 'EveryMinute', { schedule: events.Schedule.rate(Duration.minutes(1)) });
    schedule.addTarget(new LambdaFunction(watch.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) }));
    return watch;
  }

  #makeSources(props: FirnPipelineProps): ReadonlyMap<string, LandSource> {
    const sources = new Map<string, LandSource>();
    for (const contract of props.contracts) {
      for (const source of contract.sources) {
        const id = sourceConstructId(contract.name, source);
        sources.set(
          id,
          new LandSource(this, id, {
            environment: props.environment,
            contract,
            source,
            kafka: clusterOf(props, source)!,
            bucket: props.bucket,
            ...keyed(props),
            root: props.root,
            doorbell: this.doorbell,
            code: landCode(props.code, contract.name),
            contractsFile: props.code.contractsFile,
            logRetention: props.logRetention,
          }),
        );
      }
    }
    return sources;
  }

  #makeTables(props: FirnPipelineProps): ReadonlyMap<string, IcebergTable> {
    const identifiers = props.contracts.flatMap(({ tables }) =>
      tables.flatMap(({ identifier }) => [identifier, quarantineIdentifier(identifier)]),
    );
    return new Map(
      identifiers.map((identifier) => {
        const key = tableKey(identifier);
        return [key, new IcebergTable(this, `Table-${key}`, { identifier, bucket: props.bucket, ...keyed(props) })];
      }),
    );
  }
}

function keyed({ encryptionKey }: Pick<FirnPipelineProps, 'encryptionKey'>): { readonly encryptionKey?: kms.IKey } {
  return encryptionKey === undefined ? {} : { encryptionKey };
}

/** Mappings and functions of the whole stack as its template will have them. */
function resourcesOf(stack: Stack): Resources {
  const own = stack.node
    .findAll()
    .filter((one) => (one instanceof lambda.CfnEventSourceMapping || one instanceof lambda.CfnFunction) && Stack.of(one) === stack);
  const parts = own.map((one) => stack.resolve((one as CfnResource)._toCloudFormation()) as { readonly Resources: Resources });
  // As JSON has it: what is undefined is not there.
  return JSON.parse(JSON.stringify(Object.assign({}, ...parts.map((part) => part.Resources)))) as Resources;
}

function landCode(code: FunctionCode, contractName: string): lambda.Code {
  const land = code.land.get(contractName);
  if (land === undefined)
    throw new Error(`there is no code of land for ${contractName}: make it with makeFunctionCode for the same contracts`);
  return land;
}

/** What the alarms watch. */
export type PipelineMetrics = Pick<FirnPipeline, 'doorbell' | 'commit' | 'watch' | 'sources'>;
