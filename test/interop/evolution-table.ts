// A table of the suite `evolution`: written through the library alone, its schema and partition spec changed between appends, and beside
// it each row's value as every reader must show it under the last schema, written out by hand.
import type { PartitionFieldPlan } from '../../src/contract/compiled.ts';
import type { CellValue, StructType } from '../../src/contract/types.ts';
import { prepareAppend } from '../../src/iceberg/append.ts';
import { prepareDeleteRows } from '../../src/iceberg/delete-rows.ts';
import { currentSchema } from '../../src/iceberg/evolve.ts';
import { positionSetOf } from '../../src/iceberg/roaring.ts';
import { prepareUpdate } from '../../src/iceberg/table-updates.ts';
import type { DataFile } from '../../src/iceberg/types.ts';
import { type PartitionChange, updatePartition } from '../../src/iceberg/update-partition.ts';
import { type SchemaChange, updateSchema } from '../../src/iceberg/update-schema.ts';
import { encodeParquet } from '../../src/parquet/encode.ts';
import type { Ports } from '../../src/ports.ts';
import type { Canonical } from './canonical.ts';
import { commit, type LibraryTable, openTable, stateOf, writeRows } from './library-table.ts';

export const NAMESPACE = 'evolution';

export interface EvolvingTable extends LibraryTable {
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
  return { ...(await openTable(ports, { ...table, namespace: NAMESPACE })), expected: new Map() };
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
  const metadata = await stateOf(table);
  const add = await writeRows(table.ports, { metadata, schema: currentSchema(metadata), rows: rows.map((row) => row.cells) });
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
