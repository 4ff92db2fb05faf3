// Questions to the tables of a warehouse, answered by DuckDB's iceberg extension from the metadata files: an engine none of whose
// code is ours, asked for aggregates where reading every row into JSON would be too much.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { INTEROP_HOME, python } from './processes.ts';
import { listTables } from './readers.ts';

export type Answers = Readonly<Record<string, readonly (readonly (string | null)[])[]>>;

/** Views are named by the table without its namespace. Every value comes back as text. */
export function askDuckdb(warehouse: string, queries: Readonly<Record<string, string>>): Answers {
  const tables = Object.fromEntries([...listTables(warehouse)].map(([name, location]) => [name.split('.')[1]!, location]));
  const request = join(INTEROP_HOME, 'work', 'request.json');
  mkdirSync(join(INTEROP_HOME, 'work'), { recursive: true });
  writeFileSync(request, JSON.stringify({ tables, queries }));
  return python('query_duckdb.py', [request]) as Answers;
}

/** Number of rows and a hash of the content that neither row order nor file layout changes; `without` names the clock columns. */
export function contentQuery(table: string, without: readonly string[]): string {
  return `select count(*), sum(hash(t)::hugeint) from (select * exclude (${without.join(', ')}) from ${table}) t`;
}
