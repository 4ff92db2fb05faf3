// PointerCatalog on the Glue Data Catalog. A commit is: GetTable, compare metadata location and VersionId with the base, then one
// UpdateTable with that VersionId, sent once. VersionId alone is not enough: it restarts when a table is dropped and created
// again, so the location, which no two tables share, is compared directly before. Only a ConcurrentModificationException of a
// request sent exactly once is a conflict, and only a modelled 4xx is a refusal; everything else is unknown. Upholds promise 3.
// SkipArchive is set because Glue otherwise keeps every version and stops at 100,000 (apache/iceberg issue 5965).
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  GetDatabaseCommand,
  GetTableCommand,
  type GlueClient,
  type Table,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import type { TableIdentifier } from '../contract/compiled.ts';
import { LIMITS } from '../contract/limits.ts';
import { tableKey } from '../contract/names.ts';
import { CommitRefusedError, InvariantError } from '../errors.ts';
import type { CommitOutcome, CreateOutcome, FileStore, PointerCatalog, TablePointer, Telemetry, Uri } from '../ports.ts';
import { failureOf, refused, transientIo } from './errors.ts';
import { listIcebergTables } from './glue-listing.ts';
import { readShownMetadata } from './glue-metadata.ts';
import { GLUE_PARAMETER, isIcebergTable, newTableInput, updatedTableInput } from './glue-table-input.ts';
import { type RetryTools, retryIdempotent, systemRetryTools } from './retry.ts';

export interface GlueCatalogOptions {
  /** Must not retry by itself (clients.ts). */
  readonly client: GlueClient;
  /** Where metadata files are read for the columns Glue shows. */
  readonly files: FileStore;
  readonly telemetry: Telemetry;
  /** A warehouse: `list` leaves out tables whose metadata lies elsewhere, because one Glue catalog serves many. @default all */
  readonly listedUnder?: Uri;
  /** @default the system's timer and randomness */
  readonly retry?: RetryTools;
}

/** Requests: load 1; commit 2, and one read of the new metadata file where another process wrote it; create 1 and that read. */
export function makeGlueCatalog(options: GlueCatalogOptions): PointerCatalog {
  const context = { ...options, retry: options.retry ?? systemRetryTools };
  return {
    name: 'glue',
    metadataWriter: 'client',
    load: (identifier) => loadPointer(context, identifier),
    create: (identifier, metadataLocation) => createTable(context, identifier, metadataLocation),
    commit: (base, metadataLocation) => commitTable(context, base, metadataLocation),
    list: (namespace) => listIcebergTables(context, namespace),
    ensureNamespace: (namespace) => ensureDatabase(context, namespace),
  };
}

type Context = Omit<GlueCatalogOptions, 'retry'> & { readonly retry: RetryTools };

async function loadPointer(context: Context, identifier: TableIdentifier): Promise<TablePointer | undefined> {
  const table = await loadTable(context, identifier);
  if (table === undefined) return undefined;
  const metadataLocation = table.Parameters?.[GLUE_PARAMETER.metadataLocation];
  if (metadataLocation === undefined || !isIcebergTable(table)) throw notIceberg(identifier);
  return { identifier, metadataLocation, version: versionOf(table) };
}

async function loadTable(context: Context, identifier: TableIdentifier): Promise<Table | undefined> {
  const command = new GetTableCommand({ DatabaseName: identifier.namespace, Name: identifier.name });
  try {
    return (await retryIdempotent(context.retry, (abortSignal) => context.client.send(command, { abortSignal }))).Table;
  } catch (error) {
    if (failureOf(error).kind === 'missing') return undefined;
    throw transientIo('load of the table', error, { table: tableKey(identifier) });
  }
}

async function commitTable(context: Context, base: TablePointer, metadataLocation: Uri): Promise<CommitOutcome> {
  const metadata = await readShownMetadata(context, metadataLocation);
  let table: Table | undefined;
  try {
    table = await loadTable(context, base.identifier);
  } catch (cause) {
    return { kind: 'unknown', cause };
  }
  if (table === undefined) return { kind: 'refused', cause: new Error(`the table ${tableKey(base.identifier)} does not exist in Glue`) };
  const isStillBase = table.Parameters?.[GLUE_PARAMETER.metadataLocation] === base.metadataLocation && versionOf(table) === base.version;
  if (!isStillBase) return { kind: 'conflict' };
  return swapOnce(context, table, { identifier: base.identifier, version: base.version, next: { metadataLocation, metadata } });
}

