import { describe, expect, it } from 'vitest';
import { CONFIG, CONTRACTS, deploy, resourcesOf } from './support/deployment.ts';

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
