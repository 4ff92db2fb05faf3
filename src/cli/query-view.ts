// A table's snapshot → the SQL of a view over exactly its files. Columns are found by field id, so a renamed, reordered or widened
// column reads right; members of nested columns are found by DuckDB by name, so a table whose nested names changed their
// meaning is refused rather than read wrongly. Position deletes are applied, equality deletes refused. Pure.
import { tableKey } from '../contract/names.ts';
import type { IcebergType, NestedField, StructType } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';
import type { DataFile, TableMetadata, TableSchema } from '../iceberg/types.ts';
import { pathOfUri } from '../local/file-uri.ts';
import type { Uri } from '../ports.ts';
import { defaultLiteral, duckdbType, quoteName, quotePath, quoteText } from './duckdb-types.ts';

export interface ScannedFile {
  readonly file: DataFile;
  readonly deletes: readonly DataFile[];
}

export interface ViewRequest {
  readonly identifier: { readonly namespace: string; readonly name: string };
  readonly metadata: TableMetadata;
  /** Files of the snapshot; empty for a table without one. */
  readonly files: readonly ScannedFile[];
  /** Where DuckDB finds a file. @default the path of its local location */
  readonly pathOf?: (uri: Uri) => string;
}

/** `SELECT …` whose rows are the table's. Throws InputRefusedError, naming the table, for what cannot be read rightly. */
export function viewSql(request: ViewRequest): string {
  const table = tableKey(request.identifier);
  const schema = currentSchema(request.metadata);
  assertNestedNames(table, request.metadata, schema);
  const pathOf = request.pathOf ?? pathOfUri;
  const columns = schema.fields.map((field) => `${quoteName(`c${field.id}`)} AS ${quoteName(field.name)}`).join(', ');
  if (request.files.length === 0) return emptySelect(schema);
  for (const { file, deletes } of request.files) assertReadable(table, [file, ...deletes]);
  const map = schemaMap(schema);
  return groupByDeletes(request.files)
    .map(({ files, deletes }) => {
      // Only files with deletes need their rows' numbers: DuckDB refuses the option for a column that is called like it.
      const numbered = deletes.length === 0 ? '' : `, filename = '${FILE_COLUMN}', file_row_number = true`;
      const scan = `read_parquet([${literalPaths(files, pathOf)}], schema = ${map}${numbered})`;
      return `SELECT ${columns} FROM ${scan} AS f${deletes.length === 0 ? '' : withoutDeleted({ files, deletes, pathOf })}`;
    })
    .join(' UNION ALL ');
}

/** Not a field id, so no column of the table is called so inside the view. */
const FILE_COLUMN = 'firn_file';

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

function schemaMap(schema: TableSchema): string {
  const entries = schema.fields.map(
    (field) =>
      `${field.id}: {name: 'c${field.id}', type: ${quoteText(duckdbType(field.type, field.name))}, default_value: ${defaultLiteral(field)}}`,
  );
  return `MAP {${entries.join(', ')}}`;
}

function literalPaths(files: readonly DataFile[], pathOf: (uri: Uri) => string): string {
  return files.map((file) => quotePath(pathOf(file.filePath))).join(', ');
}

/** Files with the same deletes share one scan; files without any, which are nearly all, share the first. */
function groupByDeletes(files: readonly ScannedFile[]): { readonly files: DataFile[]; readonly deletes: readonly DataFile[] }[] {
  const groups = new Map<string, { readonly files: DataFile[]; readonly deletes: readonly DataFile[] }>();
  for (const { file, deletes } of files) {
    const key = deletes
      .map((one) => one.filePath)
      .sort()
      .join('\n');
    const group = groups.get(key);
    if (group) group.files.push(file);
    else groups.set(key, { files: [file], deletes });
  }
  return [...groups.values()];
}

/**
 * Position deletes name the file as their writer spelled it: `file:///p`, `file:/p` or `/p`; `s3://b/k`, `s3a://b/k` or
 * `s3n://b/k`. Both sides are compared without the spelling, and the path the file is scanned under takes the place of its name.
 */
