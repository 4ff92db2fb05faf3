// A broker that wants a certificate of the client and gets none, over real TLS: the run is told what to do, not to try again.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type SecureVersion, type Server } from 'node:tls';
import { MultipleErrors, NetworkError } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientOptions } from '../../../src/local/kafka/client-options.ts';
import { codeOf } from '../../../src/local/kafka/errors.ts';
import { makeEventSource } from '../../../src/local/kafka/event-source.ts';
import { makeKafkaReader } from '../../../src/local/kafka/reader.ts';
import { makeTlsAlerts } from '../../../src/local/kafka/tls-alerts.ts';
import { type Certificates, makeCertificates } from '../../interop/kafka/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'firn-tls-'));
let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs with the options for a server that wants a certificate of the client and says nothing by Kafka's protocol. */
async function withServer(maxVersion: SecureVersion, run: (options: ReturnType<typeof clientOptions>) => Promise<void>): Promise<void> {
  const broker = readFileSync(certificates.brokerStore);
  const ca = readFileSync(certificates.clientCertificate);
  const server: Server = createServer(
    { key: broker, cert: broker, requestCert: true, rejectUnauthorized: true, ca, maxVersion },
    (socket) => socket.end(),
  );
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const properties = new Map([
    ['security.protocol', 'SSL'],
    ['ssl.ca.location', certificates.brokerCertificate],
  ]);
  const brokers = [`127.0.0.1:${(server.address() as AddressInfo).port}`];
  try {
    await run({ ...clientOptions({ brokers, groupId: 'g', properties, mskToken: async () => '' }), retries: 1, retryDelay: 1 });
  } finally {
    await new Promise((done) => void server.close(done));
  }
}

describe('a broker that wants a certificate of the client and gets none', () => {
  test.each(['TLSv1.3', 'TLSv1.2'] as const)('by %s is told from one that is away, whatever is asked first', async (version) => {
    const refusal = { name: 'InputRefusedError', code: 'kafka-certificate', message: expect.stringContaining('ssl.certificate.location') };
    await withServer(version, async (options) => {
      const reader = makeKafkaReader(options);
      await expect(reader.describe(['events'])).rejects.toMatchObject(refusal);
      await reader.close();
      const events = makeEventSource(options, ['events']);
      await expect(events.assignment()).rejects.toMatchObject(refusal);
      await events.close();
    });
  });
});

describe('what is said by TLS of a connection that stands', () => {
  const closed = new NetworkError('Connection closed');
  const alert = (code: string) => new NetworkError('Connection error', { cause: Object.assign(new Error('x'), { code }) });
  const REQUIRED = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED';

  function connected() {
    const alerts = makeTlsAlerts();
    const failing: ((error: Error) => void)[] = [];
    const connection = { on: (_: 'error', listener: (error: Error) => void) => void failing.push(listener) };
    alerts.watch({ on: (_, listener) => listener({ connection }) }, 'connect');
    return { alerts, fail: (error: Error) => failing.forEach((listener) => void listener(error)) };
  }

  test('explains a connection that was closed, alone or after several attempts', () => {
    const { alerts, fail } = connected();
    expect(alerts.explain(closed)).toBe(closed);
    fail(alert(REQUIRED));
    for (const error of [closed, new MultipleErrors('failed', [closed, closed])]) expect(codeOf(alerts.explain(error))).toBe(REQUIRED);
  });

  test('explains nothing that has another cause, and nothing after an answer', () => {
    const { alerts, fail } = connected();
    fail(alert(REQUIRED));
    for (const error of [alert('ECONNREFUSED'), new Error('x'), undefined]) expect(alerts.explain(error)).toBe(error);
    alerts.clear();
    expect(alerts.explain(closed)).toBe(closed);
  });

  test('is no failure that is not TLS', () => {
    const { alerts, fail } = connected();
    fail(alert('ECONNRESET'));
    fail(new Error('x'));
    expect(alerts.explain(closed)).toBe(closed);
  });
});
