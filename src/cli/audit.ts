// `firn audit`: promises 1 and 2 proven against the rows themselves. Exit 1 when something does not add up.
import { auditTable } from '../jobs/audit-table.ts';
import type { AuditReport, Positions, TableAudit } from '../jobs/types.ts';
import { type Command, EXIT, type ExitCode, type Invocation, UsageError } from './command.ts';
import { contractOf, contractsOf, faultText } from './find-contract.ts';
import { formatCount } from './table-text.ts';
import type { Terminal } from './terminal.ts';
import { openExistingWarehouse } from './warehouse.ts';

export const auditCommand: Command = {
  name: 'audit',
  usage: 'TABLE|CONTRACT | --all',
  positionalsMin: 0,
  positionalsMax: 1,
  options: { all: { type: 'boolean', summary: 'audit every contract of the warehouse' } },
  examples: [
    ['audit aviation.flights', 'the table, its quarantine and its ledger'],
    ['audit --all --json', 'everything, for a program; exit 1 when something does not add up'],
  ],
  notes: [
    'covered offsets = accepted + quarantined + filtered + absent, every accepted row once in its table, every quarantined one once in the quarantine.',
  ],
  run: runAudit,
};

async function runAudit({ positionals, switches, warehouse, terminal }: Invocation): Promise<ExitCode> {
  if (switches.has('all') === (positionals[0] !== undefined))
    throw new UsageError('firn audit needs a table, a contract or --all', 'firn help audit');
  const ports = await openExistingWarehouse(warehouse);
  const faults = new Set<string>();
  const contracts = await contractsOf(ports, faults);
  const names = switches.has('all') ? [...new Set(contracts.values())].sort() : [contractOf(contracts, positionals[0]!)];
  const reports: AuditReport[] = [];
  for (const contractName of names) {
    terminal.progress(`auditing ${contractName} …`);
    const tables = [...contracts].filter(([, contract]) => contract === contractName).map(([table]) => table);
    try {
      reports.push(await auditTable({ ports, contractName, tables }));
    } catch (error) {
      faults.add(faultText(contractName, error));
    }
  }
  terminal.progress('');
  const isClean = faults.size === 0 && reports.every((report) => report.clean);
  if (terminal.isJson) terminal.json({ clean: isClean, audits: reports, faults: [...faults] });
  else printAll(terminal, reports, [...faults]);
  if (faults.size > 0) return EXIT.fault;
  return isClean ? EXIT.fine : EXIT.no;
}

function printAll(terminal: Terminal, reports: readonly AuditReport[], faults: readonly string[]): void {
  for (const report of reports) printAudit(terminal, report);
  for (const fault of faults) terminal.line(`${terminal.style.bad('NOT AUDITED')} ${fault}`);
  if (reports.length + faults.length === 0) terminal.line('nothing to audit: no table of this warehouse belongs to a contract');
}

/** The report for people: one verdict, the sums it rests on, and every finding. */
export function printAudit(terminal: Terminal, report: AuditReport): void {
  const { style } = terminal;
  terminal.line(
    `${report.clean ? style.good('clean') : style.bad('NOT CLEAN')} ${style.bold(report.contract)}  ${style.dim(`ledger entry ${report.entry}`)}`,
  );
  const total = { covered: 0, accepted: 0, quarantined: 0, filtered: 0, absent: 0, inherited: 0 };
  for (const source of report.sources) {
    total.covered += source.covered;
    total.inherited += source.inherited;
    total.accepted += source.counts.accepted;
    total.quarantined += source.counts.quarantined;
    total.filtered += source.counts.filtered;
    total.absent += source.counts.absent;
  }
  const parts = (['accepted', 'quarantined', 'filtered', 'absent'] as const).map((name) => `${formatCount(total[name])} ${name}`);
  const inherited = total.inherited > 0 ? ` + ${formatCount(total.inherited)} landed under an older generation` : '';
  terminal.line(
    `  ${formatCount(total.covered)} offsets = ${parts.join(' + ')}${inherited}  ${style.dim(`${report.sources.length} source partition${report.sources.length === 1 ? '' : 's'}`)}`,
  );
  for (const table of report.tables) printTableAudit(terminal, table);
  for (const finding of findingsOf(report)) terminal.line(`  ${style.bad('✗')} ${finding}`);
  for (const note of notesOf(report)) terminal.line(`  ${style.dim('·')} ${note}`);
}

