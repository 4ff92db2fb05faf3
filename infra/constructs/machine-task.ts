// One task of a state machine, as all of ours are: a step of a function, with a bound on its time, bounded jittered retries for what may
// pass, and a catch for the rest. Steps answer statuses, on which the machine chooses; only faults worth another try are thrown. A task
// waits at most (1 + taskRetriesMax) × (function timeout + margin) and 2 + 4 + 8 s of pauses.
import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { ERROR_NAMES } from '../../src/contract/error-names.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import type { FirnFunction } from './firn-function.ts';

/** Faults of Lambda itself, and of ours those that a repeat may mend: steps may be repeated, so an unknown outcome is one of them. */
export const RETRIED_ERRORS = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Sandbox.Timedout',
  ERROR_NAMES.transientIo,
  ERROR_NAMES.commitConflict,
  ERROR_NAMES.commitStateUnknown,
  ERROR_NAMES.deadline,
] as const;

/** Of the execution, wherever a state is. */
export const CONTRACT = '{% $states.context.Execution.Input.contract %}';
export const EXECUTION = '{% $states.context.Execution.Name %}';

export interface MachineTaskProps {
  readonly firn: FirnFunction;
  /** Members of the step; expressions are JSONata. */
  readonly input: Readonly<Record<string, unknown>>;
  /** JSONata. @default the function's answer */
  readonly output?: string;
  /** Where whatever is thrown in the end goes. */
  readonly caught: sfn.IChainable;
  /** JSONata: what goes there. @default error and cause */
  readonly caughtOutput?: string;
}

/** The state; `next` is the caller's. */
export function machineTask(scope: Construct, id: string, props: MachineTaskProps): tasks.LambdaInvoke {
  const { firn } = props;
  const task = tasks.LambdaInvoke.jsonata(scope, id, {
    lambdaFunction: firn.function,
    payload: sfn.TaskInput.fromObject({ ...props.input }),
    outputs: props.output ?? '{% $states.result.Payload %}',
    taskTimeout: sfn.Timeout.duration(Duration.seconds(firn.timeoutS + LIMITS.taskMarginS)),
    retryOnServiceExceptions: false,
  });
  task.addRetry({
    errors: [...RETRIED_ERRORS],
    interval: Duration.seconds(LIMITS.taskRetryS),
    maxAttempts: LIMITS.taskRetriesMax,
    backoffRate: 2,
    maxDelay: Duration.seconds(LIMITS.taskRetryMaxS),
    jitterStrategy: sfn.JitterType.FULL,
  });
  task.addCatch(props.caught, { errors: [sfn.Errors.ALL], outputs: props.caughtOutput ?? '{% $states.errorOutput %}' });
  return task;
}

/** Ends a run that cannot go on: its marker is cleared, so that the next may begin, and the execution fails with what was thrown. */
export function failing(scope: Construct, given: { readonly firn: FirnFunction }): sfn.IChainable {
  const failed = sfn.Fail.jsonata(scope, 'Failed', {
    error: '{% $exists($states.input.Error) ? $states.input.Error : "Unknown" %}',
    cause: '{% $exists($states.input.Cause) ? $states.input.Cause : "see the log of the function" %}',
  });
  const close = machineTask(scope, 'Close the run', {
    ...given,
    input: { step: 'close', contract: CONTRACT, execution: EXECUTION },
    output: '{% $states.input %}',
    caught: failed,
    caughtOutput: '{% $states.input %}',
  });
  return close.next(failed);
}
