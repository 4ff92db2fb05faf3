// Carries out one group of a maintenance plan (DESIGN §7). Step by step, each of which may be the last of a process that is killed:
//   1  a result is there: it is the answer (the group ran before)
//   2  a replacement is there: go on at 4
//   3  read the group's live files as of now, write their rows to new files, store the replacement
//   4  ring; wait for the committer to apply it; where it does not in time, or there is none, apply it here
//   5  the result beside it; the replacement goes
// What an attempt that was killed wrote is in no table and is swept. Nothing is deleted here.
import { LIMITS } from '../../contract/limits.ts';
import { contractPaths } from '../../contract/names.ts';
import { InputRefusedError } from '../../errors.ts';
import { currentSnapshot } from '../../iceberg/find-snapshot.ts';
import { plainPath } from '../../iceberg/plain-path.ts';
import { planScan, type ScanTask } from '../../iceberg/scan.ts';
import { partitionKey } from '../../iceberg/snapshot-summary.ts';
import type { DataFile, Snapshot, TableMetadata } from '../../iceberg/types.ts';
import { pause } from '../pause.ts';
import { applyReplacement } from './apply-replacement.ts';
import { findOurTable } from './our-table.ts';
import { storeRemoved } from './removed-rows.ts';
import { describeFiles, type Replacement, replacementReader, resultOf, resultReader } from './replacement.ts';
import { type RewrittenFiles, rewriteFiles } from './rewrite-files.ts';
import { readStored, storeOnce } from './store-once.ts';
import { groupOf, isPlanOver, loadMaintenancePlan, type StoredGroup } from './stored-plan.ts';
import type { CompactGroupRequest, CompactionResult } from './types.ts';

/** May be run twice, and again after it was killed anywhere. Cost: one read and one write of the group's rows, one commit. */
export async function compactGroup(request: CompactGroupRequest): Promise<CompactionResult> {
  const { ports, contractName } = request;
  const paths = contractPaths(ports.root, contractName);
  const places = { result: paths.compaction(request.plan, request.group), replacement: paths.replacement(request.plan, request.group) };
  const known = await readStored(ports, { uri: places.result, reader: resultReader });
  if (known) {
    await ports.files.delete(places.replacement);
    return known;
  }
  const pending = await readStored(ports, { uri: places.replacement, reader: replacementReader });
  const prepared = pending ?? (await prepareReplacement(request, places.replacement));
  const result = 'kind' in prepared ? prepared : await settle(request, { replacement: prepared, uri: places.result });
  const stored = await storeOnce(
    { ports, deadline: request.deadline, what: 'result of a compaction' },
    { uri: places.result, value: result, reader: resultReader },
  );
  await ports.files.delete(places.replacement);
  return stored;
}

/** Reads and writes the rows; a result where there is nothing to do or the plan does not fit any more. */
async function prepareReplacement(request: CompactGroupRequest, uri: string): Promise<Replacement | CompactionResult> {
  const { ports, contractName, deadline } = request;
  const plan = await loadMaintenancePlan(ports, { contractName, plan: request.plan });
  const group = groupOf(plan, request.group);
  if (isPlanOver(plan, ports.clock.nowMs())) return notDone(group, 'replan', 'the plan is too old');
  const found = await findOurTable({ ports, contractName, table: group.table });
  if (found.kind === 'left') return notDone(group, 'replan', found.reason);
  const { metadata } = found.loaded;
  const base = currentSnapshot(metadata);
  if (metadata['table-uuid'] !== group.tableUuid || !base) return notDone(group, 'replan', 'the table is another one');
  const tasks = await liveTasks(request, { metadata, group });
  if (tasks.length === 0) return notDone(group, 'nothing', 'its files are gone');
  if (tasks.length < group.paths.length) return notDone(group, 'replan', 'inputs-changed');
  try {
    const written = await rewriteFiles({ ports, metadata, tasks, deadline });
    const { removed } = written;
    await storeRemoved(request, { tableUuid: group.tableUuid, snapshot: String(base['snapshot-id']), removed });
    const replacement = replacementOf(request, { metadata, base, group, tasks, written });
    return await storeOnce({ ports, deadline, what: 'a replacement' }, { uri, value: replacement, reader: replacementReader });
  } catch (error) {
    // A file that cannot be read is left as it is; its neighbours of other groups are not held up (promise 4).
    if (!(error instanceof InputRefusedError)) throw error;
    ports.telemetry.log('error', 'a group cannot be compacted', { table: group.table, code: error.code, message: error.message });
    return notDone(group, 'nothing', error.code);
  }
}

