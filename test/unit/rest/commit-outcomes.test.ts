// The outcome of a commit over HTTP, exactly: what the server said, whether it had acted, and what the client may conclude.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { CommitOutcome } from '../../../src/ports.ts';
import { anonymous } from '../../../src/rest/authorisers.ts';
import { makeRestCatalog } from '../../../src/rest/rest-catalog.ts';
import { type CatalogPorts, changeOn, commitOn, look, snapshotOn, tryCreate } from '../../conformance/support/tables.ts';
import { makeMemoryPorts } from '../../support/memory/index.ts';
import { type HttpFault, type RestServer, type RestServerOptions, startRestServer } from '../../support/rest/server.ts';

const TABLE = { namespace: 'game', name: 'events' };
const isCommit = ({ method, path }: { method: string; path: string }) => method === 'POST' && path.includes('/tables/');

let server: RestServer;
let ports: CatalogPorts;

async function start(options: RestServerOptions = {}): Promise<void> {
  const memory = makeMemoryPorts();
  server = await startRestServer({ files: memory.ports.files, ...options });
  const catalog = makeRestCatalog({ uri: server.uri, authoriser: anonymous, clock: memory.ports.clock, ids: memory.ports.ids });
  ports = { ...memory.ports, catalog };
  await catalog.ensureNamespace('game');
  expect(await tryCreate(ports, TABLE)).toBe('created');
}

/** Commits a snapshot while every commit of so many meets the fault. */
async function commitWith(
  fault: HttpFault,
  times = Number.POSITIVE_INFINITY,
): Promise<{ outcome: CommitOutcome; sent: number; applied: boolean }> {
  const base = await look(ports, TABLE);
  const prepared = await snapshotOn(ports, base);
  const before = server.heard.length;
  let left = times;
  server.fault = (request) => (isCommit(request) && left-- > 0 ? fault : undefined);
  const outcome = await commitOn(ports, base, prepared);
  server.fault = undefined;
  const { metadata } = await look(ports, TABLE);
  const applied = metadata.snapshots.some((snapshot) => snapshot['snapshot-id'] === prepared.snapshotId);
  return { outcome, sent: server.heard.slice(before).filter(isCommit).length, applied };
}

const model = (type: string, code: number) => JSON.stringify({ error: { message: 'no', type, code } });

beforeEach(() => start());
afterEach(() => server.close());

describe('promise 3: whatever is not recognised is unknown', () => {
  test.each([500, 502, 503, 504, 520, 302, 408, 418])(
    '%d is unknown, whether the server acted or not, and is sent once',
    async (status) => {
      for (const kind of ['answer-before', 'answer-after'] as const) {
        const { outcome, sent, applied } = await commitWith({ kind, status, text: 'a proxy says' });
        expect(outcome.kind).toBe('unknown');
        expect(sent).toBe(1);
        expect(applied).toBe(kind === 'answer-after');
      }
    },
  );

  test.each(['reset-before', 'reset-after'] as const)('a connection that ends (%s) is unknown and is sent once', async (kind) => {
    const { outcome, sent, applied } = await commitWith({ kind });
    expect(outcome.kind).toBe('unknown');
    expect(sent).toBe(1);
    expect(applied).toBe(kind === 'reset-after');
  });

  test('a server that cannot be reached is unknown', async () => {
    const base = await look(ports, TABLE);
    const prepared = await snapshotOn(ports, base);
    await server.close();
    expect((await commitOn(ports, base, prepared)).kind).toBe('unknown');
    await start();
  });
});

