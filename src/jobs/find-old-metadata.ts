// The last metadata file of a table that the catalog lost: metadata files stay where they are when a table is dropped without its
// files. Found by listing the table's folder, newest first; one that is not of the table's UUID, or is no metadata, is passed over.
import { LIMITS } from '../contract/limits.ts';
import { PROPERTY, tableLocation } from '../contract/names.ts';
import { InputRefusedError } from '../errors.ts';
import { identifierOf } from '../iceberg/load-table.ts';
import { parseMetadata } from '../iceberg/metadata-json.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import type { FileStat, Ports, Uri } from '../ports.ts';
import { parseApplied } from './table-identity.ts';

export interface OldMetadata {
  readonly location: Uri;
  readonly metadata: TableMetadata;
}

/** Undefined when none is left. Cost: one listing; reads at most LIMITS.oldMetadataReadsMax files. */
export async function findOldMetadata(ports: Ports, table: string, uuid: string): Promise<OldMetadata | undefined> {
  const stats: FileStat[] = [];
  for await (const stat of ports.files.list(`${tableLocation(ports.root, identifierOf(table))}/metadata/`)) {
    if (/\.metadata\.json(\.gz)?$|\.gz\.metadata\.json$/.test(stat.uri)) stats.push(stat);
  }
  stats.sort((a, b) => b.lastModifiedMs - a.lastModifiedMs || (a.uri < b.uri ? 1 : -1));
  let best: OldMetadata | undefined;
  for (const { uri } of stats.slice(0, LIMITS.oldMetadataReadsMax)) {
    const metadata = await readMetadata(ports, uri);
    if (metadata?.['table-uuid'] !== uuid) continue;
    // The newest by its own word: clocks of writers differ, and a lost attempt of a commit may be newer by the store's.
    if (!best || rank(metadata) > rank(best.metadata)) best = { location: uri, metadata };
  }
  return best;
}

/** An attempt that lost its compare-and-swap may name a higher number: its own entry is applied again, or told by its rows. */
function rank(metadata: TableMetadata): number {
  return (parseApplied(metadata.properties[PROPERTY.applied]) ?? 0) * 1e6 + metadata['last-sequence-number'];
}

async function readMetadata(ports: Ports, uri: Uri): Promise<TableMetadata | undefined> {
  const bytes = await ports.files.read(uri);
  try {
    return bytes && parseMetadata(bytes);
  } catch (error) {
    if (error instanceof InputRefusedError) return undefined;
    throw error;
  }
}
