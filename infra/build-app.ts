// Configuration, contracts and code → the CDK app. Pure but for the construct tree: no lookup, no environment variable, no network.
import { App, type AppProps, type StackProps, Tags } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { CompiledContract } from '../src/contract/compiled.ts';
import { quarantineIdentifier } from '../src/contract/names.ts';
import type { FirnConfig } from './config.ts';
import type { FirnPipelineProps, FunctionCode } from './constructs/firn-pipeline.ts';
import { guardDeployment } from './guards.ts';
import { addNag } from './nag.ts';
import { DataStack } from './stacks/data.ts';
import { IngestStack } from './stacks/ingest.ts';
import { MaintenanceStack } from './stacks/maintenance.ts';

export interface BuildOptions {
  readonly config: FirnConfig;
  readonly contracts: readonly CompiledContract[];
  readonly code: FunctionCode;
  /** @default the CDK's own (CDK_OUTDIR) */
  readonly app?: AppProps;
}

export interface BuiltApp {
  readonly app: App;
  readonly data: DataStack;
  readonly ingest: IngestStack;
  readonly maintenance: MaintenanceStack;
}

/** Without it, what CloudFormation would refuse is a warning of the CDK's validation, and the synthesis succeeds. */
const ERRORS_NOT_WARNINGS = { '@aws-cdk/core:validateAgainstDefaultRules': true };

/** Throws with every rule of guards.ts that is broken. */
export function buildApp(options: BuildOptions): BuiltApp {
  const { config, contracts } = options;
  guardDeployment(config, contracts);
  const app = new App({ ...options.app, context: { ...ERRORS_NOT_WARNINGS, ...options.app?.context } });
  addNag(app);
  const data = new DataStack(app, `firn-${config.environment}-data`, {
    ...stackProps(config, 'The tables, ledger and catalog of Firn; retained whatever is deployed'),
    namespaces: namespacesOf(contracts),
    bucketVersioning: config.bucketVersioning ?? false,
    encryption: config.encryption ?? 'aws',
  });
  const ingest = new IngestStack(app, `firn-${config.environment}-ingest`, {
    ...stackProps(config, 'Kafka to Iceberg: event sources, functions, doorbell'),
    pipeline: sharedProps(options, data),
  });
  ingest.addStackDependency(data);
  const maintenance = new MaintenanceStack(app, `firn-${config.environment}-maintenance`, {
    ...stackProps(config, 'Iceberg tables kept well: schedules, state machines of maintenance and recovery'),
    maintenance: {
      ...sharedProps(options, data),
      doorbell: ingest.pipeline.doorbell,
      ...(config.maintenance === undefined ? {} : { maintenance: config.maintenance }),
    },
  });
  maintenance.addStackDependency(ingest);
  Tags.of(app).add('firn:environment', config.environment);
  return { app, data, ingest, maintenance };
}

/** What pipeline and maintenance are both told. */
function sharedProps({ config, contracts, code }: BuildOptions, data: DataStack): FirnPipelineProps {
  return {
    environment: config.environment,
    contracts,
    kafka: config.kafka,
    ...(config.clusters === undefined ? {} : { clusters: config.clusters }),
    ...(data.encryptionKey === undefined ? {} : { encryptionKey: data.encryptionKey }),
    bucket: data.bucket,
    root: data.root,
    code,
    logRetention: (config.logRetentionDays ?? 30) as logs.RetentionDays,
    ...(config.alarmTopicArn === undefined ? {} : { alarmTopicArn: config.alarmTopicArn }),
  };
}

function namespacesOf(contracts: readonly CompiledContract[]): readonly string[] {
  const identifiers = contracts.flatMap(({ tables }) => tables.flatMap(({ identifier }) => [identifier, quarantineIdentifier(identifier)]));
  return [...new Set(identifiers.map(({ namespace }) => namespace))].sort();
}

function stackProps(config: FirnConfig, description: string): StackProps {
  const { account, region } = config;
  const env = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
  return { description, env };
}
