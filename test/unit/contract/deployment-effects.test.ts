import { describe, expect, it } from 'vitest';
import type { CompiledContract } from '../../../src/contract/compiled.ts';
import {
  DEPLOYMENT_METADATA,
  type DeployedCluster,
  type Deployment,
  deploymentFromRecord,
  deploymentsOf,
  deploymentToRecord,
} from '../../../src/contract/deployment.ts';
import { compareDeployments } from '../../../src/contract/deployment-effects.ts';
import { loadSample, type SampleParts } from './sample.ts';

const CLUSTER: DeployedCluster = {
  kind: 'msk',
  brokers: ['arn:aws:kafka:eu-central-1:111122223333:cluster/game/one'],
  authentication: 'iam',
  windowS: 1,
  pollers: 'on-demand',
  failedRecordsTo: undefined,
};
const OTHER: DeployedCluster = { ...CLUSTER, brokers: ['arn:aws:kafka:eu-central-1:111122223333:cluster/game/two'] };
const OWN: DeployedCluster = { ...CLUSTER, kind: 'self-managed', brokers: ['a:9092', 'b:9092'] };

const BASE: SampleParts = {
  properties: [
    { name: 'id', logicalType: 'string', required: true },
    { name: 't', logicalType: 'timestamp', partitioned: true },
  ],
  source: { name: 'main', topic: 'sample' },
};

const first = load(BASE);

/** A contract whose fields keep the ids of the first one. */
function load(parts: SampleParts, ids?: object): CompiledContract {
  const result = loadSample({ ...parts, ...(ids === undefined ? {} : { ids: ids as never }) });
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.contract;
}

function next(parts: Partial<SampleParts>): CompiledContract {
  const known = loadSample(BASE);
  if (!known.ok) throw new Error('the base compiles');
  return load({ ...BASE, version: '2.0.0', ...parts }, known.ids);
}

function deployment(contracts: readonly CompiledContract[], changed: Partial<Deployment> = {}): Deployment {
  return { environment: 'prod', encryption: 'aws', kafka: CLUSTER, clusters: { eu: OTHER }, contracts, ...changed };
}

/** `severity rule about` of every effect. */
const effects = (after: Deployment, before: Deployment = deployment([first])) =>
  compareDeployments(before, after).map(({ severity, rule, about }) => `${severity} ${rule} ${about}`);

