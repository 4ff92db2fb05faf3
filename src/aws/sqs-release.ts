// Gives a ring back to the queue early. Without it a failed ring blocks its FIFO group until the visibility timeout ends. Best
// effort: if it fails, the ring comes back later by itself; the metric says so.
import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Telemetry } from '../ports.ts';
import { failureOf, failureText } from './errors.ts';
import { type RetryTools, retryIdempotent, systemRetryTools } from './retry.ts';

export const RINGS_NOT_RELEASED_METRIC = 'rings-not-released';

export interface RingReleaseOptions {
  /** Must not retry by itself (clients.ts). */
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly telemetry: Telemetry;
  /** @default the system's timer and randomness */
  readonly retry?: RetryTools;
}

/** `release(receiptHandle, seconds)`: one request. */
export function makeRingRelease(options: RingReleaseOptions): (receiptHandle: string, seconds: number) => Promise<void> {
  const retry = options.retry ?? systemRetryTools;
  return async (receiptHandle, seconds) => {
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: options.queueUrl,
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: seconds,
    });
    try {
      await retryIdempotent(retry, (abortSignal) => options.client.send(command, { abortSignal }));
    } catch (error) {
      options.telemetry.count(RINGS_NOT_RELEASED_METRIC, 1);
      options.telemetry.log('warn', 'a failed ring stays hidden until its visibility timeout', { cause: failureText(failureOf(error)) });
    }
  };
}
