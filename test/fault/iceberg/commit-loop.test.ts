// The commit loop with a fault on every call of a port: whatever fails, the table is either as before or has the change exactly
// once, says so truthfully, and no file that the table refers to is deleted (promise 3).
import { describe, expect, test } from 'vitest';
import {
  CommitConflictError,
  CommitRefusedError,
  CommitStateUnknownError,
  DeadlineError,
  FirnError,
  TransientIoError,
} from '../../../src/errors.ts';
import { prepareAppend } from '../../../src/iceberg/append.ts';
import { type CommitLoopRequest, runCommit } from '../../../src/iceberg/commit-loop.ts';
import { createTable } from '../../../src/iceberg/create-table.ts';
import { prepareDeleteRows } from '../../../src/iceberg/delete-rows.ts';
import { loadTable } from '../../../src/iceberg/load-table.ts';
import { newTableMetadata } from '../../../src/iceberg/new-table.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import { liveEntries } from '../../../src/iceberg/scan.ts';
import { changeProperties, prepareUpdate } from '../../../src/iceberg/table-updates.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { faultsOf } from '../../support/iceberg/check-table.ts';
import { dataFile, EVENTS } from '../../support/iceberg/tables.ts';
import { type Fault, type MemoryPorts, MemoryWorld, makeMemoryPorts, type PortCall } from '../../support/memory/index.ts';

const IDENTIFIER = { namespace: 'db', name: 'table' };

interface Given {
  readonly world: MemoryWorld;
  readonly ours: MemoryPorts;
  readonly rival: MemoryPorts;
  readonly first: DataFile;
}

async function given(properties: Readonly<Record<string, string>> = {}): Promise<Given> {
  const world = new MemoryWorld();
  const [ours, rival] = [makeMemoryPorts({ world, process: 'ours' }), makeMemoryPorts({ world, process: 'rival' })];
  const { metadata } = newTableMetadata({
    uuid: rival.ports.ids.uuid(),
    location: 's3://bucket/warehouse/db/table',
    struct: EVENTS,
    partition: [],
    sort: [],
    formatVersion: 3,
    properties,
    nowMs: world.nowMs(),
  });
  await createTable(rival.ports, IDENTIFIER, metadata);
  const first = file();
  await runCommit({ ...request(rival), prepare: (base) => prepareAppend({ ...base, add: [first], summary: {} }) });
  ours.calls.length = 0;
  return { world, ours, rival, first };
}

const file = () => dataFile({ partition: [] });

function request({ ports }: MemoryPorts): Omit<CommitLoopRequest, 'prepare'> {
  return { ports, identifier: IDENTIFIER, what: 'append', pause: async (ms) => ports.clock.sleep!(ms) };
}

async function metadataOf({ rival }: Given): Promise<TableMetadata> {
  return (await loadTable(rival.ports, IDENTIFIER))!.metadata;
}

/** How often a file is live; and the table must be sound whatever happened. */
async function timesLive(subject: Given, added: DataFile): Promise<number> {
  const metadata = await metadataOf(subject);
  const objects = new Map([...subject.world.objects].map(([uri, { bytes }]) => [uri, bytes]));
  expect(faultsOf(metadata, objects)).toEqual([]);
  const { data } = await liveEntries({ metadata, files: subject.rival.ports.files });
  return data.filter((entry) => entry.file.filePath === added.filePath).length;
}

const FAULTS: readonly Fault[] = [
  { kind: 'fail-before' },
  { kind: 'apply-then-fail' },
  { kind: 'apply-late', afterMs: 40 },
  { kind: 'lost' },
  { kind: 'delay', ms: 5_000 },
  { kind: 'crash-before' },
  { kind: 'crash-after' },
];

describe('a fault on any single call', () => {
  test.each(FAULTS.map((fault) => [fault.kind, fault] as const))(
    '%s leaves the change in the table once or not at all, and the truth told',
    async (_name, fault) => {
      const clean = await given();
      await runCommit({ ...request(clean.ours), prepare: (base) => prepareAppend({ ...base, add: [file()], summary: {} }) });
      for (let count = 1; count <= clean.ours.calls.length; count += 1) {
        const subject = await given();
        const added = file();
        subject.ours.setFault((call) => (call.count === count ? fault : undefined));
        const outcome = await runCommit({
          ...request(subject.ours),
          prepare: (base) => prepareAppend({ ...base, add: [added], summary: {} }),
        }).catch((error: unknown) => error);
        const isCrash = fault.kind.startsWith('crash');
        if (!isCrash && outcome instanceof Error) expect(outcome).toBeInstanceOf(FirnError);
        const before = await timesLive(subject, added);
        if (!(outcome instanceof Error)) expect(before).toBe(1);
        if (outcome instanceof CommitConflictError || outcome instanceof TransientIoError) expect(before).toBe(0);
        subject.world.settle();
        expect(await timesLive(subject, added)).toBeLessThanOrEqual(1);
      }
    },
  );

  test('refusals by the store or the catalog end the loop at once', async () => {
    for (const op of ['create', 'commit'] as const) {
      const subject = await given();
      subject.ours.setFault((call) => (call.op === op ? { kind: 'refuse' } : undefined));
      const added = file();
      const committing = runCommit({ ...request(subject.ours), prepare: (base) => prepareAppend({ ...base, add: [added], summary: {} }) });
      await expect(committing).rejects.toThrow(CommitRefusedError);
      expect(await timesLive(subject, added)).toBe(0);
      expect(subject.ours.calls.filter((call) => call.op === op)).toHaveLength(1);
    }
  });
});

