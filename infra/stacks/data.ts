// What must outlive everything else: the warehouse's bucket and one Glue database per namespace. All of it is retained, whatever
// is removed from the code: removing a contract deletes neither tables nor ledger. Tables are made and evolved by the functions
// and never appear here, because a CloudFormation update of AWS::Glue::Table drops `metadata_location`
// (cloudformation-coverage-roadmap issues 1919, 2495).
import { ArnFormat, CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { pascal } from '../names.ts';

export interface DataStackProps extends StackProps {
  /** Glue databases to have, one per namespace of the contracts. */
  readonly namespaces: readonly string[];
  /** Keeps overwritten and deleted objects for seven days. @default false */
  readonly bucketVersioning?: boolean;
  /** @default 'aws' */
  readonly encryption?: 'aws' | 'customer';
}

export class DataStack extends Stack {
  readonly bucket: s3.Bucket;
  /** The customer key, where there is one. */
  readonly encryptionKey: kms.Key | undefined;
  /** `s3://<bucket>`: the warehouse. */
  readonly root: string;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    this.encryptionKey = props.encryption === 'customer' ? makeKey(this) : undefined;
    const bucket = makeBucket(this, { versioned: props.bucketVersioning ?? false, encryptionKey: this.encryptionKey });
    this.bucket = bucket;
    this.root = `s3://${bucket.bucketName}`;
    for (const namespace of props.namespaces) makeDatabase(this, { namespace, root: this.root });
    new CfnOutput(this, 'Warehouse', { value: this.root, description: 'Root of the warehouse' });
  }
}

/** Retained as what it encrypts is. CloudWatch Logs is the one service that uses it by itself, for log groups of this account alone. */
function makeKey(stack: Stack): kms.Key {
  const key = new kms.Key(stack, 'Warehouse-Key', {
    description: 'Encrypts the warehouse, the doorbell and the logs of Firn',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  (key.node.defaultChild as kms.CfnKey).overrideLogicalId('WarehouseKey');
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': stack.formatArn({
            service: 'logs',
            resource: 'log-group',
            resourceName: '*',
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        },
      },
    }),
  );
  return key;
}

function makeBucket(stack: Stack, options: { readonly versioned: boolean; readonly encryptionKey: kms.IKey | undefined }): s3.Bucket {
  const { versioned, encryptionKey } = options;
  const encryption =
    encryptionKey === undefined
      ? { encryption: s3.BucketEncryption.S3_MANAGED }
      : { encryption: s3.BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true };
  const bucket = new s3.Bucket(stack, 'Warehouse-Bucket', {
    ...encryption,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [
      { id: 'incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ...(versioned ? [{ id: 'old-versions', noncurrentVersionExpiration: Duration.days(7), expiredObjectDeleteMarker: true }] : []),
    ],
  });
  (bucket.node.defaultChild as s3.CfnBucket).overrideLogicalId('WarehouseBucket');
  return bucket;
}

function makeDatabase(stack: Stack, options: { readonly namespace: string; readonly root: string }): void {
  const database = new glue.CfnDatabase(stack, `Database-${options.namespace}`, {
    catalogId: stack.account,
    databaseInput: { name: options.namespace, locationUri: `${options.root}/${options.namespace}` },
  });
  database.overrideLogicalId(`Database${pascal(options.namespace)}`);
  database.applyRemovalPolicy(RemovalPolicy.RETAIN);
}
