// The PointerCatalog port on `<warehouse>/catalog.db`, in the layout that PyIceberg's SqlCatalog and Java's JdbcCatalog share, so
// that both open it as it is: one row per table, and a row `exists = true` for each namespace. The compare-and-swap is Java's
// and PyIceberg's own: UPDATE … WHERE metadata_location = <base>; no row changed means that the table moved or is gone.
// Upholds promise 2: two processes lose nothing to each other.
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { TableIdentifier } from '../contract/compiled.ts';
import { tableKey } from '../contract/names.ts';
import { CommitRefusedError, type FirnError, TransientIoError } from '../errors.ts';
import type { CommitOutcome, CreateOutcome, PointerCatalog, TablePointer, Uri } from '../ports.ts';
import { ioError, systemCode } from './io-errors.ts';
import { readSqlite, SQLITE, sqliteCode, type WriteOutcome, writeSqlite } from './sqlite.ts';

/** The value of `catalog_name` in every row: the name under which other engines must register the catalog. */
export const CATALOG_NAME = 'firn';

/** The catalog in the SQLite file `file`, which is made by the first write. */
export function makeSqlCatalog(file: string): PointerCatalog {
  return {
    name: CATALOG_NAME,
    metadataWriter: 'client',
    load: (identifier) => reading(file, `load ${tableKey(identifier)}`, undefined, (database) => loadPointer(database, identifier)),
    create: (identifier, metadataLocation) => createTable(file, identifier, metadataLocation),
    commit: (base, metadataLocation) => commitTable(file, base, metadataLocation),
    list: (namespace) => reading(file, 'list tables', [], (database) => listTables(database, namespace)),
    ensureNamespace: (namespace) => ensureNamespace(file, namespace),
  };
}

// The columns and keys that both implementations give a new catalog. One made by an older version lacks `iceberg_type`, which
// tells tables from views: it is used as it is.
const LAYOUT = [
  `CREATE TABLE IF NOT EXISTS iceberg_tables (
     catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, table_name VARCHAR(255) NOT NULL,
     metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), iceberg_type VARCHAR(5),
     PRIMARY KEY (catalog_name, table_namespace, table_name))`,
  `CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
     catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL, property_key VARCHAR(255) NOT NULL,
     property_value VARCHAR(1000) NOT NULL,
     PRIMARY KEY (catalog_name, namespace, property_key))`,
];

const IS_TABLE = 'catalog_name = ? AND table_namespace = ? AND table_name = ?';

async function reading<T>(file: string, step: string, whenAbsent: T, work: (database: DatabaseSync) => T): Promise<T> {
  if (!existsSync(file)) return whenAbsent;
  try {
    return await readSqlite(file, (database) => (hasLayout(database) ? work(database) : whenAbsent));
  } catch (error) {
    throw new TransientIoError(`cannot ${step} from ${file}: ${explain(error)}`, {
      code: 'catalog-read',
      details: { file },
      cause: error,
    });
  }
}

