// Who may do what, and no more: promise 3 holds by permission, too. Landing can delete no data file, descriptor or entry; only the
// committer deletes: finished descriptors, checkpointed entries, replacements it carried out, metadata, and data files it rewrote itself
// and did not commit; and maintenance, what it has proven unreferenced.
// ListBucket is on the whole bucket, because without it S3 answers 403 instead of 404 for an object that does not exist, and a
// condition on the prefix does not hold for such a read.
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import type { CompiledContract, TableIdentifier } from '../src/contract/compiled.ts';
import { quarantineIdentifier } from '../src/contract/names.ts';

/** A bucket as far as permissions need it. */
export type BucketArns = Pick<s3.IBucket, 'bucketArn' | 'arnForObjects'>;

/** Stages data files and descriptors of one contract; makes and evolves its tables. */
export function grantLand(role: iam.IGrantable & IConstruct, bucket: BucketArns, contract: CompiledContract): void {
  const tables = tablesOf(contract);
  const folders = tables.map((table) => `${table.namespace}/${table.name}`);
  allow(role, ['s3:ListBucket'], [bucket.bucketArn]);
  allow(
    role,
    ['s3:GetObject'],
    [...folders.map((folder) => bucket.arnForObjects(`${folder}/*`)), bucket.arnForObjects(`_firn/${contract.name}/*`)],
  );
  allow(
    role,
    ['s3:PutObject'],
    [
      ...folders.flatMap((folder) => [bucket.arnForObjects(`${folder}/data/*`), bucket.arnForObjects(`${folder}/metadata/*`)]),
      bucket.arnForObjects(`_firn/${contract.name}/staged/*`),
      bucket.arnForObjects(`_firn/${contract.name}/suspect/*`),
      bucket.arnForObjects(`_firn/${contract.name}/ledger.json`),
    ],
  );
  allow(
    role,
    ['s3:DeleteObject'],
    [...folders.map((folder) => bucket.arnForObjects(`${folder}/metadata/*`)), bucket.arnForObjects(`_firn/${contract.name}/suspect/*`)],
  );
  allow(role, ['glue:GetDatabase', 'glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable'], glueArns(role, tables));
}

/** Writes the ledger and commits tables of every contract. */
export function grantCommit(role: iam.IGrantable & IConstruct, bucket: BucketArns, contracts: readonly CompiledContract[]): void {
  const namespaces = namespacesOf(contracts);
  const everything = [bucket.arnForObjects('_firn/*'), ...namespaces.map((namespace) => bucket.arnForObjects(`${namespace}/*`))];
  allow(role, ['s3:ListBucket'], [bucket.bucketArn]);
  allow(role, ['s3:GetObject', 's3:PutObject'], everything);
  allow(
    role,
    ['s3:DeleteObject'],
    [
      ...['staged', 'ledger', 'checkpoint', 'maintenance'].map((folder) => bucket.arnForObjects(`_firn/*/${folder}/*`)),
      ...namespaces.flatMap((namespace) => ['data', 'metadata'].map((folder) => bucket.arnForObjects(`${namespace}/*/${folder}/*`))),
    ],
  );
  allow(
    role,
    ['glue:GetDatabase', 'glue:GetTable', 'glue:UpdateTable'],
    glueArns(
      role,
      namespaces.map((namespace) => ({ namespace, name: '*' })),
    ),
  );
}

/**
 * Rewrites, expires and sweeps the tables of every contract: reads everything, writes data and metadata of tables, keeps plans, markers and
 * results below `_firn/`, and never writes or deletes a descriptor, an entry or a checkpoint. What grew old it copies to `parked/`, and
 * sweeps the copies that nobody needs any more.
 */