describe('conflicts', () => {
  /** A rival that commits before each of our first `times` swaps. */
  const rivalry = (subject: Given, times: number) => {
    let left = times;
    return (call: PortCall): Fault | undefined => {
      if (call.op !== 'commit' || left-- <= 0) return undefined;
      return {
        kind: 'rival',
        act: async () => {
          await runCommit({ ...request(subject.rival), prepare: (base) => prepareAppend({ ...base, add: [file()], summary: {} }) });
        },
      };
    };
  };

  test('are met by recomputing everything, and what lost is deleted', async () => {
    const subject = await given();
    subject.ours.setFault(rivalry(subject, 3));
    const added = file();
    const { conflicts, metadata } = await runCommit({
      ...request(subject.ours),
      prepare: (base) => prepareAppend({ ...base, add: [added], summary: {} }),
    });
    expect(conflicts).toBe(3);
    expect(metadata.snapshots).toHaveLength(5);
    expect(await timesLive(subject, added)).toBe(1);
    const referred = new Set((await metadataOf(subject)).snapshots.map((snapshot) => snapshot['manifest-list']));
    const lists = [...subject.world.objects.keys()].filter((uri) => uri.includes('/snap-'));
    expect(lists.filter((uri) => !referred.has(uri))).toEqual([]);
  });

  test('end the loop after as many repeats as the table asks for, within our own bound', async () => {
    for (const [retries, attempts] of [
      ['0', 1],
      ['2', 3],
      [undefined, 5],
    ] as const) {
      const subject = await given(retries === undefined ? {} : { 'commit.retry.num-retries': retries });
      subject.ours.setFault(rivalry(subject, 1_000));
      const committing = runCommit({ ...request(subject.ours), prepare: (base) => prepareAppend({ ...base, add: [file()], summary: {} }) });
      await expect(committing).rejects.toThrow(CommitConflictError);
      expect(subject.ours.calls.filter((call) => call.op === 'commit')).toHaveLength(attempts);
    }
  });

  test('are waited out between the table’s bounds, and no longer than its total', async () => {
    const waits: number[] = [];
    const properties = {
      'commit.retry.num-retries': '20',
      'commit.retry.min-wait-ms': '100',
      'commit.retry.max-wait-ms': '300',
      'commit.retry.total-timeout-ms': '2000',
    };
    const subject = await given(properties);
    subject.ours.setFault(rivalry(subject, 1_000));
    const pause = async (ms: number) => {
      waits.push(ms);
      subject.world.advance(ms);
    };
    await expect(
      runCommit({ ...request(subject.ours), pause, prepare: (base) => prepareAppend({ ...base, add: [file()], summary: {} }) }),
    ).rejects.toThrow(CommitConflictError);
    expect(Math.max(...waits)).toBeLessThanOrEqual(300);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(50);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(2000);
    expect(waits.length).toBeGreaterThan(5);
  });

  test('merge deletion vectors that others added meanwhile', async () => {
    const subject = await given();
    const since = (await metadataOf(subject))['current-snapshot-id'] ?? null;
    const deletion = (ports: MemoryPorts, position: number) => ({
      ...request(ports),
      prepare: (base: Parameters<CommitLoopRequest['prepare']>[0]) =>
        prepareDeleteRows({
          ...base,
          since,
          isolation: 'snapshot',
          deletes: [{ file: subject.first, positions: positionSetOf([position]) }],
          encode: encodeParquet,
          readPositions: async () => positionSetOf([]),
        }),
    });
    let isFirst = true;
    subject.ours.setFault((call) => {
      if (call.op !== 'commit' || !isFirst) return undefined;
      isFirst = false;
      return { kind: 'rival', act: async () => void (await runCommit(deletion(subject.rival, 4))) };
    });
    await runCommit(deletion(subject.ours, 7));
    const { deletes } = await liveEntries({ metadata: await metadataOf(subject), files: subject.rival.ports.files });
    expect(deletes.map((entry) => entry.file.recordCount)).toEqual([2]);
    const puffins = [...subject.world.objects.keys()].filter((uri) => uri.endsWith('.puffin'));
    expect(puffins).toHaveLength(2);
  });
});

