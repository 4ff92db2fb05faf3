// `firn deploy-plan` over templates as they are synthesised, by the command itself.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../infra/build-app.ts';
import type { FirnConfig } from '../../infra/config.ts';
import { compareTemplates } from '../../src/cli/deploy-plan-templates.ts';
import type { CompiledContract } from '../../src/contract/compiled.ts';
import type { Effect } from '../../src/contract/deployment-effect.ts';
import { scoresContract } from '../interop/aws/support/events.ts';
import { runFirn } from '../unit/cli/run-firn.ts';
import { CLUSTER_ARN, CONFIG, plainCode } from './support/deployment.ts';

const folder = mkdtempSync(join(tmpdir(), 'firn-deploy-plan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const game = scoresContract({ namespace: 'game' });
const shop = scoresContract({ namespace: 'shop' });
const BASE = { config: CONFIG, contracts: [game, shop] };

interface Given {
  readonly config: FirnConfig;
  readonly contracts: readonly CompiledContract[];
}

/** Synthesises into a folder of its own. */
function synthesised(name: string, { config, contracts }: Given): string {
  const outdir = join(folder, name);
  buildApp({ config, contracts, code: plainCode(contracts), app: { builtinCloudFormationValidation: false, outdir } }).app.synth();
  return name;
}

async function plan(next: string, ...more: readonly string[]) {
  const run = await runFirn(['deploy-plan', '--deployed', 'deployed', '--new', next, '--json', ...more], { cwd: folder });
  const { effects } = run.json<{ effects: (Effect & { accepted: boolean })[] }>();
  return { code: run.code, effects: effects.map(({ severity, rule, about }) => `${severity} ${rule} ${about}`) };
}

const deployed = synthesised('deployed', BASE);

describe('the plan of a deployment', () => {
  it('is fine when nothing changes', async () => {
    expect(await plan(deployed)).toEqual({ code: 0, effects: [] });
    const run = await runFirn(['deploy-plan', '--deployed', 'deployed', '--new', 'deployed'], { cwd: folder });
    expect(run.stdout).toBe('nothing changes for data or positions\n');
  });

  it('refuses another topic in place, and says how to do it without loss', async () => {
    const other = { ...game, version: '2.0.0', sources: game.sources.map((source) => ({ ...source, topic: 'game.other' })) };
    const next = synthesised('topic', { ...BASE, contracts: [other, shop] });
    expect(await plan(next)).toEqual({ code: 1, effects: ['refused topic-changed game.scores/scores'] });
    const run = await runFirn(['deploy-plan', '--deployed', 'deployed', '--new', next], { cwd: folder });
    expect(run.stdout).toContain('refused    topic-changed:game.scores/scores');
    expect(run.stdout).toContain('→ add the new topic as a source of another name');
  });

  it('lets a removed contract go: its tables and ledger stay, only its database leaves the stack', async () => {
    const next = synthesised('removed', { ...BASE, contracts: [game] });
    expect(await plan(next)).toEqual({
      code: 0,
      effects: ['attention resource-left firn-test-data/DatabaseShop', 'attention contract-removed shop.scores'],
    });
  });

  it('refuses another cluster without a new generation, and lets it be with one', async () => {
    const config: FirnConfig = {
      ...CONFIG,
      kafka: { kind: 'msk', clusterArn: CLUSTER_ARN.replace('0a1b', '9f9f'), authentication: { kind: 'iam' } },
    };
    expect(await plan(synthesised('cluster', { ...BASE, config }))).toEqual({
      code: 1,
      effects: ['refused cluster-changed game.scores/scores', 'refused cluster-changed shop.scores/scores'],
    });
    const contracts = BASE.contracts.map((one) => ({ ...one, sources: one.sources.map((source) => ({ ...source, generation: 2 })) }));
    const raised = await plan(synthesised('generation', { config, contracts }));
    expect(raised.code).toBe(0);
    expect(raised.effects).toContain('attention generation-raised game.scores/scores');
  });

  it('accepts exactly what a person names, and nothing that is not refused', async () => {
    const next = synthesised('source', { ...BASE, contracts: [{ ...game, sources: [{ ...game.sources[0]!, name: 'again' }] }, shop] });
    expect((await plan(next)).code).toBe(1);
    expect((await plan(next, '--accept', 'source-removed:game.scores/scores')).code).toBe(0);
    const wrong = await runFirn(['deploy-plan', '--deployed', 'deployed', '--new', next, '--accept', 'source-removed:shop.scores/scores'], {
      cwd: folder,
    });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('which is not refused')]);
  });

  it('reads templates as CloudFormation answers them, whole or as text', async () => {
    mkdirSync(join(folder, 'answers'));
    const { readTemplates } = await import('../../src/cli/deploy-plan-templates.ts');
    for (const [stack, template] of readTemplates(join(folder, 'deployed'))) {
      const body = stack.endsWith('data') ? template : JSON.stringify(template);
      writeFileSync(join(folder, 'answers', `${stack}.json`), JSON.stringify({ StagesAvailable: ['Original'], TemplateBody: body }));
    }
    const run = await runFirn(['deploy-plan', '--deployed', 'answers', '--new', 'removed', '--json'], { cwd: folder });
    expect(run.json<{ effects: Effect[] }>().effects).toHaveLength(2);
  });

  it('says what it is missing', async () => {
    const nothing = await runFirn(['deploy-plan', '--deployed', 'deployed'], { cwd: folder });
    expect([nothing.code, nothing.stderr]).toEqual([3, expect.stringContaining('there is no cdk.out')]);
    const neither = await runFirn(['deploy-plan'], { cwd: folder });
    expect([neither.code, neither.stderr]).toEqual([2, expect.stringContaining('name it, or ask AWS')]);
  });
});

