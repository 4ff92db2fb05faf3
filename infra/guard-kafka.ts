// Rules about one cluster of a configuration: who may come in how, and what an event source may do when a function fails. Sources:
// AWS Lambda developer guide, "Configuring Amazon MSK cluster authentication methods", "Kafka scaling modes", "Configuring error
// handling controls for Kafka event sources"; AWS Lambda API, CreateEventSourceMapping.
import type { KafkaConfig, MskConfig, NetworkConfig, SecretAuthentication, SelfManagedKafkaConfig } from './config.ts';
import type { FailureHandling, ProvisionedPollers } from './event-source-config.ts';
import { isTopicName } from './guard-mappings.ts';
import { isBroker, isBucketArn, isKeyArn } from './guard-words.ts';
import { isMskArn, isVpcConnection } from './msk-arn.ts';
import { isSecretRef } from './secret-ref.ts';

/** `at` is where in the configuration: `kafka`, `clusters.eu`. No value of a secret's field is quoted. */
export function kafkaProblems(at: string, kafka: KafkaConfig): string[] {
  const own = kafka.kind === 'msk' ? mskProblems(at, kafka) : brokerProblems(at, kafka);
  return [...own, ...secretProblems(at, kafka), ...eventSourceProblems(at, kafka)];
}

function mskProblems(at: string, kafka: MskConfig): string[] {
  const problems: string[] = [];
  const { kind } = kafka.authentication as { readonly kind: string };
  if (!isMskArn(kafka.clusterArn))
    problems.push(`${at}.clusterArn is '${kafka.clusterArn}': expected arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>`);
  if (!['iam', 'scram-512', 'client-certificate', 'none'].includes(kind))
    problems.push(`${at}.authentication is ${kind}: MSK knows iam, scram-512, client-certificate and none`);
  if (kafka.clusterType === 'serverless' && kind !== 'iam')
    problems.push(`${at}.authentication is ${kind}: MSK Serverless knows iam alone`);
  if (kafka.clusterType === 'serverless' && isVpcConnection(kafka.clusterArn))
    problems.push(`${at}.clusterArn is a VPC connection: Lambda reads MSK Serverless in its own account alone`);
  if (kafka.network !== undefined) problems.push(...networkProblems(`${at}.network`, kafka.network));
  if (kind === 'none' && isVpcConnection(kafka.clusterArn))
    problems.push(`${at}.authentication is none: a VPC connection asks for iam, scram-512 or client-certificate`);
  return problems;
}

/** AWS Lambda API, VpcConfig. */
function networkProblems(at: string, { subnetIds, securityGroupIds }: NetworkConfig): string[] {
  const problems: string[] = [];
  if (!isWhole(subnetIds.length, 1, 16)) problems.push(`${at}.subnetIds has ${subnetIds.length}: expected 1 to 16`);
  if (!isWhole(securityGroupIds.length, 1, 5)) problems.push(`${at}.securityGroupIds has ${securityGroupIds.length}: expected 1 to 5`);
  for (const id of subnetIds) if (!/^subnet-[0-9a-z-]+$/.test(id)) problems.push(`${at}.subnetIds has '${id}': expected subnet-…`);
  for (const id of securityGroupIds) if (!/^sg-[0-9a-z-]+$/.test(id)) problems.push(`${at}.securityGroupIds has '${id}': expected sg-…`);
  return problems;
}

/** Ten brokers and 23 access settings are what a mapping takes. */
function brokerProblems(at: string, kafka: SelfManagedKafkaConfig): string[] {
  const problems: string[] = [];
  if (kafka.bootstrapServers.length === 0) problems.push(`${at}.bootstrapServers is empty: expected host:port`);
  if (kafka.bootstrapServers.length > 10) problems.push(`${at}.bootstrapServers has ${kafka.bootstrapServers.length}: at most 10`);
  for (const server of kafka.bootstrapServers) {
    if (!isBroker(server)) problems.push(`${at}.bootstrapServers has '${server}': expected host:port`);
  }
  if (kafka.subnetIds.length === 0) problems.push(`${at}.subnetIds is empty: the pollers need a subnet that reaches the brokers`);
  if (kafka.subnetIds.length > 20) problems.push(`${at}.subnetIds has ${kafka.subnetIds.length}: at most 20`);
  if (!/^sg-[0-9a-z-]+$/.test(kafka.securityGroupId)) problems.push(`${at}.securityGroupId is '${kafka.securityGroupId}': expected sg-…`);
  const { kind } = kafka.authentication as { readonly kind: string };
  if (!['scram-512', 'scram-256', 'client-certificate', 'plain', 'none'].includes(kind))
    problems.push(
      `${at}.authentication is ${kind}: Lambda knows scram-512, scram-256, client-certificate, plain and none for one's own brokers`,
    );
  return problems;
}

