// What a deployment is, typed: `firn.config.ts` at the root of the repository satisfies FirnConfig. Nothing is looked up in an
// account, so synthesis works offline.
import type { EventSourceConfig } from './event-source-config.ts';
import type { SecretRef } from './secret-ref.ts';

export interface FirnConfig {
  /** Part of stack names, consumer groups and metrics: letters, digits and `-`. */
  readonly environment: string;
  /** The cluster of every source that names none. */
  readonly kafka: KafkaConfig;
  /**
   * Further clusters, by the name sources call them in `firn.source.cluster`: letters, digits and `-`.
   * @default none
   */
  readonly clusters?: Readonly<Record<string, KafkaConfig>>;
  /** Folder of the contracts, relative to the root of the repository. @default 'schemas' */
  readonly schemas?: string;
  /** @default the account and region of the credentials at deployment */
  readonly account?: string;
  readonly region?: string;
  /** ARN of an SNS topic that alarms notify. @default alarms change state and notify nobody */
  readonly alarmTopicArn?: string;
  /**
   * Keeps overwritten and deleted objects for seven days. Costs storage for every maintained file and makes listings of staged
   * descriptors slower, because S3 steps over their delete markers.
   * @default false
   */
  readonly bucketVersioning?: boolean;
  /**
   * `customer`: a key of your own account, rotated every year and retained, encrypts the bucket, the doorbell and the logs; every
   * request to S3 then also asks KMS, through a bucket key. `aws`: keys that S3, SQS and CloudWatch manage, at no cost.
   * @default 'aws'
   */
  readonly encryption?: 'aws' | 'customer';
  /**
   * Compaction, expiry and clean-up of every contract's tables.
   * @default { everyHours: 6, sweep: true }
   */
  readonly maintenance?: MaintenanceConfig;
  /** Keeps function logs for so many days. @default 30 */
  readonly logRetentionDays?: 7 | 14 | 30 | 60 | 90 | 180 | 365;
}

export interface MaintenanceConfig {
  /** Hours between two runs for a contract: 1 to 24; `off`: runs are started by hand. @default 6 */
  readonly everyHours?: number | 'off';
  /** Deletes files that are proven unreferenced. @default true */
  readonly sweep?: boolean;
  /** Hours between two looks at unverified offsets, of clusters that a function reaches: 1 to 24, or `off`. @default 6 */
  readonly resolveEveryHours?: number | 'off';
}

/** Where a function of ours has to be to reach a cluster; from there S3, Glue, SQS, Secrets Manager and Amazon MSK's API need a way, too. */
export interface NetworkConfig {
  /** 1 to 16. */
  readonly subnetIds: readonly string[];
  /** 1 to 5. */
  readonly securityGroupIds: readonly string[];
}

/** What names a Kafka cluster and how to read it. */
export type KafkaConfig = MskConfig | SelfManagedKafkaConfig;

/** Amazon MSK. Lambda's pollers live in the cluster's subnets. */
export interface MskConfig {
  readonly kind: 'msk';
  /** ARN of the cluster, or of a managed VPC connection to a cluster of another account. */
  readonly clusterArn: string;
  /** The ARN does not say it. @default 'provisioned' */
  readonly clusterType?: 'provisioned' | 'express' | 'serverless';
  readonly authentication: { readonly kind: 'iam' } | { readonly kind: 'none' } | SecretAuthentication<'scram-512' | 'client-certificate'>;
  /** @default on-demand pollers, one second of gathering, retries without end */
  readonly eventSource?: EventSourceConfig;
  /**
   * Subnets and security groups from which recovery reaches the brokers. Event sources need none: their pollers live in the cluster's.
   * @default recovery is in no VPC and reaches brokers with public access alone
   */
  readonly network?: NetworkConfig;
}

/** Any Kafka reached through a VPC. */
export interface SelfManagedKafkaConfig {
  readonly kind: 'self-managed';
  /** `host:port`, one to ten. */
  readonly bootstrapServers: readonly string[];
  readonly authentication: { readonly kind: 'none' } | SecretAuthentication;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  /** Secret with the certificate authority that signed the brokers' certificates. @default a public one */
  readonly serverRootCaSecretArn?: SecretRef;
  /** @default on-demand pollers, one second of gathering, retries without end */
  readonly eventSource?: EventSourceConfig;
}

/** Credentials in Secrets Manager. */
export interface SecretAuthentication<Kind extends SecretKind = SecretKind> {
  readonly kind: Kind;
  readonly secretArn: SecretRef;
  /** Customer key the secret is encrypted with. @default the account's own key for Secrets Manager */
  readonly secretKeyArn?: string;
}

export type SecretKind = 'scram-512' | 'scram-256' | 'client-certificate' | 'plain';

/** As much of a deployment as names its clusters. */
export type Clusters = Pick<FirnConfig, 'kafka' | 'clusters'>;

/** The cluster of a source; undefined if the configuration has none of that name. */
export function clusterOf(clusters: Clusters, source: { readonly cluster?: string }): KafkaConfig | undefined {
  if (source.cluster === undefined) return clusters.kafka;
  return Object.hasOwn(clusters.clusters ?? {}, source.cluster) ? clusters.clusters![source.cluster] : undefined;
}

/** Where a function reaches the cluster from; undefined if the configuration does not say. */
export function networkOf(kafka: KafkaConfig): NetworkConfig | undefined {
  if (kafka.kind === 'msk') return kafka.network;
  return { subnetIds: kafka.subnetIds, securityGroupIds: [kafka.securityGroupId] };
}

/** Text that changes when the brokers do: what makes two clusters one. */
export function brokersOf(kafka: KafkaConfig): string {
  return kafka.kind === 'msk' ? kafka.clusterArn : [...kafka.bootstrapServers].sort().join(',');
}