describe('the effect of a deployment', () => {
  it('that changes nothing is none', () => {
    expect(effects(deployment([first]))).toEqual([]);
  });

  it.each<[string, Partial<SampleParts>, string[]]>([
    ['another topic in place', { source: { name: 'main', topic: 'other' } }, ['refused topic-changed test.sample/main']],
    [
      'a source less',
      { source: { name: 'second', topic: 'other' } },
      ['refused source-removed test.sample/main', 'fine source-added test.sample/second'],
    ],
    ['a source more', { source: [BASE.source, { name: 'second', topic: 'other' }] }, ['fine source-added test.sample/second']],
    ['a new generation', { source: { name: 'main', topic: 'sample', generation: 2 } }, ['attention generation-raised test.sample/main']],
    [
      'another cluster under the same generation',
      { source: { name: 'main', topic: 'sample', cluster: 'eu' } },
      ['refused cluster-changed test.sample/main'],
    ],
    [
      'another cluster under a new generation',
      { source: { name: 'main', topic: 'sample', cluster: 'eu', generation: 2 } },
      ['attention generation-raised test.sample/main', 'attention cluster-changed test.sample/main'],
    ],
    ['another table', { table: { name: 'other' } }, ['refused table-renamed test.sample firn.table']],
    ['another partitioning', { table: { partition: ['month(t)'] } }, ['fine partition-changed test.sample firn.table.partition']],
    ['a column more', { properties: [...BASE.properties, { name: 'n', logicalType: 'integer' }] }, ['fine column-added test.sample n']],
    [
      'a required column more',
      { properties: [...BASE.properties, { name: 'n', logicalType: 'integer', required: true }] },
      ['refused required-added test.sample n'],
    ],
    ['a column less', { properties: [BASE.properties[1]] }, ['attention column-dropped test.sample id']],
    [
      'a rule more',
      { quality: [{ id: 'q', type: 'custom', engine: 'cel', implementation: "id != ''" }] },
      ['attention rule-added test.sample q'],
    ],
    ['an older format', { table: { formatVersion: 3 } }, ['attention format-version test.sample firn.table.formatVersion']],
  ])('%s', (_what, parts, expected) => {
    expect(effects(deployment([next(parts)]))).toEqual(expected);
  });

  it('that goes back to an older generation is refused', () => {
    const second = next({ source: { name: 'main', topic: 'sample', generation: 2 } });
    expect(effects(deployment([next({ version: '3.0.0' })]), deployment([second]))).toEqual(['refused generation-back test.sample/main']);
  });

  it('that no longer has a contract keeps its tables, quarantine and ledger, and says so', () => {
    const [removed] = compareDeployments(deployment([first]), deployment([]));
    expect(removed).toMatchObject({ severity: 'attention', rule: 'contract-removed', about: 'test.sample' });
    expect(removed!.message).toContain('test.sample, test.sample__quarantine and the ledger under _firn/test.sample/ stay');
  });

  it('that gives a table to another contract is refused, as is a contract of another name', () => {
    expect(effects(deployment([{ ...first, name: 'test.renamed' }]))).toEqual([
      'refused owner-changed test.sample',
      'attention contract-removed test.sample',
      'fine contract-added test.renamed',
    ]);
  });

  it.each<[string, Partial<Deployment>, string[]]>([
    ['another environment', { environment: 'dev' }, ['refused environment-changed dev']],
    ['a customer’s key', { encryption: 'customer' }, ['attention key-added encryption']],
    ['another cluster for everybody', { kafka: OTHER }, ['refused cluster-changed test.sample/main']],
    ['another login', { kafka: { ...CLUSTER, authentication: 'scram-512' } }, ['fine authentication-changed test.sample/main']],
    ['Lambda’s own window again', { kafka: { ...CLUSTER, windowS: undefined } }, ['refused window-restored test.sample/main']],
    ['a place for failed records', { kafka: { ...CLUSTER, failedRecordsTo: 'arn:aws:s3:::x' } }, ['attention gives-up test.sample/main']],
    ['other pollers', { kafka: { ...CLUSTER, pollers: { minimum: 1, maximum: 5 } } }, []],
  ])('of %s', (_what, changed, expected) => {
    expect(effects(deployment([first], changed))).toEqual(expected);
  });

  it('of a customer’s key taken away is refused', () => {
    expect(effects(deployment([first]), deployment([first], { encryption: 'customer' }))).toEqual(['refused key-removed encryption']);
  });

  it('of another list of one’s own brokers is refused when none of them stays', () => {
    const before = deployment([first], { kafka: OWN });
    expect(effects(deployment([first], { kafka: { ...OWN, brokers: ['b:9092', 'c:9092'] } }), before)).toEqual([
      'attention brokers-changed test.sample/main',
    ]);
    expect(effects(deployment([first], { kafka: { ...OWN, brokers: ['c:9092'] } }), before)).toEqual([
      'refused cluster-changed test.sample/main',
    ]);
  });

  it('that is refused says how to do it without loss', () => {
    const refused = [
      ...compareDeployments(deployment([first]), deployment([next({ source: { name: 'main', topic: 'other' } })])),
      ...compareDeployments(deployment([first]), deployment([next({ table: { name: 'other' } })])),
      ...compareDeployments(deployment([first]), deployment([first], { environment: 'dev', kafka: OTHER })),
    ].filter(({ severity }) => severity === 'refused');
    expect(refused.length).toBe(4);
    for (const { remedy } of refused) expect(remedy).toBeDefined();
  });
});

describe('the record of a deployment', () => {
  const whole = deployment([first, load({ ...BASE, domain: 'other' })], {
    encryption: 'customer',
    kafka: { ...OWN, pollers: { minimum: 1, maximum: 5 } },
  });

  it('is read back from a template as it was written', () => {
    const template = JSON.parse(
      JSON.stringify({ Metadata: { [DEPLOYMENT_METADATA]: { Firn: deploymentToRecord(whole) } }, Resources: {} }),
    );
    expect([...deploymentsOf(template)]).toEqual([
      ['Firn', { ...whole, contracts: whole.contracts.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }],
    ]);
    expect(compareDeployments(whole, deploymentsOf(template).get('Firn')!)).toEqual([]);
  });

  it('is the same text for the same deployment, in whatever order its contracts are listed', () => {
    expect(JSON.stringify(deploymentToRecord({ ...whole, contracts: whole.contracts.toReversed() }))).toBe(
      JSON.stringify(deploymentToRecord(whole)),
    );
  });

  it('of another version is refused, and a template without one has none', () => {
    expect(() => deploymentFromRecord({ ...deploymentToRecord(whole), version: 2 })).toThrow(
      'expected a record of a deployment of version 1, got version 2',
    );
    for (const template of [null, {}, { Metadata: {} }, { Metadata: { Firn: null } }]) expect(deploymentsOf(template).size).toBe(0);
  });

  it('of a hundred contracts leaves most of a template’s megabyte to its resources', () => {
    const contracts = Array.from({ length: 100 }, (_, n) => load({ ...BASE, domain: `d${n}` }));
    expect(JSON.stringify(deploymentToRecord(deployment(contracts))).length).toBeLessThan(100_000);
  });
});
