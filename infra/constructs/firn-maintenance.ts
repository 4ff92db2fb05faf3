// What keeps the tables well and mends what is missing: the maintenance machine on a schedule for each contract, and a recovery machine for
// each cluster, started by a person, an alarm or, where the cluster can be reached, a schedule. Nothing here holds data.
import { Annotations, Duration } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { maintainEnvironmentOf } from '../../functions/maintain/config.ts';
import { DEFAULT_CLUSTER, recoverEnvironmentOf } from '../../functions/recover/config.ts';
import type { CompiledContract } from '../../src/contract/compiled.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import type { MaintenanceStart, RecoveryStart } from '../../src/contract/machine-payloads.ts';
import { type KafkaConfig, type MaintenanceConfig, networkOf } from '../config.ts';
import { type BucketArns, grantKey, grantMaintain, grantRecover } from '../grants.ts';
import { grantKafkaReading, kafkaPlace } from '../kafka-access.ts';
import { pascal } from '../names.ts';
import { Alarms } from './alarms.ts';
import type { Doorbell } from './doorbell.ts';
import { FirnFunction } from './firn-function.ts';
import { FirnMachine } from './firn-machine.ts';
import type { FunctionCode } from './firn-pipeline.ts';
import { addMaintenanceAlarms } from './maintenance-alarms.ts';
import { maintenanceStates } from './maintenance-machine.ts';
import { recoveryStates } from './recovery-machine.ts';

export interface FirnMaintenanceProps {
  readonly environment: string;
  readonly contracts: readonly CompiledContract[];
  /** The cluster of every source that names none. */
  readonly kafka: KafkaConfig;
  /** Further clusters, by the name sources call them. @default none */
  readonly clusters?: Readonly<Record<string, KafkaConfig>>;
  readonly maintenance?: MaintenanceConfig;
  readonly bucket: BucketArns;
  /** @default AWS's own keys */
  readonly encryptionKey?: kms.IKey;
  /** `s3://bucket`: the warehouse. */
  readonly root: string;
  /** Of the pipeline. */
  readonly doorbell: Doorbell;
  readonly code: Pick<FunctionCode, 'maintain' | 'recover' | 'contractsFile'>;
  readonly logRetention: logs.RetentionDays;
  /** ARN of an SNS topic. @default alarms notify nobody */
  readonly alarmTopicArn?: string;
}

/** The recovery of the sources of one cluster. */
export interface Recovery {
  readonly firn: FirnFunction;
  readonly machine: FirnMachine;
}

export class FirnMaintenance extends Construct {
  readonly maintain: FirnFunction;
  readonly machine: FirnMachine;
  /** By the name of the cluster; that of sources that name none is DEFAULT_CLUSTER. */
  readonly recoveries: ReadonlyMap<string, Recovery>;

