// Overwrites by row filter and by partition: what goes, what stays, and what others may not have done meanwhile.
import { describe, expect, test } from 'vitest';
import { InputRefusedError } from '../../../src/errors.ts';
import type { Expression } from '../../../src/iceberg/expressions/types.ts';
import { prepareReplace, prepareRowDelta } from '../../../src/iceberg/file-operations.ts';
import { snapshotOfRef } from '../../../src/iceberg/find-snapshot.ts';
import {
  type OverwriteByFilterRequest,
  prepareOverwriteByFilter,
  prepareReplacePartitions,
  type ReplacePartitionsRequest,
} from '../../../src/iceberg/overwrite.ts';
import { putRef } from '../../../src/iceberg/refs.ts';
import { liveEntries } from '../../../src/iceberg/scan.ts';
import { toSingleValue } from '../../../src/iceberg/single-value.ts';
import { prepareUpdate } from '../../../src/iceberg/table-updates.ts';
import type { DataFile } from '../../../src/iceberg/types.ts';
import { head, refusedWith } from '../../support/iceberg/assertions.ts';
import { faultsOf } from '../../support/iceberg/check-table.ts';
import { apply, base } from '../../support/iceberg/operations.ts';
import { append, createTable, DAY, dataFile, onDay, type TestTable } from '../../support/iceberg/tables.ts';

const paths = (files: readonly DataFile[]) => files.map((file) => file.filePath).sort();
const live = async (table: TestTable) => {
  const { data, deletes } = await liveEntries(table);
  return paths([...data, ...deletes].map(({ file }) => file));
};
const summaryOf = (table: TestTable) => snapshotOfRef(table.metadata, 'main')!.summary;

/** A file of a day whose `level` lies between two values. */
function file(day: number, levels?: readonly [number, number], more: Partial<DataFile> = {}): DataFile {
  const bounds = levels && {
    valueCounts: new Map([[3, 10]]),
    nullValueCounts: new Map([[3, 0]]),
    lowerBounds: new Map([[3, toSingleValue('int', levels[0])!]]),
    upperBounds: new Map([[3, toSingleValue('int', levels[1])!]]),
  };
  return dataFile({ partition: [DAY + day], ...bounds, ...more });
}

async function byFilter(table: TestTable, request: Partial<OverwriteByFilterRequest>) {
  const all = { since: head(table), isolation: 'serializable', add: [], filter: { type: 'true' }, ...request } as const;
  const prepared = await prepareOverwriteByFilter({ ...base(table), ...all });
  if (prepared) apply(table, prepared);
  return prepared;
}

async function byPartition(table: TestTable, request: Partial<ReplacePartitionsRequest>) {
  const prepared = await prepareReplacePartitions({ ...base(table), since: head(table), isolation: 'serializable', add: [], ...request });
  if (prepared) apply(table, prepared);
  return prepared;
}

async function addDeletes(table: TestTable, add: readonly DataFile[]) {
  apply(table, await prepareRowDelta({ ...base(table), since: head(table), isolation: 'snapshot', add, remove: [] }));
}

const equalityDelete = (day: number) => dataFile({ content: 2, equalityIds: [3], partition: [DAY + day], recordCount: 1 });

