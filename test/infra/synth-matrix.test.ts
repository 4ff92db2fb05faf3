import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { afterAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../infra/build-app.ts';
import { CONTRACTS_PER_DEPLOYMENT, MATRIX, matrixContracts } from '../../scripts/synth-matrix/configurations.ts';
import { synthesise } from '../../scripts/synth-matrix/synthesise.ts';
import { plainCode } from './support/deployment.ts';

const home = mkdtempSync(join(tmpdir(), 'firn-matrix-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const CLOUDFORMATION_TEMPLATE_BYTES_MAX = 1_000_000;
/** CloudFormation: resources in a stack. */
const RESOURCES_MAX = 500;

describe('the matrix of deployments', () => {
  it('has every kind of cluster, login, pollers, key and place for failed records, in two environments', () => {
    const clusters = MATRIX.flatMap(({ config }) => [config.kafka, ...Object.values(config.clusters ?? {})]);
    expect(new Set(MATRIX.map(({ config }) => config.environment)).size).toBe(2);
    expect(new Set(clusters.map((kafka) => (kafka.kind === 'msk' ? (kafka.clusterType ?? 'provisioned') : kafka.kind)))).toEqual(
      new Set(['provisioned', 'express', 'serverless', 'self-managed']),
    );
    expect(new Set(clusters.map(({ authentication }) => authentication.kind))).toEqual(new Set(['iam', 'scram-512', 'client-certificate']));
    expect(new Set(clusters.map(({ eventSource }) => eventSource?.pollers?.kind ?? 'on-demand'))).toEqual(
      new Set(['on-demand', 'provisioned']),
    );
    expect(new Set(clusters.flatMap(({ eventSource }) => eventSource?.failures?.destination.kind ?? []))).toEqual(new Set(['s3', 'kafka']));
    expect(new Set(MATRIX.map(({ config }) => config.encryption ?? 'aws'))).toEqual(new Set(['aws', 'customer']));
    expect(MATRIX.every(({ config }) => matrixContracts(config).length === CONTRACTS_PER_DEPLOYMENT)).toBe(true);
  });

  // One environment here: the other differs in names alone, and `npm run -s synth:matrix` has both.
  it.each(MATRIX.filter(({ config }) => config.environment === 'prod'))(
    '$name synthesises offline with twenty contracts, passes every guard and the rule pack, and gives no secret away',
    async (entry) => {
      const contracts = matrixContracts(entry.config);
      const outdir = join(home, entry.name);
      const { problems, resources, templateBytes, templates } = await synthesise(entry, {
        contracts,
        code: plainCode(contracts),
        outdir,
        isValidated: false,
      });
      expect(problems).toEqual([]);
      expect(templates).toHaveLength(3);
      expect(resources).toBeGreaterThan(CONTRACTS_PER_DEPLOYMENT * 5);
      expect(resources).toBeLessThan(RESOURCES_MAX);
      expect(templateBytes).toBeLessThan(CLOUDFORMATION_TEMPLATE_BYTES_MAX);
    },
  );
});

describe('the validation of a synthesis', () => {
  it('fails on a property CloudFormation does not know, instead of warning about it', () => {
    const { config } = MATRIX[0]!;
    const contracts = matrixContracts(config).slice(0, 1);
    const built = buildApp({
      config,
      contracts,
      code: plainCode(contracts),
      app: { outdir: join(home, 'unknown'), builtinCloudFormationValidation: true },
    });
    const all = built.ingest.node.findAll();
    (all.find((one) => one instanceof CfnFunction) as CfnFunction).addPropertyOverride('NoSuchThing', 1);
    expect(() => built.app.synth()).toThrow('NoSuchThing');
  }, 240_000);
});
