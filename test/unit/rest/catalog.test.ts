// Reading and making tables over HTTP: configuration, pages, bounds, credentials.
import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { CommitRefusedError, InputRefusedError, TransientIoError } from '../../../src/errors.ts';
import { anonymous, bearerToken, clientCredentials } from '../../../src/rest/authorisers.ts';
import { makeRestCatalog, type RestCatalogOptions } from '../../../src/rest/rest-catalog.ts';
import { sigV4 } from '../../../src/rest/sigv4.ts';
import type { RestAuthoriser } from '../../../src/rest/types.ts';
import { look, tryCreate } from '../../conformance/support/tables.ts';
import { makeMemoryPorts } from '../../support/memory/index.ts';
import { type RestServerOptions, startRestServer } from '../../support/rest/server.ts';

const TABLE = { namespace: 'game', name: 'events' };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function rig(options: RestServerOptions = {}, more: Partial<RestCatalogOptions> = {}) {
  const { ports } = makeMemoryPorts();
  const server = await startRestServer({ files: ports.files, ...options });
  closing.push(() => server.close());
  const catalog = makeRestCatalog({ uri: server.uri, authoriser: anonymous, clock: ports.clock, ids: ports.ids, ...more });
  return { server, catalog, ports: { ...ports, catalog } };
}

const rejection = async (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: Error) => error,
  );

describe('the configuration', () => {
  test('is asked for once, with the warehouse, and its prefix is used', async () => {
    const { server, catalog } = await rig({ prefix: 'a/b' }, { warehouse: 'main warehouse' });
    await catalog.ensureNamespace('game');
    await catalog.list('game');
    const configs = server.heard.filter(({ path }) => path === '/v1/config');
    expect(configs.map(({ query }) => query.get('warehouse'))).toEqual(['main warehouse']);
    expect(server.heard.filter(({ path }) => path.startsWith('/'))).toEqual(configs);
  });

  test('a failed look is not remembered', async () => {
    const { server, catalog } = await rig();
    server.fault = () => ({ kind: 'answer-before', status: 503 });
    expect(await rejection(catalog.load(TABLE))).toBeInstanceOf(TransientIoError);
    server.fault = undefined;
    expect(await catalog.load(TABLE)).toBeUndefined();
  });

  test('an override wins over a default', async () => {
    const { server, catalog } = await rig({ config: { defaults: { prefix: 'x' }, overrides: { 'namespace-separator': '%2E' } } });
    expect(await catalog.load({ namespace: 'a.b', name: 't' })).toBeUndefined();
    expect(server.heard.at(-1)?.path).toBe('x/namespaces/a.b/tables/t');
  });

  test.each(['catalog.example', 'ftp://catalog.example', 'https://user:secret@catalog.example', 'https://catalog.example?token=secret'])(
    'an address that is none, or holds a secret, is refused without being quoted: %s',
    (uri) => {
      const { ports } = makeMemoryPorts();
      const make = () => makeRestCatalog({ uri, authoriser: anonymous, clock: ports.clock, ids: ports.ids });
      expect(make).toThrow(InputRefusedError);
      expect(make).not.toThrow(/secret/);
    },
  );
});

describe('reading', () => {
  test('repeats a read that failed, within bounds', async () => {
    const { server, catalog, ports } = await rig();
    await catalog.ensureNamespace('game');
    await tryCreate(ports, TABLE);
    let failures = 2;
    server.fault = () => (failures-- > 0 ? { kind: failures % 2 ? 'reset-before' : 'answer-before', status: 502 } : undefined);
    expect((await look(ports, TABLE)).metadata.properties['asker']).toBe('first');
    server.fault = () => ({ kind: 'answer-before', status: 503 });
    const before = server.heard.length;
    expect(await rejection(catalog.load(TABLE))).toBeInstanceOf(TransientIoError);
    expect(server.heard.length - before).toBe(LIMITS.ioAttemptsMax);
  });

  test('a 404 that is not the catalog’s own is no missing table', async () => {
    const { server, catalog } = await rig();
    await catalog.ensureNamespace('game');
    server.fault = () => ({ kind: 'answer-before', status: 404, text: '<html>no such page</html>' });
    expect(await rejection(catalog.load(TABLE))).toBeInstanceOf(TransientIoError);
  });

  test('all snapshots are asked for', async () => {
    const { server, catalog } = await rig();
    await catalog.load(TABLE);
    expect(server.heard.at(-1)?.query.get('snapshots')).toBe('all');
  });

  test('a table without a committed location is no table that can be committed to', async () => {
    const { server, catalog, ports } = await rig();
    await catalog.ensureNamespace('game');
    await tryCreate(ports, TABLE);
    server.fault = () => ({ kind: 'answer-before', status: 200, text: '{"metadata":{}}' });
    expect(await rejection(catalog.load(TABLE))).toBeInstanceOf(TransientIoError);
  });

  test('an answer that is an error is read up to its bound alone', async () => {
    const { server, catalog } = await rig();
    await catalog.ensureNamespace('game');
    server.fault = () => ({ kind: 'answer-before', status: 403, text: 'x'.repeat(LIMITS.restErrorBytesMax * 4) });
    const error = await rejection(catalog.load(TABLE));
    expect(error.message.length).toBeLessThan(300);
    expect(String((error.cause as Error).message).length).toBeLessThan(500);
  });

  test('nested namespaces are listed with their tables, page by page', async () => {
    const { catalog, ports, server } = await rig({ pageSize: 1 });
    await catalog.ensureNamespace('a.b.c');
    await catalog.ensureNamespace('a.d');
    await tryCreate(ports, { namespace: 'a.b.c', name: 'deep' });
    await tryCreate(ports, { namespace: 'a', name: 'flat' });
    expect(server.namespaces).toEqual(new Set(['a', 'a.b', 'a.b.c', 'a.d']));
    expect(await catalog.list()).toEqual([
      { namespace: 'a', name: 'flat' },
      { namespace: 'a.b.c', name: 'deep' },
    ]);
    expect((await look(ports, { namespace: 'a.b.c', name: 'deep' })).metadata.properties['asker']).toBe('first');
  });

  test('a listing whose pages never end is given up', async () => {
    const { catalog, server } = await rig();
    await catalog.ensureNamespace('game');
    let pages = 0;
    server.fault = () => ({
      kind: 'answer-before',
      status: 200,
      text: JSON.stringify({ identifiers: [], 'next-page-token': String(pages++) }),
    });
    const error = await rejection(catalog.list('game'));
    expect(error.message).toMatch(/did not end within/);
    expect(pages).toBe(LIMITS.restPagesMax);
  });
});

