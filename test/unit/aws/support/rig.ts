// The fake AWS with our adapters on it: real SDK clients, short timeouts, no waiting between repeats.
import { afterEach } from 'vitest';
import { type AwsClients, makeAwsClients } from '../../../../src/aws/clients.ts';
import { makeGlueCatalog } from '../../../../src/aws/glue-catalog.ts';
import type { RetryTools } from '../../../../src/aws/retry.ts';
import { makeS3FileStore } from '../../../../src/aws/s3-file-store.ts';
import type { FileStore, LogFields, PointerCatalog, Telemetry } from '../../../../src/ports.ts';
import { type FakeAws, startFakeAws } from './fake-aws.ts';

export const REQUEST_TIMEOUT_MS = 250;

export interface Rig {
  readonly aws: FakeAws;
  readonly clients: AwsClients;
  readonly files: FileStore;
  readonly catalog: PointerCatalog;
  readonly telemetry: RecordingTelemetry;
  /** Pauses asked for. */
  readonly pausesMs: number[];
  readonly retry: RetryTools;
}

export interface RecordingTelemetry extends Telemetry {
  readonly counts: Map<string, number>;
  readonly logs: { readonly level: string; readonly message: string; readonly fields: LogFields | undefined }[];
}

const open: (() => Promise<void>)[] = [];

/** Starts everything; stopped after the test. A late answer is `unknown`: what is not about that asks for the product's own limit. */
export async function makeRig(requestTimeoutMs: number = REQUEST_TIMEOUT_MS): Promise<Rig> {
  const aws = await startFakeAws();
  const clients = makeAwsClients({
    region: 'eu-north-1',
    endpoint: aws.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestTimeoutMs,
  });
  const pausesMs: number[] = [];
  const retry: RetryTools = { sleep: async (ms) => void pausesMs.push(ms), random: () => 0.5 };
  const telemetry = recordingTelemetry();
  const files = makeS3FileStore({ client: clients.s3, retry });
  const catalog = makeGlueCatalog({ client: clients.glue, files, telemetry, retry });
  open.push(async () => {
    clients.destroy();
    await aws.stop();
  });
  return { aws, clients, files, catalog, telemetry, pausesMs, retry };
}

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

export function recordingTelemetry(): RecordingTelemetry {
  const counts = new Map<string, number>();
  const logs: RecordingTelemetry['logs'] = [];
  return {
    counts,
    logs,
    count: (metric, value) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
    log: (level, message, fields) => void logs.push({ level, message, fields }),
  };
}

/** The error a promise rejects with; fails if it does not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a rejection, got a value');
}
