// Raw SDK errors become facts here and nowhere else: what the service or the wire said, and whether the request can have taken
// effect. Nobody outside src/aws reads `.name`, `$metadata` or `.code` of a foreign error. Upholds promise 3: whatever is not
// recognised counts as `unknown`, never as failed.
import { CommitRefusedError, type ErrorDetails, TransientIoError } from '../errors.ts';

/**
 * `not-sent`: no byte of the request reached the service. `refused`: the service said no for good (permission, validation).
 * `retry-later`: the service rejected the request unprocessed and asks to send it again. `unknown`: it may have taken effect.
 */
export type FailureKind = 'missing' | 'precondition' | 'conflict' | 'range' | 'not-sent' | 'refused' | 'retry-later' | 'unknown';

export interface SdkFailure {
  readonly kind: FailureKind;
  /** Name of the service's exception, or the code of the socket error. */
  readonly name: string;
  readonly status: number | undefined;
  /** Requests sent by the SDK; 0 if none was. More than one makes every verdict about a write doubtful. */
  readonly attempts: number;
}

/** What a rejected SDK call says. Never throws, whatever it is given. */
export function failureOf(error: unknown): SdkFailure {
  const facts = error as Partial<RawSdkError> | undefined;
  const name = text(facts?.name) ?? 'UnknownError';
  const code = text(facts?.code) ?? text((facts?.cause as Partial<RawSdkError> | undefined)?.code);
  const status = facts?.$metadata?.httpStatusCode;
  const attempts = facts?.$metadata?.attempts ?? 1;
  const syscall = text(facts?.syscall) ?? text((facts?.cause as Partial<RawSdkError> | undefined)?.syscall);
  return {
    kind: kindOf({ name, code, status, isConnected: syscall === 'read' || syscall === 'write' }),
    name: code ?? name,
    status,
    attempts,
  };
}

/** `AccessDenied (403)`: for messages; the SDK's own text stays in the cause. */
export function failureText(failure: SdkFailure): string {
  return failure.status === undefined ? failure.name : `${failure.name} (${failure.status})`;
}

/** A read, list or delete, or a write that certainly had no effect, did not succeed. */
export function transientIo(step: string, error: unknown, details: ErrorDetails): TransientIoError {
  const failure = failureOf(error);
  const remedy = failure.kind === 'refused' ? 'check the role, the bucket and its policy' : 'the caller tries again';
  return new TransientIoError(`${step} failed at ${placeOf(details)}: expected success, got ${failureText(failure)}; ${remedy}`, {
    code: `aws-${failure.kind}`,
    details: { ...details, got: failureText(failure) },
    cause: error,
  });
}

/** The service said no; nothing was applied. */
export function refused(step: string, error: unknown, details: ErrorDetails): CommitRefusedError {
  const failure = failureOf(error);
  return new CommitRefusedError(
    `${step} refused at ${placeOf(details)}: expected permission, got ${failureText(failure)}; check the role, the policy and the request`,
    { code: 'aws-refused', details: { ...details, got: failureText(failure) }, cause: error },
  );
}

interface RawSdkError {
  readonly name: unknown;
  readonly code: unknown;
  readonly syscall: unknown;
  readonly cause: unknown;
  readonly $metadata: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/**
 * Socket errors of a connection that was never made: nothing was sent. ECONNRESET and EPIPE are not among them; the two
 * UNREACH can also end a connection that was made (tcp(7), error handling), then `syscall` is read or write.
 */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'CredentialsProviderError']);
const MISSING = new Set(['NoSuchKey', 'NotFound', 'EntityNotFoundException']);
const CONFLICT = new Set(['ConditionalRequestConflict', 'ConcurrentModificationException', 'OperationAborted']);
/**
 * Rejected before it was processed: throttling of the JSON services (HTTP 400), an expired token, clock skew, a body that
 * did not arrive whole. S3's SlowDown and every other 5xx stay `unknown`: a proxy may have said it after the service acted.
 */
const RETRY_LATER = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestTimeTooSkewed',
  'RequestExpired',
  'RequestTimeout',
  'BadDigest',
  'XAmzContentChecksumMismatch',
  'IncompleteBody',
]);

function kindOf(facts: {
  readonly name: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
  /** The call that failed was one on a connection that was made. */
  readonly isConnected: boolean;
}): FailureKind {
  const { name, code, status, isConnected } = facts;
  if (!isConnected && ((code !== undefined && NOT_SENT.has(code)) || NOT_SENT.has(name))) return 'not-sent';
  if (status === undefined || status >= 500) return 'unknown';
  if (RETRY_LATER.has(name) || status === 429 || status === 408) return 'retry-later';
  if (CONFLICT.has(name) || status === 409) return 'conflict';
  if (MISSING.has(name)) return 'missing';
  if (status === 412) return 'precondition';
  if (status === 416) return 'range';
  return status >= 400 ? 'refused' : 'unknown';
}

function placeOf(details: ErrorDetails): string {
  return details.uri ?? details.table ?? details.contract ?? 'AWS';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
