// What a process does before its first event that it could do without: a failure is told and costs time alone, while one thrown here would
// end every start of the function.
import { primeEncoder } from '../../src/jobs/prime-encoder.ts';
import type { Telemetry } from '../../src/ports.ts';
import { asFirnError, logFailure } from '../shared/failures.ts';

/** Primes the encoder; never throws. */
export function prime(telemetry: Telemetry, work: () => void = primeEncoder): void {
  try {
    work();
  } catch (error) {
    logFailure(telemetry, asFirnError(error));
  }
}
