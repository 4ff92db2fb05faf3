// Changes of a table's default partition spec: fields added, removed, renamed. The result is a new spec, or an equal one of the table's
// history; files keep the spec they were written under. A field that comes back (same column, same transform) gets its old id. Pure.
// Source: Iceberg specification, "Partition Evolution"; BaseUpdatePartitionSpec of iceberg-java for names and redundancy.
import { evolutionRefusal } from './evolution-refusals.ts';
import { currentSchema } from './evolve.ts';
import { type FieldEntry, fieldsById, fieldsByName } from './schema-fields.ts';
import { canTransform, parseTransform, type Transform, textOf } from './transforms.ts';
import type { PartitionField, TableMetadata } from './types.ts';

export type PartitionChange =
  /** `transform` in its JSON text; a name is made of column and transform when left out. */
  | { readonly kind: 'add'; readonly column: string; readonly transform: string; readonly name?: string }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string };

/** The metadata with the changed spec as the default; the same object where nothing changed. Throws CommitRefusedError. */
export function updatePartition(metadata: TableMetadata, changes: readonly PartitionChange[]): TableMetadata {
  const current = metadata['partition-specs'].find((spec) => spec['spec-id'] === metadata['default-spec-id']);
  const start: Draft = { metadata, fields: current?.fields ?? [], lastId: metadata['last-partition-id'] };
  const draft = changes.reduce(apply, start);
  checkNames(draft);
  const shape = (fields: readonly PartitionField[]) =>
    JSON.stringify(fields.map((field) => [field['source-id'], field['field-id'], field.name, field.transform]));
  const known = metadata['partition-specs'].find((spec) => shape(spec.fields) === shape(draft.fields));
  if (known && known['spec-id'] === metadata['default-spec-id']) return metadata;
  const specId = known?.['spec-id'] ?? Math.max(-1, ...metadata['partition-specs'].map((spec) => spec['spec-id'])) + 1;
  return {
    ...metadata,
    'partition-specs': known ? metadata['partition-specs'] : [...metadata['partition-specs'], { 'spec-id': specId, fields: draft.fields }],
    'default-spec-id': specId,
    'last-partition-id': draft.lastId,
  };
}

interface Draft {
  readonly metadata: TableMetadata;
  readonly fields: readonly PartitionField[];
  readonly lastId: number;
}

function apply(draft: Draft, change: PartitionChange): Draft {
  switch (change.kind) {
    case 'add':
      return add(draft, change);
    case 'remove':
      return { ...draft, fields: draft.fields.filter((field) => field !== find(draft, change.name)) };
    case 'rename': {
      const renamed = find(draft, change.name);
      if (change.to === '') throw evolutionRefusal('partition-field-name', change.name);
      return { ...draft, fields: draft.fields.map((field) => (field === renamed ? { ...field, name: change.to } : field)) };
    }
  }
}

function find({ fields }: Draft, name: string): PartitionField {
  const field = fields.find((one) => one.name === name);
  if (!field) throw evolutionRefusal('partition-field-unknown', name);
  return field;
}

function add(draft: Draft, change: Extract<PartitionChange, { kind: 'add' }>): Draft {
  const source = fieldsByName(currentSchema(draft.metadata)).get(change.column);
  if (!source) throw evolutionRefusal('column-unknown', change.column);
  const transform = parseTransform(change.transform);
  if (source.isRepeated || !canTransform(transform, source.field.type))
    throw evolutionRefusal('transform-type', `${change.transform} of ${change.column}`);
  const text = textOf(transform);
  const isRedundant = draft.fields.some(
    (one) => one['source-id'] === source.field.id && (one.transform === text || (isTime(one.transform) && isTime(text))),
  );
  if (isRedundant) throw evolutionRefusal('partition-field-exists', change.name ?? change.column);
  const before = draft.metadata['partition-specs']
    .flatMap(({ fields }) => fields)
    .find(
      (one) => one['source-id'] === source.field.id && one.transform === text && (change.name === undefined || one.name === change.name),
    );
  const field = before ?? {
    'source-id': source.field.id,
    'field-id': draft.lastId + 1,
    name: change.name ?? defaultName(source, transform),
    transform: text,
  };
  return { ...draft, fields: [...draft.fields, field], lastId: Math.max(draft.lastId, field['field-id']) };
}

function isTime(transform: string): boolean {
  return ['year', 'month', 'day', 'hour'].includes(transform);
}

function defaultName({ name }: FieldEntry, transform: Transform): string {
  switch (transform.kind) {
    case 'identity':
      return name;
    case 'bucket':
      return `${name}_bucket_${transform.width}`;
    case 'truncate':
      return `${name}_trunc_${transform.width}`;
    case 'void':
      return `${name}_null`;
    default:
      return `${name}_${textOf(transform)}`;
  }
}

/** Names are unique among the fields, and no column's but that of an identity field's own. */
function checkNames({ metadata, fields }: Draft): void {
  const schema = currentSchema(metadata);
  const byName = fieldsByName(schema);
  const sources = fieldsById(schema);
  fields.forEach((field, i) => {
    const column = byName.get(field.name);
    const isOwn = field.transform === 'identity' && column?.field.id === field['source-id'];
    const isTaken = (column !== undefined && !isOwn) || fields.findIndex((one) => one.name === field.name) !== i;
    if (isTaken && sources.has(field['source-id'])) throw evolutionRefusal('partition-field-name', field.name);
  });
}
