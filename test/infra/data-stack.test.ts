import { describe, expect, it } from 'vitest';
import { CONFIG, CONTRACTS, deploy, resourcesOf } from './support/deployment.ts';
import { allowedTo } from './support/policies.ts';

const { dataTemplate, ingestTemplate } = deploy();

describe('what holds data', () => {
  it('keeps its logical ids, because another id is another bucket', () => {
    const ids = Object.keys(dataTemplate.toJSON()['Resources'] as object);
    expect(ids.filter((id) => !id.startsWith('WarehouseBucketPolicy')).sort()).toEqual(['DatabaseGame', 'DatabaseShop', 'WarehouseBucket']);
  });

  it('is retained whatever is removed', () => {
    for (const type of ['AWS::S3::Bucket', 'AWS::Glue::Database']) {
      for (const [id, resource] of resourcesOf(dataTemplate, type)) {
        expect([id, resource.DeletionPolicy, resource.UpdateReplacePolicy]).toEqual([id, 'Retain', 'Retain']);
      }
    }
  });

  it('outlives a removed contract: no table, no ledger and no object is owned by a stack', () => {
    const removed = deploy(CONFIG, CONTRACTS.slice(0, 1));
    expect(resourcesOf(removed.dataTemplate, 'AWS::S3::Bucket').get('WarehouseBucket')).toEqual(
      resourcesOf(dataTemplate, 'AWS::S3::Bucket').get('WarehouseBucket'),
    );
    for (const template of [dataTemplate, ingestTemplate]) {
      const types = Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>).map(({ Type }) => Type);
      for (const owned of ['AWS::Glue::Table', 'AWS::Glue::TableOptimizer', 'AWS::S3Tables::Table', 'Custom::S3AutoDeleteObjects']) {
        expect(types).not.toContain(owned);
      }
    }
  });

  it('is encrypted, closed to the public and to plain HTTP, and drops incomplete uploads', () => {
    dataTemplate.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    const rules = (
      resourcesOf(dataTemplate, 'AWS::S3::Bucket').get('WarehouseBucket')!.Properties['LifecycleConfiguration'] as { Rules: object[] }
    ).Rules;
    expect(rules).toEqual([{ Id: 'incomplete-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }]);
    const [policy] = resourcesOf(dataTemplate, 'AWS::S3::BucketPolicy').values();
    const statements = (policy!.Properties['PolicyDocument'] as { Statement: { Effect: string; Condition: object }[] }).Statement;
    expect(statements.map(({ Effect, Condition }) => [Effect, Condition])).toEqual([
      ['Deny', { Bool: { 'aws:SecureTransport': 'false' } }],
      ['Deny', { NumericLessThan: { 's3:TlsVersion': 1.2 } }],
    ]);
  });

  it('expires no current object by lifecycle, with versions or without', () => {
    for (const bucketVersioning of [false, true]) {
      const { dataTemplate: template } = deploy({ ...CONFIG, bucketVersioning });
      const { Rules } = resourcesOf(template, 'AWS::S3::Bucket').get('WarehouseBucket')!.Properties['LifecycleConfiguration'] as {
        Rules: object[];
      };
      for (const rule of Rules) {
        for (const key of ['ExpirationInDays', 'ExpirationDate', 'Transitions']) expect(rule).not.toHaveProperty(key);
      }
    }
  });
});

describe('a customer’s key', () => {
  const { dataTemplate: data, ingestTemplate: ingest } = deploy({ ...CONFIG, encryption: 'customer' });
  const keyed = (template: typeof data, type: string) => [...resourcesOf(template, type).values()].map(({ Properties }) => Properties);

  it('is rotated and retained, and keeps its logical id', () => {
    const keys = resourcesOf(data, 'AWS::KMS::Key');
    expect([...keys.keys()]).toEqual(['WarehouseKey']);
    const { DeletionPolicy, UpdateReplacePolicy, Properties } = keys.get('WarehouseKey')!;
    expect([DeletionPolicy, UpdateReplacePolicy, Properties['EnableKeyRotation']]).toEqual(['Retain', 'Retain', true]);
  });

  it('encrypts the bucket through a bucket key, both queues and every log group', () => {
    data.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
      },
    });
    const queues = keyed(ingest, 'AWS::SQS::Queue');
    const groups = keyed(ingest, 'AWS::Logs::LogGroup');
    expect(queues).toHaveLength(2);
    for (const queue of queues) expect(JSON.stringify(queue['KmsMasterKeyId'])).toContain('WarehouseKey');
    expect(groups.length).toBeGreaterThan(2);
    for (const group of groups) expect(JSON.stringify(group['KmsKeyId'])).toContain('WarehouseKey');
  });

  it('may be used by who reads and writes objects or rings, and by CloudWatch Logs for this account’s groups alone', () => {
    for (const role of ['LandRole', 'CommitRole', 'WatchRole']) {
      const allowed = allowedTo(ingest, role);
      for (const action of ['kms:Decrypt']) expect(allowed.get(action)!.every((arn) => arn.includes('WarehouseKey'))).toBe(true);
    }
    const [key] = keyed(data, 'AWS::KMS::Key');
    const statements = (key!['KeyPolicy'] as { Statement: { Principal: { Service?: unknown }; Condition?: object }[] }).Statement;
    const services = statements.filter(({ Principal }) => Principal.Service !== undefined);
    expect(services).toHaveLength(1);
    expect(JSON.stringify(services[0]!.Condition)).toContain(':log-group:*');
  });

  it('changes nothing else of what holds data', () => {
    const ids = (template: typeof data) => [...Object.keys(template.toJSON()['Resources'] as object)].sort();
    expect(ids(data)).toEqual([...ids(dataTemplate), 'WarehouseKey'].sort());
  });
});