describe('creation', () => {
  test.each([
    [{ kind: 'reset-after' }, 'unknown'],
    [{ kind: 'reset-before' }, 'unknown'],
    [{ kind: 'answer-after', status: 504 }, 'unknown'],
    [{ kind: 'answer-before', status: 409 }, 'exists'],
  ] as const)('%o is %s', async (fault, outcome) => {
    const { server, ports, catalog } = await rig();
    await catalog.ensureNamespace('game');
    server.fault = ({ path }) => (path.endsWith('/tables') ? fault : undefined);
    expect(await tryCreate(ports, TABLE)).toBe(outcome);
  });

  test('a refusal is an error that names the table and the status', async () => {
    const { server, ports, catalog } = await rig();
    await catalog.ensureNamespace('game');
    server.fault = () => ({
      kind: 'answer-before',
      status: 403,
      text: '{"error":{"type":"ForbiddenException","message":"top secret","code":403}}',
    });
    const error = await rejection(tryCreate(ports, TABLE));
    expect(error).toBeInstanceOf(CommitRefusedError);
    expect(error.message).toMatch(/game\.events.*403 ForbiddenException/);
    expect(error.message).not.toMatch(/secret/);
  });

  test('a catalog that owns locations is not proposed one', async () => {
    const { ports, catalog } = await rig({}, { ownsLocations: true });
    await catalog.ensureNamespace('game');
    expect(await tryCreate(ports, TABLE)).toBe('created');
    expect((await look(ports, TABLE)).metadata.location).toBe('s3://own/game.events');
  });
});

