// Scenarios of rules that maintenance rests on, over the operations of the table format themselves.
import { buildColumns } from '../../../src/column-cells.ts';
import { APPLIED_TAG, PROPERTY, SUMMARY } from '../../../src/contract/names.ts';
import type { CellValue, StructType } from '../../../src/contract/types.ts';
import { FirnError } from '../../../src/errors.ts';
import { stageMetadata } from '../../../src/iceberg/commit-metadata.ts';
import { commitTable } from '../../../src/iceberg/commit-table.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { planExpiry } from '../../../src/iceberg/expire.ts';
import { prepareReplace } from '../../../src/iceberg/file-operations.ts';
import { currentSnapshot } from '../../../src/iceberg/find-snapshot.ts';
import { identifierOf, type LoadedTable, loadTable } from '../../../src/iceberg/load-table.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import type { DataFile, Snapshot } from '../../../src/iceberg/types.ts';
import { targetOf } from '../../../src/jobs/materialise-files.ts';
import { newDeletesReader } from '../../../src/jobs/read-deletes.ts';
import { readTask } from '../../../src/jobs/read-task.ts';
import { fileNamer, writeRows } from '../../../src/jobs/write-rows.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { addDeleteFile, GAME_SOURCE, GAME_TABLE, type Lab, makeLab, records, removeDataFiles } from '../../support/memory/index.ts';
import { holds } from '../engine/violation.ts';

const tableOf = async ({ ports }: Lab): Promise<LoadedTable> => (await loadTable(ports, identifierOf(GAME_TABLE)))!;

function baseOf({ ports }: Lab, { metadata, pointer }: LoadedTable) {
  return { metadata, metadataLocation: pointer.metadataLocation, files: ports.files, ids: ports.ids, nowMs: ports.clock.nowMs() };
}

/** Others take out the files of our last snapshot in two commits; then our expiry runs: only the path proves where the table comes from. */
export async function expiryKeepsThePath(): Promise<void> {
  const lab = makeLab();
  for (const offset of [0, 1]) {
    await lab.land(records('a', { offset }));
    await lab.commit();
  }
  const [first, second] = (await planScan({ metadata: (await tableOf(lab)).metadata, files: lab.ports.files })).map(
    ({ file }) => file.filePath,
  );
  await removeDataFiles(lab.ports, GAME_TABLE, ({ filePath }) => filePath === first);
  await removeDataFiles(lab.ports, GAME_TABLE, ({ filePath }) => filePath === second);
  lab.world.advance(1000);
  const loaded = await tableOf(lab);
  const nowMs = lab.ports.clock.nowMs();
  const { metadata } = planExpiry(loaded.metadata, { nowMs, olderThanMs: nowMs, minSnapshotsToKeep: 1 });
  await commitTable(lab.ports.catalog, loaded.pointer, await stageMetadata(baseOf(lab, loaded), metadata));
  await lab.land(records('a', { offset: 2 }));
  const { parked } = await lab.commit();
  holds(parked.length === 0, () => `P4 ${GAME_TABLE} parked without a cause: ${parked.map(({ reason }) => reason)}`);
}

/** An equality delete is committed between the reading and the commit of a compaction, which carries it over. */
export const sequenceNumbersKept = (): Promise<void> => deletedMeanwhile(equalityDelete);

/** A position delete names the file that goes, so the compaction must not be committed. */
export const compactionSeesNewDeletes = (): Promise<void> => deletedMeanwhile(positionDelete);

/** A row that is deleted while its file is rewritten stays deleted, whatever becomes of the rewriting. */
async function deletedMeanwhile(deleteOf: (lab: Lab, like: DataFile) => Promise<DataFile>): Promise<void> {
  const lab = makeLab();
  await lab.land(records('aa'));
  await lab.commit();
  const base = await tableOf(lab);
  const snapshot = currentSnapshot(base.metadata)!;
  const target = targetOf(base.metadata);
  const [task] = await planScan({ metadata: base.metadata, files: lab.ports.files });
  const deletes = newDeletesReader(lab.ports.files, base.metadata);
  const { struct } = target;
  const read = await readTask({ files: lab.ports.files, metadata: base.metadata, task: task!, struct, schema: struct, deletes });
  const written = await writeRows(lab.ports, target, { columns: read.columns, order: read.rows, nameFile: fileNamer(lab.ports) });
  await addDeleteFile(lab.ports, GAME_TABLE, await deleteOf(lab, task!.file));
  await replace(lab, { snapshot, add: written.map(({ file }) => file), remove: task!.file });
  const { metadata } = await tableOf(lab);
  const rows: number[] = [];
  for (const one of await planScan({ metadata, files: lab.ports.files })) {
    const again = newDeletesReader(lab.ports.files, metadata);
    rows.push(...(await readTask({ files: lab.ports.files, metadata, task: one, struct, schema: struct, deletes: again })).rows);
  }
  holds(rows.length === 1, () => `P7 ${rows.length} rows are live after a compaction, expected 1: a deleted row is back`);
}

/** Commits the rewriting; refused is an answer. */
async function replace(
  lab: Lab,
  given: { readonly snapshot: Snapshot; readonly add: readonly DataFile[]; readonly remove: DataFile },
): Promise<void> {
  const loaded = await tableOf(lab);
  try {
    const prepared = await prepareReplace({
      ...baseOf(lab, loaded),
      tag: { name: APPLIED_TAG },
      summary: { [SUMMARY.entries]: loaded.metadata.properties[PROPERTY.applied]! },
      since: given.snapshot['snapshot-id'],
      dataSequenceNumber: given.snapshot['sequence-number'],
      add: given.add,
      remove: [given.remove],
    });
    await commitTable(lab.ports.catalog, loaded.pointer, prepared);
  } catch (error) {
    if (!(error instanceof FirnError) || error.name === 'InvariantError') throw error;
  }
}

function equalityDelete(lab: Lab, like: DataFile): Promise<DataFile> {
  return deleteFile(lab, { like, content: 2, names: ['source_id', 'kafka_offset'], cells: [GAME_SOURCE, 0n] });
}

const POSITION: StructType = {
  type: 'struct',
  fields: [
    { id: 2_147_483_546, name: 'file_path', required: true, type: 'string' },
    { id: 2_147_483_545, name: 'pos', required: true, type: 'long' },
  ],
};

function positionDelete(lab: Lab, like: DataFile): Promise<DataFile> {
  return deleteFile(lab, { like, content: 1, names: [], cells: [like.filePath, 0n] });
}

async function deleteFile(
  lab: Lab,
  given: { readonly like: DataFile; readonly content: 1 | 2; readonly names: readonly string[]; readonly cells: CellValue[] },
): Promise<DataFile> {
  const { like, content, names, cells } = given;
  const { metadata } = await tableOf(lab);
  const fields = names.map((name) => currentSchema(metadata).fields.find((field) => field.name === name)!);
  const schema: StructType = content === 1 ? POSITION : { type: 'struct', fields };
  const { bytes } = encodeParquet({ schema, columns: buildColumns(schema, [cells]) });
  const filePath = `${metadata.location}/data/deletes-${lab.ports.ids.uuid()}.parquet`;
  await lab.ports.files.create(filePath, bytes);
  const { specId, partition } = like;
  const shape = { content, filePath, fileFormat: 'PARQUET', specId, partition, recordCount: 1, fileSizeBytes: bytes.length } as const;
  return content === 1 ? shape : { ...shape, equalityIds: fields.map(({ id }) => id) };
}
