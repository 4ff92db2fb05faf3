// A fresh bucket, queue and pair of adapters on the local AWS.
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { type AwsClients, makeAwsClients } from '../../../../src/aws/clients.ts';
import { makeGlueCatalog } from '../../../../src/aws/glue-catalog.ts';
import { makeS3FileStore } from '../../../../src/aws/s3-file-store.ts';
import type { FileStore, PointerCatalog, Telemetry } from '../../../../src/ports.ts';

export interface Warehouse {
  readonly clients: AwsClients;
  readonly files: FileStore;
  readonly catalog: PointerCatalog;
  /** `s3://<bucket>` */
  readonly root: string;
  readonly queueUrl: string;
}

export const silent: Telemetry = { count: () => {}, log: () => {} };

/** The adapters on whatever AWS the environment names. */
export function makeAdapters(): Pick<Warehouse, 'clients' | 'files' | 'catalog'> {
  const clients = makeAwsClients();
  const files = makeS3FileStore({ client: clients.s3 });
  return { clients, files, catalog: makeGlueCatalog({ client: clients.glue, files, telemetry: silent }) };
}

export async function makeWarehouse(): Promise<Warehouse> {
  const adapters = makeAdapters();
  const bucket = `firn-${randomUUID()}`;
  await adapters.clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const queue = await adapters.clients.sqs.send(
    new CreateQueueCommand({ QueueName: `${bucket}.fifo`, Attributes: { FifoQueue: 'true', VisibilityTimeout: '30', DelaySeconds: '0' } }),
  );
  return { ...adapters, root: `s3://${bucket}`, queueUrl: queue.QueueUrl! };
}