export function grantMaintain(role: iam.IGrantable & IConstruct, bucket: BucketArns, contracts: readonly CompiledContract[]): void {
  const namespaces = namespacesOf(contracts);
  const files = namespaces.flatMap((namespace) => ['data', 'metadata'].map((folder) => bucket.arnForObjects(`${namespace}/*/${folder}/*`)));
  const own = (...folders: readonly string[]) => folders.map((folder) => bucket.arnForObjects(`_firn/*/${folder}/*`));
  allow(role, ['s3:ListBucket'], [bucket.bucketArn]);
  const everything = [bucket.arnForObjects('_firn/*'), ...namespaces.map((namespace) => bucket.arnForObjects(`${namespace}/*`))];
  allow(role, ['s3:GetObject'], everything);
  allow(role, ['s3:PutObject'], [...files, ...own('maintenance', 'parked', 'plans', 'runs')]);
  allow(role, ['s3:DeleteObject'], [...files, ...own('maintenance', 'parked', 'plans', 'runs')]);
  const tables = namespaces.map((namespace) => ({ namespace, name: '*' }));
  allow(role, ['glue:GetDatabase', 'glue:GetTable', 'glue:UpdateTable'], glueArns(role, tables));
}

/** As landing, for every contract; and `absent` and `park` entries, plans and markers. */
export function grantRecover(role: iam.IGrantable & IConstruct, bucket: BucketArns, contracts: readonly CompiledContract[]): void {
  const namespaces = namespacesOf(contracts);
  const own = (...folders: readonly string[]) => folders.map((folder) => bucket.arnForObjects(`_firn/*/${folder}/*`));
  const files = (folder: string) => namespaces.map((namespace) => bucket.arnForObjects(`${namespace}/*/${folder}/*`));
  allow(role, ['s3:ListBucket'], [bucket.bucketArn]);
  const everything = [bucket.arnForObjects('_firn/*'), ...namespaces.map((namespace) => bucket.arnForObjects(`${namespace}/*`))];
  allow(role, ['s3:GetObject'], everything);
  const written = own('ledger', 'plans', 'runs', 'staged', 'suspect');
  allow(role, ['s3:PutObject'], [...files('data'), ...files('metadata'), ...written, bucket.arnForObjects('_firn/*/ledger.json')]);
  allow(role, ['s3:DeleteObject'], [...files('metadata'), ...own('runs', 'suspect')]);
  const tables = namespaces.map((namespace) => ({ namespace, name: '*' }));
  allow(role, ['glue:GetDatabase', 'glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable'], glueArns(role, tables));
}

/** Looks what is staged. */
export function grantWatch(role: iam.IGrantable & IConstruct, bucket: BucketArns): void {
  allow(role, ['s3:ListBucket'], [bucket.bucketArn]);
}

/** Reads and writes objects of a bucket under a customer's key. */
export function grantKey(role: iam.IGrantable, key: kms.IKey | undefined): void {
  if (key !== undefined) allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn]);
}

/** One statement of the role's own policy. */
export function allow(role: iam.IGrantable, actions: readonly string[], resources: readonly string[]): void {
  role.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [...actions], resources: [...resources] }));
}

function namespacesOf(contracts: readonly CompiledContract[]): readonly string[] {
  return [...new Set(contracts.flatMap(tablesOf).map((table) => table.namespace))].sort();
}

function tablesOf(contract: CompiledContract): TableIdentifier[] {
  return contract.tables.flatMap((table) => [table.identifier, quarantineIdentifier(table.identifier)]);
}

/** Glue checks catalog, database and table for each call. */
export function glueArns(scope: IConstruct, tables: readonly TableIdentifier[]): string[] {
  const stack = Stack.of(scope);
  const arn = (resource: string) => stack.formatArn({ service: 'glue', resource });
  const namespaces = [...new Set(tables.map((table) => table.namespace))];
  return [
    arn('catalog'),
    ...namespaces.map((namespace) => arn(`database/${namespace}`)),
    ...tables.map((table) => arn(`table/${table.namespace}/${table.name}`)),
  ];
}
