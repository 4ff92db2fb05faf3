// DuckDB in memory with a view for each table of the warehouse, all at one moment. Only tables the SQL may mean are planned: a
// table's name must be in the text for that. Statements that write outside the session are refused before any is run.
import { DuckDBInstance, StatementType } from '@duckdb/node-api';
import type { TableIdentifier } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { tableKey } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { planScan, type ScanTask } from '../iceberg/scan.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import type { FileStore, Ports, TablePointer } from '../ports.ts';
import { quoteName } from './duckdb-types.ts';
import { keepDeleted } from './query-deleted.ts';
import { type ReachableFiles, type ReachOptions, reachFiles } from './query-files.ts';
import { prepareScans } from './query-scans.ts';
import { currentSchema, viewSql } from './query-view.ts';
import { loadMetadata, pointersAtOneMoment } from './warehouse.ts';

export type Connection = Awaited<ReturnType<DuckDBInstance['connect']>>;
export type QueryResult = Awaited<ReturnType<Connection['stream']>>;

/** Runs the SQL and gives the result of its last statement to `use` while the session is open. */
export async function withQuery<T>(
  ports: Ports,
  sql: string,
  use: (result: QueryResult) => Promise<T>,
  options: ReachOptions = {},
): Promise<T> {
  return withSession(ports, [sql], async (run) => use(await run(sql)), options);
}

/** A session over the tables that any of the texts may mean, all at one moment; `use` runs them, one after the other. */
export async function withSession<T>(ports: Ports, texts: readonly string[], use: SessionUse<T>, options: ReachOptions = {}): Promise<T> {
  return withTables(ports, await planTables(ports, texts.join('\n')), use, options);
}

export type SessionUse<T> = (run: (sql: string) => Promise<QueryResult>) => Promise<T>;

/** A session over planned tables. */
export async function withTables<T>(
  ports: Ports,
  tables: readonly PlannedTable[],
  use: SessionUse<T>,
  options: ReachOptions = {},
): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  let reached: ReachableFiles | undefined;
  try {
    await connection.run(`SET TimeZone = 'UTC'`);
    const files = tables.flatMap(({ tasks }) => tasks.map(({ file }) => file));
    reached = await reachFiles(ports, files, options);
    await createViews(connection, { files: ports.files, tables, reached });
    return await use((sql) => runStatements(connection, sql));
  } finally {
    connection.closeSync();
    instance.closeSync();
    reached?.release();
  }
}

export interface PlannedTable {
  readonly identifier: TableIdentifier;
  readonly metadata: TableMetadata;
  /** Of the snapshot; empty for a table without one. */
  readonly tasks: readonly ScanTask[];
  /** No other table of the warehouse has its name, so it needs no namespace. */
  readonly isNameUnique: boolean;
}

async function planTables(ports: Ports, text: string): Promise<readonly PlannedTable[]> {
  const pointers = await pointersAtOneMoment(ports);
  const counts = new Map<string, number>();
  for (const { identifier } of pointers) counts.set(identifier.name, (counts.get(identifier.name) ?? 0) + 1);
  const meant = meantNames([...counts.keys()], text);
  const tables: PlannedTable[] = [];
  for (const pointer of pointers) {
    const { name } = pointer.identifier;
    const table = await planTable(ports, pointer, { isMeant: meant.has(name.toLowerCase()) });
    if (table !== undefined) tables.push({ ...table, isNameUnique: counts.get(name) === 1 });
  }
  return tables;
}

/**
 * Names, in lower case, that the text may mean: those it has anywhere, so that none it means is left out. A name inside a longer
 * one of an identifier's characters is no name by itself: who asks for `t__quarantine` need not wait for `t`.
 */
function meantNames(names: readonly string[], text: string): ReadonlySet<string> {
  const meant = new Set<string>();
  let rest = text.toLowerCase();
  for (const name of [...new Set(names.map((one) => one.toLowerCase()))].sort((a, b) => b.length - a.length)) {
    if (!rest.includes(name)) continue;
    meant.add(name);
    if (/^\w+$/.test(name)) rest = rest.replaceAll(name, ' ');
  }
  return meant;
}

/** A data file that is gone or damaged, or cannot be read rightly, is the table's trouble, and the table is named. */
async function asReadError<T>(table: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new InputRefusedError(`${table} cannot be read: ${said.slice(0, 1000)}; firn audit ${table} names what is missing`, {
      code: 'table-unreadable',
      cause: error,
    });
  }
}

/** Tables the SQL does not mean are there with their columns only, for SHOW and DESCRIBE; one that cannot be read is left out. */
async function planTable(
  ports: Ports,
  pointer: TablePointer,
  { isMeant }: { readonly isMeant: boolean },
): Promise<Omit<PlannedTable, 'isNameUnique'> | undefined> {
  const { identifier } = pointer;
  try {
    const metadata = await loadMetadata(ports, pointer);
    // A column that DuckDB has no type for is refused before any file is fetched.
    viewSql(currentSchema(metadata), []);
    return { identifier, metadata, tasks: isMeant ? await planScan({ metadata, files: ports.files }) : [] };
  } catch (error) {
    if (isMeant) throw error;
    ports.telemetry.log('warn', 'table left out of the query session', { table: tableKey(identifier), error: String(error) });
    return undefined;
  }
}

async function createViews(
  connection: Connection,
  given: { readonly files: FileStore; readonly tables: readonly PlannedTable[]; readonly reached: ReachableFiles },
): Promise<void> {
  for (const table of given.tables) {
    const { namespace, name } = table.identifier;
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(namespace)}`);
    await asReadError(tableKey(table.identifier), async () => {
      const { metadata, tasks } = table;
      const { pathOf, scratch } = given.reached;
      const { scans, deleted } = await prepareScans({ files: given.files, metadata, tasks, pathOf, scratch });
      await keepDeleted(connection, deleted);
      await connection.run(`CREATE VIEW ${quoteName(namespace)}.${quoteName(name)} AS ${viewSql(currentSchema(metadata), scans)}`);
    });
    if (table.isNameUnique && namespace !== 'main') {
      await connection.run(`CREATE VIEW main.${quoteName(name)} AS FROM ${quoteName(namespace)}.${quoteName(name)}`);
    }
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
