// A real Iceberg table in a local warehouse, made with Firn's own writers and no jobs.

import { buildColumns } from '../../../src/column-cells.ts';
import type { TableIdentifier } from '../../../src/contract/compiled.ts';
import { tableLocation } from '../../../src/contract/names.ts';
import type { CellValue, StructType } from '../../../src/contract/types.ts';
import { prepareAppend } from '../../../src/iceberg/append.ts';
import { commitTable } from '../../../src/iceberg/commit-table.ts';
import { createTable as registerTable } from '../../../src/iceberg/create-table.ts';
import { parseMetadata } from '../../../src/iceberg/metadata-json.ts';
import { newTableMetadata } from '../../../src/iceberg/new-table.ts';
import type { ScanTask } from '../../../src/iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import type { Ports } from '../../../src/ports.ts';

export type Rows = readonly (readonly CellValue[])[];

/** Creates the table without rows; field ids are those of the struct in pre-order from 1. */
export async function createTable(ports: Ports, identifier: TableIdentifier, struct: StructType): Promise<TableMetadata> {
  const { metadata } = newTableMetadata({
    uuid: ports.ids.uuid(),
    location: tableLocation(ports.root, identifier),
    struct,
    partition: [],
    sort: [],
    formatVersion: 2,
    properties: {},
    nowMs: ports.clock.nowMs(),
  });
  await ports.catalog.ensureNamespace(identifier.namespace);
  await registerTable(ports, identifier, metadata);
  return metadata;
}

/** Writes a data file with the given schema. */
export async function writeFile(
  ports: Ports,
  location: string,
  given: { readonly schema: StructType; readonly rows: Rows },
): Promise<DataFile> {
  const encoded = encodeParquet({ schema: given.schema, columns: buildColumns(given.schema, given.rows) });
  const filePath = `${location}/data/${ports.ids.uuid()}.parquet`;
  await ports.files.create(filePath, encoded.bytes);
  return {
    content: 0,
    filePath,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [],
    recordCount: encoded.recordCount,
    fileSizeBytes: encoded.bytes.length,
    splitOffsets: encoded.splitOffsets,
  };
}

/** Appends rows in one file and commits. */
export async function appendRows(ports: Ports, identifier: TableIdentifier, rows: Rows): Promise<TableMetadata> {
  const base = (await ports.catalog.load(identifier))!;
  const metadata = parseMetadata((await ports.files.read(base.metadataLocation))!);
  const file = await writeFile(ports, metadata.location, { schema: metadata.schemas.at(-1)!, rows });
  const prepared = await prepareAppend({
    metadata,
    metadataLocation: base.metadataLocation,
    add: [file],
    files: ports.files,
    ids: ports.ids,
    nowMs: ports.clock.nowMs(),
    summary: {},
  });
  const outcome = await commitTable(ports.catalog, base, prepared);
  if (outcome.kind !== 'committed') throw new Error(`append was ${outcome.kind}`);
  return prepared.metadata;
}

/** A task of a scan that keeps every row that no delete names. */
export function taskOf(file: DataFile, deletes: readonly DataFile[] = []): ScanTask {
  return { file, deletes, sequenceNumber: 1, snapshotId: 1n, residual: { type: 'true' } };
}
