// Six deployments of twenty contracts that between them use every kind of cluster and login, both kinds of pollers, both kinds of
// keys and both places for failed records; each in two environments. Made up from end to end: no account, no network.
import type { FirnConfig, MskConfig, SelfManagedKafkaConfig } from '../../infra/config.ts';
import type { SecretRef } from '../../infra/secret-ref.ts';
import type { CompiledContract } from '../../src/contract/compiled.ts';
import { loadContract } from '../../src/contract/load-contract.ts';

export interface MatrixEntry {
  readonly name: string;
  readonly config: FirnConfig;
}

export const ENVIRONMENTS = ['dev', 'prod'] as const;
export const CONTRACTS_PER_DEPLOYMENT = 20;

const PLACE = 'eu-central-1:111122223333';
const SECRET: SecretRef = `arn:aws:secretsmanager:${PLACE}:secret:AmazonMSK_firn`;
const KEY = `arn:aws:kms:${PLACE}:key/0a1b2c3d-1111-2222-3333-444455556666`;
const UUID = '0a1b2c3d-1111-2222-3333-444455556666';

const msk = (name: string, more: Partial<MskConfig> = {}): MskConfig => ({
  kind: 'msk',
  clusterArn: `arn:aws:kafka:${PLACE}:cluster/${name}/${UUID}-7`,
  authentication: { kind: 'iam' },
  ...more,
});

const own = (more: Partial<SelfManagedKafkaConfig> = {}): SelfManagedKafkaConfig => ({
  kind: 'self-managed',
  bootstrapServers: ['b-1.kafka.example.net:9096', 'b-2.kafka.example.net:9096'],
  authentication: { kind: 'scram-512', secretArn: SECRET },
  subnetIds: ['subnet-0a1b2c3d', 'subnet-1b2c3d4e'],
  securityGroupId: 'sg-0a1b2c3d',
  ...more,
});

const POLLERS = { kind: 'provisioned', minimum: 1, maximum: 10, groupName: 'firn' } as const;

/** By name: what the clusters are. Sources alternate between `kafka` and `clusters.other` where there is one. */
const KINDS: readonly (readonly [string, Omit<FirnConfig, 'environment'>])[] = [
  ['provisioned-iam', { kafka: msk('standard') }],
  [
    'provisioned-scram',
    {
      kafka: msk('standard', { authentication: { kind: 'scram-512', secretArn: SECRET, secretKeyArn: KEY } }),
      encryption: 'customer',
      bucketVersioning: true,
    },
  ],
  [
    'provisioned-mtls',
    {
      kafka: msk('standard', {
        authentication: { kind: 'client-certificate', secretArn: SECRET },
        eventSource: {
          pollers: POLLERS,
          windowS: 5,
          failures: { retryAttemptsMax: 100, destination: { kind: 's3', bucketArn: 'arn:aws:s3:::given-up', keyArn: KEY } },
        },
      }),
      alarmTopicArn: `arn:aws:sns:${PLACE}:alerts`,
    },
  ],
  [
    'express-iam',
    {
      kafka: msk('express', {
        clusterType: 'express',
        eventSource: {
          pollers: POLLERS,
          failures: { retryAttemptsMax: 50, recordAgeMaxS: 86_400, destination: { kind: 'kafka', topic: 'firn.given-up' } },
        },
      }),
      clusters: { other: msk('express-2', { clusterType: 'express', authentication: { kind: 'scram-512', secretArn: SECRET } }) },
    },
  ],
  [
    'serverless-iam',
    {
      kafka: msk('serverless', { clusterType: 'serverless' }),
      clusters: { other: msk('elsewhere', { clusterArn: `arn:aws:kafka:${PLACE}:vpc-connection/444455556666/elsewhere/${UUID}-7` }) },
      logRetentionDays: 90,
    },
  ],
  [
    'self-managed',
    {
      kafka: own({ serverRootCaSecretArn: `${SECRET}_ca` }),
      clusters: {
        other: own({ bootstrapServers: ['c-1.kafka.example.net:9093'], authentication: { kind: 'client-certificate', secretArn: SECRET } }),
      },
      encryption: 'customer',
    },
  ],
];

/** Kinds times environments. */
export const MATRIX: readonly MatrixEntry[] = KINDS.flatMap(([name, config]) =>
  ENVIRONMENTS.map((environment) => ({ name: `${name}-${environment}`, config: { ...config, environment } })),
);

/** Twenty contracts over four namespaces; every third has two sources, one of them on the other cluster where there is one. */
export function matrixContracts({ clusters }: Pick<FirnConfig, 'clusters'>): readonly CompiledContract[] {
  return Array.from({ length: CONTRACTS_PER_DEPLOYMENT }, (_, n) => {
    const domain = ['shop', 'game', 'fleet', 'billing'][n % 4]!;
    const dataset = `dataset-${n}`;
    const first = { name: 'main', topic: `${domain}.${dataset}` };
    const second: Record<string, string> = { name: 'second', topic: `${domain}.${dataset}.more` };
    if (clusters !== undefined) second['cluster'] = 'other';
    return contractOf(domain, dataset, n % 3 === 0 ? [first, second] : [first]);
  });
}

function contractOf(domain: string, dataset: string, source: readonly object[]): CompiledContract {
  const properties = [
    { name: 'id', logicalType: 'string', required: true, logicalTypeOptions: { maxLength: 40 } },
    { name: 'happened_at', logicalType: 'timestamp', required: true, partitioned: true },
    ...Array.from({ length: 12 }, (_, n) => ({
      name: `value_${n}`,
      logicalType: n % 2 === 0 ? 'number' : 'integer',
      logicalTypeOptions: { minimum: n },
    })),
  ];
  const text = JSON.stringify({
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: `urn:firn:matrix:${domain}:${dataset}`,
    version: '1.0.0',
    status: 'active',
    domain,
    schema: [{ name: dataset.replaceAll('-', '_'), logicalType: 'object', physicalType: 'table', properties }],
    customProperties: [{ property: 'firn.source', value: source }],
  });
  const result = loadContract(text, { file: `schemas/${domain}/${dataset}.odcs.json`, assignIds: true });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.contract;
}
