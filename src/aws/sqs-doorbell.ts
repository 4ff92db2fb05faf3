// Doorbell on an SQS FIFO queue. Group = contract: SQS hands out one batch of a group at a time, so a contract has one committer.
// Deduplication id = contract and commit interval: rings of one interval are one message. The queue delays every message by at
// least the interval (FIFO queues delay per queue only; DelaySeconds per message is refused), so a message is delivered after
// its interval has ended and the committer sees everything staged in it. A clock that runs behind by more than the delay can
// have its ring swallowed; `watch` rings again within a minute.
import { createHash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { LIMITS } from '../contract/limits.ts';
import type { Clock, Doorbell } from '../ports.ts';
import { transientIo } from './errors.ts';
import { type RetryTools, retryIdempotent, systemRetryTools } from './retry.ts';

export interface SqsDoorbellOptions {
  /** Must not retry by itself (clients.ts). */
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly clock: Clock;
  /** @default LIMITS.commitIntervalMs */
  readonly intervalMs?: number;
  /** @default the system's timer and randomness */
  readonly retry?: RetryTools;
}

/** The whole message: rings carry nothing but the name. */
export interface Ring {
  readonly contract: string;
}

/** One request a ring; repeats are harmless within SQS's five minutes of deduplication and cost one idle commit after. */
export function makeSqsDoorbell(options: SqsDoorbellOptions): Doorbell {
  const retry = options.retry ?? systemRetryTools;
  const intervalMs = options.intervalMs ?? LIMITS.commitIntervalMs;
  return {
    ring: async (contractName) => {
      const interval = Math.floor(options.clock.nowMs() / intervalMs);
      const command = new SendMessageCommand({
        QueueUrl: options.queueUrl,
        MessageBody: JSON.stringify({ contract: contractName } satisfies Ring),
        MessageGroupId: fifoToken(contractName),
        MessageDeduplicationId: fifoToken(`${contractName}:${interval}`),
      });
      try {
        await retryIdempotent(retry, (abortSignal) => options.client.send(command, { abortSignal }));
      } catch (error) {
        throw transientIo('ring', error, { contract: contractName });
      }
    },
  };
}

/** Group and deduplication ids: up to 128 letters, digits and punctuation (SQS API reference); anything else by its hash. */
export function fifoToken(text: string): string {
  return /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/.test(text) ? text : createHash('sha256').update(text).digest('hex');
}
