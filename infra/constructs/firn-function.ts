// One Lambda function as all of ours are: Node 24 on arm64, own role with nothing but its log group, own log group with a
// retention, alarms on errors and throttles. What it may do beyond that is granted by grants.ts.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

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
}

export class FirnFunction extends Construct {
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, props: FirnFunctionProps) {
    super(scope, id);
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
    });
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