function printTableAudit(terminal: Terminal, table: TableAudit): void {
  const { addedByOthers: added, removedByOthers: removed } = table;
  const sign = table.liveRows === table.expectedRows + added.count - removed.count ? '=' : '≠';
  const others =
    (added.count > 0 ? ` + ${formatCount(added.count)} added by other writers` : '') +
    (removed.count > 0 ? ` − ${formatCount(removed.count)} removed by other writers` : '');
  terminal.line(`  ${table.table}: ${formatCount(table.liveRows)} rows ${sign} ${formatCount(table.expectedRows)} by the ledger${others}`);
}

/** What makes an audit not clean. */
function findingsOf(report: AuditReport): string[] {
  const findings = [
    ...report.tables.flatMap((table) => tableFindings(table)),
    ...positionsText('offsets with rows in two tables', report.inTwoTables),
    ...report.sources
      .filter((source) => !source.isAccounted)
      .map((source) => `${source.sourceId} partition ${source.partition}: the classes do not add up to what is covered`),
    ...report.sources.flatMap((source) => positionsText('offsets never delivered, nobody asked why', source.unverified)),
    ...report.parked.map(
      (parked) =>
        `parked: ${parked.table ?? parked.sourceId ?? ''} (${parked.reason}) ${parked.message}; the way out: ${parked.recovery.commands[0]}`,
    ),
  ];
  if (report.staged.poisoned > 0) findings.push(`${report.staged.poisoned} descriptors cannot be read; they are kept`);
  return findings;
}

/** What explains a difference and is no fault: other writers' work, and work still to come. */
function notesOf(report: AuditReport): string[] {
  const notes = report.tables.flatMap((table) => [
    ...positionsText(`${table.table}: rows added by other writers`, table.addedByOthers),
    ...positionsText(`${table.table}: rows removed by other writers`, table.removedByOthers),
    ...(table.entriesUnapplied > 0
      ? [`${table.table}: ${formatCount(table.rowsUnapplied)} rows of ${table.entriesUnapplied} entries are not applied yet`]
      : []),
  ]);
  if (report.staged.descriptors > 0)
    notes.push(
      `${formatCount(report.staged.records)} records in ${report.staged.descriptors} descriptors are staged and not decided; landing again commits them`,
    );
  return notes;
}

function tableFindings(table: TableAudit): string[] {
  const of = (what: string) => `${table.table}: ${what}`;
  const findings = [
    ...positionsText(of('rows missing'), table.missing),
    ...positionsText(of('rows twice'), table.doubles),
    ...positionsText(of('rows the ledger does not know'), table.foreign),
  ];
  if (table.rowsWithoutPosition > 0) findings.push(of(`${formatCount(table.rowsWithoutPosition)} rows without a position`));
  if (table.notOurs !== undefined) findings.push(of(`no longer the table the ledger wrote: ${table.notOurs}`));
  if (table.notAudited !== undefined) findings.push(of(`not audited: ${table.notAudited}`));
  return findings;
}

function positionsText(what: string, positions: Positions): string[] {
  if (positions.count === 0) return [];
  const places = positions.ranges.slice(0, 5).map(({ sourceId, partition, ranges }) => {
    const shown = ranges.slice(0, 5).map(([start, end]) => (end - start === 1 ? `${start}` : `${start}–${end - 1}`));
    return `${sourceId}[${partition}] ${shown.join(', ')}${ranges.length > 5 ? ' …' : ''}`;
  });
  return [`${what}: ${formatCount(positions.count)} at ${places.join('; ')}${positions.ranges.length > 5 ? ' …' : ''}`];
}
