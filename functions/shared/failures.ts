// Failures as facts for the log: class, code, positions, where. Never a foreign message or a payload: a JSON parser's message
// quotes its input (promise 11).
import { FirnError, InvariantError } from '../../src/errors.ts';
import type { Telemetry } from '../../src/ports.ts';

/** Our own errors as they are; anything else is a bug of ours. */
export function asFirnError(error: unknown): FirnError {
  if (error instanceof FirnError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return new InvariantError(`invariant broken: only Firn's own errors leave a job, got ${name}; see the log for where`, {
    code: 'unexpected-error',
    cause: error,
  });
}

/** One line with everything an operator may know. */
export function logFailure(telemetry: Telemetry, error: FirnError): void {
  const cause = error.cause instanceof Error ? error.cause : undefined;
  telemetry.log('error', error.message, {
    ...error.details,
    errorClass: error.name,
    code: error.code,
    cause: cause?.name,
    at: frames(cause ?? error),
  });
}

/** Stack frames without the message, which may quote what it was about. */
function frames(error: Error): string {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return lines
    .slice(0, 8)
    .map((line) => line.trim())
    .join(' | ');
}
