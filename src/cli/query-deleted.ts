// Deleted rows of the files a session scans, as a table that its views look rows up in: path of the file and place of the row. Made
// only where there are any; bounded by LIMITS.deleteKeysMax for each table of the warehouse.
import type { DuckDBConnection } from '@duckdb/node-api';
import type { PreparedScans } from './query-scans.ts';
import { DELETED_TABLE } from './query-view.ts';

/** Adds the rows. */
export async function keepDeleted(connection: DuckDBConnection, deleted: PreparedScans['deleted']): Promise<void> {
  if (deleted.length === 0) return;
  const [schema, table] = DELETED_TABLE.replaceAll('"', '').split('.') as [string, string];
  await connection.run(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
  await connection.run(`CREATE TABLE IF NOT EXISTS ${DELETED_TABLE} (path VARCHAR, pos BIGINT)`);
  const appender = await connection.createAppender(table, schema);
  for (const { path, rows } of deleted) {
    for (const row of rows) {
      appender.appendVarchar(path);
      appender.appendBigInt(BigInt(row));
      appender.endRow();
    }
  }
  appender.closeSync();
}