describe('an overwrite by filter', () => {
  test('removes the files whose rows all match, by partition or by statistics, and no other', async () => {
    const table = await createTable();
    const [low, high, other] = [file(0, [1, 4]), file(0, [5, 9]), file(1, [1, 9])];
    await append(table, [low, high, other]);
    const fresh = file(0, [5, 6]);
    const filter: Expression = { type: 'and', left: onDay(DAY), right: { type: 'gt-eq', term: 'level', value: 5 } };
    await byFilter(table, { filter, add: [fresh], requiresMatching: true });
    expect(await live(table)).toEqual(paths([low, other, fresh]));
    expect(summaryOf(table)).toMatchObject({ operation: 'overwrite', 'added-data-files': '1', 'deleted-data-files': '1' });
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
    await byFilter(table, { filter: onDay(DAY) });
    expect(await live(table)).toEqual(paths([other]));
    expect(summaryOf(table)).toMatchObject({ operation: 'delete', 'deleted-data-files': '2' });
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
  });

  test('refuses where a file holds rows that match and rows that may not, and changes nothing', async () => {
    const table = await createTable();
    await append(table, [file(0, [1, 9]), file(1)]);
    const before = table.metadata;
    const filter: Expression = { type: 'gt', term: 'level', value: 5 };
    await refusedWith('filter-partial', byFilter(table, { filter }));
    // Without statistics nothing is known of the column.
    await refusedWith('filter-partial', byFilter(table, { filter: { type: 'and', left: onDay(DAY + 1), right: filter } }));
    expect(table.metadata).toBe(before);
    await expect(byFilter(table, { filter: { type: 'eq', term: 'nowhere', value: 1 } })).rejects.toThrow(InputRefusedError);
  });

  test('refuses new files that may hold other rows, where it is asked to', async () => {
    const table = await createTable();
    await append(table, [file(0, [1, 4])]);
    const filter: Expression = { type: 'lt', term: 'level', value: 5 };
    for (const stray of [file(0, [4, 5]), file(0)])
      await refusedWith('filter-added', byFilter(table, { filter, add: [stray], requiresMatching: true }));
    await refusedWith('filter-added', byFilter(table, { filter: onDay(DAY), add: [file(1)], requiresMatching: true }));
    const stray = file(1);
    await byFilter(table, { filter: onDay(DAY), add: [stray] });
    expect(await live(table)).toEqual(paths([stray]));
  });

  test('is an append where nothing matches, and nothing at all where nothing is added either', async () => {
    const table = await createTable();
    expect(await byFilter(table, {})).toBeUndefined();
    const first = file(0);
    await byFilter(table, { add: [first] });
    expect(summaryOf(table)).toMatchObject({ operation: 'append' });
    expect(await byFilter(table, { filter: onDay(DAY + 5) })).toBeUndefined();
    expect(await live(table)).toEqual(paths([first]));
  });

  test('takes along the delete files of partitions that go as a whole, and leaves those of others', async () => {
    const table = await createTable();
    const [gone, kept] = [equalityDelete(0), equalityDelete(1)];
    const stays = file(1);
    await append(table, [file(0), stays]);
    await addDeletes(table, [gone, kept]);
    await byFilter(table, { filter: onDay(DAY) });
    expect(await live(table)).toEqual(paths([stays, kept]));
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
  });

  test('sees what others did within its filter alone, and under snapshot isolation removes what they added', async () => {
    const table = await createTable();
    const [old, apart] = [file(0), file(1)];
    await append(table, [old, apart]);
    const since = head(table);
    await append(table, [file(1)]);
    await addDeletes(table, [equalityDelete(1)]);
    const added = file(0);
    await append(table, [added]);
    await refusedWith('conflict-added-data', byFilter(table, { since, filter: onDay(DAY) }));
    const before = await live(table);
    await byFilter(table, { since, filter: onDay(DAY), isolation: 'snapshot' });
    expect(await live(table)).toEqual(before.filter((path) => path !== old.filePath && path !== added.filePath));
  });

  test.each(['serializable', 'snapshot'] as const)(
    'refuses under %s isolation where rows it removes were deleted or rewritten',
    async (isolation) => {
      const table = await createTable();
      const [first, second] = [file(0), file(1)];
      await append(table, [first, second]);
      const since = head(table);
      await addDeletes(table, [equalityDelete(0)]);
      await refusedWith('conflict-added-deletes', byFilter(table, { since, filter: onDay(DAY), isolation }));
      apply(table, await prepareReplace({ ...base(table), since: head(table), add: [file(1)], remove: [second] }));
      await refusedWith('conflict-removed-data', byFilter(table, { since, filter: onDay(DAY + 1), isolation }));
      await byFilter(table, { filter: onDay(DAY + 1), isolation });
    },
  );
});

