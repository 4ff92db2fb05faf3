// A workbench for the suite `operations`: one table on a SQLite catalog, written through the library alone, and a model of its rows
// beside it. Each step goes through the commit loop as a user of the library would do it.
import { buildColumns, readRow } from '../../src/column-cells.ts';
import { layoutOf } from '../../src/columns.ts';
import type { CellValue, StructType } from '../../src/contract/types.ts';
import { type CommitLoopRequest, type Committed, runCommit } from '../../src/iceberg/commit-loop.ts';
import type { CommitBase } from '../../src/iceberg/commit-metadata.ts';
import { dataLocation } from '../../src/iceberg/data-location.ts';
import { prepareDeleteRows } from '../../src/iceberg/delete-rows.ts';
import type { Expression } from '../../src/iceberg/expressions/types.ts';
import { loadTable } from '../../src/iceberg/load-table.ts';
import { serializeMetadata } from '../../src/iceberg/metadata-json.ts';
import { metricsOf } from '../../src/iceberg/metrics.ts';
import { newTableMetadata } from '../../src/iceberg/new-table.ts';
import { type PositionSet, positionSetOf } from '../../src/iceberg/roaring.ts';
import type { DataFile, TableMetadata } from '../../src/iceberg/types.ts';
import { POSITION_DELETE_STRUCT } from '../../src/iceberg/write-delete-files.ts';
import { pause } from '../../src/jobs/pause.ts';
import { encodeParquet } from '../../src/parquet/encode.ts';
import { readColumns } from '../../src/parquet/read.ts';
import type { Ports } from '../../src/ports.ts';
import type { Canonical } from './canonical.ts';
import { must } from './checks.ts';

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
  const identifier = { namespace: 'operations', name: table.name };
  const location = `${ports.root}/operations/${table.name}`;
  const { metadata } = newTableMetadata({
    uuid: ports.ids.uuid(),
    location,
    struct: STRUCT,
    partition: [{ column: 'happened', transform: 'day', name: 'happened_day' }],
    sort: [],
    formatVersion: table.formatVersion,
    properties: table.properties ?? {},
    nowMs: ports.clock.nowMs(),
  });
  const first = `${location}/metadata/00000-${ports.ids.uuid()}.metadata.json`;
  must((await ports.files.create(first, serializeMetadata(metadata))) === 'created', 'the first metadata file was there already');
  await ports.catalog.ensureNamespace('operations');
  must(ports.catalog.metadataWriter === 'client', 'the suite has a catalog of pointers');
  must((await ports.catalog.create(identifier, first)) === 'created', 'the table was there already');
  return { ports, identifier, held: new Map(), nextOffset: 0n };
}

/** The table now. */
export async function metadataOf(bench: Workbench): Promise<TableMetadata> {
  const loaded = await loadTable(bench.ports, bench.identifier);
  must(loaded, 'the table is gone');
  return loaded.metadata;
}

/** One commit through the loop. */
export async function commit(bench: Workbench, what: string, prepare: CommitLoopRequest['prepare']): Promise<Committed> {
  const { ports, identifier } = bench;
  return runCommit({ ports, identifier, what, prepare, pause: (ms) => pause(ports, ms) });
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
  const at = (days: number) => new Date(days * 86_400_000).toISOString().replace('Z', '+00:00');
  const [left, right] = [
    { type: 'gt-eq', term: 'happened', value: at(day) },
    { type: 'lt', term: 'happened', value: at(day + 1) },
  ] as const;
  return { type: 'and', left, right };
}

/** A data file of rows of one day. */
export async function writeFile(bench: Workbench, rows: readonly Row[]): Promise<Held> {
  const { ports } = bench;
  const metadata = await metadataOf(bench);
  const encoded = encodeParquet({ schema: STRUCT, columns: buildColumns(STRUCT, rows as readonly (readonly CellValue[])[]) });
  const filePath = dataLocation(metadata, `${ports.ids.uuid()}.parquet`);
  must((await ports.files.create(filePath, encoded.bytes)) === 'created', 'a data file was there already');
  const file: DataFile = {
    content: 0,
    filePath,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [Number(rows[0]![2] / DAY_US)],
    recordCount: encoded.recordCount,
    fileSizeBytes: encoded.bytes.length,
    splitOffsets: encoded.splitOffsets,
    sortOrderId: 0,
    ...metricsOf({ stats: encoded.stats, schema: STRUCT, properties: metadata.properties }),
  };
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
