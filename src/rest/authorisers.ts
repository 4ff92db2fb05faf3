// Authorisers of a REST catalog: none, a bearer token, and OAuth2 client credentials (RFC 6749 §4.4), whose token is remembered until
// shortly before its end. Secrets come in by value from the wiring and go nowhere but into the request.
import { LIMITS } from '../contract/limits.ts';
import { CommitRefusedError, TransientIoError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { bodyOf, isRefusal, isSuccess } from './answers.ts';
import { sendOnce } from './send.ts';
import type { RestAnswer, RestAuthoriser } from './types.ts';

export const anonymous: RestAuthoriser = { authorise: async () => ({}), renew: () => false };

/** A token whose life is another's business. */
export function bearerToken(token: string): RestAuthoriser {
  return { authorise: async () => ({ authorization: `Bearer ${token}` }), renew: () => false };
}

export interface ClientCredentials {
  /** Where tokens are given: the authorisation server's token endpoint. */
  readonly tokenUri: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  readonly clock: Clock;
}

/** One token for all requests; asked for again when it nears its end or was not accepted. */
export function clientCredentials(options: ClientCredentials): RestAuthoriser {
  let held: { readonly token: Promise<Token>; endsAtMs: number } | undefined;
  const ask = () => {
    const token = fetchToken(options);
    const fresh = { token, endsAtMs: Number.POSITIVE_INFINITY };
    held = fresh;
    token.then(
      ({ endsAtMs }) => void (fresh.endsAtMs = endsAtMs),
      () => void (held = held === fresh ? undefined : held),
    );
    return token;
  };
  return {
    authorise: async () => {
      const isFresh = held !== undefined && options.clock.nowMs() < held.endsAtMs;
      const { text } = await (isFresh ? held!.token : ask());
      return { authorization: `Bearer ${text}` };
    },
    renew: () => {
      held = undefined;
      return true;
    },
  };
}

interface Token {
  readonly text: string;
  readonly endsAtMs: number;
}

async function fetchToken(options: ClientCredentials): Promise<Token> {
  const { tokenUri, clientId, clientSecret, scope, clock } = options;
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope });
  const askedAtMs = clock.nowMs();
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await sendOnce({ method: 'POST', url: tokenUri, headers, body: form.toString() });
  const body = isSuccess(answer) ? bodyOf(answer) : undefined;
  const text = body?.['access_token'];
  if (typeof text !== 'string' || text === '') throw noToken(answer);
  const lifeS = body?.['expires_in'];
  const lifeMs = typeof lifeS === 'number' && lifeS > 0 ? lifeS * 1000 : Number.POSITIVE_INFINITY;
  // A token shorter than the margin is used for half its life rather than never.
  return { text, endsAtMs: askedAtMs + Math.max(lifeMs - LIMITS.tokenRenewalMs, lifeMs / 2) };
}

/** Status and the error code of RFC 6749 §5.2 alone: an authorisation server may quote what it was sent. */
function noToken(answer: RestAnswer): TransientIoError | CommitRefusedError {
  const code = bodyOf(answer)?.['error'];
  const isCode = typeof code === 'string' && /^[a-z_]{1,40}$/.test(code);
  const status = answer.kind === 'answer' ? `${answer.status}${isCode ? ` ${code}` : ''}` : 'no answer';
  const isFinal = answer.kind === 'answer' && isRefusal(answer.status);
  const message = `the authorisation server gave no token: expected one, got ${status}`;
  return isFinal
    ? new CommitRefusedError(`${message}; check client id, secret and scope`, { code: 'rest-no-token', details: { got: status } })
    : new TransientIoError(`${message}; the caller tries again`, { code: 'rest-no-token', details: { got: status } });
}
