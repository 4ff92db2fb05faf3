// The clients the run itself asks AWS with: to see what is there, and in the parts about faults to change it as an operator would.
import { GlueClient, paginateGetDatabases, paginateGetTables } from '@aws-sdk/client-glue';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';
import type { World } from './world.ts';

export interface Services {
  readonly s3: S3Client;
  readonly glue: GlueClient;
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
}

/** One set a world; `destroy` of each closes its connections. */
export function servicesOf({ endpoint, region }: Pick<World, 'endpoint' | 'region'>): Services {
  const local = endpoint === undefined ? {} : { endpoint, credentials: { accessKeyId: 'e2e', secretAccessKey: 'test' } };
  const options = { region, ...local };
  return {
    s3: new S3Client({ ...options, forcePathStyle: endpoint !== undefined }),
    glue: new GlueClient(options),
    sqs: new SQSClient(options),
    lambda: new LambdaClient(options),
  };
}

export async function objectKeys({ s3 }: Services, root: string, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  const Bucket = root.replace('s3://', '').split('/')[0]!;
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix: prefix }))
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
  return keys;
}

/** What there is of a deployment, by kind; names. Physical names of CloudFormation begin with the stack's. */
export async function inventory(
  services: Services,
  ours: { readonly stackPrefix: string; readonly databases: readonly string[] },
): Promise<Readonly<Record<'functions' | 'queues' | 'databases' | 'tables' | 'buckets', readonly string[]>>> {
  const { s3, glue, sqs, lambda } = services;
  const functions: string[] = [];
  for await (const page of paginateListFunctions({ client: lambda }, {}))
    functions.push(...(page.Functions ?? []).map((one) => one.FunctionName!));
  const queues: string[] = [];
  for await (const page of paginateListQueues({ client: sqs }, {}))
    queues.push(...(page.QueueUrls ?? []).map((url) => url.split('/').at(-1)!));
  const databases: string[] = [];
  for await (const page of paginateGetDatabases({ client: glue }, {}))
    databases.push(...(page.DatabaseList ?? []).map(({ Name }) => Name!));
  const tables: string[] = [];
  for (const DatabaseName of databases.filter((name) => ours.databases.includes(name)))
    for await (const page of paginateGetTables({ client: glue }, { DatabaseName }))
      tables.push(...(page.TableList ?? []).map(({ Name }) => `${DatabaseName}.${Name}`));
  const buckets = (await s3.send(new ListBucketsCommand({}))).Buckets ?? [];
  const isOurs = (name: string) => name.startsWith(ours.stackPrefix);
  return {
    functions: functions.filter(isOurs).sort(),
    queues: queues.filter(isOurs).sort(),
    databases: databases.filter((name) => ours.databases.includes(name)).sort(),
    tables: tables.sort(),
    buckets: buckets
      .map(({ Name }) => Name!)
      .filter(isOurs)
      .sort(),
  };
}

/** Deployed functions whose environment has these variables. */
export async function findFunction(services: Services, wanted: Readonly<Record<string, string>>): Promise<string> {
  const found: string[] = [];
  for await (const page of paginateListFunctions({ client: services.lambda }, {})) {
    for (const one of page.Functions ?? []) {
      const variables = one.Environment?.Variables ?? {};
      if (Object.entries(wanted).every(([name, value]) => variables[name] === value)) found.push(one.FunctionName!);
    }
  }
  if (found.length !== 1) throw new Error(`expected one function with ${JSON.stringify(wanted)}, there are ${found.length}`);
  return found[0]!;
}
