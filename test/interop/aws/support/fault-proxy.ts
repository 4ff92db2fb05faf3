// A proxy on loopback between the functions and the local AWS that does to one call what networks and services do: no answer before
// or after the effect, 5xx before or after it, a reset connection before or after it, throttling, slowness. The call is named by
// what AWS calls it; the fault is armed once and fires at the first such call.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const FAULTS = [
  'time-out before',
  'time-out after',
  '5xx before',
  '5xx after',
  'reset before',
  'reset after',
  'throttled',
  'slow',
] as const;
/** `late`: forwarded after a pause longer than a function's patience, whoever still waits for it. */
export type ProxyFault = (typeof FAULTS)[number] | 'late';

export interface FaultProxy {
  readonly endpoint: string;
  /** What has been called so far, by name. */
  readonly calls: ReadonlyMap<string, number>;
  /** Fires at the next call of the name, once. */
  arm(call: string, fault: ProxyFault): void;
  /** Did the armed fault fire? Disarms. */
  disarm(): boolean;
  /** Asks before every call what to do to it, until it is told otherwise; undefined: nothing. */
  trouble(choose: ((call: string) => ProxyFault | undefined) | undefined): void;
  stop(): Promise<void>;
}

export const SLOW_MS = 200;
const LATE_MS = 4_000;

/** Listens on a port of loopback; 0: any free one. */
export async function startFaultProxy(target: string, port = 0): Promise<FaultProxy> {
  const calls = new Map<string, number>();
  let armed: { readonly call: string; readonly fault: ProxyFault } | undefined;
  let hasFired = false;
  let choose: ((call: string) => ProxyFault | undefined) | undefined;
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => request.socket.destroy());
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const call = callOf(request);
    calls.set(call, (calls.get(call) ?? 0) + 1);
    const isArmed = armed?.call === call;
    const fault = isArmed ? armed?.fault : choose?.(call);
    if (isArmed) {
      armed = undefined;
      hasFired = true;
    }
    if (fault === 'slow') await sleep(SLOW_MS);
    if (fault === 'late') await sleep(LATE_MS);
    if (fault === '5xx before') return reply(response, serverError(call));
    if (fault === 'throttled') return reply(response, throttled(call));
    if (fault === 'time-out before') return;
    if (fault === 'reset before') return void request.socket.destroy();
    const forwarded = await forward(target, request, body);
    if (fault === 'time-out after') return;
    if (fault === 'reset after') return void request.socket.destroy();
    reply(response, fault === '5xx after' ? serverError(call) : forwarded);
  }
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    arm: (call, fault) => {
      armed = { call, fault };
      hasFired = false;
    },
    disarm: () => {
      armed = undefined;
      return hasFired;
    },
    trouble: (next) => {
      choose = next;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** `Glue.UpdateTable`, `SQS.SendMessage`, `S3.PutObject` … */
export function callOf({ method, url, headers }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.replace('AWSGlue', 'Glue').replace('AmazonSQS', 'SQS');
  const { searchParams } = new URL(url ?? '/', 'http://proxy');
  if (method === 'GET' && searchParams.has('list-type')) return 'S3.ListObjectsV2';
  const names: Readonly<Record<string, string>> = {
    GET: 'S3.GetObject',
    HEAD: 'S3.HeadObject',
    PUT: 'S3.PutObject',
    DELETE: 'S3.DeleteObject',
  };
  return names[method ?? ''] ?? `S3.${method}`;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function forward(target: string, request: IncomingMessage, body: Buffer): Promise<Answer> {
  const headers = { ...request.headers, connection: 'close' };
  const sent = send(new URL(request.url ?? '/', target), { method: request.method, headers });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const { connection: _, 'transfer-encoding': __, ...kept } = answer.headers;
  return { status: answer.statusCode ?? 502, headers: kept as Answer['headers'], body: await bodyOf(answer) };
}

function reply(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers });
  response.end(body);
}

const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.1' };

function serverError(call: string): Answer {
  if (call.startsWith('S3.')) return s3Error(500, 'InternalError');
  return { status: 500, headers: JSON_TYPE, body: Buffer.from(JSON.stringify({ __type: 'InternalServiceException', message: 'fault' })) };
}

function throttled(call: string): Answer {
  if (call.startsWith('S3.')) return s3Error(503, 'SlowDown');
  const type = call.startsWith('SQS.') ? 'com.amazonaws.sqs#RequestThrottled' : 'ThrottlingException';
  return { status: 400, headers: JSON_TYPE, body: Buffer.from(JSON.stringify({ __type: type, message: 'fault' })) };
}

function s3Error(status: number, code: string): Answer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>fault</Message></Error>`);
  return { status, headers: { 'content-type': 'application/xml' }, body };
}
