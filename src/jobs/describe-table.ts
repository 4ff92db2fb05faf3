// What `firn show` says of a table: snapshots, schema, partitioning, live files, ledger position, freshness. Reads only.
import type { TableIdentifier } from '../contract/compiled.ts';
import { PROPERTY, SUMMARY, tableKey } from '../contract/names.ts';
import { currentSchema } from '../iceberg/evolve.ts';
import { loadTable } from '../iceberg/load-table.ts';
import { liveEntries } from '../iceberg/scan.ts';
import { fieldsById } from '../iceberg/schema-fields.ts';
import type { Snapshot, TableMetadata } from '../iceberg/types.ts';
import type { Ports } from '../ports.ts';
import { parkedOf } from './commit-contract.ts';
import { loadLedger } from './load-ledger.ts';
import { targetOf } from './materialise-files.ts';
import { listStaged } from './staged.ts';
import { parseApplied } from './table-identity.ts';
import type { DescribeTableRequest, TableDescription } from './types.ts';

/** A description of the table; undefined when the catalog does not know it. Cost: metadata, its manifests, the ledger. */
export async function describeTable({ ports, identifier }: DescribeTableRequest): Promise<TableDescription | undefined> {
  const loaded = await loadTable(ports, identifier);
  if (!loaded) return undefined;
  const { metadata, pointer } = loaded;
  const { data, deletes } = await liveEntries({ metadata, files: ports.files });
  const target = targetOf(metadata);
  const columns = fieldsById(currentSchema(metadata));
  const nameOf = (id: number): string => columns.get(id)?.name ?? `#${id}`;
  return {
    table: tableKey(identifier),
    uuid: metadata['table-uuid'],
    location: metadata.location,
    metadataLocation: pointer.metadataLocation,
    formatVersion: metadata['format-version'],
    contract: metadata.properties[PROPERTY.contract],
    schema: currentSchema(metadata),
    partition: target.spec.fields.map((field) => ({ column: nameOf(field['source-id']), transform: field.transform, name: field.name })),
    sort: target.sortOrder.fields.map((field) => ({
      column: nameOf(field['source-id']),
      direction: field.direction,
      nullOrder: field['null-order'],
    })),
    liveFiles: data.length,
    liveRows: data.reduce((sum, { file }) => sum + file.recordCount, 0),
    liveBytes: data.reduce((sum, { file }) => sum + file.fileSizeBytes, 0),
    deleteFiles: deletes.length,
    deletedPositions: deletes.reduce((sum, { file }) => sum + (file.content === 1 ? file.recordCount : 0), 0),
    equalityDeleteFiles: deletes.filter(({ file }) => file.content === 2).length,
    refs: refsOf(metadata),
    snapshots: metadata.snapshots.map((snapshot) => describeSnapshot(snapshot, metadata)),
    ledger: await describeLedger(ports, identifier, metadata),
    freshness: freshnessOf(ports, metadata),
  };
}

function refsOf(metadata: TableMetadata): TableDescription['refs'] {
  return Object.entries(metadata.refs ?? {})
    .filter(([name]) => name !== 'main')
    .map(([name, ref]) => ({ name, type: ref.type, snapshotId: String(ref['snapshot-id']) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function describeSnapshot(snapshot: Snapshot, metadata: TableMetadata): TableDescription['snapshots'][number] {
  const { summary } = snapshot;
  return {
    snapshotId: String(snapshot['snapshot-id']),
    atMs: snapshot['timestamp-ms'],
    operation: summary['operation'] ?? 'unknown',
    isCurrent: snapshot['snapshot-id'] === metadata['current-snapshot-id'],
    job: summary[SUMMARY.job],
    entries: summary[SUMMARY.entries],
    addedRows: Number(summary['added-records'] ?? 0),
    totalRows: Number(summary['total-records'] ?? 0),
  };
}

async function describeLedger(ports: Ports, identifier: TableIdentifier, metadata: TableMetadata): Promise<TableDescription['ledger']> {
  const contractName = metadata.properties[PROPERTY.contract];
  if (contractName === undefined) return undefined;
  const { state } = await loadLedger({ ports, contractName });
  const table = state.tables.get(tableKey(identifier));
  const applied = parseApplied(metadata.properties[PROPERTY.applied]) ?? 0;
  const staged = (await listStaged({ ports, contractName })).filter(({ id }) => !state.decided.has(id));
  return {
    applied,
    entry: state.n,
    entriesUnapplied: (table?.pending ?? []).filter((n) => n > applied).length,
    stagedDescriptors: staged.length,
    parked: parkedOf(state).find((parked) => parked.table === tableKey(identifier)),
  };
}

/** Of the newest snapshot of ours. */
function freshnessOf(ports: Ports, metadata: TableMetadata): TableDescription['freshness'] {
  const last = metadata.snapshots.findLast(({ summary }) => summary[SUMMARY.job] !== undefined);
  const watermark = last?.summary[SUMMARY.watermarkMs];
  const watermarkMs = watermark === undefined ? undefined : Number(watermark);
  return {
    lastCommitMs: last?.['timestamp-ms'],
    watermarkMs,
    ageMs: watermarkMs === undefined ? undefined : ports.clock.nowMs() - watermarkMs,
  };
}
