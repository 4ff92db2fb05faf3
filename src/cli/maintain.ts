// `firn maintain`: small files of a table become few, snapshots that nobody needs leave it, files that nothing refers to are deleted.
// --plan shows what would be done and leaves it. Exit 1 when something has to be planned again, because the table moved on meanwhile.
import { LIMITS } from '../contract/limits.ts';
import { QUARANTINE_SUFFIX } from '../contract/names.ts';
import { startDeadline } from '../jobs/deadline.ts';
import { planMaintenance } from '../jobs/maintenance/plan-maintenance.ts';
import { runMaintenance } from '../jobs/maintenance/run-maintenance.ts';
import type { MaintenancePlan, MaintenanceRun, TableDebt } from '../jobs/maintenance/types.ts';
import { type Command, EXIT, type ExitCode, type Invocation } from './command.ts';
import { contractOf, contractsOf } from './find-contract.ts';
import { formatBytes, formatCount } from './table-text.ts';
import type { Terminal } from './terminal.ts';
import { openExistingWarehouse } from './warehouse.ts';

export const maintainCommand: Command = {
  name: 'maintain',
  usage: 'TABLE|CONTRACT [--plan]',
  positionalsMin: 1,
  positionalsMax: 1,
  options: { plan: { type: 'boolean', summary: 'show what would be compacted, and what each table carries' } },
  examples: [
    ['maintain game.events --plan', 'which files would be rewritten together'],
    ['maintain game.events', 'compact, expire, sweep'],
  ],
  notes: [
    'Files of a window that has ended are compacted at once, those of one that still gets rows when eight of like size have come together.',
    'Snapshots stay for an hour, then one of each hour for five days; files are deleted when nothing has referred to them and they are a day old.',
  ],
  run: runMaintain,
};

async function runMaintain({ positionals, switches, warehouse, terminal }: Invocation): Promise<ExitCode> {
  const ports = await openExistingWarehouse(warehouse);
  const contracts = await contractsOf(ports, new Set());
  const name = positionals[0]!;
  const contractName = contractOf(contracts, name);
  const named = [...contracts.keys()].filter((table) => table === name || table.endsWith(`.${name}`));
  const request = { ports, contractName, ...(named[0] === undefined ? {} : { tables: [named[0], `${named[0]}${QUARANTINE_SUFFIX}`] }) };
  if (switches.has('plan')) {
    const plan = await planMaintenance({ ...request, deadline: startDeadline(ports.clock, LIMITS.maintainDeadlineMs) });
    if (terminal.isJson) terminal.json(plan);
    else printPlan(terminal, plan);
    return EXIT.fine;
  }
  let done = 0;
  const run = await runMaintenance({
    ...request,
    onGroup: ({ group, of }) => terminal.progress(`${++done} of ${of} groups: ${group.table} ${group.partition}`),
  });
  terminal.progress('');
  if (terminal.isJson) terminal.json(run);
  else printRun(terminal, run);
  return run.report.groups.replan > 0 ? EXIT.no : EXIT.fine;
}

function printPlan(terminal: Terminal, plan: MaintenancePlan): void {
  const { style } = terminal;
  for (const { table, debt, leftAlone, groups } of plan.tables) {
    if (leftAlone !== undefined) terminal.line(`${style.warn('left alone')} ${style.bold(table)}: ${leftAlone}`);
    else terminal.line(`${style.bold(table)}  ${debtText(debt)} · ${formatCount(groups)} group${groups === 1 ? '' : 's'} to compact`);
    for (const group of plan.groups.filter((one) => one.table === table)) {
      const where = group.partition === '' ? 'unpartitioned' : group.partition;
      terminal.line(`  ${where}: ${formatCount(group.files)} files, ${formatBytes(group.bytes)}, ${formatCount(group.records)} rows`);
    }
  }
}

function printRun(terminal: Terminal, { report, expired, swept }: MaintenanceRun): void {
  const { style } = terminal;
  const { compacted, nothing, replan } = report.groups;
  terminal.line(
    `${formatCount(compacted)} groups compacted: ${formatCount(report.filesBefore)} files, ${formatBytes(report.bytesBefore)} → ${formatCount(report.filesAfter)} files, ${formatBytes(report.bytesAfter)}` +
      (nothing > 0 ? ` · ${formatCount(nothing)} had nothing to do` : '') +
      (replan > 0 ? ` · ${style.warn(`${formatCount(replan)} to be planned again: run it again`)}` : ''),
  );
  for (const { table, before, after } of report.tables) {
    const expiry = expired.find((one) => one.table === table);
    const sweep = swept.find((one) => one.table === table);
    const left = expiry?.leftAlone ?? sweep?.leftAlone;
    terminal.line(`${style.bold(table)}  ${debtText(before)} → ${debtText(after)}`);
    if (left !== undefined) terminal.line(`  ${style.warn('left alone')}: ${left}`);
    else {
      terminal.line(
        `  ${formatCount(expiry?.snapshotsExpired ?? 0)} snapshots expired · ${formatCount(sweep?.deleted ?? 0)} files deleted, ${formatBytes(sweep?.deletedBytes ?? 0)}` +
          (sweep?.hasMore ? ' · more is left: run it again' : ''),
      );
    }
  }
}

function debtText(debt: TableDebt): string {
  const deletes = debt.deleteFiles > 0 ? `, ${formatCount(debt.deleteFiles)} delete files` : '';
  return `${formatCount(debt.dataFiles)} files (${formatCount(debt.smallFiles)} small${deletes}), ${formatCount(debt.snapshots)} snapshots`;
}
