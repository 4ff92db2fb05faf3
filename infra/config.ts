// What a deployment is, typed: `firn.config.ts` at the root of the repository satisfies FirnConfig. Nothing is looked up in an
// account, so synthesis works offline.

export interface FirnConfig {
  /** Part of stack names, consumer groups and metrics: letters, digits and `-`. */
  readonly environment: string;
  readonly kafka: KafkaConfig;
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
  /** Keeps function logs for so many days. @default 30 */
  readonly logRetentionDays?: 7 | 14 | 30 | 60 | 90 | 180 | 365;
}

export type KafkaConfig = MskConfig | SelfManagedKafkaConfig;

/** Amazon MSK: provisioned, Express or Serverless. Lambda's pollers live in the cluster's subnets. */
export interface MskConfig {
  readonly kind: 'msk';
  readonly clusterArn: string;
  readonly authentication: { readonly kind: 'iam' } | { readonly kind: 'none' } | SecretAuthentication;
}

/** Any Kafka reached through a VPC. */
export interface SelfManagedKafkaConfig {
  readonly kind: 'self-managed';
  /** `host:port`, at least one. */
  readonly bootstrapServers: readonly string[];
  readonly authentication: { readonly kind: 'none' } | SecretAuthentication;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  /** Secret with the certificate authority that signed the brokers' certificates. @default a public one */
  readonly serverRootCaSecretArn?: string;
}

/** Credentials in Secrets Manager. */
export interface SecretAuthentication {
  readonly kind: 'scram-512' | 'scram-256' | 'client-certificate' | 'plain';
  readonly secretArn: string;
  /** Customer key the secret is encrypted with. @default the account's own key for Secrets Manager */
  readonly secretKeyArn?: string;
}
