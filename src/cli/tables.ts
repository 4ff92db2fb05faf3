// `firn tables`: what there is.
import { tableKey } from '../contract/names.ts';
import { FirnError } from '../errors.ts';
import { describeTable } from '../jobs/describe-table.ts';
import type { TableDescription } from '../jobs/types.ts';
import { type Command, EXIT, type ExitCode, type Invocation } from './command.ts';
import { formatBytes, formatCount, formatDuration, tableText } from './table-text.ts';
import { openExistingWarehouse } from './warehouse.ts';

export const tablesCommand: Command = {
  name: 'tables',
  usage: '',
  positionalsMin: 0,
  positionalsMax: 0,
  options: {},
  examples: [
    ['tables', 'the tables of ./warehouse'],
    ['tables --warehouse /data/lake --json', 'for a program'],
  ],
  run: runTables,
};

async function runTables({ warehouse, terminal }: Invocation): Promise<ExitCode> {
  const ports = await openExistingWarehouse(warehouse);
  const rows: ({ readonly table: string; readonly error?: string } & Partial<TableDescription>)[] = [];
  for (const identifier of await ports.catalog.list()) {
    // One table that cannot be read does not hide the others.
    try {
      const description = await describeTable({ ports, identifier });
      // Dropped since the listing.
      if (description !== undefined) rows.push(description);
    } catch (error) {
      if (!(error instanceof FirnError)) throw error;
      rows.push({ table: tableKey(identifier), error: error.message });
    }
  }
  const broken = rows.filter((row) => row.error !== undefined);
  if (terminal.isJson) terminal.json({ warehouse: ports.root, tables: rows.map(briefOf) });
  else if (rows.length === 0) terminal.line('no tables');
  else {
    const lines = rows.map((row) => [row.table, ...cellsOf(row, ports.clock.nowMs())]);
    const header = ['table', 'rows', 'files', 'size', 'snapshots', 'last commit', 'contract'];
    for (const line of tableText(header, lines, { alignRight: [1, 2, 3, 4] })) terminal.line(line);
    for (const row of broken) terminal.line(`${terminal.style.bad('unreadable')} ${row.table}: ${row.error}`);
  }
  return broken.length > 0 ? EXIT.fault : EXIT.fine;
}

function briefOf(row: { readonly table: string; readonly error?: string } & Partial<TableDescription>) {
  const { table, error, liveRows, liveFiles, liveBytes, snapshots, contract, location, metadataLocation, freshness } = row;
  if (error !== undefined) return { table, error };
  return {
    table,
    rows: liveRows,
    files: liveFiles,
    bytes: liveBytes,
    snapshots: snapshots?.length,
    contract,
    location,
    metadataLocation,
    freshness,
  };
}

function cellsOf(row: Partial<TableDescription>, nowMs: number): string[] {
  if (row.liveRows === undefined) return ['?', '?', '?', '?', '', ''];
  const committedMs = row.freshness?.lastCommitMs;
  return [
    formatCount(row.liveRows),
    formatCount(row.liveFiles ?? 0),
    formatBytes(row.liveBytes ?? 0),
    formatCount(row.snapshots?.length ?? 0),
    committedMs === undefined ? 'never' : `${formatDuration(nowMs - committedMs)} ago`,
    row.contract ?? '—',
  ];
}
