// What must outlive everything else: the warehouse's bucket and one Glue database per namespace. All of it is retained, whatever
// is removed from the code: removing a contract deletes neither tables nor ledger. Tables are made and evolved by the functions
// and never appear here, because a CloudFormation update of AWS::Glue::Table drops `metadata_location`
// (cloudformation-coverage-roadmap issues 1919, 2495).
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { pascal } from '../names.ts';

export interface DataStackProps extends StackProps {
  /** Glue databases to have, one per namespace of the contracts. */
  readonly namespaces: readonly string[];
  /** Keeps overwritten and deleted objects for seven days. @default false */
  readonly bucketVersioning?: boolean;
}

export class DataStack extends Stack {
  readonly bucket: s3.Bucket;
  /** `s3://<bucket>`: the warehouse. */
  readonly root: string;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const bucket = makeBucket(this, props.bucketVersioning ?? false);
    this.bucket = bucket;
    this.root = `s3://${bucket.bucketName}`;
    for (const namespace of props.namespaces) makeDatabase(this, { namespace, root: this.root });
    new CfnOutput(this, 'Warehouse', { value: this.root, description: 'Root of the warehouse' });
  }
}

function makeBucket(stack: Stack, versioned: boolean): s3.Bucket {
  const bucket = new s3.Bucket(stack, 'Warehouse-Bucket', {
    encryption: s3.BucketEncryption.S3_MANAGED,
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
