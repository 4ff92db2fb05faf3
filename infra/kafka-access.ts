// How the event source reaches Kafka: access settings of the mapping and permissions of the function's role (Lambda polls with
// that role). Actions: AWS Lambda developer guide, "Amazon MSK permissions" and "IAM access control". Lambda's own managed policy
// is not used: it allows every log group and every cluster.
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { KafkaConfig, MskConfig, SecretAuthentication } from './config.ts';
import { allow } from './grants.ts';

/** What the mapping needs to find and enter the cluster. */
export function kafkaConnection(
  kafka: KafkaConfig,
): Pick<lambda.EventSourceMappingOptions, 'eventSourceArn' | 'kafkaBootstrapServers' | 'sourceAccessConfigurations'> {
  const access = accessConfigurations(kafka);
  const sourceAccessConfigurations = access.length === 0 ? {} : { sourceAccessConfigurations: access };
  return kafka.kind === 'msk'
    ? { eventSourceArn: kafka.clusterArn, ...sourceAccessConfigurations }
    : { kafkaBootstrapServers: [...kafka.bootstrapServers], ...sourceAccessConfigurations };
}

/** Text that changes when the brokers do. */
export function brokersText(kafka: KafkaConfig): string {
  return kafka.kind === 'msk' ? kafka.clusterArn : [...kafka.bootstrapServers].sort().join(',');
}

/** Lets the role poll one topic with one group. */
export function grantKafka(role: iam.IGrantable, kafka: KafkaConfig, reads: { readonly topic: string; readonly group: string }): void {
  allowNetwork(role);
  if (kafka.kind === 'msk') allowMsk(role, kafka, reads);
  const secrets = [secretOf(kafka)?.secretArn, kafka.kind === 'self-managed' ? kafka.serverRootCaSecretArn : undefined].filter(
    (arn) => arn !== undefined,
  );
  if (secrets.length > 0) allow(role, ['secretsmanager:GetSecretValue'], secrets);
  const keyArn = secretOf(kafka)?.secretKeyArn;
  if (keyArn !== undefined) allow(role, ['kms:Decrypt'], [keyArn]);
}

/** The pollers' network interfaces; EC2 knows no resources for these actions, hence the star. */
function allowNetwork(role: iam.IGrantable): void {
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

function allowMsk(role: iam.IGrantable, kafka: MskConfig, reads: { readonly topic: string; readonly group: string }): void {
  const scram = kafka.authentication.kind === 'scram-512' ? ['kafka:ListScramSecrets'] : [];
  const peer = kafka.clusterArn.includes(':vpc-connection/') ? ['kafka:DescribeVpcConnection'] : [];
  allow(role, ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers', ...scram, ...peer], [kafka.clusterArn]);
  if (kafka.authentication.kind !== 'iam') return;
  const arnOf = (kind: 'topic' | 'group', name: string) =>
    `${kafka.clusterArn.replace(/:(cluster|vpc-connection)\//, `:${kind}/`)}/${name}`;
  allow(role, ['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], [kafka.clusterArn]);
  allow(role, ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [arnOf('topic', reads.topic)]);
  allow(role, ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'], [arnOf('group', reads.group)]);
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