describe('a template', () => {
  const mapping = (changed: object) => ({
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { Topics: ['t'], StartingPosition: 'TRIM_HORIZON', MaximumBatchingWindowInSeconds: 1, ...changed },
  });
  const bucket = { Type: 'AWS::S3::Bucket', Properties: {} };
  const rules = (before: object, after: object) =>
    compareTemplates(new Map([['s', { Resources: before as never }]]), new Map([['s', { Resources: after as never }]])).map(
      ({ severity, rule }) => `${severity} ${rule}`,
    );

  it.each<[string, object, object, string[]]>([
    ['another bucket', { A: { ...bucket, DeletionPolicy: 'Retain' } }, { B: bucket }, ['refused resource-left']],
    ['a bucket that is not retained', { A: bucket }, {}, ['refused resource-deleted']],
    ['another key', { K: { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain' } }, {}, ['attention resource-left']],
    ['other properties of a bucket', { A: bucket }, { A: { ...bucket, Properties: { x: 1 } } }, []],
    ['another topic in one mapping', { M: mapping({}) }, { M: mapping({ Topics: ['u'] }) }, ['refused topics-ignored']],
    [
      'another start of one mapping',
      { M: mapping({}) },
      { M: mapping({ StartingPosition: 'AT_TIMESTAMP' }) },
      ['refused mapping-replaced'],
    ],
    [
      'another group of one mapping',
      { M: mapping({ AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'a' } }) },
      { M: mapping({}) },
      ['refused mapping-replaced'],
    ],
    [
      'no window on one mapping',
      { M: mapping({}) },
      { M: { Type: mapping({}).Type, Properties: { Topics: ['t'], StartingPosition: 'TRIM_HORIZON' } } },
      ['refused window-restored'],
    ],
    ['another batch size', { M: mapping({}) }, { M: mapping({ BatchSize: 5 }) }, []],
    ['a mapping less', { M: mapping({}) }, {}, []],
  ])('with %s', (_what, before, after, expected) => {
    expect(rules(before, after)).toEqual(expected);
  });
});