function secretProblems(at: string, kafka: KafkaConfig): string[] {
  const problems: string[] = [];
  const named = 'expected the ARN of a secret in Secrets Manager: a secret is named, never given';
  const { kind, ...given } = kafka.authentication as { readonly kind: string } & Partial<Omit<SecretAuthentication, 'kind'>>;
  if (kind !== 'iam' && kind !== 'none' && !isSecretRef(given.secretArn))
    problems.push(`${at}.authentication.secretArn is no ARN: ${named}`);
  if (given.secretKeyArn !== undefined && !isKeyArn(given.secretKeyArn))
    problems.push(`${at}.authentication.secretKeyArn is no ARN of a key`);
  if (kafka.kind === 'self-managed' && kafka.serverRootCaSecretArn !== undefined && !isSecretRef(kafka.serverRootCaSecretArn))
    problems.push(`${at}.serverRootCaSecretArn is no ARN: ${named}`);
  for (const key of Object.keys(kafka.authentication)) {
    if (!['kind', 'secretArn', 'secretKeyArn'].includes(key))
      problems.push(`${at}.authentication has '${key}', which is unknown: a secret is named by secretArn, never given`);
  }
  return problems;
}

function eventSourceProblems(at: string, { eventSource }: KafkaConfig): string[] {
  if (eventSource === undefined) return [];
  const problems: string[] = [];
  const { windowS, pollers, failures } = eventSource;
  if (windowS !== undefined && !isWhole(windowS, 0, 300)) problems.push(`${at}.eventSource.windowS is ${windowS}: expected 0 to 300`);
  if (pollers?.kind === 'provisioned') problems.push(...pollerProblems(`${at}.eventSource.pollers`, pollers));
  if (failures !== undefined) problems.push(...failureProblems(`${at}.eventSource.failures`, failures, pollers?.kind === 'provisioned'));
  return problems;
}

function pollerProblems(at: string, { minimum, maximum, groupName }: ProvisionedPollers): string[] {
  const problems: string[] = [];
  if (!isWhole(minimum, 1, 200)) problems.push(`${at}.minimum is ${minimum}: expected 1 to 200`);
  if (!isWhole(maximum, 1, 2_000)) problems.push(`${at}.maximum is ${maximum}: expected 1 to 2000`);
  if (minimum > maximum) problems.push(`${at}.minimum is ${minimum}, more than the maximum ${maximum}`);
  if (groupName !== undefined && !/^[A-Za-z0-9_-]{1,128}$/.test(groupName))
    problems.push(`${at}.groupName is '${groupName}': expected 1 to 128 letters, digits, - or _`);
  return problems;
}

function failureProblems(at: string, failures: FailureHandling, isProvisioned: boolean): string[] {
  const problems: string[] = [];
  const { retryAttemptsMax, recordAgeMaxS, destination } = failures;
  if (!isProvisioned)
    problems.push(`${at} needs provisioned pollers: with on-demand ones Lambda refuses limits of retries and age, and halving`);
  if (retryAttemptsMax === -1)
    problems.push(`${at}.retryAttemptsMax is -1: with a destination Lambda gives up after ten anyway and spills good data; say how many`);
  else if (!isWhole(retryAttemptsMax, 0, 10_000)) problems.push(`${at}.retryAttemptsMax is ${retryAttemptsMax}: expected 0 to 10000`);
  if (recordAgeMaxS !== undefined && !isWhole(recordAgeMaxS, 60, 604_800))
    problems.push(`${at}.recordAgeMaxS is ${recordAgeMaxS}: expected 60 to 604800`);
  if (destination === undefined) return [...problems, `${at}.destination is missing: records given up would be lost`];
  const { kind } = destination as { readonly kind: string };
  if (kind !== 's3' && kind !== 'kafka')
    return [...problems, `${at}.destination is ${kind}: it carries offsets and no records; expected s3 or kafka`];
  if (destination.kind === 'kafka' && !isTopicName(destination.topic))
    problems.push(`${at}.destination.topic is '${destination.topic}': expected the name of a topic`);
  if (destination.kind === 's3' && !isBucketArn(destination.bucketArn)) problems.push(`${at}.destination.bucketArn is no ARN of a bucket`);
  if (destination.kind === 's3' && destination.keyArn !== undefined && !isKeyArn(destination.keyArn))
    problems.push(`${at}.destination.keyArn is no ARN of a key`);
  return problems;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}
