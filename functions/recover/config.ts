// Environment of `recover`: it asks one cluster about the sources of all contracts that are read from it. How to reach the cluster is one key,
// JSON, written by infra; logins are named by the ARN of their secret and read when needed.
import { type ConfigOf, type EnvKey, environmentOf, parseEnvironment, SHARED_KEYS } from '../shared/config.ts';

/** How a function reaches a cluster, and how it comes in. */
export type KafkaPlace = {
  readonly authentication: 'iam' | 'none' | 'scram-512' | 'scram-256' | 'client-certificate' | 'plain';
  /** ARN of the secret with the login. */
  readonly secretArn?: string;
  /** ARN of the secret with the certificate authority of the brokers. */
  readonly caSecretArn?: string;
} & (
  | {
      /** Amazon MSK, which is asked for the brokers. */
      readonly kind: 'msk';
      readonly clusterArn: string;
      /** Reached through a managed VPC connection, of another account. */
      readonly isVpcConnection: boolean;
    }
  | {
      readonly kind: 'brokers';
      /** `host:port`. */
      readonly bootstrapServers: readonly string[];
      /** @default encrypted unless nobody logs in */
      readonly isPlaintext?: boolean;
    }
);

/** The place a text says; undefined if it says none. */
export function kafkaPlaceOf(text: string): KafkaPlace | undefined {
  try {
    const place = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const isMsk = place['kind'] === 'msk' && typeof place['clusterArn'] === 'string';
    const isBrokers = place['kind'] === 'brokers' && Array.isArray(place['bootstrapServers']);
    return (isMsk || isBrokers) && typeof place['authentication'] === 'string' ? (place as unknown as KafkaPlace) : undefined;
  } catch {
    return undefined;
  }
}

const kafka = {
  key: 'FIRN_KAFKA',
  expected: 'JSON that says how to reach the cluster',
  parse: (text) => (kafkaPlaceOf(text) === undefined ? undefined : text),
} as const satisfies EnvKey<string>;

const cluster = {
  key: 'FIRN_CLUSTER',
  expected: 'the name of a cluster of the configuration',
  parse: (text) => (/^[A-Za-z0-9-]{1,64}$/.test(text) ? text : undefined),
} as const satisfies EnvKey<string>;

export const RECOVER_SCHEMA = { ...SHARED_KEYS, kafka, cluster } as const;
export type RecoverConfig = ConfigOf<typeof RECOVER_SCHEMA>;

/** Service dimension of its metrics. */
export const RECOVER_SERVICE = 'firn-recover';
/** What the cluster of sources that name none is called here; a configuration may name no other so. */
export const DEFAULT_CLUSTER = 'default';
export const RECOVERY_METRICS = { landed: 'recovered-records', absent: 'recovered-absent', left: 'recovery-left-offsets' } as const;

/** What the running function reads. */
export function loadRecoverConfig(from: Readonly<Record<string, string | undefined>> = process.env): RecoverConfig {
  return parseEnvironment(RECOVER_SCHEMA, from);
}

/** What infra deploys. */
export function recoverEnvironmentOf(config: RecoverConfig): Record<string, string> {
  return environmentOf(RECOVER_SCHEMA, config);
}

/** Where Secrets Manager is, if not where its region says: the SDK's own variables. */
export function secretsEndpoint(from: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  return from['AWS_ENDPOINT_URL_SECRETS_MANAGER'] || from['AWS_ENDPOINT_URL'] || undefined;
}
