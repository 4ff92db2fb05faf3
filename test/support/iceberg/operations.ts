// A table and its model side by side: each step does an operation with the product and says to the model what it must mean for the
// live rows of branches and snapshots. A step that the table's state does not admit does nothing.

import { prepareAppend } from '../../../src/iceberg/append.ts';
import { prepareCherryPick } from '../../../src/iceberg/cherry-pick.ts';
import type { CommitBase, PreparedCommit } from '../../../src/iceberg/commit-metadata.ts';
import { prepareDeleteRows } from '../../../src/iceberg/delete-rows.ts';
import { planExpiry } from '../../../src/iceberg/expire.ts';
import { prepareDeleteFiles, prepareOverwrite, prepareReplace } from '../../../src/iceberg/file-operations.ts';
import { branchHead, findSnapshot, isAncestor } from '../../../src/iceberg/find-snapshot.ts';
import { parseMetadata } from '../../../src/iceberg/metadata-json.ts';
import { prepareOverwriteByFilter, prepareReplacePartitions } from '../../../src/iceberg/overwrite.ts';
import { fastForward, putRef, removeRef, rollBack } from '../../../src/iceberg/refs.ts';
import { prepareRewriteManifests } from '../../../src/iceberg/rewrite-manifests.ts';
import { positionSetOf } from '../../../src/iceberg/roaring.ts';
import { liveEntries } from '../../../src/iceberg/scan.ts';
import { changeProperties, prepareUpdate, upgradeFormat } from '../../../src/iceberg/table-updates.ts';
import type { DataFile, TableMetadata } from '../../../src/iceberg/types.ts';
import { encodeParquet } from '../../../src/parquet/encode.ts';
import { deletedIn } from './live-rows.ts';
import { DAY, dataFile, onDay, type TestTable } from './tables.ts';

/** Live positions by data file. */
export type Rows = ReadonlyMap<string, ReadonlySet<number>>;

export interface Subject {
  readonly table: TestTable;
  /** What each snapshot ever made must show. */
  readonly rows: Map<bigint, Rows>;
  readonly staged: bigint[];
}

export interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly branch: 'main' | 'dev';
  /** Chooses among what there is. */
  readonly pick: number;
  readonly more: number;
}

export const KINDS = [
  ...([
    'append',
    'fast-append',
    'append-two',
    'stage',
    'overwrite',
    'overwrite-day',
    'replace-partitions',
    'delete-files',
    'replace',
    'delete-rows',
    'delete-rows',
    'update-rows',
  ] as const),
  ...([
    'rewrite-manifests',
    'branch',
    'tag',
    'drop-branch',
    'fast-forward',
    'roll-back',
    'expire',
    'publish',
    'properties',
    'upgrade',
  ] as const),
] as const;

const SPREAD = 3;

