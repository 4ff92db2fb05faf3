// The client for Amazon MSK's own API, apart from the clients of the landing path, whose bundles must not carry it.
import { KafkaClient } from '@aws-sdk/client-kafka';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { LIMITS } from '../contract/limits.ts';

/** Region, credentials and endpoint are the SDK's. For reads alone, so the SDK may retry. */
export function makeMskClient(): KafkaClient {
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: LIMITS.connectTimeoutMs,
    requestTimeout: LIMITS.ioTimeoutMs,
    throwOnRequestTimeout: true,
  });
  return new KafkaClient({ requestHandler, maxAttempts: LIMITS.ioAttemptsMax });
}
