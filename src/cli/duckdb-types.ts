// Iceberg types → DuckDB's, and names as SQL text. Pure.
import { decimalOf, fixedLengthOf, type IcebergType, type NestedField } from '../contract/types.ts';
import { InputRefusedError } from '../errors.ts';

const PRIMITIVES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  timestamp_ns: 'TIMESTAMP_NS',
  string: 'VARCHAR',
  uuid: 'UUID',
  binary: 'BLOB',
  // Holds nulls only; DuckDB wants some type.
  unknown: 'INTEGER',
};

/** The DuckDB type of a column; throws for one that DuckDB cannot hold without loss. */
export function duckdbType(type: IcebergType, column: string): string {
  if (typeof type === 'string') {
    const decimal = decimalOf(type);
    if (decimal) return `DECIMAL(${decimal.precision}, ${decimal.scale})`;
    const simple = fixedLengthOf(type) === undefined ? PRIMITIVES[type] : 'BLOB';
    if (simple !== undefined) return simple;
    throw new InputRefusedError(`cannot query column ${column}: DuckDB has no type for ${type}; select it with another engine`, {
      code: 'query-type',
      details: { expected: 'a type DuckDB has', got: type },
    });
  }
  switch (type.type) {
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quoteName(field.name)} ${duckdbType(field.type, `${column}.${field.name}`)}`).join(', ')})`;
    case 'list':
      return `${duckdbType(type.element, `${column}.element`)}[]`;
    case 'map':
      return `MAP(${duckdbType(type.key, `${column}.key`)}, ${duckdbType(type.value, `${column}.value`)})`;
  }
}

/** The value that rows have in files older than the column (Iceberg v3 `initial-default`), as SQL text for a cast. */
export function defaultLiteral(field: NestedField): string {
  const value = field['initial-default'];
  if (value === undefined || value === null) return 'NULL::VARCHAR';
  if (typeof value === 'object') {
    throw new InputRefusedError(`cannot query column ${field.name}: nested default values are not supported by firn query`, {
      code: 'query-default',
    });
  }
  const isBytes = field.type === 'binary' || fixedLengthOf(field.type) !== undefined;
  const text = Object.is(value, -0) ? '-0' : String(value);
  return quoteText(isBytes ? text.replace(/../g, '\\x$&') : text);
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path that DuckDB takes literally: its glob characters are put in brackets. */
export function quotePath(path: string): string {
  return quoteText(path.replace(/[[*?]/g, '[$&]'));
}
