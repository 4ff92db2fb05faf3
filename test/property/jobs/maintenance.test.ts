// Random tables, with rows that others deleted by position, vector and key, with columns added, files outside the partitioning, and
// version 3: whatever maintenance does to them, a reader sees the same rows with the same values (and ids), before and after, and every
// claim of the metadata holds. Plans hold every file at most once.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildColumns } from '../../../src/column-cells.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { StructType } from '../../../src/contract/types.ts';
import { runCommit } from '../../../src/iceberg/commit-loop.ts';
import { prepareDeleteRows } from '../../../src/iceberg/delete-rows.ts';
import { prepareRowDelta } from '../../../src/iceberg/file-operations.ts';
import { identifierOf, loadTable } from '../../../src/iceberg/load-table.ts';
import { plainPath } from '../../../src/iceberg/plain-path.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { prepareUpdate, upgradeFormat } from '../../../src/iceberg/table-updates.ts';
import type { DataFile } from '../../../src/iceberg/types.ts';
import { runMaintenance } from '../../../src/jobs/maintenance/run-maintenance.ts';
import { loadMaintenancePlan } from '../../../src/jobs/maintenance/stored-plan.ts';
import { targetOf } from '../../../src/jobs/materialise-files.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { faultsOf } from '../../support/iceberg/check-table.ts';
import { deletedIn } from '../../support/iceberg/live-rows.ts';
import { contentOf } from '../../support/memory/content.ts';
import { GAME_TABLE, type Lab, makeLab, records } from '../../support/memory/index.ts';

const DAY_MS = 86_400_000;
const OPEN_PARTITIONS = LIMITS.openPartitionsMax;
const limits = LIMITS as { openPartitionsMax: number; compactionChunkBytes: number };
const CHUNK_BYTES = LIMITS.compactionChunkBytes;

// Batches of three days have late files; compactions write several row groups.
beforeAll(() => void Object.assign(limits, { openPartitionsMax: 2, compactionChunkBytes: 400 }));
afterAll(() => void Object.assign(limits, { openPartitionsMax: OPEN_PARTITIONS, compactionChunkBytes: CHUNK_BYTES }));

const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('land' as const),
        rows: fc.integer({ min: 1, max: 6 }),
        days: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('delete' as const),
        pick: fc.nat(),
        rows: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('erase' as const),
        pick: fc.nat(),
        offsets: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('evolve' as const, 'upgrade' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('maintain' as const) }) },
  ),
  { minLength: 3, maxLength: 10 },
);
type Step = typeof steps extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

interface Subject {
  readonly lab: Lab;
  offset: number;
  version: 1 | 2;
}

async function land(subject: Subject, given: { readonly rows: number; readonly days: number }): Promise<void> {
  const { lab } = subject;
  const batch = records('a'.repeat(given.rows), { offset: subject.offset }).map((one, i) => ({
    ...one,
    eventMs: one.timestampMs - (i % given.days) * DAY_MS,
  }));
  subject.offset += given.rows;
  await lab.land(batch, { version: subject.version });
  expect(await lab.commit()).toMatchObject({ parked: [] });
}

async function tableOf({ lab }: Subject) {
  const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
  return { metadata, tasks: await planScan({ metadata, files: lab.ports.files }) };
}

/** Rows of one file by position, as another engine deletes them. */
async function deleteRows(subject: Subject, { pick, rows }: { readonly pick: number; readonly rows: readonly number[] }): Promise<void> {
  const { ports } = subject.lab;
  const { tasks } = await tableOf(subject);
  const { file } = tasks[pick % tasks.length]!;
  const positions = positionSetOf(rows.map((row) => row % file.recordCount));
  await runCommit({
    ports,
    identifier: identifierOf(GAME_TABLE),
    what: 'delete by position',
    prepare: (base) => {
      const since = base.metadata['current-snapshot-id'] ?? null;
      const readPositions = (deletes: DataFile, path: string) => deletedIn(ports.files, deletes, path);
      return prepareDeleteRows({
        ...base,
        deletes: [{ file, positions }],
        since,
        isolation: 'snapshot',
        encode: encodeParquet,
        readPositions,
      });
    },
    pause: async () => {},
  });
}

