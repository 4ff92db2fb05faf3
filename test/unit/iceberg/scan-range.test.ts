// Time travel and incremental scans over one history: append, append, overwrite, replace, append, row delta.
import { describe, expect, test } from 'vitest';
import { InputRefusedError } from '../../../src/errors.ts';
import { prepareOverwrite, prepareReplace, prepareRowDelta } from '../../../src/iceberg/file-operations.ts';
import { parseMetadata } from '../../../src/iceberg/metadata-json.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { planAppends, planChanges, snapshotsBetween } from '../../../src/iceberg/scan-incremental.ts';
import { chooseSnapshot } from '../../../src/iceberg/scan-snapshot.ts';
import type { DataFile } from '../../../src/iceberg/types.ts';
import { append, createTable, dataFile, type TestTable } from '../../support/iceberg/tables.ts';

type Prepared = Awaited<ReturnType<typeof prepareOverwrite>>;

function adopt(table: TestTable, prepared: Prepared): bigint {
  table.metadata = parseMetadata(table.files.objects.get(prepared.metadataLocation!)!);
  table.metadataLocation = prepared.metadataLocation!;
  return prepared.snapshotId;
}

async function history() {
  const table = await createTable();
  const [a, b, c, d, e] = Array.from({ length: 5 }, (_, i) => dataFile({ partition: [i % 2] })) as [
    DataFile,
    DataFile,
    DataFile,
    DataFile,
    DataFile,
  ];
  const first = (await append(table, [a])).snapshotId!;
  const second = (await append(table, [b])).snapshotId!;
  const change = () => {
    table.nowMs += 10;
    return { ...table, summary: {}, since: table.metadata['current-snapshot-id']!, isolation: 'serializable' as const };
  };
  const third = adopt(table, await prepareOverwrite({ ...change(), add: [c], remove: [a] }));
  const fourth = adopt(table, await prepareReplace({ ...change(), add: [{ ...d, partition: [1] }], remove: [b] }));
  const fifth = (await append(table, [e])).snapshotId!;
  return { table, files: { a, b, c, d, e }, ids: [first, second, third, fourth, fifth] as const };
}

const paths = (files: readonly { readonly file: DataFile }[]) => files.map(({ file }) => file.filePath);
const request = ({ table }: Awaited<ReturnType<typeof history>>) => ({ metadata: table.metadata, files: table.files });

describe('the files of appends between two snapshots', () => {
  test('are those of every append, the oldest first; other operations are left out', async () => {
    const made = await history();
    const { a, b, e } = made.files;
    const [first, second, third] = made.ids;
    const all = await planAppends({ ...request(made), onOther: 'leave-out' });
    expect(paths(all)).toEqual([a, b, e].map((file) => file.filePath));
    expect(all.map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2, 5]);
    expect(paths(await planAppends({ ...request(made), fromId: first, toId: second, onOther: 'refuse' }))).toEqual([b.filePath]);
    expect(paths(await planAppends({ ...request(made), fromId: third, onOther: 'leave-out' }))).toEqual([e.filePath]);
    expect(await planAppends({ ...request(made), fromId: second, toId: second, onOther: 'refuse' })).toEqual([]);
  });

  test('are refused where another operation is in the range and the caller asks so', async () => {
    const made = await history();
    await expect(planAppends({ ...request(made), onOther: 'refuse' })).rejects.toMatchObject({ code: 'incremental-not-append' });
  });

  test('are pruned by a filter', async () => {
    const made = await history();
    const filter = { type: 'lt', term: 'event_time', value: '1970-01-02T00:00:00+00:00' } as const;
    expect(paths(await planAppends({ ...request(made), filter, onOther: 'leave-out' }))).toEqual(
      [made.files.a, made.files.e].map((file) => file.filePath),
    );
  });
});

