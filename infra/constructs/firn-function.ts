// One Lambda function as all of ours are: Node 24 on arm64, own role with nothing but its log group, own log group with a
// retention, X-Ray traces, alarms on errors and throttles. What it may do beyond that is granted by grants.ts.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { NetworkConfig } from '../config.ts';
import { grantNetwork } from '../kafka-access.ts';

export interface FirnFunctionProps {
  readonly description: string;
  readonly code: lambda.Code;
  /** From the function's own `…EnvironmentOf`, so that a missing key does not compile. */
  readonly environment: Record<string, string>;
  readonly timeout: Duration;
  readonly memoryMiB: number;
  readonly logRetention: logs.RetentionDays;
  /** Encrypts the logs; its policy lets CloudWatch Logs use it. @default CloudWatch's own key */
  readonly encryptionKey?: kms.IKey;
  /** @default in no VPC */
  readonly network?: NetworkConfig;
}

export class FirnFunction extends Construct {
  readonly function: lambda.Function;
  /** Seconds an invocation may take. */
  readonly timeoutS: number;

  constructor(scope: Construct, id: string, props: FirnFunctionProps) {
    super(scope, id);
    this.timeoutS = props.timeout.toSeconds();
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey === undefined ? {} : { encryptionKey: props.encryptionKey }),
    });
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: props.code,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      timeout: props.timeout,
      memorySize: props.memoryMiB,
      role,
      logGroup,
      tracing: lambda.Tracing.ACTIVE,
    });
    if (props.network !== undefined) this.#enter(props.network);
  }

  /** By ids, so that nothing has to be looked up; the role may make the interfaces before the function is there. */
  #enter({ subnetIds, securityGroupIds }: NetworkConfig): void {
    grantNetwork(this.function);
    const own = this.function.node.defaultChild as lambda.CfnFunction;
    own.vpcConfig = { subnetIds: [...subnetIds], securityGroupIds: [...securityGroupIds] };
  }

  /** Failed invocations. */
  errors(): cloudwatch.Metric {
    return this.function.metricErrors({ period: Duration.minutes(1), statistic: 'Sum' });
  }

  /** Invocations refused for want of concurrency. */
  throttles(): cloudwatch.Metric {
    return this.function.metricThrottles({ period: Duration.minutes(1), statistic: 'Sum' });
  }
}