export async function perform(subject: Subject, step: Step): Promise<void> {
  const { table } = subject;
  table.nowMs += 10;
  const branch = table.metadata.refs?.[step.branch] ? step.branch : 'main';
  const head = branchHead(table.metadata, branch);
  const since = head?.['snapshot-id'] ?? null;
  const before: Rows = since === null ? new Map() : subject.rows.get(since)!;
  const target = { ...base(table), targetRef: branch };
  const data = head ? (await liveEntries({ metadata: table.metadata, files: table.files, snapshotId: head['snapshot-id'] })).data : [];
  const chosen = data[step.pick % Math.max(1, data.length)]?.file;
  const planned = { since, isolation: 'serializable' } as const;
  const commit = async (prepared: PreparedCommit | undefined, after: Rows) => {
    if (!prepared) return;
    const known = new Set(table.metadata.snapshots.map((snapshot) => snapshot['snapshot-id']));
    apply(table, prepared);
    for (const snapshot of table.metadata.snapshots)
      if (!known.has(snapshot['snapshot-id'])) subject.rows.set(snapshot['snapshot-id'], after);
  };
  switch (step.kind) {
    case 'append':
    case 'fast-append':
    case 'append-two': {
      const add = newFiles(step, step.kind === 'append-two' ? 2 : 1);
      return commit(await prepareAppend({ ...target, add, summary: {}, isFast: step.kind === 'fast-append' }), withFiles(before, add));
    }
    case 'stage': {
      const add = newFiles(step, 1);
      const prepared = await prepareAppend({ ...target, add, summary: { 'wap.id': `w${step.pick}` }, isStaged: true });
      subject.staged.push(prepared.snapshotId);
      return commit(prepared, withFiles(before, add));
    }
    case 'overwrite': {
      const add = newFiles(step, 1);
      const remove = chosen ? [chosen] : [];
      return commit(await prepareOverwrite({ ...target, ...planned, add, remove }), withFiles(withoutFiles(before, remove), add));
    }
    case 'overwrite-day':
    case 'replace-partitions': {
      const isByFilter = step.kind === 'overwrite-day';
      const day = DAY + (step.pick % SPREAD);
      const add = newFiles(step, isByFilter ? step.more % 2 : 1);
      const gone = data.map((entry) => entry.file).filter((file) => file.partition[0] === day);
      const request = { ...target, ...planned, add };
      const prepared = isByFilter ? prepareOverwriteByFilter({ ...request, filter: onDay(day) }) : prepareReplacePartitions(request);
      return commit(await prepared, withFiles(withoutFiles(before, gone), add));
    }
    case 'delete-files':
      if (!chosen) return;
      return commit(await prepareDeleteFiles({ ...target, remove: [chosen] }), withoutFiles(before, [chosen]));
    case 'replace': {
      if (!chosen) return;
      const remove = data
        .map((entry) => entry.file)
        .filter((file) => String(file.partition) === String(chosen.partition))
        .slice(0, 1 + (step.more % 3));
      const rows = remove.reduce((sum, file) => sum + before.get(file.filePath)!.size, 0);
      const add = rows === 0 ? [] : [dataFile({ partition: chosen.partition, recordCount: rows })];
      const dataSequenceNumber = step.more % 2 === 0 ? { dataSequenceNumber: head!['sequence-number'] } : {};
      return commit(
        await prepareReplace({ ...target, since, add, remove, ...dataSequenceNumber }),
        withFiles(withoutFiles(before, remove), add),
      );
    }
    case 'delete-rows':
    case 'update-rows': {
      if (!chosen) return;
      const second = data[(step.pick + step.more) % data.length]!.file;
      const files = second === chosen ? [chosen] : [chosen, second];
      const deletes = files.map((file) => ({
        file,
        positions: positionSetOf([step.more % file.recordCount, (step.more * 7) % file.recordCount]),
      }));
      const add = step.kind === 'update-rows' ? newFiles(step, 1) : [];
      const readPositions = (file: DataFile, path: string) => deletedIn(table.files, file, path);
      const prepared = await prepareDeleteRows({ ...target, ...planned, deletes, add, encode: encodeParquet, readPositions });
      const left = new Map(before);
      for (const { file } of deletes) {
        const gone = new Set([step.more % file.recordCount, (step.more * 7) % file.recordCount]);
        left.set(file.filePath, new Set([...before.get(file.filePath)!].filter((position) => !gone.has(position))));
      }
      return commit(prepared, withFiles(left, add));
    }
    case 'rewrite-manifests':
      return commit(await prepareRewriteManifests(target), before);
    case 'publish': {
      const pick = subject.staged.splice(step.pick % Math.max(1, subject.staged.length), 1)[0];
      const staged = pick === undefined ? undefined : findSnapshot(table.metadata, pick);
      if (
        !staged ||
        pick === undefined ||
        (staged['parent-snapshot-id'] !== undefined && !findSnapshot(table.metadata, staged['parent-snapshot-id']))
      )
        return;
      if (head && isAncestor(table.metadata, pick, head['snapshot-id'])) return;
      const wapId = staged.summary['wap.id'];
      if (
        table.metadata.snapshots.some(
          (one) => one['snapshot-id'] !== pick && [one.summary['wap.id'], one.summary['published-wap-id']].includes(wapId),
        )
      )
        return;
      const added = [...subject.rows.get(pick)!].filter(([path]) => !subject.rows.get(staged['parent-snapshot-id'] ?? -1n)?.has(path));
      return commit(await prepareCherryPick({ ...target, pick }), new Map([...before, ...added]));
    }
    default:
      return commit(await changeOnly(subject, step), before);
  }
}

