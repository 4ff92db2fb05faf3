// The one retry policy of calls that may be repeated: bounded attempts, full jitter. The SDK's own retries are off everywhere
// (clients.ts), because they hide how often a request was sent and do not cover a body that breaks off while it is read.
// Upholds promise 10.
import { LIMITS } from '../contract/limits.ts';
import { failureOf } from './errors.ts';

export interface RetryTools {
  readonly sleep: (ms: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Calls until it succeeds, fails for good, or LIMITS.ioAttemptsMax is reached; then throws the last SDK error. */
export async function retryIdempotent<T>(tools: RetryTools, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(AbortSignal.timeout(LIMITS.ioTimeoutMs));
    } catch (error) {
      if (attempt >= LIMITS.ioAttemptsMax || !isWorthRepeating(error)) throw error;
      await tools.sleep(backoffMs(attempt, tools.random));
    }
  }
}

/** Up to 100, 200, 400, 800 ms … (AWS Architecture Blog, "Exponential Backoff And Jitter": full jitter), at most 2 s. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.floor(random() * Math.min(LIMITS.ioBackoffMsMax, LIMITS.ioBackoffMsMin * 2 ** attempt));
}

/** The system's own tools. */
export const systemRetryTools: RetryTools = {
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

function isWorthRepeating(error: unknown): boolean {
  const { kind } = failureOf(error);
  return kind === 'unknown' || kind === 'retry-later' || kind === 'not-sent' || kind === 'conflict';
}
