// The files an entry brings, as the table can take them now: as they are while nothing changed, else written or copied anew; what is not what its
// entry says parks the table, and a store that fails parks nothing.
import { describe, expect, it } from 'vitest';
import { buildColumns, readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { TransientIoError } from '../../../src/errors.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { updatePartition } from '../../../src/iceberg/update-partition.ts';
import { updateSchema } from '../../../src/iceberg/update-schema.ts';
import { type Materialised, materialiseFiles, newMaterialiseContext, parkedUri, targetOf } from '../../../src/jobs/materialise-files.ts';
import type { DecidedTable } from '../../../src/ledger/entries.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import { calls, decideAll, metadataOf } from '../../support/memory/applying.ts';
import { CONTRACT } from '../../support/memory/folded.ts';
import {
  changeMetadata,
  GAME_SOURCE,
  GAME_TABLE,
  type GameRecord,
  type Lab,
  ledgerOf,
  makeLab,
  observer,
  records,
} from '../../support/memory/index.ts';

const spread = (days: number): GameRecord[] =>
  records('a'.repeat(days)).map((one) => ({ ...one, eventMs: one.timestampMs - one.offset * 86_400_000 }));

interface Decided {
  readonly lab: Lab;
  readonly metadata: TableMetadata;
  readonly table: DecidedTable;
}

/** What the last entry decided for the table; looked at by a process that has read nothing. */
async function decided(...batches: (readonly GameRecord[])[]): Promise<Decided> {
  const writer = makeLab();
  for (const batch of batches) await writer.land(batch);
  await decideAll(writer);
  const { entries, state } = await ledgerOf(writer.ports);
  const last = entries.get(state.n)!;
  const tables = last.kind === 'land' ? last.descriptors.flatMap((one) => one.tables) : [];
  return {
    lab: observer(writer.world),
    metadata: await metadataOf(writer),
    table: tables.filter((one) => one.table === GAME_TABLE).at(-1)!,
  };
}
const contextOf = ({ lab }: Decided, instead: Readonly<Record<string, string>> = {}) =>
  newMaterialiseContext({ ports: lab.ports, contractName: CONTRACT, instead });
const ageOf = ({ lab }: Decided, ageMs: number) => lab.ports.clock.nowMs() - ageMs;
async function materialise(given: Decided, { ageMs = 0, context = contextOf(given) } = {}): Promise<Materialised> {
  return materialiseFiles(context, given.metadata, { table: given.table, createdAtMs: ageOf(given, ageMs) });
}
async function filesOf(given: Decided, options: Parameters<typeof materialise>[1] = {}): Promise<readonly DataFile[]> {
  const made = await materialise(given, options);
  if (made.kind !== 'files') throw new Error(made.message);
  return made.files;
}
const paths = ({ table }: Decided) => table.files.map(({ path }) => path);
const created = (given: Decided) => calls(given.lab, 'create').map(({ target }) => target);
const places = async (given: Decided, file: DataFile) => {
  const schema = currentSchema(given.metadata);
  const columns = await readColumns((await given.lab.ports.files.read(file.filePath))!, schema);
  const at = ['kafka_partition', 'kafka_offset'].map((name) => schema.fields.findIndex((field) => field.name === name));
  return Array.from({ length: columns.rows }, (_, row) => at.map((i) => readRow(columns, layoutOf(schema), row)[i!]).join(':')).sort();
};

describe('a staged file', () => {
  it('that is young and of the table as it is comes as it is, and nothing is asked about it', async () => {
    const given = await decided(records('ab'));
    const [file] = await filesOf(given, { ageMs: LIMITS.fileCheckAgeMs - 1 });
    expect(file).toMatchObject({ filePath: paths(given)[0], recordCount: 2, specId: given.metadata['default-spec-id'] });
    expect(given.lab.calls).toEqual([]);
  });

  it('of an hour is looked up; of a day it is copied byte by byte, from among the parked ones too; gone it parks', async () => {
    const hour = await decided(records('ab'));
    expect((await filesOf(hour, { ageMs: LIMITS.fileCheckAgeMs })).map(({ filePath }) => filePath)).toEqual(paths(hour));
    expect(hour.lab.calls.map(({ op, target }) => [op, target])).toEqual([['stat', paths(hour)[0]]]);
    for (const isParked of [false, true]) {
      const day = await decided(records('ab'));
      const [path] = paths(day);
      const object = day.lab.world.objects.get(path!)!;
      if (isParked) {
        day.lab.world.objects.set(parkedUri(day.lab.ports, CONTRACT, path!), object);
        day.lab.world.objects.delete(path!);
      }
      const context = contextOf(day);
      const [copy] = await filesOf(day, { ageMs: LIMITS.fileCopyAgeMs, context });
      expect(copy!.filePath).not.toBe(path);
      expect(day.lab.world.objects.get(copy!.filePath)!.bytes).toEqual(object.bytes);
      expect(await filesOf(day, { ageMs: LIMITS.fileCopyAgeMs, context })).toEqual([copy]);
      expect(created(day)).toEqual([copy!.filePath]);
    }
    const gone = await decided(records('ab'));
    gone.lab.world.objects.delete(paths(gone)[0]!);
    const context = contextOf(gone);
    expect(await materialise(gone, { ageMs: LIMITS.fileCheckAgeMs, context })).toEqual({
      kind: 'park',
      reason: 'file-missing',
      message: `${GAME_TABLE}: a decided data file is gone: ${paths(gone)[0]}`,
    });
    expect([...context.made]).toEqual([]);
  });

  it('of another table parks: its ids and places are not this one’s', async () => {
    const given = await decided(records('ab'));
    const other = { ...given, table: { ...given.table, tableUuid: 'another' } };
    expect(await materialise(other)).toEqual({
      kind: 'park',
      reason: 'table-recreated',
      message: `${GAME_TABLE}: files were staged for table another, the table is ${given.metadata['table-uuid']}`,
    });
  });

  it('of which an entry keeps some rows is written with those, of each partition its own', async () => {
    const both = [...records('aaa'), ...records('aaa', { partition: 1 })];
    const given = await decided([...records('a'), ...records('aa', { partition: 1 })], both);
    expect(given.table.files).toHaveLength(1);
    const [file] = await filesOf(given);
    expect(await places(given, file!)).toEqual(['0:1', '0:2', '1:2']);
    expect(file!.recordCount).toBe(3);
  });

  it('that a plan replaced is written from the other one, and one that was given up brings nothing', async () => {
    const given = await decided(records('ab'));
    const [path] = paths(given);
    const other = `${path}.again`;
    given.lab.world.objects.set(other, given.lab.world.objects.get(path!)!);
    given.lab.world.objects.delete(path!);
    const [file] = await filesOf(given, { context: contextOf(given, { [path!]: other }) });
    expect(file!.filePath).not.toBe(other);
    expect(await places(given, file!)).toEqual(['0:0', '0:1']);
    expect(await filesOf(given, { context: contextOf(given, { [path!]: '' }) })).toEqual([]);
  });

  it('that lacks rows its entry keeps, or cannot be read, parks and leaves nothing behind', async () => {
    const given = await decided(records('aaa'));
    const [file] = given.table.files;
    const keep = [{ sourceId: GAME_SOURCE, partition: 0, ranges: [[1, 5]] as const }];
    const short = { ...given, table: { ...given.table, files: [{ ...file!, keep }] } };
    const context = contextOf(given);
    expect(await materialise(short, { context })).toEqual({
      kind: 'park',
      reason: 'file-unreadable',
      message: `${GAME_TABLE}: data file ${file!.path} holds 2 of the 4 rows its entry keeps`,
    });
    given.lab.world.objects.set(file!.path, { bytes: Buffer.from('no Parquet'), lastModifiedMs: 0 });
    expect(await materialise(short, { context })).toMatchObject({
      kind: 'park',
      reason: 'file-unreadable',
      message: expect.stringContaining(`data file ${file!.path} cannot be read: `),
    });
    expect([...context.made]).toEqual([]);
    expect(created(given)).toEqual([]);
  });

  it('with a row that has no position, as its column allows, keeps those that the entry names', async () => {
    const staged = await decided(records('aaa'));
    const given = { ...staged, metadata: updateSchema(staged.metadata, [{ kind: 'make-optional', column: 'kafka_offset' }]) };
    const [file] = given.table.files;
    const schema = targetOf(given.metadata).struct;
    const loose = { type: 'struct' as const, fields: schema.fields.map((field) => ({ ...field, required: false })) };
    const columns = await readColumns((await given.lab.ports.files.read(file!.path))!, loose);
    const rows = Array.from({ length: columns.rows }, (_, row) => [...readRow(columns, layoutOf(loose), row)]);
    rows[1]![schema.fields.findIndex(({ name }) => name === 'kafka_offset')] = null;
    const { bytes } = encodeParquet({ schema: loose, columns: buildColumns(loose, rows) });
    given.lab.world.objects.set(file!.path, { bytes, lastModifiedMs: 0 });
    const keep = [{ sourceId: GAME_SOURCE, partition: 0, ranges: [[2, 3]] as const }];
    const [made] = await filesOf({ ...given, table: { ...given.table, files: [{ ...file!, keep }] } });
    expect(await places(given, made!)).toEqual(['0:2']);
  });

  it('that a failing store does not give or take parks nothing', async () => {
    for (const op of ['read', 'create']) {
      const given = await decided(records('a'), records('aaa'));
      given.lab.setFault((call) => (call.op === op ? { kind: 'fail-before' } : undefined));
      await expect(materialise(given), op).rejects.toThrow(TransientIoError);
    }
  });
});

describe('a late file', () => {
  const late = ({ table, metadata }: Decided) => table.files.findIndex(({ specId }) => specId !== metadata['default-spec-id']);

  it('stays under the spec it was staged under, as it is while the schema is', async () => {
    const given = await decided(spread(LIMITS.openPartitionsMax + 5));
    expect(late(given)).toBeGreaterThanOrEqual(0);
    const files = await filesOf(given);
    expect(files.map(({ filePath }) => filePath)).toEqual(paths(given));
    expect(files.map(({ specId }) => specId)).toEqual(given.table.files.map(({ specId }) => specId));
    const another = { ...given, table: { ...given.table, schemaHash: 'before' } };
    const made = await filesOf(another);
    const [again] = made.filter(({ specId }) => specId !== given.metadata['default-spec-id']);
    expect(again!.filePath).not.toBe(paths(given)[late(given)]);
    expect(again!.recordCount).toBe(given.table.files[late(given)]!.recordCount);
  });

  it('is what is unpartitioned alone: a file of an older partition spec comes under the one in force', async () => {
    const given = await decided(spread(LIMITS.openPartitionsMax + 5));
    await changeMetadata(given.lab.ports, GAME_TABLE, (metadata) =>
      updatePartition(metadata, [{ kind: 'add', column: 'kind', transform: 'identity' }]),
    );
    const metadata = await metadataOf(given.lab);
    const staged = given.table.files[late(given)]!;
    const files = await filesOf({ ...given, metadata });
    const byDefault = files.filter(({ specId }) => specId === metadata['default-spec-id']);
    expect(byDefault.length).toBe(files.length - 1);
    expect(byDefault.every(({ partition }) => partition.length === 2 && partition[1] === 'a')).toBe(true);
    expect(files.find(({ specId }) => specId === staged.specId)).toMatchObject({ filePath: staged.path });
  });

  it('is one like any other where the table has no partitions any more', async () => {
    const given = await decided(spread(LIMITS.openPartitionsMax + 5));
    await changeMetadata(given.lab.ports, GAME_TABLE, (metadata) =>
      updatePartition(metadata, [{ kind: 'remove', name: metadata['partition-specs'][0]!.fields[0]!.name }]),
    );
    const metadata = await metadataOf(given.lab);
    const files = await filesOf({ ...given, metadata });
    expect(new Set(files.map(({ specId }) => specId))).toEqual(new Set([metadata['default-spec-id']]));
    expect(files.reduce((sum, { recordCount }) => sum + recordCount, 0)).toBe(LIMITS.openPartitionsMax + 5);
    expect(files.map(({ filePath }) => filePath)).toContain(given.table.files[late(given)]!.path);
  });
});