function hasLayout(database: DatabaseSync): boolean {
  return database.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'iceberg_tables'`).get() !== undefined;
}

/** Views are kept in the same rows, where there is the column. */
function typeColumn(database: DatabaseSync): boolean {
  return database.prepare(`SELECT 1 FROM pragma_table_info('iceberg_tables') WHERE name = 'iceberg_type'`).get() !== undefined;
}

function onlyTables(database: DatabaseSync): string {
  return typeColumn(database) ? `AND (iceberg_type IS NULL OR iceberg_type = 'TABLE')` : '';
}

function loadPointer(database: DatabaseSync, identifier: TableIdentifier): TablePointer | undefined {
  const row = database
    .prepare(`SELECT metadata_location FROM iceberg_tables WHERE ${IS_TABLE} ${onlyTables(database)}`)
    .get(CATALOG_NAME, identifier.namespace, identifier.name);
  if (row === undefined) return undefined;
  const location = row['metadata_location'];
  if (typeof location !== 'string' || location === '') throw new Error(`the row of ${tableKey(identifier)} has no metadata location`);
  return { identifier, metadataLocation: location, version: location };
}

function listTables(database: DatabaseSync, namespace: string | undefined): TableIdentifier[] {
  const rows = database
    .prepare(
      `SELECT table_namespace, table_name FROM iceberg_tables WHERE catalog_name = ? AND (? IS NULL OR table_namespace = ?)
       ${onlyTables(database)} ORDER BY table_namespace, table_name`,
    )
    .all(CATALOG_NAME, namespace ?? null, namespace ?? null);
  return rows.map((row) => ({ namespace: String(row['table_namespace']), name: String(row['table_name']) }));
}

async function createTable(file: string, identifier: TableIdentifier, metadataLocation: Uri): Promise<CreateOutcome> {
  const outcome = await writeSqlite(file, (database) => {
    for (const statement of LAYOUT) database.exec(statement);
    const [column, value] = typeColumn(database) ? [', iceberg_type', `, 'TABLE'`] : ['', ''];
    database
      .prepare(
        `INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, previous_metadata_location${column})
         VALUES (?, ?, ?, ?, NULL${value})`,
      )
      .run(CATALOG_NAME, identifier.namespace, identifier.name, metadataLocation);
  });
  if (outcome.kind === 'done') return 'created';
  if (outcome.kind === 'unclear') return 'unknown';
  if (sqliteCode(outcome.cause) === SQLITE.constraint) return 'exists';
  throw writeError(file, `create ${tableKey(identifier)}`, outcome);
}

async function commitTable(file: string, base: TablePointer, metadataLocation: Uri): Promise<CommitOutcome> {
  const { identifier } = base;
  const key = [CATALOG_NAME, identifier.namespace, identifier.name] as const;
  if (!existsSync(file)) return { kind: 'refused', cause: gone(identifier, file) };
  const outcome = await writeSqlite(file, (database): CommitOutcome => {
    if (!hasLayout(database)) return { kind: 'refused', cause: gone(identifier, file) };
    const filter = onlyTables(database);
    const { changes } = database
      .prepare(
        `UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ?
         WHERE ${IS_TABLE} AND metadata_location = ? ${filter}`,
      )
      .run(metadataLocation, base.version, ...key, base.version);
    if (Number(changes) === 1) return { kind: 'committed' };
    const isThere = database.prepare(`SELECT 1 FROM iceberg_tables WHERE ${IS_TABLE} ${filter}`).get(...key) !== undefined;
    return isThere ? { kind: 'conflict' } : { kind: 'refused', cause: gone(identifier, file) };
  });
  switch (outcome.kind) {
    case 'done':
      return outcome.value;
    case 'busy':
      // Known not applied, and most likely because the table is moving: load again, then try again.
      return { kind: 'conflict' };
    case 'failed':
      return { kind: 'refused', cause: writeError(file, `commit ${tableKey(identifier)}`, outcome) };
    case 'unclear':
      return { kind: 'unknown', cause: outcome.cause };
  }
}

function gone(identifier: TableIdentifier, file: string): CommitRefusedError {
  return new CommitRefusedError(`cannot commit ${tableKey(identifier)}: the table is no longer in ${file}`, {
    code: 'table-gone',
    details: { table: tableKey(identifier), file },
  });
}

async function ensureNamespace(file: string, namespace: string): Promise<void> {
  const outcome = await writeSqlite(file, (database) => {
    for (const statement of LAYOUT) database.exec(statement);
    // Any property makes a namespace; PyIceberg and Java write this one when there is no other.
    database
      .prepare(
        `INSERT INTO iceberg_namespace_properties (catalog_name, namespace, property_key, property_value)
         SELECT ?, ?, 'exists', 'true' WHERE NOT EXISTS
           (SELECT 1 FROM iceberg_namespace_properties WHERE catalog_name = ? AND namespace = ?)`,
      )
      .run(CATALOG_NAME, namespace, CATALOG_NAME, namespace);
  });
  if (outcome.kind !== 'done') throw writeError(file, `create namespace ${namespace}`, outcome);
}

function writeError(file: string, step: string, outcome: Exclude<WriteOutcome<unknown>, { kind: 'done' }>): FirnError {
  const { cause } = outcome;
  const details = { file };
  if (systemCode(cause) !== 'ERR_SQLITE_ERROR') return ioError(cause, step, file);
  if (outcome.kind === 'failed')
    return new CommitRefusedError(`cannot ${step}: ${explain(cause)} (${file})`, { code: 'catalog-write', details, cause });
  return new TransientIoError(`cannot ${step}: ${explain(cause)} (${file})`, { code: 'catalog-write', details, cause });
}

function explain(error: unknown): string {
  switch (sqliteCode(error)) {
    case SQLITE.busy:
    case SQLITE.locked:
      return 'another process holds the catalog locked; run again';
    case SQLITE.readonly:
    case SQLITE.perm:
      return 'the catalog cannot be written; check the permissions of the file and its directory';
    case SQLITE.full:
      return 'no space left on the disk; free some space and run again';
    case SQLITE.cantOpen:
      return 'the file cannot be opened; check the path and its permissions';
    case SQLITE.corrupt:
    case SQLITE.notADb:
      return 'the file is no SQLite database or is damaged; restore it from a backup, or register the tables anew from their newest metadata files';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
