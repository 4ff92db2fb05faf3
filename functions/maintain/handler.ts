// Lambda `maintain`: one step of the maintenance machine. It answers a status; it throws what the machine tries again.
import { makeLambdaTelemetry } from '../../src/aws/system.ts';
import { makeAwsPorts } from '../../src/aws/wire-ports.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { compactGroup } from '../../src/jobs/maintenance/compact-group.ts';
import { expireTable } from '../../src/jobs/maintenance/expire-table.ts';
import { planMaintenance } from '../../src/jobs/maintenance/plan-maintenance.ts';
import { maintenanceReport } from '../../src/jobs/maintenance/report.ts';
import { sweepTable } from '../../src/jobs/maintenance/sweep-table.ts';
import { makeHandler } from '../shared/chain.ts';
import { METRIC_NAMESPACE } from '../shared/config.ts';
import { invocationDeadline } from '../shared/deadline.ts';
import { loadMaintainConfig, MAINTAIN_SERVICE } from './config.ts';
import { type MaintainAnswer, parseMaintainInput, runMaintainStep } from './steps.ts';

const config = loadMaintainConfig();
const telemetry = makeLambdaTelemetry({ namespace: METRIC_NAMESPACE, service: MAINTAIN_SERVICE, environment: config.environment });
const ports = makeAwsPorts({ root: config.root, doorbellUrl: config.doorbellUrl, telemetry });
const jobs = { plan: planMaintenance, compact: compactGroup, expire: expireTable, sweep: sweepTable, report: maintenanceReport };

export const handler = makeHandler(telemetry, (event: unknown, context): Promise<MaintainAnswer> => {
  const deadline = invocationDeadline(ports.clock, context, LIMITS.maintainDeadlineMs);
  return runMaintainStep({ ports, jobs, deadline }, parseMaintainInput(event));
});
