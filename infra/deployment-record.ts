// The record of a deployment in the template's metadata, for `firn deploy-plan`: what contract/deployment.ts says, from a pipeline's own
// properties.
import type { Stack } from 'aws-cdk-lib';
import type { CompiledContract } from '../src/contract/compiled.ts';
import { DEPLOYMENT_METADATA, type DeployedCluster, deploymentToRecord } from '../src/contract/deployment.ts';
import { LIMITS } from '../src/contract/limits.ts';
import type { Clusters, KafkaConfig } from './config.ts';

export interface RecordedPipeline extends Clusters {
  readonly environment: string;
  readonly contracts: readonly CompiledContract[];
  readonly encryptionKey?: unknown;
}

/** Adds the pipeline's record under its path; a stack may have several. */
export function recordDeployment(stack: Stack, path: string, pipeline: RecordedPipeline): void {
  const { environment, contracts, kafka, clusters = {}, encryptionKey } = pipeline;
  const record = deploymentToRecord({
    environment,
    encryption: encryptionKey === undefined ? 'aws' : 'customer',
    kafka: clusterRecord(kafka),
    clusters: Object.fromEntries(Object.entries(clusters).map(([name, cluster]) => [name, clusterRecord(cluster)])),
    contracts,
  });
  const { metadata = {} } = stack.templateOptions;
  const others = metadata[DEPLOYMENT_METADATA] as Readonly<Record<string, unknown>> | undefined;
  stack.templateOptions.metadata = { ...metadata, [DEPLOYMENT_METADATA]: { ...others, [path]: record } };
}

function clusterRecord(kafka: KafkaConfig): DeployedCluster {
  const { pollers, windowS, failures } = kafka.eventSource ?? {};
  const destination = failures?.destination;
  return {
    kind: kafka.kind,
    brokers: kafka.kind === 'msk' ? [kafka.clusterArn] : [...kafka.bootstrapServers].sort(),
    authentication: kafka.authentication.kind,
    windowS: windowS ?? LIMITS.landWindowS,
    pollers: pollers?.kind === 'provisioned' ? { minimum: pollers.minimum, maximum: pollers.maximum } : 'on-demand',
    failedRecordsTo: destination?.kind === 's3' ? destination.bucketArn : destination?.topic,
  };
}
