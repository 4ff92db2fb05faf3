// Steps of the maintenance machine → jobs of src/jobs/maintenance. What no repeat mends is answered as a status, so that one table or
// group never stops the others (promise 4); what a repeat may mend is thrown, and the machine tries again.
import { LIMITS } from '../../src/contract/limits.ts';
import type { MaintainInput, MaintainPlanAnswer, MaintainReportAnswer, UnitAnswer } from '../../src/contract/machine-payloads.ts';
import { contractPaths } from '../../src/contract/names.ts';
import { CommitRefusedError, InputRefusedError } from '../../src/errors.ts';
import { type Deadline, isHalfOver } from '../../src/jobs/deadline.ts';
import type {
  CompactGroup,
  ExpireTable,
  MaintenanceReport,
  PlanMaintenance,
  ReportMaintenance,
  SweepTable,
} from '../../src/jobs/maintenance/types.ts';
import { beginRun, endRun } from '../../src/jobs/run-marker.ts';
import type { Ports } from '../../src/ports.ts';
import { logFailure } from '../shared/failures.ts';
import { MEMBERS, parseStep } from '../shared/step-input.ts';
import { MAINTENANCE_METRICS } from './config.ts';

export interface MaintenanceJobs {
  readonly plan: PlanMaintenance;
  readonly compact: CompactGroup;
  readonly expire: ExpireTable;
  readonly sweep: SweepTable;
  readonly report: ReportMaintenance;
}

export interface MaintainTools {
  readonly ports: Ports;
  readonly jobs: MaintenanceJobs;
  readonly deadline: Deadline;
}

export type MaintainAnswer = MaintainPlanAnswer | UnitAnswer | MaintainReportAnswer | { readonly status: 'closed' };

const { contract, execution, plan, table, number, answers } = MEMBERS;

/** Throws InputRefusedError for anything that is no step. */
export function parseMaintainInput(event: unknown): MaintainInput {
  return parseStep<MaintainInput>(event, {
    plan: { contract, execution },
    compact: { contract, plan, group: number },
    expire: { contract, table },
    sweep: { contract, table },
    report: { contract, execution, plan, compacted: answers, kept: answers },
    close: { contract, execution },
  });
}

/** Carries one step out. */
export async function runMaintainStep(tools: MaintainTools, input: MaintainInput): Promise<MaintainAnswer> {
  switch (input.step) {
    case 'plan':
      return planStep(tools, input);
    case 'compact':
      return unit(tools, () => compactStep(tools, input));
    case 'expire':
      return unit(tools, () => expireStep(tools, input));
    case 'sweep':
      return unit(tools, () => sweepStep(tools, input));
    case 'report':
      return reportStep(tools, input);
    case 'close':
      await endRun({ ports: tools.ports, contractName: input.contract, kind: 'maintain', execution: input.execution });
      return { status: 'closed' };
  }
}

type InputOf<S extends MaintainInput['step']> = Extract<MaintainInput, { step: S }>;

async function planStep({ ports, jobs, deadline }: MaintainTools, input: InputOf<'plan'>): Promise<MaintainPlanAnswer> {
  const contractName = input.contract;
  if (!(await beginRun({ ports, contractName, kind: 'maintain', execution: input.execution, deadline }))) return { status: 'busy' };
  const planned = await jobs.plan({ ports, contractName, deadline });
  const tables = planned.tables.filter(({ leftAlone }) => leftAlone === undefined).map((one) => one.table);
  const groups = planned.groups.slice(0, LIMITS.machineItemsMax).map(({ index }) => index);
  ports.telemetry.log('info', 'maintenance planned', {
    contract: contractName,
    plan: planned.plan,
    groups: groups.length,
    tables: tables.length,
    leftAlone: planned.tables.length - tables.length,
  });
  return { status: 'planned', plan: planned.plan, groups, tables: tables.slice(0, LIMITS.machineItemsMax) };
}

