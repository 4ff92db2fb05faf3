// `firn deploy-plan --aws` against a server that answers as CloudFormation and Amazon MSK do: what is asked, that it is signed, and
// what becomes of the answers.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MskFacts } from '../../../src/aws/msk-facts.ts';
import { factEffects } from '../../../src/cli/deploy-plan-facts.ts';
import { DEPLOYMENT_METADATA, type DeployedCluster, deploymentToRecord } from '../../../src/contract/deployment.ts';
import type { Effect } from '../../../src/contract/deployment-effect.ts';
import { compileSample } from '../contract/sample.ts';
import { runFirn } from './run-firn.ts';

const ARN = 'arn:aws:kafka:eu-central-1:111122223333:cluster/game/0a1b2c3d-1111-2222-3333-444455556666-1';
const CLUSTER: DeployedCluster = {
  kind: 'msk',
  brokers: [ARN],
  authentication: 'iam',
  windowS: 1,
  pollers: { minimum: 1, maximum: 20 },
  failedRecordsTo: undefined,
};
const contract = compileSample({ properties: [{ name: 'id', logicalType: 'string', description: 'a < b & "c"' }] });
const template = JSON.stringify({
  Metadata: {
    [DEPLOYMENT_METADATA]: {
      Firn: deploymentToRecord({ environment: 'prod', encryption: 'aws', kafka: CLUSTER, clusters: {}, contracts: [contract] }),
    },
  },
  Resources: { Note: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: 'a < b & "c" — é' } } },
});

const folder = mkdtempSync(join(tmpdir(), 'firn-deploy-plan-aws-'));
const asked: { method: string; url: string; body: string; authorization: string }[] = [];
let answers: (request: { readonly url: string; readonly body: string }) => readonly [status: number, body: string];
let endpoint = '';

const server = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    const url = decodeURIComponent(request.url ?? '');
    asked.push({ method: request.method ?? '', url, body, authorization: request.headers.authorization ?? '' });
    const [status, text] = answers({ url, body });
    response.writeHead(status, {
      'content-type': text.startsWith('<') ? 'text/xml' : 'application/json',
      'x-amzn-errortype': status === 404 ? 'NotFoundException' : '',
    });
    response.end(text);
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

beforeAll(async () => {
  mkdirSync(join(folder, 'cdk.out'));
  writeFileSync(join(folder, 'cdk.out', 'firn-prod-ingest.template.json'), template);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => void asked.splice(0));

const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('é', '&#233;')
    .replaceAll('—', '&#x2014;');
const TEMPLATE = `<GetTemplateResponse><GetTemplateResult><TemplateBody>${escaped(template)}</TemplateBody></GetTemplateResult></GetTemplateResponse>`;
const failure = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
const MSK_CLUSTER = JSON.stringify({
  clusterInfo: {
    clusterArn: ARN,
    clusterType: 'PROVISIONED',
    state: 'ACTIVE',
    provisioned: { clientAuthentication: { sasl: { iam: { enabled: true } } } },
  },
});

function runPlan() {
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  return runFirn(['deploy-plan', '--aws', '--json'], { cwd: folder, env });
}

describe('a plan asked of AWS', () => {
  it('compares with the template CloudFormation has, and knows the topic’s partitions', async () => {
    answers = ({ url }) =>
      url === '/'
        ? [200, TEMPLATE]
        : url.includes('/topics/')
          ? [200, JSON.stringify({ topicName: 'sample', partitionCount: 12 })]
          : [200, MSK_CLUSTER];
    const run = await runPlan();
    expect(run.stderr).toBe('');
    expect(run.json<{ first: boolean; effects: Effect[] }>()).toMatchObject({
      ok: true,
      first: false,
      effects: [{ severity: 'attention', rule: 'pollers-idle', about: 'test.sample/sample' }],
    });
    expect(run.code).toBe(0);
    const [cloudFormation] = asked.filter(({ url }) => url === '/');
    expect(Object.fromEntries(new URLSearchParams(cloudFormation!.body))).toEqual({
      Action: 'GetTemplate',
      Version: '2010-05-15',
      StackName: 'firn-prod-ingest',
      TemplateStage: 'Original',
    });
    expect(cloudFormation!.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/eu-central-1\/cloudformation\/aws4_request, /);
    expect(asked.every(({ method, url }) => method === 'GET' || url === '/')).toBe(true);
    expect(asked.filter(({ url }) => url.includes(ARN)).length).toBe(2);
  });

  it('of a stack that is not there is the first', async () => {
    answers = ({ url }) => (url === '/' ? [400, failure('ValidationError', 'Stack with id firn-prod-ingest does not exist')] : [404, '{}']);
    const run = await runPlan();
    expect([run.code, run.json<{ first: boolean }>().first]).toEqual([0, true]);
    expect(run.json<{ effects: Effect[] }>().effects).toMatchObject([{ rule: 'cluster-unknown' }]);
  });

  it('says plainly that it may not look', async () => {
    answers = () => [403, failure('AccessDenied', 'User is not authorized')];
    const run = await runPlan();
    expect([run.code, run.stdout + run.stderr]).toEqual([
      3,
      expect.stringContaining('got AccessDenied; it takes cloudformation:GetTemplate'),
    ]);
  });
});

describe('what MSK says of a source', () => {
  const active = { type: 'PROVISIONED', state: 'ACTIVE', logins: ['iam'] };
  it.each<[string, MskFacts, Partial<DeployedCluster>, string[]]>([
    ['enough partitions', { cluster: active, partitions: 40 }, {}, ['fine topic']],
    ['fewer partitions than pollers', { cluster: active, partitions: 3 }, {}, ['attention pollers-idle']],
    ['few partitions and pollers on demand', { cluster: active, partitions: 3 }, { pollers: 'on-demand' }, ['fine topic']],
    ['no such topic', { cluster: active, partitions: 'absent' }, {}, ['attention topic-missing']],
    [
      'nothing of topics, being Serverless',
      { cluster: { ...active, type: 'SERVERLESS' }, partitions: undefined },
      {},
      ['fine topic-unknown'],
    ],
    ['a login that is off', { cluster: active, partitions: 40 }, { authentication: 'scram-512' }, ['refused login-off', 'fine topic']],
    ['no word on logins', { cluster: { ...active, logins: undefined }, partitions: 40 }, { authentication: 'none' }, ['fine topic']],
    [
      'a cluster that is being made',
      { cluster: { ...active, state: 'CREATING' }, partitions: 40 },
      {},
      ['attention cluster-state', 'fine topic'],
    ],
    ['nothing at all', { cluster: undefined, partitions: undefined, why: 'AccessDeniedException' }, {}, ['attention cluster-unknown']],
  ])('%s', (_what, facts, changed, expected) => {
    const effects = factEffects({ about: 'a/b', topic: 't', cluster: { ...CLUSTER, ...changed } }, facts);
    expect(effects.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(expected);
  });
});
