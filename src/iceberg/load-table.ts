// A table as the catalog and its metadata file say. Reads only: every compare-and-swap begins with it. Which file is the head is always
// asked; the content of one that this process wrote itself is known.
import type { TableIdentifier } from '../contract/compiled.ts';
import { InputRefusedError, TransientIoError } from '../errors.ts';
import type { Ports, TablePointer } from '../ports.ts';
import { knownMetadata } from './known-metadata.ts';
import { metadataOfJson, parseMetadata } from './metadata-json.ts';
import type { TableMetadata } from './types.ts';

export interface LoadedTable {
  readonly pointer: TablePointer;
  readonly metadata: TableMetadata;
}

/** The table, or undefined when the catalog does not know it. Cost: one catalog request, one read where it does not hand out metadata. */
export async function loadTable(ports: Pick<Ports, 'catalog' | 'files'>, identifier: TableIdentifier): Promise<LoadedTable | undefined> {
  const pointer = await ports.catalog.load(identifier);
  if (!pointer) return undefined;
  const given = metadataInPointer(pointer);
  const known = given ?? knownMetadata(ports.files, pointer.metadataLocation);
  if (known) return { pointer, metadata: known };
  const bytes = await ports.files.read(pointer.metadataLocation);
  if (!bytes) {
    // Another commit may have moved the table on and deleted this file since the pointer was read.
    throw new TransientIoError(`metadata of ${identifier.namespace}.${identifier.name} is not there; read the table again`, {
      code: 'metadata-missing',
      details: { table: `${identifier.namespace}.${identifier.name}`, uri: pointer.metadataLocation },
    });
  }
  return { pointer, metadata: parseMetadataOf(pointer, bytes) };
}

/** The metadata of a pointer; a file that is none is refused by the name of its table and its place. */
export function parseMetadataOf(pointer: TablePointer, bytes: Buffer): TableMetadata {
  return readMetadata(pointer, () => parseMetadata(bytes));
}

/** The metadata a catalog handed out with the pointer; undefined where it did not. */
export function metadataInPointer(pointer: TablePointer): TableMetadata | undefined {
  return pointer.metadata === undefined ? undefined : readMetadata(pointer, () => metadataOfJson(pointer.metadata));
}

function readMetadata({ identifier, metadataLocation }: TablePointer, read: () => TableMetadata): TableMetadata {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputRefusedError)) throw error;
    const table = `${identifier.namespace}.${identifier.name}`;
    throw new InputRefusedError(`table ${table}: ${error.message} · in ${metadataLocation}; restore it from a copy`, {
      code: error.code,
      details: { ...error.details, table, uri: metadataLocation },
      cause: error,
    });
  }
}

/** `namespace.name` → identifier. */
export function identifierOf(table: string): TableIdentifier {
  const dot = table.lastIndexOf('.');
  return { namespace: table.slice(0, dot), name: table.slice(dot + 1) };
}
