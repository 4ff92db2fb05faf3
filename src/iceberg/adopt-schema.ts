// Makes a changed schema the table's current one: an equal one of its history is used again, else it gets the next id. Schemas already
// published stay as they are. Source: Iceberg specification, "Schema Evolution".
import { currentSchema } from './evolve.ts';
import { stringifyExact } from './json-exact.ts';
import { schemaToJson } from './schema-json.ts';
import type { TableMetadata, TableSchema } from './types.ts';

/** The same metadata where the schema is the current one already. */
export function adoptSchema(
  metadata: TableMetadata,
  draft: { readonly schema: TableSchema; readonly lastColumnId: number },
): TableMetadata {
  const wanted = contentOf(draft.schema);
  if (contentOf(currentSchema(metadata)) === wanted) return metadata;
  const known = metadata.schemas.find((schema) => contentOf(schema) === wanted);
  const schemaId = known?.['schema-id'] ?? Math.max(...metadata.schemas.map((schema) => schema['schema-id'])) + 1;
  return {
    ...metadata,
    schemas: known ? metadata.schemas : [...metadata.schemas, { ...draft.schema, 'schema-id': schemaId }],
    'current-schema-id': schemaId,
    'last-column-id': Math.max(metadata['last-column-id'], draft.lastColumnId),
  };
}

/** Everything but the id: docs and defaults count, since a reader sees them. */
function contentOf(schema: TableSchema): string {
  const identifiers = [...(schema['identifier-field-ids'] ?? [])].sort((a, b) => a - b);
  return stringifyExact(schemaToJson({ ...schema, 'schema-id': 0, 'identifier-field-ids': identifiers }));
}
