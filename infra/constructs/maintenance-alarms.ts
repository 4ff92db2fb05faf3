// Which metrics of maintenance and recovery alarm, at what, and why.
import { Duration } from 'aws-cdk-lib';
import { MAINTAIN_SERVICE, MAINTENANCE_METRICS } from '../../functions/maintain/config.ts';
import { MAINTENANCE_AGE_METRIC, MAINTENANCE_AGE_MINUTES, WATCH_SERVICE } from '../../functions/watch/config.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { type Alarms, firnMetric } from './alarms.ts';
import type { FirnMachine } from './firn-machine.ts';
import type { FirnMaintenance, FirnMaintenanceProps } from './firn-maintenance.ts';

/** Small files of a contract, all its tables together, at which readers notice: 10,000 opened one after the other are minutes. */
const DEBT_SMALL_FILES = 10_000;

export function addMaintenanceAlarms(
  alarms: Alarms,
  made: Pick<FirnMaintenance, 'machine' | 'recoveries'>,
  { environment, contracts, maintenance }: Pick<FirnMaintenanceProps, 'environment' | 'contracts' | 'maintenance'>,
): void {
  addExecutionAlarms(alarms, 'Maintenance', { machine: made.machine, runbook: 'maintenance-fails', what: 'Runs of maintenance' });
  for (const [cluster, { machine }] of made.recoveries)
    addExecutionAlarms(alarms, `Recovery-${cluster}`, { machine, runbook: 'recovery-fails', what: 'Recoveries' });
  const everyHours = maintenance?.everyHours ?? LIMITS.maintainEveryHours;
  for (const { name } of contracts) {
    alarms.add(`Debt-${name}`, {
      metric: firnMetric(
        MAINTENANCE_METRICS.debtSmallFiles,
        { service: MAINTAIN_SERVICE, environment, contract: name },
        { period: Duration.hours(1) },
      ),
      threshold: DEBT_SMALL_FILES,
      minutesOfFive: 1,
      periods: 1,
      silence: 'as-before',
      meaning: `Small files of ${name} pile up faster than they are compacted; queries get slower.`,
      runbook: 'maintenance-debt',
    });
    if (everyHours === 'off') continue;
    alarms.add(`MaintenanceLate-${name}`, {
      metric: firnMetric(
        MAINTENANCE_AGE_METRIC,
        { service: WATCH_SERVICE, environment, contract: name },
        { period: Duration.minutes(MAINTENANCE_AGE_MINUTES) },
      ),
      threshold: LIMITS.maintainLateIntervals * everyHours * 3600,
      minutesOfFive: 1,
      periods: 1,
      silence: 'as-before',
      meaning: `No maintenance of ${name} has ended well for ${LIMITS.maintainLateIntervals} intervals.`,
      runbook: 'maintenance-late',
    });
  }
}

function addExecutionAlarms(
  alarms: Alarms,
  id: string,
  given: { readonly machine: FirnMachine; readonly runbook: string; readonly what: string },
): void {
  const { machine, runbook, what } = given;
  const every = { period: Duration.minutes(5), statistic: 'Sum' };
  const shared = { threshold: 1, minutesOfFive: 1, periods: 1, runbook } as const;
  alarms.add(`${id}-Failed`, {
    ...shared,
    metric: machine.machine.metricFailed(every),
    meaning: `${what} fail; tables and positions are as they were.`,
  });
  alarms.add(`${id}-TimedOut`, {
    ...shared,
    metric: machine.machine.metricTimedOut(every),
    meaning: `${what} take longer than they may; what they did stays.`,
  });
}
