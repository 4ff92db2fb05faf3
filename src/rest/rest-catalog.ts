// ServerCatalog over the Iceberg REST catalog protocol: the server writes metadata files, the client sends requirements and updates.
// Reads are repeated within bounds; a commit is sent once (commit.ts). The metadata of a load is the answer's own, with all
// snapshots. Upholds promises 2 and 3. Source: REST catalog specification (rest-catalog-open-api.yaml).
import type { TableIdentifier } from '../contract/compiled.ts';
import { tableKey } from '../contract/names.ts';
import type { CommitOutcome, CreateOutcome, ServerCatalog, TableChange, TableDraft, TablePointer } from '../ports.ts';
import { bodyOf, failure, isMissing, isRefusal, isSuccess, refused, transient } from './answers.ts';
import { makeRestClient, type RestClient, type RestClientOptions } from './client.ts';
import { sendCommit, sendMutation } from './commit.ts';
import { listAllTables, listTables, namespaceLevels, namespacePath } from './listing.ts';

export interface RestCatalogOptions extends RestClientOptions {
  /** The catalog decides where tables lie (Amazon S3 Tables): no location is proposed. @default false */
  readonly ownsLocations?: boolean;
}

/** Requests: the configuration once; load 1; commit 1, and a load after a conflict; create 1. */
export function makeRestCatalog(options: RestCatalogOptions): ServerCatalog {
  const context = { ...options, client: makeRestClient(options) };
  return {
    name: 'rest',
    metadataWriter: 'catalog',
    load: (identifier) => loadPointer(context, identifier),
    create: (identifier, draft) => createTable(context, identifier, draft),
    commit: (base, change) => commitTable(context, base, change),
    list: (namespace) => (namespace === undefined ? listAllTables(context.client) : listTables(context.client, namespace)),
    ensureNamespace: (namespace) => ensureNamespace(context, namespace),
  };
}

type Context = RestCatalogOptions & { readonly client: RestClient };

async function tablePath({ client }: Context, identifier: TableIdentifier): Promise<string> {
  return `${await namespacePath(client, identifier.namespace)}/tables/${encodeURIComponent(identifier.name)}`;
}

async function loadPointer(context: Context, identifier: TableIdentifier): Promise<TablePointer | undefined> {
  const path = await tablePath(context, identifier);
  const answer = await context.client.repeat({ method: 'GET', path, query: { snapshots: 'all' } });
  if (isMissing(answer)) return undefined;
  const details = { table: tableKey(identifier) };
  if (!isSuccess(answer)) throw transient(`loading ${details.table}`, answer, details);
  const body = bodyOf(answer);
  const metadataLocation = body?.['metadata-location'];
  if (typeof metadataLocation !== 'string' || body?.['metadata'] === undefined)
    throw transient(`loading ${details.table}`, answer, details);
  return { identifier, metadataLocation, version: metadataLocation, metadata: body['metadata'] };
}

async function commitTable(context: Context, base: TablePointer, change: TableChange): Promise<CommitOutcome> {
  const { identifier } = base;
  const body = { identifier: { namespace: namespaceLevels(identifier.namespace), name: identifier.name }, ...change };
  const request = { method: 'POST', path: await tablePath(context, identifier), body } as const;
  return sendCommit({ ...context, load: () => loadPointer(context, identifier) }, { base, change, request });
}

async function createTable(context: Context, identifier: TableIdentifier, draft: TableDraft): Promise<CreateOutcome> {
  const body = {
    name: identifier.name,
    ...(context.ownsLocations ? {} : { location: draft.location }),
    schema: draft.schema,
    'partition-spec': draft.partitionSpec,
    'write-order': draft.sortOrder,
    'stage-create': false,
    properties: { ...draft.properties, 'format-version': String(draft.formatVersion) },
  };
  const path = `${await namespacePath(context.client, identifier.namespace)}/tables`;
  const { answer, wasUnknown } = await sendMutation(context, { method: 'POST', path, body });
  if (isSuccess(answer)) return 'created';
  if (answer.kind === 'silence' || wasUnknown) return 'unknown';
  const details = { table: tableKey(identifier) };
  if (answer.status === 409) return 'exists';
  if (isRefusal(answer.status)) throw refused(`creating ${details.table}`, answer, details);
  if (answer.status === 429) throw transient(`creating ${details.table}`, answer, details);
  return 'unknown';
}

/** Every level of the namespace, from the outermost on. */
async function ensureNamespace(context: Context, namespace: string): Promise<void> {
  const levels = namespaceLevels(namespace);
  for (let depth = 1; depth <= levels.length; depth++) {
    const name = levels.slice(0, depth).join('.');
    const found = await context.client.repeat({ method: 'GET', path: await namespacePath(context.client, name) });
    if (isSuccess(found)) continue;
    if (!isMissing(found)) throw failure(`looking for the namespace ${name}`, found, {});
    // May be sent twice: a namespace that is there already is what was wanted.
    const body = { namespace: levels.slice(0, depth), properties: {} };
    const made = await context.client.repeat({ method: 'POST', path: 'namespaces', body });
    const isThere = isSuccess(made) || (made.kind === 'answer' && made.status === 409);
    if (!isThere) throw failure(`making the namespace ${name}`, made, {});
  }
}
