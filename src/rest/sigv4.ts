// AWS Signature Version 4 for REST catalogs on AWS: Amazon S3 Tables (signing name `s3tables`) and the Glue REST endpoint (`glue`).
// Credentials are asked for at each request, so that a role's short-lived ones are always fresh. Source: AWS documentation,
// "Create a signed AWS API request".
import { createHash, createHmac } from 'node:crypto';
import type { Clock } from '../ports.ts';
import type { RestAuthoriser, RestRequest } from './types.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface SigV4Options {
  readonly region: string;
  /** `s3tables` or `glue`. */
  readonly signingName: string;
  readonly credentials: () => Promise<AwsCredentials>;
  readonly clock: Clock;
}

/** Signs method, path, query, host, date, token, body and the headers the request has. */
export function sigV4(options: SigV4Options): RestAuthoriser {
  return {
    authorise: async (request) => signedHeaders(request, { ...options, held: await options.credentials(), nowMs: options.clock.nowMs() }),
    renew: () => false,
  };
}

type Signing = Pick<SigV4Options, 'region' | 'signingName'> & { readonly held: AwsCredentials; readonly nowMs: number };

function signedHeaders(request: RestRequest, signing: Signing): Record<string, string> {
  const { held, region, signingName } = signing;
  const url = new URL(request.url);
  const time = new Date(signing.nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const bodyHash = sha256(request.body);
  const added = {
    'x-amz-date': time,
    'x-amz-content-sha256': bodyHash,
    ...(held.sessionToken === undefined ? {} : { 'x-amz-security-token': held.sessionToken }),
  };
  const signed = Object.entries({ ...request.headers, host: url.host, ...added }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const canonical = [
    request.method,
    canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    names,
    bodyHash,
  ].join('\n');
  const scope = `${time.slice(0, 8)}/${region}/${signingName}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = [time.slice(0, 8), region, signingName, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${held.secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${held.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...added, authorization };
}

/** Every service but S3 encodes the already encoded path once more. */
function canonicalPath(path: string): string {
  return path.split('/').map(encode).join('/');
}

function canonicalQuery(query: URLSearchParams): string {
  const pairs = Array.from(query, ([name, value]) => [encode(name), encode(value)] as const);
  pairs.sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

/** RFC 3986: all but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
