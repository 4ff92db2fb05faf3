// The deadline of one invocation: the limit of its kind, or what Lambda leaves of the function's time less one request, whichever
// is shorter. A write begun just before the deadline then still ends before Lambda stops the process.
import { LIMITS } from '../../src/contract/limits.ts';
import { type Deadline, startDeadline } from '../../src/jobs/deadline.ts';
import type { Clock } from '../../src/ports.ts';
import type { LambdaContext } from './chain.ts';

export function invocationDeadline(clock: Clock, context: LambdaContext, limitMs: number): Deadline {
  return startDeadline(clock, Math.max(0, Math.min(limitMs, context.getRemainingTimeInMillis() - LIMITS.ioTimeoutMs)));
}
