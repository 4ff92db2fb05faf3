// Clock, identifiers and telemetry of a Lambda function. Metrics go out in the embedded metric format, logs as JSON; both carry
// names, counts and positions, never a payload (promise 11).
import { randomBytes, randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Clock, Ids, LogFields, Telemetry } from '../ports.ts';

export const systemClock: Clock = { nowMs: () => Date.now() };

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  snapshotId: () => {
    const id = randomBytes(8).readBigUInt64BE() & 0x7fff_ffff_ffff_ffffn;
    return id === 0n ? 1n : id;
  },
};

export interface LambdaTelemetry extends Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Several metrics of the same dimensions as one line of the log. */
  countTogether(values: Readonly<Record<string, number>>, dimensions: Readonly<Record<string, string>>): void;
}

export interface TelemetryOptions {
  /** CloudWatch namespace. */
  readonly namespace: string;
  readonly service: string;
  readonly environment: string;
}

/** Telemetry of one function. `metrics` must be flushed at the end of each invocation (the functions' middleware does). */
export function makeLambdaTelemetry(options: TelemetryOptions): LambdaTelemetry {
  const logger = new Logger({ serviceName: options.service, persistentKeys: { environment: options.environment } });
  const makeMetrics = () =>
    new Metrics({ namespace: options.namespace, serviceName: options.service, defaultDimensions: { environment: options.environment } });
  const metrics = makeMetrics();
  return {
    logger,
    metrics,
    count: (metric, value, dimensions) => {
      const target = dimensions === undefined ? metrics : metrics.singleMetric();
      if (dimensions !== undefined) target.addDimensions({ ...dimensions });
      target.addMetric(metric, MetricUnit.Count, value);
    },
    countTogether: (values, dimensions) => {
      const together = makeMetrics();
      together.addDimensions({ ...dimensions });
      for (const [metric, value] of Object.entries(values)) together.addMetric(metric, MetricUnit.Count, value);
      together.publishStoredMetrics();
    },
    log: (level, message, fields) => logger[level](message, definedFields(fields)),
  };
}

function definedFields(fields: LogFields | undefined): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields ?? {})) if (value !== undefined) kept[name] = value;
  return kept;
}