function withoutDeleted(group: {
  readonly files: readonly DataFile[];
  readonly deletes: readonly DataFile[];
  readonly pathOf: (uri: Uri) => string;
}): string {
  const { files, deletes, pathOf } = group;
  const names = files.map(({ filePath }) => `(${quoteText(plainName(filePath))}, ${quoteText(pathOf(filePath))})`);
  const plain = `regexp_replace(regexp_replace(file_path, '^file:(//)?/', '/'), '^s3[an]://', 's3://')`;
  const positions = `SELECT ${plain} AS name, pos FROM read_parquet([${literalPaths(deletes, pathOf)}])`;
  const deleted = `SELECT n.path, p.pos FROM (${positions}) AS p JOIN (VALUES ${names.join(', ')}) AS n(name, path) ON n.name = p.name`;
  return ` WHERE NOT EXISTS (SELECT 1 FROM (${deleted}) AS d WHERE d.path = f.${FILE_COLUMN} AND d.pos = f.file_row_number)`;
}

/** The same in the program as in the SQL above. */
function plainName(uri: Uri): string {
  return uri.replace(/^file:(\/\/)?\//, '/').replace(/^s3[an]:\/\//, 's3://');
}

function assertReadable(table: string, files: readonly DataFile[]): void {
  for (const file of files) {
    if (file.content === 2)
      throw refuse(table, 'it has equality deletes, which firn query does not apply', 'rewrite the deletes, or query it with Spark');
    if (file.fileFormat !== 'PARQUET') {
      throw refuse(
        table,
        `it has ${file.fileFormat} files (another engine wrote or deleted here)`,
        'query it with Spark, or rewrite its files as Parquet',
      );
    }
  }
}

/**
 * DuckDB finds members of nested columns by name. That is right as long as no nested id ever had two names and no nested name
 * two ids, in any schema the table's files may have been written under.
 */
function assertNestedNames(table: string, metadata: TableMetadata, current: TableSchema): void {
  const idOf = new Map<string, number>();
  const nameOf = new Map<number, string>();
  for (const field of current.fields) {
    for (const member of nestedMembers(field.type, `${field.id}`)) {
      idOf.set(member.path, member.id);
      nameOf.set(member.id, member.path);
    }
  }
  for (const schema of metadata.schemas) {
    for (const field of schema.fields) {
      for (const member of nestedMembers(field.type, `${field.id}`)) {
        const isRenamed = (nameOf.get(member.id) ?? member.path) !== member.path;
        const isReused = (idOf.get(member.path) ?? member.id) !== member.id;
        if (isRenamed || isReused) {
          throw refuse(
            table,
            `a member of its nested column ${field.name} was renamed or made anew`,
            'query it with an engine that reads nested fields by id',
          );
        }
      }
    }
  }
}

function* nestedMembers(type: IcebergType, path: string): Generator<{ readonly path: string; readonly id: number }> {
  if (typeof type === 'string') return;
  const children: readonly (readonly [name: string, type: IcebergType, id: number])[] = childrenOf(type);
  for (const [name, child, id] of children) {
    yield { path: `${path}/${name}`, id };
    yield* nestedMembers(child, `${path}/${name}`);
  }
}

function childrenOf(type: Exclude<IcebergType, string>): (readonly [string, IcebergType, number])[] {
  switch (type.type) {
    case 'struct':
      return (type satisfies StructType).fields.map((field: NestedField) => [field.name.toLowerCase(), field.type, field.id] as const);
    case 'list':
      return [['element', type.element, type['element-id']]];
    case 'map':
      return [
        ['key', type.key, type['key-id']],
        ['value', type.value, type['value-id']],
      ];
  }
}

function refuse(table: string, problem: string, remedy: string): InputRefusedError {
  return new InputRefusedError(`cannot query ${table}: ${problem}; ${remedy}`, { code: 'query-unsupported', details: { table } });
}
