// A proxy on loopback between the functions and the local AWS that does to one call what networks and services do: no answer before
// or after the effect, 5xx before or after it, a reset connection before or after it, throttling, slowness; or that keeps a call back
// until it is told to pass it on, whoever still waits for it. The call is named by what AWS calls it; an armed fault fires once, at the
// first such call.
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
export type ProxyFault = (typeof FAULTS)[number];

/** Calls of every landing and commit. */
export const CALLS = [
  'S3.PutObject',
  'S3.GetObject',
  'S3.ListObjectsV2',
  'S3.DeleteObject',
  'Glue.GetTable',
  'Glue.UpdateTable',
  'SQS.SendMessage',
] as const;

/** What is to be done to a call; undefined: nothing. `url` is its path and query. */
export type ChooseFault = (call: string, url: string) => ProxyFault | undefined;

/** A call that is kept back. */
export interface HeldCall {
  /** Has it come? */
  isHeld(): boolean;
  /** Passes it on; the status it was answered with, undefined if it never came. Once. */
  release(): Promise<number | undefined>;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** What has been called so far, by name. */
  readonly calls: ReadonlyMap<string, number>;
  /** Fires at the next call of the name, once. */
  arm(call: string, fault: ProxyFault): void;
  /** Did the armed fault fire? Disarms. */
  disarm(): boolean;
  /** Asks before every call what to do to it, until the returned function is called. Of several the first that says something counts. */
  trouble(choose: ChooseFault): () => void;
  /** Keeps back the next call that is so, alone, whatever else is done to calls. */
  hold(isIt: (call: string, url: string) => boolean): HeldCall;
  stop(): Promise<void>;
}

export const SLOW_MS = 200;

/** Listens on a port of loopback; 0: any free one. */
export async function startFaultProxy(target: string, port = 0): Promise<FaultProxy> {
  const calls = new Map<string, number>();
  let armed: { readonly call: string; readonly fault: ProxyFault } | undefined;
  let hasFired = false;
  const troubles = new Set<ChooseFault>();
  const holds = new Set<Hold>();
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => request.socket.destroy());
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const call = callOf(request);
    calls.set(call, (calls.get(call) ?? 0) + 1);
    const url = request.url ?? '/';
    const hold = [...holds].find((one) => one.isIt(call, url));
    if (hold !== undefined) {
      holds.delete(hold);
      const answer = forwardLate(hold, () => forward(target, request, body));
      return reply(response, await answer);
    }
    const isArmed = armed?.call === call;
    const fault = isArmed ? armed?.fault : chosen(troubles, call, url);
    if (isArmed) {
      armed = undefined;
      hasFired = true;
    }
    if (fault === 'slow') await sleep(SLOW_MS);
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
    trouble: (choose) => {
      troubles.add(choose);
      return () => void troubles.delete(choose);
    },
    hold: (isIt) => {
      const one = newHold(isIt);
      holds.add(one);
      return {
        isHeld: () => one.isHeld,
        release: () => {
          holds.delete(one);
          one.letGo();
          return one.isHeld ? one.answered : Promise.resolve(undefined);
        },
      };
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** All are asked: one that counts or kills sees every call. */
function chosen(troubles: ReadonlySet<ChooseFault>, call: string, url: string): ProxyFault | undefined {
  return [...troubles].map((choose) => choose(call, url)).find((fault) => fault !== undefined);
}

interface Hold {
  readonly isIt: (call: string, url: string) => boolean;
  isHeld: boolean;
  readonly released: Promise<void>;
  readonly letGo: () => void;
  readonly answered: Promise<number>;
  readonly answer: (status: number) => void;
  readonly fail: (error: unknown) => void;
}

function newHold(isIt: Hold['isIt']): Hold {
  const { promise: released, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer, reject: fail } = Promise.withResolvers<number>();
  // Whoever releases it is told.
  answered.catch(() => undefined);
  return { isIt, isHeld: false, released, letGo, answered, answer, fail };
}

async function forwardLate(hold: Hold, pass: () => Promise<Answer>): Promise<Answer> {
  hold.isHeld = true;
  await hold.released;
  try {
    const answer = await pass();
    hold.answer(answer.status);
    return answer;
  } catch (error) {
    hold.fail(error);
    throw error;
  }
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
