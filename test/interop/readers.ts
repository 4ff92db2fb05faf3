// Other engines read what Firn wrote: PyIceberg through the warehouse's own catalog in three lines, DuckDB by the metadata file.
// Upholds promise 6 (conformant) by exact values, not by counts.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Canonical } from './canonical.ts';
import type { Checks } from './checks.ts';
import type { ExpectedTable } from './corpus.ts';
import { python } from './processes.ts';

type Row = Readonly<Record<string, Canonical>>;

interface ReadTable {
  readonly rows: readonly Row[];
}
interface PyicebergTable extends ReadTable {
  readonly count: number;
  readonly snapshots: number;
  readonly partition: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
}

/** Reads each table with both engines and compares every value. */
export async function checkReaders(checks: Checks, warehouse: string, tables: readonly ExpectedTable[]): Promise<void> {
  const pyiceberg = python('read_pyiceberg.py', [warehouse, ...tables.map(({ table }) => table)]) as Record<string, PyicebergTable>;
  for (const { table, rows } of tables) {
    const read = pyiceberg[table];
    await checks.equal(`PyIceberg reads ${table} value for value`, byOffset(read?.rows ?? [], columnsOf(rows)), rows);
    await checks.equal(`PyIceberg counts ${table} from its metadata`, read?.count, rows.length);
  }
  const locations = listTables(warehouse);
  const forDuckdb = tables.filter((table) => table.isReadableByDuckdb);
  const duckdb = python(
    'read_duckdb.py',
    forDuckdb.map(({ table }) => `${table}=${locations.get(table)}`),
  ) as Record<string, ReadTable>;
  for (const { table, rows } of forDuckdb) {
    await checks.equal(`DuckDB reads ${table} value for value`, byOffset(duckdb[table]?.rows ?? [], columnsOf(rows)), rows);
  }
}

/** Table name → metadata file, straight from the catalog's SQLite file. */
export function listTables(warehouse: string): ReadonlyMap<string, string> {
  const database = new DatabaseSync(join(warehouse, 'catalog.db'), { readOnly: true });
  try {
    const rows = database.prepare('SELECT table_namespace, table_name, metadata_location FROM iceberg_tables ORDER BY 1, 2').all();
    // Writers spell local places in three ways: `file:///a`, `file:/a` (Java's) and `/a`.
    const uriOf = (place: string): string => place.replace(/^(?:file:)?\/+/, 'file:///');
    return new Map(rows.map((row) => [`${row['table_namespace']}.${row['table_name']}`, uriOf(String(row['metadata_location']))]));
  } finally {
    database.close();
  }
}

function columnsOf(rows: readonly Row[]): readonly string[] | undefined {
  return rows[0] && Object.keys(rows[0]);
}

/** Rows in the order of their offsets, reduced to the given columns. */
function byOffset(rows: readonly Row[], columns: readonly string[] | undefined): readonly Row[] {
  return [...rows]
    .sort((a, b) => Number(a['kafka_offset']) - Number(b['kafka_offset']))
    .map((row) => (columns ? Object.fromEntries(columns.map((name) => [name, row[name] ?? null])) : row));
}
