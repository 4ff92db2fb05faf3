// DuckDB in memory with a view for each table of the warehouse, all at one moment. Only tables the SQL may mean are planned: a
// table's name must be in the text for that. Statements that write outside the session are refused before any is run.
import { DuckDBInstance, StatementType } from '@duckdb/node-api';
import { LIMITS } from '../contract/limits.ts';
import { tableKey } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { planScan } from '../iceberg/scan.ts';
import type { Ports, TablePointer } from '../ports.ts';
import { quoteName } from './duckdb-types.ts';
import { viewSql } from './query-view.ts';
import { loadMetadata, pointersAtOneMoment } from './warehouse.ts';

export type Connection = Awaited<ReturnType<DuckDBInstance['connect']>>;
export type QueryResult = Awaited<ReturnType<Connection['stream']>>;

/** Runs the SQL and gives the result of its last statement to `use` while the session is open. */
export async function withQuery<T>(ports: Ports, sql: string, use: (result: QueryResult) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  try {
    await connection.run(`SET TimeZone = 'UTC'`);
    await createViews(connection, ports, sql);
    return await use(await runStatements(connection, sql));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function createViews(connection: Connection, ports: Ports, sql: string): Promise<void> {
  const pointers = await pointersAtOneMoment(ports);
  const text = sql.toLowerCase();
  const names = new Map<string, number>();
  for (const { identifier } of pointers) names.set(identifier.name, (names.get(identifier.name) ?? 0) + 1);
  for (const pointer of pointers) {
    const { namespace, name } = pointer.identifier;
    const isMeant = holdsName(text, name.toLowerCase());
    const select = await selectOf(ports, pointer, { isMeant });
    if (select === undefined) continue;
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(namespace)}`);
    await asReadError(tableKey(pointer.identifier), () =>
      connection.run(`CREATE VIEW ${quoteName(namespace)}.${quoteName(name)} AS ${select}`),
    );
    // A name that only one table has needs no namespace.
    if (names.get(name) === 1 && namespace !== 'main') {
      await connection.run(`CREATE VIEW main.${quoteName(name)} AS FROM ${quoteName(namespace)}.${quoteName(name)}`);
    }
  }
}

/** The name is there as a word: `mini` is not meant by `mini__quarantine`, so that one broken table does not stop the other. */
function holdsName(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + name.length] ?? ' '];
    if (!/\w/.test(before) && !/\w/.test(after)) return true;
  }
  return false;
}

/** A data file that is gone or damaged is the table's trouble, and the table is named. */
async function asReadError(table: string, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new InputRefusedError(`${table} cannot be read: ${said.slice(0, 1000)}; firn audit ${table} names what is missing`, {
      code: 'table-unreadable',
      cause: error,
    });
  }
}

/** Tables the SQL does not mean are there with their columns only, for SHOW and DESCRIBE; one that cannot be read is left out. */
async function selectOf(ports: Ports, pointer: TablePointer, { isMeant }: { readonly isMeant: boolean }): Promise<string | undefined> {
  const { identifier } = pointer;
  try {
    const metadata = await loadMetadata(ports, pointer);
    const files = isMeant ? await planScan({ metadata, files: ports.files }) : [];
    return viewSql({ identifier, metadata, files });
  } catch (error) {
    if (isMeant) throw error;
    ports.telemetry.log('warn', 'table left out of the query session', { table: tableKey(identifier), error: String(error) });
    return undefined;
  }
}

const READING: readonly StatementType[] = [
  StatementType.SELECT,
  StatementType.EXPLAIN,
  StatementType.PRAGMA,
  StatementType.CALL,
  StatementType.SET,
  StatementType.VARIABLE_SET,
  // Views, macros and temporary tables live in the session only.
  StatementType.CREATE,
  StatementType.CREATE_FUNC,
];

async function runStatements(connection: Connection, sql: string): Promise<QueryResult> {
  if (Buffer.byteLength(sql) > LIMITS.querySqlBytesMax) {
    throw new InputRefusedError(`the SQL is too long: at most ${LIMITS.querySqlBytesMax} bytes`, { code: 'sql-too-long' });
  }
  if (isBlank(sql)) throw new InputRefusedError('there is no SQL to run; give one statement, or more with ; between them', { code: 'sql' });
  const statements = await asSqlError(() => connection.extractStatements(sql));
  for (let i = 0; ; i++) {
    const prepared = await asSqlError(() => statements.prepare(i));
    if (!READING.includes(prepared.statementType)) {
      const kind = StatementType[prepared.statementType] ?? 'this';
      throw new InputRefusedError(`firn query only reads: ${kind} statements are refused; nothing was changed`, { code: 'sql-writes' });
    }
    if (i === statements.count - 1) return asSqlError(() => prepared.stream());
    await asSqlError(() => prepared.run());
  }
}

/** Nothing but white space, semicolons and comments, for which DuckDB has no words. */
function isBlank(sql: string): boolean {
  return sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').replace(/[\s;]/g, '') === '';
}

/** DuckDB's own words, which point at the place, without its internals. */
export async function asSqlError<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof InputRefusedError) throw error;
    const text = (error instanceof Error ? error.message : String(error)).replace(/^Failed to extract statements: /, '');
    throw new InputRefusedError(`the query failed: ${text.slice(0, 2000)}`, { code: 'sql', cause: error });
  }
}
