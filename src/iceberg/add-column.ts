// Adds one column, nested ones with fresh ids, at the end of its struct. A list or map named as the parent stands for its struct
// element or value. Source: Iceberg specification, "Schema Evolution" (fresh ids, defaults of added fields).
import type { IcebergType, NestedField, StructType } from '../contract/types.ts';
import { checkDefault } from './column-defaults.ts';
import { editField } from './edit-struct.ts';
import { evolutionRefusal } from './evolution-refusals.ts';
import { assignFreshIds } from './fresh-ids.ts';
import { childFields, fieldsById, fieldsByName, withChildren } from './schema-fields.ts';
import { normalType } from './schema-json.ts';
import type { TableMetadata } from './types.ts';
import type { SchemaDraft } from './update-schema.ts';

export interface NewColumn {
  /** Dotted name of the struct, list or map it is added to; the table itself when left out. */
  readonly parent?: string;
  readonly name: string;
  /** Ids inside are replaced by fresh ones. */
  readonly type: IcebergType;
  /** @default false */
  readonly required?: boolean;
  readonly doc?: string;
  /** JSON single value, for rows written before and for writers without a value (version 3). */
  readonly default?: unknown;
}

/** The draft with the column. Throws CommitRefusedError. */
export function addColumn(draft: SchemaDraft, column: NewColumn): SchemaDraft {
  const { metadata, schema } = draft;
  if (column.name === '') throw evolutionRefusal('column-name', column.parent ?? 'the table');
  const parent = column.parent === undefined ? undefined : structOf(schema, column.parent);
  const siblings = parent ? parent.fields : schema.fields;
  if (siblings.some(({ name }) => name === column.name)) throw evolutionRefusal('column-exists', column.name);
  const required = column.required === true;
  checkTypes(metadata, column.type, column.name);
  if (column.default !== undefined) checkDefault(metadata, { ...column, required }, column.default);
  // A table without snapshots has no rows that could lack the value.
  const hasValue = (column.default ?? null) !== null;
  if (required && (column.type === 'unknown' || (!hasValue && metadata.snapshots.length > 0)))
    throw evolutionRefusal('required-without-default', column.name);
  const field: NestedField = {
    id: 0,
    name: column.name,
    required,
    type: normalDeep(column.type),
    ...(column.doc === undefined ? {} : { doc: column.doc }),
    ...(column.default === undefined ? {} : { 'initial-default': column.default, 'write-default': column.default }),
  };
  const fresh = assignFreshIds({ type: 'struct', fields: [field] }, draft.lastColumnId);
  const added = [...siblings, fresh.struct.fields[0]!];
  const next = parent
    ? editField(schema, parent.ownerId, (owner) => ({ ...owner, type: { ...(owner.type as StructType), fields: added } }))
    : { ...schema, fields: added };
  return { ...draft, schema: next, lastColumnId: fresh.lastId };
}

/** The struct a column is added to, by the id of the field whose type it is. */
function structOf(schema: StructType, name: string): { readonly ownerId: number; readonly fields: readonly NestedField[] } {
  const entry = fieldsByName(schema).get(name);
  if (!entry) throw evolutionRefusal('column-unknown', name);
  const byId = fieldsById(schema);
  const path = [...entry.ancestors.map((id) => byId.get(id)!.field), entry.field];
  if (path.some((field, i) => isKeyOf(path[i - 1]?.type, field.id))) throw evolutionRefusal('map-key', name);
  const { type } = entry.field;
  if (typeof type === 'string') throw evolutionRefusal('parent-kind', name);
  // The last child: the element of a list, the value of a map.
  const owner = type.type === 'struct' ? entry.field : childFields(type).at(-1)!;
  if (typeof owner.type === 'string' || owner.type.type !== 'struct') throw evolutionRefusal('parent-kind', name);
  return { ownerId: owner.id, fields: owner.type.fields };
}

function isKeyOf(type: IcebergType | undefined, id: number): boolean {
  return typeof type === 'object' && type.type === 'map' && type['key-id'] === id;
}

const VERSION_3 = new Set<IcebergType>(['timestamp_ns', 'timestamptz_ns', 'unknown']);

function checkTypes(metadata: TableMetadata, type: IcebergType, name: string): void {
  if (metadata['format-version'] < 3 && VERSION_3.has(type)) throw evolutionRefusal('type-version', name);
  for (const child of childFields(type)) checkTypes(metadata, child.type, `${name}.${child.name}`);
}

function normalDeep(type: IcebergType): IcebergType {
  if (typeof type === 'string') return normalType(type);
  return withChildren(
    type,
    childFields(type).map((child) => ({ ...child, type: normalDeep(child.type) })),
  );
}
