// A table of the suite `evolution`: written through the library alone, its schema and partition spec changed between appends, and beside
// it each row's value as every reader must show it under the last schema, written out by hand.
import { buildColumns } from '../../src/column-cells.ts';
import type { PartitionFieldPlan } from '../../src/contract/compiled.ts';
import type { CellValue, StructType } from '../../src/contract/types.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import { type CommitLoopRequest, runCommit } from '../../src/iceberg/commit-loop.ts';
import { prepareDeleteRows } from '../../src/iceberg/delete-rows.ts';
import { currentSchema } from '../../src/iceberg/evolve.ts';
import { loadTable } from '../../src/iceberg/load-table.ts';
import { serializeMetadata } from '../../src/iceberg/metadata-json.ts';
import { metricsOf } from '../../src/iceberg/metrics.ts';
import { newTableMetadata } from '../../src/iceberg/new-table.ts';
import { splitByPartition } from '../../src/iceberg/partition-split.ts';
import { positionSetOf } from '../../src/iceberg/roaring.ts';
import { prepareUpdate } from '../../src/iceberg/table-updates.ts';
import type { DataFile, TableMetadata } from '../../src/iceberg/types.ts';
import { type PartitionChange, updatePartition } from '../../src/iceberg/update-partition.ts';
import { type SchemaChange, updateSchema } from '../../src/iceberg/update-schema.ts';
import { pause } from '../../src/jobs/pause.ts';
import { encodeParquet } from '../../src/parquet/encode.ts';
import type { Ports } from '../../src/ports.ts';
import type { Canonical } from './canonical.ts';
import { must } from './checks.ts';

export const NAMESPACE = 'evolution';

export interface EvolvingTable {
  readonly ports: Ports;
  readonly identifier: { readonly namespace: string; readonly name: string };
  /** What every reader must show, by offset. */
  readonly expected: Map<string, Readonly<Record<string, Canonical>>>;
}

/** A row in the order of the schema it is written under, the offset first, and what it is under the last schema. */
export interface GivenRow {
  readonly cells: readonly [offset: bigint, ...rest: CellValue[]];
  readonly shown: Readonly<Record<string, Canonical>>;
}

/** A new table; its first column is the long `kafka_offset`. */
export async function openEvolvingTable(
  ports: Ports,
  table: {
    readonly name: string;
    readonly formatVersion: 2 | 3;
    readonly struct: StructType;
    readonly partition?: readonly PartitionFieldPlan[];
  },
): Promise<EvolvingTable> {
  const identifier = { namespace: NAMESPACE, name: table.name };
  const location = `${ports.root}/${NAMESPACE}/${table.name}`;
  const { metadata } = newTableMetadata({
    uuid: ports.ids.uuid(),
    location,
    struct: table.struct,
    partition: table.partition ?? [],
    sort: [],
    formatVersion: table.formatVersion,
    properties: {},
    nowMs: ports.clock.nowMs(),
  });
  const first = `${location}/metadata/00000-${ports.ids.uuid()}.metadata.json`;
  must((await ports.files.create(first, serializeMetadata(metadata))) === 'created', 'the first metadata file was there already');
  await ports.catalog.ensureNamespace(NAMESPACE);
  must(ports.catalog.metadataWriter === 'client', 'the suite has a catalog of pointers');
  must((await ports.catalog.create(identifier, first)) === 'created', 'the table was there already');
  return { ports, identifier, expected: new Map() };
}

/** The table now. */
export async function stateOf({ ports, identifier }: EvolvingTable): Promise<TableMetadata> {
  const loaded = await loadTable(ports, identifier);
  must(loaded, 'the table is gone');
  return loaded.metadata;
}

/** Changes of the schema, then of the partition spec, as one commit. */
export async function evolve(
  table: EvolvingTable,
  schema: readonly SchemaChange[],
  partition: readonly PartitionChange[] = [],
): Promise<void> {
  await commit(table, 'evolve', (base) => prepareUpdate(base, (metadata) => updatePartition(updateSchema(metadata, schema), partition)));
}

/** One data file per table partition of the rows; gives the files. */
export async function append(table: EvolvingTable, rows: readonly GivenRow[]): Promise<readonly DataFile[]> {
  const add = await writeFiles(
    table,
    rows.map(({ cells }) => cells),
  );
  await commit(table, 'append', (base) => prepareAppend({ ...base, add, summary: {} }));
  for (const { cells, shown } of rows) table.expected.set(String(cells[0]), { kafka_offset: String(cells[0]), ...shown });
  return add;
}

/** Deletes rows of a file by position; `offsets` are theirs. */
export async function deleteRows(
  table: EvolvingTable,
  file: DataFile,
  rows: { readonly positions: readonly number[]; readonly offsets: readonly bigint[] },
): Promise<void> {
  const since = (await stateOf(table))['current-snapshot-id'] ?? null;
  await commit(table, 'delete rows', (base) =>
    prepareDeleteRows({
      ...base,
      since,
      isolation: 'serializable',
      deletes: [{ file, positions: positionSetOf(rows.positions) }],
      add: [],
      encode: encodeParquet,
      readPositions: () => Promise.reject(new Error('the table has no position delete files')),
    }),
  );
  for (const offset of rows.offsets) table.expected.delete(String(offset));
}

async function commit(table: EvolvingTable, what: string, prepare: CommitLoopRequest['prepare']): Promise<void> {
  const { ports, identifier } = table;
  await runCommit({ ports, identifier, what, prepare, pause: (ms) => pause(ports, ms) });
}

async function writeFiles(table: EvolvingTable, rows: readonly (readonly CellValue[])[]): Promise<readonly DataFile[]> {
  const { ports } = table;
  const metadata = await stateOf(table);
  const schema = currentSchema(metadata);
  const columns = buildColumns(schema, rows);
  const spec = metadata['partition-specs'].find((one) => one['spec-id'] === metadata['default-spec-id'])!;
  const files: DataFile[] = [];
  for (const { partition, order } of splitByPartition({ schema, spec, columns })) {
    const encoded = encodeParquet({ schema, columns, order });
    const filePath = `${metadata.location}/data/${ports.ids.uuid()}.parquet`;
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
      sortOrderId: 0,
      ...metricsOf({ stats: encoded.stats, schema, properties: metadata.properties }),
    });
  }
  return files;
}