describe('an overwrite by partition', () => {
  test('leaves the partitions of the new files with these files alone, and every other as it was', async () => {
    const table = await createTable();
    const [a, b] = [file(0), file(1)];
    const kept = equalityDelete(1);
    await append(table, [a, file(2), b, file(0)]);
    await addDeletes(table, [equalityDelete(0), kept]);
    const fresh = [file(0), file(2), file(3)];
    await byPartition(table, { add: fresh });
    expect(await live(table)).toEqual(paths([...fresh, b, kept]));
    expect(summaryOf(table)).toMatchObject({ operation: 'overwrite', 'replace-partitions': 'true', 'deleted-data-files': '3' });
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
    expect(await byPartition(table, { add: [] })).toBeUndefined();
  });

  test('of a table without partitions leaves nothing but the new files', async () => {
    const table = await createTable({ partition: [] });
    await append(table, [dataFile({ partition: [] }), dataFile({ partition: [] })]);
    await addDeletes(table, [dataFile({ content: 2, equalityIds: [3], partition: [], recordCount: 1 })]);
    const fresh = dataFile({ partition: [] });
    await byPartition(table, { add: [fresh] });
    expect(await live(table)).toEqual(paths([fresh]));
    expect(faultsOf(table.metadata, table.files.objects)).toEqual([]);
  });

  test('goes to the branch it is told, and reads only manifests that may hold one of the partitions', async () => {
    const table = await createTable({ properties: { 'commit.manifest-merge.enabled': 'false' } });
    const old = file(0);
    await append(table, [old]);
    const other = file(1);
    await append(table, [other]);
    apply(
      table,
      (await prepareUpdate(base(table), (metadata) => putRef(metadata, { name: 'dev', type: 'branch', snapshotId: head(table)! })))!,
    );
    const read: string[] = [];
    const files = {
      ...table.files,
      read: (uri: string) => {
        read.push(uri);
        return table.files.read(uri);
      },
    };
    const fresh = file(0);
    const request = { ...base(table), files, since: head(table), isolation: 'serializable', add: [fresh], targetRef: 'dev' } as const;
    const prepared = (await prepareReplacePartitions(request))!;
    apply(table, prepared);
    const dev = await liveEntries({ ...table, snapshotId: prepared.snapshotId });
    expect(paths(dev.data.map((entry) => entry.file))).toEqual(paths([other, fresh]));
    expect(await live(table)).toEqual(paths([old, other]));
    expect(new Set(read.filter((uri) => uri.endsWith('-m0.avro'))).size).toBe(1);
  });

  test.each(['serializable', 'snapshot'] as const)('under %s isolation sees what others did in its partitions alone', async (isolation) => {
    const table = await createTable();
    const [a, b] = [file(0), file(1)];
    await append(table, [a, b]);
    const since = head(table);
    await append(table, [file(2)]);
    const added = file(0);
    await append(table, [added]);
    const attempt = byPartition(table, { since, isolation, add: [file(0)] });
    if (isolation === 'serializable') await refusedWith('conflict-added-data', attempt);
    else await attempt;
    expect((await live(table)).includes(added.filePath)).toBe(isolation === 'serializable');
    const later = head(table);
    apply(table, await prepareReplace({ ...base(table), since: later, add: [file(1)], remove: [b] }));
    await refusedWith('conflict-removed-data', byPartition(table, { since: later, isolation, add: [file(1)] }));
    const last = head(table);
    await addDeletes(table, [equalityDelete(1)]);
    await refusedWith('conflict-added-deletes', byPartition(table, { since: last, isolation, add: [file(1)] }));
    await byPartition(table, { since: last, isolation, add: [file(5)] });
  });
});
