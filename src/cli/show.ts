// `firn show`: one table — schema, files, snapshots, ledger position, freshness, debt.
import type { IcebergType } from '../contract/types.ts';
import { describeTable } from '../jobs/describe-table.ts';
import type { TableDescription } from '../jobs/types.ts';
import { type Command, EXIT, type ExitCode, type Invocation, UsageError } from './command.ts';
import { formatBytes, formatCount, formatDuration, tableText } from './table-text.ts';
import type { Terminal } from './terminal.ts';
import { findTable, openExistingWarehouse } from './warehouse.ts';

const SNAPSHOTS_SHOWN = 10;

export const showCommand: Command = {
  name: 'show',
  usage: 'TABLE',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {},
  examples: [
    ['show aviation.flights', 'a table'],
    ['show flights --json', 'everything, for a program'],
  ],
  run: runShow,
};

async function runShow({ positionals, warehouse, terminal }: Invocation): Promise<ExitCode> {
  const ports = await openExistingWarehouse(warehouse);
  const { identifier } = await findTable(ports, positionals[0]!);
  const description = await describeTable({ ports, identifier });
  if (description === undefined) throw new UsageError(`the table ${positionals[0]!} was dropped meanwhile`, 'firn tables');
  if (terminal.isJson) terminal.json(description);
  else printDescription(terminal, description, ports.clock.nowMs());
  return EXIT.fine;
}

function printDescription(terminal: Terminal, table: TableDescription, nowMs: number): void {
  const { style } = terminal;
  terminal.line(`${style.bold(table.table)}  ${style.dim(`Iceberg v${table.formatVersion} · ${table.uuid}`)}`);
  for (const [name, value] of factsOf(table, nowMs)) terminal.line(`  ${name.padEnd(10)} ${value}`);
  terminal.line();
  const columns = table.schema.fields.map((field) => [
    String(field.id),
    field.name,
    typeText(field.type),
    field.required ? 'required' : '',
    field.doc ?? '',
  ]);
  for (const line of tableText(['id', 'column', 'type', '', ''], columns, { alignRight: [0], indent: '  ' })) terminal.line(line);
  terminal.line();
  printSnapshots(terminal, table);
}

function factsOf(table: TableDescription, nowMs: number): (readonly [string, string])[] {
  const { freshness, ledger } = table;
  const partition = table.partition.map(({ column, transform }) => (transform === 'identity' ? column : `${transform}(${column})`));
  const sort = table.sort.map(({ column, direction, nullOrder }) => `${column} ${direction} ${nullOrder}`);
  const facts: (readonly [string, string | undefined])[] = [
    ['rows', `${formatCount(table.liveRows)} in ${formatCount(table.liveFiles)} files, ${formatBytes(table.liveBytes)}`],
    ['deletes', deletesText(table)],
    ['partition', partition.length === 0 ? 'none' : partition.join(', ')],
    ['sort', sort.length === 0 ? 'none' : sort.join(', ')],
    ['refs', table.refs.length === 0 ? undefined : refsText(table.refs)],
    ['contract', table.contract ?? 'none: not a table of Firn'],
    ['ledger', ledger && ledgerText(ledger)],
    ['freshness', freshnessText(freshness, nowMs)],
    ['location', table.location],
    ['metadata', table.metadataLocation],
  ];
  return facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
}

/** What the rows above do not have subtracted. */
function deletesText({ deleteFiles, deletedPositions, equalityDeleteFiles }: TableDescription): string | undefined {
  if (deleteFiles === 0) return undefined;
  const byKey = equalityDeleteFiles > 0 ? `; ${formatCount(equalityDeleteFiles)} delete by equality, how many rows only a query tells` : '';
  return `${formatCount(deletedPositions)} of these rows are deleted, by ${formatCount(deleteFiles)} delete files and vectors${byKey}`;
}

const REFS_SHOWN = 10;

function refsText(refs: TableDescription['refs']): string {
  const shown = refs.slice(0, REFS_SHOWN).map(({ name, type, snapshotId }) => `${type} ${name.slice(0, 100)} → ${snapshotId}`);
  return shown.join(', ') + (refs.length > REFS_SHOWN ? `, ${formatCount(refs.length - REFS_SHOWN)} more with --json` : '');
}

function ledgerText(ledger: NonNullable<TableDescription['ledger']>): string {
  const debt = ledger.entriesUnapplied > 0 ? `, ${formatCount(ledger.entriesUnapplied)} entries not applied` : '';
  const staged = ledger.stagedDescriptors > 0 ? `, ${formatCount(ledger.stagedDescriptors)} descriptors staged` : '';
  const parked = ledger.parked ? `, PARKED (${ledger.parked.reason}): ${ledger.parked.message}` : '';
  return `applied ${ledger.applied} of ${ledger.entry}${debt}${staged}${parked}`;
}

/** Two different ages: when a commit last moved the table, and how far the events in it reach (the watermark, DESIGN §5.3). */
export function freshnessText({ lastCommitMs, watermarkMs }: TableDescription['freshness'], nowMs: number): string {
  if (lastCommitMs === undefined) return 'nothing committed yet';
  const reach = watermarkMs === undefined ? 'event times unknown' : `event times up to ${instantText(watermarkMs)}`;
  return `committed ${formatDuration(nowMs - lastCommitMs)} ago, ${reach}`;
}

/** A watermark is data: beyond the years Date knows it is shown as the number it is. */
function instantText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}

function printSnapshots(terminal: Terminal, table: TableDescription): void {
  if (table.snapshots.length === 0) terminal.line('  no snapshots');
  if (table.snapshots.length === 0) return;
  const newest = [...table.snapshots].sort((a, b) => b.atMs - a.atMs).slice(0, SNAPSHOTS_SHOWN);
  const rows = newest.map((snapshot) => [
    `${snapshot.isCurrent ? '* ' : '  '}${snapshot.snapshotId}`,
    new Date(snapshot.atMs).toISOString(),
    snapshot.operation,
    `+${formatCount(snapshot.addedRows)}`,
    formatCount(snapshot.totalRows),
    snapshot.job ?? 'another writer',
    snapshot.entries ?? '',
  ]);
  const header = ['  snapshot', 'at', 'operation', 'added', 'rows', 'by', 'entries'];
  for (const line of tableText(header, rows, { alignRight: [3, 4], indent: '  ' })) terminal.line(line);
  const older = table.snapshots.length - newest.length;
  if (older > 0) terminal.line(terminal.style.dim(`  ${formatCount(older)} older; --json lists all`));
}

/** `struct<a: long, b: list<string>>`, as the specification writes types. */
export function typeText(type: IcebergType): string {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}: ${typeText(field.type)}`).join(', ')}>`;
    case 'list':
      return `list<${typeText(type.element)}>`;
    case 'map':
      return `map<${typeText(type.key)}, ${typeText(type.value)}>`;
  }
}
