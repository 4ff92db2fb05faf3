// Which metrics alarm, at what, and why. A land function that fails is retried by its event source without end, so its errors mean
// that a partition stands still; a ring that fails is repeated by the queue and by `watch`.
import { Duration } from 'aws-cdk-lib';
import { COMMIT_METRICS, COMMIT_SERVICE, FAILED_COMMITS_METRIC, PARKED_METRIC } from '../../functions/commit/config.ts';
import { LAND_SERVICE, SELFCHECK_MISMATCH_METRIC } from '../../functions/land/config.ts';
import { STAGED_AGE_METRIC, WATCH_SERVICE } from '../../functions/watch/config.ts';
import type { CompiledContract } from '../../src/contract/compiled.ts';
import { type Alarms, firnMetric } from './alarms.ts';
import type { PipelineMetrics } from './firn-pipeline.ts';

/** Seconds a descriptor may wait for its commit before somebody should look. */
const STAGED_AGE_S = 300;
/** Seconds event time may be behind the clock when it is committed. A backlog that is worked off rings until it is through. */
const WATERMARK_AGE_S = 900;
/** Hours in a row in which offsets may be unverified at every commit: recovery asks about them every six. */
const UNVERIFIED_HOURS = 24;
/** Seconds a ring may wait. */
const RING_AGE_S = 300;

export function addPipelineAlarms(
  alarms: Alarms,
  pipeline: PipelineMetrics,
  deployment: { readonly environment: string; readonly contracts: readonly CompiledContract[] },
): void {
  alarms.add('DoorbellDeadLetters', {
    metric: pipeline.doorbell.deadLettersVisible(),
    threshold: 1,
    minutesOfFive: 1,
    meaning: 'A contract could not be committed in ten attempts; its data is staged and safe.',
    runbook: 'commits-fail',
  });
  alarms.add('DoorbellAge', {
    metric: pipeline.doorbell.oldestRing(),
    threshold: RING_AGE_S,
    minutesOfFive: 3,
    meaning: 'Rings wait for a committer.',
    runbook: 'commits-wait',
  });
  addFunctionAlarms(alarms, pipeline);
  for (const { name } of deployment.contracts) {
    alarms.add(`Parked-${name}`, {
      metric: firnMetric(PARKED_METRIC, { service: COMMIT_SERVICE, environment: deployment.environment, contract: name }),
      threshold: 1,
      minutesOfFive: 1,
      meaning: `A table or source of ${name} was parked: it waits for a decision, its data is staged and safe.`,
      runbook: 'parked',
    });
    // A failed group is answered, not thrown, so Lambda's own error metric stays silent about it.
    alarms.add(`FailedCommits-${name}`, {
      metric: firnMetric(FAILED_COMMITS_METRIC, { service: COMMIT_SERVICE, environment: deployment.environment, contract: name }),
      threshold: 1,
      minutesOfFive: 3,
      meaning: `Commits of ${name} fail; its data is staged and safe.`,
      runbook: 'commits-fail',
    });
    alarms.add(`SelfcheckMismatch-${name}`, {
      metric: firnMetric(SELFCHECK_MISMATCH_METRIC, { service: LAND_SERVICE, environment: deployment.environment, contract: name }),
      threshold: 1,
      minutesOfFive: 1,
      meaning: `Two ways of judging the records of ${name} did not agree; the slower one's answer was landed.`,
      runbook: 'selfcheck-mismatch',
    });
    const committed = { service: COMMIT_SERVICE, environment: deployment.environment, contract: name };
    alarms.add(`Freshness-${name}`, {
      metric: firnMetric(COMMIT_METRICS.watermarkAge, committed),
      threshold: WATERMARK_AGE_S,
      minutesOfFive: 5,
      meaning: `What is committed of ${name} is old: queries see the past.`,
      runbook: 'not-fresh',
    });
    alarms.add(`Holes-${name}`, {
      metric: firnMetric(COMMIT_METRICS.unverified, committed, { period: Duration.hours(1), statistic: 'Minimum' }),
      threshold: 1,
      minutesOfFive: UNVERIFIED_HOURS,
      periods: UNVERIFIED_HOURS,
      silence: 'as-before',
      meaning: `Offsets of ${name} have been missing for a day, and nobody has been asked about them.`,
      runbook: 'holes',
    });
    alarms.add(`StagedAge-${name}`, {
      metric: firnMetric(STAGED_AGE_METRIC, { service: WATCH_SERVICE, environment: deployment.environment, contract: name }),
      threshold: STAGED_AGE_S,
      minutesOfFive: 3,
      meaning: `Data of ${name} is staged and not committed; queries do not see it yet.`,
      runbook: 'commits-wait',
    });
  }
}

function addFunctionAlarms(alarms: Alarms, pipeline: PipelineMetrics): void {
  const functions = [
    { id: 'Commit', firn: pipeline.commit, meaning: 'Commits fail; staged data is safe and waits.', runbook: 'commits-fail' },
    { id: 'Watch', firn: pipeline.watch, meaning: 'Lost rings are not made good.', runbook: 'watch-fails' },
    ...[...pipeline.sources].map(([id, source]) => ({
      id,
      firn: source.land,
      meaning: 'Landings fail and are retried; their partitions stand still.',
      runbook: 'landings-fail',
    })),
  ];
  for (const { id, firn, meaning, runbook } of functions) {
    alarms.add(`Errors-${id}`, { metric: firn.errors(), threshold: 1, minutesOfFive: 3, meaning, runbook });
    alarms.add(`Throttles-${id}`, {
      metric: firn.throttles(),
      threshold: 1,
      minutesOfFive: 3,
      meaning: 'Lambda refuses invocations for want of concurrency.',
      runbook: 'throttled',
    });
  }
}
