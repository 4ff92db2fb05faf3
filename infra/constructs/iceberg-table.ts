// One table of a contract, or its quarantine, for others to read or to write beside Firn: permissions and nothing else. The table
// itself is made and evolved by `land`; CloudFormation never owns it.
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { TableIdentifier } from '../../src/contract/compiled.ts';
import { allow, type BucketArns, glueArns } from '../grants.ts';

export interface IcebergTableProps {
  readonly identifier: TableIdentifier;
  readonly bucket: BucketArns;
  /** The customer key the bucket is encrypted with. @default AWS's own keys */
  readonly encryptionKey?: kms.IKey;
}

export class IcebergTable extends Construct {
  readonly identifier: TableIdentifier;
  readonly #bucket: BucketArns;
  readonly #key: kms.IKey | undefined;

  constructor(scope: Construct, id: string, props: IcebergTableProps) {
    super(scope, id);
    this.identifier = props.identifier;
    this.#bucket = props.bucket;
    this.#key = props.encryptionKey;
  }

  /** Metadata, data and delete files of this table, and its entry in Glue: what Athena, Spark, Trino, DuckDB or PyIceberg need to query it. */
  grantRead(role: iam.IGrantable): void {
    const { namespace, name } = this.identifier;
    role.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [this.#bucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': [`${namespace}/${name}/*`] } },
      }),
    );
    allow(role, ['s3:GetObject'], [this.#bucket.arnForObjects(`${namespace}/${name}/*`)]);
    allow(role, ['glue:GetDatabase', 'glue:GetTable'], glueArns(Stack.of(this), [this.identifier]));
    if (this.#key !== undefined) allow(role, ['kms:Decrypt'], [this.#key.keyArn]);
  }

  /**
   * As `grantRead`, and commits of its own beside Firn's: deletes, updates, compaction, schema changes (docs/iceberg.md says which).
   * No object may be deleted: whoever expires snapshots or removes orphans asks for that permission by itself.
   */
  grantReadWrite(role: iam.IGrantable): void {
    const { namespace, name } = this.identifier;
    this.grantRead(role);
    allow(
      role,
      ['s3:PutObject'],
      ['data', 'metadata'].map((folder) => this.#bucket.arnForObjects(`${namespace}/${name}/${folder}/*`)),
    );
    allow(role, ['glue:UpdateTable'], glueArns(Stack.of(this), [this.identifier]));
    if (this.#key !== undefined) allow(role, ['kms:GenerateDataKey'], [this.#key.keyArn]);
  }
}
