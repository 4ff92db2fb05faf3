// Delete files that apply to nothing any more: dropped by the next commit that removes or replaces, never sooner than it is certain.
import { describe, expect, test } from 'vitest';
import { prepareDeleteFiles, prepareReplace, prepareRowDelta } from '../../../src/iceberg/file-operations.ts';
import { currentSnapshot } from '../../../src/iceberg/find-snapshot.ts';
import { liveEntries } from '../../../src/iceberg/scan.ts';
import type { DataFile } from '../../../src/iceberg/types.ts';
import { head } from '../../support/iceberg/assertions.ts';
import { faultsOf } from '../../support/iceberg/check-table.ts';
import { apply, base } from '../../support/iceberg/operations.ts';
import { append, createTable, dataFile, type TestTable } from '../../support/iceberg/tables.ts';

const deletesOf = async (table: TestTable) => (await liveEntries(table)).deletes.map((entry) => entry.file.filePath).sort();
const equalityDelete = (partition: number) => dataFile({ content: 2, equalityIds: [3], partition: [partition], recordCount: 1 });
/** About whatever its partition holds: it names no data file. */
const positionDelete = (partition: number) => dataFile({ content: 1, partition: [partition], recordCount: 1 });

async function addDeletes(table: TestTable, add: readonly DataFile[]) {
  apply(table, await prepareRowDelta({ ...base(table), since: head(table), isolation: 'snapshot', add, remove: [] }));
}

async function remove(table: TestTable, ...files: readonly DataFile[]) {
  apply(table, await prepareDeleteFiles({ ...base(table), remove: files }));
}

describe.each([[2 as const], [3 as const]])('delete files of version %i', (formatVersion) => {
  // Position delete files are written only for version 2; equality deletes for both.
  const deletes = formatVersion === 2 ? [equalityDelete(1), positionDelete(1)] : [equalityDelete(1)];

  test('that are older than every data file go with the next removal, counted, whatever partition it is about', async () => {
    const table = await createTable({ formatVersion });
    const [old, young, other] = [dataFile({ partition: [1] }), dataFile({ partition: [1] }), dataFile({ partition: [2] })];
    await append(table, [old]);
    await addDeletes(table, deletes);
    await append(table, [young, other]);
    await remove(table, old);
    expect(await deletesOf(table)).toEqual([]);
    expect(currentSnapshot(table.metadata)!.summary).toMatchObject({
      'removed-delete-files': String(deletes.length),
      'total-delete-files': '0',
      'total-equality-deletes': '0',
      'total-position-deletes': '0',
    });
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
  });

  test('stay while a data file as old as they are is live, though it be of another partition', async () => {
    const table = await createTable({ formatVersion });
    const [old, oldElsewhere, young] = [dataFile({ partition: [1] }), dataFile({ partition: [2] }), dataFile({ partition: [1] })];
    await append(table, [old, oldElsewhere]);
    await addDeletes(table, deletes);
    await append(table, [young]);
    await remove(table, old);
    expect(await deletesOf(table)).toEqual(deletes.map(({ filePath }) => filePath).sort());
    await remove(table, oldElsewhere);
    expect(await deletesOf(table)).toEqual([]);
  });

  test('stay where a compaction keeps the sequence number of rows they apply to, and go where it does not', async () => {
    for (const keepsSequence of [true, false]) {
      const table = await createTable({ formatVersion });
      const [old, young] = [dataFile({ partition: [1] }), dataFile({ partition: [2] })];
      await append(table, [old]);
      const number = table.metadata['last-sequence-number'];
      await addDeletes(table, [equalityDelete(1)]);
      await append(table, [young]);
      const replace = {
        ...base(table),
        since: head(table),
        add: [dataFile({ partition: [1] })],
        remove: [old],
        ...(keepsSequence ? { dataSequenceNumber: number } : {}),
      };
      apply(table, await prepareReplace(replace));
      expect(await deletesOf(table)).toHaveLength(keepsSequence ? 1 : 0);
      expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
    }
  });

  test('are not looked at by an append, which removes nothing', async () => {
    const table = await createTable({ formatVersion });
    const [old, young] = [dataFile({ partition: [1] }), dataFile({ partition: [1] })];
    await append(table, [old]);
    await remove(table, old);
    await addDeletes(table, deletes);
    await append(table, [young]);
    await append(table, [dataFile({ partition: [1] })]);
    expect(await deletesOf(table)).toHaveLength(deletes.length);
    await remove(table, young);
    expect(await deletesOf(table)).toEqual([]);
  });

  test('leave younger ones of their manifest where they are', async () => {
    const table = await createTable({ formatVersion, properties: { 'commit.manifest.min-count-to-merge': '2' } });
    const [old, young] = [dataFile({ partition: [1] }), dataFile({ partition: [1] })];
    await append(table, [old]);
    await addDeletes(table, deletes);
    await append(table, [young]);
    const later = equalityDelete(1);
    await addDeletes(table, [later]);
    await remove(table, old);
    expect(await deletesOf(table)).toEqual([later.filePath]);
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
  });
});