describe('an unknown outcome', () => {
  test('that was applied is found in the history, even under later commits of others', async () => {
    const subject = await given();
    const added = file();
    subject.ours.setFault((call) => {
      if (call.op === 'commit') return { kind: 'apply-then-fail' };
      if (call.op !== 'load' || !subject.ours.calls.some((one) => one.op === 'commit')) return undefined;
      return {
        kind: 'rival',
        act: async () =>
          void (await runCommit({ ...request(subject.rival), prepare: (base) => prepareAppend({ ...base, add: [file()], summary: {} }) })),
      };
    });
    const { isChanged } = await runCommit({
      ...request(subject.ours),
      prepare: (base) => prepareAppend({ ...base, add: [added], summary: {} }),
    });
    expect(isChanged).toBe(true);
    expect(await timesLive(subject, added)).toBe(1);
  });

  test('of properties alone is found by its metadata file', async () => {
    const subject = await given();
    subject.ours.setFault((call) => (call.op === 'commit' ? { kind: 'apply-then-fail' } : undefined));
    await runCommit({
      ...request(subject.ours),
      prepare: (base) => prepareUpdate(base, (metadata) => changeProperties(metadata, { set: { a: 'b' } })),
    });
    expect((await metadataOf(subject)).properties['a']).toBe('b');
  });

  test('that is not found is thrown and nothing of the loop is deleted: applied late, the table is whole', async () => {
    for (const lookFails of [false, true]) {
      const subject = await given();
      const added = file();
      subject.ours.setFault((call) => {
        if (call.op === 'commit') return { kind: 'apply-late', afterMs: 1_000 };
        return lookFails && call.op === 'load' && subject.ours.calls.some((one) => one.op === 'commit')
          ? { kind: 'fail-before' }
          : undefined;
      });
      const committing = runCommit({ ...request(subject.ours), prepare: (base) => prepareAppend({ ...base, add: [added], summary: {} }) });
      await expect(committing).rejects.toThrow(CommitStateUnknownError);
      expect(subject.ours.calls.filter((call) => call.op === 'delete')).toEqual([]);
      subject.world.settle();
      expect(await timesLive(subject, added)).toBe(1);
    }
  });
});

describe('the loop', () => {
  const append = (subject: Given) => ({
    ...request(subject.ours),
    prepare: (base: Parameters<CommitLoopRequest['prepare']>[0]) => prepareAppend({ ...base, add: [file()], summary: {} }),
  });

  test('commits nothing where there is nothing to change', async () => {
    const subject = await given();
    const { isChanged } = await runCommit({ ...request(subject.ours), prepare: (base) => prepareUpdate(base, (metadata) => metadata) });
    expect(isChanged).toBe(false);
    expect(subject.ours.calls.some((call) => call.op === 'commit' || call.op === 'create')).toBe(false);
  });

  test('refuses a table that is gone or another one', async () => {
    const subject = await given();
    await expect(runCommit({ ...append(subject), tableUuid: 'another' })).rejects.toThrow(/another table has the name/);
    subject.world.dropTable(IDENTIFIER);
    await expect(runCommit(append(subject))).rejects.toThrow(/does not know the table/);
  });

  test('writes no more once its deadline is over', async () => {
    const subject = await given();
    const deadline = {
      check: () => {
        throw new DeadlineError('over', { code: 'deadline' });
      },
    };
    await expect(runCommit({ ...append(subject), deadline })).rejects.toThrow(DeadlineError);
    expect(subject.ours.calls.some((call) => call.op === 'commit')).toBe(false);
  });

  test('deletes metadata files that fell out of the log after its commit, and none when that outcome was unknown', async () => {
    for (const isKnown of [true, false]) {
      const subject = await given({ 'write.metadata.previous-versions-max': '1', 'write.metadata.delete-after-commit.enabled': 'true' });
      if (!isKnown) subject.ours.setFault((call) => (call.op === 'commit' ? { kind: 'apply-then-fail' } : undefined));
      await runCommit(append(subject));
      expect(subject.ours.calls.filter((call) => call.op === 'delete')).toHaveLength(isKnown ? 1 : 0);
    }
  });

  test('calls a commit done though leftovers cannot be deleted, and says so', async () => {
    const subject = await given({ 'write.metadata.previous-versions-max': '1', 'write.metadata.delete-after-commit.enabled': 'true' });
    subject.ours.setFault((call) => (call.op === 'delete' ? { kind: 'fail-before' } : undefined));
    await runCommit(append(subject));
    expect(subject.ours.logs.map((log) => log.level)).toContain('warn');
  });
});
