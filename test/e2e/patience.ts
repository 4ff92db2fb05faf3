// A broker that starts, moves a coordinator or is away for a moment is asked again; what stays wrong ends the run.
import { setTimeout as sleep } from 'node:timers/promises';
import { TransientIoError } from '../../src/errors.ts';

const ATTEMPTS_MAX = 60;
const PAUSE_MS = 500;

/** Half a minute of attempts; then the last error. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!mayPass(error) || attempt >= ATTEMPTS_MAX) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Errors of the Kafka client have codes of its own. */
function mayPass(error: unknown): boolean {
  return error instanceof TransientIoError || String((error as { readonly code?: unknown }).code).startsWith('PLT_KFK_');
}
