// The closed set of error classes. A bad record is never an error: the pipeline returns verdicts. Exceptions are for the
// batch, the table, or a bug of ours. Imports only the wire names. `isCleanable` is about this attempt's own manifests,
// manifest list and metadata file; data files and descriptors are the only copy of acknowledged records and are never
// deleted on a failure path.
import { ERROR_NAMES, type ErrorName } from './contract/error-names.ts';

/** Small typed facts beside the message: ids, positions, counts. Never payload bytes, schema text or secrets. */
export interface ErrorDetails {
  readonly contract?: string;
  readonly table?: string;
  readonly sourceId?: string;
  readonly topicPartition?: number;
  readonly kafkaOffset?: number;
  readonly entry?: number;
  readonly uri?: string;
  readonly file?: string;
  readonly line?: number;
  readonly rule?: string;
  readonly expected?: string;
  readonly got?: string;
  readonly attempts?: number;
}

export interface ErrorOptions {
  readonly code: string;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/** Common shape of all errors thrown by Firn; use the concrete classes. */
export abstract class FirnError extends Error {
  abstract override readonly name: ErrorName;
  abstract readonly isRetryable: boolean;
  abstract readonly isCleanable: boolean;
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(message: string, options: ErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.details = options.details ?? {};
  }
}

/** A deployed contract or configuration is wrong: fail the cold start, name file, line, rule and remedy. */
export class ContractError extends FirnError {
  override readonly name = ERROR_NAMES.contract;
  override readonly isRetryable = false;
  override readonly isCleanable = false;
}

/** Another writer won the compare-and-swap; this commit is known not applied. */
export class CommitConflictError extends FirnError {
  override readonly name = ERROR_NAMES.commitConflict;
  override readonly isRetryable = true;
  override readonly isCleanable = true;
}

/** The catalog said no (permission, validation, identity); known not applied. */
export class CommitRefusedError extends FirnError {
  override readonly name = ERROR_NAMES.commitRefused;
  override readonly isRetryable = false;
  override readonly isCleanable = true;
}

/** Nobody can tell whether the commit was applied (time-out, 5xx, lost reply): delete nothing, reconcile on the next ring. */
export class CommitStateUnknownError extends FirnError {
  override readonly name = ERROR_NAMES.commitStateUnknown;
  override readonly isRetryable = false;
  override readonly isCleanable = false;
}

/** A read or write failed before any commit step. */
export class TransientIoError extends FirnError {
  override readonly name = ERROR_NAMES.transientIo;
  override readonly isRetryable = true;
  override readonly isCleanable = true;
}

/** An input cannot be landed as given: missing or unreadable file, another file under a known source name, a malformed event. */
export class InputRefusedError extends FirnError {
  override readonly name = ERROR_NAMES.inputRefused;
  override readonly isRetryable = false;
  override readonly isCleanable = false;
}

/** A writing process passed its deadline: it writes no more; the next ring or retry goes on. */
export class DeadlineError extends FirnError {
  override readonly name = ERROR_NAMES.deadline;
  override readonly isRetryable = true;
  override readonly isCleanable = false;
}

/** A bug of ours; the message states the invariant that does not hold. */
export class InvariantError extends FirnError {
  override readonly name = ERROR_NAMES.invariant;
  override readonly isRetryable = false;
  override readonly isCleanable = false;
}

/** Throws InvariantError unless the condition holds; `invariant` states it in words. */
export function assertInvariant(condition: unknown, invariant: string, details?: ErrorDetails): asserts condition {
  if (!condition) throw new InvariantError(`invariant broken: ${invariant}`, { code: 'invariant', ...(details ? { details } : {}) });
}
