import { describe, expect, it } from 'vitest';
import { deploy, resourcesOf } from './support/deployment.ts';
import { allowedTo, permits, type Statement } from './support/policies.ts';

const { ingestTemplate: template, maintenanceTemplate } = deploy();
const allowedBy = (part: string) => allowedTo(template, part);

const GLUE = 'arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>';

describe('land', () => {
  const allowed = allowedBy('GameAccessEventsAccessG1Land');

  it('writes data, table metadata, descriptors and the identity of the ledger of its own contract and nothing else', () => {
    expect(allowed.get('s3:PutObject')).toEqual(
      [
        '<bucket>/_firn/game.access-events/ledger.json',
        '<bucket>/_firn/game.access-events/staged/*',
        '<bucket>/_firn/game.access-events/suspect/*',
        ...['access_events', 'access_events__quarantine'].flatMap((table) => [
          `<bucket>/game/${table}/data/*`,
          `<bucket>/game/${table}/metadata/*`,
        ]),
      ].sort(),
    );
  });

  it('deletes no data file, no descriptor and no ledger entry', () => {
    for (const resource of allowed.get('s3:DeleteObject')!) expect(resource).toMatch(/\/(metadata|suspect)\/\*$/);
  });

  it('reaches only its own tables in Glue and drops none', () => {
    const tables = ['access_events', 'access_events__quarantine'].map((table) => `${GLUE}:table/game/${table}`);
    expect(allowed.get('glue:UpdateTable')).toEqual([`${GLUE}:catalog`, `${GLUE}:database/game`, ...tables].sort());
    expect([...allowed.keys()].filter((action) => action.startsWith('glue:')).sort()).toEqual([
      'glue:CreateTable',
      'glue:GetDatabase',
      'glue:GetTable',
      'glue:UpdateTable',
    ]);
  });

  it('reads its own topic with its own group, and writes to no topic', () => {
    const cluster = 'arn:aws:kafka:eu-central-1:111122223333';
    const id = 'game/0a1b2c3d-1111-2222-3333-444455556666-1';
    expect(allowed.get('kafka-cluster:ReadData')).toEqual([`${cluster}:topic/${id}/game.access-events`]);
    expect(allowed.get('kafka-cluster:AlterGroup')).toEqual([`${cluster}:group/${id}/firn.test.game.access-events.access.g1`]);
    expect(allowed.get('kafka-cluster:Connect')).toEqual([`${cluster}:cluster/${id}`]);
    expect([...allowed.keys()].filter((action) => /Write|Create.*Topic|Delete.*Topic/.test(action))).toEqual([]);
  });
});

describe('commit', () => {
  const allowed = allowedBy('CommitRole');

  it('deletes descriptors, ledger files, compactions it has carried out and its own leftovers in the folders of tables, and nothing kept for recovery', () => {
    expect(allowed.get('s3:DeleteObject')).toEqual(
      [
        ...['checkpoint', 'ledger', 'maintenance', 'staged'].map((folder) => `<bucket>/_firn/*/${folder}/*`),
        ...['game', 'shop'].flatMap((namespace) => ['data', 'metadata'].map((folder) => `<bucket>/${namespace}/*/${folder}/*`)),
      ].sort(),
    );
  });

  it('swaps tables of the contracts’ namespaces and makes or drops none', () => {
    expect(allowed.get('glue:UpdateTable')).toEqual(
      [
        `${GLUE}:catalog`,
        ...['game', 'shop'].flatMap((namespace) => [`${GLUE}:database/${namespace}`, `${GLUE}:table/${namespace}/*`]),
      ].sort(),
    );
    expect([...allowed.keys()].filter((action) => /^glue:(Create|Delete)/.test(action))).toEqual([]);
  });

  it('can release a failed ring early', () => {
    expect(allowed.has('sqs:ChangeMessageVisibility')).toBe(true);
  });
});

describe('watch', () => {
  it('lists and rings, and reads or writes no object', () => {
    expect([...allowedBy('WatchRole').keys()].sort()).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:ListBucket',
      'sqs:SendMessage',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });
});

