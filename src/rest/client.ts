// Requests to a REST catalog: addresses under its prefix, authorisation, retries of what may be repeated. The catalog's own
// configuration is asked for once, before the first request: it names the prefix, the separator of namespaces and whether repeats of
// a keyed request are told apart. Source: REST catalog specification, "/v1/config", "Idempotency-Key".
import { parseDurationMs } from '../contract/durations.ts';
import { LIMITS } from '../contract/limits.ts';
import { InputRefusedError } from '../errors.ts';
import { jitteredMs } from '../iceberg/jitter.ts';
import { stringifyExact } from '../iceberg/json-exact.ts';
import { pause } from '../jobs/pause.ts';
import type { Clock, Ids } from '../ports.ts';
import { bodyOf, failure, isSuccess } from './answers.ts';
import { sendOnce } from './send.ts';
import type { RestAnswer, RestAuthoriser, RestRequest } from './types.ts';

export interface RestClientOptions {
  /** The catalog's address, without `/v1`. */
  readonly uri: string;
  /** What the catalog calls its warehouse, where it has several. */
  readonly warehouse?: string;
  readonly authoriser: RestAuthoriser;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface RestSession {
  /** `<uri>/v1[/<prefix>]` */
  readonly base: string;
  readonly namespaceSeparator: string;
  /** How long the catalog remembers the key of a request; undefined where it does not take keys. */
  readonly keyLifetimeMs: number | undefined;
  /** The catalog's defaults and overrides, the latter winning. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface RestClient {
  session(): Promise<RestSession>;
  /** Repeats within LIMITS.ioAttemptsMax: for requests that may be sent twice. */
  repeat(request: ClientRequest): Promise<RestAnswer>;
  /** Sent once, but for the one more that a rejected credential costs: such a request was not carried out. */
  once(request: ClientRequest, headers?: Readonly<Record<string, string>>): Promise<RestAnswer>;
}

export interface ClientRequest {
  readonly method: RestRequest['method'];
  /** Below the prefix: `namespaces/a/tables`, segments encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; bigint as integers. */
  readonly body?: unknown;
}

/** Makes no request before the first is asked for. */
export function makeRestClient(options: RestClientOptions): RestClient {
  const uri = checkedUri(options.uri);
  let opened: Promise<RestSession> | undefined;
  const session = () => {
    opened ??= openSession(options, uri).catch((error: unknown) => {
      // A failed look at the configuration is not remembered.
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const addressed = async (request: ClientRequest, headers: Readonly<Record<string, string>>): Promise<RestRequest> =>
    requestOf(`${(await session()).base}/${request.path}`, request, headers);
  return {
    session,
    repeat: async (request) => sendRepeatedly(options, await addressed(request, {})),
    once: async (request, headers = {}) => sendAuthorised(options.authoriser, await addressed(request, headers)),
  };
}

async function openSession(options: RestClientOptions, uri: string): Promise<RestSession> {
  const query: Record<string, string> = options.warehouse === undefined ? {} : { warehouse: options.warehouse };
  const answer = await sendRepeatedly(options, requestOf(`${uri}/v1/config`, { method: 'GET', path: '', query }, {}));
  const body = isSuccess(answer) ? bodyOf(answer) : undefined;
  if (body === undefined) throw failure('reading the configuration', answer, {});
  const properties = { ...textsOf(body['defaults']), ...textsOf(body['overrides']) };
  const prefix = (properties['prefix'] ?? '').replace(/^\/+|\/+$/g, '');
  const lifetime = body['idempotency-key-lifetime'];
  return {
    base: prefix === '' ? `${uri}/v1` : `${uri}/v1/${prefix}`,
    namespaceSeparator: decodeURIComponent(properties['namespace-separator'] ?? '%1F'),
    keyLifetimeMs: typeof lifetime === 'string' ? parseDurationMs(lifetime) : undefined,
    properties,
  };
}

async function sendRepeatedly(options: RestClientOptions, request: RestRequest): Promise<RestAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await sendAuthorised(options.authoriser, request);
    if (attempt >= LIMITS.ioAttemptsMax || !isWorthRepeating(answer)) return answer;
    await pause(options, Math.min(LIMITS.ioBackoffMsMax, jitteredMs(options, { firstMs: LIMITS.ioBackoffMsMin, attempt })));
  }
}

/** Credentials may have ended while they were on their way: they are renewed once. */
async function sendAuthorised(authoriser: RestAuthoriser, request: RestRequest): Promise<RestAnswer> {
  const answer = await sendSigned(authoriser, request);
  const isRejected = answer.kind === 'answer' && (answer.status === 401 || answer.status === 419);
  return isRejected && authoriser.renew() ? sendSigned(authoriser, request) : answer;
}

async function sendSigned(authoriser: RestAuthoriser, request: RestRequest): Promise<RestAnswer> {
  return sendOnce({ ...request, headers: { ...request.headers, ...(await authoriser.authorise(request)) } });
}

function isWorthRepeating(answer: RestAnswer): boolean {
  if (answer.kind === 'silence') return true;
  return answer.status >= 500 || answer.status === 429 || answer.status === 408 || (isSuccess(answer) && answer.text === undefined);
}

function requestOf(url: string, request: ClientRequest, headers: Readonly<Record<string, string>>): RestRequest {
  const query = new URLSearchParams(request.query ?? {}).toString().replaceAll('+', '%20');
  const body = request.body === undefined ? '' : stringifyExact(request.body);
  return {
    method: request.method,
    url: query === '' ? url : `${url}?${query}`,
    headers: { accept: 'application/json', ...(body === '' ? {} : { 'content-type': 'application/json' }), ...headers },
    body,
  };
}

function textsOf(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Credentials in the address would end up in logs of every proxy. */
function checkedUri(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === '' && url.search === '') {
    return text.replace(/\/+$/, '');
  }
  throw new InputRefusedError(
    'the address of the REST catalog is none: expected http(s)://HOST[:PORT][/PATH] without credentials or query; name it as the catalog documents it, without /v1',
    { code: 'rest-uri' },
  );
}