describe('what is known not to be applied', () => {
  test.each([401, 403, 404, 405, 406, 419])('%d is refused', async (status) => {
    const { outcome, applied } = await commitWith({ kind: 'answer-before', status, text: model('SomeException', status) });
    expect(outcome).toMatchObject({ kind: 'refused', cause: { name: 'RestError', status, type: 'SomeException' } });
    expect(applied).toBe(false);
  });

  test.each([400, 422])('%d is refused on a table that has not moved, a conflict on one that has', async (status) => {
    const fault = { kind: 'answer-before', status, text: model('ValidationException', status) } as const;
    expect((await commitWith(fault)).outcome.kind).toBe('refused');
    const base = await look(ports, TABLE);
    const mine = await snapshotOn(ports, base);
    const others = await changeOn(ports, base, (metadata) => ({ ...metadata, properties: { ...metadata.properties, moved: 'yes' } }));
    expect((await commitOn(ports, base, others)).kind).toBe('committed');
    server.fault = (request) => (isCommit(request) ? fault : undefined);
    expect(await commitOn(ports, base, mine)).toEqual({ kind: 'conflict' });
  });

  test('429 is a conflict: turned away unprocessed, to be tried again after a pause', async () => {
    expect((await commitWith({ kind: 'answer-before', status: 429 })).outcome).toEqual({ kind: 'conflict' });
  });

  test('a conflict of a request that a proxy repeated after it had succeeded is our own success', async () => {
    const { outcome, applied } = await commitWith({ kind: 'answer-after', status: 409, text: model('CommitFailedException', 409) });
    expect(outcome).toEqual({ kind: 'committed' });
    expect(applied).toBe(true);
  });

  test('a conflict is unknown while nobody can look at the table', async () => {
    const base = await look(ports, TABLE);
    const prepared = await snapshotOn(ports, base);
    server.fault = (request) =>
      isCommit(request)
        ? { kind: 'answer-before', status: 409 }
        : request.path.includes('/tables/')
          ? { kind: 'answer-before', status: 503 }
          : undefined;
    expect((await commitOn(ports, base, prepared)).kind).toBe('unknown');
  });

  test('a success is a success whatever its body is', async () => {
    const { outcome, applied } = await commitWith({ kind: 'answer-after', status: 200, text: '{"metadata":' });
    expect(outcome).toEqual({ kind: 'committed' });
    expect(applied).toBe(true);
  });
});

describe('a catalog that tells repeats of a keyed request apart', () => {
  beforeEach(async () => {
    await server.close();
    await start({ config: { 'idempotency-key-lifetime': 'PT30M' } });
  });

  test.each(['reset-before', 'reset-after'] as const)(
    'gets the same key again until it answers (%s), and the commit is there once',
    async (kind) => {
      const { outcome, sent, applied } = await commitWith({ kind }, 2);
      expect({ outcome, sent, applied }).toEqual({ outcome: { kind: 'committed' }, sent: 3, applied: true });
      const keys = server.heard.filter(isCommit).map((request) => request.headers['idempotency-key']);
      expect(new Set(keys).size).toBe(1);
      expect(keys[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(String(keys[0]).replaceAll('-', '').slice(0, 12), 16)).toBeLessThanOrEqual(ports.clock.nowMs());
    },
  );

  test('after one unknown answer only success is believed', async () => {
    const base = await look(ports, TABLE);
    const prepared = await snapshotOn(ports, base);
    const answers: HttpFault[] = [{ kind: 'reset-before' }, { kind: 'answer-before', status: 409 }];
    server.fault = (request) => (isCommit(request) ? answers.shift() : undefined);
    expect((await commitOn(ports, base, prepared)).kind).toBe('unknown');
  });

  test('repeats end with the attempts, and with the life of the key', async () => {
    expect((await commitWith({ kind: 'reset-before' })).sent).toBe(LIMITS.ioAttemptsMax);
    await server.close();
    await start({ config: { 'idempotency-key-lifetime': 'PT10S' } });
    expect((await commitWith({ kind: 'reset-before' })).sent).toBe(1);
  });

  test('two commits have two keys', async () => {
    for (let commit = 0; commit < 2; commit++) expect((await commitWith({ kind: 'reset-after' }, 0)).outcome.kind).toBe('committed');
    expect(new Set(server.heard.filter(isCommit).map((request) => request.headers['idempotency-key'])).size).toBe(2);
  });
});