/** Rows by key (offset) in the partition of one file, as a streaming writer erases them. */
async function eraseRows(
  subject: Subject,
  { pick, offsets }: { readonly pick: number; readonly offsets: readonly number[] },
): Promise<void> {
  const { ports } = subject.lab;
  const { metadata, tasks } = await tableOf(subject);
  const { specId, partition } = tasks[pick % tasks.length]!.file;
  const column = targetOf(metadata).schema.fields.find(({ name }) => name === 'kafka_offset')!;
  const struct: StructType = { type: 'struct', fields: [column] };
  const { bytes } = encodeParquet({
    schema: struct,
    columns: buildColumns(
      struct,
      offsets.map((offset) => [BigInt(offset)]),
    ),
  });
  const filePath = `${metadata.location}/data/${ports.ids.uuid()}-erased.parquet`;
  await ports.files.create(filePath, bytes);
  const file: DataFile = {
    content: 2,
    filePath,
    fileFormat: 'PARQUET',
    specId,
    partition,
    recordCount: offsets.length,
    fileSizeBytes: bytes.length,
    equalityIds: [column.id],
  };
  await runCommit({
    ports,
    identifier: identifierOf(GAME_TABLE),
    what: 'delete by key',
    prepare: (base) =>
      prepareRowDelta({ ...base, add: [file], remove: [], since: base.metadata['current-snapshot-id'] ?? null, isolation: 'snapshot' }),
    pause: async () => {},
  });
}

async function upgrade(subject: Subject): Promise<void> {
  await runCommit({
    ports: subject.lab.ports,
    identifier: identifierOf(GAME_TABLE),
    what: 'upgrade',
    prepare: (base) => prepareUpdate(base, (metadata) => upgradeFormat(metadata, 3)),
    pause: async () => {},
  });
  // The first commit of version 3 gives every row there is its id.
  await land(subject, { rows: 1, days: 1 });
}

async function maintain({ lab }: Subject): Promise<void> {
  const before = await contentOf(lab.ports, GAME_TABLE);
  const run = await runMaintenance({ ports: lab.ports, contractName: 'game.events', options: { isEager: true } });
  expect(await contentOf(lab.ports, GAME_TABLE)).toEqual(before);
  expect(run.groups.every(({ kind }) => kind === 'compacted')).toBe(true);
  for (const { rowsIn, rowsDeleted, rowsOut } of run.groups) expect(rowsIn - rowsDeleted).toBe(rowsOut);
  const { groups } = await loadMaintenancePlan(lab.ports, { contractName: 'game.events', plan: run.plan.plan });
  const planned = groups.flatMap(({ paths }) => paths.map(plainPath));
  expect(new Set(planned).size).toBe(planned.length);
  const { metadata } = (await loadTable(lab.ports, identifierOf(GAME_TABLE)))!;
  const objects = new Map([...lab.world.objects].map(([uri, { bytes }]) => [uri, bytes]));
  expect(faultsOf(metadata, objects)).toEqual([]);
}

async function perform(subject: Subject, step: Step): Promise<void> {
  switch (step.kind) {
    case 'land':
      return land(subject, step);
    case 'delete':
      return (await tableOf(subject)).tasks.length > 0 ? deleteRows(subject, step) : undefined;
    case 'erase':
      return (await tableOf(subject)).tasks.length > 0 ? eraseRows(subject, step) : undefined;
    case 'evolve':
      subject.version = 2;
      return land(subject, { rows: 1, days: 1 });
    case 'upgrade':
      return (await tableOf(subject)).metadata['format-version'] === 2 ? upgrade(subject) : undefined;
    case 'maintain':
      return maintain(subject);
  }
}

test('promise 7: whatever happened to a table, maintenance leaves its content as it is', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (chosen) => {
      const subject: Subject = { lab: makeLab(), offset: 0, version: 1 };
      await land(subject, { rows: 6, days: 3 });
      for (const step of chosen) await perform(subject, step);
      await maintain(subject);
      // Files are in the partitions of their rows now, and the ledger goes on.
      const { metadata, tasks } = await tableOf(subject);
      expect(tasks.every(({ file }) => file.specId === metadata['default-spec-id'])).toBe(true);
      await land(subject, { rows: 1, days: 1 });
    }),
    { numRuns: 15 },
  );
});