/** Operations that make no snapshot. */
async function changeOnly({ table }: Subject, step: Step): Promise<PreparedCommit | undefined> {
  const { metadata, nowMs } = table;
  const snapshot = metadata.snapshots[step.pick % Math.max(1, metadata.snapshots.length)];
  const update = (change: (before: TableMetadata) => TableMetadata) => prepareUpdate(base(table), change);
  if (!snapshot) return undefined;
  const snapshotId = snapshot['snapshot-id'];
  const dev = metadata.refs?.['dev']?.['snapshot-id'];
  const main = metadata['current-snapshot-id'] ?? undefined;
  switch (step.kind) {
    case 'branch':
      return update((before) => putRef(before, { name: 'dev', type: 'branch', snapshotId: main ?? snapshotId, isReplacing: true }));
    case 'tag':
      return update((before) =>
        putRef(before, { name: `tag${step.more % 2}`, type: 'tag', snapshotId, isReplacing: true, retention: { maxRefAgeMs: 100 } }),
      );
    case 'drop-branch':
      return dev === undefined ? undefined : update((before) => removeRef(before, 'dev'));
    case 'fast-forward':
      if (dev === undefined || (main !== undefined && !isAncestor(metadata, main, dev))) return undefined;
      return update((before) => fastForward(before, { snapshotId: dev, nowMs }));
    case 'roll-back':
      if (main === undefined || !isAncestor(metadata, snapshotId, main)) return undefined;
      return update((before) => rollBack(before, { snapshotId, nowMs }));
    case 'expire':
      return update(
        (before) =>
          planExpiry(before, { nowMs, olderThanMs: nowMs - 10 * (step.pick % 8), minSnapshotsToKeep: 1 + (step.more % 3) }).metadata,
      );
    case 'upgrade':
      return step.more % 4 === 0 ? update((before) => upgradeFormat(before, 3)) : undefined;
    default:
      return update((before) => changeProperties(before, { set: { 'commit.manifest.min-count-to-merge': String(2 + (step.more % 5)) } }));
  }
}

export function base(table: TestTable): CommitBase {
  const { metadata, metadataLocation, files, ids, nowMs } = table;
  return { metadata, metadataLocation, files, ids, nowMs };
}

/** Takes a prepared commit as made, its metadata read back from its file. */
export function apply(table: TestTable, prepared: PreparedCommit): void {
  table.metadata = parseMetadata(table.files.objects.get(prepared.metadataLocation!)!);
  table.metadataLocation = prepared.metadataLocation!;
}

function newFiles(step: Step, count: number): DataFile[] {
  return Array.from({ length: count }, (_, i) =>
    dataFile({ partition: [DAY + ((step.pick + i) % SPREAD)], recordCount: 2 + ((step.more + i) % 9) }),
  );
}

function withFiles(rows: Rows, add: readonly DataFile[]): Rows {
  return new Map([...rows, ...add.map((file) => [file.filePath, new Set(Array.from({ length: file.recordCount }, (_, i) => i))] as const)]);
}

function withoutFiles(rows: Rows, remove: readonly DataFile[]): Rows {
  const gone = new Set(remove.map((file) => file.filePath));
  return new Map([...rows].filter(([path]) => !gone.has(path)));
}
