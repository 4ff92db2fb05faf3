// One Standard state machine as all of ours are: JSONata, a bound on its time, every event logged without the data of states, X-Ray
// traces, a role that invokes its function and nothing else.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface FirnMachineProps {
  readonly description: string;
  /** The first state, made below the scope it is given. */
  readonly states: (scope: Construct) => sfn.IChainable;
  readonly timeoutS: number;
  readonly logRetention: logs.RetentionDays;
  /** Encrypts the logs. @default CloudWatch's own key */
  readonly encryptionKey?: kms.IKey;
}

export class FirnMachine extends Construct {
  readonly machine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: FirnMachineProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey === undefined ? {} : { encryptionKey: props.encryptionKey }),
    });
    this.machine = new sfn.StateMachine(this, 'Machine', {
      stateMachineType: sfn.StateMachineType.STANDARD,
      queryLanguage: sfn.QueryLanguage.JSONATA,
      comment: props.description,
      definitionBody: sfn.DefinitionBody.fromChainable(props.states(new Construct(this, 'States'))),
      timeout: Duration.seconds(props.timeoutS),
      logs: { destination: logGroup, level: sfn.LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
    });
  }
}
