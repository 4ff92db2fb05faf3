// Registers a new table, whoever writes its first metadata file. Where clients write it, version 0 is written and its location
// registered. Where the catalog writes it, it is handed a draft and may give ids of its own: so the property that maps the
// contract's field ids to the table's is left out and set by the first commit, from the ids the table really got.
import { PROPERTY } from '../contract/names.ts';
import type { CreateOutcome, FileStore, Ids, TableCatalog } from '../ports.ts';
import { createFile } from './create-file.ts';
import { metadataFolder, nextMetadataName, serializeMetadata } from './metadata-json.ts';
import { schemaToJson } from './schema-json.ts';
import type { TableMetadata } from './types.ts';

/**
 * Whatever the outcome, load the table again: another may have been faster. After `exists` or `unknown` a metadata file too many is
 * left to sweep: it may be the table's, by an earlier attempt of ours that others have moved on since. `deadline` is checked directly
 * before the table is registered.
 */
export async function createTable(
  ports: { readonly catalog: TableCatalog; readonly files: FileStore; readonly ids: Ids },
  identifier: { readonly namespace: string; readonly name: string },
  metadata: TableMetadata,
  deadline?: { check(step: string): void },
): Promise<CreateOutcome> {
  const { catalog, files, ids } = ports;
  const step = `creation of ${identifier.namespace}.${identifier.name}`;
  if (catalog.metadataWriter === 'catalog') {
    deadline?.check(step);
    const { [PROPERTY.fieldIds]: _proposed, ...properties } = metadata.properties;
    return catalog.create(identifier, {
      location: metadata.location,
      formatVersion: metadata['format-version'],
      schema: schemaToJson(metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id'])!),
      partitionSpec: metadata['partition-specs'].find((spec) => spec['spec-id'] === metadata['default-spec-id']),
      sortOrder: metadata['sort-orders'].find((order) => order['order-id'] === metadata['default-sort-order-id']),
      properties,
    });
  }
  const nameOf = () => `${metadataFolder(metadata)}/${nextMetadataName(undefined, ids.uuid())}`;
  const file = await createFile(files, nameOf, serializeMetadata(metadata));
  deadline?.check(step);
  return catalog.create(identifier, file.uri);
}
