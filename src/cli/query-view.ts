// A table's scans → the SQL of a view over exactly its live rows. Each scan is of files of one shape, read under their own types; what
// makes table columns of theirs, and leaves out deleted rows, is outside the scan. Pure.
import type { NestedField } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import type { TableMetadata, TableSchema } from '../iceberg/types.ts';
import { duckdbType, quoteName, quotePath, quoteText } from './duckdb-types.ts';
import { constantName } from './query-columns.ts';

/** Files that the same expressions make table columns of. */
export interface Scan {
  readonly paths: readonly string[];
  /** One expression per column of the table. */
  readonly columns: readonly string[];
  /** Does a file of it have rows in the table of deleted rows? */
  readonly hasDeletes: boolean;
  /** Values that differ from file to file, by field id, as SQL text; none when empty. */
  readonly constantIds: readonly number[];
  readonly constants: readonly { readonly path: string; readonly sql: readonly string[] }[];
}

/** The table of deleted rows of files that are scanned: `path`, `pos`. In a schema that no namespace is called. */
export const DELETED_TABLE = '"__firn"."deleted"';

/** `SELECT …` whose rows are the table's; of no scans, none. */
export function viewSql(schema: TableSchema, scans: readonly Scan[]): string {
  if (scans.length === 0) return emptySelect(schema);
  return scans.map((scan) => scanSql(schema.fields, scan)).join(' UNION ALL ');
}

function scanSql(fields: readonly NestedField[], scan: Scan): string {
  const columns = fields.map((field, i) => `${scan.columns[i]!} AS ${quoteName(field.name)}`).join(', ');
  const files = `read_parquet([${scan.paths.map(quotePath).join(', ')}]) AS f`;
  const where = scan.hasDeletes
    ? ` WHERE NOT EXISTS (SELECT 1 FROM ${DELETED_TABLE} AS d WHERE d.path = f.filename AND d.pos = f.file_row_number)`
    : '';
  return `SELECT ${columns} FROM ${files}${constantsSql(scan)}${where}`;
}

function constantsSql({ constantIds, constants }: Scan): string {
  if (constantIds.length === 0) return '';
  const rows = constants.map(({ path, sql }) => `(${[quoteText(path), ...sql].join(', ')})`);
  return ` JOIN (VALUES ${rows.join(', ')}) AS k(path, ${constantIds.map(constantName).join(', ')}) ON k.path = f.filename`;
}

export function currentSchema(metadata: TableMetadata): TableSchema {
  const schema = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
  if (schema) return schema;
  throw new InputRefusedError(`the metadata at ${metadata.location} names a current schema that it does not have`, {
    code: 'broken-metadata',
  });
}

function emptySelect(schema: TableSchema): string {
  const columns = schema.fields.map((field) => `NULL::${duckdbType(field.type, field.name)} AS ${quoteName(field.name)}`);
  return `SELECT ${columns.join(', ')} WHERE false`;
}
