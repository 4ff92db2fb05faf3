// The warehouse a command works on, and its tables at one moment.
import { existsSync } from 'node:fs';
import { LIMITS } from '../contract/limits.ts';
import { tableKey } from '../contract/names.ts';
import { InputRefusedError, TransientIoError } from '../errors.ts';
import { metadataInPointer, parseMetadataOf } from '../iceberg/load-table.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { pathOfUri } from '../local/file-uri.ts';
import { makeLocalPorts, ndjsonTelemetry, silentTelemetry } from '../local/system.ts';
import type { Ports, TablePointer, Telemetry } from '../ports.ts';
import { UsageError, type WarehousePlace } from './command.ts';
import { suggestion } from './suggest.ts';

/** The ports of a warehouse; FIRN_DEBUG=1 logs to standard error. */
export async function openWarehouse(place: WarehousePlace): Promise<Ports> {
  if (place.kind === 'local') return openLocalWarehouse(place.directory);
  if (place.kind === 'rest') {
    const { openRestWarehouse } = await import('./rest-warehouse.ts');
    return openRestWarehouse(place, { telemetry: telemetry(), environment: process.env });
  }
  const { openGlueWarehouse } = await import('./glue-warehouse.ts');
  return openGlueWarehouse({ root: place.root, telemetry: telemetry() });
}

export function openLocalWarehouse(directory: string): Ports {
  return makeLocalPorts({ warehouse: directory, telemetry: telemetry() });
}

/** The ports of a warehouse that is there already; undefined for a directory that holds none. With another catalog any place may be one. */
export async function findWarehouse(place: WarehousePlace): Promise<Ports | undefined> {
  const ports = await openWarehouse(place);
  return place.kind !== 'local' || existsSync(`${pathOfUri(ports.root)}/catalog.db`) ? ports : undefined;
}

/** The ports of a warehouse that must be there already. */
export async function openExistingWarehouse(place: WarehousePlace): Promise<Ports> {
  const ports = await findWarehouse(place);
  if (ports !== undefined) return ports;
  const { directory } = place as Extract<WarehousePlace, { kind: 'local' }>;
  throw new InputRefusedError(
    `no warehouse in ${directory}: expected ${pathOfUri(openLocalWarehouse(directory).root)}/catalog.db; name another with --warehouse, or make one with firn land or firn demo`,
    { code: 'no-warehouse', details: { file: directory } },
  );
}

function telemetry(): Telemetry {
  return process.env['FIRN_DEBUG'] === '1' ? ndjsonTelemetry({ level: 'debug' }) : silentTelemetry;
}

/** `namespace.table`, or `table` alone when only one has that name. Throws UsageError with what there is. */
export async function findTable(ports: Ports, name: string): Promise<TablePointer> {
  const all = await ports.catalog.list();
  const exact = all.filter((identifier) => tableKey(identifier) === name);
  const found = exact.length > 0 ? exact : all.filter((identifier) => identifier.name === name);
  const keys = all.map(tableKey);
  if (found.length > 1)
    throw new UsageError(`several tables are called ${name}: ${found.map(tableKey).join(', ')}`, 'give the namespace too');
  const pointer = found[0] && (await ports.catalog.load(found[0]));
  if (pointer) return pointer;
  const short = all.map((identifier) => identifier.name);
  throw new UsageError(`there is no table ${name}${suggestion(name, name.includes('.') ? keys : short)}`, 'firn tables');
}

/** The metadata a pointer names. */
export async function loadMetadata(ports: Ports, pointer: TablePointer): Promise<TableMetadata> {
  const given = metadataInPointer(pointer);
  if (given) return given;
  const bytes = await ports.files.read(pointer.metadataLocation);
  if (bytes) return parseMetadataOf(pointer, bytes);
  throw new InputRefusedError(
    `the metadata of ${tableKey(pointer.identifier)} is gone: expected ${pointer.metadataLocation}; restore it, or point the catalog at another metadata file of the table`,
    { code: 'metadata-gone', details: { table: tableKey(pointer.identifier), uri: pointer.metadataLocation } },
  );
}

/**
 * All tables as they were at one moment: pointers are read until two rounds agree, so that every one of them held between the
 * rounds (metadata locations are never used twice).
 */
export async function pointersAtOneMoment(ports: Ports): Promise<readonly TablePointer[]> {
  let before = await allPointers(ports);
  for (let attempt = 0; attempt < LIMITS.momentAttemptsMax; attempt++) {
    const after = await allPointers(ports);
    if (before.map(versionOf).join('\n') === after.map(versionOf).join('\n')) return after;
    before = after;
  }
  throw new TransientIoError(`the tables move too fast to be seen at one moment: no two of ${LIMITS.momentAttemptsMax} looks agreed`, {
    code: 'no-moment',
  });
}

function versionOf(pointer: TablePointer): string {
  return `${tableKey(pointer.identifier)} ${pointer.version} ${pointer.metadataLocation}`;
}

async function allPointers(ports: Ports): Promise<TablePointer[]> {
  const pointers: TablePointer[] = [];
  for (const identifier of await ports.catalog.list()) {
    const pointer = await ports.catalog.load(identifier);
    if (pointer) pointers.push(pointer);
  }
  return pointers;
}
