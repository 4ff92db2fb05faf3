// What other engines, operators and life cycles do to a table between our commits, lawfully or not. Each act is whole: nothing comes
// between its steps. The checker is told what an act justifies (parking) and which rows it removed.
import { buildColumns } from '../../../../src/column-cells.ts';
import { APPLIED_TAG } from '../../../../src/contract/names.ts';
import type { CellValue, NestedField, StructType } from '../../../../src/contract/types.ts';
import { prepareAppend } from '../../../../src/iceberg/append.ts';
import { commitTable } from '../../../../src/iceberg/commit-table.ts';
import { ancestry } from '../../../../src/iceberg/find-snapshot.ts';
import { identifierOf, loadTable } from '../../../../src/iceberg/load-table.ts';
import { liveEntries } from '../../../../src/iceberg/scan.ts';
import type { DataFile, Snapshot, TableMetadata } from '../../../../src/iceberg/types.ts';
import { targetOf } from '../../../../src/jobs/materialise-files.ts';
import { fileNamer, writeRows } from '../../../../src/jobs/write-rows.ts';
import { encodeParquet } from '../../../../src/parquet/encode.ts';
import type { Ports } from '../../../../src/ports.ts';
import { addDeleteFile, changeMetadata } from '../../../support/memory/others.ts';
import { ORPHAN_AGE_MS } from '../scaled-limits.ts';
import { type LiveRow, OTHERS_SOURCE, type TableGhost } from '../table-ghost.ts';
import { quietPorts, type SimWorld } from '../world.ts';

const ACTS = [
  'append',
  'position-delete',
  'position-delete',
  'equality-delete',
  'equality-delete',
  'rollback',
  'rollback-append',
  'drop',
  'expire',
  'append-expire',
  'orphans',
  'schema',
  'remove-tag',
  'metadata-files',
] as const;
type Act = (typeof ACTS)[number];

const OF_FOCUS: Readonly<Record<string, Act>> = {
  rollback: 'rollback',
  orphans: 'orphans',
  schema: 'schema',
  recreate: 'drop',
  expiry: 'append-expire',
};

interface Scene {
  readonly world: SimWorld;
  readonly ports: Ports;
  readonly ghost: TableGhost;
  readonly metadata: TableMetadata;
}

/** One act of somebody else on one table, any where none is named. */
export async function actAsOther(world: SimWorld, table?: string): Promise<void> {
  // What an act tells the checker holds from now on, not for a commit of before.
  if (world.ghost.isBehind()) throw new Error('others act before the checker has judged what was committed');
  const key = table ?? world.random.pick([...world.memory.tables.keys()]);
  if (key === undefined) return;
  const preferred = OF_FOCUS[world.focus];
  const act = preferred && world.random.next() < 0.6 ? preferred : world.random.pick(ACTS);
  const ports = quietPorts(world, 'other');
  const loaded = await loadTable(ports, identifierOf(key));
  if (!loaded) return;
  const scene = { world, ports, ghost: world.ghost.table(key), metadata: loaded.metadata };
  world.ghost.trace.push(`other: ${act} on ${key}`);
  await perform(act, scene);
}

async function perform(act: Act, scene: Scene): Promise<void> {
  switch (act) {
    case 'append':
      return append(scene);
    case 'position-delete':
    case 'equality-delete':
      return deleteRow(scene, act === 'position-delete' ? 1 : 2);
    case 'rollback':
    case 'rollback-append':
      return rollBack(scene, act === 'rollback-append');
    case 'drop':
      return drop(scene);
    case 'expire':
      return expire(scene);
    case 'append-expire':
      return cutChain(scene);
    case 'orphans':
      return removeOrphans(scene);
    case 'schema':
      return addColumn(scene);
    case 'remove-tag':
      return removeTag(scene);
    case 'metadata-files': {
      for (const { 'metadata-file': uri } of scene.metadata['metadata-log']) await scene.ports.files.delete(uri);
    }
  }
}

async function append({ world, ports, ghost, metadata }: Scene): Promise<void> {
  const target = targetOf(metadata);
  const offset = world.quiet++;
  const row = metadata.schemas
    .find((one) => one['schema-id'] === metadata['current-schema-id'])!
    .fields.map((field) => foreignCell(field, offset));
  const columns = buildColumns(target.struct, [row]);
  const written = await writeRows(ports, target, { columns, nameFile: fileNamer(ports) });
  const loaded = (await loadTable(ports, identifierOf(ghost.table)))!;
  const prepared = await prepareAppend({
    metadata: loaded.metadata,
    metadataLocation: loaded.pointer.metadataLocation,
    add: written.map(({ file }) => file),
    files: ports.files,
    ids: ports.ids,
    nowMs: ports.clock.nowMs(),
    metadataWriter: ports.catalog.metadataWriter,
    summary: {},
    setProperties: {},
  });
  await commitTable(ports.catalog, loaded.pointer, prepared);
}