describe('credentials', () => {
  const guarded = (wanted: () => string): RestServerOptions => ({
    isAuthorised: ({ headers }) => headers.authorization === `Bearer ${wanted()}`,
  });

  test('a bearer token is on every request but the configuration too', async () => {
    const { server, catalog } = await rig(
      guarded(() => 't-1'),
      { authoriser: bearerToken('t-1') },
    );
    await catalog.ensureNamespace('game');
    expect(server.heard.every(({ headers }) => headers.authorization === 'Bearer t-1')).toBe(true);
  });

  test('a client’s token is asked for once, and again when it is no longer accepted', async () => {
    let given = 0;
    let valid = '';
    const oauth = await tokenServer((form) => {
      expect(Object.fromEntries(form)).toEqual({
        grant_type: 'client_credentials',
        client_id: 'me',
        client_secret: 'hush',
        scope: 'catalog',
      });
      valid = `token-${++given}`;
      return [200, { access_token: valid, token_type: 'bearer', expires_in: 3600 }];
    });
    const { ports } = makeMemoryPorts();
    const authoriser = clientCredentials({ tokenUri: oauth, clientId: 'me', clientSecret: 'hush', scope: 'catalog', clock: ports.clock });
    const { catalog } = await rig(
      guarded(() => valid),
      { authoriser },
    );
    await catalog.ensureNamespace('game');
    expect(given).toBe(1);
    valid = 'revoked';
    expect(await catalog.list('game')).toEqual([]);
    expect(given).toBe(2);
  });

  test('a token is renewed before it ends', async () => {
    let given = 0;
    const oauth = await tokenServer(() => [200, { access_token: `token-${++given}`, expires_in: 3600 }]);
    let nowMs = 0;
    const authoriser = clientCredentials({ tokenUri: oauth, clientId: 'a', clientSecret: 'b', scope: 'c', clock: { nowMs: () => nowMs } });
    const request = { method: 'GET', url: 'http://h/', headers: {}, body: '' } as const;
    await Promise.all([authoriser.authorise(request), authoriser.authorise(request)]);
    nowMs = 3_600_000 - LIMITS.tokenRenewalMs - 1;
    expect(await authoriser.authorise(request)).toEqual({ authorization: 'Bearer token-1' });
    nowMs += 1;
    expect(await authoriser.authorise(request)).toEqual({ authorization: 'Bearer token-2' });
  });

  test('a refused client is told by status and code, never by what was sent', async () => {
    const oauth = await tokenServer((form) => [401, { error: 'invalid_client', error_description: `wrong: ${form.get('client_secret')}` }]);
    const { ports } = makeMemoryPorts();
    const authoriser = clientCredentials({ tokenUri: oauth, clientId: 'me', clientSecret: 'hush', scope: '', clock: ports.clock });
    const { catalog } = await rig({}, { authoriser });
    const error = await rejection(catalog.list('game'));
    expect(error).toBeInstanceOf(CommitRefusedError);
    expect(error.message).toMatch(/401 invalid_client/);
    expect(`${error.message}${String(error.cause)}${JSON.stringify(error)}`).not.toMatch(/hush/);
  });

  test.each([
    ['GET', 'https://s3tables.eu-west-1.amazonaws.com/iceberg/v1/config?warehouse=arn%3Aaws%3As3tables%3Aeu-west-1%3A1%3Abucket%2Fb', ''],
    [
      'POST',
      'https://glue.eu-west-1.amazonaws.com/iceberg/v1/catalogs/1/namespaces/a%1Fb/tables/t%20(1)',
      '{"n":9007199254740993,"t":"é"}',
    ],
    ['GET', 'https://h:8443/v1/x?b=2&a=1%2B1&a=0&empty=', ''],
  ] as const)('a signed %s of %s is signed as the AWS SDK signs it', async (method, url, body) => {
    const nowMs = Date.UTC(2026, 10, 22, 6, 5, 4);
    const headers = { accept: 'application/json', ...(body === '' ? {} : { 'content-type': 'application/json' }) };
    const held = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'session' };
    const ours = await signer({ region: 'eu-west-1', signingName: 'glue', nowMs, sessionToken: 'session' }).authorise({
      method,
      url,
      headers,
      body,
    });
    const { hostname, host, pathname, searchParams } = new URL(url);
    const query = Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]));
    const sha256 = class {
      readonly #hash: ReturnType<typeof createHash>;
      constructor(key?: string | ArrayBuffer | ArrayBufferView) {
        this.#hash = (key === undefined ? createHash('sha256') : createHmac('sha256', key as Buffer)) as ReturnType<typeof createHash>;
      }
      update(data: string | Uint8Array) {
        this.#hash.update(data);
      }
      digest() {
        return Promise.resolve(new Uint8Array(this.#hash.digest()));
      }
    };
    const sdk = new SignatureV4({ service: 'glue', region: 'eu-west-1', credentials: held, sha256 } as unknown as ConstructorParameters<
      typeof SignatureV4
    >[0]);
    const request = { method, protocol: 'https:', hostname, path: pathname, query, headers: { ...headers, host }, body };
    const theirs = (await sdk.sign(request, { signingDate: new Date(nowMs), signableHeaders: new Set(['accept']) })) as {
      headers: Record<string, string>;
    };
    expect(ours['authorization']).toBe(theirs.headers['authorization']);
    expect(ours['x-amz-date']).toBe(theirs.headers['x-amz-date']);
  });

  test('each request is signed, a session’s token with it', async () => {
    const authoriser = signer({ region: 'eu-west-1', signingName: 's3tables', nowMs: 0, sessionToken: 'session' });
    const { server, catalog } = await rig({}, { authoriser });
    await catalog.ensureNamespace('game');
    for (const { headers } of server.heard) {
      expect(headers['x-amz-security-token']).toBe('session');
      expect(headers.authorization).toMatch(/\/19700101\/eu-west-1\/s3tables\/aws4_request, SignedHeaders=accept;.*x-amz-security-token/);
    }
    expect(new Set(server.heard.map(({ headers }) => headers.authorization)).size).toBeGreaterThan(1);
  });
});

function signer(options: { region: string; signingName: string; nowMs: number; sessionToken?: string }): RestAuthoriser {
  const { nowMs, sessionToken, ...rest } = options;
  const held = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken };
  return sigV4({ ...rest, credentials: async () => held, clock: { nowMs: () => nowMs } });
}

async function tokenServer(answer: (form: URLSearchParams) => readonly [number, unknown]): Promise<string> {
  const http = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const [status, json] = answer(new URLSearchParams(body));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  closing.push(
    () =>
      new Promise((done) => {
        http.closeAllConnections();
        http.close(() => done());
      }),
  );
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/token`;
}
