// Maintenance of a contract from plan to report in one process: what the state machine does on AWS, on a laptop and in tests. The
// compactions commit by themselves, by compare-and-swap. A table's expiry or sweep that fails stops no other; the first failure is thrown
// when all are done (promise 4).
import { LIMITS } from '../../contract/limits.ts';
import { FirnError } from '../../errors.ts';
import { startDeadline } from '../deadline.ts';
import { compactGroup } from './compact-group.ts';
import { expireTable } from './expire-table.ts';
import { planMaintenance } from './plan-maintenance.ts';
import { maintenanceReport } from './report.ts';
import { sweepTable } from './sweep-table.ts';
import type { CompactionResult, ExpiryResult, MaintenanceRun, RunMaintenanceRequest, SweepResult } from './types.ts';

/** Plan, groups one after the other, expiry and sweep of every planned table, report. */
export async function runMaintenance(request: RunMaintenanceRequest): Promise<MaintenanceRun> {
  const { ports, contractName } = request;
  // However long the run takes, no step of it writes by what it saw long ago.
  const step = () => ({ ports, contractName, deadline: startDeadline(ports.clock, LIMITS.maintainDeadlineMs) });
  const plan = await planMaintenance({ ...request, ...step() });
  const failures: FirnError[] = [];
  const groups: CompactionResult[] = [];
  const expired: ExpiryResult[] = [];
  const swept: SweepResult[] = [];
  for (const group of plan.groups) {
    await attempt(failures, async () => {
      const result = await compactGroup({ ...step(), plan: plan.plan, group: group.index, commitBy: 'self' });
      groups.push(result);
      request.onGroup?.({ group, result, of: plan.groups.length });
    });
  }
  for (const { table } of plan.tables) await attempt(failures, async () => void expired.push(await expireTable({ ...step(), table })));
  for (const { table } of plan.tables) await attempt(failures, async () => void swept.push(await sweepTable({ ...step(), table })));
  if (failures[0]) throw failures[0];
  return { plan, groups, expired, swept, report: await maintenanceReport({ ports, contractName, plan: plan.plan }) };
}

/** A step that failed, its deadline included, leaves its work to the next run. */
async function attempt(failures: FirnError[], act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof FirnError) || error.name === 'InvariantError') throw error;
    failures.push(error);
  }
}
