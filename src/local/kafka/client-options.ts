// Kafka's client properties → options of @platformatic/kafka. The names are those of Kafka's own clients (client.properties of the
// command-line tools works as it is), with librdkafka's for user, password and PEM files. A key that is not understood is refused:
// a misspelt security setting must not connect in the clear. No value ever appears in a message (promise 11).
// Source: Apache Kafka documentation, "Consumer Configs", "Security"; librdkafka CONFIGURATION.md.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ConsumerOptions } from '@platformatic/kafka';
import { LIMITS } from '../../contract/limits.ts';
import { InputRefusedError } from '../../errors.ts';
import { systemCode } from '../io-errors.ts';

export type ClientOptions = ConsumerOptions<Buffer, Buffer, Buffer, Buffer>;
type Sasl = NonNullable<ClientOptions['sasl']>;

export interface ClientRequest {
  readonly brokers: readonly string[];
  readonly groupId: string;
  readonly properties: ReadonlyMap<string, string>;
  /** Signs a login for MSK; loaded only when `sasl.mechanism=AWS_MSK_IAM` asks for it. */
  readonly mskToken: (region: string) => Promise<string>;
}

const KNOWN = [
  'security.protocol',
  'sasl.mechanism',
  'sasl.mechanisms',
  'sasl.username',
  'sasl.password',
  'sasl.jaas.config',
  'sasl.oauthbearer.token',
  'aws.region',
  'ssl.ca.location',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
  'ssl.certificate.location',
  'ssl.key.location',
  'ssl.key.password',
  'ssl.endpoint.identification.algorithm',
  'client.id',
  'client.rack',
  'sasl.client.callback.handler.class',
] as const;

/** Options for one cluster and group. Throws InputRefusedError for what is unknown, missing or contradictory. */
export function clientOptions(request: ClientRequest): ClientOptions {
  const { properties } = request;
  for (const key of properties.keys()) {
    if (!(KNOWN as readonly string[]).includes(key)) throw refused(`does not know ${key}; known are ${KNOWN.join(', ')}`);
  }
  const protocol = properties.get('security.protocol') ?? 'PLAINTEXT';
  if (!['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'].includes(protocol)) {
    throw refused('expected security.protocol PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL');
  }
  const hasSasl = [...properties.keys()].some((key) => key.startsWith('sasl.'));
  if (hasSasl && !protocol.startsWith('SASL_')) throw refused('has sasl settings, but security.protocol has no SASL in it');
  return {
    clientId: properties.get('client.id') ?? `firn-${hostname().replace(/[^A-Za-z0-9._-]/g, '-') || 'run'}`,
    ...(properties.get('client.rack') ? { clientRack: properties.get('client.rack')! } : {}),
    groupId: request.groupId,
    bootstrapBrokers: [...request.brokers],
    ...(protocol.endsWith('SSL') ? { tls: tlsOf(properties), tlsServerName: true } : {}),
    ...(protocol.startsWith('SASL_') ? { sasl: saslOf(request) } : {}),
    connectTimeout: LIMITS.connectTimeoutMs,
    requestTimeout: LIMITS.ioTimeoutMs,
    retries: 3,
    retryDelay: LIMITS.runRetryMsMin,
    metadataMaxAge: 60_000,
    autocreateTopics: false,
    isolationLevel: 1,
    groupProtocol: 'classic',
    // Cooperative: members keep what they have while others come and go (KIP-429).
    protocols: [{ name: 'cooperative-sticky', version: 1 }],
    sessionTimeout: LIMITS.groupSessionMs,
    heartbeatInterval: LIMITS.groupHeartbeatMs,
    rebalanceTimeout: LIMITS.groupRebalanceMs,
  };
}

function tlsOf(properties: ReadonlyMap<string, string>): NonNullable<ClientOptions['tls']> {
  const store = properties.get('ssl.truststore.location');
  if (store !== undefined && properties.get('ssl.truststore.type') !== 'PEM') {
    throw refused('names a trust store that is no PEM file: expected ssl.truststore.type=PEM, or ssl.ca.location');
  }
  // Kafka turns host names off with an empty value. A certificate of anyone would do then, so it is refused.
  if ((properties.get('ssl.endpoint.identification.algorithm') ?? 'https').toLowerCase() !== 'https') {
    throw refused('turns the check of host names off: expected ssl.endpoint.identification.algorithm=https');
  }
  const ca = properties.get('ssl.truststore.certificates') ?? fileOf(properties.get('ssl.ca.location') ?? store, 'ssl.ca.location');
  const cert = fileOf(properties.get('ssl.certificate.location'), 'ssl.certificate.location');
  const key = fileOf(properties.get('ssl.key.location'), 'ssl.key.location');
  const passphrase = properties.get('ssl.key.password');
  return {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function saslOf({ properties, mskToken }: ClientRequest): Sasl {
  const mechanism = properties.get('sasl.mechanism') ?? properties.get('sasl.mechanisms') ?? 'PLAIN';
  switch (mechanism) {
    case 'PLAIN':
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512': {
      const jaas = properties.get('sasl.jaas.config');
      const username = properties.get('sasl.username') ?? jaasOption(jaas, 'username');
      const password = properties.get('sasl.password') ?? jaasOption(jaas, 'password');
      if (username === undefined || password === undefined) throw refused(`needs sasl.username and sasl.password for ${mechanism}`);
      return { mechanism, username, password };
    }
    case 'OAUTHBEARER': {
      const token = properties.get('sasl.oauthbearer.token');
      if (token === undefined) throw refused('needs sasl.oauthbearer.token for OAUTHBEARER, or sasl.mechanism=AWS_MSK_IAM');
      return { mechanism, token };
    }
    case 'AWS_MSK_IAM': {
      const region = properties.get('aws.region');
      if (region === undefined) throw refused('needs aws.region for AWS_MSK_IAM');
      // A token lives fifteen minutes: a fresh one for every login.
      return { mechanism: 'OAUTHBEARER', token: () => mskToken(region) };
    }
    default:
      throw refused('expected sasl.mechanism PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or AWS_MSK_IAM');
  }
}

/** `… required username="u" password="p";` Source: Java's JAAS login configuration file. */
function jaasOption(jaas: string | undefined, name: string): string | undefined {
  const match = new RegExp(`\\b${name}\\s*=\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(jaas ?? '');
  return match?.[1]?.replace(/\\(.)/g, '$1');
}

function fileOf(path: string | undefined, key: string): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw refused(`names a file in ${key} that cannot be read (${systemCode(error) || 'unreadable'})`);
  }
}

function refused(what: string): InputRefusedError {
  return new InputRefusedError(`the Kafka configuration ${what}`, { code: 'kafka-config' });
}
