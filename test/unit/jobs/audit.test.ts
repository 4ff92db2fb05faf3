// The audit must find what is wrong: each test breaks a table behind the ledger's back and expects it to be named. What others did
// lawfully is told apart.
import { describe, expect, it } from 'vitest';
import { buildColumns, readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { contractPaths } from '../../../src/contract/names.ts';
import type { CellValue, StructType } from '../../../src/contract/types.ts';
import { prepareAppend } from '../../../src/iceberg/append.ts';
import { commitTable } from '../../../src/iceberg/commit-table.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { targetOf } from '../../../src/jobs/materialise-files.ts';
import { fileNamer, writeRows } from '../../../src/jobs/write-rows.ts';
import { encodeCheckpoint } from '../../../src/ledger/checkpoint-codec.ts';
import { encodeEntry } from '../../../src/ledger/entry-codec.ts';
import { markApplied } from '../../../src/ledger/state.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import {
  addDeleteFile,
  audit,
  changeMetadata,
  GAME_QUARANTINE,
  GAME_TABLE,
  type Lab,
  landed,
  ledgerOf,
  makeLab,
  records,
  removeDataFiles,
} from '../../support/memory/index.ts';

const tableOf = async (lab: Lab, table = GAME_TABLE) => (await loadTable(lab.ports, identifierOf(table)))!;
const auditOf = async (lab: Lab, table = GAME_TABLE) => (await audit(lab.ports)).tables.find((one) => one.table === table)!;

/** Appends files as another engine does, or in our name. */
async function append(lab: Lab, files: readonly DataFile[], summary: Record<string, string> = {}): Promise<void> {
  const { metadata, pointer } = await tableOf(lab);
  const { ports } = lab;
  const base = { metadata, metadataLocation: pointer.metadataLocation, files: ports.files, ids: ports.ids, nowMs: ports.clock.nowMs() };
  const prepared = await prepareAppend({ ...base, add: files, summary });
  expect(await commitTable(ports.catalog, pointer, prepared)).toEqual({ kind: 'committed' });
}

/** Writes rows like those of the table, each changed by `change`. */
async function writeLike(lab: Lab, change: (row: Record<string, CellValue>) => Record<string, CellValue>): Promise<DataFile[]> {
  const { metadata } = await tableOf(lab);
  const target = targetOf(metadata);
  const rows = (await readAll(lab, metadata)).map((row) => change(row));
  const columns = buildColumns(
    target.struct,
    rows.map((row) => target.struct.fields.map(({ name }) => row[name] ?? null)),
  );
  return (await writeRows(lab.ports, target, { columns, nameFile: fileNamer(lab.ports) })).map(({ file }) => file);
}

async function readAll(lab: Lab, metadata: TableMetadata): Promise<Record<string, CellValue>[]> {
  const schema = currentSchema(metadata);
  const all: Record<string, CellValue>[] = [];
  for (const { file } of await planScan({ metadata, files: lab.ports.files })) {
    const columns = await readColumns((await lab.ports.files.read(file.filePath))!, schema);
    for (let row = 0; row < columns.rows; row++) {
      const cells = readRow(columns, layoutOf(schema), row);
      all.push(Object.fromEntries(schema.fields.map(({ name }, i) => [name, cells[i]!])));
    }
  }
  return all;
}

