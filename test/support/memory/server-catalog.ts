// A catalog of the in-memory world that writes the metadata itself and commits by requirements and updates, as a REST catalog does. What
// it does with them is the reading of the specification in `../rest/apply-change.ts`, so the client's difference of two states is judged
// by code of its own. New tables have ids of the catalog's choice. A commit that takes effect late is judged by what it requires, not
// by the metadata it was prepared on.
import { hash } from 'node:crypto';
import type { TableIdentifier } from '../../../src/contract/compiled.ts';
import { assignFreshIds } from '../../../src/iceberg/fresh-ids.ts';
import { parseExact, stringifyExact } from '../../../src/iceberg/json-exact.ts';
import { parseSchema, schemaToJson } from '../../../src/iceberg/schema-json.ts';
import type { CommitOutcome, CreateOutcome, ServerCatalog, TableChange, TableDraft, TablePointer, Uri } from '../../../src/ports.ts';
import { applyUpdates, checkRequirements, Rejected } from '../rest/apply-change.ts';
import { makeNames, type Runner } from './ports.ts';
import { keyOf, type MemoryWorld } from './world.ts';

type Json = Record<string, unknown>;

/** Field ids of new tables begin above what a client proposes. */
const IDS_FROM = 100;
const PREVIOUS_VERSIONS = 'write.metadata.previous-versions-max';

export function makeServerCatalog(world: MemoryWorld, run: Runner): ServerCatalog {
  return {
    ...makeNames(world, run),
    metadataWriter: 'catalog',
    create: (identifier, draft) =>
      run<CreateOutcome>('catalog', 'create', keyOf(identifier), {
        effect: () => create(world, identifier, draft),
        lost: () => 'unknown',
      }),
    commit: (base, change) =>
      run<CommitOutcome>('catalog', 'commit', keyOf(base.identifier), {
        effect: () => commit(world, base, change),
        lost: () => ({ kind: 'unknown', cause: new Error('reply lost') }),
        refused: () => ({ kind: 'refused', cause: new Error('access denied') }),
      }),
  };
}

function create(world: MemoryWorld, identifier: TableIdentifier, draft: TableDraft): CreateOutcome {
  if (world.tables.has(keyOf(identifier))) return 'exists';
  const { metadata, uri } = written(world, newTable(world, draft), 0);
  return world.createTable(identifier, uri, metadata);
}

function newTable(world: MemoryWorld, draft: TableDraft): Json {
  const fresh = assignFreshIds(parseSchema(draft.schema), IDS_FROM);
  const remapped = (fields: readonly Json[]) => fields.map((one) => ({ ...one, 'source-id': fresh.map.get(Number(one['source-id'])) }));
  const spec = draft.partitionSpec as { readonly fields: readonly Json[] };
  const order = draft.sortOrder as { readonly 'order-id': number; readonly fields: readonly Json[] };
  return {
    ...{ 'format-version': draft.formatVersion, 'table-uuid': freshUuid(world), location: draft.location },
    ...{ 'last-sequence-number': 0, 'last-updated-ms': world.nowMs(), 'last-column-id': fresh.lastId, 'current-schema-id': 0 },
    schemas: [schemaToJson({ ...fresh.struct, 'schema-id': 0 })],
    ...{ 'default-spec-id': 0, 'partition-specs': [{ 'spec-id': 0, fields: remapped(spec.fields) }] },
    'last-partition-id': Math.max(999, ...spec.fields.map((field) => Number(field['field-id']))),
    ...{ 'default-sort-order-id': order['order-id'], 'sort-orders': [{ ...order, fields: remapped(order.fields) }] },
    ...{ properties: draft.properties, 'current-snapshot-id': null, refs: {}, snapshots: [], 'snapshot-log': [], 'metadata-log': [] },
    ...(draft.formatVersion >= 3 ? { 'next-row-id': 0 } : {}),
  };
}

/** All updates if all requirements hold of the table as it is now, whatever has moved since `base`. */
function commit(world: MemoryWorld, base: TablePointer, { requirements, updates }: TableChange): CommitOutcome {
  const row = world.tables.get(keyOf(base.identifier));
  if (!row) return { kind: 'refused', cause: new Error('no such table') };
  const before = row.metadata as Json;
  try {
    checkRequirements(before, requirements);
    const next = applyUpdates(before, updates, world.nowMs());
    const { log, dropped } = logAfter(next, { 'timestamp-ms': before['last-updated-ms'], 'metadata-file': row.metadataLocation });
    const { metadata, uri } = written(world, { ...next, 'metadata-log': log }, versionOf(row.metadataLocation) + 1);
    world.swap(row, uri, metadata);
    for (const gone of dropped) world.as('catalog', () => world.remove(gone));
    return { kind: 'committed' };
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    // What an update refers to may be gone although no requirement names it: a client that looks finds the table moved.
    if (error.status === 409 || row.version !== base.version) return { kind: 'conflict' };
    return { kind: 'refused', cause: error };
  }
}

function logAfter(next: Json, last: Json): { readonly log: readonly Json[]; readonly dropped: readonly Uri[] } {
  const properties = next['properties'] as Readonly<Record<string, string>>;
  const log = [...((next['metadata-log'] ?? []) as Json[]), last];
  const cut = Math.max(0, log.length - Number(properties[PREVIOUS_VERSIONS] ?? 100));
  const isDeleted = properties['write.metadata.delete-after-commit.enabled'] === 'true';
  return { log: log.slice(cut), dropped: isDeleted ? log.slice(0, cut).map((one) => String(one['metadata-file'])) : [] };
}

function written(world: MemoryWorld, metadata: Json, version: number): { readonly metadata: unknown; readonly uri: Uri } {
  const text = stringifyExact(metadata);
  const uri = `${String(metadata['location'])}/metadata/${String(version).padStart(5, '0')}-${freshUuid(world)}.metadata.json`;
  world.putIfAbsent(uri, Buffer.from(text));
  return { metadata: parseExact(text), uri };
}

function versionOf(uri: Uri): number {
  return Number(uri.slice(uri.lastIndexOf('/') + 1).split('-', 1)[0]);
}

/** The same in every run. */
function freshUuid(world: MemoryWorld): string {
  world.uuidsMade++;
  const hex = hash('sha256', `catalog:${world.uuidsMade}`, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
