// S3, Glue and SQS on 127.0.0.1, as far as Firn talks to them, so that the real SDK clients meet real sockets. Real semantics:
// conditional PUT, ranges, paged lists, VersionId compare-and-swap, FIFO deduplication. Faults are queued per operation and used
// up one request at a time.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { glueOperation } from './fake-glue.ts';
import { s3Operation } from './fake-s3.ts';
import { sqsOperation } from './fake-sqs.ts';

/** What goes wrong with one request. `applied`: the service acted all the same. */
export type Fault =
  | { readonly kind: 'reset'; readonly applied: boolean }
  | { readonly kind: 'hang'; readonly applied: boolean }
  | { readonly kind: 'cut-body' | 'corrupt-body' }
  | { readonly kind: 'error'; readonly applied: boolean; readonly status: number; readonly code: string };

export interface Seen {
  readonly operation: string;
  readonly headers: IncomingMessage['headers'];
  readonly url: URL;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface FakeAws {
  readonly endpoint: string;
  readonly requests: Seen[];
  readonly objects: Map<string, { bytes: Buffer; lastModifiedMs: number }>;
  readonly databases: Map<string, Map<string, Record<string, unknown>>>;
  readonly messages: Record<string, string>[];
  readonly released: Record<string, string>[];
  /** Objects in one page of a list. */
  pageSize: number;
  /** The next request of the operation meets this; queued in order. */
  failNext(operation: string, fault: Fault): void;
  /** Runs once, just before the next request of the operation is served. */
  beforeNext(operation: string, act: () => void): void;
  count(operation: string): number;
  stop(): Promise<void>;
}

export async function startFakeAws(): Promise<FakeAws> {
  const faults = new Map<string, Fault[]>();
  const hooks = new Map<string, (() => void)[]>();
  const server = createServer((request, response) => {
    void serve(fake, { faults, hooks }, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeAws = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    objects: new Map(),
    databases: new Map(),
    messages: [],
    released: [],
    pageSize: 1000,
    failNext: (operation, fault) => void faults.set(operation, [...(faults.get(operation) ?? []), fault]),
    beforeNext: (operation, act) => void hooks.set(operation, [...(hooks.get(operation) ?? []), act]),
    count: (operation) => fake.requests.filter((seen) => seen.operation === operation).length,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}

interface Plans {
  readonly faults: Map<string, Fault[]>;
  readonly hooks: Map<string, (() => void)[]>;
}

async function serve(fake: FakeAws, plans: Plans, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://fake');
  const target = request.headers['x-amz-target'] as string | undefined;
  const operation = target?.split('.').at(-1) ?? s3Name(request.method ?? 'GET', url);
  const seen: Seen = { operation, headers: request.headers, url, body: Buffer.concat(chunks) };
  fake.requests.push(seen);
  plans.hooks.get(operation)?.shift()?.();
  const fault = plans.faults.get(operation)?.shift();
  const acts = fault === undefined || !('applied' in fault) || fault.applied;
  const reply = acts ? act(fake, seen, request.method ?? 'GET', target) : undefined;
  if (fault === undefined) return send(response, reply!);
  answerFault({ fault, reply, target, request, response });
}

function act(fake: FakeAws, seen: Seen, method: string, target: string | undefined): Reply {
  if (target === undefined) return s3Operation(fake, seen, method);
  return target.startsWith('AWSGlue') ? glueOperation(fake, seen) : sqsOperation(fake, seen);
}

function answerFault(options: {
  readonly fault: Fault;
  readonly reply: Reply | undefined;
  readonly target: string | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}): void {
  const { fault, response } = options;
  switch (fault.kind) {
    case 'reset':
      options.request.socket.resetAndDestroy();
      return;
    case 'hang':
      return;
    case 'cut-body': {
      const body = Buffer.from(options.reply!.body ?? '');
      response.writeHead(options.reply!.status, { ...options.reply!.headers, 'content-length': String(body.length) });
      response.write(body.subarray(0, body.length >> 1), () => options.request.socket.resetAndDestroy());
      return;
    }
    case 'corrupt-body': {
      const body = Buffer.from(options.reply!.body ?? '');
      body[0]! ^= 1;
      send(response, { ...options.reply!, body });
      return;
    }
    case 'error':
      send(response, options.target === undefined ? s3Error(fault.status, fault.code) : jsonError(fault.status, fault.code));
  }
}

export function s3Error(status: number, code: string): Reply {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  };
}

export function jsonError(status: number, code: string): Reply {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify({ __type: code, Message: code }) };
}

function send(response: ServerResponse, reply: Reply): void {
  const body = reply.body ?? '';
  response.writeHead(reply.status, { 'x-amzn-requestid': 'fake', 'content-length': String(Buffer.byteLength(body)), ...reply.headers });
  response.end(body);
}

function s3Name(method: string, url: URL): string {
  if (method === 'GET') return url.searchParams.get('list-type') === '2' ? 'ListObjectsV2' : 'GetObject';
  return { PUT: 'PutObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method] ?? method;
}
