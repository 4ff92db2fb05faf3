// Changes of a table's schema, one after the other, each seeing those before it: the result is a new current schema with a new id (or
// an equal one of the table's history), never a change of a published one. Field ids are never used twice, so a dropped and re-added
// name is another column. What would break readers or change the meaning of written rows is refused with a code of
// evolution-refusals.ts. Pure. Source: Iceberg specification, "Schema Evolution".
import type { IcebergType, NestedField, StructType } from '../contract/types.ts';
import { addColumn, type NewColumn } from './add-column.ts';
import { adoptSchema } from './adopt-schema.ts';
import { checkDefault, promotedDefaults } from './column-defaults.ts';
import { editField, editSiblings, siblingsOf } from './edit-struct.ts';
import { evolutionRefusal } from './evolution-refusals.ts';
import { currentSchema } from './evolve.ts';
import { checkIdentifiers } from './identifier-fields.ts';
import { formatNameMapping, NAME_MAPPING_PROPERTY, tableNameMapping, updateNameMapping } from './name-mapping.ts';
import { isPromotion } from './promotions.ts';
import { type FieldEntry, fieldsById, fieldsByName } from './schema-fields.ts';
import { normalType } from './schema-json.ts';
import type { TableMetadata, TableSchema } from './types.ts';

/** Columns are dotted names of the schema as the changes before left it. */
export type SchemaChange =
  | ({ readonly kind: 'add' } & NewColumn)
  | { readonly kind: 'drop'; readonly column: string }
  | { readonly kind: 'rename'; readonly column: string; readonly name: string }
  | { readonly kind: 'move'; readonly column: string; readonly to: 'first' | { readonly before: string } | { readonly after: string } }
  | { readonly kind: 'make-optional'; readonly column: string }
  | { readonly kind: 'widen'; readonly column: string; readonly type: IcebergType }
  | { readonly kind: 'doc'; readonly column: string; readonly doc: string | undefined }
  | { readonly kind: 'write-default'; readonly column: string; readonly value: unknown }
  | { readonly kind: 'identifier'; readonly columns: readonly string[] };

/** What changes work on. */
export interface SchemaDraft {
  readonly schema: TableSchema;
  readonly lastColumnId: number;
  readonly metadata: TableMetadata;
}

/** The metadata with the changed schema as the current one; the same object where nothing changed. Throws CommitRefusedError. */
export function updateSchema(metadata: TableMetadata, changes: readonly SchemaChange[]): TableMetadata {
  const before = currentSchema(metadata);
  const start: SchemaDraft = { schema: before, lastColumnId: metadata['last-column-id'], metadata };
  const draft = changes.reduce(apply, start);
  checkIdentifiers(draft.schema);
  const adopted = adoptSchema(metadata, draft);
  const mapping = adopted === metadata ? undefined : tableNameMapping(metadata);
  const properties = renamedMetrics(adopted.properties, before, draft.schema);
  const mapped = mapping
    ? { ...properties, [NAME_MAPPING_PROPERTY]: formatNameMapping(updateNameMapping(mapping, draft.schema)) }
    : properties;
  return mapped === adopted.properties ? adopted : { ...adopted, properties: mapped };
}

function apply(draft: SchemaDraft, change: SchemaChange): SchemaDraft {
  switch (change.kind) {
    case 'add':
      return addColumn(draft, change);
    case 'identifier':
      return { ...draft, schema: { ...draft.schema, 'identifier-field-ids': change.columns.map((name) => find(draft, name).field.id) } };
    case 'drop':
      return edited(draft, drop(draft, change.column));
    case 'rename':
      return edited(draft, rename(draft, change));
    case 'move':
      return edited(draft, move(draft, change));
    case 'widen':
      return edited(draft, widen(draft, change));
    case 'make-optional':
      return edited(draft, makeOptional(draft, change.column));
    case 'doc':
    case 'write-default':
      return edited(draft, describe(draft, change));
  }
}

function edited(draft: SchemaDraft, schema: TableSchema): SchemaDraft {
  return { ...draft, schema };
}

/** A column by name that may be changed: no part of a map's key. */
function find({ schema }: SchemaDraft, name: string): FieldEntry {
  const entry = fieldsByName(schema).get(name);
  if (!entry) throw evolutionRefusal('column-unknown', name);
  const byId = fieldsById(schema);
  const path = [...entry.ancestors, entry.field.id];
  const isKey = path.some((id, i) => {
    const parent = i === 0 ? undefined : byId.get(path[i - 1]!)!.field.type;
    return typeof parent === 'object' && parent.type === 'map' && parent['key-id'] === id;
  });
  if (isKey) throw evolutionRefusal('map-key', name);
  return entry;
}

/** A member of a struct: elements, keys and values have fixed names and places. */
function findMember(draft: SchemaDraft, name: string): FieldEntry {
  const entry = find(draft, name);
  const parent = fieldsById(draft.schema).get(entry.ancestors.at(-1) ?? -1)?.field.type;
  if (typeof parent === 'object' && parent.type !== 'struct') throw evolutionRefusal('collection-part', name);
  return entry;
}

