// A run on a real account: what it refuses to start without, and that everything it makes has a name of its own.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadContracts } from '../../../infra/contracts.ts';
import { consumerGroup } from '../../../infra/names.ts';
import { makeAccountProject, scopeOf } from '../../e2e/account/project.ts';
import { confirmation, readAccountRequest } from '../../e2e/account/request.ts';
import { accessFlow, gameFlow } from '../../e2e/scope.ts';

const GIVEN = {
  FIRN_E2E_ACCOUNT: '111122223333',
  AWS_REGION: 'eu-central-1',
  FIRN_E2E_CLUSTER_ARN: 'arn:aws:kafka:eu-central-1:111122223333:cluster/example/0a1b2c3d-1111-2222-3333-444455556666-1',
  FIRN_E2E_BROKERS: 'b-1.example.net:9098,b-2.example.net:9098',
  FIRN_E2E_CONFIRM: confirmation('111122223333'),
};
const homes: string[] = [];
afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
});

describe('a run on a real account', () => {
  it('starts when everything is said', () => {
    expect(readAccountRequest(GIVEN)).toMatchObject({
      account: '111122223333',
      authentication: 'iam',
      endpoint: undefined,
      isPolling: false,
    });
  });

  it('says at once everything that is missing', () => {
    const names = ['FIRN_E2E_ACCOUNT', 'AWS_REGION', 'FIRN_E2E_CLUSTER_ARN', 'FIRN_E2E_BROKERS', 'FIRN_E2E_CONFIRM'];
    const message = (() => {
      try {
        return String(readAccountRequest({}));
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(names.filter((name) => !message.includes(name))).toEqual([]);
  });

  it.each([
    ['no confirmation', { FIRN_E2E_CONFIRM: undefined }],
    ['a confirmation of another account', { FIRN_E2E_CONFIRM: confirmation('999999999999') }],
    ['a yes', { FIRN_E2E_CONFIRM: 'yes' }],
    ['a cluster of another account', { FIRN_E2E_ACCOUNT: '999999999999', FIRN_E2E_CONFIRM: confirmation('999999999999') }],
    ['a cluster of another region', { AWS_REGION: 'us-east-1' }],
    ['a login nobody knows', { FIRN_E2E_AUTHENTICATION: 'password' }],
  ])('does not start with %s', (_name, change) => {
    expect(() => readAccountRequest({ ...GIVEN, ...change })).toThrow(/does not start/);
  });

  it('deploys the game contracts alone, under names of its own, and knows their groups, topics and tables', () => {
    const home = mkdtempSync(join(tmpdir(), 'firn-account-'));
    homes.push(home);
    const scope = scopeOf('abc123');
    const root = join(home, 'project');
    makeAccountProject({ root, scope, request: readAccountRequest(GIVEN), environment: {} });
    expect(readdirSync(join(root, 'schemas/game')).sort()).toEqual(
      ['access-events', 'game-events'].flatMap((name) => [`${name}.ids.json`, `${name}.odcs.yaml`]),
    );
    const found = loadContracts(root, 'schemas').map((contract) => ({
      contract: contract.name,
      topic: contract.sources[0]!.topic,
      group: consumerGroup(scope.environment, contract.name, contract.sources[0]!),
      table: `${contract.tables[0]!.identifier.namespace}.${contract.tables[0]!.identifier.name}`,
    }));
    expect(found).toEqual([accessFlow(scope), gameFlow(scope)]);
    expect(found.every(({ topic, table }) => topic.includes('abc123') && table.includes('abc123'))).toBe(true);
  });

  it('the names of the run on the emulator are those of the repository', () => {
    const root = join(import.meta.dirname, '../../..');
    const scope = { environment: 'dev', namespace: 'game', topicPrefix: '' };
    const contracts = loadContracts(root, 'schemas').filter(({ name }) => name.startsWith('game.'));
    const groups = contracts.map((contract) => consumerGroup('dev', contract.name, contract.sources[0]!));
    expect(groups).toEqual([accessFlow(scope).group, gameFlow(scope).group]);
  });
});