/** A row of somebody else's: any value of the column's type. */
function foreignCell({ name, type, required }: NestedField, offset: number): CellValue {
  if (name === 'kafka_offset') return BigInt(offset);
  if (name === 'source_id') return OTHERS_SOURCE;
  if (!required) return null;
  switch (type) {
    case 'string':
      return 'foreign';
    case 'int':
      return 0;
    case 'long':
    case 'timestamptz':
      return 0n;
    default:
      return [];
  }
}

const POSITION_DELETE: StructType = {
  type: 'struct',
  fields: [
    { id: 2_147_483_546, name: 'file_path', required: true, type: 'string' },
    { id: 2_147_483_545, name: 'pos', required: true, type: 'long' },
  ],
};

async function deleteRow(scene: Scene, content: 1 | 2): Promise<void> {
  const { world, ports, ghost, metadata } = scene;
  if (ghost.isDirty) return;
  const rows = (await ghost.liveRows()).filter(({ place }) => !place.startsWith(`${OTHERS_SOURCE}|`));
  if (rows.length === 0) return;
  const row = world.random.pick(rows);
  const expected = world.ghost.ledger(String(metadata.properties['firn.contract'])).expectedAt(ghost.table, ghost.applied()).get(row.place);
  if (!expected) return;
  const file = (await liveEntries({ metadata, files: ports.files })).data.find((entry) => entry.file.filePath === row.path)!.file;
  ghost.removed.add(`${row.place} ${expected.n}`);
  await addDeleteFile(ports, ghost.table, await deleteFile(scene, { row, file, content }));
}

async function deleteFile(
  { world, ports, metadata }: Scene,
  given: { readonly row: LiveRow; readonly file: DataFile; readonly content: 1 | 2 },
): Promise<DataFile> {
  const { row, file, content } = given;
  const fields = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id'])!.fields;
  const keys = ['source_id', 'kafka_partition', 'kafka_offset'].map((name) => fields.find((field) => field.name === name)!);
  const [sourceId, partition, offset] = row.place.split('|') as [string, string, string];
  const schema: StructType = content === 1 ? POSITION_DELETE : { type: 'struct', fields: keys };
  const cells: CellValue[] = content === 1 ? [row.path, BigInt(row.row)] : [sourceId, Number(partition), BigInt(offset)];
  const { bytes } = encodeParquet({ schema, columns: buildColumns(schema, [cells]) });
  const filePath = `${metadata.location}/data/deletes-${ports.ids.uuid()}.parquet`;
  await ports.files.create(filePath, bytes);
  world.ghost.deletes.set(
    filePath,
    content === 1 ? { kind: 'position', dead: [{ path: row.path, row: row.row }] } : { kind: 'equality', places: new Set([row.place]) },
  );
  const { specId, partition: tuple } = file;
  const equality = content === 2 ? { equalityIds: keys.map(({ id }) => id) } : {};
  const base = { content, filePath, fileFormat: 'PARQUET', specId, partition: tuple, recordCount: 1, fileSizeBytes: bytes.length } as const;
  return { ...base, ...equality };
}

/** Back to an earlier snapshot that does not descend from our last one. */
async function rollBack(scene: Scene, isAppended: boolean): Promise<void> {
  const { world, ports, ghost, metadata } = scene;
  const tag = metadata.refs?.[APPLIED_TAG]?.['snapshot-id'];
  const current = metadata['current-snapshot-id'];
  if (tag === undefined || current === undefined || current === null) return;
  const chain = metadata.snapshots.filter(
    (one) => one['snapshot-id'] !== current && ancestry(metadata, { snapshotId: one['snapshot-id'], ofId: current }) === 'ancestor',
  );
  const unlawful = chain.filter((one) => !ghost.descends(tag, one['snapshot-id']));
  if (unlawful.length === 0) return;
  const to = world.random.pick(unlawful)['snapshot-id'];
  ghost.isHurt = true;
  ghost.isDirty = true;
  // The rows that went are what a redelivery would have been compared with: until the table is rolled forward, its source may park, too.
  world.ghost.isEvidenceLost = true;
  await changeMetadata(ports, ghost.table, (before) => ({
    ...before,
    'current-snapshot-id': to,
    refs: { ...before.refs, main: { 'snapshot-id': to, type: 'branch' } },
  }));
  if (isAppended) await append({ ...scene, metadata: (await loadTable(ports, identifierOf(ghost.table)))!.metadata });
}

