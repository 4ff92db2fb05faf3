// How `recover` reaches Kafka: brokers from Amazon MSK or the configuration, the login from Secrets Manager or the function's role. The names
// in secrets are those that Lambda's event sources take: `username` and `password`; `certificate`, `privateKey` and `privateKeyPassword`
// (AWS Lambda developer guide, "Configuring cluster authentication methods"). No value of a secret is logged or put in an error.
import { findMskBrokers } from '../../src/aws/msk-brokers.ts';
import { mskToken } from '../../src/aws/msk-token.ts';
import { InputRefusedError } from '../../src/errors.ts';
import type { KafkaReader } from '../../src/kafka-ports.ts';
import { type ClientOptions, clientOptions } from '../../src/local/kafka/client-options.ts';
import { makeKafkaReader } from '../../src/local/kafka/reader.ts';
import type { KafkaPlace } from './config.ts';

export type ReadSecret = (arn: string) => Promise<Readonly<Record<string, unknown>>>;

/** A reader that connects with its first call. */
export async function connectKafka(
  place: KafkaPlace,
  tools: { readonly readSecret: ReadSecret; readonly region: string },
): Promise<KafkaReader> {
  return makeKafkaReader(await optionsOf(place, tools));
}

/** Options of the client for a place. */
export async function optionsOf(
  place: KafkaPlace,
  { readSecret, region }: { readonly readSecret: ReadSecret; readonly region: string },
): Promise<ClientOptions> {
  const { brokers, isPlaintext } =
    place.kind === 'msk' ? await findMskBrokers(place) : { brokers: place.bootstrapServers, isPlaintext: place.isPlaintext === true };
  const login = place.secretArn === undefined ? {} : await readSecret(place.secretArn);
  const authority = place.caSecretArn === undefined ? {} : await readSecret(place.caSecretArn);
  const properties = new Map(Object.entries(propertiesOf(place, { login, region, isPlaintext })));
  if (place.caSecretArn !== undefined) properties.set('ssl.truststore.certificates', memberOf(authority, 'certificate'));
  const options = clientOptions({ brokers, properties, groupId: 'firn.recover', mskToken });
  return place.authentication === 'client-certificate' ? withCertificate(options, login) : options;
}

type Login = Readonly<Record<string, unknown>>;

function propertiesOf(
  place: KafkaPlace,
  given: { readonly login: Login; readonly region: string; readonly isPlaintext: boolean },
): Record<string, string> {
  const { login, region, isPlaintext } = given;
  const secured = isPlaintext ? 'SASL_PLAINTEXT' : 'SASL_SSL';
  const named = () => ({ 'sasl.username': memberOf(login, 'username'), 'sasl.password': memberOf(login, 'password') });
  switch (place.authentication) {
    case 'iam':
      return { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'AWS_MSK_IAM', 'aws.region': region };
    case 'scram-512':
      return { 'security.protocol': secured, 'sasl.mechanism': 'SCRAM-SHA-512', ...named() };
    case 'scram-256':
      return { 'security.protocol': secured, 'sasl.mechanism': 'SCRAM-SHA-256', ...named() };
    case 'plain':
      return { 'security.protocol': secured, 'sasl.mechanism': 'PLAIN', ...named() };
    case 'client-certificate':
      return { 'security.protocol': 'SSL' };
    case 'none':
      return { 'security.protocol': isPlaintext ? 'PLAINTEXT' : 'SSL' };
  }
}

function withCertificate(options: ClientOptions, login: Login): ClientOptions {
  const passphrase = login['privateKeyPassword'];
  return {
    ...options,
    tls: {
      ...(options.tls as object),
      cert: memberOf(login, 'certificate'),
      key: memberOf(login, 'privateKey'),
      ...(typeof passphrase === 'string' && passphrase !== '' ? { passphrase } : {}),
    },
  };
}

function memberOf(secret: Login, name: string): string {
  const value = secret[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new InputRefusedError(`the secret with the Kafka login has no text '${name}'; write it as Lambda's event sources expect it`, {
    code: 'kafka-login',
  });
}