async function swapOnce(
  context: Context,
  table: Table,
  swap: { readonly identifier: TableIdentifier; readonly version: string; readonly next: Parameters<typeof updatedTableInput>[1] },
): Promise<CommitOutcome> {
  const command = new UpdateTableCommand({
    DatabaseName: swap.identifier.namespace,
    TableInput: updatedTableInput(table, swap.next),
    VersionId: swap.version,
    SkipArchive: true,
  });
  try {
    await context.client.send(command, { abortSignal: AbortSignal.timeout(LIMITS.ioTimeoutMs) });
    return { kind: 'committed' };
  } catch (cause) {
    return outcomeOf(cause);
  }
}

/** UpdateTable's own exceptions that say for good that nothing was applied. */
const REFUSALS = new Set([
  'AccessDeniedException',
  'InvalidInputException',
  'EntityNotFoundException',
  'ValidationException',
  'ResourceNumberLimitExceededException',
]);

function outcomeOf(cause: unknown): CommitOutcome {
  const failure = failureOf(cause);
  if (failure.attempts > 1 || failure.status === undefined || failure.status >= 500) return { kind: 'unknown', cause };
  if (failure.name === 'ConcurrentModificationException') return { kind: 'conflict' };
  return REFUSALS.has(failure.name) ? { kind: 'refused', cause } : { kind: 'unknown', cause };
}

async function createTable(context: Context, identifier: TableIdentifier, metadataLocation: Uri): Promise<CreateOutcome> {
  const metadata = await readShownMetadata(context, metadataLocation);
  const command = new CreateTableCommand({
    DatabaseName: identifier.namespace,
    TableInput: newTableInput(identifier.name, { metadataLocation, metadata }),
  });
  try {
    await context.client.send(command, { abortSignal: AbortSignal.timeout(LIMITS.ioTimeoutMs) });
    return 'created';
  } catch (error) {
    const failure = failureOf(error);
    if (failure.name === 'AlreadyExistsException') return 'exists';
    if (failure.attempts === 1 && REFUSALS.has(failure.name))
      throw refused('creation of the table', error, { table: tableKey(identifier) });
    return 'unknown';
  }
}

async function ensureDatabase(context: Context, namespace: string): Promise<void> {
  try {
    await retryIdempotent(context.retry, (abortSignal) =>
      context.client.send(new GetDatabaseCommand({ Name: namespace }), { abortSignal }),
    );
  } catch (error) {
    if (failureOf(error).kind !== 'missing') throw transientIo('load of the namespace', error, { table: namespace });
    await createDatabase(context, namespace);
  }
}

async function createDatabase(context: Context, namespace: string): Promise<void> {
  const command = new CreateDatabaseCommand({ DatabaseInput: { Name: namespace } });
  try {
    await retryIdempotent(context.retry, (abortSignal) => context.client.send(command, { abortSignal }));
  } catch (error) {
    const failure = failureOf(error);
    if (failure.name === 'AlreadyExistsException') return;
    if (REFUSALS.has(failure.name)) throw refused('creation of the namespace', error, { table: namespace });
    throw transientIo('creation of the namespace', error, { table: namespace });
  }
}

function versionOf(table: Table): string {
  if (table.VersionId !== undefined) return table.VersionId;
  throw new InvariantError('invariant broken: Glue gives a VersionId with every table; without it no compare-and-swap is possible', {
    code: 'glue-no-version',
  });
}

function notIceberg(identifier: TableIdentifier): CommitRefusedError {
  const table = tableKey(identifier);
  return new CommitRefusedError(
    `load of ${table} refused: expected an Iceberg table in Glue, got a table of another kind; rename one of them or choose firn.table`,
    { code: 'glue-not-iceberg', details: { table } },
  );
}
