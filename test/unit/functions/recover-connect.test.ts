// How recovery logs in: options of the client for every login a cluster may ask for, and secrets read over real HTTP from a server that says
// what Secrets Manager says, or fails as it may.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type KafkaPlace, kafkaPlaceOf } from '../../../functions/recover/config.ts';
import { optionsOf, type ReadSecret } from '../../../functions/recover/connect.ts';
import { makeSecretReader } from '../../../functions/recover/read-secret.ts';
import { findMskBrokers } from '../../../src/aws/msk-brokers.ts';
import { systemClock } from '../../../src/aws/system.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:kafka';
const WORD = 'correct-horse';
const SECRETS: Readonly<Record<string, unknown>> = {
  username: 'firn',
  password: WORD,
  certificate: 'CERTIFICATE',
  privateKey: 'KEY',
  privateKeyPassword: WORD,
};
const readSecret: ReadSecret = async () => SECRETS as Readonly<Record<string, unknown>>;
const optionsFor = (place: Partial<KafkaPlace>, read = readSecret) =>
  optionsOf({ kind: 'brokers', bootstrapServers: ['b:9096'], authentication: 'none', ...place } as KafkaPlace, {
    readSecret: read,
    region: 'eu-central-1',
  });

describe('the client of recovery', () => {
  it.each([
    ['scram-512', { mechanism: 'SCRAM-SHA-512', username: 'firn', password: WORD }],
    ['scram-256', { mechanism: 'SCRAM-SHA-256', username: 'firn', password: WORD }],
    ['plain', { mechanism: 'PLAIN', username: 'firn', password: WORD }],
  ] as const)('logs in by %s over TLS with what the secret holds', async (authentication, sasl) => {
    const options = await optionsFor({ authentication, secretArn: ARN });
    expect(options).toMatchObject({ sasl, tls: { rejectUnauthorized: true }, isolationLevel: 1 });
  });

  it('shows its certificate, and checks the brokers’ against their own authority', async () => {
    const options = await optionsFor({ authentication: 'client-certificate', secretArn: ARN, caSecretArn: ARN });
    expect(options.tls).toMatchObject({ cert: 'CERTIFICATE', key: 'KEY', passphrase: WORD, ca: 'CERTIFICATE', rejectUnauthorized: true });
    expect(options).not.toHaveProperty('sasl');
  });

  it('signs a fresh login for MSK each time', async () => {
    const { sasl } = await optionsFor({ authentication: 'iam' });
    expect(sasl).toMatchObject({ mechanism: 'OAUTHBEARER', token: expect.any(Function) });
  });

  it('is in the clear only where nobody logs in and the place says so', async () => {
    expect(await optionsFor({ isPlaintext: true } as Partial<KafkaPlace>)).not.toHaveProperty('tls');
    expect(await optionsFor({})).toHaveProperty('tls');
  });

  it('names what a secret lacks and repeats nothing of it', async () => {
    const failed = optionsFor({ authentication: 'scram-512', secretArn: ARN }, async () => ({ username: WORD }));
    await expect(failed).rejects.toThrow("no text 'password'");
    await expect(failed).rejects.not.toThrow(WORD);
  });

  it.each(['', '{', '{}', '{"kind":"msk"}', '{"kind":"brokers","authentication":"none"}'])('%j is no place', (text) => {
    expect(kafkaPlaceOf(text)).toBeUndefined();
  });
});

describe('the brokers of Amazon MSK', () => {
  const answer = {
    BootstrapBrokerStringSaslIam: 'b-1:9098,b-2:9098',
    BootstrapBrokerString: 'b-1:9092',
    BootstrapBrokerStringVpcConnectivitySaslIam: 'v-1:14001',
  };
  const client = { send: async () => answer } as unknown as NonNullable<Parameters<typeof findMskBrokers>[1]>;
  const place = { clusterArn: 'arn', isVpcConnection: false };

  it('are those of the login, of the VPC connection where there is one', async () => {
    expect(await findMskBrokers({ ...place, authentication: 'iam' }, client)).toEqual({
      brokers: ['b-1:9098', 'b-2:9098'],
      isPlaintext: false,
    });
    expect(await findMskBrokers({ ...place, authentication: 'iam', isVpcConnection: true }, client)).toMatchObject({
      brokers: ['v-1:14001'],
    });
    expect(await findMskBrokers({ ...place, authentication: 'none' }, client)).toEqual({ brokers: ['b-1:9092'], isPlaintext: true });
  });

  it('are refused by name where the cluster has none for the login', async () => {
    await expect(findMskBrokers({ ...place, authentication: 'scram-512' }, client)).rejects.toThrow('no brokers for scram-512');
  });
});

describe('a secret', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** Answers in turn; the last answer stays. */
  async function reader(...answers: readonly (readonly [number, string])[]) {
    const seen: { headers: Record<string, unknown>; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        const [status, text] = answers[Math.min(seen.length, answers.length - 1)]!;
        seen.push({ headers: request.headers, body });
        response.writeHead(status).end(text);
      });
    });
    servers.push(server);
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = async () => ({ accessKeyId: 'AKIA', secretAccessKey: 'x', sessionToken: 'token' });
    return { read: makeSecretReader({ credentials, clock: systemClock, endpoint }), seen };
  }

  it('is asked for by its ARN in a signed request', async () => {
    const { read, seen } = await reader([200, JSON.stringify({ SecretString: JSON.stringify(SECRETS) })]);
    expect(await read(ARN)).toEqual(SECRETS);
    expect(seen[0]).toMatchObject({
      body: JSON.stringify({ SecretId: ARN }),
      headers: {
        'x-amz-target': 'secretsmanager.GetSecretValue',
        'x-amz-security-token': 'token',
        authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIA\/\d{8}\/eu-central-1\/secretsmanager\/aws4_request/),
      },
    });
  });

  it('is asked for again when the service fails, and not when it says no', async () => {
    const passing = await reader([500, ''], [200, JSON.stringify({ SecretString: '{}' })]);
    expect(await passing.read(ARN)).toEqual({});
    const refusing = await reader([400, `{"Message":"${WORD}"}`]);
    const refused = refusing.read(ARN);
    await expect(refused).rejects.toThrow('Secrets Manager answers 400');
    await expect(refused).rejects.not.toThrow(WORD);
    expect(refusing.seen).toHaveLength(1);
  });

  it.each([[`{"SecretString":"${WORD}"}`], [`${WORD}`], ['{"SecretString":"[]"'], ['{}']])(
    'that is no JSON object is refused without a word of it: %#',
    async (text) => {
      const { read } = await reader([200, text]);
      const failed = read(ARN);
      await expect(failed).rejects.toThrow('it is no JSON object');
      await expect(failed).rejects.not.toThrow(WORD);
    },
  );

  it('has the ARN of a secret', async () => {
    const { read, seen } = await reader([200, '{}']);
    await expect(read('kafka')).rejects.toThrow('its ARN is none of a secret');
    expect(seen).toEqual([]);
  });
});
