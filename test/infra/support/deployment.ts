// A deployment of two contracts, one with two sources, synthesised without bundling: the templates are what is asserted.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type BuiltApp, buildApp } from '../../../infra/build-app.ts';
import type { FirnConfig, SelfManagedKafkaConfig } from '../../../infra/config.ts';
import type { FunctionCode } from '../../../infra/constructs/firn-pipeline.ts';
import type { CompiledContract, SourcePlan } from '../../../src/contract/compiled.ts';
import { LIMITS } from '../../../src/contract/limits.ts';

export const CLUSTER_ARN = 'arn:aws:kafka:eu-central-1:111122223333:cluster/game/0a1b2c3d-1111-2222-3333-444455556666-1';

export const CONFIG: FirnConfig = {
  environment: 'test',
  kafka: { kind: 'msk', clusterArn: CLUSTER_ARN, authentication: { kind: 'iam' } },
  alarmTopicArn: 'arn:aws:sns:eu-central-1:111122223333:alerts',
};

export const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:kafka';

export const SELF_MANAGED: SelfManagedKafkaConfig = {
  kind: 'self-managed',
  bootstrapServers: ['b-1.example.net:9096', 'b-2.example.net:9096'],
  authentication: { kind: 'scram-256', secretArn: SECRET },
  subnetIds: ['subnet-1'],
  securityGroupId: 'sg-1',
};

export const CONTRACTS: readonly CompiledContract[] = [
  contractOf('game.access-events', 'access_events', [source('access', 'game.access-events')]),
  contractOf('shop.orders', 'orders', [source('eu', 'orders.eu'), { ...source('us', 'orders.us'), generation: 2 }]),
];

export function source(name: string, topic: string): SourcePlan {
  return { name, topic, generation: 1, format: 'json' };
}

/** As much of a contract as a deployment reads. */
export function contractOf(name: string, table: string, sources: readonly SourcePlan[]): CompiledContract {
  const namespace = name.split('.')[0]!;
  return {
    name,
    urn: `urn:firn:${name}`,
    version: '1.0.0',
    file: `schemas/${name}.odcs.yaml`,
    sources,
    programHash: '0'.repeat(64),
    tables: [
      {
        identifier: { namespace, name: table },
        program: { maxBytes: LIMITS.recordValueBytesDefault },
      } as CompiledContract['tables'][number],
    ],
  };
}

/** Function code that is there, so that the assets can be staged. */
export function plainCode(contracts: readonly CompiledContract[]): FunctionCode {
  const directory = mkdtempSync(join(tmpdir(), 'firn-plain-code-'));
  writeFileSync(join(directory, 'index.mjs'), 'export const handler = async () => {};\n');
  const code = () => lambda.Code.fromAsset(directory);
  return {
    land: new Map(contracts.map((contract) => [contract.name, code()])),
    commit: code(),
    watch: code(),
    maintain: code(),
    recover: code(),
    contractsFile: 'contracts.json',
  };
}

export interface Deployment extends BuiltApp {
  readonly dataTemplate: Template;
  readonly ingestTemplate: Template;
  readonly maintenanceTemplate: Template;
}

export function deploy(config: FirnConfig = CONFIG, contracts: readonly CompiledContract[] = CONTRACTS): Deployment {
  const built = buildApp({
    config,
    contracts,
    code: plainCode(contracts),
    app: { builtinCloudFormationValidation: false, context: CONTEXT },
  });
  return {
    ...built,
    dataTemplate: Template.fromStack(built.data),
    ingestTemplate: Template.fromStack(built.ingest),
    maintenanceTemplate: Template.fromStack(built.maintenance),
  };
}

/** Flags of cdk.json that change templates. */
const CONTEXT = { '@aws-cdk/aws-iam:minimizePolicies': true };

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Resources of a type by logical id. */
export function resourcesOf(template: Template, type: string): ReadonlyMap<string, Resource> {
  return new Map(Object.entries(template.findResources(type) as Record<string, Resource>));
}
