// Iceberg schemas as Glue columns, as Iceberg's Java GlueCatalog shows them (aws module, IcebergToGlueConverter): Hive type
// strings and the parameters iceberg.field.id, iceberg.field.optional, iceberg.field.current. For people and crawlers only: every
// engine reads the schema from the metadata file, never from here.
import { LIMITS } from '../contract/limits.ts';
import { decimalOf, fixedLengthOf, type IcebergType, type NestedField } from '../contract/types.ts';

export interface GlueColumn {
  readonly Name: string;
  readonly Type: string;
  readonly Comment?: string;
  readonly Parameters: Readonly<Record<string, string>>;
}

/** What a metadata file says that Glue shows. */
export interface ShownMetadata {
  readonly location: string;
  readonly 'current-schema-id': number;
  readonly schemas: readonly { readonly 'schema-id': number; readonly fields: readonly NestedField[] }[];
}

/** Columns of the current schema, then those only older schemas have, marked as not current. */
export function glueColumns(metadata: ShownMetadata): GlueColumn[] {
  const currentId = metadata['current-schema-id'];
  const current = metadata.schemas.filter((schema) => schema['schema-id'] === currentId);
  const older = metadata.schemas.filter((schema) => schema['schema-id'] !== currentId);
  const seen = new Set<string>();
  const columns: GlueColumn[] = [];
  for (const schema of [...current, ...older]) {
    for (const field of schema.fields) {
      if (seen.has(field.name)) continue;
      seen.add(field.name);
      columns.push(glueColumn(field, schema['schema-id'] === currentId));
    }
  }
  return columns;
}

/** The Hive text of a type. */
export function hiveType(type: IcebergType): string {
  if (typeof type === 'string') return hivePrimitive(type);
  switch (type.type) {
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${hiveType(field.type)}`).join(',')}>`;
    case 'list':
      return `array<${hiveType(type.element)}>`;
    case 'map':
      return `map<${hiveType(type.key)},${hiveType(type.value)}>`;
  }
}

const HIVE: Readonly<Record<string, string>> = {
  long: 'bigint',
  time: 'string',
  uuid: 'string',
  timestamptz: 'timestamp',
  timestamp_ns: 'timestamp',
  timestamptz_ns: 'timestamp',
};

function hivePrimitive(type: string): string {
  const decimal = decimalOf(type as IcebergType);
  if (decimal) return `decimal(${decimal.precision},${decimal.scale})`;
  if (fixedLengthOf(type as IcebergType) !== undefined) return 'binary';
  return HIVE[type] ?? type;
}

function glueColumn(field: NestedField, isCurrent: boolean): GlueColumn {
  return {
    Name: field.name,
    Type: hiveType(field.type),
    ...(field.doc === undefined ? {} : { Comment: field.doc.slice(0, LIMITS.glueCommentCharsMax) }),
    Parameters: {
      'iceberg.field.id': String(field.id),
      'iceberg.field.optional': String(!field.required),
      'iceberg.field.current': String(isCurrent),
    },
  };
}