/** Dropped, with its files or without; a lander makes a table of that name again. */
async function drop({ world, ports, ghost, metadata }: Scene): Promise<void> {
  const contract = String(metadata.properties['firn.contract']);
  const { need } = world.ghost.ledger(contract);
  const siblings = [...world.memory.tables.keys()].filter((key) => key !== ghost.table && need.has(key));
  // A table that the ledger has placed nothing in may be another one; and a catalog that has lost every table of a contract is
  // refused until a person restores it.
  if (siblings.length === 0 || !need.has(ghost.table)) return;
  ghost.isHurt = true;
  ghost.isDirty = true;
  world.ghost.isEvidenceLost = true;
  ghost.removed.clear();
  const names = [...ghost.names];
  world.memory.dropTable(identifierOf(ghost.table));
  ghost.gone();
  if (world.random.next() < 0.5) for (const name of names) await ports.files.delete(name);
}

/** Keeps the current and the tagged snapshot and deletes what no other names. */
async function expire({ world, ports, ghost, metadata }: Scene): Promise<void> {
  world.ghost.isEvidenceLost = true;
  const tag = metadata.refs?.[APPLIED_TAG]?.['snapshot-id'];
  const current = metadata['current-snapshot-id'];
  if (tag !== undefined && current && ancestry(withoutOld(metadata), { snapshotId: tag, ofId: current }) === 'unknown') {
    const { data } = await liveEntries({ metadata, files: ports.files });
    if (!data.some(({ snapshotId }) => snapshotId === tag)) ghost.isHurt = true;
  }
  // Of the table as it is when it is swapped: a commit in between is kept.
  let gone: Snapshot[] = [];
  let kept: Snapshot[] = [];
  await changeMetadata(ports, ghost.table, (now) => {
    const next = withoutOld(now);
    kept = [...next.snapshots];
    gone = now.snapshots.filter((one) => !kept.includes(one));
    return next;
  });
  // The checker judges each commit while its files are there.
  await world.ghost.settle();
  const after = new Set(kept.flatMap((one) => [...ghost.namesOf(one)]));
  const before = new Set(gone.flatMap((one) => [...ghost.namesOf(one)]));
  for (const name of before) if (!after.has(name)) await ports.files.delete(name);
}

/** Only the current snapshot and the last one of ours. */
function withoutOld(metadata: TableMetadata): TableMetadata {
  const keep = new Set([metadata['current-snapshot-id'], metadata.refs?.[APPLIED_TAG]?.['snapshot-id']]);
  return { ...metadata, snapshots: metadata.snapshots.filter((one) => keep.has(one['snapshot-id'])) };
}

/** Two snapshots of somebody's and an expiry of all but the last: nothing is left between our last one and the current one. */
async function cutChain(scene: Scene): Promise<void> {
  if (scene.metadata.refs?.[APPLIED_TAG] === undefined) return;
  // The checker judges each commit while its files are there.
  const again = async (): Promise<Scene> => {
    await scene.world.ghost.settle();
    return { ...scene, metadata: (await loadTable(scene.ports, identifierOf(scene.ghost.table)))!.metadata };
  };
  await append(scene);
  await append(await again());
  await expire(await again());
}

/** Finds what is old and in no metadata; deletes it the next time, whatever happened meanwhile. */
async function removeOrphans({ world, ports, ghost, metadata }: Scene): Promise<void> {
  const log = new Set(metadata['metadata-log'].map((one) => one['metadata-file']));
  const old: string[] = [];
  for await (const { uri, lastModifiedMs } of ports.files.list(`${metadata.location}/`)) {
    const isUsed = ghost.names.has(uri) || log.has(uri);
    if (!isUsed && world.memory.nowMs() - lastModifiedMs > ORPHAN_AGE_MS) old.push(uri);
  }
  for (const uri of world.orphans.get(ghost.table) ?? []) await ports.files.delete(uri);
  world.orphans.set(ghost.table, old);
}

async function addColumn({ ports, ghost }: Scene): Promise<void> {
  await changeMetadata(ports, ghost.table, (before) => {
    const schema = before.schemas.find((one) => one['schema-id'] === before['current-schema-id'])!;
    const id = before['last-column-id'] + 1;
    const schemaId = Math.max(...before.schemas.map((one) => one['schema-id'])) + 1;
    const added = {
      ...schema,
      'schema-id': schemaId,
      fields: [...schema.fields, { id, name: `extra_${id}`, required: false, type: 'string' as const }],
    };
    return { ...before, 'last-column-id': id, 'current-schema-id': schemaId, schemas: [...before.schemas, added] };
  });
}

async function removeTag({ ports, ghost, metadata }: Scene): Promise<void> {
  if (!metadata.refs?.[APPLIED_TAG]) return;
  ghost.isHurt = true;
  await changeMetadata(ports, ghost.table, (before) => {
    const { [APPLIED_TAG]: _, ...refs } = before.refs ?? {};
    return { ...before, refs };
  });
}
