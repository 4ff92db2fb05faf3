// The only ways out of the core, with the obligations an implementation takes on. Pure types; implemented by src/local, src/aws
// and the test doubles in test/support; the conformance suites run against each.
import type { TableIdentifier } from './contract/compiled.ts';

/** An absolute location: `file:///…` or `s3://bucket/key`. */
export type Uri = string;

/** `created`: this call made it. `exists`: something was there (perhaps by an earlier attempt of ours). `unknown`: nobody can tell. */
export type CreateOutcome = 'created' | 'exists' | 'unknown';

export interface FileStat {
  readonly uri: Uri;
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
}

/**
 * Objects by URI. Obligations:
 * - `create` is atomic and durable: after `created` the whole content is there for every reader and survives a power cut; a
 *   reader never sees a part; of concurrent creators exactly one gets `created`. It never overwrites. A failure that may have
 *   taken effect is `unknown`, never an exception; a failure that certainly had no effect throws TransientIoError (or
 *   CommitRefusedError for permission, a full or a read-only disk).
 * - `read` gives the whole object (or the range) or undefined if it does not exist; anything else throws TransientIoError.
 * - `list` yields every object whose URI begins with the prefix, in ascending order of URI; objects created before the call are
 *   all there. `startAfter` skips URIs ≤ it.
 * - `delete` may be called twice; an absent object is fine.
 * Reads, lists and deletes retry within LIMITS.ioAttemptsMax; `create` may retry only if it then reports `exists`/`unknown` truthfully.
 */
export interface FileStore {
  read(uri: Uri, range?: { readonly start: number; readonly end: number }): Promise<Buffer | undefined>;
  create(uri: Uri, bytes: Uint8Array): Promise<CreateOutcome>;
  stat(uri: Uri): Promise<FileStat | undefined>;
  list(prefix: Uri, options?: { readonly startAfter?: Uri }): AsyncIterable<FileStat>;
  delete(uri: Uri): Promise<void>;
}

/** What a catalog says of a table: where its metadata is, and the token its compare-and-swap needs. */
export interface TablePointer {
  readonly identifier: TableIdentifier;
  readonly metadataLocation: Uri;
  /** Opaque to all but the catalog: Glue's VersionId; the metadata location for SQL and REST. */
  readonly version: string;
  /** The metadata itself in exact JSON, where the catalog hands it out with the pointer; else it is the file at `metadataLocation`. */
  readonly metadata?: unknown;
}

export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** Known not applied: the table moved since `base`. */
  | { readonly kind: 'conflict' }
  /** Known not applied: permission, validation, the table is gone. */
  | { readonly kind: 'refused'; readonly cause: unknown }
  /** May or may not be applied, now or later. Whatever is not recognised is this. */
  | { readonly kind: 'unknown'; readonly cause: unknown };

/** One condition of a commit in the JSON of the REST catalog specification ("TableRequirement"): `assert-table-uuid` … */
export interface TableRequirement {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One step of a commit in the JSON of the REST catalog specification ("TableUpdate"): `add-snapshot` … Integers beyond 2^53 are bigint. */
export interface TableUpdate {
  readonly action: string;
  readonly [field: string]: unknown;
}

/** What a catalog that writes metadata itself is asked to do: all updates, in order, if all requirements hold, else nothing. */
export interface TableChange {
  readonly requirements: readonly TableRequirement[];
  readonly updates: readonly TableUpdate[];
}

/** A new table for a catalog that writes metadata itself. Schema, spec and order in the specification's JSON; their ids are proposals. */
export interface TableDraft {
  readonly location: Uri;
  readonly formatVersion: number;
  readonly schema: unknown;
  readonly partitionSpec: unknown;
  readonly sortOrder: unknown;
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * Names → tables. Obligations of every catalog:
 * - `load` reads the latest committed pointer (no cache); undefined if the table does not exist; failures throw TransientIoError.
 * - `commit` takes effect wholly or not at all, in one request that is never sent twice unless the server itself tells repeats
 *   apart; it says `conflict` or `refused` only where it is known that nothing was applied, now or later.
 * - `create` registers a table that must not exist.
 */
interface CatalogOfTables {
  readonly name: string;
  load(identifier: TableIdentifier): Promise<TablePointer | undefined>;
  list(namespace?: string): Promise<readonly TableIdentifier[]>;
  /** Makes sure the namespace exists; may be called twice. */
  ensureNamespace(namespace: string): Promise<void>;
}

/**
 * A catalog whose clients write the metadata files (SQL, Glue). `commit` is one compare-and-swap: it takes effect only if the table
 * is still exactly `base` (for Glue: VersionId, and the metadata location read again directly before). For `create` and `commit`
 * the metadata file is written already.
 */
export interface PointerCatalog extends CatalogOfTables {
  readonly metadataWriter: 'client';
  create(identifier: TableIdentifier, metadataLocation: Uri): Promise<CreateOutcome>;
  commit(base: TablePointer, metadataLocation: Uri): Promise<CommitOutcome>;
}

/**
 * A catalog that writes the metadata files itself (REST). `commit` takes effect only if every requirement holds of the table as it
 * is; what the requirements do not name may have moved since `base`. After `create` the table's ids are the catalog's: load it.
 */
export interface ServerCatalog extends CatalogOfTables {
  readonly metadataWriter: 'catalog';
  create(identifier: TableIdentifier, draft: TableDraft): Promise<CreateOutcome>;
  commit(base: TablePointer, change: TableChange): Promise<CommitOutcome>;
}

/** Commits go through `commitTable` of src/iceberg/commit-table.ts, which serves both kinds. */
export type TableCatalog = PointerCatalog | ServerCatalog;

/** Asks for a commit of a contract soon. At least once; a lost ring is made good by `watch`. Carries nothing but the name. */
export interface Doorbell {
  ring(contractName: string): Promise<void>;
}

/** Wall clock in milliseconds since the epoch; never `Date.now` elsewhere. */
export interface Clock {
  nowMs(): number;
  /** Waits; left out, real time passes. A virtual clock moves itself. */
  sleep?(ms: number): Promise<void>;
}

/** Fresh identifiers: never the same twice, in any process. */
export interface Ids {
  /** RFC 9562 UUID, lower case. */
  uuid(): string;
  /** Positive, 63 bits, for Iceberg snapshots. */
  snapshotId(): bigint;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Counts and facts for operators; never a payload or a secret. */
export interface Telemetry {
  count(metric: string, value: number, dimensions?: Readonly<Record<string, string>>): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: LogFields): void;
}

/** What every job is given. `root` is the warehouse: no trailing slash. */
export interface Ports {
  readonly files: FileStore;
  readonly catalog: TableCatalog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
  readonly doorbell: Doorbell;
  readonly root: Uri;
}

/** The ports of a warehouse whose catalog keeps pointers alone. */
export interface PointerPorts extends Ports {
  readonly catalog: PointerCatalog;
}
