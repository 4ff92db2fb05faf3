// Secrets nobody ever used, made from a seed in the forms their services document, each in a file as people write them: what the
// scan has to find. Nothing here is a secret as it stands, so that the scan of this repository does not find its own test.

export interface PlantedSecret {
  readonly kind: string;
  readonly path: string;
  readonly text: string;
  /** Line of the secret, from 1. */
  readonly line: number;
}

type Chance = (below: number) => number;

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const ALPHANUMERIC = LOWER + UPPER + DIGITS;
const HEX = `${DIGITS}abcdef`;

/** `count` secrets, kinds and surroundings in turn. */
export function plantSecrets(count: number, seed: number): readonly PlantedSecret[] {
  const chance = chanceOf(seed);
  return Array.from({ length: count }, (_, n) => {
    const [kind, make] = KINDS[n % KINDS.length]!;
    const surroundings = SURROUNDINGS[Math.floor(n / KINDS.length) % SURROUNDINGS.length]!;
    return { kind, ...surroundings(make(chance, n), n) };
  });
}

/** How each kind is written, with the secret in it. */
const KINDS: readonly (readonly [string, (chance: Chance, n: number) => string])[] = [
  [
    'plain login of Kafka',
    (c) =>
      `sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="svc" ${'pass'}word="${word(c, ALPHANUMERIC, 24)}";`,
  ],
  [
    'SCRAM login of Kafka',
    (c) =>
      `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username='etl' ${'pass'}word='${word(c, ALPHANUMERIC, 16)}';`,
  ],
  ['password of a Kafka client', (c) => `sasl.${'pass'}word=${word(c, `${ALPHANUMERIC}/+`, 64)}`],
  ['password of a key store', (c) => `ssl.keystore.${'pass'}word=${word(c, ALPHANUMERIC, 14)}`],
  ['login of a schema registry', (c) => `basic.auth.${'user'}.info=${word(c, UPPER + DIGITS, 16)}:${word(c, `${ALPHANUMERIC}/+`, 64)}`],
  [
    'Slack webhook',
    (c) =>
      `webhook: https://hooks.slack.com/${'services'}/T${word(c, UPPER + DIGITS, 10)}/B${word(c, UPPER + DIGITS, 10)}/${word(c, ALPHANUMERIC, 24)}`,
  ],
  ['Slack bot token', (c) => `slack_token: ${'xox'}b-${word(c, DIGITS, 12)}-${word(c, DIGITS, 12)}-${word(c, ALPHANUMERIC, 24)}`],
  ['PagerDuty integration key', (c) => `pagerduty_integration_key: ${word(c, HEX, 32)}`],
  ['PagerDuty routing key in JSON', (c) => `{ "routing_key": "${word(c, HEX, 32)}", "event_action": "trigger" }`],
  ['PagerDuty API token', (c) => `Authorization: Token ${'token'}=${word(c, ALPHANUMERIC, 20)}`],
  ['Opsgenie API key', (c) => `Authorization: Genie${'Key'} ${uuid(c)}`],
  ['Opsgenie key in a configuration', (c) => `opsgenie_api_key = "${uuid(c)}"`],
  ['database URL', (c) => `DATABASE_URL=postgres://lake:${word(c, ALPHANUMERIC, 18)}@db.internal:5432/catalog`],
  [
    'JDBC URL with a password',
    (c) => `url=jdbc:postgresql://db.internal:5432/catalog?user=lake&${'pass'}word=${word(c, ALPHANUMERIC, 14)}&ssl=true`,
  ],
  [
    'JDBC URL of SQL Server',
    (c) => `jdbc:sqlserver://db.internal:1433;databaseName=catalog;user=lake;${'pass'}word=${word(c, ALPHANUMERIC, 14)};encrypt=true`,
  ],
  ['AWS access key id', (c) => `aws_access_key_id = ${'AK'}IA${word(c, `${UPPER}234567`, 16)}`],
  ['AWS secret access key', (c) => `aws_${'secret'}_access_key = ${word(c, `${ALPHANUMERIC}/+`, 40)}`],
  [
    'AWS secret in a program',
    (c) => `const client = new S3Client({ credentials: { accessKeyId, ${'secret'}AccessKey: '${word(c, `${ALPHANUMERIC}/+`, 40)}' } });`,
  ],
  ['Google API key', (c) => `maps_key: ${'AI'}za${word(c, `${ALPHANUMERIC}_-`, 35)}`],
  [
    'Azure storage key',
    (c) =>
      `connection=DefaultEndpointsProtocol=https;AccountName=lake;${'Account'}Key=${word(c, `${ALPHANUMERIC}/+`, 86)}==;EndpointSuffix=core.windows.net`,
  ],
  [
    'private key',
    (c) =>
      `${'-'.repeat(5)}BEGIN RSA PRIVATE KEY${'-'.repeat(5)}\n${word(c, `${ALPHANUMERIC}/+`, 64)}\n${word(c, `${ALPHANUMERIC}/+`, 64)}`,
  ],
  [
    'private key in JSON',
    (c) => `{ "private_key": "${'-'.repeat(5)}BEGIN PRIVATE KEY${'-'.repeat(5)}\\n${word(c, `${ALPHANUMERIC}/+`, 64)}\\n" }`,
  ],
  ['GitHub token', (c) => `token: ${'gh'}p_${word(c, ALPHANUMERIC, 36)}`],
  ['GitLab token', (c) => `token: ${'gl'}pat-${word(c, ALPHANUMERIC, 20)}`],
  ['npm token', (c) => `//registry.example.net/:_auth${'Token'}=${'np'}m_${word(c, ALPHANUMERIC, 36)}`],
  [
    'JSON web token',
    (c) => `token = "${'ey'}J${word(c, ALPHANUMERIC, 33)}.${'ey'}J${word(c, ALPHANUMERIC, 60)}.${word(c, `${ALPHANUMERIC}_-`, 43)}"`,
  ],
  ['bearer token', (c) => `-H "Authorization: Bearer ${word(c, ALPHANUMERIC, 40)}"`],
  ['password in a program', (c) => `const ${'pass'}word = '${word(c, `${ALPHANUMERIC}!#%&*-_=+`, 20)}';`],
  ['API key in an environment', (c) => `SERVICE_${'API'}_KEY=${word(c, ALPHANUMERIC, 32)}`],
  ['client secret of OAuth', (c) => `  client_${'secret'}: "${word(c, `${ALPHANUMERIC}~._-`, 40)}"`],
];

/** What a file around the line looks like. */
const SURROUNDINGS: readonly ((line: string, n: number) => Omit<PlantedSecret, 'kind'>)[] = [
  (line, n) => ({
    path: `deploy/values-${n}.yaml`,
    text: `# values of the deployment\nreplicas: 3\n${line}\nimage: lake:1.4.2\n`,
    line: 3,
  }),
  (line, n) => ({ path: `.env.${n}`, text: `# local settings\nLOG_LEVEL=debug\nREGION=eu-central-1\n${line}\n`, line: 4 }),
  (line, n) => ({
    path: `src/client-${n}.ts`,
    text: `import { connect } from './connect.ts';\n\n// ${line.split('\n').join('\n')}\nexport const client = connect();\n`,
    line: 3,
  }),
  (line, n) => ({
    path: `docs/setup-${n}.md`,
    text: `# Setup\n\nPut this into the configuration:\n\n    ${line.split('\n').join('\n    ')}\n\nand restart.\n`,
    line: 5,
  }),
  (line, n) => ({
    path: `config/kafka-${n}.properties`,
    text: `bootstrap.servers=b-1:9096,b-2:9096\nsecurity.protocol=SASL_SSL\n${line}\n`,
    line: 3,
  }),
  (line, n) => ({
    path: `scripts/run-${n}.sh`,
    text: `#!/usr/bin/env bash\nset -euo pipefail\n# ${line.split('\n').join('\n')}\nexec node run.ts\n`,
    line: 3,
  }),
  (line, n) => ({
    path: `notes-${n}.txt`,
    text: `seen on the broker this morning\r\n${line.split('\n').join('\r\n')}\r\nask Ann\r\n`,
    line: 2,
  }),
];

function word(chance: Chance, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[chance(alphabet.length)]).join('');
}

function uuid(chance: Chance): string {
  return [8, 4, 4, 4, 12].map((length) => word(chance, HEX, length)).join('-');
}

/** Park and Miller's generator: the same secrets for the same seed, everywhere. */
function chanceOf(seed: number): Chance {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.floor((state / 2_147_483_647) * below);
  };
}
