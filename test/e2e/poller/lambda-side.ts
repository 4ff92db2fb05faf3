// Lambda as the pollers see it: synchronous invocations through its API, and the destinations of what is given up.
import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Invocation, LambdaSide, Mapping } from './types.ts';

/** Longer than a function may live: it is Lambda that ends it. */
const INVOKE_MS_MAX = 16 * 60_000;

export interface AwsSide {
  readonly endpoint: string;
  readonly region: string;
}

export function makeLambdaSide({ endpoint, region }: AwsSide): LambdaSide & { close(): void } {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const shared = { endpoint, region, credentials, maxAttempts: 1 };
  const requestHandler = new NodeHttpHandler({
    requestTimeout: INVOKE_MS_MAX,
    connectionTimeout: 5_000,
    httpAgent: { keepAlive: true, maxSockets: 64 },
  });
  const lambda = new LambdaClient({ ...shared, requestHandler });
  const [sqs, s3] = [new SQSClient(shared), new S3Client({ ...shared, forcePathStyle: true })];
  return {
    invoke: async (functionName, event) => {
      try {
        const answer = await lambda.send(new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(event) }));
        return outcomeOf(answer.FunctionError, answer.Payload, answer.$metadata.requestId);
      } catch (error) {
        // Throttled, or the service failed: the event was not handled as far as anybody knows.
        return { kind: 'not-invoked', reason: (error as Error).name };
      }
    },
    discard: async (destination, mapping, record) => {
      const body = JSON.stringify(record);
      const [, , service, region, account, name] = destination.split(':');
      if (service === 'sqs') await sqs.send(new SendMessageCommand({ QueueUrl: `${endpoint}/${account}/${name}`, MessageBody: body }));
      else if (service === 's3')
        await s3.send(new PutObjectCommand({ Bucket: name!, Key: discardKey(mapping, record.timestamp), Body: body }));
      else throw new Error(`no destination of this kind: ${service ?? destination} in ${region ?? 'no region'}`);
    },
    close: () => {
      for (const client of [lambda, sqs, s3]) client.destroy();
    },
  };
}

function outcomeOf(functionError: string | undefined, payload: Uint8Array | undefined, requestId = ''): Invocation {
  const text = payload === undefined ? '' : Buffer.from(payload).toString();
  if (functionError !== undefined) return { kind: 'function-error', functionError, requestId, message: text.slice(0, 300) };
  return { kind: 'answered', answer: text === '' ? null : (JSON.parse(text) as unknown) };
}

function discardKey(mapping: Mapping, timestamp: string): string {
  const [day, time] = timestamp.split('T') as [string, string];
  return `aws/lambda/${mapping.id}/${day.replaceAll('-', '/')}/${day}T${time.slice(0, 8).replaceAll(':', '.')}-${randomUUID()}`;
}
