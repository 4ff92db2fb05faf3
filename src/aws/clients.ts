// The AWS clients, with everything that matters said aloud: one attempt a call (retry.ts is the only retry policy; no SDK retry
// ever stands between a commit and its outcome), timeouts that throw, checksums, kept-alive connections. The AWS_ENDPOINT_URL
// and credential variables are read by the SDK itself.
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { LIMITS } from '../contract/limits.ts';

export interface AwsClients {
  readonly s3: S3Client;
  readonly glue: GlueClient;
  readonly sqs: SQSClient;
  /** Closes idle connections; for tests and command line use. */
  destroy(): void;
}

export interface ClientOptions {
  /** @default the SDK's (AWS_REGION) */
  readonly region?: string;
  /** For a local service. @default the SDK's (AWS_ENDPOINT_URL, else AWS) */
  readonly endpoint?: string;
  /** @default the SDK's provider chain */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** @default LIMITS.ioTimeoutMs */
  readonly requestTimeoutMs?: number;
}

/** Makes all clients over one connection pool. */
export function makeAwsClients(options: ClientOptions = {}): AwsClients {
  const requestTimeoutMs = options.requestTimeoutMs ?? LIMITS.ioTimeoutMs;
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: Math.min(LIMITS.connectTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    socketTimeout: requestTimeoutMs,
    httpAgent: { keepAlive: true, maxSockets: LIMITS.connectionsMax },
    httpsAgent: { keepAlive: true, maxSockets: LIMITS.connectionsMax },
  });
  const shared = {
    requestHandler,
    maxAttempts: 1,
    retryMode: 'standard',
    customUserAgent: [['firn', '1']] as [string, string][],
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
  };
  const s3 = new S3Client({
    ...shared,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_SUPPORTED',
    followRegionRedirects: false,
    forcePathStyle: false,
  });
  const glue = new GlueClient(shared);
  const sqs = new SQSClient(shared);
  return {
    s3,
    glue,
    sqs,
    destroy: () => {
      for (const client of [s3, glue, sqs]) client.destroy();
    },
  };
}
