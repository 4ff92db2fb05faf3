// A workbench for the suite `operations`: one table on a SQLite catalog, written through the library alone, and a model of its rows
// beside it. Each step goes through the commit loop as a user of the library would do it.
import { readRow } from '../../src/column-cells.ts';
import { layoutOf } from '../../src/columns.ts';
import type { StructType } from '../../src/contract/types.ts';
import type { CommitBase } from '../../src/iceberg/commit-metadata.ts';
import { prepareDeleteRows } from '../../src/iceberg/delete-rows.ts';
import type { Expression } from '../../src/iceberg/expressions/types.ts';
import { type PositionSet, positionSetOf } from '../../src/iceberg/roaring.ts';
import type { DataFile } from '../../src/iceberg/types.ts';
import { POSITION_DELETE_STRUCT } from '../../src/iceberg/write-delete-files.ts';
import { encodeParquet } from '../../src/parquet/encode.ts';
import { readColumns } from '../../src/parquet/read.ts';
import type { Ports } from '../../src/ports.ts';
import { onDay as rowsOfDay } from '../support/iceberg/tables.ts';
import type { Canonical } from './canonical.ts';
import { must } from './checks.ts';
import { commit, stateOf as metadataOf, openTable, writeRows } from './library-table.ts';

export { commit, metadataOf };

const STRUCT: StructType = {
  type: 'struct',
  fields: [
    { id: 1, name: 'kafka_offset', required: false, type: 'long' },
    { id: 2, name: 'label', required: false, type: 'string' },
    { id: 3, name: 'happened', required: false, type: 'timestamptz' },
  ],
};
const DAY_US = 86_400_000_000n;
const FIRST_DAY = 20_500n;

/** Cells in the order of the columns. */
export type Row = readonly [offset: bigint, label: string | null, happened: bigint];

/** A data file and the rows of it that are live. */
export interface Held {
  readonly file: DataFile;
  readonly rows: readonly Row[];
  readonly deleted: ReadonlySet<number>;
}

export interface Workbench {
  readonly ports: Ports;
  readonly identifier: { readonly namespace: string; readonly name: string };
  readonly held: Map<string, Held>;
  nextOffset: bigint;
}

/** A new table of the suite. */
export async function openWorkbench(
  ports: Ports,
  table: { readonly name: string; readonly formatVersion: 2 | 3; readonly properties?: Readonly<Record<string, string>> },
): Promise<Workbench> {
  const { identifier } = await openTable(ports, {
    ...table,
    namespace: 'operations',
    struct: STRUCT,
    partition: [{ column: 'happened', transform: 'day', name: 'happened_day' }],
  });
  return { ports, identifier, held: new Map(), nextOffset: 0n };
}

/** A data file of new rows on a day. */
export async function newFile(bench: Workbench, day: number, count: number): Promise<Held> {
  const rows = Array.from({ length: count }, (_, i): Row => {
    const offset = bench.nextOffset++;
    const label = offset % 5n === 0n ? null : `label ${offset} ${'x'.repeat(Number(offset % 23n))}`;
    return [offset, label, (FIRST_DAY + BigInt(day)) * DAY_US + BigInt(i) * 1_000_003n];
  });
  return writeFile(bench, rows);
}

/** The filter of the rows of one day. */
export function onDay(day: number): Expression {
  return rowsOfDay(day, 'happened');
}

/** A data file of rows of one day. */
export async function writeFile(bench: Workbench, rows: readonly Row[]): Promise<Held> {
  const [file, ...others] = await writeRows(bench.ports, { metadata: await metadataOf(bench), schema: STRUCT, rows });
  must(file && others.length === 0, 'the rows are not of one day');
  return { file, rows, deleted: new Set() };
}

export function hold(bench: Workbench, ...files: readonly Held[]): void {
  for (const held of files) bench.held.set(held.file.filePath, held);
}

export function drop(bench: Workbench, ...files: readonly Held[]): void {
  for (const held of files) bench.held.delete(held.file.filePath);
}

export function heldFiles(bench: Workbench): readonly Held[] {
  return [...bench.held.values()];
}

/** Rows of a file that are live. */
export function liveOf(held: Held): readonly Row[] {
  return held.rows.filter((_, position) => !held.deleted.has(position));
}

/** Deletes positions of held files, with new files in the same commit. */
export async function deleteRows(
  bench: Workbench,
  wanted: readonly { readonly held: Held; readonly positions: readonly number[] }[],
  add: readonly Held[] = [],
): Promise<void> {
  const since = (await metadataOf(bench))['current-snapshot-id'] ?? null;
  await commit(bench, 'delete rows', (base) =>
    prepareDeleteRows({
      ...base,
      since,
      isolation: 'serializable',
      deletes: wanted.map(({ held, positions }) => ({ file: held.file, positions: positionSetOf(positions) })),
      add: add.map(({ file }) => file),
      encode: encodeParquet,
      readPositions: (file, path) => positionsIn(base, file, path),
    }),
  );
  for (const { held, positions } of wanted) {
    const now = bench.held.get(held.file.filePath)!;
    hold(bench, { ...now, deleted: new Set([...now.deleted, ...positions]) });
  }
  hold(bench, ...add);
}

async function positionsIn(base: CommitBase, file: DataFile, path: string): Promise<PositionSet> {
  const columns = await readColumns((await base.files.read(file.filePath))!, POSITION_DELETE_STRUCT);
  const layout = layoutOf(POSITION_DELETE_STRUCT);
  const rows = Array.from({ length: columns.rows }, (_, row) => readRow(columns, layout, row));
  return positionSetOf(rows.filter(([of]) => String(of) === path).map(([, position]) => Number(position)));
}

/** What every reader must show, by offset. */
export function expectedRows(bench: Workbench): Readonly<Record<string, Canonical>>[] {
  return heldFiles(bench)
    .flatMap(liveOf)
    .toSorted((a, b) => Number(a[0] - b[0]))
    .map(([offset, label, happened]) => ({ kafka_offset: String(offset), label, happened: String(happened) }));
}
