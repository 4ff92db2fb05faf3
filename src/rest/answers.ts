// What answers of a REST catalog mean: the error model of the specification, JSON with exact integers, and this project's errors.
// Text of the server goes into `cause` alone, bounded: messages of ours name status and type, which hold no secret.
import { CommitRefusedError, type ErrorDetails, type FirnError, TransientIoError } from '../errors.ts';
import { parseExact } from '../iceberg/json-exact.ts';
import { type RestAnswer, RestError } from './types.ts';

const MESSAGE_CHARS_MAX = 300;

/** Statuses that say for good that the request was not carried out. */
const REFUSALS = new Set([400, 401, 403, 404, 405, 406, 410, 413, 414, 415, 419, 422, 431]);

export function isSuccess(answer: RestAnswer): boolean {
  return answer.kind === 'answer' && answer.status >= 200 && answer.status < 300;
}

export function isRefusal(status: number): boolean {
  return REFUSALS.has(status);
}

/** The object in a successful answer; undefined where there is none (no body, broken off, no JSON object). */
export function bodyOf(answer: RestAnswer): Readonly<Record<string, unknown>> | undefined {
  if (answer.kind !== 'answer' || answer.text === undefined) return undefined;
  try {
    const value = parseExact(answer.text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The catalog itself says that what was asked for does not exist: a 404 in its error model, not one of a wrong address or a proxy. */
export function isMissing(answer: RestAnswer): boolean {
  return answer.kind === 'answer' && answer.status === 404 && errorOf(answer)?.type !== undefined;
}

/** The cause of an answer that is no success, for `cause`. */
export function causeOf(answer: RestAnswer): unknown {
  if (answer.kind === 'silence') return answer.cause;
  const said = errorOf(answer);
  return new RestError(answer.status, { type: said?.type ?? 'no error model', message: (said?.message ?? '').slice(0, MESSAGE_CHARS_MAX) });
}

/** A request that may be repeated later did not succeed. */
export function transient(step: string, answer: RestAnswer, details: ErrorDetails): TransientIoError {
  const got = gotOf(answer);
  return new TransientIoError(`${step} failed at the REST catalog: expected success, got ${got}; the caller tries again`, {
    code: 'rest-failed',
    details: { ...details, got },
    cause: causeOf(answer),
  });
}

/** A request the catalog will not carry out. */
export function refused(step: string, answer: RestAnswer, details: ErrorDetails): CommitRefusedError {
  const got = gotOf(answer);
  return new CommitRefusedError(
    `${step} refused by the REST catalog: got ${got}; check the catalog's address, the credentials and what they may do`,
    { code: 'rest-refused', details: { ...details, got }, cause: causeOf(answer) },
  );
}

/** The error of a read or an idempotent write that did not succeed. */
export function failure(step: string, answer: RestAnswer, details: ErrorDetails): FirnError {
  const isFinal = answer.kind === 'answer' && isRefusal(answer.status);
  return isFinal ? refused(step, answer, details) : transient(step, answer, details);
}

function gotOf(answer: RestAnswer): string {
  if (answer.kind === 'silence') return 'no answer';
  if (isSuccess(answer)) return `${answer.status} with a body that cannot be read`;
  const type = errorOf(answer)?.type;
  return type === undefined ? String(answer.status) : `${answer.status} ${type}`;
}

/** `{"error": {"message", "type", "code"}}` of the specification ("IcebergErrorResponse"). */
function errorOf(answer: RestAnswer): { readonly type: string; readonly message: string } | undefined {
  const error = bodyOf(answer)?.['error'];
  if (typeof error !== 'object' || error === null) return undefined;
  const { type, message } = error as { readonly type?: unknown; readonly message?: unknown };
  const isName = typeof type === 'string' && /^[A-Za-z][A-Za-z0-9_.]{0,79}$/.test(type);
  return { type: isName ? type : 'error', message: typeof message === 'string' ? message : '' };
}
