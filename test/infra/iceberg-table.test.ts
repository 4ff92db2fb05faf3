import * as cdk from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { buildApp } from '../../infra/build-app.ts';
import { IcebergTable } from '../../infra/constructs/iceberg-table.ts';
import { CONFIG, CONTRACTS, plainCode } from './support/deployment.ts';
import { allowedTo, type Statement } from './support/policies.ts';

const GLUE = 'arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>';

/** What a role of somebody else's stack may do after the grant. */
function granted(grant: (table: IcebergTable, role: iam.Role) => void, keyArn?: string) {
  const stack = new cdk.Stack(new cdk.App(), 'Theirs');
  const role = new iam.Role(stack, 'Analyst', { assumedBy: new iam.AccountRootPrincipal() });
  const table = new IcebergTable(stack, 'Table', {
    identifier: { namespace: 'game', name: 'access_events' },
    bucket: s3.Bucket.fromBucketName(stack, 'Lake', 'lake'),
    ...(keyArn === undefined ? {} : { encryptionKey: kms.Key.fromKeyArn(stack, 'Key', keyArn) }),
  });
  grant(table, role);
  const template = Template.fromStack(stack);
  return { allowed: allowedTo(template, 'Analyst'), template };
}

const object = (path: string) => `arn:<AWS::Partition>:s3:::lake/game/access_events/${path}`;
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/k';

describe('a table', () => {
  it('granted to read gives its own objects and its own entry in Glue, and nothing to write', () => {
    const { allowed, template } = granted((table, role) => table.grantRead(role));
    expect([...allowed.keys()].sort()).toEqual(['glue:GetDatabase', 'glue:GetTable', 's3:GetObject', 's3:ListBucket']);
    expect(allowed.get('s3:GetObject')).toEqual([object('*')]);
    expect(allowed.get('glue:GetTable')).toEqual([`${GLUE}:catalog`, `${GLUE}:database/game`, `${GLUE}:table/game/access_events`]);
    const [policy] = Object.values(template.findResources('AWS::IAM::Policy')) as {
      Properties: { PolicyDocument: { Statement: (Statement & { Condition?: object })[] } };
    }[];
    const list = policy!.Properties.PolicyDocument.Statement.find(({ Action }) => Action === 's3:ListBucket');
    expect(list?.Condition).toEqual({ StringLike: { 's3:prefix': ['game/access_events/*'] } });
  });

  it('granted to write adds data, metadata and the swap of its own entry, and no deletion', () => {
    const { allowed } = granted((table, role) => table.grantReadWrite(role));
    expect(allowed.get('s3:PutObject')).toEqual([object('data/*'), object('metadata/*')]);
    expect(allowed.get('glue:UpdateTable')).toEqual([`${GLUE}:catalog`, `${GLUE}:database/game`, `${GLUE}:table/game/access_events`]);
    expect([...allowed.keys()].filter((action) => /Delete|Create/.test(action))).toEqual([]);
  });

  it('under a customer’s key lets readers decrypt and writers encrypt with it', () => {
    const read = granted((table, role) => table.grantRead(role), KEY).allowed;
    const write = granted((table, role) => table.grantReadWrite(role), KEY).allowed;
    expect([read.get('kms:Decrypt'), read.get('kms:GenerateDataKey')]).toEqual([[KEY], undefined]);
    expect([write.get('kms:Decrypt'), write.get('kms:GenerateDataKey')]).toEqual([[KEY], [KEY]]);
  });

  it('is there by its name for every table of a pipeline and every quarantine, and owns nothing in the template', () => {
    const { ingest } = buildApp({
      config: CONFIG,
      contracts: CONTRACTS,
      code: plainCode(CONTRACTS),
      app: { builtinCloudFormationValidation: false },
    });
    expect([...ingest.pipeline.tables.keys()].sort()).toEqual([
      'game.access_events',
      'game.access_events__quarantine',
      'shop.orders',
      'shop.orders__quarantine',
    ]);
    const owned = ingest.pipeline.tables
      .get('shop.orders')!
      .node.findAll()
      .filter((one) => cdk.CfnResource.isCfnResource(one));
    expect(owned).toEqual([]);
  });
});
