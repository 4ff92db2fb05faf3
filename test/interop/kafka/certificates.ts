// Certificates of one run: the broker's, in its name 127.0.0.1 alone, and a client's; each is its own authority. Made by openssl.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../processes.ts';

export interface Certificates {
  /** PEM: key and certificate in one file, as the broker reads them. */
  readonly brokerStore: string;
  readonly brokerCertificate: string;
  readonly clientKey: string;
  readonly clientCertificate: string;
}

/** Paths of PEM files, valid for two days. */
export function makeCertificates(folder: string): Certificates {
  mkdirSync(folder, { recursive: true });
  const broker = makeOne(folder, 'broker', 'subjectAltName=IP:127.0.0.1');
  const client = makeOne(folder, 'client', 'extendedKeyUsage=clientAuth');
  const brokerStore = join(folder, 'broker-store.pem');
  writeFileSync(brokerStore, `${readFileSync(broker.key, 'utf8')}${readFileSync(broker.certificate, 'utf8')}`);
  return { brokerStore, brokerCertificate: broker.certificate, clientKey: client.key, clientCertificate: client.certificate };
}

function makeOne(folder: string, name: string, extension: string): { readonly key: string; readonly certificate: string } {
  const [key, certificate] = [join(folder, `${name}.key.pem`), join(folder, `${name}.pem`)];
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=firn-${name}`, '-addext', extension];
  const made = run('openssl', ['req', ...kind, '-keyout', key, '-out', certificate]);
  if (made.status !== 0) throw new Error(`openssl failed; openssl 1.1.1 or later is needed on the PATH: ${made.stderr.slice(-500)}`);
  return { key, certificate };
}