describe('the changes of files between two snapshots', () => {
  test('are additions and removals by snapshot; a rewrite changes no rows', async () => {
    const made = await history();
    const { a, b, c, e } = made.files;
    const changes = await planChanges(request(made));
    expect(changes.map(({ change, ordinal, file }) => [ordinal, change, file.filePath]).sort()).toEqual(
      [
        [0, 'added', a.filePath],
        [1, 'added', b.filePath],
        [2, 'added', c.filePath],
        [2, 'removed', a.filePath],
        [3, 'added', e.filePath],
      ].sort(),
    );
  });

  test('are refused where rows were deleted by delete files', async () => {
    const made = await history();
    const { table } = made;
    const deletes = dataFile({ content: 1, partition: made.files.c.partition, recordCount: 1 });
    const since = table.metadata['current-snapshot-id']!;
    adopt(table, await prepareRowDelta({ ...table, summary: {}, add: [deletes], remove: [], since, isolation: 'snapshot' }));
    await expect(planChanges(request(made))).rejects.toMatchObject({ code: 'incremental-deletes' });
    expect(await planChanges({ ...request(made), toId: made.ids[4] })).toHaveLength(5);
  });
});

describe('a range of snapshots', () => {
  test('excludes where it begins and includes where it ends', async () => {
    const { table, ids } = await history();
    const range = snapshotsBetween({ metadata: table.metadata, fromId: ids[1], toId: ids[3] });
    expect(range.map((snapshot) => snapshot['snapshot-id'])).toEqual([ids[2], ids[3]]);
  });

  test('that begins at no ancestor, or ends at no snapshot, is refused by name', async () => {
    const { table, ids } = await history();
    const between = (fromId: bigint, toId: bigint) => () => snapshotsBetween({ metadata: table.metadata, fromId, toId });
    expect(between(ids[3], ids[1])).toThrow(expect.objectContaining({ code: 'incremental-not-ancestor' }));
    expect(between(ids[0], 4711n)).toThrow(expect.objectContaining({ code: 'snapshot-unknown' }));
  });

  test('of an expired beginning is refused, never silently longer', async () => {
    const { table, ids } = await history();
    const metadata = { ...table.metadata, snapshots: table.metadata.snapshots.slice(2) };
    expect(() => snapshotsBetween({ metadata, fromId: ids[0] })).toThrow(InputRefusedError);
    expect(() => snapshotsBetween({ metadata })).toThrow(expect.objectContaining({ code: 'incremental-expired' }));
    expect(snapshotsBetween({ metadata, fromId: ids[1] })).toHaveLength(3);
  });
});

describe('time travel', () => {
  test('finds snapshots by id, by name and by what was current at a time, each with its schema', async () => {
    const { table, ids } = await history();
    const times = table.metadata['snapshot-log'].map((entry) => entry['timestamp-ms']);
    const own = { ...table.metadata.schemas[0]!, 'schema-id': 1 };
    const metadata = {
      ...table.metadata,
      schemas: [...table.metadata.schemas, own],
      'current-schema-id': 1,
      refs: {
        ...table.metadata.refs,
        release: { 'snapshot-id': ids[1], type: 'tag' as const },
        work: { 'snapshot-id': ids[2], type: 'branch' as const },
      },
    };
    const chosen = (choice: Parameters<typeof chooseSnapshot>[1]) => {
      const { snapshot, schema } = chooseSnapshot(metadata, choice);
      return [snapshot?.['snapshot-id'], schema['schema-id']];
    };
    expect(chosen({ kind: 'current' })).toEqual([ids[4], 1]);
    expect(chosen({ kind: 'id', snapshotId: ids[0] })).toEqual([ids[0], 0]);
    expect(chosen({ kind: 'ref', name: 'release' })).toEqual([ids[1], 0]);
    expect(chosen({ kind: 'ref', name: 'work' })).toEqual([ids[2], 1]);
    expect(chosen({ kind: 'time', asOfMs: times[1]! })).toEqual([ids[1], 0]);
    expect(chosen({ kind: 'time', asOfMs: times[1]! - 1 })).toEqual([ids[0], 0]);
    expect(await planScan({ metadata, files: table.files, snapshotId: ids[0] })).toHaveLength(1);
  });

  test.each([
    [{ kind: 'id', snapshotId: 4711n }, 'snapshot-unknown'],
    [{ kind: 'ref', name: 'gone' }, 'ref-unknown'],
    [{ kind: 'time', asOfMs: 0 }, 'snapshot-unknown'],
  ] as const)('to %o is refused by name', async (choice, code) => {
    const { table } = await history();
    expect(() => chooseSnapshot(table.metadata, choice)).toThrow(expect.objectContaining({ code }));
  });
});
