// The client's errors → ours, by what the caller can do: a login, a certificate, a permission or a name that is wrong needs a person;
// everything else may pass. Messages name the broker's word for it and no text that could hold a credential (promise 11).
import { findErrorBy, GenericError } from '@platformatic/kafka';
import { FirnError, InputRefusedError, TransientIoError } from '../../errors.ts';

/** `what` reads on after "cannot": `read topic x`. */
export function kafkaError(error: unknown, what: string): FirnError {
  if (error instanceof FirnError) return error;
  const said = codeOf(error);
  const known = error instanceof Error ? error : undefined;
  if (findErrorBy(known, 'code', 'PLT_KFK_AUTHENTICATION') || /SASL|AUTHENTICATION/.test(said)) {
    return refused(
      error,
      `cannot ${what}: the broker refused the login (${said}); check mechanism, user and secret of --kafka-config`,
      'kafka-login',
    );
  }
  const certificate = [...codesOf(error, 0)].find((code) => CERTIFICATE.test(code));
  if (certificate !== undefined) {
    return refused(
      error,
      `cannot ${what}: no connection by TLS (${certificate}): a certificate or the name in it is not accepted, or the broker gets none where it wants one; check ssl.ca.location, ssl.certificate.location, ssl.key.location and --brokers`,
      'kafka-certificate',
    );
  }
  if (/AUTHORIZATION_FAILED/.test(said)) {
    const needs = 'Describe and Read on the topics, Read on the group';
    return refused(error, `cannot ${what}: not authorised (${said}); give the user ${needs}`, 'kafka-not-authorised');
  }
  if (/UNKNOWN_TOPIC_OR_PARTITION|INVALID_TOPIC/.test(said)) {
    return refused(error, `cannot ${what}: the cluster has no such topic; check --brokers and the contract's firn.source`, 'topic-missing');
  }
  return new TransientIoError(`cannot ${what}: ${said}; it is tried again`, { code: 'kafka-unavailable', cause: error });
}

/**
 * What Node.js says of a certificate that it does not accept ("X509 certificate error codes" of its TLS documentation, and the name that
 * does not match), and the alerts of a broker that does not accept ours, or gets none: `certificate_required` of TLS 1.3, before it
 * `handshake_failure`.
 */
const CERTIFICATE =
  /^(CERT_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF|DEC)|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|ERR_TLS_CERT|ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA|ALERT_HANDSHAKE_FAILURE))/;

/** The most telling code in a chain of errors: the protocol's, else the system's, else the client's. */
export function codeOf(error: unknown): string {
  const codes = [...codesOf(error, 0)];
  return codes.find((code) => /^[A-Z_]+$/.test(code) && !code.startsWith('PLT_')) ?? codes[0] ?? 'unknown error';
}

function* codesOf(error: unknown, depth: number): Generator<string> {
  if (!(error instanceof Error) || depth > 8) return;
  if (/^Unknown topic /.test(error.message)) yield 'UNKNOWN_TOPIC_OR_PARTITION';
  const { apiId, code, errors } = error as { readonly apiId?: unknown; readonly code?: unknown; readonly errors?: unknown };
  if (typeof apiId === 'string') yield apiId;
  if (Array.isArray(errors)) for (const one of errors) yield* codesOf(one, depth + 1);
  yield* codesOf(error.cause, depth + 1);
  if (typeof code === 'string') yield code;
  else if (!(error instanceof GenericError)) yield error.name;
}

function refused(cause: unknown, message: string, code: string): InputRefusedError {
  return new InputRefusedError(message, { code, cause });
}
