// Firn's side of an alternation: lands with the real command, reads with its own planner and readers, and compares what a landing left
// of everything another writer had put into the metadata.
import { isDeepStrictEqual } from 'node:util';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { APPLIED_TAG, PROPERTY } from '../../../src/contract/names.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import type { TableMetadata } from '../../../src/iceberg/types.ts';
import { newDeletesReader } from '../../../src/jobs/read-deletes.ts';
import { makeLocalPorts, systemClock, systemIds } from '../../../src/local/system.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import type { Ports } from '../../../src/ports.ts';
import { anonymous } from '../../../src/rest/authorisers.ts';
import { makeRestCatalog } from '../../../src/rest/rest-catalog.ts';
import type { CatalogPlace } from './foreign-writers.ts';

/** Ports of this process on the warehouse and the catalog. */
export function portsOn(warehouse: string, place: CatalogPlace): Ports {
  const local = makeLocalPorts({ warehouse });
  if (place.kind === 'sql') return local;
  return { ...local, catalog: makeRestCatalog({ uri: place.uri, authoriser: anonymous, clock: systemClock, ids: systemIds }) };
}

/** Options of the command that name warehouse and catalog. */
export function placeOptions(warehouse: string, place: CatalogPlace): readonly string[] {
  return place.kind === 'sql' ? ['--warehouse', warehouse] : ['--warehouse', warehouse, '--catalog', 'rest', '--uri', place.uri];
}

export async function metadataOf(ports: Ports, table: string): Promise<TableMetadata> {
  const loaded = await loadTable(ports, identifierOf(table));
  if (!loaded) throw new Error(`there is no table ${table}`);
  return loaded.metadata;
}

/** Live rows by `source_id`, deletes of every kind applied. */
export async function rowsBySource(ports: Ports, table: string): Promise<Record<string, number>> {
  const metadata = await metadataOf(ports, table);
  const schema = currentSchema(metadata);
  const wanted = { ...schema, fields: schema.fields.filter((field) => field.name === 'source_id') };
  const layout = layoutOf(wanted);
  const deletes = newDeletesReader(ports.files, metadata);
  const counts = new Map<string, number>();
  for (const task of await planScan({ metadata, files: ports.files })) {
    const bytes = await ports.files.read(task.file.filePath.replace(/^file:\/*/, 'file:///'));
    if (!bytes) throw new Error(`a live file is missing: ${task.file.filePath}`);
    const [columns, isDeleted] = [await readColumns(bytes, wanted), await deletes(task, bytes)];
    for (let row = 0; row < columns.rows; row++) {
      const source = String(readRow(columns, layout, row)[0]);
      if (!isDeleted(row)) counts.set(source, (counts.get(source) ?? 0) + 1);
    }
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What of `before` a landing of ours has lost or changed that is not its own; empty when nothing. */
export function lostBetween(before: TableMetadata, after: TableMetadata): string[] {
  const lost: string[] = [];
  const kept = (what: string, was: unknown, is: unknown) => {
    if (!isDeepStrictEqual(was, is)) lost.push(what);
  };
  for (const [key, value] of Object.entries(before.properties)) {
    if (key !== PROPERTY.applied && key !== PROPERTY.fieldIds) kept(`property ${key}`, value, after.properties[key]);
  }
  for (const [name, ref] of Object.entries(before.refs ?? {})) {
    if (name !== 'main' && name !== APPLIED_TAG) kept(`ref ${name}`, ref, after.refs?.[name]);
  }
  for (const [list, id] of LISTS) {
    const now = (after[list] ?? []) as Readonly<Record<string, unknown>>[];
    for (const item of (before[list] ?? []) as Readonly<Record<string, unknown>>[]) {
      kept(
        `${list} ${String(item[id])}`,
        item,
        now.find((one) => one[id] === item[id]),
      );
    }
  }
  for (const [name, value] of Object.entries(before)) if (!KNOWN.has(name)) kept(`field ${name}`, value, after[name]);
  return lost;
}

const LISTS = [
  ['snapshots', 'snapshot-id'],
  ['schemas', 'schema-id'],
  ['partition-specs', 'spec-id'],
  ['sort-orders', 'order-id'],
  ['statistics', 'snapshot-id'],
  ['partition-statistics', 'snapshot-id'],
] as const;

/** Fields that a commit moves; all others of the metadata stay as they are. */
const KNOWN = new Set([
  ...['last-sequence-number', 'last-updated-ms', 'last-column-id', 'current-schema-id', 'default-spec-id', 'last-partition-id'],
  ...['default-sort-order-id', 'properties', 'current-snapshot-id', 'refs', 'snapshot-log', 'metadata-log', 'next-row-id'],
  ...LISTS.map(([list]) => list),
]);