describe('maintain', () => {
  const allowed = allowedTo(maintenanceTemplate, 'FirnMaintainRole');

  it('deletes files of tables and its own notes, the copies it sweeps included, and no descriptor, entry or checkpoint', () => {
    expect(allowed.get('s3:DeleteObject')).toEqual(
      [
        ...['maintenance', 'parked', 'plans', 'runs'].map((folder) => `<bucket>/_firn/*/${folder}/*`),
        ...['game', 'shop'].flatMap((namespace) => ['data', 'metadata'].map((folder) => `<bucket>/${namespace}/*/${folder}/*`)),
      ].sort(),
    );
  });

  it('writes no descriptor, entry or checkpoint: a compaction is no landing', () => {
    for (const folder of ['staged', 'ledger', 'checkpoint', 'classes'])
      expect(permits(allowed, 's3:PutObject', [`<bucket>/_firn/game.access-events/${folder}/x`])).toBe(false);
    expect(permits(allowed, 's3:PutObject', ['<bucket>/_firn/game.access-events/maintenance/pending/x.json'])).toBe(true);
  });

  it('makes and drops no table and reaches no cluster', () => {
    expect([...allowed.keys()].filter((action) => /^(glue:(Create|Delete)|kafka|ec2|secretsmanager)/.test(action))).toEqual([]);
  });
});

describe('recover', () => {
  const allowed = allowedTo(maintenanceTemplate, 'RecoverRole');

  it('deletes no data file, descriptor, entry or checkpoint', () => {
    for (const resource of allowed.get('s3:DeleteObject')!) expect(resource).toMatch(/\/(metadata|suspect|runs)\/\*$/);
  });

  it('reads the topics of its cluster’s sources, in no group, and writes to none', () => {
    const cluster = 'arn:aws:kafka:eu-central-1:111122223333';
    const id = 'game/0a1b2c3d-1111-2222-3333-444455556666-1';
    const topics = ['game.access-events', 'orders.eu', 'orders.us'].map((topic) => `${cluster}:topic/${id}/${topic}`);
    expect(allowed.get('kafka-cluster:ReadData')).toEqual(topics);
    expect([...allowed.keys()].filter((action) => /Group|Write|Alter|Create.*Topic/.test(action))).toEqual([]);
  });
});

describe('the machines and schedules', () => {
  it('invoke their own function and start their own machine, and nothing else of ours', () => {
    for (const [id, { Properties }] of resourcesOf(maintenanceTemplate, 'AWS::IAM::Policy')) {
      const statements = (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement;
      const invoked = statements.filter(({ Action }) => [Action].flat().some((action) => /lambda:Invoke|states:Start/.test(action)));
      const targets = invoked.flatMap(({ Resource }) => [...JSON.stringify(Resource).matchAll(/"(Firn\w+)"/g)].map(([, name]) => name!));
      expect([id, new Set(targets).size <= 1]).toEqual([id, true]);
    }
  });
});

describe('every role', () => {
  const policies = [template, maintenanceTemplate].flatMap((one) => [...resourcesOf(one, 'AWS::IAM::Policy')]);

  it('has no managed policy and no action with a star', () => {
    for (const one of [template, maintenanceTemplate])
      for (const { Properties } of resourcesOf(one, 'AWS::IAM::Role').values()) expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    for (const [, { Properties }] of policies) {
      const actions = (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement.flatMap(({ Action }) => [Action].flat());
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    }
  });

  it('has a star for a resource only where the service knows none: traces, network interfaces, delivery of logs', () => {
    const starred = policies.flatMap(([, { Properties }]) =>
      (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement.filter(({ Resource }) =>
        [Resource].flat().includes('*'),
      ).flatMap(({ Action }) => [Action].flat()),
    );
    expect(starred.length).toBeGreaterThan(0);
    expect(
      starred.filter(
        (action) =>
          !/^(xray:(Put|Get)|ec2:\w+NetworkInterface|ec2:Describe|logs:\w+(LogDelivery|LogDeliveries|ResourcePolic|LogGroups))/.test(
            action,
          ),
      ),
    ).toEqual([]);
  });
});
