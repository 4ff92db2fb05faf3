// Rows that leave a table for an entry: the files that hold them are written again without them, no other file is touched, and what cannot be
// told apart parks the table instead of losing a row.
import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/column-cells.ts';
import { layoutOf } from '../../../src/columns.ts';
import { TransientIoError } from '../../../src/errors.ts';
import { currentSchema } from '../../../src/iceberg/evolve.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { leaveRows } from '../../../src/jobs/leave-rows.ts';
import { newMaterialiseContext } from '../../../src/jobs/materialise-files.ts';
import { readColumns } from '../../../src/parquet/read.ts';
import { calls, failing, metadataOf } from '../../support/memory/applying.ts';
import { CONTRACT } from '../../support/memory/folded.ts';
import { GAME_SOURCE, type Lab, makeLab, observer, records } from '../../support/memory/index.ts';

const offsets = (start: number, end: number, partition = 0) => [{ sourceId: GAME_SOURCE, partition, ranges: [[start, end]] as const }];

/** Each batch in a file of its own, committed; looked at by a process that has read nothing. */
async function withFiles(
  ...batches: Parameters<typeof records>[]
): Promise<{ readonly lab: Lab; readonly metadata: TableMetadata; readonly paths: string[] }> {
  const writer = makeLab();
  const paths: string[] = [];
  for (const [kinds, at] of batches) {
    await writer.land(records(kinds, at));
    await writer.commit();
    const live = await planScan({ metadata: await metadataOf(writer), files: writer.ports.files });
    paths.push(...live.map(({ file }) => file.filePath).filter((path) => !paths.includes(path)));
  }
  const lab = observer(writer.world);
  return { lab, metadata: await metadataOf(writer), paths };
}
/** Every column of every row. */
async function cellsOf(lab: Lab, metadata: TableMetadata, path: string) {
  const columns = await readColumns((await lab.ports.files.read(path))!, currentSchema(metadata));
  return Array.from({ length: columns.rows }, (_, row) => readRow(columns, layoutOf(currentSchema(metadata)), row));
}
const contextOf = (lab: Lab) => newMaterialiseContext({ ports: lab.ports, contractName: CONTRACT, instead: {} });
const pathsOf = (files: readonly DataFile[]) => files.map(({ filePath }) => filePath);
async function rowsLeft(lab: Lab, ...args: [TableMetadata, ReturnType<typeof offsets>]) {
  const result = await leaveRows(contextOf(lab), ...args);
  if (result.kind !== 'rows') throw new Error(result.message);
  return result;
}

describe('rows that leave', () => {
  it('are none where none are asked to, and nothing is read for it', async () => {
    const { lab, metadata } = await withFiles(['aa']);
    expect(await leaveRows(contextOf(lab), metadata, [])).toEqual({ kind: 'rows', remove: [], add: [] });
    expect(calls(lab, 'read')).toEqual([]);
  });

  it('go with their file, whose other rows come in a new one; files that cannot hold them are not read', async () => {
    const { lab, metadata, paths } = await withFiles(['aaa'], ['aaa', { offset: 3 }]);
    const result = await rowsLeft(lab, metadata, offsets(1, 2));
    expect(pathsOf(result.remove)).toEqual([paths[0]]);
    expect(result.add.map(({ recordCount }) => recordCount)).toEqual([2]);
    const [first, , third] = await cellsOf(lab, metadata, paths[0]!);
    expect(await cellsOf(lab, metadata, result.add[0]!.filePath)).toEqual([first, third]);
    expect(calls(lab, 'read').map(({ target }) => target)).not.toContain(paths[1]);
    expect(calls(lab, 'read').map(({ target }) => target)).toContain(paths[0]);
  });

  it('leave a file of the same offsets of another partition or source as it is', async () => {
    const { lab, metadata, paths } = await withFiles(['aaa'], ['aaa', { partition: 1 }]);
    expect(pathsOf((await rowsLeft(lab, metadata, offsets(0, 1, 1))).remove)).toEqual([paths[1]]);
    expect(await rowsLeft(lab, metadata, offsets(0, 3, 2))).toEqual({ kind: 'rows', remove: [], add: [] });
    expect(calls(lab, 'create').filter(({ target }) => target.includes('/data/'))).toHaveLength(1);
  });

  it('that are all of a file leave no empty one', async () => {
    const { lab, metadata, paths } = await withFiles(['aaa']);
    const result = await rowsLeft(lab, metadata, offsets(0, 3));
    expect([pathsOf(result.remove), result.add]).toEqual([[paths[0]], []]);
    expect(calls(lab, 'create')).toEqual([]);
  });

  it('are written once for all attempts of a commit, and anew where other rows stay', async () => {
    const { lab, metadata } = await withFiles(['aaa']);
    const context = contextOf(lab);
    const [first, second, other] = [
      await leaveRows(context, metadata, offsets(1, 2)),
      await leaveRows(context, metadata, offsets(1, 2)),
      await leaveRows(context, metadata, offsets(2, 3)),
    ];
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
    expect(calls(lab, 'create')).toHaveLength(2);
    expect([...context.made.values()].flat()).toHaveLength(2);
  });

  it('park the table where its offsets are gone from its columns, or a file that may hold some cannot be read', async () => {
    const { lab, metadata, paths } = await withFiles(['aaa']);
    const without = {
      ...metadata,
      schemas: metadata.schemas.map((one) => ({ ...one, fields: one.fields.filter(({ name }) => name !== 'kafka_offset') })),
    };
    expect(await leaveRows(contextOf(lab), without, offsets(1, 2))).toEqual({
      kind: 'park',
      reason: 'file-unreadable',
      message: 'the table has lost its column kafka_offset',
    });
    lab.world.objects.delete(paths[0]!);
    const result = await leaveRows(contextOf(lab), metadata, offsets(1, 2));
    expect(result).toMatchObject({ kind: 'park', reason: 'file-unreadable', message: expect.stringContaining(paths[0]!) });
    expect(result).toMatchObject({ message: expect.stringMatching(/^rows cannot be taken out: /) });
  });

  it('fail with a store that fails: that parks nothing', async () => {
    const { lab, metadata } = await withFiles(['aaa']);
    failing(lab, 'read', 'fail-before');
    await expect(leaveRows(contextOf(lab), metadata, offsets(1, 2))).rejects.toThrow(TransientIoError);
  });
});