/** The group's files that are live, in the plan's order. */
async function liveTasks(
  { ports }: CompactGroupRequest,
  { metadata, group }: { readonly metadata: TableMetadata; readonly group: StoredGroup },
): Promise<readonly ScanTask[]> {
  const places = new Map(group.paths.map((path, place) => [plainPath(path), place]));
  const placeOf = ({ file }: ScanTask) => places.get(plainPath(file.filePath));
  const live = (await planScan({ metadata, files: ports.files })).filter((task) => placeOf(task) !== undefined);
  return live.sort((a, b) => placeOf(a)! - placeOf(b)!);
}

function replacementOf(
  { ports, contractName, plan, group: index }: CompactGroupRequest,
  given: {
    readonly metadata: TableMetadata;
    readonly base: Snapshot;
    readonly group: StoredGroup;
    readonly tasks: readonly ScanTask[];
    readonly written: RewrittenFiles;
  },
): Replacement {
  const { metadata, base, group, tasks, written } = given;
  const removed = tasks.map(({ file }) => file);
  return {
    version: 1,
    contract: contractName,
    plan,
    group: index,
    table: group.table,
    tableUuid: group.tableUuid,
    partition: group.partition,
    createdAtMs: ports.clock.nowMs(),
    baseSnapshot: String(base['snapshot-id']),
    baseSequence: base['sequence-number'],
    keepsSequence: staysInPartition(removed, written.files),
    schemaId: metadata['current-schema-id'],
    specId: metadata['default-spec-id'],
    rowsIn: written.rowsIn,
    rowsDeleted: written.rowsDeleted,
    rowsOut: written.rowsOut,
    add: describeFiles(metadata, written.files),
    remove: describeFiles(metadata, removed),
  };
}

/**
 * Rows that come into another partition or spec would be reached by equality deletes that did not reach them before, and were not meant
 * for them: their new files take the number of the commit, and any such delete committed meanwhile for the old files refuses it.
 */
function staysInPartition(removed: readonly DataFile[], added: readonly DataFile[]): boolean {
  return new Set([...removed, ...added].map(partitionKey)).size === 1;
}

/** Waits for the committer, then applies the replacement here. */
async function settle(
  request: CompactGroupRequest,
  { replacement, uri }: { readonly replacement: Replacement; readonly uri: string },
): Promise<CompactionResult> {
  const { ports, contractName, deadline } = request;
  if (request.commitBy !== 'self') {
    await ports.doorbell.ring(contractName);
    const untilMs = ports.clock.nowMs() + LIMITS.replacementWaitMs;
    while (ports.clock.nowMs() < untilMs && deadline.remainingMs() > LIMITS.replacementWaitMs) {
      await pause(ports, LIMITS.replacementPollMs);
      const result = await readStored(ports, { uri, reader: resultReader });
      if (result) return result;
    }
  }
  const result = await applyReplacement({ ports, replacement, deadline, retriesMax: LIMITS.maintainAttemptsMax });
  return result ?? resultOf(replacement, { kind: 'replan', reason: 'conflict', conflicts: LIMITS.maintainAttemptsMax + 1 });
}

function notDone(group: StoredGroup, kind: 'nothing' | 'replan', reason: string): CompactionResult {
  const { table, partition, files, bytes, records } = group;
  const same = { filesBefore: files, bytesBefore: bytes, filesAfter: files, bytesAfter: bytes };
  return { kind, table, partition, ...same, rowsIn: records, rowsDeleted: 0, rowsOut: records, conflicts: 0, reason };
}
