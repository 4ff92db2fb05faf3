// A small REST catalog in this process, on a port of 127.0.0.1: the rules of the specification over a map of tables, and faults a
// test puts on single requests. Metadata files are written through the store it is given, as a real catalog would.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assignFreshIds } from '../../../src/iceberg/fresh-ids.ts';
import { parseExact, stringifyExact } from '../../../src/iceberg/json-exact.ts';
import { parseSchema, schemaToJson } from '../../../src/iceberg/schema-json.ts';
import type { FileStore, TableRequirement, TableUpdate } from '../../../src/ports.ts';
import { applyUpdates, checkRequirements, Rejected } from './apply-change.ts';

type Json = Record<string, unknown>;

export interface Heard {
  readonly method: string;
  /** Without the prefix, decoded query apart. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type HttpFault =
  /** The connection ends: before anything was done, or after all was done. */
  | { readonly kind: 'reset-before' | 'reset-after' }
  /** A status of the catalog or of a proxy, before or after all was done; `text` is the body. */
  | { readonly kind: 'answer-before' | 'answer-after'; readonly status: number; readonly text?: string };

export interface RestServer {
  readonly uri: string;
  readonly heard: Heard[];
  readonly tables: Map<string, { location: string; metadata: Json }>;
  readonly namespaces: Set<string>;
  /** Asked for every request; undefined: no fault. */
  fault: ((request: Heard) => HttpFault | undefined) | undefined;
  close(): Promise<void>;
}

export interface RestServerOptions {
  readonly files?: FileStore;
  readonly prefix?: string;
  /** What `/v1/config` says besides. */
  readonly config?: Json;
  /** Entries per page. @default 2 */
  readonly pageSize?: number;
  /** Gives new tables other field ids than were proposed. */
  readonly renumbers?: boolean;
  readonly isAuthorised?: (request: Heard) => boolean;
}

export async function startRestServer(options: RestServerOptions = {}): Promise<RestServer> {
  const keys = new Map<string, { readonly status: number; readonly body: unknown }>();
  const http = createServer((request, response) => void answer(request, response));
  const server: RestServer = {
    get uri() {
      return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    },
    heard: [],
    tables: new Map(),
    namespaces: new Set(),
    fault: undefined,
    close: () =>
      new Promise((done) => {
        http.close(() => done());
        http.closeAllConnections();
      }),
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const heard = await hear(request, options);
    server.heard.push(heard);
    const fault = server.fault?.(heard);
    if (fault?.kind === 'reset-before') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'answer-before') {
      response.writeHead(fault.status).end(fault.text ?? '');
      return;
    }
    const key = heard.method === 'POST' ? (heard.headers['idempotency-key'] as string | undefined) : undefined;
    const result = (key === undefined ? undefined : keys.get(key)) ?? (await carryOut(server, options, heard));
    if (key !== undefined && result.status < 500) keys.set(key, result);
    if (fault?.kind === 'reset-after') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'answer-after') {
      response.writeHead(fault.status).end(fault.text ?? '');
      return;
    }
    response.writeHead(result.status, { 'content-type': 'application/json' }).end(stringifyExact(result.body));
  };
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  return server;
}

async function hear(request: IncomingMessage, options: RestServerOptions): Promise<Heard> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  const url = new URL(request.url!, 'http://host');
  const prefix = options.prefix === undefined ? '/v1/' : `/v1/${options.prefix}/`;
  const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : url.pathname;
  return { method: request.method!, path, query: url.searchParams, headers: request.headers, body };
}

async function carryOut(
  server: RestServer,
  options: RestServerOptions,
  heard: Heard,
): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    if (options.isAuthorised?.(heard) === false) throw new Rejected(401, { type: 'NotAuthorizedException', message: 'not authorised' });
    return { status: 200, body: await route(server, options, heard) };
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return { status: error.status, body: { error: { message: error.message, type: error.type, code: error.status } } };
  }
}

async function route(server: RestServer, options: RestServerOptions, heard: Heard): Promise<unknown> {
  if (heard.path === '/v1/config' || heard.path === 'config') {
    return { defaults: {}, overrides: options.prefix === undefined ? {} : { prefix: options.prefix }, ...options.config };
  }
  const [root, namespace, kind, name, ...rest] = heard.path.split('/').map((part) => decodeURIComponent(part));
  if (root !== 'namespaces' || rest.length > 0) throw missing('no such route');
  const body = heard.body === '' ? {} : (parseExact(heard.body) as Json);
  if (namespace === undefined) return heard.method === 'GET' ? listNamespaces(server, options, heard) : makeNamespace(server, body);
  const key = namespace.split('\x1f').join('.');
  if (!server.namespaces.has(key) && kind !== undefined && name === undefined) throw missing('NoSuchNamespaceException');
  if (kind === undefined) {
    if (!server.namespaces.has(key)) throw missing('NoSuchNamespaceException');
    return { namespace: key.split('.'), properties: {} };
  }
  if (name === undefined)
    return heard.method === 'GET' ? listTables(server, options, { heard, key }) : create(server, options, { key, body });
  const table = server.tables.get(`${key}.${name}`);
  if (!table) throw missing('NoSuchTableException');
  if (heard.method === 'POST') await commit(server, options, { key: `${key}.${name}`, body });
  const now = server.tables.get(`${key}.${name}`)!;
  return { 'metadata-location': now.location, metadata: now.metadata, config: {} };
}

