// Kafka client properties: what is understood, what is refused, and that no value ever appears in a message.
import { describe, expect, test } from 'vitest';
import { InputRefusedError } from '../../../src/errors.ts';
import { clientOptions } from '../../../src/local/kafka/client-options.ts';
import { parseProperties } from '../../../src/local/kafka/properties.ts';

const SECRET = 'hunter2-do-not-print';

const options = (text: string, environment: Readonly<Record<string, string>> = {}) =>
  clientOptions({
    brokers: ['b-1:9096'],
    groupId: 'firn.game',
    properties: parseProperties(text, environment, 'client.properties'),
    mskToken: async (region) => `token for ${region}`,
  });

describe('Kafka client properties', () => {
  test("a file of Kafka's own tools is read as they read it", () => {
    const text = [
      '# a comment',
      '! another',
      '',
      'security.protocol = SASL_SSL',
      'sasl.mechanism:SCRAM-SHA-512',
      'sasl.username firn',
      'sasl.password=a\\',
      '    b',
    ].join('\n');
    expect(options(text)).toMatchObject({
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'firn', password: 'ab' },
      tls: { rejectUnauthorized: true },
    });
  });

  test('user and password are taken from a JAAS line', () => {
    const jaas = `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="firn" password="${SECRET}";`;
    expect(options(`security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-256\n${jaas}`).sasl).toEqual({
      mechanism: 'SCRAM-SHA-256',
      username: 'firn',
      password: SECRET,
    });
  });

  test('a value may come from the environment, and one that is not set is named', () => {
    const text = `security.protocol=SASL_SSL\nsasl.username=firn\nsasl.password=$\{env:KAFKA_PASSWORD}`;
    expect(options(text, { KAFKA_PASSWORD: SECRET }).sasl).toMatchObject({ mechanism: 'PLAIN', password: SECRET });
    expect(() => options(text)).toThrow(/environment variable KAFKA_PASSWORD, which is not set/);
  });

  test('a login for MSK with IAM is signed anew each time it is asked for', async () => {
    const { sasl } = options('security.protocol=SASL_SSL\nsasl.mechanism=AWS_MSK_IAM\naws.region=eu-west-1');
    expect(sasl?.mechanism).toBe('OAUTHBEARER');
    expect(await (sasl!.token as () => Promise<string>)()).toBe('token for eu-west-1');
  });

  test('only committed records are asked for, and members keep their partitions while others come and go', () => {
    expect(options('')).toMatchObject({
      isolationLevel: 1,
      protocols: [{ name: 'cooperative-sticky' }],
      groupId: 'firn.game',
      autocreateTopics: false,
    });
    expect(options('').tls).toBeUndefined();
    expect(options('').sasl).toBeUndefined();
  });

  test.each([
    ['a key that nobody knows', 'security.protcol=SASL_SSL', /does not know security\.protcol/],
    ['a protocol that nobody knows', `security.protocol=${SECRET}`, /expected security\.protocol/],
    ['a login without a protocol for it', `sasl.password=${SECRET}`, /no SASL in it/],
    ['a login without its password', 'security.protocol=SASL_SSL\nsasl.username=firn', /needs sasl\.username and sasl\.password/],
    [
      'a mechanism that nobody knows',
      `security.protocol=SASL_SSL\nsasl.mechanism=GSSAPI\nsasl.password=${SECRET}`,
      /expected sasl\.mechanism/,
    ],
    ['IAM without a region', 'security.protocol=SASL_SSL\nsasl.mechanism=AWS_MSK_IAM', /needs aws\.region/],
    ['host names left unchecked', 'security.protocol=SSL\nssl.endpoint.identification.algorithm=', /turns the check of host names off/],
    ['a trust store of Java', 'security.protocol=SSL\nssl.truststore.location=/x.jks', /no PEM file/],
    ['a file that is not there', 'security.protocol=SSL\nssl.ca.location=/does/not/exist.pem', /cannot be read \(ENOENT\)/],
    ['a key twice', `sasl.password=${SECRET}\nsasl.password=${SECRET}`, /line 2 of client\.properties repeats sasl\.password/],
    ['a line that is no property', `=${SECRET}`, /line 1 of client\.properties is no property/],
  ])('%s is refused without its value', (_name, text, message) => {
    expect(() => options(text)).toThrow(InputRefusedError);
    expect(() => options(text)).toThrow(message);
    try {
      options(text);
    } catch (error) {
      expect(String(error)).not.toContain(SECRET);
    }
  });
});
