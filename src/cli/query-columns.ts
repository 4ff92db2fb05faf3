// SQL that gives a table's columns from a file's, found by field id at every level as the specification demands: moved, renamed and
// widened ones, those the file lacks by their partition value, initial default or null. A file whose columns DuckDB cannot be told
// to read so gives undefined: our own reader rewrites it. Source: Iceberg specification, "Column Projection". Pure.
import { childStructOf } from '../columns.ts';
import type { IcebergType, NestedField, StructType } from '../contract/types.ts';
import type { FileFooter, FileNode } from '../parquet/read-footer.ts';
import { defaultLiteral, duckdbType, quoteName } from './duckdb-types.ts';
import { castSql, type Sql } from './query-cast.ts';

export interface FileColumns {
  /** One expression per field, of the field's type. */
  readonly sql: readonly string[];
  /** Equal for files that one scan may read together: names and types of all that is in them. */
  readonly shape: string;
  /** Fields that the file lacks, at any depth of structs, with the value its rows have, as SQL text of the field's type. */
  readonly constants: readonly { readonly id: number; readonly sql: string }[];
}

/** `fields`: those of the table, initial defaults replaced by the file's partition values; `valued`: ids of fields so replaced. */
export function fileColumns(struct: StructType, footer: FileFooter, valued: ReadonlySet<number>): FileColumns | undefined {
  if (!isPlainlyNamed(footer.root)) return undefined;
  const found: Found = { constants: [], valued, depth: 0 };
  const sql: string[] = [];
  const nodes = byId(footer.root.children);
  if (nodes === undefined || (nodes.size === 0 && footer.root.children.length > 0)) return undefined;
  for (const field of struct.fields) {
    const node = nodes.get(field.id);
    const column = fieldSql(found, field, { node, ref: `f.${quoteName(node?.element.name ?? '')}` });
    if (column === undefined) return undefined;
    sql.push(column.isPlain ? column.sql : `CAST(${column.sql} AS ${duckdbType(field.type, field.name)})`);
  }
  return { sql, shape: JSON.stringify(shapeOf(footer.root)), constants: found.constants };
}

interface Found {
  readonly constants: { readonly id: number; readonly sql: string }[];
  readonly valued: ReadonlySet<number>;
  /** Lambdas around the expression, for the names of their parameters. */
  readonly depth: number;
}

interface Place {
  readonly node: FileNode | undefined;
  readonly ref: string;
}

function fieldSql(found: Found, field: NestedField, { node, ref }: Place): Sql | undefined {
  if (node === undefined || field.type === 'unknown') return missingSql(found, field);
  const { type } = field;
  const { converted_type: converted, logical_type: logical } = node.element;
  if (node.element.repetition_type === 'REPEATED') return undefined;
  if (typeof type === 'string') return node.children.length > 0 ? undefined : castSql(type, node.element, ref);
  if (node.children.length === 0) return undefined;
  if (type.type === 'struct') return converted === undefined && logical === undefined ? structSql(found, type, { node, ref }) : undefined;
  const annotation = type.type.toUpperCase();
  if ((logical?.type ?? converted) !== annotation) return undefined;
  return repeatedSql(found, type, { node, ref });
}

/** What a required field lacks, and defaults of nested fields, are our own reader's to judge. */
function missingSql(found: Found, field: NestedField): Sql | undefined {
  const value = field['initial-default'] ?? null;
  if (value === null && field.required) return undefined;
  if (value !== null && (typeof value === 'object' || typeof field.type !== 'string')) return undefined;
  const literal = `CAST(${defaultLiteral(field)} AS ${duckdbType(field.type, field.name)})`;
  if (!found.valued.has(field.id)) return { sql: literal, isPlain: false };
  found.constants.push({ id: field.id, sql: literal });
  return { sql: `k.${constantName(field.id)}`, isPlain: false };
}

/** The column of a file's constants. */
export function constantName(id: number): string {
  return quoteName(`c${id}`);
}

function structSql(found: Found, type: StructType, { node, ref }: Place): Sql | undefined {
  const nodes = byId(node!.children);
  if (nodes === undefined) return undefined;
  const members: string[] = [];
  let isPlain = type.fields.length === node!.children.length;
  for (const [i, field] of type.fields.entries()) {
    const member = nodes.get(field.id);
    const made = fieldSql(found, field, { node: member, ref: `${ref}.${quoteName(member?.element.name ?? '')}` });
    if (made === undefined) return undefined;
    isPlain &&= made.isPlain && member === node!.children[i] && member?.element.name === field.name;
    members.push(`${quoteName(field.name)} := ${made.sql}`);
  }
  if (isPlain || members.length === 0) return isPlain ? { sql: ref, isPlain } : undefined;
  return { sql: `CASE WHEN ${ref} IS NOT NULL THEN struct_pack(${members.join(', ')}) END`, isPlain };
}

/** Lists and maps of three levels; some writers leave out the ids of elements, keys and values, whose places are unambiguous. */
function repeatedSql(found: Found, type: IcebergType, { node, ref }: Place): Sql | undefined {
  const [group] = node!.children;
  const { fields } = childStructOf(type)!;
  const name = group?.element.name ?? '';
  const isElement = fields.length === 1 && (name === 'array' || name === `${node!.element.name}_tuple`);
  const isThreeLevel = node!.children.length === 1 && group!.element.repetition_type === 'REPEATED' && !isElement;
  if (!isThreeLevel || group!.children.length !== fields.length) return undefined;
  const parameter = `e${found.depth}`;
  const inner = { ...found, depth: found.depth + 1 };
  const parts: Sql[] = [];
  for (const [i, field] of fields.entries()) {
    const member = group!.children[i]!;
    if (member.element.field_id !== undefined && member.element.field_id !== field.id) return undefined;
    const own = fields.length === 1 ? parameter : `${parameter}.${quoteName(field.name)}`;
    const part = fieldSql(inner, field, { node: member, ref: own });
    if (part === undefined) return undefined;
    parts.push(part);
  }
  if (parts.every(({ isPlain }) => isPlain)) return { sql: ref, isPlain: true };
  if (parts.length === 1) return { sql: `list_transform(${ref}, lambda ${parameter}: ${parts[0]!.sql})`, isPlain: false };
  const entry = `struct_pack(key := ${parts[0]!.sql}, value := ${parts[1]!.sql})`;
  return { sql: `map_from_entries(list_transform(map_entries(${ref}), lambda ${parameter}: ${entry}))`, isPlain: false };
}

function byId(nodes: readonly FileNode[]): ReadonlyMap<number, FileNode> | undefined {
  const withIds = nodes.filter(({ element }) => element.field_id !== undefined);
  const map = new Map(withIds.map((node) => [node.element.field_id!, node]));
  return map.size === withIds.length ? map : undefined;
}

function shapeOf({ element, children }: FileNode): unknown {
  const { name, type, type_length: length, repetition_type: repetition, converted_type: converted, logical_type: logical } = element;
  return [name, type, length, repetition, converted, element.precision, element.scale, logical, children.map(shapeOf)];
}

/** DuckDB's names do not tell upper from lower case, and the names of its own columns would be hidden. */
function isPlainlyNamed(root: FileNode): boolean {
  const names = root.children.map(({ element }) => element.name.toLowerCase());
  return !names.includes('filename') && !names.includes('file_row_number') && hasOwnNames(root);
}

function hasOwnNames({ children }: FileNode): boolean {
  const names = new Set(children.map(({ element }) => element.name.toLowerCase()));
  return names.size === children.length && !names.has('') && children.every(hasOwnNames);
}
