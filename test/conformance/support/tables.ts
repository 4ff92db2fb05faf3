// Tables of the catalog suite: made, appended to and looked at through the functions every writer of Firn uses, so that the suite is
// the same for catalogs whose clients write the metadata and for those that write it themselves.
import type { TableIdentifier } from '../../../src/contract/compiled.ts';
import { prepareAppend, prepareProperties } from '../../../src/iceberg/append.ts';
import type { PreparedCommit } from '../../../src/iceberg/commit-metadata.ts';
import { commitTable } from '../../../src/iceberg/commit-table.ts';
import { createTable } from '../../../src/iceberg/create-table.ts';
import { type LoadedTable, loadTable } from '../../../src/iceberg/load-table.ts';
import { newTableMetadata } from '../../../src/iceberg/new-table.ts';
import type { TableMetadata } from '../../../src/iceberg/types.ts';
import type { CommitOutcome, CreateOutcome, Ports } from '../../../src/ports.ts';

export type CatalogPorts = Pick<Ports, 'catalog' | 'files' | 'ids' | 'clock' | 'root'>;

/** Asks the catalog for a table of two columns with a property that tells who asked. */
export async function tryCreate(ports: CatalogPorts, identifier: TableIdentifier, asker = 'first'): Promise<CreateOutcome> {
  const { metadata } = newTableMetadata({
    uuid: ports.ids.uuid(),
    location: `${ports.root}/${identifier.namespace}/${identifier.name}`,
    struct: {
      type: 'struct',
      fields: [
        { id: 1, name: 'id', required: true, type: 'long' },
        { id: 2, name: 'happened', required: false, type: 'timestamptz' },
      ],
    },
    partition: [{ column: 'happened', transform: 'day', name: 'happened_day' }],
    sort: [{ column: 'id', transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }],
    formatVersion: 2,
    properties: { asker },
    nowMs: ports.clock.nowMs(),
  });
  return createTable(ports, identifier, metadata);
}

/** The table as it is now; it must be there. */
export async function look(ports: CatalogPorts, identifier: TableIdentifier): Promise<LoadedTable> {
  const loaded = await loadTable(ports as Ports, identifier);
  if (!loaded) throw new Error(`there is no table ${identifier.namespace}.${identifier.name}`);
  return loaded;
}

/** Prepares a snapshot without files. */
export async function snapshotOn(ports: CatalogPorts, base: LoadedTable, properties: Record<string, string> = {}): Promise<PreparedCommit> {
  return prepareAppend({ ...baseOf(ports, base), add: [], summary: {}, setProperties: properties });
}

/** Prepares any other change of the metadata. */
export async function changeOn(
  ports: CatalogPorts,
  base: LoadedTable,
  change: (metadata: TableMetadata) => TableMetadata,
): Promise<PreparedCommit> {
  const prepared = await prepareProperties({ ...baseOf(ports, base), metadata: change(base.metadata), setProperties: {} });
  return { ...prepared, base: base.metadata };
}

export function commitOn(ports: CatalogPorts, base: LoadedTable, prepared: PreparedCommit): Promise<CommitOutcome> {
  return commitTable(ports.catalog, base.pointer, prepared);
}

/** Loads, prepares and commits until it is committed; conflicts alone are tried again. */
export async function commitUntilDone(
  ports: CatalogPorts,
  identifier: TableIdentifier,
  prepare: (base: LoadedTable) => Promise<PreparedCommit>,
): Promise<PreparedCommit> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const base = await look(ports, identifier).catch((error: Error) => {
      // The metadata file may be deleted between the look at the pointer and the read.
      if (error.name === 'TransientIoError') return undefined;
      throw error;
    });
    if (!base) continue;
    const prepared = await prepare(base);
    const outcome = await commitOn(ports, base, prepared);
    if (outcome.kind === 'committed') return prepared;
    if (outcome.kind !== 'conflict') throw new Error(`commit was ${outcome.kind}`, { cause: outcome.cause });
  }
  throw new Error(`no progress in ${ATTEMPTS_MAX} attempts`);
}

const ATTEMPTS_MAX = 1_000;

function baseOf(ports: CatalogPorts, base: LoadedTable) {
  return {
    metadata: base.metadata,
    metadataLocation: base.pointer.metadataLocation,
    files: ports.files,
    ids: ports.ids,
    nowMs: ports.clock.nowMs(),
    metadataWriter: ports.catalog.metadataWriter,
  };
}