async function compactStep({ ports, jobs, deadline }: MaintainTools, input: InputOf<'compact'>): Promise<UnitAnswer> {
  const { kind, ...facts } = await jobs.compact({ ports, contractName: input.contract, plan: input.plan, group: input.group, deadline });
  ports.telemetry.log('info', 'group compacted', {
    contract: input.contract,
    plan: input.plan,
    group: input.group,
    result: kind,
    ...facts,
  });
  return { status: kind === 'compacted' ? 'done' : kind };
}

async function expireStep({ ports, jobs, deadline }: MaintainTools, input: InputOf<'expire' | 'sweep'>): Promise<UnitAnswer> {
  const result = await jobs.expire({ ports, contractName: input.contract, table: input.table, deadline });
  ports.telemetry.log('info', 'snapshots expired', { contract: input.contract, ...result });
  return { status: result.leftAlone === undefined ? 'done' : 'parked' };
}

/** As often as there is more, within half of the time; what is left is the next run's. */
async function sweepStep({ ports, jobs, deadline }: MaintainTools, input: InputOf<'expire' | 'sweep'>): Promise<UnitAnswer> {
  for (;;) {
    const result = await jobs.sweep({ ports, contractName: input.contract, table: input.table, deadline });
    ports.telemetry.log('info', 'swept', { contract: input.contract, ...result });
    if (result.leftAlone !== undefined) return { status: 'parked' };
    if (!result.hasMore || isHalfOver(deadline)) return { status: 'done' };
  }
}

async function reportStep({ ports, jobs, deadline }: MaintainTools, input: InputOf<'report'>): Promise<MaintainReportAnswer> {
  const run = { ports, contractName: input.contract, execution: input.execution };
  const report = await jobs.report({ ports, contractName: input.contract, plan: input.plan });
  const failed = [...input.compacted, ...input.kept].filter(({ status }) => status === 'failed' || status === 'refused').length;
  tell(ports, report, failed);
  if (failed === 0) await noteMaintained(run, deadline);
  await endRun({ ...run, kind: 'maintain' });
  return { status: failed === 0 ? 'complete' : 'incomplete' };
}

/** Metrics and one line for people. */
function tell({ telemetry }: Ports, report: MaintenanceReport, failed: number): void {
  const { groups, tables, contract: name } = report;
  const debt = (of: (one: MaintenanceReport['tables'][number]['after']) => number) => tables.reduce((sum, { after }) => sum + of(after), 0);
  const values: Readonly<Record<keyof typeof MAINTENANCE_METRICS, number>> = {
    compacted: groups.compacted,
    replanned: groups.replan,
    open: groups.open,
    filesBefore: report.filesBefore,
    filesAfter: report.filesAfter,
    bytesBefore: report.bytesBefore,
    bytesAfter: report.bytesAfter,
    failed,
    debtSmallFiles: debt(({ smallFiles }) => smallFiles),
    debtDeleteFiles: debt(({ deleteFiles }) => deleteFiles),
    debtManifests: debt(({ manifests }) => manifests),
    debtSnapshots: debt(({ snapshots }) => snapshots),
  };
  for (const [key, metric] of Object.entries(MAINTENANCE_METRICS))
    telemetry.count(metric, values[key as keyof typeof values], { contract: name });
  telemetry.log(failed > 0 ? 'warn' : 'info', 'maintained', {
    contract: name,
    plan: report.plan,
    rowsDeleted: report.rowsDeleted,
    ...values,
  });
}

/** An object whose age says when maintenance last ended well: `watch` looks at it. The one before goes. */
async function noteMaintained(
  run: { readonly ports: Ports; readonly contractName: string; readonly execution: string },
  deadline: Deadline,
): Promise<void> {
  const { ports, contractName } = run;
  const paths = contractPaths(ports.root, contractName);
  const own = paths.run('maintained', run.execution);
  deadline.check('note of a maintenance that ended well');
  await ports.files.create(own, Buffer.from('{}'));
  for await (const { uri } of ports.files.list(paths.maintained)) if (uri !== own) await ports.files.delete(uri);
}

/** A table that said no is told and passed over. */
async function unit({ ports }: MaintainTools, run: () => Promise<UnitAnswer>): Promise<UnitAnswer> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof CommitRefusedError || error instanceof InputRefusedError)) throw error;
    logFailure(ports.telemetry, error);
    return { status: 'refused' };
  }
}
