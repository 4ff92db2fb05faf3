// The middleware chain all functions share, outermost first (middy runs `before` in this order, `after` and `onError` in reverse):
//   1 logger context   adds request id and cold start to every line, forgets temporary keys at the end
//   2 metrics flush    writes the invocation's metrics when it ends, well or badly
//   3 classification   innermost, so that the failure is counted before the flush: whatever is thrown leaves as one of our error
//                      classes, whose literal `name` is what Lambda and Step Functions see. No event, payload or foreign
//                      message is logged: a JSON parser's message quotes its input (promise 11).
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { LambdaTelemetry } from '../../src/aws/system.ts';
import type { FirnError } from '../../src/errors.ts';
import { asFirnError, logFailure } from './failures.ts';

/** What we use of Lambda's context. */
export interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type LambdaHandler<E, R> = (event: E, context: LambdaContext) => Promise<R>;

export const FAILED_INVOCATIONS_METRIC = 'failed-invocations';

/** Wraps one job call. */
export function makeHandler<E, R>(telemetry: LambdaTelemetry, run: LambdaHandler<E, R>): LambdaHandler<E, R> {
  const chain = middy()
    .use(injectLambdaContext(telemetry.logger, { resetKeys: true, logEvent: false }))
    .use(metricsFlush(telemetry))
    .use({ onError: (request) => void (request.error = classified(telemetry, request.error)) })
    .handler((event: unknown, context: unknown) => run(event as E, context as LambdaContext));
  return chain as unknown as LambdaHandler<E, R>;
}

/** Powertools' own middleware warns after every invocation without metrics, which is the usual one. */
function metricsFlush({ metrics }: LambdaTelemetry) {
  const publish = () => void (metrics.hasStoredMetrics() && metrics.publishStoredMetrics());
  const before = (request: { readonly context: unknown }) =>
    metrics.captureColdStartMetric((request.context as { readonly functionName?: string }).functionName);
  return { before, after: publish, onError: publish };
}

function classified(telemetry: LambdaTelemetry, error: unknown): FirnError {
  const ours = asFirnError(error);
  telemetry.count(FAILED_INVOCATIONS_METRIC, 1, { errorClass: ours.name });
  logFailure(telemetry, ours);
  return ours;
}
