// `firn run` through each kind of security that a broker without a cloud has: SASL PLAIN in the clear, SCRAM over TLS, a certificate of
// its own. With what is right a run works; with anything wrong it ends at once, says what is wrong, and tells no secret.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checks, must } from '../checks.ts';
import { GAME_CONTRACT } from '../gamegen.ts';
import { type Ran, REPOSITORY, run } from '../processes.ts';
import type { Broker } from './broker.ts';

export interface LoginStory {
  readonly checks: Checks;
  readonly broker: Broker;
  readonly warehouse: string;
  readonly folder: string;
  readonly login: { readonly user: string; readonly password: string };
}

const WRONG = 'another-secret';

type Properties = Readonly<Record<string, string>>;

export async function checkLogins(story: LoginStory): Promise<void> {
  const { checks, broker, login } = story;
  const { secured } = broker;
  must(secured, 'expected a broker with listeners that ask who comes');
  const { brokerCertificate, clientCertificate, clientKey } = secured.certificates;
  // In two pieces: what looks like a template of ours is one of the file's.
  const user = { 'sasl.username': login.user, 'sasl.password': '$'.concat('{env:FIRN_SUITE_SECRET}') };
  const plain: Properties = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN', ...user };
  const scram: Properties = {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    ...user,
    'ssl.ca.location': brokerCertificate,
  };
  const own: Properties = {
    'security.protocol': 'SSL',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': brokerCertificate,
    'ssl.certificate.location': clientCertificate,
    'ssl.key.location': clientKey,
  };
  const attempt = (address: string, properties: Properties, password: string = login.password) =>
    runWith(story, { address, properties, password });
  const works = (name: string, address: string, properties: Properties) =>
    checks.check(`kafka: ${name} works`, () => expectExit(attempt(address, properties), 0));
  const fails = (name: string, says: RegExp, ran: () => Ran) =>
    checks.check(`kafka: ${name} ends the run, and no secret is told`, () => {
      const { stdout, stderr, status } = ran();
      expectExit({ stdout, stderr, status }, 3);
      must(says.test(stderr), `expected ${says}:\n${stderr.slice(-500)}`);
      must(!/secret/.test(`${stdout}${stderr}`.replace('user and secret of', '')), 'the secret was told');
    });
  await works('a login by PLAIN, its secret from the environment,', secured.plainAddress, plain);
  await fails('a login by PLAIN that is refused', /refused the login/, () => attempt(secured.plainAddress, plain, WRONG));
  await works('a login by SCRAM over TLS', secured.scramAddress, scram);
  await fails('a login by SCRAM that is refused', /refused the login/, () => attempt(secured.scramAddress, scram, WRONG));
  await works('a certificate of the client', secured.mutualAddress, own);
  const { 'ssl.certificate.location': _certificate, 'ssl.key.location': _key, ...nobody } = own;
  await fails('a broker that wants a certificate of the client and gets none', /certificate/i, () =>
    attempt(secured.mutualAddress, nobody),
  );
  const { 'ssl.ca.location': _, ...trustsNobody } = scram;
  await fails('a broker whose certificate nobody vouches for', /certificate/i, () => attempt(secured.scramAddress, trustsNobody));
  const otherName = secured.scramAddress.replace('127.0.0.1', 'localhost');
  await fails('a broker whose certificate has another name', /certificate|name/i, () => attempt(otherName, scram));
}

function runWith(
  { warehouse, folder }: LoginStory,
  given: { readonly address: string; readonly properties: Properties; readonly password: string },
): Ran {
  const config = join(folder, 'client.properties');
  const lines = Object.entries(given.properties).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(config, lines.join(''));
  const main = join(REPOSITORY, 'src/cli/main.ts');
  const args = [main, 'run', GAME_CONTRACT, '--brokers', given.address, '--kafka-config', config, '--warehouse', warehouse, '--once'];
  return run(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { env: { FIRN_SUITE_SECRET: given.password } });
}

function expectExit({ status, stderr }: Ran, expected: number): void {
  must(status === expected, `exit ${status}\n${stderr.slice(-800)}`);
}
