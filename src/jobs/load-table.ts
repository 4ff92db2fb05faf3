// A table as the catalog and its metadata file say. Reads only, no cache: every compare-and-swap begins with it.
import type { TableIdentifier } from '../contract/compiled.ts';
import { TransientIoError } from '../errors.ts';
import { parseMetadata } from '../iceberg/metadata-json.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import type { Ports, TablePointer } from '../ports.ts';

export interface LoadedTable {
  readonly pointer: TablePointer;
  readonly metadata: TableMetadata;
}

/** The table, or undefined when the catalog does not know it. Cost: one catalog request, one read. */
export async function loadTable(ports: Ports, identifier: TableIdentifier): Promise<LoadedTable | undefined> {
  const pointer = await ports.catalog.load(identifier);
  if (!pointer) return undefined;
  const bytes = await ports.files.read(pointer.metadataLocation);
  if (!bytes) {
    // Another commit may have moved the table on and deleted this file since the pointer was read.
    throw new TransientIoError(`metadata of ${identifier.namespace}.${identifier.name} is not there; read the table again`, {
      code: 'metadata-missing',
      details: { table: `${identifier.namespace}.${identifier.name}`, uri: pointer.metadataLocation },
    });
  }
  return { pointer, metadata: parseMetadata(bytes) };
}

/** `namespace.name` → identifier. */
export function identifierOf(table: string): TableIdentifier {
  const dot = table.lastIndexOf('.');
  return { namespace: table.slice(0, dot), name: table.slice(dot + 1) };
}