function drop(draft: SchemaDraft, name: string): TableSchema {
  const { field } = findMember(draft, name);
  const { metadata, schema } = draft;
  const inside = new Set([field.id, ...fieldsById({ type: 'struct', fields: [field] }).keys()]);
  if (schema['identifier-field-ids']?.some((id) => inside.has(id))) throw evolutionRefusal('identifier-column', name);
  const spec = metadata['partition-specs'].find((one) => one['spec-id'] === metadata['default-spec-id']);
  if (spec?.fields.some((one) => one.transform !== 'void' && inside.has(one['source-id'])))
    throw evolutionRefusal('partition-source', name);
  const order = metadata['sort-orders'].find((one) => one['order-id'] === metadata['default-sort-order-id']);
  if (order?.fields.some((one) => inside.has(one['source-id']))) throw evolutionRefusal('sort-source', name);
  return editField(schema, field.id, () => undefined);
}

function rename(draft: SchemaDraft, { column, name }: { readonly column: string; readonly name: string }): TableSchema {
  const { field } = findMember(draft, column);
  if (name === '') throw evolutionRefusal('column-name', column);
  if (siblingsOf(draft.schema, field.id).some((one) => one.name === name && one.id !== field.id))
    throw evolutionRefusal('column-exists', name);
  return editField(draft.schema, field.id, (one) => ({ ...one, name }));
}

function move(draft: SchemaDraft, { column, to }: Extract<SchemaChange, { kind: 'move' }>): TableSchema {
  const { field } = findMember(draft, column);
  const target = to === 'first' ? undefined : findMember(draft, 'before' in to ? to.before : to.after).field;
  if (target?.id === field.id) throw evolutionRefusal('move-target', column);
  return editSiblings(draft.schema, field.id, (siblings) => {
    const moved = siblings.find(({ id }) => id === field.id)!;
    const others = siblings.filter(({ id }) => id !== field.id);
    if (to === 'first') return [moved, ...others];
    const at = others.findIndex(({ id }) => id === target!.id);
    if (at < 0) throw evolutionRefusal('move-target', column);
    return others.toSpliced('before' in to ? at : at + 1, 0, moved);
  });
}

function makeOptional(draft: SchemaDraft, name: string): TableSchema {
  const { field } = find(draft, name);
  if (draft.schema['identifier-field-ids']?.includes(field.id)) throw evolutionRefusal('identifier-column', name);
  return editField(draft.schema, field.id, (one) => ({ ...one, required: false }));
}

/** Dates may not become timestamps where a partition transform would then give another value for them. */
const SAME_FOR_DATES = new Set(['void', 'year', 'month', 'day']);

function widen(draft: SchemaDraft, { column, type }: { readonly column: string; readonly type: IcebergType }): TableSchema {
  const { field } = find(draft, column);
  const { metadata } = draft;
  if (!isPromotion(field.type, type, metadata['format-version'])) throw evolutionRefusal('type-change', column);
  const changesPartition = metadata['partition-specs']
    .flatMap(({ fields }) => fields)
    .some((one) => one['source-id'] === field.id && !SAME_FOR_DATES.has(one.transform));
  if (field.type === 'date' && type !== 'date' && changesPartition) throw evolutionRefusal('partition-source', column);
  return editField(draft.schema, field.id, (one) => promotedDefaults({ ...one, type: normalType(type) }, field.type));
}

function describe(draft: SchemaDraft, change: Extract<SchemaChange, { kind: 'doc' | 'write-default' }>): TableSchema {
  const { field } = find(draft, change.column);
  if (change.kind === 'write-default') checkDefault(draft.metadata, field, change.value);
  return editField(draft.schema, field.id, (one) => {
    if (change.kind === 'write-default') return { ...one, 'write-default': change.value };
    const { doc: _before, ...rest } = one;
    return change.doc === undefined ? rest : { ...rest, doc: change.doc };
  });
}

const METRICS_PREFIX = 'write.metadata.metrics.column.';

/** Metrics modes are kept by column name: they follow a rename, and go with their column. */
function renamedMetrics(
  properties: Readonly<Record<string, string>>,
  before: StructType,
  after: StructType,
): Readonly<Record<string, string>> {
  const own = Object.keys(properties).filter((key) => key.startsWith(METRICS_PREFIX));
  if (own.length === 0) return properties;
  const [names, left] = [fieldsByName(before), fieldsById(after)];
  const entries = Object.entries(properties).flatMap(([key, value]): [string, string][] => {
    const entry: { readonly field: NestedField } | undefined = own.includes(key) ? names.get(key.slice(METRICS_PREFIX.length)) : undefined;
    if (!entry) return [[key, value]];
    const now = left.get(entry.field.id);
    return now ? [[`${METRICS_PREFIX}${now.name}`, value]] : [];
  });
  return Object.fromEntries(entries);
}