describe('promise 1, accounted: the audit', () => {
  it('finds a row that is in a table twice', async () => {
    const lab = await landed('aax');
    await append(lab, await writeLike(lab, (row) => row), { 'firn.job': 'apply', 'firn.entries': '2' });
    expect(await auditOf(lab)).toMatchObject({ doubles: { count: 2, ranges: [{ ranges: [[0, 2]] }] }, liveRows: 4, expectedRows: 2 });
    expect((await audit(lab.ports)).clean).toBe(false);
  });

  it('finds rows that another writer added a second time, and a double one of which is deleted again is none', async () => {
    const lab = await landed('aax');
    const [copy] = await writeLike(lab, (row) => row);
    await append(lab, [copy!]);
    expect(await auditOf(lab)).toMatchObject({ doubles: { count: 2 }, liveRows: 4, missing: { count: 0 } });
    expect((await audit(lab.ports)).clean).toBe(false);
    const { metadata } = await tableOf(lab);
    const file = await writePositionDelete(lab, metadata, { path: copy!.filePath, rows: [0n, 1n] });
    await addDeleteFile(lab.ports, GAME_TABLE, { ...file, partition: copy!.partition, specId: copy!.specId });
    expect(await auditOf(lab)).toMatchObject({ doubles: { count: 0 }, liveRows: 2, missing: { count: 0 }, removedByOthers: { count: 0 } });
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('finds a ledger entry that was edited to say other than the rows', async () => {
    const lab = await landed('aaax');
    const { entries } = await ledgerOf(lab.ports);
    const land = [...entries.values()].find((entry) => entry.kind === 'land')!;
    const say = (classes: (typeof land.descriptors)[number]['sources'][number]['partitions'][number]) => ({
      ...classes,
      accepted: { [GAME_TABLE]: [[0, 2] as const] },
      filtered: [[2, 3] as const],
    });
    const edited = {
      ...land,
      descriptors: land.descriptors.map((one) => ({
        ...one,
        sources: one.sources.map((source) => ({ ...source, partitions: source.partitions.map(say) })),
      })),
    };
    const uri = contractPaths(lab.ports.root, 'game.events').entry(land.n);
    lab.world.objects.set(uri, { bytes: encodeEntry(edited), lastModifiedMs: 0 });
    expect(await auditOf(lab)).toMatchObject({ foreign: { count: 1, ranges: [{ ranges: [[2, 3]] }] } });
    expect((await audit(lab.ports)).clean).toBe(false);
  });

  it('finds a row of ours that the ledger does not know, and tells it from rows that others added', async () => {
    const lab = await landed('aax');
    const later = (row: Record<string, CellValue>, by: bigint) => ({ ...row, kafka_offset: (row['kafka_offset'] as bigint) + by });
    await append(lab, await writeLike(lab, (row) => later(row, 100n)));
    expect(await auditOf(lab)).toMatchObject({ foreign: { count: 0 }, addedByOthers: { count: 2, ranges: [{ ranges: [[100, 102]] }] } });
    expect((await audit(lab.ports)).clean).toBe(true);
    await append(lab, (await writeLike(lab, (row) => later(row, 1000n))).slice(0, 1), { 'firn.job': 'apply' });
    expect((await auditOf(lab)).foreign.count).toBeGreaterThan(0);
    expect((await audit(lab.ports)).clean).toBe(false);
  });

  it('finds rows the ledger places in a table that are not there', async () => {
    const lab = await landed('aax');
    // The table says that it has applied the entry and has no rows: as if rows and number had not travelled together.
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => ({ ...metadata, 'current-snapshot-id': null, refs: {}, snapshots: [] }));
    expect(await auditOf(lab)).toMatchObject({ missing: { count: 2, ranges: [{ partition: 0, ranges: [[0, 2]] }] }, liveRows: 0 });
  });

  it('finds that a table was restored to an older state, though everything it lacks could be said to be unapplied', async () => {
    const lab = await landed('ax');
    const old = lab.world.tables.get(GAME_TABLE)!;
    await lab.land(records('a', { offset: 2 }));
    await lab.commit();
    await changeMetadata(lab.ports, GAME_TABLE, (metadata) => {
      const first = metadata.snapshots[0]!['snapshot-id'];
      return { ...metadata, 'current-snapshot-id': first, refs: { ...metadata.refs, main: { 'snapshot-id': first, type: 'branch' } } };
    });
    expect((await auditOf(lab)).notOurs).toMatch(/not in the history/);
    expect((await audit(lab.ports)).clean).toBe(false);
    lab.world.dropTable(old.identifier);
    await lab.land(records('x', { offset: 3 }));
    expect((await auditOf(lab)).notOurs).toMatch(/dropped and made again/);
    expect((await audit(lab.ports)).clean).toBe(false);
    expect((await auditOf(lab, GAME_QUARANTINE)).notOurs).toBeUndefined();
  });

  it('finds an offset with a row in the table and one in its quarantine', async () => {
    const lab = await landed('aax');
    await append(lab, await writeLike(lab, (row) => ({ ...row, kafka_offset: 2n })), { 'firn.job': 'apply' });
    const report = await audit(lab.ports);
    expect(report.inTwoTables).toMatchObject({ count: 1, ranges: [{ ranges: [[2, 3]] }] });
    expect(report.clean).toBe(false);
  });

  it('applies position deletes of others and says that they removed the rows', async () => {
    const lab = await landed('aaax');
    const { metadata } = await tableOf(lab);
    const [task] = await planScan({ metadata, files: lab.ports.files });
    const file = await writePositionDelete(lab, metadata, { path: task!.file.filePath, rows: [1n] });
    await addDeleteFile(lab.ports, GAME_TABLE, { ...file, partition: task!.file.partition, specId: task!.file.specId });
    const table = await auditOf(lab);
    expect(table).toMatchObject({ liveRows: 2, missing: { count: 0 }, removedByOthers: { count: 1, ranges: [{ ranges: [[1, 2]] }] } });
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('says that others removed the rows of a data file that left in a snapshot of theirs', async () => {
    const lab = await landed('aaax');
    await lab.land(records('ab', { offset: 4 }));
    await lab.commit();
    await removeDataFiles(lab.ports, GAME_TABLE, ({ recordCount }) => recordCount === 3);
    expect(await auditOf(lab)).toMatchObject({
      liveRows: 2,
      missing: { count: 0 },
      removedByOthers: { count: 3, ranges: [{ ranges: [[0, 3]] }] },
    });
    await lab.land(records('a', { offset: 6 }));
    expect((await lab.commit()).parked).toEqual([]);
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('applies equality deletes of others and says that they removed the rows', async () => {
    const lab = await landed('aaax');
    const { metadata } = await tableOf(lab);
    const [task] = await planScan({ metadata, files: lab.ports.files });
    const offset = currentSchema(metadata).fields.find(({ name }) => name === 'kafka_offset')!;
    const struct: StructType = { type: 'struct', fields: [offset] };
    const { bytes } = encodeParquet({ schema: struct, columns: buildColumns(struct, [[0n], [99n]]) });
    const filePath = `${metadata.location}/data/equality-deletes.parquet`;
    lab.world.putIfAbsent(filePath, bytes);
    const { partition, specId } = task!.file;
    const file = { content: 2, filePath, fileFormat: 'PARQUET', recordCount: 2, fileSizeBytes: bytes.length } as const;
    await addDeleteFile(lab.ports, GAME_TABLE, { ...file, equalityIds: [offset.id], partition, specId });
    const table = await auditOf(lab);
    expect(table).toMatchObject({ liveRows: 2, missing: { count: 0 }, removedByOthers: { count: 1, ranges: [{ ranges: [[0, 1]] }] } });
    expect((await audit(lab.ports)).clean).toBe(true);
  });

  it('says of a table with deletes whose columns nobody knows that it was not audited', async () => {
    const lab = await landed('aa');
    const { metadata } = await tableOf(lab);
    const [task] = await planScan({ metadata, files: lab.ports.files });
    const { partition, specId, filePath } = task!.file;
    const file = await writePositionDelete(lab, metadata, { path: filePath, rows: [0n] });
    await addDeleteFile(lab.ports, GAME_TABLE, { ...file, content: 2, equalityIds: [4711], partition, specId });
    expect((await auditOf(lab)).notAudited).toMatch(/equality deletes cannot be applied/);
    expect((await audit(lab.ports)).clean).toBe(false);
  });

  it('says of a missing live file that rows could not be read', async () => {
    const lab = await landed('aax');
    const { metadata } = await tableOf(lab, GAME_QUARANTINE);
    for (const { file } of await planScan({ metadata, files: lab.ports.files })) lab.world.objects.delete(file.filePath);
    expect((await auditOf(lab, GAME_QUARANTINE)).notAudited).toMatch(/live data file is missing/);
  });

  it('is not wrong about a table that is committed to while it reads', async () => {
    const lab = await landed('aax');
    const rival = makeLab({ world: lab.world, process: 'rival', seed: 4 });
    let offset = 2;
    lab.setFault(({ port, op }) => {
      if (port !== 'catalog' || op !== 'load' || offset >= 4) return undefined;
      const act = async () => {
        await rival.land(records('ax', { offset: offset++ * 2 }));
        await rival.commit();
      };
      return { kind: 'rival', act };
    });
    const report = await audit(lab.ports);
    expect(offset).toBe(4);
    for (const table of report.tables) {
      expect(table).toMatchObject({ missing: { count: 0 }, foreign: { count: 0 }, doubles: { count: 0 } });
      expect(table.liveRows + table.rowsUnapplied).toBeGreaterThan(0);
    }
  });

  it('is not wrong about a table when the ledger forgets meanwhile what the table has applied', async () => {
    const lab = await landed('aa');
    const rival = makeLab({ world: lab.world, process: 'rival', seed: 4 });
    let isDone = false;
    lab.setFault(({ op, target }) => {
      if (isDone || op !== 'read' || !target.includes('/game/events/metadata/')) return undefined;
      isDone = true;
      const act = async () => {
        await rival.land(records('aa', { offset: 2 }));
        await rival.commit();
        const { state } = await ledgerOf(rival.ports);
        for (const table of state.tables.values()) markApplied(table, state.n);
        lab.world.putIfAbsent(contractPaths(lab.ports.root, 'game.events').checkpoint(state.n), encodeCheckpoint(state));
      };
      return { kind: 'rival', act };
    });
    expect(await audit(lab.ports)).toMatchObject({ clean: true });
    expect(isDone).toBe(true);
  });

  it('counts what is staged and what is decided but not applied, without calling it wrong', async () => {
    const lab = await landed('aa');
    await lab.land(records('ax', { offset: 2 }));
    expect(await audit(lab.ports)).toMatchObject({ clean: true, staged: { descriptors: 1, records: 2 } });
    lab.setFault(({ port, op }) => (port === 'catalog' && op === 'commit' ? { kind: 'lost' } : undefined));
    await expect(lab.commit()).rejects.toThrow(/nobody can tell/);
    lab.setFault(undefined);
    const report = await audit(lab.ports);
    expect(report).toMatchObject({ clean: true, staged: { descriptors: 0 } });
    expect(report.tables.map(({ rowsUnapplied }) => rowsUnapplied)).toEqual([1, 1]);
  });
});

const POSITION_DELETE: StructType = {
  type: 'struct',
  fields: [
    { id: 2_147_483_546, name: 'file_path', required: true, type: 'string' },
    { id: 2_147_483_545, name: 'pos', required: true, type: 'long' },
  ],
};

async function writePositionDelete(lab: Lab, metadata: TableMetadata, dead: { readonly path: string; readonly rows: readonly bigint[] }) {
  const columns = buildColumns(
    POSITION_DELETE,
    dead.rows.map((row) => [dead.path, row]),
  );
  const { bytes } = encodeParquet({ schema: POSITION_DELETE, columns });
  const filePath = `${metadata.location}/data/deletes.parquet`;
  lab.world.putIfAbsent(filePath, bytes);
  return { content: 1, filePath, fileFormat: 'PARQUET', recordCount: dead.rows.length, fileSizeBytes: bytes.length } as const;
}
