// All ports on AWS, built once per process.
import type { Doorbell, Ports, Telemetry } from '../ports.ts';
import { type AwsClients, makeAwsClients } from './clients.ts';
import { makeGlueCatalog } from './glue-catalog.ts';
import { rememberWritten } from './remember-written.ts';
import { makeS3FileStore } from './s3-file-store.ts';
import { makeSqsDoorbell } from './sqs-doorbell.ts';
import { systemClock, systemIds } from './system.ts';

export type AwsPortsOptions = {
  /** The warehouse: `s3://bucket[/prefix]`, no trailing slash. */
  readonly root: string;
  readonly telemetry: Telemetry;
  /** @default clients with the SDK's own region, endpoint and credentials */
  readonly clients?: AwsClients;
} & (
  | {
      /** URL of the doorbell's FIFO queue. */
      readonly doorbellUrl: string;
    }
  | {
      /** Instead of the queue, for a process that commits by itself. */
      readonly doorbell: Doorbell;
    }
);

/** Opens no connection before the first call. */
export function makeAwsPorts(options: AwsPortsOptions): Ports {
  const clients = options.clients ?? makeAwsClients();
  const files = rememberWritten(makeS3FileStore({ client: clients.s3 }));
  return {
    files,
    catalog: makeGlueCatalog({ client: clients.glue, files, telemetry: options.telemetry, listedUnder: options.root }),
    clock: systemClock,
    ids: systemIds,
    telemetry: options.telemetry,
    doorbell:
      'doorbell' in options
        ? options.doorbell
        : makeSqsDoorbell({ client: clients.sqs, queueUrl: options.doorbellUrl, clock: systemClock }),
    root: options.root,
  };
}