  constructor(scope: Construct, id: string, props: FirnMaintenanceProps) {
    super(scope, id);
    this.maintain = this.#makeMaintain(props);
    this.machine = new FirnMachine(this, 'Maintenance', {
      description: 'Maintains the tables of one contract: plan, compact, expire, sweep, report',
      states: (states) => maintenanceStates(states, { firn: this.maintain, sweep: props.maintenance?.sweep ?? true }),
      timeoutS: LIMITS.maintainRunS,
      ...logged(props),
    });
    const clusters = Object.entries({ [DEFAULT_CLUSTER]: props.kafka, ...props.clusters });
    const read = clusters.filter(([name]) => sourcesOf(props.contracts, name).length > 0);
    this.recoveries = new Map(read.map(([name, kafka]) => [name, this.#makeRecovery(props, name, kafka)]));
    this.#schedule(props);
    const alarms = new Alarms(this, 'Alarms', props.alarmTopicArn === undefined ? {} : { topicArn: props.alarmTopicArn });
    addMaintenanceAlarms(alarms, this, props);
  }

  #makeMaintain(props: FirnMaintenanceProps): FirnFunction {
    const { environment, root } = props;
    const maintain = new FirnFunction(this, 'Maintain', {
      description: 'Steps of the maintenance machine: plan, compact, expire, sweep, report',
      code: props.code.maintain,
      environment: maintainEnvironmentOf({ environment, root, doorbellUrl: props.doorbell.queue.queueUrl }),
      timeout: Duration.seconds(LIMITS.maintainTimeoutS),
      memoryMiB: LIMITS.maintainMemoryMiB,
      ...logged(props),
    });
    grantMaintain(maintain.function, props.bucket, props.contracts);
    grantKey(maintain.function, props.encryptionKey);
    props.doorbell.grantRing(maintain.function);
    return maintain;
  }

  #makeRecovery(props: FirnMaintenanceProps, cluster: string, kafka: KafkaConfig): Recovery {
    const { environment, root } = props;
    const scope = new Construct(this, cluster === DEFAULT_CLUSTER ? 'Recovery' : `Recovery-${cluster}`);
    const network = networkOf(kafka);
    const firn = new FirnFunction(scope, 'Recover', {
      description: `Steps of the recovery machine, for the sources of cluster ${cluster}`,
      code: props.code.recover,
      environment: recoverEnvironmentOf({
        environment,
        root,
        doorbellUrl: props.doorbell.queue.queueUrl,
        contractsFile: props.code.contractsFile,
        kafka: JSON.stringify(kafkaPlace(kafka)),
        cluster,
      }),
      timeout: Duration.seconds(LIMITS.recoverTimeoutS),
      memoryMiB: LIMITS.recoverMemoryMiB,
      ...(network === undefined ? {} : { network }),
      ...logged(props),
    });
    if (network === undefined)
      Annotations.of(scope).addInfoV2(
        'firn:recovery-network',
        `cluster ${cluster} has no 'network': its recovery reaches public brokers alone`,
      );
    grantRecover(firn.function, props.bucket, props.contracts);
    grantKey(firn.function, props.encryptionKey);
    props.doorbell.grantRing(firn.function);
    grantKafkaReading(firn.function, kafka, [...new Set(sourcesOf(props.contracts, cluster).map(({ topic }) => topic))].sort());
    const machine = new FirnMachine(scope, 'Machine', {
      description: `Recovers offsets of one contract from cluster ${cluster}: plan, units, audit`,
      states: (states) => recoveryStates(states, { firn }),
      timeoutS: LIMITS.recoverRunS,
      ...logged(props),
    });
    return { firn, machine };
  }

  /** One schedule a contract and machine, each beginning somewhere in the window, so that contracts spread. */
  #schedule(props: FirnMaintenanceProps): void {
    const { everyHours = LIMITS.maintainEveryHours, resolveEveryHours = LIMITS.maintainEveryHours } = props.maintenance ?? {};
    for (const { name: contract, sources } of props.contracts) {
      const id = pascal(contract);
      if (everyHours !== 'off')
        this.#start(`Maintain-${id}`, { machine: this.machine, everyHours, input: { contract } satisfies MaintenanceStart });
      if (resolveEveryHours === 'off') continue;
      for (const [cluster, { machine }] of this.recoveries) {
        const kafka = cluster === DEFAULT_CLUSTER ? props.kafka : props.clusters![cluster]!;
        if (networkOf(kafka) === undefined || !sources.some((source) => (source.cluster ?? DEFAULT_CLUSTER) === cluster)) continue;
        const input: RecoveryStart = { contract, kind: 'resolve' };
        this.#start(`Resolve-${id}-${cluster}`, { machine, everyHours: resolveEveryHours, input });
      }
    }
  }

  #start(id: string, given: { readonly machine: FirnMachine; readonly everyHours: number; readonly input: MaintenanceStart }): void {
    const { machine, everyHours, input } = given;
    new scheduler.Schedule(this, id, {
      schedule: scheduler.ScheduleExpression.rate(Duration.hours(everyHours)),
      timeWindow: scheduler.TimeWindow.flexible(Duration.minutes(Math.min(LIMITS.maintainWindowMinutes, everyHours * 60 - 1))),
      target: new StepFunctionsStartExecution(machine.machine, {
        input: scheduler.ScheduleTargetInput.fromObject(input),
        retryAttempts: LIMITS.taskRetriesMax,
        maxEventAge: Duration.hours(1),
      }),
    });
  }
}

/** Sources read from a cluster. */
function sourcesOf(contracts: readonly CompiledContract[], cluster: string) {
  return contracts.flatMap(({ sources }) => sources.filter((source) => (source.cluster ?? DEFAULT_CLUSTER) === cluster));
}

function logged({ logRetention, encryptionKey }: FirnMaintenanceProps) {
  return { logRetention, ...(encryptionKey === undefined ? {} : { encryptionKey }) };
}