function listNamespaces(server: RestServer, options: RestServerOptions, heard: Heard): Json {
  const parent = heard.query.get('parent')?.split('\x1f').join('.');
  const depth = parent === undefined ? 1 : parent.split('.').length + 1;
  const names = [...server.namespaces].filter((name) => name.split('.').length === depth && (!parent || name.startsWith(`${parent}.`)));
  return page(options, heard, { member: 'namespaces', all: names.sort().map((name) => name.split('.')) });
}

function makeNamespace(server: RestServer, body: Json): Json {
  const name = (body['namespace'] as string[]).join('.');
  if (server.namespaces.has(name)) throw new Rejected(409, { type: 'AlreadyExistsException', message: 'the namespace exists' });
  server.namespaces.add(name);
  return { namespace: name.split('.'), properties: {} };
}

function listTables(server: RestServer, options: RestServerOptions, { heard, key }: { readonly heard: Heard; readonly key: string }): Json {
  const names = [...server.tables.keys()].filter((name) => name.slice(0, name.lastIndexOf('.')) === key).sort();
  return page(options, heard, {
    member: 'identifiers',
    all: names.map((name) => ({ namespace: key.split('.'), name: name.slice(key.length + 1) })),
  });
}

function page(
  options: RestServerOptions,
  heard: Heard,
  { member, all }: { readonly member: string; readonly all: readonly unknown[] },
): Json {
  const token = heard.query.get('pageToken');
  if (token === null) return { [member]: all };
  const from = Number(token || 0);
  const until = from + (options.pageSize ?? 2);
  return { [member]: all.slice(from, until), 'next-page-token': until < all.length ? String(until) : null };
}

async function create(
  server: RestServer,
  options: RestServerOptions,
  { key, body }: { readonly key: string; readonly body: Json },
): Promise<Json> {
  const name = `${key}.${String(body['name'])}`;
  if (server.tables.has(name)) throw new Rejected(409, { type: 'AlreadyExistsException', message: 'the table exists' });
  // The catalog gives field ids of its own; the specification lets it.
  const fresh = assignFreshIds(parseSchema(body['schema']), options.renumbers ? 100 : 0);
  const { 'format-version': version = '2', ...properties } = body['properties'] as Record<string, string>;
  const remapped = (fields: Json[]) => fields.map((field) => ({ ...field, 'source-id': fresh.map.get(Number(field['source-id'])) }));
  const spec = body['partition-spec'] as { fields: Json[] };
  const order = body['write-order'] as { 'order-id': number; fields: Json[] };
  const metadata: Json = {
    ...{ 'format-version': Number(version), 'table-uuid': randomUUID(), location: body['location'] ?? `s3://own/${name}` },
    ...{ 'last-sequence-number': 0, 'last-updated-ms': Date.now(), 'last-column-id': fresh.lastId, 'current-schema-id': 0 },
    schemas: [schemaToJson({ ...fresh.struct, 'schema-id': 0 })],
    ...{ 'default-spec-id': 0, 'partition-specs': [{ 'spec-id': 0, fields: remapped(spec.fields) }] },
    'last-partition-id': Math.max(999, ...spec.fields.map((field) => Number(field['field-id']))),
    ...{ 'default-sort-order-id': order['order-id'], 'sort-orders': [{ ...order, fields: remapped(order.fields) }] },
    ...{ properties, 'current-snapshot-id': null, refs: {}, snapshots: [], 'snapshot-log': [], 'metadata-log': [] },
    ...(Number(version) >= 3 ? { 'next-row-id': 0 } : {}),
  };
  await store(server, options, { name, metadata, version: 0 });
  const now = server.tables.get(name)!;
  return { 'metadata-location': now.location, metadata: now.metadata };
}

/** Check, apply and swap; a commit that was overtaken while the file was written begins again, as a real catalog's does. */
async function commit(
  server: RestServer,
  options: RestServerOptions,
  { key, body }: { readonly key: string; readonly body: Json },
): Promise<void> {
  for (;;) {
    const before = server.tables.get(key);
    if (!before) throw missing('NoSuchTableException');
    checkRequirements(before.metadata, body['requirements'] as TableRequirement[]);
    const next = applyUpdates(before.metadata, body['updates'] as TableUpdate[], Date.now());
    const log = [
      ...((next['metadata-log'] ?? []) as Json[]),
      { 'timestamp-ms': before.metadata['last-updated-ms'], 'metadata-file': before.location },
    ];
    if (await store(server, options, { name: key, metadata: { ...next, 'metadata-log': log }, version: log.length, before })) return;
  }
}

async function store(
  server: RestServer,
  options: RestServerOptions,
  given: { readonly name: string; readonly metadata: Json; readonly version: number; readonly before?: { location: string } },
): Promise<boolean> {
  const location = `${String(given.metadata['location'])}/metadata/${String(given.version).padStart(5, '0')}-${randomUUID()}.metadata.json`;
  await options.files?.create(location, Buffer.from(stringifyExact(given.metadata)));
  if (server.tables.get(given.name)?.location !== given.before?.location) {
    if (given.before === undefined) throw new Rejected(409, { type: 'AlreadyExistsException', message: 'the table exists' });
    return false;
  }
  server.tables.set(given.name, { location, metadata: given.metadata });
  return true;
}

function missing(type: string): Rejected {
  return new Rejected(404, { type, message: 'it does not exist' });
}
