// What the suites share that write through the library alone: a new table on a SQLite catalog, its commits, and rows as data files, one
// per table partition, with all that a manifest entry needs.
import { buildColumns } from '../../src/column-cells.ts';
import type { CellValue, StructType } from '../../src/contract/types.ts';
import { type CommitLoopRequest, type Committed, runCommit } from '../../src/iceberg/commit-loop.ts';
import { createTable } from '../../src/iceberg/create-table.ts';
import { dataLocation } from '../../src/iceberg/data-location.ts';
import { loadTable } from '../../src/iceberg/load-table.ts';
import { metricsOf } from '../../src/iceberg/metrics.ts';
import { type NewTableRequest, newTableMetadata } from '../../src/iceberg/new-table.ts';
import { splitByPartition } from '../../src/iceberg/partition-split.ts';
import { sortRows } from '../../src/iceberg/sort-rows.ts';
import type { DataFile, TableMetadata } from '../../src/iceberg/types.ts';
import { pause } from '../../src/jobs/pause.ts';
import { encodeParquet } from '../../src/parquet/encode.ts';
import type { Ports } from '../../src/ports.ts';
import { must } from './checks.ts';

export interface LibraryTable {
  readonly ports: Ports;
  readonly identifier: { readonly namespace: string; readonly name: string };
  /** Ids of the table's fields by those of the struct it was asked for with. */
  readonly fieldIds: ReadonlyMap<number, number>;
}

export type NewTable = Pick<NewTableRequest, 'struct' | 'formatVersion'> &
  Partial<Pick<NewTableRequest, 'partition' | 'sort' | 'properties'>> & { readonly namespace: string; readonly name: string };

/** A new table. */
export async function openTable(ports: Ports, table: NewTable): Promise<LibraryTable> {
  const { namespace, name, struct, formatVersion, partition = [], sort = [], properties = {} } = table;
  const location = `${ports.root}/${namespace}/${name}`;
  const base = { uuid: ports.ids.uuid(), location, nowMs: ports.clock.nowMs() };
  const { metadata, fieldIds } = newTableMetadata({ ...base, struct, formatVersion, partition, sort, properties });
  await ports.catalog.ensureNamespace(namespace);
  must((await createTable(ports, { namespace, name }, metadata)) === 'created', 'the table was there already');
  return { ports, identifier: { namespace, name }, fieldIds };
}

/** The table now. */
export async function stateOf({ ports, identifier }: Pick<LibraryTable, 'ports' | 'identifier'>): Promise<TableMetadata> {
  const loaded = await loadTable(ports, identifier);
  must(loaded, 'the table is gone');
  return loaded.metadata;
}

/** One commit through the loop. */
export async function commit(
  { ports, identifier }: Pick<LibraryTable, 'ports' | 'identifier'>,
  what: string,
  prepare: CommitLoopRequest['prepare'],
): Promise<Committed> {
  return runCommit({ ports, identifier, what, prepare, pause: (ms) => pause(ports, ms) });
}

/** Rows under a schema as data files under the default spec, in the default sort order. */
export async function writeRows(
  ports: Ports,
  {
    metadata,
    schema,
    rows,
  }: { readonly metadata: TableMetadata; readonly schema: StructType; readonly rows: readonly (readonly CellValue[])[] },
): Promise<readonly DataFile[]> {
  const columns = buildColumns(schema, rows);
  const spec = metadata['partition-specs'].find((one) => one['spec-id'] === metadata['default-spec-id'])!;
  const sortOrder = metadata['sort-orders'].find((order) => order['order-id'] === metadata['default-sort-order-id'])!;
  const files: DataFile[] = [];
  for (const { partition, order } of splitByPartition({ schema, spec, columns })) {
    const encoded = encodeParquet({ schema, columns, order: sortRows(schema, sortOrder, columns, order) });
    const filePath = dataLocation(metadata, `${ports.ids.uuid()}.parquet`);
    must((await ports.files.create(filePath, encoded.bytes)) === 'created', 'a data file was there already');
    files.push({
      content: 0,
      filePath,
      fileFormat: 'PARQUET',
      specId: spec['spec-id'],
      partition,
      recordCount: encoded.recordCount,
      fileSizeBytes: encoded.bytes.length,
      splitOffsets: encoded.splitOffsets,
      sortOrderId: sortOrder['order-id'],
      ...metricsOf({ stats: encoded.stats, schema, properties: metadata.properties, sortOrder }),
    });
  }
  return files;
}
