// How the event source reaches Kafka: access settings of the mapping and permissions of the function's role (Lambda polls with
// that role). Actions: AWS Lambda developer guide, "Configuring Lambda execution role permissions" and "Creating cross-account
// event source mappings"; IAM's service authorization reference for the forms of ARNs. Lambda's own managed policy is not used: it
// allows every log group and every cluster.
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { KafkaPlace } from '../functions/recover/config.ts';
import type { KafkaConfig, MskConfig, SecretAuthentication } from './config.ts';
import { allow } from './grants.ts';
import { clusterArnOf, isVpcConnection } from './msk-arn.ts';

/** What one function reads and, where records are given up to a topic of the same cluster, writes. */
export interface KafkaUse {
  readonly topic: string;
  readonly group: string;
}

/** What the mapping needs to find and enter the cluster. Brokers sorted: another order would replace the mapping. */
export function kafkaConnection(
  kafka: KafkaConfig,
): Pick<lambda.EventSourceMappingOptions, 'eventSourceArn' | 'kafkaBootstrapServers' | 'sourceAccessConfigurations'> {
  const access = accessConfigurations(kafka);
  const sourceAccessConfigurations = access.length === 0 ? {} : { sourceAccessConfigurations: access };
  return kafka.kind === 'msk'
    ? { eventSourceArn: kafka.clusterArn, ...sourceAccessConfigurations }
    : { kafkaBootstrapServers: [...kafka.bootstrapServers].sort(), ...sourceAccessConfigurations };
}

/** Lets the role poll one topic with one group, and give up records to where the configuration says. */
export function grantKafka(role: iam.IGrantable, kafka: KafkaConfig, use: KafkaUse): void {
  grantNetwork(role);
  if (kafka.kind === 'msk') allowMsk(role, kafka, use);
  allowSecrets(role, kafka);
  const destination = kafka.eventSource?.failures?.destination;
  if (destination?.kind === 's3') {
    allow(role, ['s3:ListBucket'], [destination.bucketArn]);
    allow(role, ['s3:PutObject'], [`${destination.bucketArn}/aws/lambda/*`]);
    if (destination.keyArn !== undefined) allow(role, ['kms:GenerateDataKey'], [destination.keyArn]);
  }
}

/** Lets a function of ours read topics by itself, in no group: find the brokers, log in, describe, fetch. */
export function grantKafkaReading(role: iam.IGrantable, kafka: KafkaConfig, topics: readonly string[]): void {
  if (kafka.kind === 'msk') {
    const clusterArn = clusterArnOf(kafka.clusterArn);
    allow(role, ['kafka:GetBootstrapBrokers'], [clusterArn]);
    if (kafka.authentication.kind === 'iam') {
      allow(role, ['kafka-cluster:Connect'], [clusterArn]);
      const arns = topics.map((topic) => `${clusterArn.replace(':cluster/', ':topic/')}/${topic}`);
      allow(role, ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], arns);
    }
  }
  allowSecrets(role, kafka);
}

/** How a function of ours finds the cluster and logs in: names alone, secrets by their ARN. */
export function kafkaPlace(kafka: KafkaConfig): KafkaPlace {
  const secret = secretOf(kafka);
  const login = { authentication: kafka.authentication.kind, ...(secret === undefined ? {} : { secretArn: secret.secretArn }) };
  if (kafka.kind === 'msk') {
    const { clusterArn } = kafka;
    return { kind: 'msk', clusterArn: clusterArnOf(clusterArn), isVpcConnection: isVpcConnection(clusterArn), ...login };
  }
  const { serverRootCaSecretArn: caSecretArn } = kafka;
  const authority = caSecretArn === undefined ? {} : { caSecretArn };
  const isPlaintext = kafka.authentication.kind === 'none' && caSecretArn === undefined;
  return { kind: 'brokers', bootstrapServers: [...kafka.bootstrapServers].sort(), isPlaintext, ...login, ...authority };
}

function allowSecrets(role: iam.IGrantable, kafka: KafkaConfig): void {
  const secrets = [secretOf(kafka)?.secretArn, kafka.kind === 'self-managed' ? kafka.serverRootCaSecretArn : undefined].filter(
    (arn) => arn !== undefined,
  );
  if (secrets.length > 0) allow(role, ['secretsmanager:GetSecretValue'], secrets);
  const keyArn = secretOf(kafka)?.secretKeyArn;
  if (keyArn !== undefined) allow(role, ['kms:Decrypt'], [keyArn]);
}

/** Network interfaces, of pollers or of a function in a VPC; EC2 knows no resources for these actions, hence the star. */
export function grantNetwork(role: iam.IGrantable): void {
  allow(
    role,
    [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
    ['*'],
  );
}

/** DescribeClusterV2 serves every kind of cluster; DescribeCluster knows no Serverless. */
function allowMsk(role: iam.IGrantable, kafka: MskConfig, use: KafkaUse): void {
  const clusterArn = clusterArnOf(kafka.clusterArn);
  const scram = kafka.authentication.kind === 'scram-512' ? ['kafka:ListScramSecrets'] : [];
  allow(role, ['kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers', ...scram], [clusterArn]);
  if (clusterArn !== kafka.clusterArn) allow(role, ['kafka:DescribeVpcConnection'], [kafka.clusterArn]);
  if (kafka.authentication.kind !== 'iam') return;
  const arnOf = (kind: 'topic' | 'group', name: string) => `${clusterArn.replace(':cluster/', `:${kind}/`)}/${name}`;
  allow(role, ['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], [clusterArn]);
  allow(role, ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [arnOf('topic', use.topic)]);
  allow(role, ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'], [arnOf('group', use.group)]);
  const destination = kafka.eventSource?.failures?.destination;
  if (destination?.kind === 'kafka')
    allow(role, ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], [arnOf('topic', destination.topic)]);
}

function secretOf(kafka: KafkaConfig): SecretAuthentication | undefined {
  const { authentication } = kafka;
  return authentication.kind === 'iam' || authentication.kind === 'none' ? undefined : authentication;
}

function accessConfigurations(kafka: KafkaConfig): lambda.SourceAccessConfiguration[] {
  const type = lambda.SourceAccessConfigurationType;
  const secret = secretOf(kafka);
  const kinds = {
    'scram-512': type.SASL_SCRAM_512_AUTH,
    'scram-256': type.SASL_SCRAM_256_AUTH,
    'client-certificate': type.CLIENT_CERTIFICATE_TLS_AUTH,
    plain: type.BASIC_AUTH,
  } as const;
  const access: lambda.SourceAccessConfiguration[] = [];
  if (kafka.kind === 'self-managed') {
    for (const subnetId of kafka.subnetIds) access.push({ type: type.VPC_SUBNET, uri: `subnet:${subnetId}` });
    access.push({ type: type.VPC_SECURITY_GROUP, uri: `security_group:${kafka.securityGroupId}` });
    if (kafka.serverRootCaSecretArn !== undefined) access.push({ type: type.SERVER_ROOT_CA_CERTIFICATE, uri: kafka.serverRootCaSecretArn });
  }
  if (secret !== undefined) access.push({ type: kinds[secret.kind], uri: secret.secretArn });
  return access;
}
